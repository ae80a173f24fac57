"""What a profile must answer and must refuse, as cases that are data; and whether it does.

The cases of the shipped profiles lie beside them (``adapters/policies/cedar/cases``). Each
names who asks, what for, of which footage, to do what, in which words; a refusal names its
rule too. They are judged by the shipped rules together with the library's own, so whoever
edits rules sees what else they change.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from viewfinder.adapters.policies.cedar import Cedar, profiles
from viewfinder.adapters.policies.cedar import Config as CedarConfig
from viewfinder.app.entry import register
from viewfinder.app.entry.register import Register
from viewfinder.domain.access import AccessClass
from viewfinder.domain.errors import ConfigError
from viewfinder.domain.policy import AccessRequest, Principal, Purpose
from viewfinder.domain.time import TimeSpan
from viewfinder.governance import authorize

OWN_CASES = "cases.toml"
"""Of a library itself, in its folder ``governance``; as the shipped ones."""

NO_FOOTAGE = "-"
LOOKING = ("search", "ask", "show", "export")


@dataclass(frozen=True, slots=True)
class Footage:
    """What a case asks about."""

    access: AccessClass
    recorded: str | None = None
    lasts_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that somebody does, and what has to come of it.

    Attributes:
        who: Who asks.
        purpose: What for.
        footage: Of what; None for a thing that is about no footage.
        action: To do what.
        question: In which words.
        opened: Ids of rules that a second person opened.
        expects: Id of the rule that refuses; "" for an answer.
        at: When, ISO 8601, UTC.
        told: The case as it was written.
    """

    who: Principal
    purpose: Purpose
    footage: Footage | None
    action: str
    question: str
    opened: tuple[str, ...]
    expects: str
    at: str
    told: str


@dataclass(frozen=True, slots=True)
class Suite:
    """The cases of one profile, and what its answers owe on the way out."""

    profile: str
    owes: tuple[str, ...]
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """A case that came out otherwise; "" stands for an answer."""

    profile: str
    case: str
    expected: str
    got: str


def shipped(profile: str) -> Suite:
    """Return the suite of a shipped profile.

    Raises:
        ConfigError: There is none, or it has a mistake.
    """
    path = files("viewfinder.adapters.policies.cedar") / "cases" / f"{profile}.toml"
    if profile not in profiles.names() or not path.is_file():
        raise ConfigError(f"no cases for {profile!r}; there are {', '.join(profiles.names())}")
    return parsed(path.read_text("utf-8"), profile)


def own(folder: Path, profile: str) -> Suite | None:
    """Return the cases of the library in ``folder`` itself; None where it has none.

    Raises:
        ConfigError: They have a mistake.
    """
    path = folder / register.FOLDER / OWN_CASES
    return parsed(path.read_text("utf-8"), profile) if path.is_file() else None


def parsed(text: str, profile: str) -> Suite:
    """Return a suite as it is written; see docs/how-to/govern-a-library.md.

    Raises:
        ConfigError: It is not TOML, or a case cannot be meant.
    """
    try:
        table = tomllib.loads(text)
        return Suite(profile, tuple(table.get("owes", ())), tuple(_cases(table)))
    except (tomllib.TOMLDecodeError, LookupError, TypeError, ValueError) as error:
        raise ConfigError(f"the cases of {profile!r} have a mistake: {error}") from error


def _cases(table: dict[str, Any]) -> Iterator[Case]:
    people = {name: Principal(name, **_lists(said)) for name, said in table["people"].items()}
    purposes = {
        name: replace(Purpose(name, **_lists(said)), is_declared=True)
        for name, said in table["purposes"].items()
    }
    known = Register(people, purposes)
    footage = {name: _footage(said) for name, said in table["footage"].items()}
    for kind in ("answer", "refuse"):
        for row in table[kind]["cases"]:
            who, purpose, what, action, question, *rule = row
            if len(rule) != (kind == "refuse"):
                raise ValueError(f"{row}: a refusal names its rule, an answer none")
            name, _, opened = who.partition(" + ")
            named, _, case = purpose.partition("/")
            yield Case(
                known.person(name),
                known.purpose(named, case or None),
                None if what == NO_FOOTAGE else footage[what],
                action,
                question,
                (opened,) if opened else (),
                rule[0] if rule else "",
                table["now"],
                " | ".join(row[:5]),
            )


def _footage(said: dict[str, Any]) -> Footage:
    facts = _lists(said)
    recorded, lasts_s = facts.pop("recorded", None), facts.pop("lasts_s", 60.0)
    return Footage(AccessClass(**facts), recorded, lasts_s)


def _lists(said: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in said.items()}


def policy(profile: str, folder: Path | None = None, base: str | None = None) -> Cedar:
    """Return who decides under a profile.

    Args:
        profile: Its name.
        folder: Of the library whose own rules hold too; None for the shipped ones alone.
        base: Other rules in the place of the shipped ones, for tests of the tests.

    Raises:
        PolicyError: A rule has a mistake.
    """
    rules = None if folder is None else folder / register.FOLDER
    return Cedar(CedarConfig(rules, profile), base)


def request_of(case: Case) -> AccessRequest:
    return AccessRequest(
        case.who, case.purpose, case.action, case.question, at=case.at, overrides=case.opened
    )


def verdict(case: Case, owes: tuple[str, ...], decides: Cedar) -> str:
    """Return the id of the rule that refuses, "" for an answer, or what the answer owes wrongly."""
    request = request_of(case)
    names = [case.footage.access.name] if case.footage else []
    decision, scope = authorize.admit(decides, request, names)
    if scope is None:
        return decision.rule
    if case.footage is not None and case.action in LOOKING:
        if scope.access is not None and names[0] not in scope.access:
            return decides.decide_class(request, names[0]).rule
        whole = TimeSpan.of_seconds(0, case.footage.lasts_s)
        if not authorize.in_window(case.purpose, case.footage.recorded, [whole]):
            return "outside-window"
        if set(scope.obligations) != set(owes):
            return f"owes {', '.join(scope.obligations) or 'nothing'}"
    return ""


def checked(folder: Path, profile: str) -> tuple[int, list[Failure]]:
    """Try a profile under the rules of the library in ``folder``, on shipped and own cases.

    Returns:
        How many cases were tried, and those that came out otherwise.
    """
    decides = policy(profile, folder)
    tried = [suite for suite in (shipped(profile), own(folder, profile)) if suite]
    failed = [each for suite in tried for each in failures(suite, decides)]
    return sum(len(suite.cases) for suite in tried), failed


def failures(suite: Suite, decides: Cedar) -> Iterator[Failure]:
    """Yield the cases that come out otherwise than they say."""
    for case in suite.cases:
        got = verdict(case, suite.owes, decides)
        if got != case.expects:
            yield Failure(suite.profile, case.told, case.expects, got)
