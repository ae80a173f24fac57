"""Time in the house: integer nanoseconds, zero where the player shows zero.

Past the decoder nothing sees a fraction, a frame number or a time base: see
``docs/decisions/0002-time.md``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

SECOND_NS = 1_000_000_000


def to_ns(seconds: float) -> int:
    """Return whole nanoseconds, rounded to the nearest."""
    return round(seconds * SECOND_NS)


@dataclass(frozen=True, slots=True, order=True)
class TimeSpan:
    """A stretch of time, half open: ``[start_ns, end_ns)``.

    Attributes:
        start_ns: First nanosecond inside.
        end_ns: First nanosecond after; never before ``start_ns``.

    Raises:
        ValueError: The end lies before the start, or the start before zero.
    """

    start_ns: int
    end_ns: int

    def __post_init__(self) -> None:
        if self.start_ns < 0 or self.end_ns < self.start_ns:
            raise ValueError(f"not a time span: [{self.start_ns}, {self.end_ns})")

    @classmethod
    def of_seconds(cls, start_s: float, end_s: float) -> TimeSpan:
        return cls(to_ns(start_s), to_ns(end_s))

    @classmethod
    def hull(cls, spans: Iterable[TimeSpan]) -> TimeSpan:
        """Return the shortest span that holds all of ``spans`` (at least one)."""
        together = list(spans)
        return cls(min(s.start_ns for s in together), max(s.end_ns for s in together))

    @property
    def duration_ns(self) -> int:
        return self.end_ns - self.start_ns

    @property
    def start_s(self) -> float:
        return self.start_ns / SECOND_NS

    @property
    def end_s(self) -> float:
        return self.end_ns / SECOND_NS

    @property
    def duration_s(self) -> float:
        return self.duration_ns / SECOND_NS

    @property
    def middle_ns(self) -> int:
        return (self.start_ns + self.end_ns) // 2

    def overlap_ns(self, other: TimeSpan) -> int:
        """Return how long both last together; 0 where they only touch."""
        return max(0, min(self.end_ns, other.end_ns) - max(self.start_ns, other.start_ns))

    def gap_ns(self, other: TimeSpan) -> int:
        """Return the time between the two; 0 where they touch or overlap."""
        return max(0, max(self.start_ns, other.start_ns) - min(self.end_ns, other.end_ns))

    def iou(self, other: TimeSpan) -> float:
        """Return intersection over union, in [0, 1]; 0 for two empty spans."""
        union = self.duration_ns + other.duration_ns - self.overlap_ns(other)
        return self.overlap_ns(other) / union if union else 0.0

    def holds(self, at_ns: int) -> bool:
        return self.start_ns <= at_ns < self.end_ns

    def clipped(self, to: TimeSpan) -> TimeSpan:
        """Return the part inside ``to``; empty at its nearer edge where there is none."""
        start = min(max(self.start_ns, to.start_ns), to.end_ns)
        return TimeSpan(start, max(start, min(self.end_ns, to.end_ns)))

    def __str__(self) -> str:
        return f"{clock(self.start_ns)}-{clock(self.end_ns)}"


def read_clock(text: str) -> int:
    """Return the nanoseconds of a time as people write it: seconds, ``m:ss`` or ``h:mm:ss``.

    Raises:
        ValueError: It is no time.
    """
    parts = [float(part) for part in text.split(":")]
    try:
        return max(0, to_ns(sum(part * 60**n for n, part in enumerate(reversed(parts)))))
    except OverflowError as error:  # "inf"
        raise ValueError(text) from error


def clock(at_ns: int) -> str:
    """Return ``mm:ss`` or ``h:mm:ss``, rounded down as players do."""
    minutes, seconds = divmod(at_ns // SECOND_NS, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes:02}:{seconds:02}"
