"""How much a library is used, told so that nobody's use can be read off it.

A finished day is told once, with noise; asked again, the same numbers are told again. So a
person's day costs ``EPSILON`` and never more. Which days and actions are told is fixed
beforehand, so that no row betrays by being there: delta is 0.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from viewfinder.app.evidence import Desk
from viewfinder.domain.errors import UsageError
from viewfinder.governance.noise import noisy

KIND = "private-counts"
ACTIONS = ("add", "ask", "converse", "export", "forget", "refuse", "search", "show")
EPSILON = Fraction(1)
MOST = 20
"""Lines of one person and day that count; what comes after them does not."""
LONGEST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Day:
    """What is told of one day; ``counts`` has every one of ``ACTIONS``."""

    day: str
    counts: dict[str, int]


def told(desk: Desk, since: date, until: date, today: date | None = None) -> list[Day]:
    """Return the counts of the days from ``since`` to ``until``, both with them.

    Raises:
        UsageError: A day that is not over, no days, or more than a year of them.
        Refused: The policy does not let this person look into how the library is used.
    """
    desk.admitted("audit")
    today = today or datetime.now(UTC).date()
    if not since <= until < today:
        raise UsageError(f"{since} to {until} are no days that are over; the last is yesterday")
    if (until - since).days >= LONGEST_DAYS:
        raise UsageError(f"{since} to {until} is more than a year; ask for less at once")
    known = {day.day: day for day in _known(desk)}
    days = [(since + timedelta(days=n)).isoformat() for n in range((until - since).days + 1)]
    fresh = [day for day in days if day not in known]
    counted = _counted(desk, fresh) if fresh else {}
    for day in fresh:
        noised = {
            action: noisy(counted[day][action], sensitivity=MOST, epsilon=EPSILON)
            for action in ACTIONS
        }
        body = json.dumps({"day": day, "counts": noised, "epsilon": str(EPSILON), "most": MOST})
        event = desk.event("counts", day=day, epsilon=str(EPSILON))
        desk.store.commit_fact(KIND, body, event=event)
        known[day] = Day(day, noised)
    return [known[day] for day in days]


def _known(desk: Desk) -> Iterator[Day]:
    for fact in desk.store.facts(KIND):
        said = json.loads(fact.body)
        yield Day(said["day"], said["counts"])


def _counted(desk: Desk, days: list[str]) -> dict[str, Counter[str]]:
    """Return the true counts by day, at most ``MOST`` lines of each person and day."""
    wanted, first = set(days), min(days)
    counts: dict[str, Counter[str]] = {day: Counter() for day in days}
    seen: Counter[tuple[str, str]] = Counter()
    for entry in desk.store.trail.entries():
        document = entry.document()
        day = document["at"][:10]
        if day < first or day not in wanted or document["action"] not in ACTIONS:
            continue
        who = day, document["principal"]
        if seen[who] < MOST:
            seen[who] += 1
            counts[day][document["action"]] += 1
    return counts
