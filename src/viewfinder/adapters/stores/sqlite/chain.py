"""The log as a chain: each line's hash covers the line before, so none changes unseen.

A line is hashed as SHA-256 of the previous hash (hexadecimal) and the event's canonical
JSON. The last hash and the count stand in ``meta`` too, so a log cut short shows as well.
It is evidence against accidents and against edits of single lines; whoever can rewrite
the whole file can rewrite the whole chain.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

from viewfinder.adapters.stores.sqlite.database import Database, explained, meta
from viewfinder.domain.provenance import AuditEvent, digest_of

BEFORE_THE_FIRST = "0" * 64


class LogCheck(NamedTuple):
    """Lines in the log, whether the chain holds, and the first line (from 1) that breaks it."""

    n: int
    ok: bool
    first_bad: int | None


def canonical(event: AuditEvent) -> str:
    return json.dumps(asdict(event), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def append(connection: sqlite3.Connection, event: AuditEvent) -> None:
    """Add one line, within the transaction of its effect."""
    head = str(meta(connection, "log_head") or f"0 {BEFORE_THE_FIRST}")
    count, _, previous = head.partition(" ")
    text = canonical(event)
    digest = digest_of(previous + text)
    n = int(count) + 1
    connection.execute("INSERT INTO log (n, event, hash) VALUES (?, ?, ?)", (n, text, digest))
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('log_head', ?)", (f"{n} {digest}",))


def verify_log(folder: Path) -> LogCheck:
    """Recompute the chain of the library in ``folder``.

    Raises:
        StoreError: There is no library, or it cannot be read.
    """
    database = Database(folder, read_only=True, wait_s=10.0)
    try:
        with database.reading() as connection, explained(database.path):
            return _checked(connection)
    finally:
        database.close()


def _checked(connection: sqlite3.Connection) -> LogCheck:
    n, previous = 0, BEFORE_THE_FIRST
    first_bad: int | None = None
    for at, text, digest in connection.execute("SELECT n, event, hash FROM log ORDER BY n"):
        n += 1
        if first_bad is None and (at != n or digest != digest_of(previous + text)):
            first_bad = n
        previous = digest
    head = str(meta(connection, "log_head") or f"0 {BEFORE_THE_FIRST}")
    if first_bad is None and head != f"{n} {previous}":
        first_bad = n + 1  # lines are missing at the end
    return LogCheck(n, first_bad is None, first_bad)
