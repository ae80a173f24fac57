"""Things with boxes: SSD-MobileNetV3, which knows 80 kinds, through OpenCV.

Notes are per sampled frame, so that things can be counted frame by frame. A colour word
stands before the name only where most of the box has that colour.

References:
    Howard et al., *Searching for MobileNetV3*, ICCV 2019, section 6.3.
    Liu et al., *SSD: Single Shot MultiBox Detector*, ECCV 2016.
    Lin et al., *Microsoft COCO*, ECCV 2014 (names of the classes).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from viewfinder.domain.annotation import Annotation, Region, TrackName
from viewfinder.domain.colours import COLOURS
from viewfinder.domain.errors import PluginUnavailable
from viewfinder.domain.media import Clip
from viewfinder.domain.provenance import Digest, Tool
from viewfinder.ports import Annotator, Plugin

VERSION = "1"
_SIDE_PX = 320

# By number from 1; the gaps are numbers that COCO never used.
_LISTED = (
    "person,bicycle,car,motorcycle,airplane,bus,train,truck,boat,traffic light,fire hydrant,,"
    "stop sign,parking meter,bench,bird,cat,dog,horse,sheep,cow,elephant,bear,zebra,giraffe,,"
    "backpack,umbrella,,,handbag,tie,suitcase,frisbee,skis,snowboard,sports ball,kite,"
    "baseball bat,baseball glove,skateboard,surfboard,tennis racket,bottle,,wine glass,cup,fork,"
    "knife,spoon,bowl,banana,apple,sandwich,orange,broccoli,carrot,hot dog,pizza,donut,cake,"
    "chair,couch,potted plant,bed,,dining table,,,toilet,,tv,laptop,mouse,remote,keyboard,"
    "cell phone,microwave,oven,toaster,sink,refrigerator,,book,clock,vase,scissors,teddy bear,"
    "hair drier,toothbrush"
)
_NAMES = _LISTED.split(",")

_UNCOLOURED = frozenset({"person"})
"""A box of these is mostly background or clothes: a colour word would mislead."""


@dataclass(frozen=True, slots=True)
class Config:
    """Where the weights are, and what is worth a note.

    Attributes:
        folder: Holds ``graph.pb`` and ``graph.pbtxt``.
        digests: SHA-256 of the files.
        floor: Least confidence of a note.
        overlap: Boxes of one kind with a higher intersection over union are one thing.
        colour_share: Share of the box's middle that must have one colour to name it.
    """

    folder: str = ""
    digests: tuple[Digest, ...] = ()
    floor: float = 0.4
    overlap: float = 0.5
    colour_share: float = 0.5


class ObjectAnnotator:
    """Finds things in the sampled frames of a clip."""

    def __init__(self, config: Config) -> None:
        """Open the model.

        Raises:
            PluginUnavailable: A file is missing or is no such model.
        """
        self._config = config
        folder = Path(config.folder)
        try:
            net = cv2.dnn.readNetFromTensorflow(
                str(folder / "graph.pb"), str(folder / "graph.pbtxt")
            )
        except cv2.error as error:
            raise PluginUnavailable(
                f"the object finder cannot use {config.folder!r} ({error});"
                " `viewfinder models fetch ssd-mobilenet-v3` gets it"
            ) from error
        self._net = net

    @property
    def tool(self) -> Tool:
        return Tool("ssd-mobilenet-v3", VERSION, self._config.digests)

    @property
    def track(self) -> TrackName:
        return TrackName.OBJECTS

    def annotate(self, clip: Clip) -> Iterator[Annotation]:
        """Yield one note per thing and sampled frame, for the stretch of that frame."""
        for at_ns, span in zip(clip.frame_times_ns, clip.stretches(), strict=True):
            pixels = clip.read_frame(at_ns).pixels
            for name, confidence, region in self.found(pixels):
                colour = None
                if name not in _UNCOLOURED:
                    colour = colour_of(pixels, region, self._config.colour_share)
                text = f"{colour} {name}" if colour else name
                yield Annotation(span, text, confidence, region)

    def found(self, pixels: NDArray[np.uint8]) -> list[tuple[str, float, Region]]:
        """Return (name, confidence, box) of every thing, most certain first."""
        blob = cv2.dnn.blobFromImage(
            pixels, 1 / 127.5, (_SIDE_PX, _SIDE_PX), (127.5, 127.5, 127.5), swapRB=False
        )
        self._net.setInput(blob)
        rows = self._net.forward().reshape(-1, 7)  # _, kind, confidence, left, top, right, bottom
        rows = rows[rows[:, 2] >= self._config.floor]
        rows = rows[np.argsort(-rows[:, 2], kind="stable")]
        kept: list[tuple[str, float, Region]] = []
        for _, kind, confidence, *corners in rows:
            number = int(kind) - 1
            name = _NAMES[number] if 0 <= number < len(_NAMES) else ""
            left, top, right, bottom = np.clip(corners, 0, 1)
            region = Region(
                float(left), float(top), float(max(0, right - left)), float(max(0, bottom - top))
            )
            same = (r for n, _, r in kept if n == name)
            if name and not any(iou(region, r) > self._config.overlap for r in same):
                kept.append((name, float(min(confidence, 1.0)), region))
        return kept


def iou(a: Region, b: Region) -> float:
    """Return the intersection over union of two boxes, in [0, 1]."""
    wide = min(a.x + a.w, b.x + b.w) - max(a.x, b.x)
    tall = min(a.y + a.h, b.y + b.h) - max(a.y, b.y)
    shared = max(0.0, wide) * max(0.0, tall)
    union = a.w * a.h + b.w * b.h - shared
    return shared / union if union > 0 else 0.0


def colour_of(pixels: NDArray[np.uint8], region: Region, share: float) -> str | None:
    """Return the colour of most of the middle of a box, or None where no one colour leads."""
    height, width = pixels.shape[:2]
    left, right = ((region.x + region.w * f) * width for f in (0.2, 0.8))
    top, bottom = ((region.y + region.h * f) * height for f in (0.2, 0.8))
    middle = pixels[int(top) : int(bottom) + 1, int(left) : int(right) + 1]
    if not middle.size:
        return None
    small = cv2.resize(middle, (32, 32), interpolation=cv2.INTER_AREA)
    counts = np.bincount(colour_numbers(small).ravel(), minlength=len(COLOURS))
    best = int(np.argmax(counts))
    return COLOURS[best] if counts[best] >= share * counts.sum() else None


def colour_numbers(pixels: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return for each pixel the number of its colour word in ``COLOURS``.

    A small table over hue (degrees), saturation and value, made by hand: dark pixels are
    black, pale ones white or grey by their value; dark or dull orange and yellow are
    brown, pale red is pink.
    """
    hsv = cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV).astype(np.int64)
    hue, saturation, value = hsv[..., 0] * 2, hsv[..., 1], hsv[..., 2]
    number = {name: n for n, name in enumerate(COLOURS)}
    edges = np.array([16, 44, 68, 165, 255, 285, 345])
    ring = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "red")
    named = np.array([number[name] for name in ring])[np.searchsorted(edges, hue, side="right")]
    warm = (hue >= 8) & (hue < 68)
    named = np.where(
        warm & ((value < 150) | (saturation < 110)) & (value < 215), number["brown"], named
    )
    reddish = (hue >= 330) | (hue < 16)
    named = np.where(reddish & (saturation < 140) & (value > 150), number["pink"], named)
    pale = saturation < 45
    greys = np.where(value > 190, number["white"], number["grey"])
    named = np.where(pale, greys, named)
    return np.where(value < 50, number["black"], named)


plugin: Plugin[Config, Annotator] = Plugin(Config, ObjectAnnotator)
