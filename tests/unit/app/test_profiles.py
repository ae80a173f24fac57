"""A stricter profile is one person's decision; a looser one takes two."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest

from viewfinder.adapters.policies.cedar import Config, plugin, profiles
from viewfinder.app.governing.overrides import Ask
from viewfinder.app.governing.profiles import LOOSEN, difference
from viewfinder.app.library import Library
from viewfinder.domain.access import AccessClass
from viewfinder.domain.errors import UsageError
from viewfinder.domain.policy import AccessRequest, Intent, Principal, Purpose

ALL = [profiles.named(name) for name in profiles.names()]
PEOPLE = """
[[person]]
name = "ann"
roles = ["owner"]

[[person]]
name = "kim"
roles = ["reviewer"]
"""


def test_the_thirteen_institutions_and_ones_own_footage_have_a_profile() -> None:
    assert len(ALL) == 14
    assert all(one.title and one.serves for one in ALL)


@pytest.mark.parametrize("one", ALL, ids=lambda p: p.name)
def test_a_profile_is_as_strict_as_itself(one: profiles.Profile) -> None:
    assert difference(one, one) == []


def requests() -> list[AccessRequest]:
    people = [Principal("o", ("owner",)), Principal("m", ("member",), ("news",)), Principal("x")]
    purposes = [
        Purpose("story"),
        Purpose("story", "C-1"),
        Purpose("story", "C-1", is_declared=True),
        Purpose(
            "incident",
            "C-1",
            collections=("news",),
            window_begins="2027-01-01T10:00",
            window_ends="2027-01-01T10:30",
            is_declared=True,
        ),
    ]
    asked = [
        (),
        (Intent("named-person"),),
        (Intent("described-person"),),
        (Intent("no-suspicion"),),
    ]
    return [
        AccessRequest(who, why, action, at="2027-03-01T12:00:00+00:00", intents=intents)
        for who in people
        for why in purposes
        for action in ("ask", "show", "export", "add", "configure")
        for intents in asked
    ]


def test_a_stricter_profile_never_permits_more() -> None:
    classes = [AccessClass("news"), AccessClass("news", consent="given", uses=("search",))]
    names = [what.name for what in classes]
    policies = {one.name: plugin.build(Config(None, one.name)) for one in ALL}
    every = requests()
    granted = {
        name: [policy.decide(asked).permitted for asked in every]
        for name, policy in policies.items()
    }
    seen = {
        name: [policy.scope(asked, names).access or frozenset() for asked in every[::7]]
        for name, policy in policies.items()
    }
    compared = 0
    for one, two in permutations(ALL, 2):
        if any(change.looser for change in difference(one, two)):
            continue
        compared += 1
        pairs = zip(granted[one.name], granted[two.name], strict=True)
        assert all(before or not after for before, after in pairs), (one.name, two.name)
        both = zip(seen[one.name], seen[two.name], strict=True)
        assert all(after <= before for before, after in both), (one.name, two.name)
    assert compared >= 20


def opened(folder: Path, name: str, override: int | None = None) -> Library:
    return Library.open(folder, create=True, principal=name, override=override)


def test_a_looser_profile_needs_a_second_person_and_is_in_the_log(tmp_path: Path) -> None:
    (tmp_path / "governance").mkdir()
    (tmp_path / "governance" / "people.toml").write_text(PEOPLE)
    (tmp_path / "viewfinder.toml").write_text('policy = "cedar"\n')
    with opened(tmp_path, "ann") as library:
        library.governing.profiles.use("court")
    with opened(tmp_path, "ann") as library:
        with pytest.raises(UsageError, match="which takes two"):
            library.governing.profiles.use("news")
        asked = library.governing.overrides.ask(Ask(LOOSEN, "error-in-rule", "we moved"))
    with opened(tmp_path, "kim") as library:
        library.governing.overrides.answer(asked.no, yes=True)
    with opened(tmp_path, "ann", asked.no) as library:
        library.governing.profiles.use("news")
        assert library.governing.profiles.current().name == "news"
        done = [line.document["action"] for line in library.logbook.lines()]
    assert done.count("profile") == 2
    assert [d for d in done if d == "override"] == ["override"] * 3
