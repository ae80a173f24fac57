"""Sentences that talk to the machine instead of asking about the footage.

Used on both sides: such a sentence in a question is set aside, and such words found in
footage are shown as found, marked, and never obeyed (docs/decisions/0012). The patterns
are data: ``address.toml``.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib.resources import files

from viewfinder.governance.intents import disguises

_BREAK = re.compile(r"(?<=[.!?;])\s+|\n+")
_SPACES = re.compile(r"\s+")
LONGEST = 4_000
"""Characters of footage that are looked at: more than any line that is quoted."""


def addresses_machine(text: str) -> bool:
    """Tell whether words give orders to a machine that reads them."""
    patterns = (_patterns("orders"), _patterns("hints"))
    return any(p.search(seen) for seen in _readings(text[:LONGEST]) for p in patterns)


def remainder(question: str) -> str:
    """Return the question without sentences that give orders; empty if nothing is left."""
    orders = _patterns("orders")
    sentences = [part.strip() for part in _BREAK.split(question)]
    kept = [s for s in sentences if not any(orders.search(seen) for seen in _readings(s))]
    return " ".join(s for s in kept if re.search(r"\w", s))


def _readings(text: str) -> list[str]:
    return [_SPACES.sub(" ", seen) for seen in disguises.readings(text, frozenset())]


@lru_cache(maxsize=2)
def _patterns(name: str) -> re.Pattern[str]:
    text = (files("viewfinder.governance") / "address.toml").read_text("utf-8")
    return re.compile("|".join(tomllib.loads(text)[name]))
