"""Pictures as features of EfficientNet-Lite2, a classifier of 1,000 kinds of thing.

The feature is the last one before the class scores, less its expected value, at length 1.
The expected value comes with the weights, not from anybody's footage, so what one person
may not see changes nothing for another.

References:
    Tan & Le, *EfficientNet*, ICML 2019. https://arxiv.org/abs/1905.11946
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from viewfinder.domain.errors import ConfigError, PluginUnavailable
from viewfinder.domain.provenance import Digest, Tool, digest_of
from viewfinder.domain.segment import EmbeddingSpace, Vectors
from viewfinder.ports import CropEncoder, Plugin

VERSION = "1"
_SIDE_PX = 260
_SPACE = "efficientnet-lite2"


@dataclass(frozen=True, slots=True)
class Config:
    """Where the weights are, and how a frame is looked at.

    Attributes:
        folder: Holds ``model.onnx`` and ``classifier.npz``.
        digests: SHA-256 of the files; they name the revision of the space.
        crops: Parts of a frame that are encoded: 1 (whole), 4 (and three squares) or 8 (and
            four overlapping quarters).
        threads: Threads of one inference.
    """

    folder: str = ""
    digests: tuple[Digest, ...] = ()
    crops: int = 4
    threads: int = 1


class EfficientNetEncoder:
    """Encodes any number of pictures, a few at a time."""

    def __init__(self, config: Config) -> None:
        """Open the model.

        Raises:
            ConfigError: A number is not possible.
            PluginUnavailable: A file is missing or is no such model.
        """
        if config.crops not in (1, 4, 8) or config.threads < 1:
            raise ConfigError(
                f"encoder {_SPACE!r}: crops must be 1, 4 or 8 and threads at least 1,"
                f" not {config.crops} and {config.threads}"
            )
        self._config = config
        options = ort.SessionOptions()
        options.intra_op_num_threads = config.threads
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        folder = Path(config.folder)
        try:
            self._session = ort.InferenceSession(
                str(folder / "model.onnx"), options, ["CPUExecutionProvider"]
            )
            with np.load(folder / "classifier.npz") as numbers:
                self._mean = np.asarray(numbers["mean"], np.float32)
        except Exception as error:  # the runtime's own exceptions share no base but this
            raise PluginUnavailable(
                f"the picture encoder cannot use {config.folder!r} ({error});"
                " `viewfinder models fetch efficientnet-lite2` gets it"
            ) from error
        self._space = EmbeddingSpace(_SPACE, digest_of(repr(config.digests)), len(self._mean))

    @property
    def space(self) -> EmbeddingSpace:
        return self._space

    @property
    def tool(self) -> Tool:
        return Tool(_SPACE, f"{VERSION}-{self._config.crops}", self._config.digests)

    def crops(self, image: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
        """Return the parts of a frame to encode; the first is always the whole frame."""
        return crops(image)[: self._config.crops]

    def encode_images(self, images: Sequence[NDArray[np.uint8]]) -> Vectors:
        """Return float32 unit rows, one per upright RGB image, in order."""
        rows = np.zeros((len(images), self._space.dimensions), np.float32)
        for row, image in zip(rows, images, strict=True):
            # One at a time: a batch is no faster on one thread, and needs more memory.
            row[:] = self._session.run(None, {"x": prepared(image)[None]})[0][0]
        rows -= self._mean
        rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
        return Vectors(self._space, rows)


def crops(image: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """Return the whole, the middle square, both end squares and four quarters of 60 %."""
    height, width = image.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    tall, wide = max(1, height * 6 // 10), max(1, width * 6 // 10)
    return [
        image,
        image[top : top + side, left : left + side],
        image[:side, :side],
        image[height - side :, width - side :],
        image[:tall, :wide],
        image[:tall, width - wide :],
        image[height - tall :, :wide],
        image[height - tall :, width - wide :],
    ]


def prepared(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return one image as the network wants it: (3, 260, 260), squeezed to a square."""
    small = cv2.resize(image, (_SIDE_PX, _SIDE_PX), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(((small.astype(np.float32) - 127) / 128).transpose(2, 0, 1))


plugin: Plugin[Config, CropEncoder] = Plugin(Config, EfficientNetEncoder)
