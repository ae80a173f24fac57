"""The tables, and how a library of an older version becomes one of this version.

``bodies`` holds everything that was derived from footage; the other tables hold numbers,
hashes and names of kinds. Why: see ``parcels``.
"""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable
from pathlib import Path

from viewfinder.domain.errors import StoreError

APPLICATION_ID = 0x56696577
"""Marks the SQLite file as ours ("View")."""

_FIRST = """
CREATE TABLE meta (
    name TEXT PRIMARY KEY,  -- library, generation, log_head, pending_erasure
    value NOT NULL
) WITHOUT ROWID;
CREATE TABLE videos (
    no INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used twice: caches are keyed by it
    id TEXT NOT NULL UNIQUE,
    prefix TEXT NOT NULL UNIQUE,           -- first 16 of id, as segment ids have it
    access TEXT NOT NULL,
    noted_at INTEGER NOT NULL,             -- generation of its facts
    indexed_at INTEGER NOT NULL            -- generation of its segments, 0 for none
);
CREATE TABLE spaces (
    no INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    revision TEXT NOT NULL,
    dimensions INTEGER NOT NULL,
    UNIQUE (name, revision)
);
CREATE TABLE bodies (
    no INTEGER PRIMARY KEY,
    body BLOB NOT NULL
);
CREATE TABLE parcels (
    video INTEGER NOT NULL REFERENCES videos (no),
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    part INTEGER NOT NULL,
    items INTEGER NOT NULL,
    body INTEGER NOT NULL,
    PRIMARY KEY (video, kind, name, part)
) WITHOUT ROWID;
CREATE TABLE log (
    n INTEGER PRIMARY KEY,
    event TEXT NOT NULL,
    hash TEXT NOT NULL
);
"""


def _make(connection: sqlite3.Connection) -> None:
    for statement in _FIRST.split(";"):
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.executemany(
        "INSERT INTO meta VALUES (?, ?)", [("library", uuid.uuid4().hex), ("generation", 1)]
    )


STEPS: tuple[Callable[[sqlite3.Connection], None], ...] = (_make,)
"""Step k turns version k into version k + 1; version 0 is an empty file."""


def upgrade(
    connection: sqlite3.Connection,
    path: Path,
    *,
    read_only: bool,
    steps: tuple[Callable[[sqlite3.Connection], None], ...] = STEPS,
) -> None:
    """Bring the file to the version of ``steps``, one transaction per step.

    Raises:
        StoreError: The file is of a newer version, of another program, or old and read-only.
    """
    while (version := _version(connection, path)) < len(steps):
        if read_only:
            raise StoreError(
                f"library file {str(path)!r} has version {version}, this viewfinder needs "
                f"{len(steps)}: open it once for writing"
            )
        connection.execute("BEGIN IMMEDIATE")
        try:
            if _version(connection, path) == version:  # else another process was faster
                steps[version](connection)
                connection.execute(f"PRAGMA user_version = {version + 1}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
    if version > len(steps):
        raise StoreError(
            f"library file {str(path)!r} has version {version}, newer than the {len(steps)} that "
            "this viewfinder knows: upgrade viewfinder"
        )


def _version(connection: sqlite3.Connection, path: Path) -> int:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    owner = connection.execute("PRAGMA application_id").fetchone()[0]
    is_empty = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
    if owner != APPLICATION_ID and not (version == 0 and is_empty):
        raise StoreError(f"{str(path)!r} belongs to another program: choose another folder")
    return version


def meta(connection: sqlite3.Connection, name: str) -> str | int | None:
    row = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return None if row is None else row[0]


def next_generation(connection: sqlite3.Connection) -> int:
    """Count one change of what can be found; readers compare it with what they hold."""
    connection.execute("UPDATE meta SET value = value + 1 WHERE name = 'generation'")
    return int(meta(connection, "generation") or 0)
