"""What should be found, read from a file of queries with hand-made answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from viewfinder.domain.errors import InputError
from viewfinder.domain.time import TimeSpan


@dataclass(frozen=True, slots=True)
class Relevant:
    """A stretch that answers; grade 2 is exactly what was asked, 1 is partly."""

    file: str
    span: TimeSpan
    grade: int = 2


@dataclass(frozen=True, slots=True)
class Judgment:
    """One query and everything that answers it.

    Attributes:
        id: Of the query.
        type: Kind of query, for the rows of the table.
        query: As asked.
        relevant: All stretches that answer; empty where none does.
        expected: "moments", "abstain" or "refuse".
    """

    id: str
    type: str
    query: str
    relevant: tuple[Relevant, ...] = ()
    expected: str = "moments"


@dataclass(frozen=True, slots=True)
class Returned:
    """A stretch that a system gives back."""

    file: str
    span: TimeSpan


@dataclass(frozen=True, slots=True)
class Response:
    """What a system gives for one query.

    Attributes:
        moments: Best first; also what it found too weak to answer with.
        outcome: "moments" where it answers, else "abstain" or "refuse".
    """

    moments: tuple[Returned, ...]
    outcome: str = "moments"


System = Callable[[str], Response]
"""Anything that can be judged."""


def read(path: Path) -> list[Judgment]:
    """Return the judgments of a JSON Lines file, in its order.

    Raises:
        InputError: Not there, or a line that is no judgment; names the line.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise InputError(f"cannot read the queries {str(path)!r}: {error.strerror}") from error
    return list(_judgments(path, lines))


def _judgments(path: Path, lines: Iterable[str]) -> Iterable[Judgment]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield _judgment(json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                raise InputError(
                    f"{str(path)!r} line {number} is no judgment ({error!r}); it needs id, type,"
                    " query, expected, and relevant with file, start_s, end_s, grade"
                ) from error


def _judgment(row: dict[str, Any]) -> Judgment:
    relevant = tuple(
        Relevant(r["file"], TimeSpan.of_seconds(r["start_s"], r["end_s"]), int(r.get("grade", 2)))
        for r in row["relevant"]
    )
    expected = str(row.get("expected", "moments"))
    if expected == "moments" and not relevant:
        raise ValueError("moments are expected but none is relevant")
    return Judgment(str(row["id"]), str(row["type"]), str(row["query"]), relevant, expected)
