"""Where segments stand: rows of a video in order of id, cut into blocks.

A *block* is a run of rows that share lane and access class: the smallest thing that
scope and lanes can tell apart. What search needs to know of rows it knows per block.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from viewfinder.adapters.stores.sqlite import parcels, wire
from viewfinder.domain.access import Stretch, access_at, closed
from viewfinder.domain.annotation import Annotation
from viewfinder.domain.media import VideoId
from viewfinder.domain.policy import Scope
from viewfinder.domain.segment import Lane, Segment, SegmentId
from viewfinder.domain.time import TimeSpan

T = TypeVar("T")


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
        prefix, lane, number = segment.rsplit("/", 2)
        if not number.isdecimal() or f"{int(number):05d}" != number or prefix != self.prefix:
            return None
        ordinal = int(number)
        start = 0
        for block in self.blocks:
            if block.lane == lane:
                # Most blocks number their rows without a gap.
                guess = start + ordinal - int(self.ordinals[start])
                end = start + block.rows
                if start <= guess < end and self.ordinals[guess] == ordinal:
                    return guess
                found = np.flatnonzero(self.ordinals[start:end] == ordinal)
                if len(found):
                    return start + int(found[0])
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


def videos_in(connection: sqlite3.Connection, scope: Scope) -> list[tuple[int, int]]:
    """Return (number, generation of its facts) of the videos in scope, in order of id."""
    rows = connection.execute(
        "SELECT no, noted_at, id, access FROM videos "
        "WHERE :ids IS NULL OR id IN (SELECT value FROM json_each(:ids)) ORDER BY id",
        {"ids": None if scope.videos is None else json.dumps(sorted(scope.videos))},
    )
    return [(no, noted) for no, noted, vid, access in rows if scope.allows(VideoId(vid), access)]


def video_no(connection: sqlite3.Connection, video: VideoId, scope: Scope) -> int | None:
    """Return the number of a video that is there and in scope."""
    row = connection.execute("SELECT no, access FROM videos WHERE id = ?", (video,)).fetchone()
    return int(row[0]) if row is not None and scope.allows(video, row[1]) else None


def stretches_of(connection: sqlite3.Connection, number: int) -> list[Stretch]:
    """Return the parts of a video that have an access class of their own."""
    content = parcels.get(connection, number, "stretches")
    kept = [] if content is None else wire.inflated(content)
    return [Stretch(TimeSpan(start, end), access) for start, end, access in kept]


def shut_of(connection: sqlite3.Connection, number: int, scope: Scope) -> tuple[TimeSpan, ...]:
    """Return the parts of a video that the scope does not allow."""
    if scope.access is None:
        return ()
    return closed(stretches_of(connection, number), scope)


def reclassed(
    layout: Layout,
    spans: Sequence[TimeSpan],
    access: str,
    stretches: Sequence[Stretch],
    whole: TimeSpan,
) -> Layout:
    """Return the layout with each row in the class that holds for its span.

    What is about the file as a whole keeps the class of the video.
    """
    lanes = [block.lane for block in layout.blocks for _ in range(block.rows)]
    rows = [
        (lane, access)
        if lane is Lane.METADATA and span == whole
        else (lane, access_at(span, stretches, access))
        for lane, span in zip(lanes, spans, strict=True)
    ]
    blocks = tuple(Block(*key, sum(1 for _ in run)) for key, run in groupby(rows))
    return Layout(layout.prefix, blocks, layout.ordinals)


Parsed = tuple[TimeSpan, str, tuple[Annotation, ...]]
"""What the shelf keeps of a segment; see ``wire.segment_of``."""


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Some rows of one video, all in scope, with their ids.

    Attributes:
        no: Number of the video.
        video: Which.
        layout: Of all its rows.
        rows: These, with their ids.
        indexed_at: Generation of its index.
    """

    no: int
    video: VideoId
    layout: Layout
    rows: dict[int, SegmentId]
    indexed_at: int

    def segment(self, row: int, held: Parsed) -> Segment:
        """Return the segment of a row from what the shelf keeps of it."""
        span, text, parts = held
        block = self.layout.block_of(row)
        return Segment(self.rows[row], self.video, block.lane, span, text, parts, block.access)


def contents(
    connection: sqlite3.Connection, places: Sequence[Place], kind: str, name: str = ""
) -> Iterator[tuple[Place, int, bytes]]:
    """Yield what a shelf keeps for the rows of places."""
    wanted = {place.no: list(place.rows) for place in places}
    taken = parcels.take_of(connection, kind, name, wanted)
    for place in places:
        for row, content in taken[place.no].items():
            yield place, row, content


def recent(
    connection: sqlite3.Connection,
    places: Sequence[Place],
    kept: parcels.Recent[T],
    kind: str,
    name: str = "",
) -> Iterator[tuple[Place, int, T]]:
    """Yield the same parsed, through what was read lately."""
    wanted = [(place.no, place.indexed_at, row) for place in places for row in sorted(place.rows)]
    taken = kept.take(connection, kind, name, wanted)
    for place in places:
        for row in place.rows:
            address = (place.no, place.indexed_at, row)
            if address in taken:
                yield place, row, taken[address]


def of_video(connection: sqlite3.Connection, video: VideoId, scope: Scope) -> list[Place]:
    """Return the place of all rows of a video that are in scope, or nothing."""
    number = video_no(connection, video, scope)
    content = None if number is None else parcels.get(connection, number, "layout")
    if number is None or content is None:
        return []
    layout = layout_of(video[:16], content)
    rows = {
        row: segment
        for row, segment in enumerate(layout.ids())
        if scope.allows(video, layout.block_of(row).access)
    }
    return [Place(number, video, layout, rows, 0)]


Known = Callable[[int, int], Layout | None]
"""Gives the layout of a video's number and generation where it is at hand."""


def of_segments(
    connection: sqlite3.Connection, ids: Sequence[SegmentId], scope: Scope, known: Known
) -> list[Place]:
    """Return where those of ``ids`` are that exist in scope, one place per video."""
    asked: dict[str, list[SegmentId]] = {}
    for segment in ids:
        asked.setdefault(segment.rpartition("/")[0].rpartition("/")[0], []).append(segment)
    places = []
    videos = connection.execute(
        "SELECT prefix, id, no, access, indexed_at FROM videos "
        "WHERE prefix IN (SELECT value FROM json_each(?))",
        (json.dumps(list(asked)),),
    ).fetchall()
    for prefix, vid, number, access, indexed_at in videos:
        video, wanted = VideoId(vid), asked[prefix]
        if not scope.allows(video, access):
            continue
        layout = known(number, indexed_at)
        if layout is None:
            content = parcels.get(connection, number, "layout")
            if content is None:
                continue
            layout = layout_of(prefix, content)
        rows = {
            at: segment
            for segment in wanted
            if (at := layout.row_of(segment)) is not None
            and scope.allows(video, layout.block_of(at).access)
        }
        places.append(Place(number, video, layout, rows, indexed_at))
    return places
