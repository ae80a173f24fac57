"""Profiles: how strict a library is, one file of `institutions` each, and named after it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields, replace
from importlib.resources import files
from typing import Any

from viewfinder.domain.errors import PolicyError

LADDER = (
    "things, places and words",
    "named people, in words",
    "described people, inside one incident",
    "described people",
)


@dataclass(frozen=True, slots=True)
class Profile:
    """One customer's defaults.

    Attributes:
        name: Of the file.
        title: For people.
        serves: Whom and for what.
        ladder: How far questions about people may go: an index into ``LADDER``.
        answers: "extractive" or "abstractive": whether a language model may word answers.
        needs_purpose: Questions need a declared purpose.
        needs_case: Questions need a case or story reference.
        needs_consent: Footage is closed until consent is noted.
        needs_second_person: Overrides and exports take two persons.
        obligations: What the way out owes, beside what single rules say.
        retention_days: What is kept how long where no schedule says otherwise; 0 for no end.
        notes: What else the institution has to see to, for people.
    """

    name: str
    title: str
    serves: str
    ladder: int = 0
    answers: str = "extractive"
    needs_purpose: bool = False
    needs_case: bool = False
    needs_consent: bool = False
    needs_second_person: bool = False
    obligations: tuple[str, ...] = ()
    retention_days: int = 0
    notes: tuple[str, ...] = ()

    def facts(self) -> dict[str, object]:
        """Return what policies may look at."""
        return {
            "ladder": self.ladder,
            "needs_purpose": self.needs_purpose,
            "needs_case": self.needs_case,
            "needs_consent": self.needs_consent,
            "needs_second_person": self.needs_second_person,
        }


def names() -> list[str]:
    here = files(__package__) / "institutions"
    return sorted(p.name.removesuffix(".toml") for p in here.iterdir() if p.name.endswith(".toml"))


def named(name: str) -> Profile:
    """Return a profile.

    Raises:
        PolicyError: None has that name, or its file has a mistake.
    """
    if name not in names():
        raise PolicyError(f"no profile {name!r}; there are {', '.join(names())}")
    path = files(__package__).joinpath("institutions", f"{name}.toml")
    table = tomllib.loads(path.read_text("utf-8"))
    unknown = sorted(set(table) - {field.name for field in fields(Profile)})
    if unknown:
        raise PolicyError(f"profile {name!r} has an unknown setting {unknown[0]!r}")
    lists: dict[str, Any] = {
        key: tuple(table[key]) for key in ("obligations", "notes") if key in table
    }
    settings: dict[str, Any] = {**table, **lists}
    made = Profile(name, **settings)
    extractive = {"extractive_only"} if made.answers == "extractive" else set()
    return replace(made, obligations=tuple(sorted({*made.obligations, *extractive})))
