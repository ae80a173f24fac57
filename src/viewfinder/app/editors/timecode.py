"""Timecode: frames counted as hours, minutes, seconds and frames, exactly.

A rate is a fraction; a label is what a frame is called. Drop-frame skips labels, never
frames: two (of 30) or four (of 60) at each minute but every tenth, so that labels keep up
with the clock on the wall.

References:
    SMPTE ST 12-1:2014, *Time and Control Code*, section 5.2.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

DAY_S = 24 * 3600
_LABEL = re.compile(r"^(\d{1,2}):(\d{2}):(\d{2})([:;.,])(\d{2,3})$")
_NAMES = {
    "23.976": Fraction(24000, 1001),
    "23.98": Fraction(24000, 1001),
    "29.97": Fraction(30000, 1001),
    "47.952": Fraction(48000, 1001),
    "59.94": Fraction(60000, 1001),
    "119.88": Fraction(120000, 1001),
}


@dataclass(frozen=True, slots=True)
class Rate:
    """Frames per second, and how they are labelled.

    Attributes:
        fps: Exactly.
        drop: Labels are dropped; only where 29.97, 59.94 or 119.88 frames go by in a second.

    Raises:
        ValueError: No such rate, or one that drops none.
    """

    fps: Fraction
    drop: bool = False

    def __post_init__(self) -> None:
        if self.fps <= 0:
            raise ValueError(f"{self.fps} frames per second are no rate")
        if self.drop and not can_drop(self.fps):
            raise ValueError(f"{float(self.fps):.3f} frames per second drop no labels")

    @property
    def nominal(self) -> int:
        """Labels in a second: 30 for 29.97."""
        return max(1, round(self.fps))

    @property
    def name(self) -> str:
        """As people write it: "25", "29.97", "29.97df"."""
        plain = f"{float(self.fps):.3f}".rstrip("0").rstrip(".")
        return plain + ("df" if self.drop else "")

    @property
    def is_ntsc(self) -> bool:
        return self.fps.denominator == 1001

    def frames(self, at_ns: int) -> int:
        """Return the frame nearest to a time."""
        return round(at_ns * self.fps / 1_000_000_000)

    def ns(self, frame: int) -> int:
        """Return when a frame begins, to the nanosecond."""
        return round(frame * 1_000_000_000 / self.fps)

    def seconds(self, frame: int) -> Fraction:
        """Return when a frame begins, in seconds, exactly."""
        return frame / self.fps

    def label(self, frame: int) -> str:
        """Return what a frame is called, "01:00:00:00" or "01:00:00;00"; a day begins anew."""
        count = frame % self.day
        if self.drop:
            count += self._dropped(count)
        seconds, frames = divmod(count, self.nominal)
        digits = max(2, len(str(self.nominal - 1)))
        mark = ";" if self.drop else ":"
        hours, minutes = seconds // 3600, seconds // 60 % 60
        return f"{hours:02}:{minutes:02}:{seconds % 60:02}{mark}{frames:0{digits}}"

    def frame(self, label: str) -> int:
        """Return the frame of a label.

        Raises:
            ValueError: It is no timecode, or one that is dropped.
        """
        match = _LABEL.match(label.strip())
        if match is None:
            raise ValueError(f"{label!r} is no timecode; write hh:mm:ss:ff")
        hours, minutes, seconds, frames = (int(match[n]) for n in (1, 2, 3, 5))
        if hours > 23 or minutes > 59 or seconds > 59 or frames >= self.nominal:
            raise ValueError(f"{label!r} is no timecode at {self.name} frames per second")
        count = ((hours * 60 + minutes) * 60 + seconds) * self.nominal + frames
        if not self.drop:
            return count
        left_out = self.nominal // 15
        if minutes % 10 and not seconds and frames < left_out:
            raise ValueError(f"{label!r} is a label that drop-frame leaves out")
        whole = hours * 60 + minutes
        return count - left_out * (whole - whole // 10)

    @property
    def day(self) -> int:
        """Frames in a day of labels."""
        if not self.drop:
            return DAY_S * self.nominal
        return DAY_S * self.nominal - self.nominal // 15 * (24 * 60 - 24 * 6)

    def _dropped(self, frame: int) -> int:
        """Return how many labels were left out before a frame."""
        left_out = self.nominal // 15
        per_minute = 60 * self.nominal - left_out
        tens, rest = divmod(frame, 10 * per_minute + left_out)
        minutes = max(0, (rest - left_out) // per_minute) if rest >= left_out else 0
        return left_out * (9 * tens + minutes)


def can_drop(fps: Fraction) -> bool:
    """Tell whether drop-frame is for this rate."""
    return fps.denominator == 1001 and round(fps) % 30 == 0


def rate_of(text: str) -> Rate:
    """Return the rate of its name: "25", "23.976", "29.97df", "30000/1001".

    Raises:
        ValueError: It is none.
    """
    plain = text.strip().lower()
    drop = plain.endswith("df")
    bare = plain.removesuffix("df").removesuffix("n").strip()
    try:
        fps = _NAMES.get(bare) or Fraction(bare)
    except (ValueError, ZeroDivisionError) as error:
        raise ValueError(f"{text!r} is no frame rate; write 25, 23.976 or 29.97df") from error
    if not 1 <= fps <= 1000:
        raise ValueError(f"{text!r} is no frame rate; write 25, 23.976 or 29.97df")
    return Rate(fps, drop)


def is_drop(label: str) -> bool:
    """Tell whether a label is written as drop-frame."""
    return ";" in label or "," in label
