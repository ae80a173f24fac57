"""Whatever people do in whatever order: nothing opens without two, twice, or after its end."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from viewfinder.domain.errors import UsageError
from viewfinder.domain.registry import Fact
from viewfinder.governance.keeping.override import KIND, NEVER, Ask, State, body, standing, step

START = datetime(2026, 1, 1, tzinfo=UTC)
PEOPLE = ("ann", "bob", "kim")

steps = st.lists(
    st.tuples(
        st.sampled_from(["ask", "approve", "deny", "use"]),
        st.sampled_from(PEOPLE),
        st.integers(1, 4),
        st.floats(0, 20),
        st.floats(0.5, 24),
    ),
    max_size=25,
)


def trace(done: list[tuple[str, str, int, float, float]]) -> list[Fact]:
    facts, now = [], START
    for number, (act, who, of, wait_h, hours) in enumerate(done, 1):
        now += timedelta(hours=wait_h)
        said = body(Ask("sealed", "safety", "why", hours)) if act == "ask" else step(act, of)
        facts.append(Fact(number, KIND, now.isoformat(), who, said))
    return facts


@settings(max_examples=int(os.environ.get("VIEWFINDER_TRACES", "300")), deadline=None)
@given(steps)
def test_a_use_opens_only_what_somebody_else_approved_in_time_and_once(
    done: list[tuple[str, str, int, float, float]],
) -> None:
    facts = trace(done)
    used: set[int] = set()
    for upto, (act, who, of, *_) in enumerate(done, 1):
        now = facts[upto - 1].at
        before = {one.no: one for one in standing(facts[: upto - 1], now=now)}
        after = {one.no: one for one in standing(facts[:upto], now=now)}
        for number, one in after.items():
            if one.state in (State.APPROVED, State.USED, State.OVER):
                assert one.answered_by
                assert one.answered_by != one.by
            if one.ends:
                asked, ends = datetime.fromisoformat(one.at), datetime.fromisoformat(one.ends)
                assert ends > asked
            if one.state is State.USED and before.get(number, one).state is not State.USED:
                assert (act, who, of) == ("use", one.by, number)
                assert number not in used
                assert datetime.fromisoformat(now) < datetime.fromisoformat(one.ends)
                used.add(number)
        for number in used:
            assert after[number].state is State.USED
            assert not any(after[number].opens_for(person) for person in PEOPLE)


@given(steps, st.floats(24, 9000))
def test_a_day_after_the_last_yes_nothing_is_open(
    done: list[tuple[str, str, int, float, float]], later_h: float
) -> None:
    facts = trace(done)
    if not facts:
        return
    now = datetime.fromisoformat(facts[-1].at) + timedelta(hours=later_h)
    for one in standing(facts, now=now.isoformat()):
        assert not any(one.opens_for(person) for person in PEOPLE)


@pytest.mark.parametrize("rule", sorted(NEVER))
def test_some_rules_are_opened_by_nobody(rule: str) -> None:
    with pytest.raises(UsageError, match="never opened"):
        Ask(rule, "safety", "why")


@pytest.mark.parametrize(
    ("settings_", "says"),
    [
        ({"reason": "curious"}, "no reason"),
        ({"note": " "}, "say why"),
        ({"hours": 25}, "at most 24"),
        ({"hours": 0}, "more than 0"),
        ({"video": "abc"}, "no video id"),
    ],
)
def test_what_cannot_be_asked_is_said_so(settings_: dict[str, object], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        Ask(**{"rule": "sealed", "reason": "safety", "note": "why", **settings_})  # type: ignore[arg-type]
