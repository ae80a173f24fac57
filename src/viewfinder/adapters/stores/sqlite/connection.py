"""One connection set up the way the library needs it, and its failures in plain words."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from viewfinder.domain.errors import StoreError

FILE_NAME = "library.sqlite"
LOCK_NAME = "library.lock"
PAGE_BYTES = 4096


class Database:
    """A SQLite file with transactions that nest by joining, safe to share between threads.

    ``secure_delete`` overwrites what is deleted with zeros, WAL lets readers of other
    processes go on while one writes, and ``synchronous = FULL`` makes a commit survive
    a loss of power: the log must not forget what it has said.
    """

    def __init__(self, folder: Path, *, read_only: bool, wait_s: float) -> None:
        self.path = folder / FILE_NAME
        self.read_only = read_only
        self.wait_s = wait_s
        self._turn = threading.RLock()
        self._adding = 0
        with explained(self.path):
            self.connection = self._open_to_read() if read_only else self._open_to_write(folder)

    def _open_to_write(self, folder: Path) -> sqlite3.Connection:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"cannot make the library folder {str(folder)!r}: {error.strerror}; "
                "choose a folder that you may write to"
            ) from error
        connection = self._connect(self.path.as_uri())
        if not _has_tables(connection):
            connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    def _open_to_read(self) -> sqlite3.Connection:
        if not self.path.exists():
            raise StoreError(f"no library at {str(self.path.parent)!r}: add a video to make one")
        connection = self._connect(self.path.as_uri() + "?mode=ro")
        try:
            _has_tables(connection)
        except sqlite3.OperationalError:
            # On a medium that nobody can write to, the files beside a WAL library cannot be
            # made; with nothing left in the WAL the file itself is whole and cannot change.
            wal = self.path.with_name(FILE_NAME + "-wal")
            if os.access(self.path.parent, os.W_OK) or (wal.exists() and wal.stat().st_size):
                raise
            connection = self._connect(self.path.as_uri() + "?mode=ro&immutable=1")
            _has_tables(connection)
        return connection

    def _connect(self, uri: str) -> sqlite3.Connection:
        connection = sqlite3.connect(
            uri, uri=True, timeout=self.wait_s, isolation_level=None, check_same_thread=False
        )
        # Temporary tables of a query may hold words of footage: keep them off the disk.
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA cache_size = -16000")
        return connection

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give the connection over one unchanging state of the library."""
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """Give the connection for one change: all of it is kept, or none."""
        if self.read_only:
            raise StoreError(
                f"the library {str(self.path.parent)!r} is open for reading only: "
                "open it for writing to change it"
            )
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        with self._turn, explained(self.path):
            self.connection.execute(begin)
            try:
                yield self.connection
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise

    @contextmanager
    def adding(self) -> Iterator[None]:
        """Be the only one that adds; wait ``wait_s`` for another, then raise ``StoreError``."""
        with self._turn:
            if self._adding or self.read_only:  # read-only: the change itself says so
                self._adding += 1
                try:
                    yield
                finally:
                    self._adding -= 1
                return
        with _locked(self.path.with_name(LOCK_NAME), self.wait_s):
            self._adding += 1
            try:
                yield
            finally:
                self._adding -= 1

    def cut_wal(self) -> bool:
        """Carry the WAL into the file and cut it to nothing; False where readers hold it."""
        with self._turn, explained(self.path):
            busy, _, _ = self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not busy

    def close(self) -> None:
        with self._turn, explained(self.path):
            self.connection.close()


def _has_tables(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is not None


@contextmanager
def _locked(path: Path, wait_s: float) -> Iterator[None]:
    """Hold ``path`` alone; the kernel lets go of it when the process ends, however it ends."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise StoreError(
            f"cannot write to the library folder {str(path.parent)!r}: {error.strerror}; "
            "make it writable, or open the library for reading only"
        ) from error
    try:
        deadline = time.monotonic() + wait_s
        while not _taken(handle):
            if time.monotonic() >= deadline:
                holder = os.pread(handle, 32, 0).decode(errors="replace").strip() or "unknown"
                raise StoreError(
                    f"another process (id {holder}) is adding to the library "
                    f"{str(path.parent)!r}: wait until it is done, or stop it"
                )
            time.sleep(0.02)
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(handle)


def _taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


_WHAT_TO_DO = {
    sqlite3.SQLITE_FULL: "the disk is full; nothing was lost: make room and try again",
    sqlite3.SQLITE_READONLY: "it cannot be written; make the folder and its files writable",
    sqlite3.SQLITE_BUSY: "another process kept it locked; wait until it is done and try again",
    sqlite3.SQLITE_LOCKED: "another reader kept it locked; try again",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened; check that the folder exists and its rights",
    sqlite3.SQLITE_PERM: "its rights forbid it; make the folder and its files readable",
    sqlite3.SQLITE_AUTH: "its rights forbid it; make the folder and its files readable",
    sqlite3.SQLITE_CORRUPT: "it is damaged; restore a copy, or move it away and add the videos "
    "again",
    sqlite3.SQLITE_NOTADB: "it is not a library, or is damaged; restore a copy, or move it away "
    "and add the videos again",
    sqlite3.SQLITE_IOERR: "the disk failed to read or write; nothing that was finished is lost: "
    "check the disk and its free space",
}


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn errors of SQLite into ``StoreError`` that says what to do."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        advice = _WHAT_TO_DO.get(code, "this is a fault of viewfinder; please report it")
        raise StoreError(f"library file {str(path)!r}: {error}: {advice}") from error
