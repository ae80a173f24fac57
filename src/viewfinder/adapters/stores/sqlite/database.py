"""The library's file: how it is opened, its tables, and its failures in plain words.

``bodies`` holds everything that was derived from footage or asked about it; the other
tables hold numbers, hashes and names of kinds. Why: see ``parcels``.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from viewfinder.domain.errors import StoreError
from viewfinder.domain.segment import EmbeddingSpace
from viewfinder.ports import Vault

FILE_NAME = "library.sqlite"
LOCK_NAME = "library.lock"
PAGE_BYTES = 4096
READERS = 4
"""Threads that may read at once, beside the one that opened the library: each holds a
connection with a cache of its own, and more than there are cores gain nothing."""


class Connection(sqlite3.Connection):
    """A connection that knows how what it reads and writes is encrypted."""

    vault: Vault | None = None


class Database:
    """A SQLite file with transactions, shared by threads.

    Threads take turns to change it. The thread that opened it reads through the connection
    that writes; others read through connections of their own, side by side, each over the
    state that was there when it began.

    ``secure_delete`` overwrites what is deleted with zeros, WAL lets readers of other
    processes go on while one writes, and ``synchronous = FULL`` makes a commit survive
    a loss of power: the log must not forget what it has said.
    """

    def __init__(
        self, folder: Path, *, read_only: bool, wait_s: float, vault: Vault | None = None
    ) -> None:
        self.path = folder / FILE_NAME
        self._vault = vault
        self.read_only = read_only
        self.wait_s = wait_s
        self._turn = threading.RLock()
        self._adders = threading.Lock()
        self._adding = 0
        self._added = ExitStack()
        self._home = threading.get_ident()
        self._how = "?mode=ro" if read_only else ""
        self._readers = threading.Condition()
        self._waiting: deque[threading.Lock] = deque()
        self._idle: list[sqlite3.Connection] = []
        self._reading = 0
        self._shut = 0
        self._is_closed = False
        if read_only:
            self._must_exist()
        else:
            self._make_folder(folder)
        with explained(self.path):
            self.connection = self._connect(self._how)
            try:
                self._set_up()
                upgrade(self.connection, self.path, read_only=read_only)
            except BaseException:
                self.connection.close()
                raise

    def _must_exist(self) -> None:
        if not self.path.exists():
            raise StoreError(f"no library at {str(self.path.parent)!r}: add a video to make one")

    def _make_folder(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"cannot make the library folder {str(folder)!r}: {error.strerror}; "
                "choose a folder that you may write to"
            ) from error

    def _set_up(self) -> None:
        if self.read_only:
            self._set_up_to_read()
        else:
            self._set_up_to_write()
        self.connection.execute("PRAGMA cache_size = -16000")  # KiB

    def _set_up_to_write(self) -> None:
        if not _has_tables(self.connection):
            self.connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
            self.connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = FULL")
        self.connection.execute("PRAGMA secure_delete = ON")
        self.connection.execute("PRAGMA foreign_keys = ON")

    def _set_up_to_read(self) -> None:
        try:
            _has_tables(self.connection)
        except sqlite3.OperationalError:
            # On a medium that nobody can write to, the files beside a WAL library cannot be
            # made; with nothing left in the WAL the file itself is whole and cannot change.
            wal = self.path.with_name(FILE_NAME + "-wal")
            if _is_writable(self.path.parent) or (wal.exists() and wal.stat().st_size):
                raise
            self.connection.close()
            self._how = "?mode=ro&immutable=1"
            self.connection = self._connect(self._how)
            _has_tables(self.connection)

    def _connect(self, how: str) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path.as_uri() + how,
            uri=True,
            timeout=self.wait_s,
            isolation_level=None,
            check_same_thread=False,
            factory=Connection,
        )
        connection.vault = self._vault
        # Temporary tables of a query may hold words of footage: keep them off the disk.
        connection.execute("PRAGMA temp_store = MEMORY")
        return connection

    @contextmanager
    def reading(self, begin: str = "BEGIN") -> Iterator[sqlite3.Connection]:
        """Give a connection over one unchanging state; for one query alone, ``begin`` is ""."""
        if threading.get_ident() == self._home:
            with self._turn, self._transaction(self.connection, begin) as connection:
                yield connection
            return
        with self._reader() as reader, self._transaction(reader, begin) as connection:
            yield connection

    @contextmanager
    def _reader(self) -> Iterator[sqlite3.Connection]:
        """Give a connection to read through: who came first gets the next that is free."""
        self._come_in()
        reader = None
        try:
            with self._readers:
                reader = self._idle.pop() if self._idle else None
            if reader is None:
                reader = self._opened_reader()
            yield reader
        finally:
            with self._readers:
                if reader is not None:
                    self._idle.append(reader)
                self._reading -= 1
                self._call()

    def _come_in(self) -> None:
        called = threading.Lock()
        called.acquire()
        with self._readers:
            self._waiting.append(called)
            self._call()
        called.acquire()

    def _call(self) -> None:
        """Let in as many as may read now; whoever calls this holds ``_readers``."""
        while self._waiting and not self._shut and self._reading < READERS:
            self._reading += 1
            self._waiting.popleft().release()
        if not self._reading:
            self._readers.notify_all()

    def _opened_reader(self) -> sqlite3.Connection:
        if self._is_closed:
            raise StoreError(f"the library {str(self.path.parent)!r} is closed")
        with explained(self.path):
            reader = self._connect(self._how)
            reader.execute("PRAGMA query_only = ON")
            reader.execute("PRAGMA cache_size = -8000")  # KiB
        return reader

    @contextmanager
    def _without_readers(self) -> Iterator[None]:
        """Wait until no thread reads through a connection of its own, and let none begin."""
        with self._readers:
            self._shut += 1
            self._readers.wait_for(lambda: not self._reading)
        try:
            yield
        finally:
            with self._readers:
                self._shut -= 1
                self._call()

    @contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """Give the connection for one change: all of it is kept, or none."""
        if self.read_only:
            raise StoreError(
                f"the library {str(self.path.parent)!r} is open for reading only: "
                "open it for writing to change it"
            )
        with self._turn, self._transaction(self.connection, "BEGIN IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def _transaction(
        self, connection: sqlite3.Connection, begin: str
    ) -> Iterator[sqlite3.Connection]:
        with explained(self.path):
            connection.execute(begin)
            try:
                yield connection
                connection.execute("COMMIT" if begin else "")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def adding(self) -> Iterator[None]:
        """Be the only process that adds; wait ``wait_s`` for another, then ``StoreError``.

        Threads of this process may add at the same time: each commit is whole by itself.
        """
        with self._adders:
            if not self._adding and not self.read_only:  # read-only: the change itself says so
                lock = _locked(self.path.with_name(LOCK_NAME), self.wait_s)
                self._added.enter_context(lock)
            self._adding += 1
        try:
            yield
        finally:
            with self._adders:
                self._adding -= 1
                if not self._adding:
                    self._added.close()

    def close_gaps(self) -> None:
        """Give back the pages that an erasure freed: their number tells how long a video was.

        Libraries from before this keep them, empty, for what comes next.
        """
        with self._turn, explained(self.path):
            # It gives rows without columns, one a page; ``execute`` stops after the first.
            self.connection.executescript("PRAGMA incremental_vacuum")

    def cut_wal(self) -> bool:
        """Carry the WAL into the file and cut it to nothing; False where readers hold it.

        Those are of other processes: threads of this one are waited for.
        """
        with self._turn, self._without_readers(), explained(self.path):
            busy, _, _ = self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not busy

    def close(self) -> None:
        with self._turn, self._without_readers(), explained(self.path):
            self._is_closed = True
            while self._idle:
                self._idle.pop().close()
            self.connection.close()


def _is_writable(folder: Path) -> bool:
    return os.access(folder, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


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


APPLICATION_ID = 0x56696577
"""Marks the SQLite file as ours ("View")."""

_FIRST = """
CREATE TABLE meta (
    name TEXT PRIMARY KEY,  -- library, generation, log_head, log_tree, pending_erasure
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


_CONVERSATIONS = """
CREATE TABLE conversations (
    no INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    principal TEXT NOT NULL,
    turns INTEGER NOT NULL,
    heading INTEGER NOT NULL               -- body: title and times
);
CREATE TABLE conversation_turns (
    conversation INTEGER NOT NULL REFERENCES conversations (no),
    turn INTEGER NOT NULL,
    body INTEGER NOT NULL,
    PRIMARY KEY (conversation, turn)
) WITHOUT ROWID;
CREATE TABLE conversation_videos (
    video INTEGER NOT NULL REFERENCES videos (no),
    conversation INTEGER NOT NULL REFERENCES conversations (no),
    PRIMARY KEY (video, conversation)
) WITHOUT ROWID;
CREATE INDEX conversation_videos_by_conversation ON conversation_videos (conversation)
"""


def _add_conversations(connection: sqlite3.Connection) -> None:
    for statement in _CONVERSATIONS.split(";"):
        connection.execute(statement)


_TREE = """
CREATE TABLE entries (
    seq INTEGER PRIMARY KEY,               -- from 0: the place of the leaf
    line TEXT NOT NULL,                    -- canonical JSON: the leaf
    sealed BLOB                            -- its words, encrypted
);
CREATE TABLE tiles (
    at INTEGER PRIMARY KEY,
    hash BLOB NOT NULL                     -- over 256 entries
);
CREATE INDEX settings_of_entries ON entries (seq)
    WHERE substr(line, 1, 20) = '{"action":"settings"'
"""


def _add_tree(connection: sqlite3.Connection) -> None:
    for statement in _TREE.split(";"):
        connection.execute(statement)


_FACTS = """
CREATE TABLE facts (
    no INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    video INTEGER REFERENCES videos (no),
    body INTEGER NOT NULL                  -- body: time, author and what was laid down
);
CREATE INDEX facts_by_kind ON facts (kind)
"""


def _add_facts(connection: sqlite3.Connection) -> None:
    for statement in _FACTS.split(";"):
        connection.execute(statement)


_RENEWALS = """
CREATE TABLE renewals (
    video INTEGER PRIMARY KEY REFERENCES videos (no),
    times INTEGER NOT NULL                 -- how often the video's key was renewed
)
"""


def _add_renewals(connection: sqlite3.Connection) -> None:
    connection.execute(_RENEWALS)


_SLIPS = """
CREATE TABLE slips (
    no INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    root TEXT NOT NULL,                    -- id of the slip it hangs on, or its own
    principal TEXT NOT NULL,
    shared INTEGER NOT NULL,
    body INTEGER NOT NULL                  -- body: time, part of a video, what was kept
);
CREATE INDEX slips_by_kind ON slips (kind);
CREATE INDEX slips_by_root ON slips (root);
CREATE TABLE slip_videos (
    video INTEGER NOT NULL REFERENCES videos (no),
    slip INTEGER NOT NULL REFERENCES slips (no),
    PRIMARY KEY (video, slip)
) WITHOUT ROWID;
CREATE INDEX slip_videos_by_slip ON slip_videos (slip)
"""


def _add_slips(connection: sqlite3.Connection) -> None:
    for statement in _SLIPS.split(";"):
        connection.execute(statement)


STEPS: tuple[Callable[[sqlite3.Connection], None], ...] = (
    _make,
    _add_conversations,
    _add_tree,
    _add_facts,
    _add_renewals,
    _add_slips,
)
"""Step k turns version k into version k + 1; version 0 is an empty file."""

READ_FROM = 1
"""A library of this version or later is read as it is; tables that it lacks are empty."""


def upgrade(
    connection: sqlite3.Connection,
    path: Path,
    *,
    read_only: bool,
    steps: tuple[Callable[[sqlite3.Connection], None], ...] = STEPS,
    oldest: int = READ_FROM,
) -> None:
    """Bring the file to the version of ``steps``, one transaction per step.

    To be read only, it may stay as old as ``oldest``.

    Raises:
        StoreError: The file is of a newer version, of another program, or old and read-only.
    """
    while (version := _version(connection, path)) < len(steps):
        if read_only and version >= oldest:
            return
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


def has_table(connection: sqlite3.Connection, name: str) -> bool:
    """Tell whether the library is new enough to have a table."""
    row = connection.execute(
        "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (name,)
    ).fetchone()
    return row is not None


def meta(connection: sqlite3.Connection, name: str) -> str | int | None:
    row = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return None if row is None else row[0]


def next_generation(connection: sqlite3.Connection) -> int:
    """Count one change of what can be found; readers compare it with what they hold."""
    connection.execute("UPDATE meta SET value = value + 1 WHERE name = 'generation'")
    return int(meta(connection, "generation") or 0)


def space_no(connection: sqlite3.Connection, space: EmbeddingSpace) -> int | None:
    """Return the number of a space, None where the library has none such.

    Raises:
        StoreError: The library has it with other dimensions.
    """
    row = connection.execute(
        "SELECT no, dimensions FROM spaces WHERE name = ? AND revision = ?",
        (space.name, space.revision),
    ).fetchone()
    if row is not None and row[1] != space.dimensions:
        raise StoreError(
            f"space {space} has {row[1]} dimensions in this library, not {space.dimensions}: "
            "give the changed model a new revision"
        )
    return None if row is None else int(row[0])
