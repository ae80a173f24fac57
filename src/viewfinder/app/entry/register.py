"""Who may ask and what for: the library's own list of people and purposes.

In a governed library (``policy = "cedar"`` in ``viewfinder.toml``) the folder ``governance``
holds ``people.toml``, ``purposes.toml``, ``profile.toml`` and, where the institution adds
rules of its own, ``*.cedar``. Who is not listed has no role, and no rule permits them anything.
"""

from __future__ import annotations

import getpass
import tomllib
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from viewfinder.domain.errors import ConfigError, UsageError
from viewfinder.domain.policy import OWN_FOOTAGE, OWNER, Principal, Purpose

FOLDER = "governance"
_FILES = PEOPLE, PURPOSES, PROFILE = "people.toml", "purposes.toml", "profile.toml"
ROLES = ("owner", "keeper", "member", "auditor", "reviewer", "staff", "researcher", "sealed-reader")
UNGOVERNED = "household"


@dataclass(frozen=True, slots=True)
class Register:
    """What the folder ``governance`` says.

    Attributes:
        people: By name.
        purposes: By name.
        profile: Name of the profile.
    """

    people: dict[str, Principal]
    purposes: dict[str, Purpose]
    profile: str = "own-footage"

    def person(self, name: str) -> Principal:
        """Return who is listed by that name; somebody without any role where nobody is."""
        return self.people.get(name, Principal(name))

    def purpose(self, name: str, case: str | None = None) -> Purpose:
        """Return a declared purpose under a case, or an undeclared one of that name.

        Raises:
            UsageError: The purpose is declared for another case.
        """
        declared = self.purposes.get(name)
        if declared is None:
            return Purpose(name, case)
        if declared.case and case and declared.case != case:
            raise UsageError(f"the purpose {name!r} is declared for the case {declared.case!r}")
        return replace(declared, case=declared.case or case)


def read(folder: Path) -> Register:
    """Return the register of the library in ``folder``; an empty one where it has none.

    Raises:
        ConfigError: A file is not TOML, or says what nobody can mean.
    """
    return _read(folder / FOLDER, tuple(_stamp(folder / FOLDER / name) for name in _FILES))


def _stamp(path: Path) -> tuple[int, ...]:
    """Return what changes when a file does; nothing where it is not there."""
    try:
        stat = path.stat()
    except OSError:
        return ()
    return stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size, stat.st_ino


@lru_cache(maxsize=8)
def _read(home: Path, stamps: tuple[tuple[int, ...], ...]) -> Register:  # noqa: ARG001 - a key
    people = listed(home / PEOPLE, "person", Principal)
    purposes = listed(home / PURPOSES, "purpose", Purpose)
    for person in people:
        unknown = sorted(set(person.roles) - set(ROLES))
        if unknown:
            raise ConfigError(
                f"{home / PEOPLE}: {person.name!r} has the unknown role {unknown[0]!r}; "
                f"known: {', '.join(ROLES)}"
            )
    profile = _table(home / PROFILE).get("profile", "own-footage")
    return Register(
        {person.name: person for person in people},
        {purpose.name: replace(purpose, is_declared=True) for purpose in purposes},
        str(profile),
    )


def listed(path: Path, key: str, shape: type[Any]) -> list[Any]:
    """Return the rows of a TOML file that has nothing but tables of one name.

    Raises:
        ConfigError: It is not TOML, or says what nobody can mean.
    """
    table = _table(path)
    if unknown := sorted(set(table) - {key}):
        raise ConfigError(f"{path}: unknown table {unknown[0]!r}; write [[{key}]]")
    try:
        rows = TypeAdapter(list[dict[str, Any]]).validate_python(table.get(key, []))
        made = [TypeAdapter(shape).validate_python(_fields(row, shape, path)) for row in rows]
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{path}: {where}: {first['msg']}") from error
    names = [one.name for one in made]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ConfigError(f"{path}: {twice[0]!r} is listed twice")
    return made


def _fields(row: dict[str, Any], shape: type[Any], path: Path) -> dict[str, Any]:
    known = set(shape.__dataclass_fields__) - {"is_declared"}
    if unknown := sorted(set(row) - known):
        raise ConfigError(
            f"{path}: unknown setting {unknown[0]!r}; known: {', '.join(sorted(known))}"
        )
    return row


def _table(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not TOML: {error}") from error


def asker(register: Register, policy: str, name: str | None) -> Principal:
    """Return who asks: as given, else the owner, or in a governed library the user logged in.

    In an ungoverned library everybody is its owner, under a name of their own.
    """
    if policy == UNGOVERNED:
        return OWNER if name is None else replace(OWNER, name=name)
    return register.person(name or getpass.getuser())


def reason(register: Register, policy: str, name: str | None, case: str | None) -> Purpose:
    """Return what for: as given, else one's own footage, or nothing in a governed library."""
    if name is None and policy == UNGOVERNED:
        return replace(OWN_FOOTAGE, case=case)
    return register.purpose(name or "", case)
