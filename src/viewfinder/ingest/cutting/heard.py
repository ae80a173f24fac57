"""Sound of a clip: cut to the sample, laid where it belongs, encoded again."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from viewfinder.ingest.cutting import frames
from viewfinder.ingest.cutting.writing import Packets, Part, encoder

SECOND_NS = 1_000_000_000
_CODERS = {
    "mp4": ("aac", "libopus"),
    "webm": ("libopus", "libvorbis"),
    "m4a": ("aac",),
    "mp3": ("libmp3lame",),
    "flac": ("flac",),
    "wav": ("pcm_s16le",),
}
_ANY = ("aac", "libopus")
_RATES_HZ = (48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000)
_LAYOUTS = {1: "mono", 2: "stereo"}
_SLACK_S = 0.04
"""Stamps of sound jitter by up to a frame; only beyond this it is laid elsewhere."""
_BITS_PER_S = {1: 128_000, 2: 192_000}

Samples = NDArray[np.float32]


class Heard:
    """The sound, encoded.

    Attributes:
        codec: What encodes it.
    """

    def __init__(self, container: Any, family: str, path: Path, job: dict[str, Any]) -> None:
        self._path, self._job = path, job
        _, frame, _ = next(frames.sounds(path, job["limits"], 0), (0, None, None))
        channels = 2 if frame is None else min(2, frame.layout.nb_channels)
        given_hz = 48_000 if frame is None else frame.sample_rate
        self.codec = encoder(_CODERS.get(family, _ANY))
        fits = given_hz in _RATES_HZ and self.codec != "libopus"
        self._rate_hz = given_hz if fits else 48_000
        self._layout, self._channels = _LAYOUTS[channels], channels
        self._stream = container.add_stream(self.codec, rate=self._rate_hz, layout=self._layout)
        self._stream.codec_context.bit_rate = _BITS_PER_S[channels]
        self._written = 0  # samples since the clip began

    def part(self, part: Part) -> Packets:
        """Yield the packets of a part: as long as it is, silent where there is no sound."""
        stops = self._samples(part.offset_ns + part.length_ns)
        begins = self._samples(part.offset_ns)
        for place, samples in self._laid(part.first_ns):
            place += begins
            if place > self._written:
                yield from self._put(
                    np.zeros((self._channels, min(place, stops) - self._written), np.float32)
                )
            yield from self._put(samples[:, max(0, self._written - place) : max(0, stops - place)])
            if self._written >= stops:
                return
        yield from self._put(np.zeros((self._channels, max(0, stops - self._written)), np.float32))

    def flush(self) -> list[Any]:
        packets: list[Any] = self._stream.encode(None)
        return packets

    def _samples(self, at_ns: int) -> int:
        return round(at_ns * self._rate_hz / SECOND_NS)

    def _put(self, samples: Samples) -> Packets:
        step = self._rate_hz // 25
        for first in range(0, samples.shape[1], step):
            piece = np.ascontiguousarray(samples[:, first : first + step])
            frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout=self._layout)
            frame.sample_rate, frame.pts = self._rate_hz, self._written
            frame.time_base = Fraction(1, self._rate_hz)
            at_ns = self._written * SECOND_NS // self._rate_hz
            self._written += piece.shape[1]
            yield at_ns, self._stream.encode(frame)

    def _laid(self, first_ns: int) -> Iterator[tuple[int, Samples]]:
        """Yield (sample of the part, samples): in order, early ones below zero."""
        resampler: Any = None
        form: tuple[Any, ...] | None = None
        place = taken = origin = 0
        for at_ns, frame, _ in frames.sounds(self._path, self._job["limits"], first_ns):
            shape = (frame.format.name, frame.layout.name, frame.sample_rate)
            starts = self._samples(at_ns - first_ns)
            due = origin + taken * self._rate_hz // max(1, frame.sample_rate)
            if shape != form or abs(starts - due) > _SLACK_S * self._rate_hz:
                if resampler is not None:
                    for samples in _arrays(resampler.resample(None)):
                        yield place, samples
                resampler = av.AudioResampler("fltp", self._layout, self._rate_hz)
                form, place, origin, taken = shape, starts, starts, 0
            taken += frame.samples
            frame.pts = None
            for samples in _arrays(resampler.resample(frame)):
                yield place, samples
                place += samples.shape[1]
        if resampler is not None:
            for samples in _arrays(resampler.resample(None)):
                yield place, samples
                place += samples.shape[1]


def _arrays(made: list[Any]) -> Iterator[Samples]:
    for frame in made:
        if frame is not None:
            yield frame.to_ndarray()
