"""A second reader of questions, for wordings that no list holds: a vector in, a kind out.

It is linear over the sentence vector and the notions of ``languages``, taught by
``benchmarks/redteam/backstop.py``. It can only add a refusal, never take one back, and
speaks up only when it is sure: most of what it doubts is a harmless question.

References:
    Hosmer & Lemeshow, *Applied Logistic Regression*, 2nd ed., Wiley 2000, section 1.2.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewfinder.ports import TextEncoder

NOTION = 0.4
"""Weight of a notion beside a vector of length one, before anything is learned."""
UNREAD = frozenset({"hi", "sw"})
"""Languages of the words that the encoders never learned."""
LONG = 20
"""Words from which on a text counts as long."""


@dataclass(frozen=True, slots=True)
class Learned:
    """What was learned.

    Attributes:
        spaces: Name, revision and dimensions of the spaces whose vectors it reads side by side.
        notions: Names, in the order of the features.
        threshold: Log odds from which on it is sure.
        sure: Weights of "some request", last the constant.
        kinds: Weights of each kind against the others.
    """

    spaces: tuple[tuple[str, str, int], ...]
    notions: tuple[str, ...]
    threshold: float
    sure: NDArray[np.float64]
    kinds: Mapping[str, NDArray[np.float64]]


def features(
    vector: NDArray[np.float32], text: str, there: Mapping[str, bool], names: Iterable[str]
) -> NDArray[np.float64]:
    """Return one row: the vector, what notions there are and where, the shape, and 1.

    Args:
        vector: Of the text, those of the spaces one after another.
        text: One sentence.
        there: Its notions (``intents.notions``).
        names: The notions that count.
    """
    known = list(names)
    at_all = [float(name in there) for name in known]
    at_first = [float(there.get(name, False)) for name in known]
    count = len(text.split())
    shape = [min(count, LONG) / LONG, float(count <= 3), float(text.rstrip().endswith("?"))]
    return np.concatenate([vector, NOTION * np.array(at_all + at_first + shape), [1.0]])


class Backstop:
    """Tells the kind of request that a sentence is, where it is sure of one."""

    def __init__(self, encoders: Sequence[TextEncoder], learned: Learned) -> None:
        self._encoders, self._learned = encoders, learned

    def __call__(self, text: str, language: str, there: Mapping[str, bool]) -> str | None:
        """Return a kind of ``rules.toml``, or None."""
        learned = self._learned
        if language in UNREAD:
            return None
        row = features(vector(self._encoders, text), text, there, learned.notions)
        if not float(row @ learned.sure) > learned.threshold:
            return None
        return max(learned.kinds, key=lambda kind: float(row @ learned.kinds[kind]))


def vector(encoders: Sequence[TextEncoder], text: str) -> NDArray[np.float32]:
    """Return the vectors of a text in several spaces, one after another."""
    return np.concatenate([encoder.encode_text([text]).rows[0] for encoder in encoders])


def over(encoders: Sequence[TextEncoder | None]) -> Backstop | None:
    """Return the reader over some encoders; None where one is missing or not what taught it."""
    at_hand = [encoder for encoder in encoders if encoder is not None]
    spaces = tuple((e.space.name, e.space.revision, e.space.dimensions) for e in at_hand)
    learned = taught()
    return Backstop(at_hand, learned) if spaces == learned.spaces else None


@lru_cache(maxsize=1)
def taught() -> Learned:
    """Return what is shipped."""
    text = (files("viewfinder.governance.intents") / "backstop.json").read_text("utf-8")
    told: dict[str, Any] = json.loads(text)
    return Learned(
        tuple((name, revision, dimensions) for name, revision, dimensions in told["spaces"]),
        tuple(told["notions"]),
        told["threshold"],
        np.array(told["sure"]),
        {kind: np.array(weights) for kind, weights in told["kinds"].items()},
    )
