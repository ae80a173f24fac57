"""Where the segments of one video stand: rows in order of id, cut into blocks.

A *block* is a run of rows that share lane and access class: the smallest thing that
scope and lanes can tell apart. What search needs to know of rows it knows per block.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from viewfinder.adapters.stores.sqlite import wire
from viewfinder.domain.segment import Lane, Segment, SegmentId


@dataclass(frozen=True, slots=True)
class Block:
    lane: Lane
    access: str
    rows: int


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Rows of one video; ``prefix`` is what its segment ids start with."""

    prefix: str
    blocks: tuple[Block, ...]
    ordinals: NDArray[np.int64]

    def ids(self) -> list[SegmentId]:
        """Return the ids of all rows, ascending."""
        lanes = [block.lane for block in self.blocks for _ in range(block.rows)]
        pairs = zip(lanes, self.ordinals.tolist(), strict=True)
        return [SegmentId(f"{self.prefix}/{lane}/{ordinal:05d}") for lane, ordinal in pairs]

    def id_of(self, row: int) -> SegmentId:
        lane = self.block_of(row).lane
        return SegmentId(f"{self.prefix}/{lane}/{int(self.ordinals[row]):05d}")

    def block_of(self, row: int) -> Block:
        end = 0
        for block in self.blocks:
            end += block.rows
            if row < end:
                return block
        raise IndexError(row)

    def row_of(self, segment: SegmentId) -> int | None:
        """Return where ``segment`` stands, None where it does not."""
        _, lane, number = segment.rsplit("/", 2)
        if not number.isdecimal():
            return None
        start = 0
        for block in self.blocks:
            if block.lane == lane:
                found = np.flatnonzero(self.ordinals[start : start + block.rows] == int(number))
                row = start + int(found[0]) if len(found) else None
                if row is not None and self.id_of(row) == segment:
                    return row
            start += block.rows
        return None


def laid_out(prefix: str, segments: Sequence[Segment]) -> Layout:
    """Return the layout of segments that are in order of id."""
    runs = groupby(segments, key=lambda s: (s.lane, s.access))
    blocks = tuple(Block(lane, access, sum(1 for _ in run)) for (lane, access), run in runs)
    ordinals = [int(segment.id.rpartition("/")[2]) for segment in segments]
    return Layout(prefix, blocks, np.array(ordinals, np.int64))


def layout_bytes(layout: Layout) -> bytes:
    blocks = [[block.lane, block.access, block.rows] for block in layout.blocks]
    return wire.deflated([blocks, layout.ordinals.tolist()])


def layout_of(prefix: str, content: bytes | memoryview) -> Layout:
    blocks, ordinals = wire.inflated(content)
    return Layout(
        prefix,
        tuple(Block(Lane(lane), access, rows) for lane, access, rows in blocks),
        np.array(ordinals, np.int64),
    )
