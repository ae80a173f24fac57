"""What every store must keep about access classes of parts of a video."""

from __future__ import annotations

from pathlib import Path

import pytest

from viewfinder.domain.access import Stretch
from viewfinder.domain.media import Video
from viewfinder.domain.policy import Scope
from viewfinder.domain.search import VectorLeg, WordLeg
from viewfinder.domain.segment import WORD_LANES, Lane
from viewfinder.domain.time import TimeSpan
from viewfinder.ports import Store
from viewfinder.testing import fakes, scopes
from viewfinder.testing.finality import Contract

LEGS = (
    WordLeg(WORD_LANES, (("red", 1.0),)),
    VectorLeg(tuple(Lane), fakes.SPACE, fakes.vector("red")),
)
OPEN = scopes.classes("default")
SEALED = Stretch(TimeSpan.of_seconds(2, 4), "sealed")


def filled(store: Store, name: str = "one") -> Video:
    """Add ten seconds of words, a note and a thumbnail for each second."""
    owner, said = fakes.video(name), [f"red {n}" for n in range(10)]
    store.commit_video(owner, event=fakes.event())
    cut = fakes.segments(owner, *said)
    index = [fakes.embedded(cut)]
    store.commit_index(owner.id, fakes.record("index"), cut, index, event=fakes.event())
    store.commit_stage(
        owner.id,
        fakes.record("speech"),
        tracks=[fakes.track(*said)],
        thumbnails={second * 10**9: str(second).encode() for second in range(10)},
        event=fakes.event(),
    )
    return owner


def seconds(store: Store, owner: Video, scope: Scope) -> list[int]:
    """Return which seconds of the video a scope holds, alike for every way to look."""
    notes = [
        int(note.span.start_s)
        for track in store.tracks(owner.id, scope=scope)
        for note in track.annotations
    ]
    cut = [int(segment.span.start_s) for segment in store.segments_of(owner.id, scope=scope)]
    assert notes == cut
    for leg in LEGS:
        hits = store.search(leg, scope=scope, limit=50)
        assert sorted(int(hit.segment[-5:]) for hit in hits) == cut
    assert store.counts(scope=scope)["speech"] == len(cut)
    return cut


class AccessContract(Contract):
    """A store closes parts of a video at once, and opens them again."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> Store:
        raise NotImplementedError("return the store under test from a fixture of this name")

    def test_a_closed_stretch_is_closed_for_every_way_to_look(self, store: Store) -> None:
        one = filled(store)
        store.commit_access(one.id, "default", [SEALED], event=fakes.event())
        assert seconds(store, one, OPEN) == [0, 1, 4, 5, 6, 7, 8, 9]
        assert seconds(store, one, scopes.classes("default", "sealed")) == list(range(10))
        assert seconds(store, one, scopes.EVERYTHING) == list(range(10))

    def test_a_stretch_is_no_way_round_the_class_of_its_video(self, store: Store) -> None:
        one = filled(store)
        opened = Stretch(TimeSpan.of_seconds(2, 4), "default")
        store.commit_access(one.id, "sealed", [opened], event=fakes.event())
        assert seconds(store, one, OPEN) == []

    def test_a_closed_stretch_can_be_opened_again(self, store: Store) -> None:
        one = filled(store)
        store.commit_access(one.id, "sealed", [SEALED], event=fakes.event())
        store.commit_access(one.id, "default", [], event=fakes.event())
        assert seconds(store, one, OPEN) == list(range(10))
        assert store.stretches(one.id) == []

    def test_what_lies_in_two_stretches_needs_both_classes(self, store: Store) -> None:
        one = filled(store)
        halves = [
            Stretch(TimeSpan.of_seconds(0, 1.5), "default"),
            Stretch(TimeSpan.of_seconds(1.5, 9), "sealed"),
        ]
        store.commit_access(one.id, "default", halves, event=fakes.event())
        assert seconds(store, one, OPEN) == [0, 9]

    def test_thumbnails_of_a_closed_stretch_are_passed_over(self, store: Store) -> None:
        one = filled(store)
        store.commit_access(one.id, "default", [SEALED], event=fakes.event())
        given = [store.thumbnail(one.id, at * 10**9, scope=OPEN) for at in (1, 2, 3, 4)]
        assert given == [b"1", b"1", b"4", b"4"]
        assert store.thumbnail(one.id, 3 * 10**9, scope=scopes.EVERYTHING) == b"3"

    def test_arrays_are_closed_with_any_stretch(self, store: Store) -> None:
        one = filled(store)
        store.commit_stage(
            one.id, fakes.record("picture"), arrays={"x": fakes.vector("a")}, event=fakes.event()
        )
        store.commit_access(one.id, "default", [SEALED], event=fakes.event())
        assert store.arrays(one.id, "picture", scope=OPEN) == {}
        assert store.arrays(one.id, "picture", scope=scopes.EVERYTHING)

    def test_every_access_class_is_known_once(self, store: Store) -> None:
        one, two = filled(store), filled(store, "two")
        store.commit_access(one.id, "press", [SEALED], event=fakes.event())
        assert store.access_classes() == ["default", "press", "sealed"]
        assert store.stretches(one.id) == [SEALED]
        store.erase(two.id, event=fakes.event())
        store.erase(one.id, event=fakes.event())
        assert store.access_classes() == []

    def test_facts_come_back_in_the_order_they_were_laid_down(self, store: Store) -> None:
        one = filled(store)
        before = store.generation()
        made = [
            store.commit_fact("consent", '{"person": "A"}', video=one.id, event=fakes.event()),
            store.commit_fact("hold", "{}", event=fakes.event()),
            store.commit_fact("consent", '{"person": "B"}', event=fakes.event()),
        ]
        assert store.facts("consent") == [made[0], made[2]]
        assert store.facts("switch") == []
        assert [fact.no for fact in made] == sorted({fact.no for fact in made})
        assert (made[0].by, made[0].at) == ("owner", fakes.event().at)
        assert store.generation() > before

    def test_facts_about_a_video_are_forgotten_with_it(self, store: Store) -> None:
        one, two = filled(store), filled(store, "two")
        for video in (one.id, two.id, None):
            store.commit_fact("consent", "{}", video=video, event=fakes.event())
        receipt = store.erase(one.id, event=fakes.event())
        assert dict(receipt.removed)["facts"] == 1
        assert [fact.video for fact in store.facts("consent")] == [two.id, None]

    def test_an_index_made_under_old_classes_opens_nothing(self, store: Store) -> None:
        one = filled(store)
        cut = fakes.segments(one, *[f"red {n}" for n in range(10)])
        store.commit_access(one.id, "default", [SEALED], event=fakes.event())
        store.commit_index(
            one.id, fakes.record("index"), cut, [fakes.embedded(cut)], event=fakes.event()
        )
        assert seconds(store, one, OPEN) == [0, 1, 4, 5, 6, 7, 8, 9]

    def test_access_changes_while_others_add(self, store: Store) -> None:
        one = filled(store)
        with store.writing():
            store.commit_access(
                one.id, "default", [SEALED], fact=("consent", "{}"), event=fakes.event()
            )
        assert seconds(store, one, OPEN) == [0, 1, 4, 5, 6, 7, 8, 9]
        assert [fact.video for fact in store.facts("consent")] == [one.id]

    def test_a_store_tells_forgetting_what_is_there(self, store: Store) -> None:
        one = filled(store)
        assert store.is_there(one.id)
        assert store.conversations_with(one.id) == []
        store.erase(one.id, event=fakes.event())
        assert not store.is_there(one.id)
