"""What one commit writes, and what an erasure takes away."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewfinder.adapters.stores.sqlite import chain, database, lexicon, parcels, vectors, wire
from viewfinder.adapters.stores.sqlite.database import Connection, Database
from viewfinder.adapters.stores.sqlite.layout import (
    Layout,
    laid_out,
    layout_bytes,
    layout_of,
    reclassed,
    stretches_of,
)
from viewfinder.domain import forgotten
from viewfinder.domain.access import Stretch, opened
from viewfinder.domain.annotation import Track
from viewfinder.domain.conversation import ConversationId, Heading
from viewfinder.domain.errors import StoreError
from viewfinder.domain.keys import FACTS, of_conversation, of_slip
from viewfinder.domain.media import Video, VideoId
from viewfinder.domain.policy import Erasure
from viewfinder.domain.provenance import AuditEvent
from viewfinder.domain.registry import Fact
from viewfinder.domain.segment import Embedded, EmbeddingSpace, Segment
from viewfinder.domain.slips import Slip, SlipId, reaches
from viewfinder.domain.time import TimeSpan
from viewfinder.ports import StageRecord


def put_video(connection: sqlite3.Connection, video: Video, access: str | None) -> None:
    row = connection.execute("SELECT id FROM videos WHERE prefix = ?", (video.id[:16],)).fetchone()
    if row is not None and row[0] != video.id:
        raise StoreError(f"two videos share the first 16 characters of {video.id!r}")
    generation = database.next_generation(connection)
    connection.execute(
        "INSERT INTO videos (id, prefix, access, noted_at, indexed_at) "
        "VALUES (:id, :prefix, coalesce(:access, 'default'), :now, 0) ON CONFLICT (id) "
        "DO UPDATE SET noted_at = :now, access = coalesce(:access, access)",
        {"id": video.id, "prefix": video.id[:16], "access": access, "now": generation},
    )
    number = _number(connection, video.id)
    parcels.drop(connection, number, "video")
    parcels.put(connection, number, "video", "", wire.video_bytes(video))


def put_access(
    connection: sqlite3.Connection, video: VideoId, access: str, stretches: Sequence[Stretch]
) -> None:
    """Give a video and parts of it their access classes, and the rows of its index theirs."""
    number = _number(connection, video)
    generation = database.next_generation(connection)
    connection.execute("UPDATE videos SET access = ? WHERE no = ?", (access, number))
    parcels.drop(connection, number, "stretches")
    kept = [[s.span.start_ns, s.span.end_ns, s.access] for s in stretches]
    parcels.put(connection, number, "stretches", "", wire.deflated(kept))
    content = parcels.get(connection, number, "layout")
    if content is None:
        return
    before = layout_of(video[:16], content)
    rows = parcels.take(connection, number, "segment", "", range(len(before.ordinals)))
    spans = [wire.span_of(rows[row]) for row in sorted(rows)]
    texts = [wire.segment_of(rows[row])[1] for row in sorted(rows)]
    after = _classed(connection, number, before, spans)
    parcels.drop(connection, number, "layout")
    parcels.put(connection, number, "layout", "", layout_bytes(after))
    parcels.drop(connection, number, "words")
    parcels.put(connection, number, "words", "", _words(after, texts))
    connection.execute("UPDATE videos SET indexed_at = ? WHERE no = ?", (generation, number))


def _classed(
    connection: sqlite3.Connection, number: int, layout: Layout, spans: Sequence[TimeSpan]
) -> Layout:
    """Return the layout in the access classes that hold for the video now."""
    access = connection.execute("SELECT access FROM videos WHERE no = ?", (number,)).fetchone()[0]
    whole = wire.video_of(parcels.get(connection, number, "video") or b"").span
    return reclassed(layout, spans, access, stretches_of(connection, number), whole)


def _words(layout: Layout, texts: Sequence[str]) -> bytes:
    left = iter(texts)
    blocks = [[next(left) for _ in range(block.rows)] for block in layout.blocks]
    return lexicon.words_bytes(blocks)


def put_stage(
    connection: sqlite3.Connection,
    video: VideoId,
    record: StageRecord,
    tracks: Sequence[Track] = (),
    thumbnails: Mapping[int, bytes] | None = None,
    arrays: Mapping[str, NDArray[Any]] | None = None,
) -> int:
    """Replace one stage; return the video's number."""
    number, stage = _number(connection, video), record.stage
    database.next_generation(connection)
    for kind in ("stage", "track", "array", "thumbnail"):
        parcels.drop(connection, number, kind, stage)
    parcels.put(connection, number, "stage", stage, wire.record_bytes(record))
    _put_tracks(connection, number, stage, tracks)
    _put_arrays(connection, number, stage, arrays or {})
    pictures = sorted((thumbnails or {}).items())
    parcels.put_shelf(connection, number, "thumbnail", stage, pictures)
    return number


def _put_tracks(
    connection: sqlite3.Connection, number: int, stage: str, tracks: Sequence[Track]
) -> None:
    for part, track in enumerate(tracks):
        count = len(track.annotations)
        content = wire.track_bytes(track)
        parcels.put(connection, number, "track", stage, content, part=part, items=count)


def _put_arrays(
    connection: sqlite3.Connection, number: int, stage: str, arrays: Mapping[str, NDArray[Any]]
) -> None:
    for part, (name, array) in enumerate(sorted(arrays.items())):
        content = wire.array_bytes(name, array)
        parcels.put(connection, number, "array", stage, content, part=part)


_INDEX = ("layout", "segment", "words", "codes", "fine", "detail")
"""Kinds of parcels that an index is made of."""


def put_index(
    connection: sqlite3.Connection,
    video: VideoId,
    record: StageRecord,
    segments: Sequence[Segment],
    embedded: Sequence[Embedded],
) -> None:
    """Replace segments, words and vectors of one video."""
    number = put_stage(connection, video, record)
    for kind in _INDEX:
        parcels.drop(connection, number, kind)
    order = sorted(range(len(segments)), key=lambda at: segments[at].id)
    _put_segments(connection, number, video, [segments[at] for at in order])
    for item in embedded:
        _put_vectors(connection, number, item, order)
    generation = database.next_generation(connection)
    connection.execute("UPDATE videos SET indexed_at = ? WHERE no = ?", (generation, number))


def _put_segments(
    connection: sqlite3.Connection, number: int, video: VideoId, segments: Sequence[Segment]
) -> None:
    layout = laid_out(video[:16], segments)
    if parcels.get(connection, number, "stretches") is not None:
        # They were cut under the classes of a while ago; those of now hold.
        layout = _classed(connection, number, layout, [segment.span for segment in segments])
    parcels.put(connection, number, "layout", "", layout_bytes(layout))
    kept = (wire.segment_bytes(s.span, s.text, s.parts) for s in segments)
    parcels.put_shelf(connection, number, "segment", "", enumerate(kept))
    texts = [segment.text for segment in segments]
    parcels.put(connection, number, "words", "", _words(layout, texts))


def _put_vectors(
    connection: sqlite3.Connection, number: int, embedded: Embedded, order: Sequence[int]
) -> None:
    space = embedded.vectors.space
    name = str(_space_no(connection, space))
    rows = np.asarray(embedded.vectors.rows, np.float32)[list(order)]
    there = np.flatnonzero(rows.any(axis=1))
    if len(there):
        codes = vectors.codes_of(rows[there])
        content = parcels.pack(there.astype("<u4"), codes.reshape(-1))
        parcels.put(connection, number, "codes", name, content, items=len(there))
        fine = ((int(at), vectors.fine_bytes(rows[at])) for at in there)
        parcels.put_shelf(connection, number, "fine", name, fine)
    if embedded.details:
        details = ((row, embedded.details[at]) for row, at in enumerate(order))
        kept = ((row, wire.detail_bytes(detail)) for row, detail in details if len(detail.rows))
        parcels.put_shelf(connection, number, "detail", name, kept)


def _number(connection: sqlite3.Connection, video: VideoId) -> int:
    row = connection.execute("SELECT no FROM videos WHERE id = ?", (video,)).fetchone()
    if row is None:
        raise StoreError(f"no video {video!r} in this library: commit it before its stages")
    return int(row[0])


def _space_no(connection: sqlite3.Connection, space: EmbeddingSpace) -> int:
    number = database.space_no(connection, space)
    if number is None:
        cursor = connection.execute(
            "INSERT INTO spaces (name, revision, dimensions) VALUES (?, ?, ?)",
            (space.name, space.revision, space.dimensions),
        )
        number = int(cursor.lastrowid or 0)
    return number


def put_conversation(
    connection: sqlite3.Connection, heading: Heading, bodies: Sequence[bytes]
) -> bool:
    """Add turns to a conversation, if what it continues and shows is there."""
    row = connection.execute(
        "SELECT no, turns, principal, heading FROM conversations WHERE id = ?", (heading.id,)
    ).fetchone()
    held = 0 if row is None else int(row[1])
    videos = connection.execute(
        "SELECT no FROM videos WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
        (json.dumps(sorted(heading.videos)),),
    ).fetchall()
    fits = heading.turns == held + len(bodies) and len(videos) == len(heading.videos)
    if not fits or (row is not None and row[2] != heading.principal):
        return False
    title = wire.heading_bytes(heading.title, heading.started, heading.changed)
    theirs = [parcels.subject(connection, video) for (video,) in videos]
    keys = (of_conversation(heading.id), *theirs)
    body = parcels.put_body(connection, title, *keys)
    if row is None:
        number = connection.execute(
            "INSERT INTO conversations (id, principal, turns, heading) VALUES (?, ?, ?, ?)",
            (heading.id, heading.principal, heading.turns, body),
        ).lastrowid
    else:
        number = row[0]
        connection.execute(
            "UPDATE conversations SET turns = ?, heading = ? WHERE no = ?",
            (heading.turns, body, number),
        )
        connection.execute("DELETE FROM bodies WHERE no = ?", (row[3],))
    connection.executemany(
        "INSERT INTO conversation_turns (conversation, turn, body) VALUES (?, ?, ?)",
        [(number, n, parcels.put_body(connection, b, *keys)) for n, b in enumerate(bodies, held)],
    )
    connection.executemany(
        "INSERT OR IGNORE INTO conversation_videos (video, conversation) VALUES (?, ?)",
        [(video, number) for (video,) in videos],
    )
    return True


def put_fact(
    connection: sqlite3.Connection, kind: str, body: str, video: VideoId | None, event: AuditEvent
) -> Fact:
    number = None if video is None else _number(connection, video)
    said = wire.deflated([event.at, event.principal, body])
    whose = FACTS if number is None else parcels.subject(connection, number)
    kept = parcels.put_body(connection, said, whose)
    row = connection.execute(
        "INSERT INTO facts (kind, video, body) VALUES (?, ?, ?)", (kind, number, kept)
    )
    database.next_generation(connection)
    return Fact(int(row.lastrowid or 0), kind, event.at, event.principal, body, video)


def put_slips(connection: sqlite3.Connection, slips: Sequence[Slip]) -> bool:
    """Keep slips, if all that they point at and hang on is there."""
    known = {slip.id for slip in slips}
    for slip in slips:
        row = connection.execute("SELECT principal FROM slips WHERE id = ?", (slip.id,)).fetchone()
        root = connection.execute("SELECT 1 FROM slips WHERE id = ?", (slip.root,)).fetchone()
        there = len(_numbers(connection, slip.videos)) == len(slip.videos)
        has_root = root is not None or slip.root in known
        if not there or not has_root or (row is not None and row[0] != slip.by):
            return False
    for slip in slips:
        _put_slip(connection, slip)
    return True


def _numbers(connection: sqlite3.Connection, videos: Iterable[VideoId]) -> list[int]:
    rows = connection.execute(
        "SELECT no FROM videos WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
        (json.dumps(sorted(videos)),),
    )
    return [no for (no,) in rows.fetchall()]


def _put_slip(connection: sqlite3.Connection, slip: Slip) -> None:
    videos = _numbers(connection, slip.videos)
    keys = (of_slip(slip.root), *(parcels.subject(connection, no) for no in videos))
    body = parcels.put_body(connection, wire.slip_bytes(slip), *keys)
    before = connection.execute("SELECT no, body FROM slips WHERE id = ?", (slip.id,)).fetchone()
    if before is not None:
        connection.execute("DELETE FROM bodies WHERE no = ?", (before[1],))
        connection.execute("DELETE FROM slip_videos WHERE slip = ?", (before[0],))
    (number,) = connection.execute(
        "INSERT INTO slips (id, kind, root, principal, shared, body) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (id) DO UPDATE SET root = excluded.root, shared = excluded.shared, "
        "body = excluded.body RETURNING no",
        (slip.id, slip.kind, slip.root, slip.by, slip.shared, body),
    ).fetchone()
    connection.executemany("INSERT INTO slip_videos VALUES (?, ?)", [(v, number) for v in videos])


def _drop_slips(connection: sqlite3.Connection, ids: Sequence[str]) -> int:
    """Delete slips and those that hang on them; count them."""
    rows = connection.execute(
        "SELECT no, body FROM slips WHERE id IN (SELECT value FROM json_each(:ids)) "
        "OR root IN (SELECT value FROM json_each(:ids))",
        {"ids": json.dumps(list(ids))},
    ).fetchall()
    connection.executemany("DELETE FROM bodies WHERE no = ?", [(body,) for _, body in rows])
    connection.executemany("DELETE FROM slip_videos WHERE slip = ?", [(no,) for no, _ in rows])
    connection.executemany("DELETE FROM slips WHERE no = ?", [(no,) for no, _ in rows])
    return len(rows)


def slips_of(connection: sqlite3.Connection, video: int) -> list[tuple[str, str, int]]:
    """Return (id, root, body) of the slips that point at a video or name it."""
    return connection.execute(
        "SELECT s.id, s.root, s.body FROM slips s JOIN slip_videos w ON w.slip = s.no "
        "WHERE w.video = ?",
        (video,),
    ).fetchall()


def _cut_slips(connection: sqlite3.Connection, number: int, spans: Sequence[TimeSpan]) -> int:
    """Delete the slips that reach into parts of a video, and seal the others anew."""
    gone: list[str] = []
    for name, _, body in slips_of(connection, number):
        row = connection.execute("SELECT body FROM bodies WHERE no = ?", (body,)).fetchone()
        content = parcels.readable(connection, row[0])
        span = None if content is None else wire.inflated(content)[1]
        if reaches(None if span is None else TimeSpan(*span), spans):
            gone.append(name)
    count = _drop_slips(connection, gone)
    for _, root, body in slips_of(connection, number):
        _seal_slip(connection, root, body)
    return count


def _seal_slip(
    connection: sqlite3.Connection, root: str, body: int, *, only_open: bool = False
) -> int:
    of = connection.execute(
        "SELECT w.video FROM slips s JOIN slip_videos w ON w.slip = s.no JOIN videos v "
        "ON v.no = w.video WHERE s.body = ? ORDER BY v.id",
        (body,),
    ).fetchall()
    whose = (of_slip(root), *(parcels.subject(connection, video) for (video,) in of))
    return parcels.reseal(connection, [body], *whose, only_open=only_open)


def erase_slips(library: Database, ids: Sequence[SlipId], event: AuditEvent) -> tuple[str, ...]:
    """Forget slips and all that hangs on them, to the byte; return what remains."""
    with library.changing() as connection:
        _drop_slips(connection, ids)
        _note_erasure(connection, event)
    return _remains(library)


_PENDING = (
    "bytes of it may be left in library.sqlite-wal while another process reads; "
    "the next opening of the library removes them"
)
_COUNTED = {
    "stages": "stage",
    "annotations": "track",
    "arrays": "array",
    "thumbnails": "thumbnail",
    "segments": "segment",
    "vectors": "codes",
    "conversations": "conversation",
    "facts": "fact",
    "slips": "slip",
}
_WITH_VIDEO = "no IN (SELECT conversation FROM conversation_videos WHERE video = ?)"


def erase(library: Database, video: VideoId, event: AuditEvent) -> Erasure:
    """Forget ``video``, to the byte; the log keeps the event, and with it the id.

    Deleting writes zeros over its pages (see ``parcels``), but first into the WAL, whose
    older frames still hold what was written before. So an erasure ends only when the WAL
    has been carried over and cut to nothing. Until then ``meta`` says that an erasure is
    pending, and whoever opens the library next ends it, also after a crash.
    """
    with library.changing() as connection:
        removed = _delete(connection, video)
        _note_erasure(connection, event)
    return Erasure(video, event.at, tuple(removed.items()), _remains(library))


def erase_stretches(
    library: Database,
    video: VideoId,
    spans: Sequence[TimeSpan],
    fact: tuple[str, str] | None,
    event: AuditEvent,
) -> Erasure:
    """Forget parts of ``video``, to the byte; what is left is sealed under a new key.

    An adder in the middle of its work could bring the parts back, so it is waited for.
    """
    with library.adding(), library.changing() as connection:
        number = _number(connection, video)
        connection.execute(
            "INSERT INTO renewals VALUES (?, 1) "
            "ON CONFLICT (video) DO UPDATE SET times = times + 1",
            (number,),
        )
        before = _counted(connection, number)
        talks = _drop_conversations(connection, _WITH_VIDEO, number)
        _cut_out(connection, number, spans)
        removed = {kind: before[kind] - now for kind, now in _counted(connection, number).items()}
        if fact is not None:
            put_fact(connection, *fact, video, event)
        _seal_video(connection, number)
        slips = _cut_slips(connection, number, spans)
        connection.execute("UPDATE videos SET indexed_at = 0 WHERE no = ?", (number,))
        database.next_generation(connection)
        _note_erasure(connection, event)
    counts = {**removed, "conversation": talks, "slip": slips}
    told = [(name, counts[kind]) for name, kind in _COUNTED.items() if kind in counts]
    return Erasure(video, event.at, tuple(told), _remains(library), tuple(spans))


_TIMED = ("track", "thumbnail", "segment", "codes")
"""Kinds of which a part may go."""


def _counted(connection: sqlite3.Connection, number: int) -> dict[str, int]:
    rows = connection.execute(
        "SELECT kind, sum(items) FROM parcels WHERE video = ? GROUP BY kind", (number,)
    )
    counted = dict.fromkeys(_TIMED, 0)
    return counted | {kind: count for kind, count in rows if kind in counted}


def _cut_out(connection: sqlite3.Connection, number: int, spans: Sequence[TimeSpan]) -> None:
    """Delete all that reaches into ``spans``, and the index as a whole."""
    for kind in _INDEX:
        parcels.drop(connection, number, kind)
    parcels.drop(connection, number, "stage", "index")
    whole = wire.video_of(parcels.get(connection, number, "video") or b"").span
    for stage in _names(connection, number, "track"):
        tracks = [wire.track_of(b) for b in parcels.every(connection, number, "track", stage)]
        parcels.drop(connection, number, "track", stage)
        _put_tracks(connection, number, stage, [opened(t, spans, whole=whole) for t in tracks])
    for stage in _names(connection, number, "thumbnail"):
        pictures = dict(parcels.shelf(connection, number, "thumbnail", stage))
        left = forgotten.thumbnails_without(pictures, spans)
        parcels.drop(connection, number, "thumbnail", stage)
        parcels.put_shelf(connection, number, "thumbnail", stage, sorted(left.items()))
    for stage in _names(connection, number, "array"):
        bodies = parcels.every(connection, number, "array", stage)
        arrays = forgotten.arrays_without(dict(wire.array_of(b) for b in bodies), spans)
        parcels.drop(connection, number, "array", stage)
        _put_arrays(connection, number, stage, arrays)


def _names(connection: sqlite3.Connection, number: int, kind: str) -> list[str]:
    rows = connection.execute(
        "SELECT DISTINCT name FROM parcels WHERE video = ? AND kind = ? ORDER BY name",
        (number, kind),
    )
    return [name for (name,) in rows.fetchall()]


def encrypt(library: Database) -> Iterator[int]:
    """Seal what lies open, one video or conversation a transaction; yield how many bodies."""
    connection = library.connection
    if not isinstance(connection, Connection) or connection.vault is None:
        raise StoreError("encryption is off: take `encrypt = false` out of [keys] first")
    with library.reading() as connection:
        videos = connection.execute("SELECT no FROM videos").fetchall()
        talks = connection.execute("SELECT no FROM conversations").fetchall()
    for (number,) in videos:
        with library.adding(), library.changing() as connection:
            is_there = connection.execute("SELECT 1 FROM videos WHERE no = ?", (number,)).fetchone()
            count = _seal_video(connection, number, only_open=True) if is_there else 0
        yield count
    for (number,) in talks:
        with library.changing() as connection:
            count = _seal_talk(connection, number)
        yield count
    with library.changing() as connection:
        rows = connection.execute("SELECT body FROM facts WHERE video IS NULL").fetchall()
        count = parcels.reseal(connection, [body for (body,) in rows], FACTS, only_open=True)
        for root, body in connection.execute("SELECT root, body FROM slips").fetchall():
            count += _seal_slip(connection, root, body, only_open=True)
        connection.execute("INSERT OR REPLACE INTO meta VALUES ('pending_erasure', 1)")
    finish(library)
    yield count


def _seal_video(connection: sqlite3.Connection, number: int, *, only_open: bool = False) -> int:
    rows = connection.execute(
        "SELECT body FROM parcels WHERE video = :no UNION ALL "
        "SELECT body FROM facts WHERE video = :no",
        {"no": number},
    ).fetchall()
    whose = parcels.subject(connection, number)
    return parcels.reseal(connection, [body for (body,) in rows], whose, only_open=only_open)


def _seal_talk(connection: sqlite3.Connection, number: int) -> int:
    row = connection.execute("SELECT id FROM conversations WHERE no = ?", (number,)).fetchone()
    if row is None:
        return 0
    of = connection.execute(
        "SELECT w.video FROM conversation_videos w JOIN videos v ON v.no = w.video "
        "WHERE w.conversation = ? ORDER BY v.id",
        (number,),
    ).fetchall()
    rows = connection.execute(
        "SELECT heading FROM conversations WHERE no = :no UNION ALL "
        "SELECT body FROM conversation_turns WHERE conversation = :no",
        {"no": number},
    ).fetchall()
    whose = (of_conversation(row[0]), *(parcels.subject(connection, video) for (video,) in of))
    return parcels.reseal(connection, [body for (body,) in rows], *whose, only_open=True)


def erase_conversation(
    library: Database, conversation: ConversationId, event: AuditEvent
) -> tuple[str, ...]:
    """Forget one conversation, to the byte; return what remains."""
    with library.changing() as connection:
        _drop_conversations(connection, "id = ?", conversation)
        _note_erasure(connection, event)
    return _remains(library)


def _note_erasure(connection: sqlite3.Connection, event: AuditEvent) -> None:
    chain.append(connection, event)
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('pending_erasure', 1)")


def _remains(library: Database) -> tuple[str, ...]:
    return () if finish(library) else (_PENDING,)


def _delete(connection: sqlite3.Connection, video: VideoId) -> dict[str, int]:
    row = connection.execute("SELECT no FROM videos WHERE id = ?", (video,)).fetchone()
    counts: dict[str, int] = {}
    if row is not None:
        talks = _drop_conversations(connection, _WITH_VIDEO, row[0])
        facts = connection.execute("SELECT body FROM facts WHERE video = ?", row).fetchall()
        connection.executemany("DELETE FROM bodies WHERE no = ?", facts)
        connection.execute("DELETE FROM facts WHERE video = ?", row)
        slips = _drop_slips(connection, [name for name, *_ in slips_of(connection, row[0])])
        dropped = parcels.drop_all(connection, row[0])
        connection.execute("DELETE FROM renewals WHERE video = ?", row)
        counts = {**dropped, "conversation": talks, "fact": len(facts), "slip": slips}
        connection.execute("DELETE FROM videos WHERE no = ?", row)
        database.next_generation(connection)
    removed = {name: counts.get(kind, 0) for name, kind in _COUNTED.items()}
    return {"videos": int(row is not None), **removed}


def _drop_conversations(connection: sqlite3.Connection, which: str, value: int | str) -> int:
    """Delete the conversations that a condition names, with all their bodies; count them."""
    rows = connection.execute(
        f"SELECT no, heading FROM conversations WHERE {which}",  # noqa: S608
        (value,),
    ).fetchall()
    numbers = json.dumps([no for no, _ in rows])
    theirs = "conversation IN (SELECT value FROM json_each(:numbers))"
    for statement in (
        f"DELETE FROM bodies WHERE no IN (SELECT body FROM conversation_turns WHERE {theirs})",  # noqa: S608
        "DELETE FROM bodies WHERE no IN (SELECT value FROM json_each(:headings))",
        f"DELETE FROM conversation_turns WHERE {theirs}",  # noqa: S608
        f"DELETE FROM conversation_videos WHERE {theirs}",  # noqa: S608
        "DELETE FROM conversations WHERE no IN (SELECT value FROM json_each(:numbers))",
    ):
        connection.execute(
            statement, {"numbers": numbers, "headings": json.dumps([at for _, at in rows])}
        )
    return len(rows)


def finish(library: Database) -> bool:
    """Cut the WAL to nothing if an erasure is pending; tell whether none is any more."""
    if library.read_only:
        return True
    with library.reading() as connection:
        if database.meta(connection, "pending_erasure") is None:
            return True
    library.close_gaps()
    if not library.cut_wal():
        return False
    with library.changing() as connection:
        connection.execute("DELETE FROM meta WHERE name = 'pending_erasure'")
    return True
