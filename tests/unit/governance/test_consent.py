"""Consent: the last word of each person counts, the strictest of all holds."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewfinder.domain.access import DEFAULT, AccessClass, access_at, class_of
from viewfinder.domain.errors import UsageError
from viewfinder.domain.registry import Fact
from viewfinder.domain.time import TimeSpan
from viewfinder.governance.keeping.consent import (
    KIND,
    TIERS,
    USES,
    State,
    Word,
    applied,
    body,
    read,
    standing,
    together,
)
from viewfinder.testing import fakes

WHOLE = TimeSpan(0, 100)
OWNER = fakes.video_id("one")

spans = st.none() | st.tuples(st.integers(0, 99), st.integers(1, 60)).map(
    lambda pair: TimeSpan(pair[0], min(100, pair[0] + pair[1]))
)
given_words = st.builds(
    Word,
    person=st.sampled_from(["A", "B", "group 7"]),
    state=st.just(State.GIVEN),
    span=spans,
    uses=st.lists(st.sampled_from(USES), unique=True).map(lambda u: tuple(sorted(u))),
    tier=st.sampled_from(TIERS),
    since=st.sampled_from(["", "2026-01-01", "2027-01-01"]),
    until=st.sampled_from(["", "2028-01-01", "2029-01-01"]),
)
other_words = st.builds(
    Word,
    person=st.sampled_from(["A", "B", "group 7"]),
    state=st.sampled_from([State.WITHDRAWN, State.NONE]),
    span=spans,
)
words = st.lists(st.one_of(given_words, other_words), max_size=9)


def at(moment: int, said: list[Word]) -> AccessClass:
    """Return what holds at a moment, worked out the plain way."""
    last: dict[str, Word] = {}
    for word in said:
        if word.span is None or word.span.holds(moment):
            last[word.person] = word
    return together(list(last.values()), AccessClass())


@given(words)
def test_at_each_moment_the_last_word_of_everybody_there_counts(said: list[Word]) -> None:
    access, parts = applied(DEFAULT, [], said, WHOLE)
    for moment in range(100):
        name = access_at(TimeSpan(moment, moment + 1), parts, access)
        assert class_of(name) == at(moment, said)


@given(words, words)
def test_what_stood_before_leaves_no_trace_in_what_stands_now(
    before: list[Word], now: list[Word]
) -> None:
    access, parts = applied(DEFAULT, [], before, WHOLE)
    said = [*before, *now]
    assert applied(access, parts, said, WHOLE) == applied(DEFAULT, [], said, WHOLE)


@given(words, words)
def test_one_more_person_never_opens_anything(some: list[Word], more: list[Word]) -> None:
    theirs = [replace(word, person="new") for word in more]
    if not theirs:
        return
    for moment in range(0, 100, 7):
        one, both = at(moment, some), at(moment, [*some, *theirs])
        if one.consent and one.consent != State.GIVEN:
            assert both.consent != State.GIVEN
        if one.consent == both.consent == State.GIVEN:
            assert set(both.uses) <= set(one.uses)
            assert TIERS.index(both.tier) >= TIERS.index(one.tier)
            assert both.since >= one.since
            assert (both.until or "9") <= (one.until or "9")


@given(words)
def test_a_word_comes_back_from_its_fact_as_it_was(said: list[Word]) -> None:
    facts = [
        Fact(n, KIND, f"2026-01-{n + 1:02}", "kim", body(word), OWNER)
        for n, word in enumerate(said)
    ]
    assert [g.word for g in read(facts)] == said
    assert [g.word for g in read(facts, as_of="2026-01-03")] == said[:3]


def test_withdrawal_of_one_closes_where_others_still_agree() -> None:
    said = [
        Word("A", State.GIVEN, uses=("search",)),
        Word("B", State.GIVEN, uses=("search",)),
        Word("B", State.WITHDRAWN, TimeSpan(10, 20)),
    ]
    parts = standing(said, WHOLE)
    assert [part for part, _ in parts] == [TimeSpan(0, 10), TimeSpan(10, 20), TimeSpan(20, 100)]
    access, stretches = applied(DEFAULT, [], said, WHOLE)
    states = [
        class_of(access_at(TimeSpan(m, m + 1), stretches, access)).consent for m in (0, 10, 19, 20)
    ]
    assert states == ["given", "withdrawn", "withdrawn", "given"]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"person": " "}, "needs a name"),
        ({"uses": ("fly",)}, "no use 'fly'"),
        ({"tier": "friends"}, "no tier"),
    ],
)
def test_what_cannot_be_meant_is_said_so(settings: dict[str, object], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        Word(**{"person": "A", "state": State.GIVEN, **settings})  # type: ignore[arg-type]
