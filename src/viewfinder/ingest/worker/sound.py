"""Sound laid on the player's time: 16 kHz, mono, 16 bit, sample ``i`` at ``i / 16000`` s."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av

SECOND_NS = 1_000_000_000
RATE_HZ = 16_000

# Stamps of sound jitter by up to a frame; only beyond this is silence put in or sound cut.
_SLACK_SAMPLES = RATE_HZ * 40 // 1000
_GAP_SAMPLES = RATE_HZ // 2  # worth telling


class SoundFile:
    """Writes one stream's frames where they belong in time.

    What is missing at the start or in between is silence (a hole in the file where the
    disk can); what overlaps is left out.

    Attributes:
        samples: Written so far.
        gaps_ns: Starts of the silences of half a second and more put in after sound had begun.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._resampler: Any = None
        self._form: tuple[str, str, int] | None = None
        self._origin = 0  # output sample where the current resampler's input starts
        self._taken = 0  # input samples it has taken
        self._skip = 0  # output samples still to leave out
        self.samples = 0
        self.gaps_ns: list[int] = []

    def put(self, at_ns: int | None, frame: Any) -> None:
        """Append one frame of libav; without a time it follows the last."""
        form = (frame.format.name, frame.layout.name, frame.sample_rate)
        due = self._origin + self._taken * RATE_HZ // max(1, frame.sample_rate)
        starts = due if at_ns is None else round(at_ns * RATE_HZ / SECOND_NS)
        if form != self._form or abs(starts - due) > _SLACK_SAMPLES:
            self._begin(starts if self._form is None or form == self._form else due, form)
        self._taken += frame.samples
        frame.pts = None
        self._write(self._resampler.resample(frame))

    def close(self) -> None:
        """Write what the resampler still holds, and close."""
        self._drain()
        self._file.close()

    def _begin(self, starts: int, form: tuple[str, str, int]) -> None:
        self._drain()
        if starts > self.samples:
            if self._form is not None and starts - self.samples >= _GAP_SAMPLES:
                self.gaps_ns.append(self.samples * SECOND_NS // RATE_HZ)
            self._file.seek(starts * 2)
            self._file.truncate()
            self.samples = starts
        self._skip = self.samples - starts
        self._resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE_HZ)
        self._form, self._origin, self._taken = form, starts, 0

    def _drain(self) -> None:
        if self._resampler is not None:
            self._write(self._resampler.resample(None))
            self._resampler = None

    def _write(self, frames: list[Any]) -> None:
        for frame in frames:
            sound = frame.to_ndarray().reshape(-1)
            left_out = min(self._skip, len(sound))
            self._skip -= left_out
            self._file.write(sound[left_out:].tobytes())
            self.samples += len(sound) - left_out
