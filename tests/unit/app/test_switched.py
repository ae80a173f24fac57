"""What is switched off finds nothing, supports nothing, and says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from viewfinder.app.asking.switched import LANE_OF, searched
from viewfinder.app.library import Library, Refused
from viewfinder.domain.access import AccessClass
from viewfinder.domain.annotation import TrackName
from viewfinder.domain.errors import UsageError
from viewfinder.domain.registry import Fact
from viewfinder.domain.search import Filters, Moment, QueryPlan, Ranking, Support
from viewfinder.domain.segment import Lane
from viewfinder.domain.time import TimeSpan
from viewfinder.governance.keeping.switches import KIND, Switches, body, standing
from viewfinder.testing import fakes

SPAN = TimeSpan(0, 10)


def off(*what: str) -> Switches:
    return standing(
        Fact(n, KIND, "2027-01-01", "kim", body(one, off=True, reason="drill"))
        for n, one in enumerate(what, 1)
    )


def ranked(*tracks: TrackName) -> Ranking:
    supports = tuple(Support(track, "words", SPAN, 1.0) for track in tracks)
    return Ranking(QueryPlan("q", "q"), (Moment(fakes.video_id("one"), SPAN, 1.0, supports),))


def test_every_track_belongs_to_a_lane() -> None:
    assert set(LANE_OF) == set(TrackName)


def test_with_everything_on_the_plan_is_searched_as_it_is() -> None:
    plan = QueryPlan("q", "q", filters=Filters(lanes=(Lane.SPEECH,)))
    seen: list[QueryPlan] = []

    def search(asked: QueryPlan) -> Ranking:
        seen.append(asked)
        return ranked(TrackName.SPEECH)

    searched(plan, Switches(), search)
    assert seen == [plan]


def test_a_lane_that_is_off_supports_nothing_and_is_named() -> None:
    made = searched(
        QueryPlan("q", "q"),
        off("lane:picture"),
        lambda plan: ranked(TrackName.OBJECTS, TrackName.SPEECH),
    )
    assert [s.track for s in made.moments[0].supports] == [TrackName.SPEECH]
    assert made.not_searched == ("picture: switched off",)
    gone = searched(QueryPlan("q", "q"), off("lane:picture"), lambda plan: ranked(TrackName.LOOK))
    assert (gone.moments, gone.found) == ((), False)


@pytest.mark.parametrize(
    "plan",
    [
        QueryPlan("q", "q", filters=Filters(lanes=(Lane.PICTURE,))),
        QueryPlan("q", "", like="talk.mp4@12"),
    ],
)
def test_a_question_to_what_is_off_is_not_searched_at_all(plan: QueryPlan) -> None:
    def search(asked: QueryPlan) -> Ranking:
        raise AssertionError("searched")

    assert not searched(plan, off("lane:picture"), search).found


def test_the_last_turn_of_a_switch_counts() -> None:
    on = Fact(9, KIND, "2027-01-02", "kim", body("all", off=False, reason="over"))
    first = Fact(1, KIND, "2027-01-01", "kim", body("all", off=True, reason="drill"))
    assert not standing([first, on]).off
    assert standing([on, first]).is_off("all")


@pytest.mark.parametrize(
    ("what", "reason"), [("nonsense", "x"), ("collection:", "x"), ("all", " ")]
)
def test_a_switch_that_is_none_is_said_so(what: str, reason: str) -> None:
    with pytest.raises(UsageError):
        body(what, off=True, reason=reason)


def test_a_library_that_is_off_refuses_in_every_process_at_once(tmp_path: Path) -> None:
    news, sport = fakes.video("news"), fakes.video("sport")
    with Library.open(tmp_path, create=True) as library, Library.open(tmp_path) as other:
        for video, collection in ((news, "news"), (sport, "sport")):
            name = AccessClass(collection).name
            library._store.commit_video(video, access=name, event=fakes.event())
        assert len(other.videos()) == 2
        library.governing.switching.turn("collection:news", off=True, reason="rights")
        assert [video.name for video in other.videos()] == [sport.name]
        library.governing.switching.turn("all", off=True, reason="incident")
        with pytest.raises(Refused, match="switched off"):
            other.videos()
        library.governing.switching.turn("all", off=False, reason="over")
        library.governing.switching.turn("collection:news", off=False, reason="cleared")
        assert len(other.videos()) == 2
