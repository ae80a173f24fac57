"""Every profile answers what it must and refuses what it must, by the rule that it should."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from viewfinder.adapters.policies.cedar import profiles
from viewfinder.app.tasks import suites
from viewfinder.domain.errors import ConfigError
from viewfinder.governance import intents

LEAST = 30


@pytest.mark.parametrize("name", profiles.names())
def test_a_profile_answers_and_refuses_as_its_cases_say(name: str) -> None:
    suite = suites.shipped(name)
    assert list(suites.failures(suite, suites.policy(name))) == []


@pytest.mark.parametrize("name", profiles.names())
def test_a_suite_is_large_and_varied(name: str) -> None:
    cases = suites.shipped(name).cases
    kinds = Counter(bool(case.expects) for case in cases)
    assert min(kinds[True], kinds[False]) >= LEAST
    assert len({case.told for case in cases}) == len(cases)
    rules = {case.expects for case in cases}
    assert {"not-permitted", "sealed", "consent-withdrawn", "embargo", "no-identification"} <= rules
    spoken = {intents.language(case.question) for case in cases if case.question}
    assert {"de", "en", "es", "fr"} <= spoken


def test_between_them_the_suites_name_every_rule_that_forbids() -> None:
    named = {case.expects for name in profiles.names() for case in suites.shipped(name).cases}
    assert suites.policy("court").forbids() <= named


def test_a_rule_of_the_library_itself_shows_in_the_cases_it_changes(tmp_path: Path) -> None:
    (tmp_path / "governance").mkdir()
    assert suites.checked(tmp_path, "court")[1] == []
    (tmp_path / "governance" / "own.cedar").write_text(
        '@id("no-show") forbid (principal, action == Action::"show", resource is Library);\n'
    )
    tried, failed = suites.checked(tmp_path, "court")
    assert tried == len(suites.shipped("court").cases)
    assert {(one.expected, one.got) for one in failed} >= {("", "no-show")}
    assert all("| show |" in one.case for one in failed)


def test_cases_of_the_library_itself_are_tried_too(tmp_path: Path) -> None:
    (tmp_path / "governance").mkdir()
    (tmp_path / "governance" / "cases.toml").write_text(
        'now = "2027-01-01T00:00:00"\n'
        '[people]\nann = { roles = ["member"] }\n[purposes]\n[footage]\n'
        '[answer]\ncases = [["ann", "", "-", "configure", ""]]\n'
        '[refuse]\ncases = [["ann", "", "-", "configure", "", "not-permitted"]]\n'
    )
    tried, failed = suites.checked(tmp_path, "wildlife")
    assert tried == len(suites.shipped("wildlife").cases) + 2
    assert [(one.expected, one.got) for one in failed] == [("", "not-permitted")]


@pytest.mark.parametrize(
    "text",
    [
        "now =",
        'now = "2027-01-01"\n[people]\n',
        'now = "2027-01-01"\n[people]\n[purposes]\n[footage]\n[answer]\n'
        'cases = [["ann", "", "nothing", "ask", "x"]]\n[refuse]\ncases = []\n',
        'now = "2027-01-01"\n[people]\n[purposes]\n[footage]\n[answer]\ncases = []\n[refuse]\n'
        'cases = [["ann", "", "-", "ask", "no rule"]]\n',
    ],
)
def test_cases_with_a_mistake_are_named(text: str) -> None:
    with pytest.raises(ConfigError, match="the cases of 'mine' have a mistake"):
        suites.parsed(text, "mine")


def test_a_profile_without_cases_is_none() -> None:
    with pytest.raises(ConfigError, match="no cases for 'nobody'"):
        suites.shipped("nobody")
