"""Which frames are worth keeping, and which picture stands for a shot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from viewfinder.ingest.worker import picture

SECOND_NS = 1_000_000_000
SETTLED_NS = 400_000_000
"""How long after a cut the first frame of a shot is taken: fades and blur are over."""
STILL_NS = 20 * SECOND_NS
"""Even where nothing moves, one frame in this time is kept."""
_JPEG_QUALITY, _WEBP_QUALITY = 92, 75


@dataclass(frozen=True, slots=True)
class Seen:
    """A decoded frame on its way: its time, libav's frame, its tiny YUV version."""

    at_ns: int
    frame: Any
    small: NDArray[np.uint8]


class Sampler:
    """Chooses frames: one soon after each cut, then one per step unless nothing changed."""

    def __init__(self, step_ns: int, settled_ns: int = SETTLED_NS) -> None:
        self._step_ns, self._settled_ns = step_ns, settled_ns
        self._due_ns = 0
        self._held: Seen | None = None  # stands in for a shot that ends before it settles
        self._kept: tuple[int, NDArray[np.uint8]] | None = None

    def take(self, seen: Seen, *, cut: bool) -> Iterator[Seen]:
        """Take the next frame; yield those to keep, in order of time."""
        if cut:
            yield from self.flush()
            self._kept = None
            self._due_ns = seen.at_ns + self._settled_ns
            self._held = seen
        if self._held is not None:
            self._held = seen
        if seen.at_ns < self._due_ns:
            return
        self._due_ns = max(self._due_ns + self._step_ns, seen.at_ns + self._step_ns // 2)
        if self._is_news(seen):
            self._held, self._kept = None, (seen.at_ns, seen.small)
            yield seen

    def flush(self) -> Iterator[Seen]:
        """Yield the frame of a last, short shot."""
        if self._held is not None:
            yield self._held
        self._held = None

    def _is_news(self, seen: Seen) -> bool:
        if self._kept is None or seen.at_ns - self._kept[0] >= STILL_NS:
            return True
        change = cv2.absdiff(self._kept[1][:, :, 0], seen.small[:, :, 0])
        return float(change.mean()) >= 0.4 or int(change.max()) >= 12


Cover = Callable[[NDArray[np.uint8]], NDArray[np.uint8]]
"""Fills the faces of an upright BGR frame."""


class FrameFile:
    """Keeps frames as JPEG, one after the other in one file, and a WebP for each stretch.

    The picture of a stretch is its kept frame with the most contrast: never the black one
    of a fade where there is another. Where faces are to be covered they are before anything
    of a frame is written: no disk ever holds it otherwise.

    Attributes:
        index: (time in ns, first byte, bytes) of each frame.
        thumbnails: The same of each WebP.
    """

    def __init__(
        self, spool: Path, side_px: int, thumbnail_px: int, every_ns: int, cover: Cover | None
    ) -> None:
        self._frames = (spool / "frames.bin").open("wb")
        self._pictures = (spool / "thumbnails.bin").open("wb")
        self._side_px, self._thumbnail_px, self._every_ns = side_px, thumbnail_px, every_ns
        self._cover = cover
        self._best: tuple[float, int, NDArray[np.uint8]] | None = None
        self._stretch_ns = 0
        self.index: list[tuple[int, int, int]] = []
        self.thumbnails: list[tuple[int, int, int]] = []

    def cut(self, at_ns: int) -> None:
        """Begin a new stretch."""
        if self._best is not None:
            _, shown_ns, pixels = self._best
            encoded = picture.encode(pixels, ".webp", _WEBP_QUALITY)
            self.thumbnails.append((shown_ns, self._pictures.tell(), len(encoded)))
            self._pictures.write(encoded)
        self._best, self._stretch_ns = None, at_ns

    def put(self, seen: Seen, shape: picture.Shape) -> None:
        """Keep one frame."""
        pixels = picture.upright(seen.frame, shape, self._side_px)
        if self._cover is not None:
            pixels = self._cover(pixels)
        encoded = picture.encode(pixels, ".jpg", _JPEG_QUALITY)
        self.index.append((seen.at_ns, self._frames.tell(), len(encoded)))
        self._frames.write(encoded)
        if seen.at_ns - self._stretch_ns >= self._every_ns:
            self.cut(seen.at_ns)
        contrast = float(seen.small[:, :, 0].std())
        if self._best is None or contrast > self._best[0]:
            self._best = (contrast, seen.at_ns, picture.fitted(pixels, self._thumbnail_px))

    def close(self) -> None:
        self.cut(0)
        self._frames.close()
        self._pictures.close()
