"""Vectors of one space: an exact scan over int8 codes, then 16 bits for the best of them.

At the size of a library an exact scan of small codes costs less than an index that may
miss, and a filter makes it cheaper instead of wrong. Rows are turned by one fixed random
rotation before they are cut to int8, so no dimension stands out and one scale fits all
of them; scale and rotation depend on the number of dimensions only, never on what is in
the library. Query and rows are whole numbers, so FAISS sums without rounding and the
same rows come back whatever stands around them.

References:
    Gong, Lazebnik, Gordo & Perronnin, *Iterative Quantization*, TPAMI 35(12), 2013 (why
    to rotate before quantising). https://doi.org/10.1109/TPAMI.2012.193
    FAISS, ``ScalarQuantizer``: https://github.com/facebookresearch/faiss
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import faiss as untyped_faiss
import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int8]

faiss: Any = untyped_faiss  # its stubs describe C++ and miss the Python wrappers

_ROTATION_SEED = 20_110_620
_WIDTH = 5.0
"""Where codes are cut off, in standard deviations of a coordinate of a random unit vector."""


_ROUNDING = 6 * (2 / 12) ** 0.5
"""Six standard deviations of what rounding does to an inner product, in steps of a code.

Query and row each round every coordinate by up to half a step, evenly: variance 1/12 on a
line of length 1, twice.
"""


@lru_cache(maxsize=4)
def rotation(dimensions: int) -> NDArray[np.float32]:
    """Return an orthogonal matrix, the same on every machine up to rounding."""
    # ``RandomState`` is frozen by NumPy's policy; the newer generators may change.
    normal = np.random.RandomState(_ROTATION_SEED).standard_normal((dimensions, dimensions))
    q, r = np.linalg.qr(normal)
    return np.asarray(q * np.sign(np.diag(r)), np.float32)


def codes_of(rows: NDArray[np.float32]) -> Codes:
    """Return int8 codes of unit rows, shape (n, dimensions)."""
    dimensions = rows.shape[1]
    turned = rows @ rotation(dimensions)
    return np.asarray(np.clip(np.rint(turned * _scale(dimensions)), -127, 127), np.int8)


def _scale(dimensions: int) -> float:
    """Return how many steps of a code a coordinate of 1 has."""
    return float(127 / min(1.0, _WIDTH / np.sqrt(dimensions)))


class Scan:
    """The codes of one space in RAM."""

    def __init__(self, dimensions: int) -> None:
        self.upto = 0  # slots of the mirror taken in so far
        self._dimensions = dimensions
        self._index = faiss.IndexScalarQuantizer(
            dimensions, faiss.ScalarQuantizer.QT_8bit_direct_signed, faiss.METRIC_INNER_PRODUCT
        )
        self._rows = np.zeros(0, np.uint32)
        self._in_block = np.zeros(0, np.int64)
        self._new_rows: list[NDArray[np.int64]] = []
        self._new_in_block: list[NDArray[np.int64]] = []

    def add(
        self, codes: NDArray[np.int8], rows: NDArray[np.int64], in_block: NDArray[np.int64]
    ) -> None:
        """Take in one video: codes, the rows they belong to, and how many each block has."""
        # FAISS keeps a signed byte plus 128.
        flipped = codes.reshape(-1, self._dimensions).view(np.uint8) ^ np.uint8(0x80)
        self._index.add_sa_codes(flipped)
        self._new_rows.append(rows)
        self._new_in_block.append(in_block)

    def skip(self, blocks: int) -> None:
        """Take in a video that has nothing in this space."""
        self._new_in_block.append(np.zeros(blocks, np.int64))

    def settle(self) -> None:
        """End a batch of ``add`` and ``skip``."""
        new = [rows.astype(np.uint32) for rows in self._new_rows]
        self._rows = np.concatenate([self._rows, *new])
        self._in_block = np.concatenate([self._in_block, *self._new_in_block])
        self._new_rows, self._new_in_block = [], []

    def nearest(
        self, query: NDArray[np.float32], allowed: NDArray[np.bool_], want: int, margin: int
    ) -> NDArray[np.int64]:
        """Return the rows of allowed blocks that may be among the best ``want``.

        It is about ``want + margin`` rows by code, in no order: rows that tie for the
        last place are all in, or all out where enough are left without them, so that
        chance and neighbours out of scope decide nothing.
        """
        open_rows = np.repeat(allowed, self._in_block)
        available = int(np.count_nonzero(open_rows))
        if not available:
            return np.zeros(0, np.int64)
        if available <= want + margin:
            return self._rows[open_rows].astype(np.int64)
        # FAISS reads the query as int8 here, too: anything wider would wrap around.
        code = codes_of(query[None]).astype(np.float32)
        bitmap = np.packbits(open_rows, bitorder="little")
        among = faiss.SearchParameters(sel=faiss.IDSelectorBitmap(bitmap))
        faiss.omp_set_num_threads(1)  # for this thread; more only spin on a busy machine
        scores, found = self._index.search(code, want + margin, params=among)
        last = scores[0, -1]
        # What is below this cannot be among the best, however codes were rounded.
        least = scores[0, want - 1] - 2 * _ROUNDING * _scale(self._dimensions)
        above = found[0][(scores[0] > last) & (scores[0] >= least)]
        if len(above) < want:
            _, _, above = self._index.range_search(code, float(last) - 0.5, params=among)
        return np.asarray(self._rows[np.sort(above)], np.int64)


def fine_bytes(row: NDArray[np.float32]) -> bytes:
    """Return a row as its longest coordinate, float32, and int16 fractions of it.

    As many bytes as float16, and about five times as exact for rows without outliers:
    near duplicates differ by less than float16 can tell.
    """
    longest = np.float32(np.abs(row).max())
    fractions = np.rint(row * (32767 / float(longest)))
    return bytes(longest.astype("<f4").tobytes() + fractions.astype("<i2").tobytes())


def fine_rows(contents: Sequence[bytes], dimensions: int) -> NDArray[np.float64]:
    """Return the rows that ``fine_bytes`` took, float64, shape (n, dimensions)."""
    together = np.frombuffer(b"".join(contents), np.uint8).reshape(-1, 4 + 2 * dimensions)
    longest = np.ascontiguousarray(together[:, :4]).view("<f4").astype(np.float64)
    fractions = np.ascontiguousarray(together[:, 4:]).view("<i2")
    return np.asarray(fractions * (longest / 32767), np.float64)


def exact(query: NDArray[np.float32], rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return inner products, each row summed by itself so that its company changes no bit."""
    return np.asarray(np.add.reduce(rows * query.astype(np.float64), axis=1), np.float64)


def unit(rows: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return rows with length 1."""
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)
