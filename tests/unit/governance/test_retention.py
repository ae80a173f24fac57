"""Footage goes when its time is over, not before, and never while it is held."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from viewfinder.domain.access import DEFAULT, AccessClass
from viewfinder.domain.errors import ConfigError, UsageError
from viewfinder.domain.media import Video, VideoId
from viewfinder.domain.registry import Fact
from viewfinder.governance.keeping.holds import KIND, Hold, Step, body, standing
from viewfinder.governance.keeping.retention import Rule, over, schedule
from viewfinder.testing import fakes

START = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 7 * 365


def due_on(
    now: datetime, days: int, *, held: bool = False, access: str = DEFAULT, rule: Rule | None = None
) -> list[str]:
    one = fakes.video("one")
    hold = Hold(1, one.id, "C-1", "trial", "2030-01-01", "kim", START.isoformat())
    made = schedule(
        [one],
        [rule or Rule("all", days)],
        access={one.id: access},
        added={one.id: START.isoformat()},
        holds=[hold] if held else [],
    )
    return [due.video.name for due in over(made, now)]


def test_the_day_before_nothing_goes_and_on_the_day_it_does() -> None:
    assert due_on(START + timedelta(days=30, seconds=-1), 30) == []
    assert due_on(START + timedelta(days=30), 30) == ["one.mp4"]


def test_what_is_held_never_goes() -> None:
    assert due_on(START + timedelta(days=9000), 30, held=True) == []


def test_a_rule_reaches_its_collection_and_label_and_no_other() -> None:
    later = START + timedelta(days=400)
    news = Rule("news", 30, collection="news")
    assert due_on(later, 30, access=AccessClass("news").name, rule=news) == ["one.mp4"]
    assert due_on(later, 30, rule=news) == []
    minors = Rule("minors", 30, label="minors")
    marked = AccessClass("news", ("minors",)).name
    assert due_on(later, 30, access=marked, rule=minors) == ["one.mp4"]
    assert due_on(later, 30, access=AccessClass("news").name, rule=minors) == []


def test_of_several_rules_the_shortest_counts() -> None:
    one = fakes.video("one")
    made = schedule(
        [one],
        [Rule("long", 90), Rule("short", 10)],
        access={one.id: DEFAULT},
        added={one.id: START.isoformat()},
        holds=[],
    )
    assert [due.rule.name for due in made] == ["short"]


def test_a_rule_needs_a_day_at_least() -> None:
    with pytest.raises(ConfigError, match="1 or more"):
        Rule("never", 0)


@dataclass
class World:
    """A library on a clock of its own: footage comes, holds come and go."""

    videos: dict[VideoId, Video] = field(default_factory=dict)
    access: dict[VideoId, str] = field(default_factory=dict)
    added: dict[VideoId, str] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)
    gone: dict[VideoId, datetime] = field(default_factory=dict)
    last_held: dict[VideoId, datetime] = field(default_factory=dict)


def lay_down(world: World, video: VideoId, step: Step, now: datetime) -> None:
    number = len(world.facts) + 1
    world.facts.append(Fact(number, KIND, now.isoformat(), "kim", body(step), video))


def test_over_seven_years_nothing_goes_early_nothing_a_day_late_and_nothing_held() -> None:
    dice, world = Random(7), World()
    rules = [
        Rule("cctv", 3, collection="cctv"),
        Rule("news", 730, collection="news"),
        Rule("minors", 365, label="minors"),
    ]
    classes = [AccessClass("cctv"), AccessClass("news"), AccessClass("news", ("minors",))]
    for day in range(DAYS):
        now = START + timedelta(days=day)
        if day % 5 == 0:
            new = fakes.video(f"day {day}")
            world.videos[new.id] = new
            world.access[new.id] = dice.choice(classes).name
            world.added[new.id] = (now + timedelta(seconds=dice.randrange(86_000))).isoformat()
        held = {hold.video: hold for hold in standing(world.facts)}
        if day % 11 == 0 and world.videos:
            chosen = dice.choice(sorted(world.videos))
            if chosen in held:
                lay_down(world, chosen, Step("release", held[chosen].no, reason="over"), now)
            else:
                step = Step("place", case="C", reason="trial", review="2030-01-01")
                lay_down(world, chosen, step, now)
        holds = standing(world.facts)
        for hold in holds:
            world.last_held[hold.video] = now
        made = schedule(
            world.videos.values(), rules, access=world.access, added=world.added, holds=holds
        )
        for due in over(made, now):
            assert due.video.id not in {hold.video for hold in holds}, "held"
            assert now >= datetime.fromisoformat(due.goes), "early"
            free = world.last_held.get(due.video.id, START) + timedelta(days=1)
            late = now - max(datetime.fromisoformat(due.goes), free)
            assert late <= timedelta(hours=24), "late"
            world.gone[due.video.id] = now
            del world.videos[due.video.id]
    assert len(world.gone) > 300


def test_a_hold_is_reviewed_and_released_by_its_number() -> None:
    world, one = World(), fakes.video_id("one")
    lay_down(world, one, Step("place", case="A", reason="trial", review="2026-02-01"), START)
    lay_down(world, one, Step("place", case="B", reason="appeal", review="2026-03-01"), START)
    first, second = standing(world.facts)
    assert first.is_due("2026-02-01T00:00:00+00:00")
    assert not second.is_due("2026-02-01T00:00:00+00:00")
    lay_down(world, one, Step("review", first.no, reason="still", review="2027-01-01"), START)
    assert [hold.review for hold in standing(world.facts)] == ["2027-01-01", "2026-03-01"]
    lay_down(world, one, Step("release", second.no, reason="over"), START)
    assert [hold.case for hold in standing(world.facts)] == ["A"]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"act": "place", "case": "A", "review": "2027-01-01"}, "reason"),
        ({"act": "place", "reason": "x", "review": "2027-01-01"}, "case"),
        ({"act": "place", "case": "A", "reason": "x"}, "day of review"),
        ({"act": "release", "of": 1}, "reason"),
    ],
)
def test_a_hold_without_its_reasons_is_no_hold(settings: dict[str, str], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        Step(**settings)  # type: ignore[arg-type]
