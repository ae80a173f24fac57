"""Where one shot ends and the next begins, from tiny frames, in one pass.

A shot is what lies between two cuts (TRECVID), never a "scene". A slide that gives way
to another is a cut too: what can be asked about changes with it. How often this is right,
and how often others are, stands in ``benchmarks/shots/report.md``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")

VERSION = "2"

AROUND = 4
"""Frames on each side that a cut is judged against; also how far a verdict lags."""

_COARSE = (32, 18)
_NOISE = 3.0  # grey levels: no cut is smaller on coarse frames
_UNLIKE = 0.3  # change of a cut, in standard deviations of the pictures
_STANDS_OUT = 1.7  # and against the largest change around it
_STILL = 0.4  # grey levels: slides and screens that stand still change less
_NEW_PAGE = 1.8  # and by this much or more when the page is turned
_SAME = 0.7  # correlation from which it is one picture, lit differently
_REPLACED = 0.04  # least product of change, colours and pattern (see _Look.replaced) of a cut
_ALONE = 3.0  # and against the largest around it: in quick movement nothing else tells
_BINS = 64
_FLASH = 0.55  # what comes back to within this part of a change was only lit

_STEP_NS = 40_000_000
_MIXES_NS = tuple(int(s * 1e9) for s in (0.32, 0.6, 1.0, 1.5, 2.0))
_FLAT = 4.0  # standard deviation below which a picture shows nothing
_ALIKE = 0.5  # correlation from which two pictures show the same
_UNEXPLAINED = (0.03, 0.08)  # variance that no mixture explains: shortest window, others


@dataclass(frozen=True, slots=True)
class _Look(Generic[T]):
    """A frame as compared: what it is, when, its coarse version, its change."""

    item: T
    at_ns: int
    coarse: NDArray[np.float32]
    change: float  # mean absolute difference to the frame before, coarse
    fine: float  # the same, all pixels
    spread: float  # standard deviation of luma
    colours: NDArray[np.float32]  # square roots of smoothed histograms of Y, U, V; unit length
    likeness: float  # correlation with the frame before
    replaced: float  # change in deviations, times distance of colours, times 1 - likeness


class CutFinder(Generic[T]):
    """Takes frames in order and gives each back, a few later, with a verdict.

    A frame is a cut where it differs from the one before, in units of the pictures' own
    contrast, and does so 1.7 times more than any frame around: what moves differs often,
    what is cut differs once. On stills a small change is enough. A flash is no cut: what
    comes after looks like what was before. A dissolve or a fade is found where the
    pictures between two unlike ones are mixtures of the two, which no movement is.

    References:
        Judging a change against its surroundings: Yeo & Liu, *Rapid scene analysis on
        compressed video*, IEEE Trans. CSVT 5(6), 1995, https://doi.org/10.1109/76.475896.
        Dissolves as linear mixtures: Hampapur, Jain & Weymouth, *Production model based
        digital video segmentation*, Multimedia Tools and Applications 1, 1995,
        https://doi.org/10.1007/BF01261224.
    """

    def __init__(self, *, sparse: bool = False) -> None:
        """``sparse``: frames are seconds apart, so that each is judged by itself."""
        self._sparse = sparse
        self._waiting: deque[_Look[T]] = deque()
        self._past: deque[_Look[T]] = deque(maxlen=AROUND + 1)
        self._last: NDArray[np.uint8] | None = None
        self._mixtures = _Mixtures()

    def push(self, item: T, at_ns: int, small: NDArray[np.uint8]) -> Iterator[tuple[T, int | None]]:
        """Take a frame (YUV uint8, all of one shape); yield those that are decided.

        With each comes the time at which a new shot was found to begin, or None: its own
        time at a cut, an earlier one where a fade or dissolve is over.
        """
        self._waiting.append(self._look(item, at_ns, small))
        if len(self._waiting) > AROUND:
            yield self._decide()

    def flush(self) -> Iterator[tuple[T, int | None]]:
        """Yield the last frames."""
        while self._waiting:
            yield self._decide()

    def _look(self, item: T, at_ns: int, small: NDArray[np.uint8]) -> _Look[T]:
        coarse: NDArray[np.float32] = cv2.resize(
            small, _COARSE, interpolation=cv2.INTER_AREA
        ).astype(np.float32)
        spread = float(coarse[:, :, 0].std())
        colours = _colours(small)
        if self._last is None:
            self._last = small
            return _Look(item, at_ns, coarse, 0.0, 0.0, spread, colours, 1.0, 0.0)
        before = self._waiting[-1] if self._waiting else self._past[-1]
        change = _difference(before.coarse, coarse)
        fine = sum(cv2.mean(cv2.absdiff(self._last, small))[:3]) / 3
        self._last = small
        likeness, replaced = 1.0, 0.0
        if change >= _NOISE / 2:
            likeness = _likeness(before.coarse[:, :, 0], coarse[:, :, 0])
            hue = np.sqrt(max(0.0, 1.0 - float(before.colours @ colours)))
            replaced = change / max(2.0, (spread + before.spread) / 2) * hue * (1 - likeness)
        return _Look(item, at_ns, coarse, change, fine, spread, colours, likeness, replaced)

    def _decide(self) -> tuple[T, int | None]:
        look = self._waiting.popleft()
        begins_ns: int | None = None
        if self._past and self._is_cut(look):
            begins_ns = look.at_ns
            self._mixtures.clear()
        mixed_ns = self._mixtures.push(look.at_ns, look.coarse[:, :, 0], look.spread)
        begins_ns = begins_ns if mixed_ns is None else mixed_ns
        self._past.append(look)
        return look.item, begins_ns

    def _is_cut(self, look: _Look[T]) -> bool:
        before = self._past[-1]
        if self._sparse:
            return look.replaced >= _REPLACED / 2 and look.likeness < _SAME
        around = [*list(self._past)[-AROUND:], *self._waiting]
        if look.fine >= _NEW_PAGE and all(a.fine < _STILL for a in around):
            return True
        contrast = max(1.0, (look.spread + before.spread) / 2)
        most = max((a.change for a in around), default=0.0)
        stands_out = (
            look.change >= max(_NOISE, _UNLIKE * contrast, _STANDS_OUT * most)
            and look.likeness < _SAME
        )
        alone = look.replaced >= max(
            _REPLACED, _ALONE * max((a.replaced for a in around), default=0.0)
        )
        return (stands_out or alone) and not self._is_flash(look, before)

    def _is_flash(self, look: _Look[T], before: _Look[T]) -> bool:
        """Tell whether the picture is back soon after, or was there shortly before."""
        near = _FLASH * look.change
        return any(_difference(before.coarse, later.coarse) < near for later in self._waiting) or (
            any(_difference(e.coarse, look.coarse) < near for e in list(self._past)[:-1])
        )


class _Mixtures:
    """Finds fades and dissolves in coarse luma, every 40 ms of it, two seconds back."""

    def __init__(self) -> None:
        self._views: deque[tuple[int, NDArray[np.float32], float]] = deque()
        self._odd = False

    def clear(self) -> None:
        """Forget what was before a cut."""
        self._views.clear()

    def push(self, at_ns: int, luma: NDArray[np.float32], spread: float) -> int | None:
        """Take a view; return the middle of a fade or dissolve that is now over, or None."""
        if self._views and at_ns - self._views[-1][0] < _STEP_NS * 0.9:
            return None
        self._views.append((at_ns, luma, spread))
        while at_ns - self._views[0][0] > _MIXES_NS[-1] + _STEP_NS:
            self._views.popleft()
        self._odd = not self._odd  # every other view ends a window: enough
        if self._odd or spread < _FLAT:
            return None
        for length_ns in _MIXES_NS:
            middle_ns = self._middle(at_ns, luma, length_ns)
            if middle_ns is not None:
                self.clear()
                return middle_ns
        return None

    def _middle(self, at_ns: int, luma: NDArray[np.float32], length_ns: int) -> int | None:
        """Return when the later picture took over, where all between are mixtures."""
        window = [v for v in self._views if v[0] >= at_ns - length_ns - _STEP_NS // 2]
        first_ns, first, spread = window[0]
        if at_ns - first_ns < 0.8 * length_ns or len(window) < 6 or spread < _FLAT:
            return None
        if _difference(first, luma) < 2 * _NOISE or _likeness(first, luma) > _ALIKE:
            return None
        basis = np.stack([first.ravel(), luma.ravel(), np.ones(luma.size, np.float32)], axis=1)
        between = np.stack([view.ravel() for _, view, _ in window[1:-1]], axis=1)
        parts = np.linalg.solve(basis.T @ basis, basis.T @ between)
        left = ((between - basis @ parts) ** 2).mean(axis=0)
        around = np.array([spread**2 for _, _, spread in window[1:-1]])
        most = _UNEXPLAINED[length_ns > _MIXES_NS[0]]
        if (left > most * around + _FLAT**2 / 8).any():
            return None
        later = np.flatnonzero(parts[1] > parts[0])
        mixed = ((parts[0] > 0.15) & (parts[1] > 0.15)) | (around < _FLAT**2)
        # The waves of a smooth picture that moves are mixtures too, but sum to more than one.
        if parts[:2].sum(axis=0).max() > 1.1 or np.diff(parts[1]).min() < -0.1:
            return None
        if not mixed.any() or not len(later):
            return None
        return window[1 + int(later[0])][0]


def _colours(small: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the square roots of the smoothed histograms of Y, U and V, as one unit vector."""
    parts = [
        cv2.GaussianBlur(cv2.calcHist([small], [channel], None, [_BINS], [0, 256]), (1, 5), 0)
        for channel in range(3)
    ]
    together: NDArray[np.float32] = np.sqrt(
        np.concatenate(parts).ravel() / (3 * small[:, :, 0].size)
    )
    return together


def _difference(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Return the mean absolute difference, in grey levels."""
    return float(cv2.norm(one, other, cv2.NORM_L1)) / one.size


def _likeness(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Return the correlation of two pictures, in [-1, 1]; brightness and contrast aside."""
    a, b = one - one.mean(), other - other.mean()
    return float((a * b).sum() / (np.sqrt((a * a).sum() * (b * b).sum()) + 1e-6))
