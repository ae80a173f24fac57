"""Profiles: how strict a library is, and how it becomes stricter or looser.

A library is governed from the first profile it takes on: who takes it becomes its owner.
Stricter is one person's decision; looser takes two.
"""

from __future__ import annotations

import getpass
import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from viewfinder.adapters.policies.cedar import profiles
from viewfinder.adapters.policies.cedar.profiles import Profile
from viewfinder.app import config
from viewfinder.app.entry import register
from viewfinder.app.governing.desk import Desk
from viewfinder.domain.errors import UsageError

__all__ = ["Difference", "Profile", "Profiles"]

LOOSEN = "loosen-profile"
"""Id of the rule that a second person opens for a looser profile."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting in which two profiles differ; ``looser`` tells of the second one."""

    setting: str
    before: object
    after: object
    looser: bool


def difference(before: Profile, after: Profile) -> list[Difference]:
    """Return what changes from one profile to another."""
    one, two = asdict(before), asdict(after)
    return [
        Difference(name, one[name], two[name], _looser(name, one[name], two[name]))
        for name in one
        if name not in ("name", "title", "serves", "notes") and one[name] != two[name]
    ]


def _looser(setting: str, before: object, after: object) -> bool:
    if setting == "obligations":
        return not set(_words(before)) <= set(_words(after))
    if setting == "answers":
        return after == "abstractive"
    if setting == "retention_days":
        return after == 0 or (before != 0 and int(str(after)) > int(str(before)))
    if setting == "ladder":
        return int(str(after)) > int(str(before))
    return bool(before) and not after


def _words(value: object) -> list[str]:
    return list(value) if isinstance(value, list | tuple) else []


class Profiles:
    """Shows profiles, and changes the one of this library."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def all(self) -> list[Profile]:
        self._desk.admitted("enter")
        return [profiles.named(name) for name in profiles.names()]

    def named(self, name: str) -> Profile:
        """Return a profile.

        Raises:
            PolicyError: None has that name.
        """
        self._desk.admitted("enter")
        return profiles.named(name)

    def current(self) -> Profile:
        """Return the profile of this library; its own footage where none was taken on."""
        self._desk.admitted("enter")
        return profiles.named(register.read(self._desk.folder).profile)

    def use(self, name: str) -> list[Difference]:
        """Take a profile on; return what changed.

        Raises:
            UsageError: It is looser, and no second person opened that.
            Refused: The policy does not allow it.
        """
        self._desk.admitted("configure")
        before, after = self.current(), profiles.named(name)
        changes = difference(before, after)
        looser = [change.setting for change in changes if change.looser]
        if looser and LOOSEN not in self._desk.opened():
            raise UsageError(
                f"{name!r} is looser than {before.name!r} ({', '.join(looser)}), which takes two: "
                f"`viewfinder override ask --rule {LOOSEN} --note ...`, another person approves, "
                f"then `viewfinder --override N profile use {name}`"
            )
        event = self._desk.event("profile", before=before.name, after=after.name, looser=looser)
        body = json.dumps({"before": before.name, "after": after.name})
        self._desk.store.commit_fact("profile", body, event=event)
        _govern(self._desk.folder, self._desk.asker, after.name)
        return changes


def _govern(folder: Path, asker: str, profile: str) -> None:
    """Write the profile down, and make the library a governed one where it is not."""
    home = folder / register.FOLDER
    home.mkdir(mode=0o700, exist_ok=True)
    people = home / register.PEOPLE
    if not people.exists():
        name = json.dumps(asker if asker != "owner" else getpass.getuser(), ensure_ascii=False)
        people.write_text(f'[[person]]\nname = {name}\nroles = ["owner"]\n', "utf-8")
    settings = folder / config.FILE_NAME
    said = settings.read_text("utf-8") if settings.is_file() else ""
    line = 'policy = "cedar"'
    if re.search(r"(?m)^\s*policy\s*=", said):
        said = re.sub(r"(?m)^\s*policy\s*=.*$", line, said)
    else:
        said = f"{line}\n{said}"
    settings.write_text(said, "utf-8")
    fresh = home / f".{register.PROFILE}"
    fresh.write_text(f'profile = "{profile}"\n', "utf-8")
    fresh.replace(home / register.PROFILE)
