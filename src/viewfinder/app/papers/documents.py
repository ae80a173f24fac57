"""Papers that an institution owes: written from the live library and the committed reports.

A paper is a list of clauses. What a clause says, and on which settings it depends, is data
(``written/clauses.toml``); which law it points to as well (``written/law.toml``).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import TypeAdapter

from viewfinder.app.evidence.build import build
from viewfinder.app.evidence.desk import Desk
from viewfinder.app.papers import measured
from viewfinder.app.papers.live import values
from viewfinder.domain.errors import UsageError

TITLES = {
    "dpia": "Data protection impact assessment",
    "fria": "Fundamental rights impact assessment",
    "system-card": "System card",
    "record": "Record of processing",
}
NOTICE = (
    "Written by the program from its settings and from committed reports. Not legal advice. "
    "What is marked as such needs a human."
)
_BLANK = re.compile(r"\{([a-z_:,-]+)\}")


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause, before it is filled in.

    Attributes:
        id: Its name.
        title: For people.
        papers: In which papers it stands.
        settings: On which settings its words depend.
        text: With {names}.
        law: Ids of what it points to.
        human: What nobody but a person can say.
    """

    id: str
    title: str
    papers: tuple[str, ...]
    settings: tuple[str, ...]
    text: str
    law: tuple[str, ...] = ()
    human: tuple[str, ...] = ()


@cache
def clauses() -> tuple[Clause, ...]:
    """Return every clause, in the order of the file."""
    return TypeAdapter(tuple[Clause, ...]).validate_python(_data("clauses.toml")["clause"])


@cache
def law() -> dict[str, dict[str, str]]:
    """Return what clauses may point to."""
    return _data("law.toml")


def _data(name: str) -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("written", name).read_text("utf-8"))


def document(desk: Desk, kind: str) -> dict[str, Any]:
    """Return a paper as a document; logged.

    Raises:
        UsageError: No such paper.
        Refused: The policy does not let this person look into how the library is kept.
    """
    if kind not in TITLES:
        raise UsageError(f"no document {kind!r}; there are {', '.join(TITLES)}")
    desk.admitted("audit")
    known = values(desk)
    desk.logbook.write("export", {"kind": "document", "document": kind})
    return {
        "document": kind,
        "title": TITLES[kind],
        "notice": NOTICE,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "library": desk.store.trail.library,
        "build": build(),
        "clauses": [filled(clause, known) for clause in clauses() if kind in clause.papers],
    }


def filled(clause: Clause, known: Mapping[str, str]) -> dict[str, Any]:
    """Return a clause with its blanks filled in."""
    rows: list[measured.Row] = []

    def fill(blank: re.Match[str]) -> str:
        name, _, folders = blank[1].partition(":")
        if name != "measured":
            return known[name]
        found = measured.about(folders.split(","))
        rows.extend(found)
        return "Measured:" if found else "No report on it is committed."

    return {
        "id": clause.id,
        "title": clause.title,
        "text": _BLANK.sub(fill, clause.text),
        "measured": [
            {
                "bar": row.bar,
                "asked": row.asked,
                "measured": row.measured,
                "report": row.report,
                "sha256": row.sha256,
            }
            for row in rows
        ],
        "law": [law()[name] for name in clause.law],
        "needs_human": list(clause.human),
        "settings": list(clause.settings),
    }


def markdown(paper: dict[str, Any]) -> str:
    """Return a paper as Markdown."""
    build_made = paper["build"]
    lines = [
        f"# {paper['title']}",
        "",
        paper["notice"],
        "",
        f"Library {paper['library']}, {paper['made']}, viewfinder {build_made['version']} "
        f"(`{build_made['package_sha256'][:16]}`).",
        "",
    ]
    for clause in paper["clauses"]:
        lines += [f"## {clause['title']}", "", clause["text"], ""]
        lines += [
            f"- {row['bar']}: asked {row['asked']}; measured {row['measured']}"
            + (f" (`benchmarks/{row['report']}`, `{row['sha256'][:16]}`)" if row["report"] else "")
            for row in clause["measured"]
        ]
        lines += [""] if clause["measured"] else []
        lines += [f"- *needs a human*: {blank}" for blank in clause["needs_human"]]
        lines += [""] if clause["needs_human"] else []
        if clause["law"]:
            lines += [f"See {'; '.join(one['article'] for one in clause['law'])}.", ""]
    return "\n".join(lines)
