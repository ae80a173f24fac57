"""How a file counts time: its frame rate as a fraction, its timecode, its reel."""

from __future__ import annotations

import itertools
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from viewfinder.ingest.worker import streams

_PACKETS = 1200
_SLACK = 0.02  # of a frame: stamps in milliseconds jitter by less than a hundredth at 24
_STANDARD = [
    *(Fraction(n * 1000, 1001) for n in (24, 30, 48, 60, 120)),
    *(Fraction(n) for n in (10, 12, 15, 24, 25, 30, 48, 50, 60, 100, 120)),
]
_REELS = ("reel_name", "reel", "tape", "com.apple.proapps.reel", "tape_id")


def timing(path: Path, limits: dict[str, Any]) -> dict[str, Any]:
    """Return how a file counts time, as JSON values.

    Raises:
        Unreadable: Not media.
    """
    opened = streams.open_file(path, limits)
    told = {**dict(opened.container.metadata)}
    for stream in opened.container.streams:
        for key, value in stream.metadata.items():
            told.setdefault(key, value)
    tags = {str(key).lower(): str(value).strip() for key, value in told.items()}
    picture, sound = opened.picture, opened.sound
    return {
        "timecode": tags.get("timecode", ""),
        "reel": next((tags[name] for name in _REELS if tags.get(name)), ""),
        "picture": None if picture is None else _of_picture(opened, path, limits),
        "sound": None
        if sound is None
        else {
            "first_ns": _first_ns(opened, sound),
            "rate_hz": sound.codec_context.sample_rate,
            "channels": sound.codec_context.channels,
        },
    }


def _of_picture(opened: streams.Opened, path: Path, limits: dict[str, Any]) -> dict[str, Any]:
    stream = opened.picture
    assert stream is not None
    stamps, base = _stamps(path, limits)
    rate, is_even = rate_of(stamps, base, stream.average_rate or stream.guessed_rate)
    aspect = stream.sample_aspect_ratio or Fraction(1)
    return {
        "rate": [rate.numerator, rate.denominator],
        "is_variable": not is_even,
        "first_ns": _first_ns(opened, stream),
        "width": stream.codec_context.width,
        "height": stream.codec_context.height,
        "pixel_shape": [aspect.numerator, aspect.denominator],
        "interlaced": False,
    }


def _first_ns(opened: streams.Opened, stream: Any) -> int:
    if stream.start_time is None:
        return 0
    return max(0, opened.at_ns(stream.start_time, stream.time_base))


def _stamps(path: Path, limits: dict[str, Any]) -> tuple[list[int], Fraction]:
    """Return the first presentation stamps of the picture, in order."""
    opened = streams.open_file(path, limits)
    stream = opened.picture
    assert stream is not None
    found: list[int] = []
    try:
        for packet in itertools.islice(opened.container.demux(stream), _PACKETS):
            stamp = packet.pts if packet.pts is not None else packet.dts
            if stamp is not None and packet.size:
                found.append(stamp)
    except av.error.FFmpegError:
        pass  # what comes before the damage will do
    return sorted(set(found)), stream.time_base or Fraction(1, 1000)


def rate_of(stamps: list[int], base: Fraction, told: Fraction | None) -> tuple[Fraction, bool]:
    """Return frames per second, and whether they come evenly.

    The rate is the standard one that the stamps fit; else the one told, or the average.

    Args:
        stamps: In order.
        base: Seconds of one unit of a stamp.
        told: What the container says.
    """
    if len(stamps) < 2:
        return _nearest(told or Fraction(25)), True
    spread = (stamps[-1] - stamps[0]) * base
    average = Fraction(len(stamps) - 1) / spread if spread else (told or Fraction(25))
    for rate in dict.fromkeys((_nearest(average), *([_nearest(told)] if told else []))):
        if _fits(stamps, base, rate):
            return rate, True
    steps = Counter(b - a for a, b in itertools.pairwise(stamps))
    usual = 1 / (steps.most_common(1)[0][0] * base)
    near = _nearest(told or usual)
    return (near if near in _STANDARD else _nearest(usual)), False


def _fits(stamps: list[int], base: Fraction, rate: Fraction) -> bool:
    """Tell whether each stamp is that of a frame of this rate, none left out."""
    step = 1 / (rate * base)
    slack = max(Fraction(_SLACK).limit_denominator(100) * step, Fraction(1))
    return all(
        abs(stamp - stamps[0] - number * step) <= slack for number, stamp in enumerate(stamps)
    )


def _nearest(rate: Fraction) -> Fraction:
    """Return the standard rate that this one is meant to be; itself where none is near."""
    best = min(_STANDARD, key=lambda standard: abs(standard - rate))
    if abs(best - rate) / best < Fraction(1, 2500):
        return best
    return rate.limit_denominator(1001) if rate > 0 else Fraction(25)
