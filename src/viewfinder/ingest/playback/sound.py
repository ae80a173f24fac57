"""The sound of any stretch of a file: stereo, 48,000 samples a second, on the player's clock."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from viewfinder.ingest.worker import look, streams

RATE_HZ = 48_000
CHANNELS = 2
_SLACK = RATE_HZ // 20
"""Samples by which stamps may stray before sound is moved to where they say."""


class Sound:
    """Gives samples by their number from the player's zero; silence where there are none."""

    def __init__(self, opened: streams.Opened, from_sample: int) -> None:
        self._opened = opened
        self._kept: list[tuple[int, NDArray[np.float32]]] = []
        self._pieces = self._read(from_sample)
        self._reached = 0

    def take(self, start: int, end: int) -> NDArray[np.float32]:
        """Return the samples in [start, end), shape (2, end - start).

        What lies before ``start`` is let go of: ask in order of time.
        """
        while self._reached < end:
            piece = next(self._pieces, None)
            if piece is None:
                break
            self._kept.append(piece)
            self._reached = piece[0] + piece[1].shape[1]
        out = np.zeros((CHANNELS, end - start), np.float32)
        for first, samples in self._kept:
            a, b = max(first, start), min(first + samples.shape[1], end)
            if a < b:
                out[:, a - start : b - start] = samples[:, a - first : b - first]
        kept_from = end - RATE_HZ  # the next stretch begins a little before this one ends
        self._kept = [k for k in self._kept if k[0] + k[1].shape[1] > kept_from]
        return out

    def _read(self, from_sample: int) -> Iterator[tuple[int, NDArray[np.float32]]]:
        streams.seek(self._opened, from_sample * streams.SECOND_NS // RATE_HZ)
        resampler: Any = None
        origin = taken = given = 0
        for frame in self._frames():
            due = origin + taken * RATE_HZ // max(1, frame.sample_rate)
            starts = due
            if frame.pts is not None and frame.time_base is not None:
                at_ns = self._opened.at_ns(frame.pts, frame.time_base)
                starts = at_ns * RATE_HZ // streams.SECOND_NS
            if resampler is None or abs(starts - due) > _SLACK:
                resampler = av.AudioResampler(format="fltp", layout="stereo", rate=RATE_HZ)
                origin, taken, given = starts, 0, 0
            taken += frame.samples
            frame.pts = None
            try:
                made = resampler.resample(frame)
            except (av.error.FFmpegError, ValueError):
                resampler = None  # another rate or layout from here on
                continue
            for out in made:
                samples = out.to_ndarray().astype(np.float32, copy=False)
                yield origin + given, samples
                given += samples.shape[1]

    def _frames(self) -> Iterator[Any]:
        packets = self._opened.container.demux(self._opened.sound)
        while True:
            try:
                packet = next(packets, None)
            except av.error.FFmpegError:
                return
            if packet is None:
                return
            yield from look.decoded(packet)
