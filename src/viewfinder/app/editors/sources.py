"""How each source counts its frames: read from its file, in the process that may touch it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

from viewfinder.app.editors.timecode import Rate, can_drop, is_drop
from viewfinder.domain.errors import DecodeError
from viewfinder.domain.media import Video
from viewfinder.domain.time import TimeSpan
from viewfinder.ingest import sandbox
from viewfinder.ingest.sandbox import Limits

DEFAULT_FPS = Fraction(25)
"""For sound alone, which has no frames."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file as an editing program sees it.

    Attributes:
        video: What the library knows of it.
        rate: Its frames per second, and how they are labelled.
        start: Frame number that its first frame bears: 90000 for 01:00:00:00 at 25.
        first_ns: When its first frame is shown, on the player's clock.
        has_timecode: The file bears one; else it starts at zero.
        is_variable: Frames come at uneven times; ``rate`` is what it is nearest to.
        width: Pixels; 0 without picture.
        height: Pixels; 0 without picture.
        channels: Of sound; 0 without.
        rate_hz: Samples in a second; 0 without sound.
        reel: Tape or reel that the file names; "" for none.
    """

    video: Video
    rate: Rate
    start: int = 0
    first_ns: int = 0
    has_timecode: bool = False
    is_variable: bool = False
    width: int = 0
    height: int = 0
    channels: int = 0
    rate_hz: int = 0
    reel: str = ""

    @property
    def length(self) -> int:
        """Frames of all of it, at least 1."""
        return max(1, self.rate.frames(self.video.duration_ns - self.first_ns))

    @property
    def url(self) -> str:
        """Return the address of the file."""
        return Path(self.video.path).absolute().as_uri()

    def frame(self, at_ns: int) -> int:
        """Return the number of the frame nearest to a player's time, 0 for the first."""
        return min(max(0, self.rate.frames(at_ns - self.first_ns)), self.length)

    def labels(self, span: TimeSpan) -> tuple[str, str]:
        """Return timecode of the first frame of a span and of the first after it."""
        start, end = self.frame(span.start_ns), self.frame(span.end_ns)
        return self.rate.label(self.start + start), self.rate.label(self.start + end)


def read(video: Video, limits: Limits) -> Source:
    """Return how a file counts; from what the library noted where it is not there any more."""
    try:
        stands = Path(video.path).stat()
    except OSError:
        return _noted(video)
    told = _looked_at(video.path, (stands.st_size, stands.st_mtime_ns), limits)
    return _noted(video) if told is None else of(video, told)


@lru_cache(maxsize=512)
def _looked_at(path: str, stamp: tuple[int, int], limits: Limits) -> dict[str, Any] | None:
    """Return what the process that looks at a file says of it, as it stands there now."""
    job = {"do": "timing", "path": path, "stamp": stamp}
    try:
        return next(iter(list(sandbox.work(job, limits=limits, worker=sandbox.CUTS))), None)
    except DecodeError:
        return None


def of(video: Video, told: Mapping[str, Any]) -> Source:
    """Return a source from what the process that looked at its file says."""
    picture, sound = told["picture"], told["sound"]
    fps = Fraction(*picture["rate"]) if picture else DEFAULT_FPS
    label = str(told["timecode"])
    rate = Rate(fps, is_drop(label) and can_drop(fps))
    try:
        start, has_timecode = rate.frame(label), True
    except ValueError:
        start, has_timecode = 0, False
    return Source(
        video,
        rate,
        start,
        int((picture or sound or {"first_ns": 0})["first_ns"]),
        has_timecode,
        bool(picture and picture["is_variable"]),
        int(picture["width"]) if picture else 0,
        int(picture["height"]) if picture else 0,
        int(sound["channels"]) if sound else 0,
        int(sound["rate_hz"]) if sound else 0,
        str(told["reel"])[:64],
    )


def _noted(video: Video) -> Source:
    picture = next((s for s in video.streams if s.kind == "video"), None)
    sound = next((s for s in video.streams if s.kind == "audio"), None)
    fps = DEFAULT_FPS
    if picture is not None and picture.rate:
        fps = _exact(picture.rate)
    return Source(
        video,
        Rate(fps),
        width=picture.width or 0 if picture else 0,
        height=picture.height or 0 if picture else 0,
        channels=sound.channels or 0 if sound else 0,
        rate_hz=sound.sample_rate_hz or 0 if sound else 0,
    )


def _exact(rate: float) -> Fraction:
    """Return the fraction that a rate written as a decimal is meant to be."""
    for fps in (Fraction(round(rate)), Fraction(round(rate) * 1000, 1001)):
        if fps and abs(float(fps) - rate) < 0.005:
            return fps
    return Fraction(rate).limit_denominator(1001)
