"""Words that turn a sentence round, words for numbers, and the frames of our own sentences.

One file per language beside this one (``languages/*.toml``). Nothing here knows a name.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib import resources
from typing import Any


@lru_cache(maxsize=1)
def tables() -> Mapping[str, Mapping[str, Any]]:
    """Return what each language's file holds, by ISO 639-1 code."""
    folder = resources.files(__package__) / "languages"
    found = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    return {f.name.removesuffix(".toml"): tomllib.loads(f.read_text("utf-8")) for f in found}


@lru_cache(maxsize=1)
def _negations() -> frozenset[str]:
    return frozenset(w for table in tables().values() for w in table["negations"].split())


def is_negation(token: str) -> bool:
    """Tell whether a normalised word turns its sentence round, in any known language."""
    return token in _negations() or token.endswith("n't") or token.startswith("n'")


@lru_cache(maxsize=1)
def _numbers() -> Mapping[str, float]:
    pairs = [p.split("=") for table in tables().values() for p in table["numbers"].split()]
    return {word: float(count) for word, count in pairs}


def number(token: str) -> float | None:
    """Return what a normalised word counts, in digits or in letters; None where nothing."""
    plain = token.lstrip("-")
    if not plain[:1].isdigit():
        return _numbers().get(token)
    digits = re.match(r"\d+(?:[.,]\d+)*", plain)
    if digits is None:
        return None
    whole = re.sub(r"[.,](?=\d{3}(?:\D|$))", "", digits.group()).replace(",", ".")
    try:
        return float(whole) * (-1 if token.startswith("-") else 1)
    except ValueError:
        return None


@lru_cache(maxsize=64)
def frames(kind: str) -> tuple[re.Pattern[str], ...]:
    """Return the patterns of one kind of frame, of all languages."""
    return tuple(
        re.compile(_filled(source), re.IGNORECASE)
        for table in tables().values()
        for source in table["frames"].get(kind, ())
    )


def sayings() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Yield (track, pattern) of every way our sentences say who says something."""
    for table in tables().values():
        for track, sources in table["says"].items():
            for source in sources:
                yield track, _compiled(source)


@lru_cache(maxsize=256)
def _compiled(source: str) -> re.Pattern[str]:
    return re.compile(_filled(source), re.IGNORECASE)


def _filled(source: str) -> str:
    clock = r"(?P<clock>(?:\d+:)?\d{1,2}:\d{2})"
    fields = {"{clock}": clock, "{n}": r"(?P<n>\d+)", "{words}": r"(?P<words>[^()]*)"}
    for name, pattern in fields.items():
        source = source.replace(name, pattern)
    return rf"(?<!\w){source}(?!\w)"


@lru_cache(maxsize=1)
def light() -> frozenset[str]:
    """Return words that report and assert nothing: "the speaker explains that ..."."""
    return frozenset(w for table in tables().values() for w in table["light"].split())


@lru_cache(maxsize=1)
def roughly() -> frozenset[str]:
    """Return words that make a number an estimate, which another number does not contradict."""
    return frozenset(w for table in tables().values() for w in table["roughly"].split())
