"""Feature hashing: no weights, no download, the same everywhere. For tests and first runs.

References:
    Weinberger et al., *Feature Hashing for Large Scale Multitask Learning*, ICML 2009.
    https://arxiv.org/abs/0902.2206
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from viewfinder.domain.errors import ConfigError
from viewfinder.domain.segment import EmbeddingSpace, Vectors
from viewfinder.domain.words import located
from viewfinder.ports import Plugin, TokenEncoder

_GRAM = 3
"""Letters of the pieces by which words that are spelled alike come near."""


@dataclass(frozen=True, slots=True)
class Config:
    """Attributes:
    dimensions: Length of the vectors; fewer means more collisions.
    """

    dimensions: int = 256


class HashingEncoder:
    """Words and their letter trigrams, each added to one place with a sign."""

    def __init__(self, config: Config) -> None:
        if config.dimensions < 2:
            raise ConfigError(f"hashing: dimensions must be 2 or more, not {config.dimensions}")
        self._space = EmbeddingSpace("hashing", "1", config.dimensions)

    @property
    def space(self) -> EmbeddingSpace:
        return self._space

    def encode_text(self, texts: Sequence[str]) -> Vectors:
        """Return one unit row per text; without words, a fixed one that is nobody's."""
        rows = np.zeros((len(texts), self._space.dimensions), np.float32)
        for row, (tokens, _) in zip(rows, self.encode_tokens(texts), strict=True):
            total = tokens.sum(axis=0)
            length = float(np.linalg.norm(total))
            row[:] = total / length if length > 1e-6 else _word("", len(row))
        return Vectors(self._space, rows)

    def encode_tokens(
        self, texts: Sequence[str]
    ) -> list[tuple[NDArray[np.float32], NDArray[np.int64]]]:
        """Return a unit row and the offsets of every word."""
        return [self._words(text) for text in texts]

    def _words(self, text: str) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        found = list(located(text))
        size = self._space.dimensions
        rows = np.zeros((len(found), size), np.float32)
        for row, (_, _, term) in zip(rows, found, strict=True):
            row[:] = _word(term, size)
        offsets = np.array([(start, end) for start, end, _ in found], np.int64).reshape(-1, 2)
        return rows, offsets


@lru_cache(maxsize=10_000)
def _word(term: str, dimensions: int) -> NDArray[np.float32]:
    """Return the unit row of one term: the word weighs as much as its trigrams together."""
    padded = f"<{term}>"
    grams = [padded[i : i + _GRAM] for i in range(len(padded) - _GRAM + 1)]
    row = np.zeros(dimensions, np.float32)
    for feature, weight in [(f"={term}", 1.0), *((g, 1 / max(1, len(grams))) for g in grams)]:
        place, sign = _place(feature, dimensions)
        row[place] += sign * weight
    if not row.any():  # signs met and cancelled
        row[0] = 1.0
    return np.asarray(row / np.linalg.norm(row), np.float32)


def _place(feature: str, dimensions: int) -> tuple[int, float]:
    number = int.from_bytes(blake2b(feature.encode(), digest_size=8).digest(), "big")
    return (number >> 1) % dimensions, 1.0 if number & 1 else -1.0


plugin: Plugin[Config, TokenEncoder] = Plugin(Config, HashingEncoder)
