"""How much is asked, told once a day and with noise."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from viewfinder.app.library import Library, Refused
from viewfinder.app.papers import counting
from viewfinder.app.papers.counting import ACTIONS, KIND, MOST, told
from viewfinder.domain.errors import UsageError
from viewfinder.domain.policy import Principal

DAY = date(2027, 1, 5)


@pytest.fixture
def used(library: Path) -> Iterator[Library]:
    with Library.open(library, create=True) as made:
        for person, lines in (("ann", 3 * MOST), ("bob", 4)):
            for _ in range(lines):
                event = made._event("ask", moments=[])
                at = f"{DAY.isoformat()}T10:00:00+00:00"
                made._store.log(replace(event, principal=person, at=at))
        yield made


def test_a_day_is_told_once_and_then_again_as_it_was(used: Library) -> None:
    desk, today = used.evidence._desk, DAY + timedelta(days=3)
    first = told(desk, DAY, DAY + timedelta(days=1), today)
    assert [tuple(day.counts) for day in first] == [ACTIONS, ACTIONS]
    assert told(desk, DAY, DAY, today) == first[:1]
    assert len(used._store.facts(KIND)) == 2
    spent = json.loads(used._store.facts(KIND)[0].body)
    assert (spent["epsilon"], spent["most"]) == ("1", MOST)
    lines = [line.document["subject"] for line in used.logbook.lines(action="counts")]
    assert [line["day"] for line in lines] == ["2027-01-05", "2027-01-06"]


def test_nobody_counts_for_more_than_so_many_lines_a_day(
    used: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "noisy", lambda count, **_: count)
    (day,) = told(used.evidence._desk, DAY, DAY, DAY + timedelta(days=1))
    assert day.counts["ask"] == MOST + 4


def test_a_day_that_is_not_over_is_not_told(used: Library) -> None:
    desk = used.evidence._desk
    for since, until in ((DAY, DAY), (DAY, DAY - timedelta(days=1))):
        with pytest.raises(UsageError, match="no days that are over"):
            told(desk, since, until, DAY)
    with pytest.raises(UsageError, match="more than a year"):
        told(desk, DAY - timedelta(days=400), DAY, DAY + timedelta(days=1))


def test_only_who_may_look_into_the_use_of_a_library_gets_counts(used: Library) -> None:
    (used.folder / "viewfinder.toml").write_text('policy = "cedar"\n')
    member = Principal("m", ("member",))
    with Library.open(used.folder, principal=member) as made, pytest.raises(Refused):
        made.papers.counts(DAY, DAY)
