"""Footage as values: what a file holds, and what the decoder gives of it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

import numpy as np
from numpy.typing import NDArray

from viewfinder.domain.time import TimeSpan

VideoId = NewType("VideoId", str)
"""SHA-256 of the file's bytes, in hexadecimal: a rename changes nothing."""

SAMPLE_RATE_HZ = 16_000
"""Rate of all sound past the decoder: mono, float32, in [-1, 1]."""


HALF_STEP_NS = 1_000_000_000
"""Half the step between frames sampled for annotators (one in two seconds)."""


class MediaKind(StrEnum):
    VIDEO = "video"
    AUDIO = "audio"
    OFFLINE = "offline"  # a transcript whose pixels are not here (yet)


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream of a container. Sizes in pixels as coded, rate in frames per second."""

    index: int
    kind: str  # "video", "audio", "subtitle", "data"
    codec: str
    language: str | None = None
    width: int | None = None
    height: int | None = None
    rate: float | None = None
    channels: int | None = None
    sample_rate_hz: int | None = None


@dataclass(frozen=True, slots=True)
class Video:
    """A content-addressed item of the library: a file, or a transcript without one.

    Attributes:
        id: SHA-256 of the bytes.
        path: Where it was last seen (absolute).
        kind: Video, audio only, or media offline.
        duration_ns: From the player's zero to the end of the last stream.
        width: Upright width in pixels, rotation and pixel shape applied; None without picture.
        rotation: Clockwise turn in degrees that the player applies (0, 90, 180, 270).
        created: ISO 8601 creation time of the recording, where the container tells.
        metadata: Container tags and sidecar facts, lower-case keys.
        seen_as: Size and time of the file when it was last hashed; equal means unread.
    """

    id: VideoId
    path: str
    kind: MediaKind
    duration_ns: int
    size_bytes: int = 0
    streams: tuple[Stream, ...] = ()
    width: int | None = None
    height: int | None = None
    rotation: int = 0
    created: str | None = None
    title: str | None = None
    metadata: tuple[tuple[str, str], ...] = ()
    seen_as: str = ""

    @property
    def name(self) -> str:
        """File name without its folders."""
        return self.path.replace("\\", "/").rsplit("/", 1)[-1]

    @property
    def span(self) -> TimeSpan:
        return TimeSpan(0, self.duration_ns)

    def has(self, kind: str) -> bool:
        """Tell whether the file holds a stream of this kind."""
        return any(stream.kind == kind for stream in self.streams)


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One upright picture: RGB uint8, shape (height, width, 3), at a player's time."""

    at_ns: int
    pixels: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Clip:
    """A decoded stretch handed to annotators: sampled frames and sound, read lazily.

    Attributes:
        video: Whose.
        span: Which stretch.
        shots: Spans between cuts, in order, covering ``span`` where there is picture.
        frame_times_ns: When the sampled frames are, in order.
        read_frame: Gives the frame at one of ``frame_times_ns``.
        read_sound: Gives mono float32 at ``SAMPLE_RATE_HZ``, silence where there is none;
            an empty array where the file has no sound.
    """

    video: Video
    span: TimeSpan
    shots: tuple[TimeSpan, ...] = ()
    frame_times_ns: tuple[int, ...] = ()
    read_frame: Callable[[int], Frame] = field(default=lambda at_ns: _no_frame(at_ns), repr=False)
    read_sound: Callable[[], NDArray[np.float32]] = field(
        default=lambda: np.zeros(0, np.float32), repr=False
    )

    def stretches(self) -> tuple[TimeSpan, ...]:
        """Return the stretch that each sampled frame speaks for, in order.

        A frame speaks from at most ``HALF_STEP_NS`` before it until the next one does,
        never across a cut: pictures that did not change are not sampled again, so the
        last one holds. The first frame of a shot speaks from the cut.
        """
        shots = self.shots or (self.span,)
        ends = [shot.end_ns for shot in shots]
        homes = [min(bisect_right(ends, at_ns), len(ends) - 1) for at_ns in self.frame_times_ns]
        starts: list[int] = []
        for k, (at_ns, home) in enumerate(zip(self.frame_times_ns, homes, strict=True)):
            if k and homes[k - 1] == home:
                gap_ns = at_ns - self.frame_times_ns[k - 1]
                starts.append(at_ns - min(gap_ns // 2, HALF_STEP_NS))
            else:
                starts.append(min(shots[home].start_ns, at_ns))
        stops = [
            starts[k + 1] if k + 1 < len(homes) and homes[k + 1] == home else ends[home]
            for k, home in enumerate(homes)
        ]
        return tuple(TimeSpan(a, max(a, b)) for a, b in zip(starts, stops, strict=True))

    def frames(self) -> Iterator[Frame]:
        """Yield the sampled frames in order."""
        for at_ns in self.frame_times_ns:
            yield self.read_frame(at_ns)


def _no_frame(at_ns: int) -> Frame:
    raise ValueError(f"this clip holds no frame at {at_ns} ns")
