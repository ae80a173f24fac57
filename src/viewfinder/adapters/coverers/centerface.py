"""Covers faces with CenterFace, through OpenCV: finds boxes, fills them, forgets them.

The network says for each spot of a grid, four pixels apart, how much it looks like the
middle of a face, how far beside the spot that middle is, and how large the face. Where
eyes, nose and mouth are, its fourth output, is not read.

References:
    Xu et al., *CenterFace: Joint Face Detection and Alignment Using Face as Point*,
    Scientific Programming, 2020. https://arxiv.org/abs/1911.03599
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from viewfinder.domain.errors import PluginUnavailable
from viewfinder.domain.provenance import Digest, Tool
from viewfinder.ports import Covered, Coverer, Plugin

VERSION = "1"
FILL = 127
"""Grey of what is covered: neither skin nor shadow, and the same everywhere."""
_STRIDE_PX = 4
_STEP_PX = 32  # sides the network can halve five times
_OUTPUTS = ("537", "538", "539")  # likeness, size, shift; names of the published file

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Config:
    """Where the weights are, and what counts as a face.

    Attributes:
        folder: Holds ``centerface.onnx``.
        digests: SHA-256 of the files.
        sides_px: Longest sides at which a picture is looked at: a large one for the small
            faces, a small one for those that fill it.
        floor: Least likeness to a face; rather a thing too much than a face too few.
        overlap: Boxes with a higher intersection over union are one face.
        margin: What is covered beyond a box on each side, as a share of it.
    """

    folder: str = ""
    digests: tuple[Digest, ...] = ()
    sides_px: tuple[int, ...] = (736, 192)
    floor: float = 0.3
    overlap: float = 0.3
    margin: float = 0.15


class CenterFace:
    """Covers the faces in one picture at a time."""

    def __init__(self, config: Config) -> None:
        """Open the model.

        Raises:
            PluginUnavailable: The file is missing or is no such model.
        """
        self._config = config
        self._turn = threading.Lock()
        try:
            self._net = cv2.dnn.readNetFromONNX(str(Path(config.folder) / "centerface.onnx"))
        except cv2.error as error:
            raise PluginUnavailable(
                f"faces cannot be covered: {config.folder!r} holds no such model ({error});"
                " `viewfinder models fetch faces` gets it"
            ) from error

    @property
    def tool(self) -> Tool:
        seen = "+".join(str(side) for side in self._config.sides_px)
        return Tool("centerface", f"{VERSION}:{seen}:{self._config.floor}", self._config.digests)

    def cover(self, image: NDArray[np.uint8]) -> Covered:
        """Return a copy whose faces are filled, with how many and how much of it they are."""
        height, width = image.shape[:2]
        covered = image.copy()
        mask = np.zeros((height, width), np.bool_)
        boxes = self._boxes(image)
        for left, top, right, bottom in boxes:
            mask[_within(top, bottom, 0.0, height), _within(left, right, 0.0, width)] = True
            margin = self._config.margin
            rows, columns = (
                _within(top, bottom, margin, height),
                _within(left, right, margin, width),
            )
            covered[rows, columns] = FILL
        return Covered(covered, len(boxes), float(mask.mean()))

    def _boxes(self, image: NDArray[np.uint8]) -> Floats:
        """Return left, top, right, bottom of each face in pixels of the picture."""
        found = [self._seen(image, side_px) for side_px in self._config.sides_px]
        boxes = np.concatenate([boxes for boxes, _ in found])
        scores = np.concatenate([scores for _, scores in found])
        return _distinct(boxes, scores, self._config.overlap)

    def _seen(self, image: NDArray[np.uint8], side_px: int) -> tuple[Floats, Floats]:
        height, width = image.shape[:2]
        scale = min(1.0, side_px / max(height, width))
        seen = [max(1, round(n * scale / _STEP_PX)) * _STEP_PX for n in (width, height)]
        blob = cv2.dnn.blobFromImage(image, 1.0, tuple(seen))
        with self._turn:  # a net holds the input that it was given last
            self._net.setInput(blob)
            names = self._net.getUnconnectedOutLayersNames()
            outputs = [output.copy() for output in self._net.forward(names)]
        given = dict(zip(names, outputs, strict=True))
        likeness, size, shift = (given[name] for name in _OUTPUTS)
        boxes, scores = decoded(likeness[0, 0], size[0], shift[0], self._config.floor)
        grown = np.array([width / seen[0], height / seen[1]] * 2, np.float32)
        return boxes * grown, scores


def decoded(likeness: Floats, size: Floats, shift: Floats, floor: float) -> tuple[Floats, Floats]:
    """Return boxes (n, 4) as left, top, right, bottom in pixels of the input, and scores (n,).

    Args:
        likeness: Shape (rows, columns), 0 to 1.
        size: Logarithm of height and of width in grid steps, shape (2, rows, columns).
        shift: Of the middle, down and to the right, in grid steps; the same shape.
        floor: Spots below are no faces.
    """
    rows, columns = np.nonzero(likeness >= floor)
    high, wide = np.exp(size[:, rows, columns]) * _STRIDE_PX
    down, right = shift[:, rows, columns]
    middle_x = (columns + right + 0.5) * _STRIDE_PX
    middle_y = (rows + down + 0.5) * _STRIDE_PX
    edges = (middle_x - wide / 2, middle_y - high / 2, middle_x + wide / 2, middle_y + high / 2)
    return np.stack(edges, axis=1).astype(np.float32), likeness[rows, columns]


def _distinct(boxes: Floats, scores: Floats, overlap: float) -> Floats:
    """Return one box of each heap, the most certain (greedy non-maximum suppression)."""
    corners = [(*map(float, box[:2]), *map(float, box[2:] - box[:2])) for box in boxes]
    kept = cv2.dnn.NMSBoxes(corners, scores.tolist(), 0.0, overlap)
    return boxes[np.asarray(kept, np.intp).ravel()]


def _within(low: float, high: float, margin: float, most: int) -> slice:
    wider = (high - low) * margin
    first, last = np.floor(low - wider), np.ceil(high + wider)
    return slice(int(np.clip(first, 0, most)), int(np.clip(last, 0, most)))


plugin: Plugin[Config, Coverer] = Plugin(Config, CenterFace)
