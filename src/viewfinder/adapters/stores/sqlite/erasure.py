"""Forgetting one video, to the byte.

Deleting writes zeros over its pages (see ``parcels``), but first into the WAL, whose
older frames still hold what was written before. So the deletion ends only when the WAL
has been carried over and cut to nothing. Until then ``meta`` says that an erasure is
pending, and whoever opens the library next carries it out, also after a crash.
"""

from __future__ import annotations

import sqlite3

from viewfinder.adapters.stores.sqlite import chain, parcels, schema
from viewfinder.adapters.stores.sqlite.connection import Database
from viewfinder.domain.media import VideoId
from viewfinder.domain.policy import Erasure
from viewfinder.domain.provenance import AuditEvent

_PENDING = (
    "bytes of this video may be left in library.sqlite-wal while another process reads; "
    "the next opening of the library removes them"
)
_COUNTED = {
    "stages": "stage",
    "annotations": "track",
    "arrays": "array",
    "thumbnails": "thumbnail",
    "segments": "segment",
    "vectors": "codes",
}


def erase(database: Database, video: VideoId, event: AuditEvent) -> Erasure:
    """Forget ``video``; the log keeps the event, and with it the id, nothing else."""
    with database.changing() as connection:
        removed = _delete(connection, video)
        chain.append(connection, event)
        connection.execute("INSERT OR REPLACE INTO meta VALUES ('pending_erasure', 1)")
    remains = () if finish(database) else (_PENDING,)
    return Erasure(video, event.at, tuple(removed.items()), remains)


def _delete(connection: sqlite3.Connection, video: VideoId) -> dict[str, int]:
    row = connection.execute("SELECT no FROM videos WHERE id = ?", (video,)).fetchone()
    counts: dict[str, int] = {}
    if row is not None:
        counts = parcels.drop_all(connection, row[0])
        connection.execute("DELETE FROM videos WHERE no = ?", row)
        schema.next_generation(connection)
    removed = {name: counts.get(kind, 0) for name, kind in _COUNTED.items()}
    return {"videos": int(row is not None), **removed}


def finish(database: Database) -> bool:
    """Cut the WAL to nothing if an erasure is pending; tell whether none is any more."""
    if database.read_only:
        return True
    with database.reading() as connection:
        if schema.meta(connection, "pending_erasure") is None:
            return True
    if not database.cut_wal():
        return False
    with database.changing() as connection:
        connection.execute("DELETE FROM meta WHERE name = 'pending_erasure'")
    return True
