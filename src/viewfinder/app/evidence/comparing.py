"""Compares what a stage gives now with what is kept of it, within a declared tolerance.

References:
    Levenshtein, *Binary codes capable of correcting deletions, insertions, and reversals*,
    Soviet Physics Doklady 10, 1966: the edits between two sequences of words.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter
from rapidfuzz.distance import Levenshtein

from viewfinder.domain.annotation import Track
from viewfinder.domain.time import SECOND_NS, TimeSpan


class Outcome(StrEnum):
    """What comparing gave; the later, the worse."""

    EQUAL = "equal"
    WITHIN = "within tolerance"
    DIFFERENT = "different"


ORDER = tuple(Outcome)
SHOWN = 4
"""Details that are told; the first say enough."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What ``tolerance.toml`` says of a stage."""

    words_percent: float
    times_s: float
    cosine: float


@dataclass(frozen=True, slots=True)
class Compared:
    """One comparison.

    Attributes:
        outcome: What it gave.
        detail: Of what, and how far it is off; empty where it is equal.
    """

    outcome: Outcome
    detail: str = ""


EQUAL = Compared(Outcome.EQUAL)


@cache
def tolerances() -> dict[str, Tolerance]:
    """Return the tolerance of every stage."""
    text = files(__package__).joinpath("tolerance.toml").read_text("utf-8")
    return TypeAdapter(dict[str, Tolerance]).validate_python(tomllib.loads(text))


def worst(compared: Sequence[Compared]) -> Compared:
    """Return the worst of several; equal where there are none."""
    bad = max((ORDER.index(one.outcome) for one in compared), default=0)
    details = [one.detail for one in compared if one.outcome is ORDER[bad] and one.detail]
    return Compared(ORDER[bad], "; ".join(dict.fromkeys(details[:SHOWN])))


def tracks(kept: Sequence[Track], now: Sequence[Track], allowed: Tolerance) -> Compared:
    """Compare notes track by track."""
    if tuple(kept) == tuple(now):
        return EQUAL
    before, after = ({track.name: track for track in some} for some in (kept, now))
    if before.keys() != after.keys():
        names = ", ".join(sorted(before.keys() ^ after.keys()))
        return Compared(Outcome.DIFFERENT, f"tracks {names}")
    return worst([_track(before[name], after[name], allowed) for name in before])


def _track(kept: Track, now: Track, allowed: Tolerance) -> Compared:
    if kept.annotations == now.annotations:
        return EQUAL
    before, after = (
        [(note.text, note.span) for note in track.annotations] for track in (kept, now)
    )
    told = spans(before, after, allowed)
    detail = f"{kept.name.value}: {told.detail or 'regions or confidences'}"
    return Compared(max(told.outcome, Outcome.WITHIN, key=ORDER.index), detail)


def spans(
    kept: Sequence[tuple[str, TimeSpan]], now: Sequence[tuple[str, TimeSpan]], allowed: Tolerance
) -> Compared:
    """Compare texts with their times: word by word, and when each is."""
    if list(kept) == list(now):
        return EQUAL
    before, after = (
        [(word, span) for text, span in some for word in text.split()] for some in (kept, now)
    )
    words = [[word for word, _ in some] for some in (before, after)]
    edits = Levenshtein.editops(*words)
    off_percent = 100 * len(edits) / max(len(before), 1)
    moved_s = max(
        (
            max(abs(b.start_ns - a.start_ns), abs(b.end_ns - a.end_ns)) / SECOND_NS
            for block in edits.as_matching_blocks()
            for (_, a), (_, b) in zip(
                before[block.a : block.a + block.size],
                after[block.b : block.b + block.size],
                strict=True,
            )
        ),
        default=0.0,
    )
    is_within = off_percent <= allowed.words_percent and moved_s <= allowed.times_s
    detail = f"{off_percent:.1f} % of the words, times by {moved_s:.2f} s"
    return Compared(Outcome.WITHIN if is_within else Outcome.DIFFERENT, detail)


def arrays(
    kept: Mapping[str, NDArray[Any]], now: Mapping[str, NDArray[Any]], allowed: Tolerance
) -> Compared:
    """Compare arrays by name: numbers that count things are equal, vectors alike."""
    if kept.keys() != now.keys():
        return Compared(Outcome.DIFFERENT, f"arrays {', '.join(sorted(kept.keys() ^ now.keys()))}")
    return worst([array(name, kept[name], now[name], allowed) for name in sorted(kept)])


def array(name: str, kept: NDArray[Any], now: NDArray[Any], allowed: Tolerance) -> Compared:
    """Compare two arrays; of vectors, the last axis is one vector."""
    if kept.shape != now.shape:
        return Compared(Outcome.DIFFERENT, f"{name}: {kept.shape} and {now.shape}")
    if np.array_equal(kept, now):
        return EQUAL
    if not np.issubdtype(kept.dtype, np.floating) or kept.ndim < 2:
        return Compared(Outcome.DIFFERENT, f"{name}: other numbers")
    one, two = kept.astype(np.float64), now.astype(np.float64)
    lengths = np.linalg.norm(one, axis=-1) * np.linalg.norm(two, axis=-1)
    cosines = np.divide(
        (one * two).sum(axis=-1), lengths, out=np.ones_like(lengths), where=lengths > 0
    )
    least = float(cosines.min())
    outcome = Outcome.WITHIN if least >= allowed.cosine else Outcome.DIFFERENT
    return Compared(outcome, f"{name}: cosine {least:.6f}")


def pictures(kept: Mapping[int, bytes | None], now: Mapping[int, bytes]) -> Compared:
    """Compare pictures by time: to the byte, or different."""
    off = sum(kept.get(at_ns) != content for at_ns, content in now.items())
    if not off and len(kept) == len(now):
        return EQUAL
    return Compared(Outcome.DIFFERENT, f"{off} of {len(now)} small pictures")
