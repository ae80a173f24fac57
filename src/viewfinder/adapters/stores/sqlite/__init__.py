"""The default store: one SQLite file as the only truth, and what searches it in RAM.

``database`` opens the file and has its tables, ``parcels`` keeps bytes so that they can
be forgotten, ``wire`` turns nouns into bytes, ``layout`` says where segments stand,
``writes`` commits and erases, ``chain`` is the log; ``mirror`` searches, with ``lexicon``
and ``vectors`` in RAM.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewfinder.adapters.stores.sqlite import (
    chain,
    database,
    layout,
    parcels,
    vectors,
    wire,
    writes,
)
from viewfinder.adapters.stores.sqlite.chain import verify_log
from viewfinder.adapters.stores.sqlite.database import Database
from viewfinder.adapters.stores.sqlite.mirror import Behind, Mirror, best
from viewfinder.domain.access import Stretch, opened
from viewfinder.domain.annotation import Track
from viewfinder.domain.conversation import ConversationId, Heading, Kept
from viewfinder.domain.errors import StoreError
from viewfinder.domain.log.check import LogCheck
from viewfinder.domain.media import Video, VideoId
from viewfinder.domain.policy import Erasure, Scope
from viewfinder.domain.provenance import AuditEvent
from viewfinder.domain.registry import Fact
from viewfinder.domain.search import Hit, Leg
from viewfinder.domain.segment import (
    Detail,
    Embedded,
    EmbeddingSpace,
    Segment,
    SegmentId,
    misfit,
)
from viewfinder.domain.slips import Slip, SlipId, SlipKind, reaches
from viewfinder.domain.time import TimeSpan
from viewfinder.ports import Plugin, StageRecord, Store, Trail, Vault

_SCOPES = 64
"""Scopes for which the list of videos is kept."""
_READ_BYTES = 64 * 1024 * 1024
"""Of memory for segments that were read lately."""
_PARSED = 14
"""So much more memory parsed notes take than their deflated text: the mean of 42,000."""

__all__ = ["Config", "LogCheck", "SqliteStore", "plugin", "verify_log"]


@dataclass(frozen=True, slots=True)
class Config:
    """Where the library is.

    Attributes:
        folder: Holds ``library.sqlite`` and the files beside it; made where missing.
        read_only: Never write; the library must be there.
        wait_s: How long to wait for another process before giving up, in seconds.
        vault: Encrypts what is kept; None keeps it as it is.
    """

    folder: Path
    read_only: bool = False
    wait_s: float = 10.0
    vault: Vault | None = None


class SqliteStore:
    """Implements ``ports.Store``; may be shared by threads: they read side by side."""

    def __init__(self, config: Config) -> None:
        folder = Path(config.folder).absolute()
        self._database = Database(
            folder, read_only=config.read_only, wait_s=config.wait_s, vault=config.vault
        )
        self._mirror = Mirror()
        self._read = parcels.Recent(_READ_BYTES, wire.segment_of, _PARSED)
        self._videos: dict[int, tuple[int, Video]] = {}
        self._listed: dict[Scope, tuple[int, tuple[Video, ...]]] = {}
        try:
            writes.finish(self._database)
        except BaseException:
            self._database.close()
            raise

    def writing(self) -> AbstractContextManager[None]:
        return self._database.adding()

    def commit_video(self, video: Video, *, access: str | None = None, event: AuditEvent) -> None:
        with self._database.adding(), self._database.changing() as connection:
            writes.put_video(connection, video, access)
            chain.append(connection, event)

    def commit_access(
        self,
        video: VideoId,
        access: str,
        stretches: Sequence[Stretch],
        *,
        fact: tuple[str, str] | None = None,
        event: AuditEvent,
    ) -> None:
        with self._database.changing() as connection:
            writes.put_access(connection, video, access, stretches)
            if fact is not None:
                writes.put_fact(connection, *fact, video, event)
            chain.append(connection, event)

    def commit_stage(
        self,
        video: VideoId,
        record: StageRecord,
        *,
        tracks: Sequence[Track] = (),
        thumbnails: Mapping[int, bytes] | None = None,
        arrays: Mapping[str, NDArray[Any]] | None = None,
        event: AuditEvent,
    ) -> None:
        with self._database.adding(), self._database.changing() as connection:
            writes.put_stage(connection, video, record, tracks, thumbnails, arrays)
            chain.append(connection, event)

    def commit_index(
        self,
        video: VideoId,
        record: StageRecord,
        segments: Sequence[Segment],
        embedded: Sequence[Embedded],
        *,
        event: AuditEvent,
    ) -> None:
        if wrong := misfit(video, segments, embedded):
            raise StoreError(wrong)
        with self._database.adding(), self._database.changing() as connection:
            writes.put_index(connection, video, record, segments, embedded)
            chain.append(connection, event)

    def videos(self, *, scope: Scope) -> list[Video]:
        with self._database.reading() as connection:
            generation = int(database.meta(connection, "generation") or 0)
            listed = self._listed.get(scope)
            if listed is None or listed[0] != generation:
                videos = tuple(
                    self._video(connection, number, noted_at)
                    for number, noted_at in layout.videos_in(connection, scope)
                )
                listed = generation, videos
                if len(self._listed) >= _SCOPES:
                    self._listed.clear()
                self._listed[scope] = listed
            return list(listed[1])

    def _video(self, connection: sqlite3.Connection, number: int, noted_at: int) -> Video:
        known = self._videos.get(number)
        if known is None or known[0] != noted_at:
            content = parcels.get(connection, number, "video") or b""
            known = noted_at, wire.video_of(content)
            self._videos[number] = known
        return known[1]

    def access_of(self, video: VideoId) -> str:
        with self._database.reading() as connection:
            row = connection.execute("SELECT access FROM videos WHERE id = ?", (video,)).fetchone()
            return "default" if row is None else str(row[0])

    def is_there(self, video: VideoId) -> bool:
        with self._database.reading() as connection:
            row = connection.execute("SELECT 1 FROM videos WHERE id = ?", (video,)).fetchone()
            return row is not None

    def stretches(self, video: VideoId) -> list[Stretch]:
        with self._database.reading() as connection:
            row = connection.execute("SELECT no FROM videos WHERE id = ?", (video,)).fetchone()
            return [] if row is None else layout.stretches_of(connection, row[0])

    def access_classes(self) -> list[str]:
        with self._database.reading() as connection:
            names = {name for (name,) in connection.execute("SELECT DISTINCT access FROM videos")}
            parted = connection.execute("SELECT video FROM parcels WHERE kind = 'stretches'")
            for (number,) in parted.fetchall():
                names.update(s.access for s in layout.stretches_of(connection, number))
            return sorted(names)

    def stages(self, video: VideoId) -> list[StageRecord]:
        with self._database.reading() as connection:
            row = connection.execute("SELECT no FROM videos WHERE id = ?", (video,)).fetchone()
            kept = [] if row is None else parcels.every(connection, row[0], "stage")
            return [wire.record_of(content) for content in kept]

    def tracks(self, video: VideoId, *, scope: Scope) -> list[Track]:
        with self._database.reading() as connection:
            number = layout.video_no(connection, video, scope)
            if number is None:
                return []
            kept = [wire.track_of(body) for body in parcels.every(connection, number, "track")]
            shut = layout.shut_of(connection, number, scope)
            if not shut:
                return kept
            whole = wire.video_of(parcels.get(connection, number, "video") or b"").span
            return [opened(track, shut, whole=whole) for track in kept]

    def arrays(self, video: VideoId, stage: str, *, scope: Scope) -> dict[str, NDArray[Any]]:
        with self._database.reading() as connection:
            number = layout.video_no(connection, video, scope)
            if number is None or layout.shut_of(connection, number, scope):
                return {}
            kept = parcels.every(connection, number, "array", stage)
            return dict(wire.array_of(content) for content in kept)

    def thumbnail(self, video: VideoId, at_ns: int, *, scope: Scope) -> bytes | None:
        with self._database.reading() as connection:
            number = layout.video_no(connection, video, scope)
            if number is None:
                return None
            shelves = connection.execute(
                "SELECT DISTINCT name FROM parcels WHERE video = ? AND kind = 'thumbnail'",
                (number,),
            ).fetchall()
            shut = layout.shut_of(connection, number, scope)
            near = [
                (abs(at - at_ns), at, stage, content)
                for (stage,) in shelves
                for at, content in parcels.around(
                    connection, number, "thumbnail", stage, at_ns, without=shut
                )
            ]
            return min(near)[3] if near else None

    def spaces(self) -> list[EmbeddingSpace]:
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT name, revision, dimensions FROM spaces WHERE CAST(no AS TEXT) IN "
                "(SELECT name FROM parcels WHERE kind = 'codes') ORDER BY name, revision"
            )
            return [EmbeddingSpace(*row) for row in rows]

    def search(self, leg: Leg, *, scope: Scope, limit: int) -> list[Hit]:
        while True:
            with suppress(Behind), self._database.reading() as connection:
                return best(self._mirror, connection, leg, scope, limit)

    def segments(self, ids: Sequence[SegmentId], *, scope: Scope) -> list[Segment]:
        with self._database.reading() as connection:
            places = layout.of_segments(connection, ids, scope, self._mirror.layout)
            found = {
                place.rows[row]: place.segment(row, held)
                for place, row, held in layout.recent(connection, places, self._read, "segment")
            }
            return [found[i] for i in ids if i in found]

    def segments_of(
        self, video: VideoId, *, scope: Scope, during: TimeSpan | None = None
    ) -> list[Segment]:
        with self._database.reading() as connection:
            places = layout.of_video(connection, video, scope)
            return [
                place.segment(row, wire.segment_of(content))
                for place, row, content in layout.contents(connection, places, "segment")
                if during is None or wire.span_of(content).overlap_ns(during)
            ]

    def details(
        self, ids: Sequence[SegmentId], space: EmbeddingSpace, *, scope: Scope
    ) -> dict[SegmentId, Detail]:
        with self._database.reading() as connection:
            name = str(database.space_no(connection, space))
            places = layout.of_segments(connection, ids, scope, self._mirror.layout)
            return {
                place.rows[row]: wire.detail_of(content, space.dimensions)
                for place, row, content in layout.contents(connection, places, "detail", name)
            }

    def pooled(
        self, ids: Sequence[SegmentId], space: EmbeddingSpace, *, scope: Scope
    ) -> dict[SegmentId, NDArray[np.float32]]:
        with self._database.reading() as connection:
            name = str(database.space_no(connection, space))
            places = layout.of_segments(connection, ids, scope, self._mirror.layout)
            kept = list(layout.recent(connection, places, self._mirror.fine, "fine", name))
        rows = vectors.fine_rows([content for *_, content in kept], space.dimensions)
        held = [place.rows[row] for place, row, _ in kept]
        return dict(zip(held, vectors.unit(rows), strict=True))

    def counts(self, *, scope: Scope) -> dict[str, int]:
        while True:
            with suppress(Behind), self._database.reading() as connection:
                shown = len(layout.videos_in(connection, scope))
                with self._mirror.at(connection):
                    lanes = self._mirror.lane_counts(scope)
                return {"videos": shown, **{lane.value: count for lane, count in lanes.items()}}

    def generation(self) -> int:
        with self._database.reading("") as connection:
            return int(database.meta(connection, "generation") or 0)

    def erase(self, video: VideoId, *, event: AuditEvent) -> Erasure:
        try:
            return writes.erase(self._database, video, event)
        finally:  # after it, since whoever read meanwhile may have kept what goes
            self._videos.clear()
            self._listed.clear()
            self._let_go()

    def _let_go(self) -> None:
        """Keep nothing that was read of what was just forgotten."""
        with suppress(StoreError), self._database.reading() as connection:  # or the next read does
            self._read.settle(connection)
            self._mirror.fine.settle(connection)

    def erase_stretches(
        self,
        video: VideoId,
        spans: Sequence[TimeSpan],
        *,
        fact: tuple[str, str] | None = None,
        event: AuditEvent,
    ) -> Erasure:
        try:
            return writes.erase_stretches(self._database, video, spans, fact, event)
        finally:
            self._let_go()

    def renewals(self, video: VideoId) -> int:
        with self._database.reading() as connection:
            if not database.has_table(connection, "renewals"):
                return 0
            row = connection.execute(
                "SELECT r.times FROM renewals r JOIN videos v ON v.no = r.video WHERE v.id = ?",
                (video,),
            ).fetchone()
            return 0 if row is None else int(row[0])

    def unreadable(self) -> tuple[list[VideoId], list[ConversationId]]:
        with self._database.reading() as connection:
            # All that is kept of a video is under one key; its facts stand for the rest.
            videos = connection.execute(
                "SELECT v.id, b.body FROM videos v JOIN parcels p ON p.video = v.no "
                "AND p.kind = 'video' JOIN bodies b ON b.no = p.body ORDER BY v.id"
            )
            lost = [VideoId(v) for v, b in videos if parcels.readable(connection, b) is None]
            talks = connection.execute(
                "SELECT c.id, b.body FROM conversations c JOIN bodies b ON b.no = c.heading "
                "ORDER BY c.id"
            )
            mute = [ConversationId(c) for c, b in talks if parcels.readable(connection, b) is None]
            return lost, mute

    def encrypt(self) -> Iterator[int]:
        yield from writes.encrypt(self._database)

    def commit_fact(
        self, kind: str, body: str, *, video: VideoId | None = None, event: AuditEvent
    ) -> Fact:
        with self._database.changing() as connection:
            fact = writes.put_fact(connection, kind, body, video, event)
            chain.append(connection, event)
            return fact

    def facts(self, kind: str) -> list[Fact]:
        with self._database.reading() as connection:
            if not database.has_table(connection, "facts"):
                return []
            rows = connection.execute(
                "SELECT f.no, v.id, b.body FROM facts f JOIN bodies b ON b.no = f.body "
                "LEFT JOIN videos v ON v.no = f.video WHERE f.kind = ? ORDER BY f.no",
                (kind,),
            )
            return [
                wire.fact_of(no, kind, video, parcels.unwrapped(connection, body))
                for no, video, body in rows
            ]

    def commit_conversation(
        self, heading: Heading, bodies: Sequence[bytes], *, event: AuditEvent
    ) -> bool:
        with self._database.changing() as connection:
            is_kept = writes.put_conversation(connection, heading, bodies)
            if is_kept:
                chain.append(connection, event)
            return is_kept

    def conversations(self, *, scope: Scope, principal: str) -> list[Heading]:
        with self._database.reading() as connection:
            shown = [heading for _, heading in self._headings(connection, scope, principal)]
        return sorted(shown, key=lambda h: (h.changed, h.id), reverse=True)

    def conversation(
        self, conversation: ConversationId, *, scope: Scope, principal: str
    ) -> Kept | None:
        with self._database.reading() as connection:
            for number, heading in self._headings(connection, scope, principal, conversation):
                rows = connection.execute(
                    "SELECT b.body FROM conversation_turns t JOIN bodies b ON b.no = t.body "
                    "WHERE t.conversation = ? ORDER BY t.turn",
                    (number,),
                )
                return Kept(
                    heading, tuple(bytes(parcels.unwrapped(connection, body)) for (body,) in rows)
                )
        return None

    def _headings(
        self,
        connection: sqlite3.Connection,
        scope: Scope,
        principal: str,
        conversation: ConversationId | None = None,
    ) -> Iterator[tuple[int, Heading]]:
        """Yield (number, heading) of the principal's conversations in scope: one, or all."""
        if not database.has_table(connection, "conversations"):
            return
        found = connection.execute(
            "SELECT c.no, c.id, c.turns, b.body, (SELECT json_group_array(json_array(v.no, v.id, "
            "v.access)) FROM conversation_videos w JOIN videos v ON v.no = w.video "
            "WHERE w.conversation = c.no) FROM conversations c JOIN bodies b ON b.no = c.heading "
            "WHERE c.principal = :principal AND (:id IS NULL OR c.id = :id)",
            {"principal": principal, "id": conversation},
        )
        for number, name, turns, body, listed in found:
            videos = json.loads(listed)
            if all(
                scope.allows(VideoId(video), access) and not layout.shut_of(connection, no, scope)
                for no, video, access in videos
            ):
                title, started, changed = wire.heading_of(parcels.unwrapped(connection, body))
                of = frozenset(VideoId(video) for _, video, _ in videos)
                name = ConversationId(name)
                yield number, Heading(name, title, started, changed, principal, turns, of)

    def conversations_with(self, video: VideoId) -> list[ConversationId]:
        with self._database.reading() as connection:
            if not database.has_table(connection, "conversations"):
                return []
            rows = connection.execute(
                "SELECT c.id FROM conversations c JOIN conversation_videos w ON "
                "w.conversation = c.no JOIN videos v ON v.no = w.video WHERE v.id = ? "
                "ORDER BY c.id",
                (video,),
            )
            return [ConversationId(name) for (name,) in rows]

    def forget_conversation(
        self, conversation: ConversationId, *, event: AuditEvent
    ) -> tuple[str, ...]:
        return writes.erase_conversation(self._database, conversation, event)

    def commit_slips(self, slips: Sequence[Slip], *, event: AuditEvent) -> bool:
        with self._database.changing() as connection:
            is_kept = writes.put_slips(connection, slips)
            if is_kept:
                chain.append(connection, event)
            return is_kept

    def slips(self, kind: SlipKind, *, scope: Scope, principal: str) -> list[Slip]:
        with self._database.reading() as connection:
            if not database.has_table(connection, "slips"):
                return []
            rows = connection.execute(
                "SELECT s.id, s.kind, s.root, s.principal, s.shared, b.body, (SELECT "
                "json_group_array(json_array(v.no, v.id, v.access)) FROM slip_videos w "
                "JOIN videos v ON v.no = w.video WHERE w.slip = s.no) FROM slips s "
                "JOIN slips r ON r.id = s.root JOIN bodies b ON b.no = s.body "
                "WHERE s.kind = ? AND (s.principal = ? OR r.shared) ORDER BY s.no",
                (kind, principal),
            ).fetchall()
            found = []
            for *row, body, listed in rows:
                videos = json.loads(listed)
                if not all(scope.allows(VideoId(v), access) for _, v, access in videos):
                    continue
                content = parcels.readable(connection, body)
                if content is None:
                    continue  # of a backup, and forgotten since
                slip = wire.slip_of(
                    tuple(row), frozenset(VideoId(v) for _, v, _ in videos), content
                )
                shut = [layout.shut_of(connection, no, scope) for no, *_ in videos]
                if not any(reaches(slip.span, parts) for parts in shut):
                    found.append(slip)
            return found

    def forget_slips(self, ids: Sequence[SlipId], *, event: AuditEvent) -> tuple[str, ...]:
        return writes.erase_slips(self._database, ids, event)

    @property
    def trail(self) -> Trail:
        return chain.SqliteTrail(self._database)

    def log(self, event: AuditEvent) -> None:
        with self._database.changing() as connection:
            chain.append(connection, event)

    def close(self) -> None:
        self._database.close()


plugin: Plugin[Config, Store] = Plugin(Config, SqliteStore)
