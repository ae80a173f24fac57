"""Where one shot ends and the next begins, from tiny frames, in one pass.

A shot is what lies between two cuts (TRECVID), never a "scene". A slide that gives way
to another is a cut too: what can be asked about changes with it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")

VERSION = "1"


class CutFinder(Generic[T]):
    """Takes frames in order and gives each back, a few frames later, with a verdict.

    A frame is a cut when it differs from the one before by more than ``least`` grey
    levels and by ``ratio`` times more than the frames around differ among themselves:
    what moves fast differs often, what is cut differs once.

    References:
        The adaptive rule is PySceneDetect's ``AdaptiveDetector``,
        https://www.scenedetect.com/docs/latest/api/detectors.html
    """

    def __init__(self, *, ratio: float = 3.0, least: float = 8.0, window: int = 2) -> None:
        self._ratio, self._least, self._window = ratio, least, window
        self._waiting: deque[tuple[T, float]] = deque()
        self._past: deque[float] = deque(maxlen=window)
        self._last: NDArray[np.uint8] | None = None

    def push(self, item: T, small: NDArray[np.uint8]) -> Iterator[tuple[T, bool]]:
        """Take a frame (YUV uint8, all of one shape); yield those that are decided."""
        change = 0.0 if self._last is None else difference(self._last, small)
        self._last = small
        self._waiting.append((item, change))
        if len(self._waiting) > self._window:
            yield self._decide()

    def flush(self) -> Iterator[tuple[T, bool]]:
        """Yield the last frames."""
        while self._waiting:
            yield self._decide()

    def _decide(self) -> tuple[T, bool]:
        item, change = self._waiting.popleft()
        around = [*self._past, *(c for _, c in self._waiting)]
        usual = sum(around) / len(around) if around else 0.0
        self._past.append(change)
        return item, change >= self._least and change >= self._ratio * usual


def difference(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Return the mean absolute difference of two frames over all channels, in grey levels."""
    return float(np.abs(one.astype(np.int16) - other).mean())
