"""Whoever asks what under which profile: less stays less, and what is not known is denied."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from viewfinder.adapters.policies.cedar import profiles
from viewfinder.app.governing.profiles import difference
from viewfinder.app.tasks import suites
from viewfinder.app.tasks.suites import Case
from viewfinder.domain.access import AccessClass
from viewfinder.domain.policy import AccessRequest, Intent, Principal, Purpose
from viewfinder.domain.time import TimeSpan
from viewfinder.governance import authorize, intents
from viewfinder.governance.release import KNOWN_OBLIGATIONS

AT = "2027-03-01T12:00:00+00:00"
START = datetime(2027, 3, 1, tzinfo=UTC)
COLLECTIONS = ("news", "sport", "court")
CLASSES = [
    AccessClass(collection, **more).name  # type: ignore[arg-type]
    for collection in COLLECTIONS
    for more in (
        {},
        {"labels": ("sealed",)},
        {"embargo": "2027-06-01"},
        {"consent": "given", "uses": ("search",)},
        {"consent": "given", "uses": ("export", "search"), "tier": "staff"},
        {"consent": "withdrawn"},
        {"rights": "no-export"},
    )
]
POLICIES = {name: suites.policy(name) for name in profiles.names()}
ROLES = ("owner", "keeper", "member", "auditor", "reviewer", "staff", "researcher", "sealed-reader")


# -- stricter -----------------------------------------------------------------------------------


def test_a_stricter_profile_answers_no_case_of_any_suite_that_a_looser_one_refuses() -> None:
    cases = [case for name in profiles.names() for case in suites.shipped(name).cases][::2]
    answered = {
        name: frozenset(n for n, case in enumerate(cases) if is_answered(case, name))
        for name in profiles.names()
    }
    compared = 0
    for one, two in permutations(profiles.names(), 2):
        changes = difference(profiles.named(one), profiles.named(two))
        if changes and not any(change.looser for change in changes):
            compared += 1
            more = answered[two] - answered[one]
            assert not more, (one, two, [cases[n].told for n in sorted(more)][:3])
    assert compared >= 20
    assert len(set(answered.values())) >= 8  # they are not all the same


def is_answered(case: Case, profile: str) -> bool:
    """Tell whether something comes of it, whatever it owes on the way out."""
    got = suites.verdict(case, (), POLICIES[profile])
    return not got or got.startswith("owes ")


# -- narrower -----------------------------------------------------------------------------------

people = st.builds(
    Principal,
    st.just("ann"),
    st.lists(st.sampled_from(ROLES), unique=True).map(tuple),
    st.lists(st.sampled_from(COLLECTIONS), unique=True).map(tuple),
)
hours = st.integers(0, 48)
asked = st.lists(
    st.sampled_from(["named-person", "described-person", "no-suspicion"]), unique=True, max_size=2
)


def at(hour: int | None) -> str:
    return "" if hour is None else (START + timedelta(hours=hour)).isoformat()


@st.composite
def narrowings(draw: st.DrawFn) -> tuple[Purpose, Purpose]:
    """Return a purpose, and one that allows at most as much: later, shorter, of less."""

    def borders() -> tuple[list[str], list[str]]:
        first, second, third, fourth = sorted(draw(st.tuples(hours, hours, hours, hours)))
        wide = [at(draw(st.sampled_from([first, None]))), at(draw(st.sampled_from([fourth, None])))]
        return wide, [at(second), at(third)]

    (begins, ends), (later, sooner) = borders()
    (opens, closes), (opens_later, closes_sooner) = borders()
    some = draw(st.lists(st.sampled_from(COLLECTIONS), unique=True))
    fewer = draw(st.lists(st.sampled_from(some or COLLECTIONS), unique=True, min_size=1))
    case = draw(st.sampled_from([None, "4711"]))
    wide = Purpose("story", case, "", tuple(some), begins, ends, opens, closes, True)
    return wide, replace(
        wide,
        collections=tuple(fewer),
        begins=later,
        ends=sooner,
        window_begins=opens_later,
        window_ends=closes_sooner,
    )


@settings(max_examples=250, deadline=None)
@given(
    narrowings(),
    people,
    st.sampled_from(["search", "ask", "show", "export"]),
    asked,
    st.sampled_from(profiles.names()),
)
def test_narrowing_a_purpose_never_enlarges_a_scope(
    purposes: tuple[Purpose, Purpose], who: Principal, action: str, rules: list[str], profile: str
) -> None:
    """Of what a wider purpose opens at all: a described person may be asked for in an incident
    alone, so the narrower purpose may be the first under which that question is one."""
    wide, narrow = purposes
    wider = AccessRequest(who, wide, action, at=AT)
    narrower = AccessRequest(who, narrow, action, at=AT, intents=tuple(map(Intent, rules)))
    policy = POLICIES[profile]
    if policy.decide(narrower).permitted:
        assert policy.decide(wider).permitted
    seen, could = policy.scope(narrower, CLASSES), policy.scope(wider, CLASSES)
    assert seen.access is not None
    assert could.access is not None
    assert seen.access <= could.access


@settings(max_examples=250, deadline=None)
@given(narrowings(), st.none() | hours.map(at), st.integers(0, 48), st.integers(0, 48))
def test_a_narrower_window_holds_no_footage_that_a_wider_one_does_not(
    purposes: tuple[Purpose, Purpose], recorded: str | None, first_h: int, length_h: int
) -> None:
    wide, narrow = purposes
    parts = [TimeSpan.of_seconds(3600 * first_h, 3600 * (first_h + length_h) + 1)]
    if authorize.in_window(narrow, recorded, parts):
        assert authorize.in_window(wide, recorded, parts)


# -- unknown ------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", profiles.names())
def test_an_action_or_a_role_that_no_rule_knows_means_deny(profile: str) -> None:
    policy, why = POLICIES[profile], Purpose("story", "4711", is_declared=True)
    for action in ("fly", "", "look", 'look" in Action::"export', "Look"):
        request = AccessRequest(Principal("kim", ("owner",)), why, action, at=AT)
        assert not policy.decide(request).permitted
        assert policy.scope(request, CLASSES).access == frozenset()
    for role in ("wizard", "Owner", "owner ", ""):
        request = AccessRequest(Principal("kim", (role,), COLLECTIONS), why, "ask", at=AT)
        assert not policy.decide(request).permitted
        assert policy.scope(request, CLASSES).access == frozenset()


@pytest.mark.parametrize("duty", ["hum", "extractive_only hum", "Extractive_only"])
def test_an_obligation_that_nobody_can_honour_means_deny(duty: str, tmp_path: Path) -> None:
    (tmp_path / "governance").mkdir()
    (tmp_path / "governance" / "own.cedar").write_text(
        f'@id("mine") @obligation("{duty}")\n'
        'permit (principal in Role::"member", action in Action::"look", resource is Footage);\n'
    )
    policy = suites.policy("own-footage", tmp_path)
    request = AccessRequest(Principal("ann", ("member",), ("news",)), Purpose(""), "ask", at=AT)
    decision, scope = authorize.admit(policy, request, CLASSES)
    assert (decision.rule, scope) == ("unknown-obligation", None)
    assert not set(duty.split()) <= KNOWN_OBLIGATIONS


# -- pure ---------------------------------------------------------------------------------------


def test_the_same_request_gets_the_same_decision_whatever_was_asked_between() -> None:
    cases = suites.shipped("security-incident").cases
    policy, fresh = suites.policy("security-incident"), suites.policy("security-incident")

    def decided(case: Case, by: suites.Cedar) -> object:
        request = replace(suites.request_of(case), intents=intents.read(case.question))
        seen = by.scope(request, CLASSES)
        return by.decide(request), seen.access, seen.obligations

    once = [decided(case, policy) for case in cases]
    again = [decided(case, policy) for case in reversed(cases)][::-1]
    assert once == again == [decided(case, fresh) for case in cases]
    assert policy.version == fresh.version
