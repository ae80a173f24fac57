"""From ids of segments to where their bytes are, within the scope."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from viewfinder.adapters.stores.sqlite import parcels, wire
from viewfinder.adapters.stores.sqlite.layout import Layout, layout_of
from viewfinder.domain.media import VideoId
from viewfinder.domain.policy import Scope
from viewfinder.domain.segment import Segment, SegmentId


def video_no(connection: sqlite3.Connection, video: VideoId, scope: Scope) -> int | None:
    """Return the number of a video that is there and in scope."""
    row = connection.execute("SELECT no, access FROM videos WHERE id = ?", (video,)).fetchone()
    return int(row[0]) if row is not None and scope.allows(video, row[1]) else None


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Some rows of one video, all in scope, with their ids."""

    no: int
    video: VideoId
    layout: Layout
    rows: dict[int, SegmentId]

    def contents(
        self, connection: sqlite3.Connection, kind: str, name: str = ""
    ) -> Iterator[tuple[SegmentId, bytes]]:
        """Yield what a shelf keeps for these rows."""
        taken = parcels.take(connection, self.no, kind, name, list(self.rows))
        for row, content in taken.items():
            yield self.rows[row], content

    def segments(self, connection: sqlite3.Connection) -> Iterator[Segment]:
        taken = parcels.take(connection, self.no, "segment", "", list(self.rows))
        for row, content in taken.items():
            span, text, parts = wire.segment_of(content)
            block = self.layout.block_of(row)
            yield Segment(self.rows[row], self.video, block.lane, span, text, parts, block.access)


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
    return [Place(number, video, layout, rows)]


def of_segments(
    connection: sqlite3.Connection, ids: Sequence[SegmentId], scope: Scope
) -> list[Place]:
    """Return where those of ``ids`` are that exist in scope, one place per video."""
    asked: dict[str, list[SegmentId]] = {}
    for segment in ids:
        asked.setdefault(segment.rpartition("/")[0].rpartition("/")[0], []).append(segment)
    places = []
    for prefix, wanted in asked.items():
        row = connection.execute("SELECT id FROM videos WHERE prefix = ?", (prefix,)).fetchone()
        video = None if row is None else VideoId(row[0])
        number = None if video is None else video_no(connection, video, scope)
        content = None if number is None else parcels.get(connection, number, "layout")
        if video is None or number is None or content is None:
            continue
        layout = layout_of(prefix, content)
        rows = {
            at: segment
            for segment in wanted
            if (at := layout.row_of(segment)) is not None
            and scope.allows(video, layout.block_of(at).access)
        }
        places.append(Place(number, video, layout, rows))
    return places
