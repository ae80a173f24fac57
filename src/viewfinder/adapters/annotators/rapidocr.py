"""Words on screen with PP-OCRv6 through RapidOCR: glance, then read what is new.

Every sampled frame gets a glance by the detector in a small size; only where that leads to
something legible is the frame searched in a larger one, and only lines that are new or have
changed are read. The same line in successive frames becomes one note.

References:
    Liao et al., *Real-time Scene Text Detection with Differentiable Binarization*,
    AAAI 2020. https://arxiv.org/abs/1911.08947
    Cui et al., *PaddleOCR 3.0 Technical Report*, 2025. https://arxiv.org/abs/2507.05595
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from viewfinder.domain.annotation import Annotation, Region, TrackName
from viewfinder.domain.errors import PluginUnavailable
from viewfinder.domain.media import Clip
from viewfinder.domain.provenance import Digest, Tool
from viewfinder.domain.time import TimeSpan
from viewfinder.ports import Annotator, Plugin

VERSION = "1"
FILES = ("det.onnx", "rec.onnx")

_SAME_PLACE = 0.7
"""Intersection over union of two boxes around the same ink."""

Pixels = NDArray[np.uint8]
Corners = NDArray[np.float32]
"""Four points of a box in pixels, clockwise from the top left, shape (4, 2)."""


@dataclass(frozen=True, slots=True)
class Config:
    """Settings of the reader; those without a unit are fractions.

    Attributes:
        folder: Where ``FILES`` lie.
        digests: Their SHA-256.
        cpu_threads: Threads of the models.
        glance_side_px: Longest side of a frame at the first look.
        legible_confidence: Best reading of a glance from which the frame is searched.
        read_side_px: Longest side of a frame that is searched.
        unchanged_levels: Mean difference of pixels, of 255, in the letter that changed
            most, up to which a line is not read again.
        same_text: Likeness of two readings from which they are one line.
        same_box: Intersection over union of two boxes from which they are one line.
        missed_frames: Frames a line may be missing from before it has ended.
        min_confidence: Below it a line is dropped.
        quotable_confidence: Below it a line can be found but not quoted.
    """

    folder: Path
    digests: tuple[Digest, ...] = ()
    cpu_threads: int = 1
    glance_side_px: int = 640
    legible_confidence: float = 0.6
    read_side_px: int = 960
    unchanged_levels: float = 4.0
    same_text: float = 0.8
    same_box: float = 0.3
    missed_frames: int = 1
    min_confidence: float = 0.7
    quotable_confidence: float = 0.9


@dataclass(frozen=True, slots=True)
class Reading:
    """One line of text in one frame."""

    text: str
    confidence: float
    region: Region


@dataclass(slots=True)
class Line:
    """A line over the frames it was seen in; ``best`` is the reading to go by."""

    best: Reading
    latest: Reading
    span: TimeSpan
    frames: int = 1
    missed: int = 0


class RapidOcr:
    """Reads the sampled frames of a clip."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._models: tuple[Any, Any] | None = None

    @property
    def tool(self) -> Tool:
        made_by = f"{VERSION} (rapidocr {version('rapidocr')})"
        return Tool("pp-ocrv6-small", made_by, self.config.digests)

    @property
    def track(self) -> TrackName:
        return TrackName.SCREEN_TEXT

    def annotate(self, clip: Clip) -> Iterator[Annotation]:
        """Yield one note per line and stretch of time it stands, in time order.

        Raises:
            PluginUnavailable: The library or a weight file is missing.
        """
        lines: list[Line] = []
        ended: list[Line] = []
        before: Pixels | None = None
        for at_ns, span in zip(clip.frame_times_ns, clip.stretches(), strict=True):
            pixels = clip.read_frame(at_ns).pixels
            known = [line.latest for line in lines] if before is not None else []
            readings = self.read(pixels, known, before)
            lines, gone = follow(lines, readings, span, self.config)
            before = pixels
            ended = sorted([*ended, *gone], key=lambda line: line.span)
            while ended and all(ended[0].span <= line.span for line in lines):
                yield from _notes(ended.pop(0), self.config)
        for line in sorted([*ended, *lines], key=lambda line: line.span):
            yield from _notes(line, self.config)

    def read(
        self, pixels: Pixels, known: Sequence[Reading] = (), before: Pixels | None = None
    ) -> list[Reading]:
        """Return the lines of one frame.

        Lines of ``known`` whose pixels have not changed since the frame ``before`` are
        taken over.
        """
        glance, reader = self._open()
        picture = np.ascontiguousarray(pixels[..., ::-1])  # the models know BGR

        def readings(boxes: Corners, seen: Sequence[Reading]) -> list[Reading]:
            regions = [_region(box, pixels) for box in boxes]
            found = [
                _again(region, seen) or self._unchanged(region, pixels, known, before)
                for region in regions
            ]
            new = [k for k, reading in enumerate(found) if reading is None]
            read = _read(reader, picture, boxes[new], [regions[k] for k in new])
            return [reading or next(read) for reading in found]

        boxes = _boxes(glance, picture)
        found = readings(boxes, ())
        is_legible = any(r.confidence >= self.config.legible_confidence for r in found)
        if is_legible and max(pixels.shape) > self.config.glance_side_px:
            found = readings(_joined(_boxes(reader, picture), boxes, pixels), found)
        return [reading for reading in found if reading.text]

    def _unchanged(
        self, region: Region, pixels: Pixels, known: Sequence[Reading], before: Pixels | None
    ) -> Reading | None:
        if before is None or before.shape != pixels.shape:
            return None
        for reading in known:
            if overlap(reading.region, region) >= _SAME_PLACE:
                area = _hull(reading.region, region)
                change = np.abs(_cut(pixels, area) - _cut(before, area))
                if _most_changed(change) <= self.config.unchanged_levels:
                    return reading
        return None

    def _open(self) -> tuple[Any, Any]:
        """Return the detector of the glance and the full reader, loaded once."""
        if self._models is None:
            folder = Path(self.config.folder)
            missing = [name for name in FILES if not (folder / name).is_file()]
            if missing:
                raise PluginUnavailable(
                    f"on-screen text needs {', '.join(missing)} in {str(folder)!r};"
                    " `viewfinder models fetch rapidocr` gets it"
                )
            self._models = (
                _engine(folder, self.config.glance_side_px, 0.2, 0.3, self.config.cpu_threads),
                _engine(folder, self.config.read_side_px, 0.3, 0.5, self.config.cpu_threads),
            )
        return self._models


def _engine(folder: Path, side_px: int, pixel_floor: float, box_floor: float, threads: int) -> Any:
    """Return RapidOCR on local files only; its defaults would fetch what it misses."""
    try:
        from rapidocr import RapidOCR
    except ImportError as error:
        raise PluginUnavailable(f"on-screen text needs the library {error.name!r}") from error
    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.use_cls": False,
            "Global.max_side_len": 100_000,  # frames come in the size they are to be read in
            "Det.model_path": str(folder / "det.onnx"),
            "Rec.model_path": str(folder / "rec.onnx"),
            "Det.limit_type": "max",
            "Det.limit_side_len": side_px,
            "Det.thresh": pixel_floor,
            "Det.box_thresh": box_floor,
            "EngineConfig.onnxruntime.intra_op_num_threads": threads,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )


def _boxes(engine: Any, picture: Pixels) -> Corners:
    found = engine(picture, use_det=True, use_cls=False, use_rec=False).boxes
    return np.zeros((0, 4, 2), np.float32) if found is None else np.asarray(found, np.float32)


def _read(
    reader: Any, picture: Pixels, boxes: Corners, regions: Sequence[Region]
) -> Iterator[Reading]:
    if not len(boxes):
        return
    read = reader.recognize_txt(reader.crop_text_regions(picture, boxes))
    for text, confidence, region in zip(read.txts, read.scores, regions, strict=True):
        plain = unicodedata.normalize("NFC", text).strip()
        yield Reading(plain, round(float(confidence), 3), region)


def _again(region: Region, seen: Sequence[Reading]) -> Reading | None:
    """Return the reading of the same place in the same frame."""
    return next((r for r in seen if overlap(r.region, region) >= _SAME_PLACE), None)


def _joined(fine: Corners, coarse: Corners, pixels: Pixels) -> Corners:
    """Return the fine boxes, and of the coarse ones those that they leave uncovered.

    The detector finds dense small print only in a large picture, and a lone small line
    only in a smaller one.
    """
    regions = [_region(box, pixels) for box in fine]
    alone = []
    for box in coarse:
        region = _region(box, pixels)
        if sum(shared(region, other) for other in regions) < 0.5 * region.w * region.h:
            alone.append(box)
    return np.concatenate([fine, np.array(alone, np.float32).reshape(-1, 4, 2)])


def _region(box: Corners, pixels: Pixels) -> Region:
    height, width = pixels.shape[:2]
    left, top = np.round(np.clip(box.min(axis=0) / (width, height), 0, 1), 4)
    right, bottom = np.round(np.clip(box.max(axis=0) / (width, height), 0, 1), 4)
    return Region(*(round(float(v), 4) for v in (left, top, right - left, bottom - top)))


def _cut(pixels: Pixels, region: Region) -> NDArray[np.int16]:
    """Return the green channel under a region, at least one pixel."""
    height, width = pixels.shape[:2]
    top, left = int(region.y * height), int(region.x * width)
    bottom, right = int((region.y + region.h) * height), int((region.x + region.w) * width)
    return pixels[top : max(bottom, top + 1), left : max(right, left + 1), 1].astype(np.int16)


def _most_changed(change: NDArray[np.int16]) -> float:
    """Return the mean of the part that changed most, each about as wide as one letter."""
    columns = change.mean(axis=0)
    letters = range(0, len(columns), max(1, change.shape[0] // 2))
    return float(max(columns[at : at + letters.step].mean() for at in letters))


def _hull(one: Region, other: Region) -> Region:
    left, top = min(one.x, other.x), min(one.y, other.y)
    right = max(one.x + one.w, other.x + other.w)
    return Region(left, top, right - left, max(one.y + one.h, other.y + other.h) - top)


def shared(one: Region, other: Region) -> float:
    """Return the area that two boxes have in common."""
    w = min(one.x + one.w, other.x + other.w) - max(one.x, other.x)
    h = min(one.y + one.h, other.y + other.h) - max(one.y, other.y)
    return max(0.0, w) * max(0.0, h)


def overlap(one: Region, other: Region) -> float:
    """Return intersection over union."""
    union = one.w * one.h + other.w * other.h - shared(one, other)
    return shared(one, other) / union if union > 0 else 0.0


def follow(
    lines: Sequence[Line], readings: Sequence[Reading], span: TimeSpan, config: Config
) -> tuple[list[Line], list[Line]]:
    """Carry lines on with the readings of the next frame.

    A reading belongs to the line it is most like, in words and place; words alone do
    where they are nearly equal, for what moves.

    Returns:
        Lines that go on, new ones at the end, and lines that have ended.
    """
    pairs = sorted(
        ((_likeness(line.best, reading, config), k, j) for k, line in enumerate(lines)
         for j, reading in enumerate(readings)),
        reverse=True,
    )  # fmt: skip
    taken: dict[int, int] = {}
    for likeness, k, j in pairs:
        if likeness > 0 and k not in taken and j not in taken.values():
            taken[k] = j
    going: list[Line] = []
    ended: list[Line] = []
    for k, line in enumerate(lines):
        if k in taken:
            _carry_on(line, readings[taken[k]], span, config)
        else:
            line.missed += 1
        (ended if line.missed > config.missed_frames else going).append(line)
    fresh = [reading for j, reading in enumerate(readings) if j not in taken.values()]
    return going + [Line(reading, reading, span) for reading in fresh], ended


def _carry_on(line: Line, reading: Reading, span: TimeSpan, config: Config) -> None:
    def worth(one: Reading) -> tuple[bool, int, float]:
        # Of certain readings the fullest is best: text is typed, fades in or slides in.
        certain = one.confidence >= config.quotable_confidence
        return certain, len(one.text) if certain else 0, one.confidence

    line.latest = reading
    line.best = max(line.best, reading, key=worth)
    line.span = TimeSpan.hull([line.span, span])
    line.frames += 1
    line.missed = 0


def _likeness(one: Reading, other: Reading, config: Config) -> float:
    """Return how much two readings are alike, 0 where they are different lines."""
    text = fuzz.ratio(one.text, other.text) / 100
    box = overlap(one.region, other.region)
    is_place = text >= config.same_text and box >= config.same_box
    is_words = text >= 0.9 and min(len(one.text), len(other.text)) >= 4
    return text + box if is_place or is_words else 0.0


def _notes(line: Line, config: Config) -> Iterator[Annotation]:
    best = line.best
    if best.confidence >= config.min_confidence and is_text(best.text, best.confidence):
        yield Annotation(
            line.span,
            best.text,
            best.confidence,
            region=best.region,
            quotable=best.confidence >= config.quotable_confidence,
        )


def is_text(text: str, confidence: float) -> bool:
    """Tell text from marks that only look like it.

    A single sign is mostly an edge in the picture: only a certain digit counts.
    """
    signs = [sign for sign in text if sign.isalnum()]
    if len(signs) < 2:
        return len(signs) == 1 and signs[0].isdigit() and confidence >= 0.9
    return True


plugin: Plugin[Config, Annotator] = Plugin(Config, RapidOcr)
