"""How a frame looks: colours, light, drawn or filmed, still or moving. Measured, not learned.

Frames are sampled seconds apart, so only what survives such a gap is said: that nothing
changed, that only a part changed, or that the whole picture shifted.

References:
    Kuglin & Hines, *The phase correlation image alignment method*, IEEE Conf. Cybernetics
    and Society 1975.
    Hasler & Süsstrunk, *Measuring colourfulness in natural images*, SPIE 5007, 2003.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from viewfinder.domain.annotation import Annotation, TrackName
from viewfinder.domain.media import Clip
from viewfinder.domain.provenance import Tool
from viewfinder.domain.time import TimeSpan
from viewfinder.ports import Annotator, Plugin

VERSION = "1"
_WIDTH_PX, _HEIGHT_PX = 160, 90


@dataclass(frozen=True, slots=True)
class Config:
    """What is worth a note.

    Attributes:
        colour_share: Share of the frame that a colour must cover.
        dark: Mean brightness, in [0, 1], below which a frame is dark; ``bright`` above.
    """

    colour_share: float = 0.15
    dark: float = 0.2
    bright: float = 0.75


@dataclass(frozen=True, slots=True)
class _Seen:
    small: NDArray[np.uint8]
    grey: NDArray[np.float32]


class LookAnnotator:
    """Notes plain facts on each sampled frame."""

    def __init__(self, config: Config) -> None:
        self._config = config

    @property
    def tool(self) -> Tool:
        return Tool("look", VERSION)

    @property
    def track(self) -> TrackName:
        return TrackName.LOOK

    def annotate(self, clip: Clip) -> Iterator[Annotation]:
        """Yield facts in time order; each holds for the stretch of its frame."""
        previous: tuple[TimeSpan, _Seen] | None = None
        for frame, span in zip(clip.frames(), clip.stretches(), strict=True):
            seen = _shrunk(frame.pixels)
            facts = self.facts(seen.small)
            same_shot = previous is not None and previous[0].end_ns == span.start_ns
            if previous is not None and same_shot and not _is_cut(clip, span.start_ns):
                facts += motion(previous[1].grey, seen.grey)
            for text, confidence in facts:
                yield Annotation(span, text, confidence)
            previous = span, seen

    def facts(self, small: NDArray[np.uint8]) -> list[tuple[str, float]]:
        """Return (fact, confidence) of one RGB picture."""
        facts = [
            (name, share) for name, share in colours(small) if share >= self._config.colour_share
        ][:3]
        brightness = float(small.mean()) / 255
        if brightness < self._config.dark:
            facts.append(("dark", 1 - brightness / self._config.dark / 2))
        elif brightness > self._config.bright:
            facts.append(("bright", brightness))
        if colourfulness(small) < 4:
            facts.append(("black and white", 0.9))
        if is_graphic(small):
            facts.append(("flat graphics", 0.8))
        return facts


def _shrunk(pixels: NDArray[np.uint8]) -> _Seen:
    small = cv2.resize(pixels, (_WIDTH_PX, _HEIGHT_PX), interpolation=cv2.INTER_AREA)
    return _Seen(small, cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32))


def _is_cut(clip: Clip, at_ns: int) -> bool:
    return any(shot.start_ns == at_ns for shot in clip.shots)


_HUES = (
    (16, "red"),
    (44, "orange"),
    (68, "yellow"),
    (165, "green"),
    (255, "blue"),
    (285, "purple"),
    (345, "pink"),
    (361, "red"),
)


def colours(small: NDArray[np.uint8]) -> list[tuple[str, float]]:
    """Return (colour word, share of the picture), largest first."""
    hsv = cv2.cvtColor(small, cv2.COLOR_RGB2HSV).astype(np.int64).reshape(-1, 3)
    hue, saturation, value = hsv[:, 0] * 2, hsv[:, 1], hsv[:, 2]
    dark, pale = value < 50, (saturation < 45) & (value >= 50)
    warm = (hue >= 8) & (hue < 68) & ((value < 150) | (saturation < 110)) & (value < 215)
    pink = ((hue >= 330) | (hue < 16)) & (saturation < 140) & (value > 150)
    vivid = ~dark & ~pale
    shares: dict[str, float] = {
        "black": float(dark.mean()),
        "white": float((pale & (value > 190)).mean()),
        "grey": float((pale & (value <= 190)).mean()),
        "brown": float((vivid & warm & ~pink).mean()),
        "pink": float((vivid & pink).mean()),
    }
    low = 0
    for high, name in _HUES:
        inside = vivid & ~warm & ~pink & (hue >= low) & (hue < high)
        shares[name] = shares.get(name, 0.0) + float(inside.mean())
        low = high
    return sorted(shares.items(), key=lambda item: (-item[1], item[0]))


def colourfulness(small: NDArray[np.uint8]) -> float:
    """Return Hasler and Süsstrunk's measure: below 4 a picture has no colour to speak of."""
    red, green, blue = (small[..., k].astype(np.float32) for k in range(3))
    across, along = red - green, 0.5 * (red + green) - blue
    spread = float(np.hypot(across.std(), along.std()))
    return spread + 0.3 * float(np.hypot(across.mean(), along.mean()))


def is_graphic(small: NDArray[np.uint8]) -> bool:
    """Tell whether a picture is a slide, a screen or a drawing with flat areas.

    Such a picture has areas of one value, hard edges, and little between: cameras give
    soft shades everywhere. An empty picture is not one.
    """
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    mean = cv2.blur(grey, (3, 3))
    spread = np.sqrt(np.maximum(cv2.blur(grey * grey, (3, 3)) - mean * mean, 0))
    shades = np.sort(np.bincount(grey.astype(np.int64).ravel() // 8, minlength=32))
    is_flat = float((spread < 1).mean()) > 0.25 and shades[-2:].sum() > 0.45 * grey.size
    soft, hard = float(((spread >= 1) & (spread < 6)).mean()), float((spread > 20).mean())
    return is_flat and soft < 0.16 and hard > 0.01


def motion(before: NDArray[np.float32], after: NDArray[np.float32]) -> list[tuple[str, float]]:
    """Return what two grey pictures of one shot, seconds apart, say about movement."""
    change = np.abs(after - before)
    if float(change.mean()) < 1.0:
        return [("still picture", 0.9)]
    if float(np.median(change)) < 2.5:
        return [("static camera", 0.8)]
    window = cv2.createHanningWindow((_WIDTH_PX, _HEIGHT_PX), cv2.CV_32F)
    (right, down), response = cv2.phaseCorrelate(before, after, window)
    if response > 0.25 and float(np.hypot(right, down)) > 4:
        return [("moving camera", min(0.9, 0.4 + response))]
    return []


plugin: Plugin[Config, Annotator] = Plugin(Config, LookAnnotator)
