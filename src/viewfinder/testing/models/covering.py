"""Stands in for what covers faces: takes whatever is white for one. Needs no weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewfinder.domain.provenance import Digest, Tool
from viewfinder.ports import Covered, Coverer, Plugin

FILL = 127


@dataclass(frozen=True, slots=True)
class Config:
    """What is white, and whether it works at all.

    Attributes:
        floor: Least value of every channel.
        breaks: It raises instead.
        digests: Of no weights.
    """

    floor: int = 225
    breaks: bool = False
    digests: tuple[Digest, ...] = ()


class WhiteCoverer:
    """Fills the box around everything white."""

    def __init__(self, config: Config) -> None:
        self._config = config

    @property
    def tool(self) -> Tool:
        return Tool("white", str(self._config.floor))

    def cover(self, image: NDArray[np.uint8]) -> Covered:
        if self._config.breaks:
            raise RuntimeError("covering broke")
        rows, columns = np.nonzero((image >= self._config.floor).all(axis=2))
        if not len(rows):
            return Covered(image.copy(), 0, 0.0)
        covered = image.copy()
        box = covered[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        box[:] = FILL
        height, width = image.shape[:2]
        return Covered(covered, 1, box.shape[0] * box.shape[1] / (height * width))


plugin: Plugin[Config, Coverer] = Plugin(Config, WhiteCoverer)
