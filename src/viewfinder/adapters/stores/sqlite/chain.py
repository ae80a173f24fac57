"""The log: a Merkle tree whose leaves are lines, appended in the transaction of the effect.

``entries`` holds the lines and, beside each, its encrypted words; ``meta`` the head of the
tree (the hashes of its full subtrees, at most one per bit of its size), so that a line
costs one row and one small update; ``tiles`` the hash of every 256 lines, from which proofs
are made without reading the whole log.

Libraries made before this kept a chain of hashes in ``log``. Its lines stay as they are,
and the first entry of the tree holds their number and last hash.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from viewfinder.adapters.stores.sqlite.database import Database, explained, has_table, meta
from viewfinder.domain.errors import StoreError
from viewfinder.domain.log import entry as entries
from viewfinder.domain.log import merkle
from viewfinder.domain.log.check import LogCheck, check
from viewfinder.domain.log.entry import BEFORE_THE_FIRST, Entry
from viewfinder.domain.log.merkle import Head
from viewfinder.domain.provenance import AuditEvent

AT_ONCE = 1_000
"""Lines read in one go; the log may be longer than memory."""


def append(connection: sqlite3.Connection, event: AuditEvent) -> None:
    """Add one line, within the transaction of its effect."""
    head = _head(connection)
    if head.size == 0:
        library = str(meta(connection, "library"))
        head = _put(connection, head, entries.begin(library, event, _older_head(connection)))
    try:
        made = entries.entry_of(event, head.size)
    except ValueError as error:
        raise StoreError(f"{event.action!r} cannot be logged, so it was not done: {error}") from (
            error
        )
    head = _put(connection, head, made)
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('log_tree', ?)", (head.to_bytes(),))


def _put(connection: sqlite3.Connection, head: Head, made: Entry) -> Head:
    connection.execute(
        "INSERT INTO entries (seq, line, sealed) VALUES (?, ?, ?)",
        (made.seq, made.line, entries.packed(made.sealed)),
    )
    after, tile = head.plus(made.leaf)
    if tile is not None:
        at = after.size // merkle.TILE - 1
        connection.execute("INSERT INTO tiles (at, hash) VALUES (?, ?)", (at, tile))
    return after


def _head(connection: sqlite3.Connection) -> Head:
    kept = meta(connection, "log_tree")
    if kept is None:
        return Head()
    try:
        return Head.from_bytes(bytes(kept))  # type: ignore[arg-type]
    except (ValueError, TypeError) as error:
        raise StoreError(f"the head of the log is damaged: {error}; restore a copy") from error


def _older_head(connection: sqlite3.Connection) -> tuple[int, str]:
    kept = meta(connection, "log_head")
    if kept is None:
        return 0, BEFORE_THE_FIRST
    count, _, digest = str(kept).partition(" ")
    return int(count), digest


class SqliteTrail:
    """Implements ``ports.Trail``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def library(self) -> str:
        with self._database.reading() as connection:
            return str(meta(connection, "library"))

    def head(self) -> Head:
        with self._database.reading() as connection:
            return _head(connection)

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[Entry]:
        last = self._size() if stop is None else stop
        for at in range(start, last, AT_ONCE):
            with self._database.reading() as connection:
                rows = connection.execute(
                    "SELECT seq, line, sealed FROM entries WHERE seq >= ? AND seq < ? ORDER BY seq",
                    (at, min(at + AT_ONCE, last)),
                ).fetchall()
            for seq, line, sealed in rows:
                yield Entry(seq, line, entries.unpacked(sealed))

    def _size(self) -> int:
        """Return one more than the last place taken, whatever the head says."""
        with self._database.reading() as connection:
            if not has_table(connection, "entries"):
                return 0
            (last,) = connection.execute("SELECT max(seq) FROM entries").fetchone()
            return 0 if last is None else int(last) + 1

    def nodes(self) -> merkle.Nodes:
        return merkle.tiled(self._leaves, self.tile)

    def _leaves(self, start: int, stop: int) -> list[bytes]:
        return [entry.leaf for entry in self.entries(start, stop)]

    def tile(self, at: int) -> bytes:
        with self._database.reading() as connection:
            row = connection.execute("SELECT hash FROM tiles WHERE at = ?", (at,)).fetchone()
            return b"" if row is None else bytes(row[0])

    def last_settings(self) -> Entry | None:
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT seq, line, sealed FROM entries "
                'WHERE substr(line, 1, 20) = \'{"action":"settings"\' ORDER BY seq DESC LIMIT 1'
            ).fetchone()
        return None if row is None else Entry(row[0], row[1], entries.unpacked(row[2]))

    def older(self) -> Iterator[tuple[str, str]]:
        """Yield the lines of the chain of before, with their hashes, in order."""
        with self._database.reading() as connection:
            rows = connection.execute("SELECT event, hash FROM log ORDER BY n").fetchall()
        yield from rows

    def older_head(self) -> tuple[int, str]:
        with self._database.reading() as connection:
            return _older_head(connection)


def verify_log(folder: Path) -> LogCheck:
    """Check the whole log of the library in ``folder``.

    Raises:
        StoreError: There is no library, or it cannot be read.
    """
    database = Database(folder, read_only=True, wait_s=10.0)
    try:
        with explained(database.path):
            trail = SqliteTrail(database)
            return check(
                trail.entries(),
                head=trail.head(),
                tile=trail.tile,
                older=trail.older(),
                older_head=trail.older_head(),
            )
    finally:
        database.close()
