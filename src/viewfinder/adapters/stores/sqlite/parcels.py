"""Bytes derived from one video, kept so that deleting them leaves nothing.

SQLite with ``secure_delete`` fills freed pages and deleted cells with zeros, but when it
balances a b-tree it moves cells between pages and leaves the old copies in unallocated
space, out of reach of any later deletion. So nothing derived from footage may lie inside
a b-tree page. A cell longer than a page keeps its first bytes in the b-tree page and the
rest on overflow pages of its own, which never move and are freed, hence zeroed, whole.
Each body is therefore wrapped: zeros in front for the part that stays in the b-tree page,
then its length and bytes, then zeros up to the end of the last overflow page.

References:
    *Database File Format*, section 1.6, "Cell payload overflow pages".
    https://www.sqlite.org/fileformat2.html
"""

from __future__ import annotations

import json
import sqlite3
import struct
import threading
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from viewfinder.adapters.stores.sqlite import database
from viewfinder.adapters.stores.sqlite.database import PAGE_BYTES, Connection
from viewfinder.domain.errors import StoreError
from viewfinder.domain.keys import of_video
from viewfinder.domain.time import TimeSpan
from viewfinder.ports import Vault

T = TypeVar("T")
_Address = tuple[int, int, int, str, str]
"""Number of a video, generation of its index, key, kind and name."""
_KEEPING = 300
"""About how many bytes it takes to keep a thing, beside the thing."""

CHUNK_BYTES = 8 * 1024
"""About how much of a shelf lies in one body: what one lookup reads."""

_LOCAL_BYTES = (PAGE_BYTES - 12) * 32 // 255 - 23
"""What stays in the b-tree page when the rest fills overflow pages exactly ("M")."""
_OVERFLOW_BYTES = PAGE_BYTES - 4
_LENGTH_BYTES = 8
_HEADER_BYTES = 8
"""At least what SQLite writes before the blob: sizes and types, in the b-tree page."""


_SEALED = 1 << 63
"""Marks the length of a body that is encrypted."""


def wrapped(content: bytes, *, is_sealed: bool = False) -> bytes:
    """Return ``content`` padded as the module explains, for a row (no, body)."""
    pages = -(-(_HEADER_BYTES + _LENGTH_BYTES + len(content)) // _OVERFLOW_BYTES)
    total = _LOCAL_BYTES + pages * _OVERFLOW_BYTES
    # The record's header has one byte each for its own size and for the row number, and the
    # blob's serial type, 2 n + 12, as a varint of 7 bits a byte.
    header = 2 + -(-(2 * total + 12).bit_length() // 7)
    length = len(content) | (_SEALED if is_sealed else 0)
    start = bytes(_LOCAL_BYTES) + length.to_bytes(_LENGTH_BYTES, "little")
    return b"".join((start, content, bytes(total - header - len(start) - len(content))))


def unwrapped(connection: sqlite3.Connection, body: bytes) -> memoryview:
    """Return what was wrapped, decrypted.

    Raises:
        StoreError: Its key was destroyed, or the keys are not here.
    """
    opened = readable(connection, body)
    if opened is None:
        raise StoreError(
            "part of the library is encrypted and its key is not here: put the folder `keys` "
            "back, or, where it was destroyed on purpose, run `viewfinder restore --tidy`"
        )
    return opened


def readable(connection: sqlite3.Connection, body: bytes) -> memoryview | None:
    """Return what was wrapped, decrypted; None where its key is not here."""
    start = _LOCAL_BYTES + _LENGTH_BYTES
    length = int.from_bytes(body[_LOCAL_BYTES:start], "little")
    content = memoryview(body)[start : start + (length & ~_SEALED)]
    if not length & _SEALED:
        return content
    vault = _vault(connection)
    opened = None if vault is None else vault.open(content)
    return None if opened is None else memoryview(opened)


def is_sealed(body: bytes) -> bool:
    """Tell whether a wrapped body is encrypted."""
    return bool(body[_LOCAL_BYTES + _LENGTH_BYTES - 1] & 0x80)


def put_body(connection: sqlite3.Connection, content: bytes, *subjects: str) -> int:
    """Keep ``content`` under the keys of subjects, and return the number of its body."""
    vault = _vault(connection)
    is_sealed = vault is not None and bool(subjects)
    if vault is not None and subjects:
        content = vault.seal(subjects, content)
    row = connection.execute(
        "INSERT INTO bodies (body) VALUES (?)", (wrapped(content, is_sealed=is_sealed),)
    )
    return int(row.lastrowid or 0)


def reseal(
    connection: sqlite3.Connection, bodies: Iterable[int], *subjects: str, only_open: bool = False
) -> int:
    """Seal bodies under the keys of ``subjects`` from now on; return how many were.

    Args:
        connection: In a transaction.
        bodies: Their numbers.
        subjects: Whose keys.
        only_open: Leave those alone that are sealed.
    """
    vault, count = _vault(connection), 0
    for number in bodies if vault is not None else ():
        (body,) = connection.execute("SELECT body FROM bodies WHERE no = ?", (number,)).fetchone()
        if vault is None or (only_open and is_sealed(body)):
            continue
        sealed = vault.seal(subjects, bytes(unwrapped(connection, body)))
        connection.execute(
            "UPDATE bodies SET body = ? WHERE no = ?", (wrapped(sealed, is_sealed=True), number)
        )
        count += 1
    return count


def _vault(connection: sqlite3.Connection) -> Vault | None:
    return connection.vault if isinstance(connection, Connection) else None


def subject(connection: sqlite3.Connection, video: int) -> str:
    """Return the name of the key that a video has now."""
    row = connection.execute(
        "SELECT v.id, coalesce(r.times, 0) FROM videos v LEFT JOIN renewals r ON r.video = v.no "
        "WHERE v.no = ?",
        (video,),
    ).fetchone()
    return of_video(*row)


def put(
    connection: sqlite3.Connection,
    video: int,
    kind: str,
    name: str,
    content: bytes,
    *,
    part: int = 0,
    items: int = 1,
) -> None:
    """Keep ``content``; what is there under the same kind, name and part must be dropped first."""
    whose = () if _vault(connection) is None else (subject(connection, video),)
    kept = put_body(connection, content, *whose)
    connection.execute(
        "INSERT INTO parcels (video, kind, name, part, items, body) VALUES (?, ?, ?, ?, ?, ?)",
        (video, kind, name, part, items, kept),
    )


def get(connection: sqlite3.Connection, video: int, kind: str, name: str = "") -> memoryview | None:
    row = connection.execute(
        "SELECT b.body FROM parcels p JOIN bodies b ON b.no = p.body "
        "WHERE p.video = ? AND p.kind = ? AND p.name = ? AND p.part = 0",
        (video, kind, name),
    ).fetchone()
    return None if row is None else unwrapped(connection, row[0])


def every(
    connection: sqlite3.Connection, video: int, kind: str, name: str | None = None
) -> list[memoryview]:
    """Return all parcels of a kind, of one name or of all, in order of name and part."""
    rows = connection.execute(
        "SELECT b.body FROM parcels p JOIN bodies b ON b.no = p.body WHERE p.video = :video "
        "AND p.kind = :kind AND (:name IS NULL OR p.name = :name) ORDER BY p.name, p.part",
        {"video": video, "kind": kind, "name": name},
    )
    return [unwrapped(connection, body) for (body,) in rows]


def drop(connection: sqlite3.Connection, video: int, kind: str, name: str | None = None) -> None:
    """Delete the parcels of one kind: of one name, or of all."""
    which = "video = :video AND kind = :kind" + ("" if name is None else " AND name = :name")
    values = {"video": video, "kind": kind, "name": name}
    connection.execute(
        f"DELETE FROM bodies WHERE no IN (SELECT body FROM parcels WHERE {which})",  # noqa: S608
        values,
    )
    connection.execute(f"DELETE FROM parcels WHERE {which}", values)  # noqa: S608


def drop_all(connection: sqlite3.Connection, video: int) -> dict[str, int]:
    """Delete every parcel of a video; return how many items of each kind went."""
    counts = connection.execute(
        "SELECT kind, sum(items) FROM parcels WHERE video = ? GROUP BY kind", (video,)
    ).fetchall()
    connection.execute(
        "DELETE FROM bodies WHERE no IN (SELECT body FROM parcels WHERE video = ?)", (video,)
    )
    connection.execute("DELETE FROM parcels WHERE video = ?", (video,))
    return dict(counts)


def pack(*columns: NDArray[Any]) -> bytes:
    """Return one-dimensional arrays as one string of bytes."""
    head = b"".join(c.dtype.str.encode().ljust(4) + len(c).to_bytes(8, "little") for c in columns)
    return bytes([len(columns)]) + head + b"".join(c.tobytes() for c in columns)


def unpack(content: bytes | memoryview) -> list[NDArray[Any]]:
    """Return the arrays that ``pack`` took; they share the memory of ``content``."""
    at = 1 + 12 * content[0]
    columns: list[NDArray[Any]] = []
    for start in range(1, at, 12):
        dtype = np.dtype(bytes(content[start : start + 4]).decode().strip())
        count = int.from_bytes(content[start + 4 : start + 12], "little")
        columns.append(np.frombuffer(content, dtype, count, at))
        at += dtype.itemsize * count
    return columns


def put_shelf(
    connection: sqlite3.Connection,
    video: int,
    kind: str,
    name: str,
    items: Iterable[tuple[int, bytes]],
) -> None:
    """Keep (key, bytes) items, keys ascending, so that a few can be read without the rest."""
    chunk: list[tuple[int, bytes]] = []
    size = 0
    for key, content in items:
        if chunk and size + len(content) > CHUNK_BYTES:
            _put_chunk(connection, video, kind, name, chunk)
            chunk, size = [], 0
        chunk.append((key, content))
        size += len(content)
    if chunk:
        _put_chunk(connection, video, kind, name, chunk)


def shelf(
    connection: sqlite3.Connection, video: int, kind: str, name: str
) -> Iterator[tuple[int, bytes]]:
    """Yield everything that a shelf holds, keys ascending."""
    for content in every(connection, video, kind, name):
        yield from _Chunk(content).items()


def _put_chunk(
    connection: sqlite3.Connection,
    video: int,
    kind: str,
    name: str,
    chunk: Sequence[tuple[int, bytes]],
) -> None:
    keys = np.array([key for key, _ in chunk], "<i8")
    ends = np.cumsum([len(content) for _, content in chunk]).astype("<u4")
    together = np.frombuffer(b"".join(content for _, content in chunk), np.uint8)
    content = pack(keys, ends, together)
    put(connection, video, kind, name, content, part=int(keys[0]), items=len(chunk))


_CHUNK_HEAD = 1 + 3 * 12
"""Bytes before the columns of a chunk: keys (int64), ends (uint32), contents."""


class _Chunk:
    """One body of a shelf; items are cut out when asked for."""

    def __init__(self, content: memoryview) -> None:
        # What ``unpack`` would do, at a quarter of the time: a search opens hundreds.
        count = int.from_bytes(content[5:13], "little")
        self.keys: tuple[int, ...] = struct.unpack_from(f"<{count}q", content, _CHUNK_HEAD)
        ends_at = _CHUNK_HEAD + 8 * count
        self._ends: tuple[int, ...] = struct.unpack_from(f"<{count}I", content, ends_at)
        self._together = content[ends_at + 4 * count :]

    def get(self, key: int) -> bytes | None:
        at = bisect_left(self.keys, key)
        if at == len(self.keys) or self.keys[at] != key:
            return None
        return bytes(self._together[self._ends[at - 1] if at else 0 : self._ends[at]])

    def items(self) -> Iterator[tuple[int, bytes]]:
        starts = [0, *self._ends[:-1]]
        for key, start, end in zip(self.keys, starts, self._ends, strict=True):
            yield key, bytes(self._together[start:end])


def take(
    connection: sqlite3.Connection, video: int, kind: str, name: str, keys: Sequence[int]
) -> dict[int, bytes]:
    """Return those of ``keys`` that the shelf holds, with their bytes."""
    found: dict[int, bytes] = {}
    held: _Chunk | None = None
    last = -1
    for key in sorted(keys):
        if key > last:
            row = connection.execute(
                "SELECT b.body FROM parcels p JOIN bodies b ON b.no = p.body WHERE p.video = ? "
                "AND p.kind = ? AND p.name = ? AND p.part <= ? ORDER BY p.part DESC LIMIT 1",
                (video, kind, name, key),
            ).fetchone()
            if row is None:
                continue
            held = _Chunk(unwrapped(connection, row[0]))
            last = held.keys[-1]
        content = None if held is None else held.get(key)
        if content is not None:
            found[key] = content
    return found


def take_of(
    connection: sqlite3.Connection, kind: str, name: str, wanted: Mapping[int, Sequence[int]]
) -> dict[int, dict[int, bytes]]:
    """Return the same as ``take`` of many videos, by video, with two queries in all."""
    asked = json.dumps([(video, key) for video, keys in wanted.items() for key in keys])
    homes = connection.execute(
        "WITH asked AS (SELECT value ->> 0 AS video, value ->> 1 AS key FROM json_each(:asked)) "
        "SELECT a.video, a.key, p.body FROM asked a JOIN parcels p ON p.video = a.video "
        "AND p.kind = :kind AND p.name = :name AND p.part = (SELECT max(q.part) FROM parcels q "
        "WHERE q.video = a.video AND q.kind = :kind AND q.name = :name AND q.part <= a.key)",
        {"asked": asked, "kind": kind, "name": name},
    ).fetchall()
    bodies = connection.execute(
        "SELECT no, body FROM bodies WHERE no IN (SELECT value FROM json_each(?))",
        (json.dumps(sorted({body for *_, body in homes})),),
    )
    chunks = {no: _Chunk(unwrapped(connection, body)) for no, body in bodies}
    found: dict[int, dict[int, bytes]] = {video: {} for video in wanted}
    for video, key, body in homes:
        content = chunks[body].get(key)
        if content is not None:
            found[video][key] = content
    return found


class Recent(Generic[T]):
    """What was read from shelves lately, parsed, so that the next search need not read it.

    Each thing is kept under its video's number and the generation of that video's index. At
    the first read after anything in the library changed, all of videos that changed or went
    is dropped; who reads an older state then keeps nothing more.

    It holds about ``most_bytes``: when half of that has come in, what was not asked for
    since the half before goes.
    """

    def __init__(self, most_bytes: int, parsed: Callable[[bytes], T], growth: int) -> None:
        """Args:
        most_bytes: Of memory, about.
        parsed: Makes of the bytes what is kept.
        growth: How much more memory that takes than the bytes did.
        """
        self._most, self._parsed, self._growth = most_bytes // 2, parsed, growth
        self._turn = threading.Lock()
        self._generation = self._size = 0
        self._new: dict[_Address, tuple[T, int]] = {}
        self._old: dict[_Address, tuple[T, int]] = {}

    def settle(self, connection: sqlite3.Connection) -> int:
        """Drop what is not of the state of the caller's transaction; return its generation."""
        generation = int(database.meta(connection, "generation") or 0)
        if generation > self._generation:
            current = set(connection.execute("SELECT no, indexed_at FROM videos").fetchall())
            with self._turn:
                if generation > self._generation:
                    self._generation = generation
                    self._new = {k: v for k, v in self._new.items() if k[:2] in current}
                    self._old = {k: v for k, v in self._old.items() if k[:2] in current}
        return generation

    def take(
        self,
        connection: sqlite3.Connection,
        kind: str,
        name: str,
        wanted: Sequence[tuple[int, int, int]],
    ) -> dict[tuple[int, int, int], T]:
        """Return what ``take_of`` does, parsed.

        Args:
            connection: In a transaction.
            kind: Of the shelves.
            name: Of the shelves.
            wanted: Number of a video, generation of its index as the transaction has it, key.
        """
        generation = self.settle(connection)
        found: dict[tuple[int, int, int], T] = {}
        missing: dict[int, list[int]] = {}
        with self._turn:
            for one in wanted:
                address = (*one, kind, name)
                held = self._new.get(address)
                if held is None and (held := self._old.pop(address, None)) is not None:
                    self._keep(address, held)
                if held is None:
                    missing.setdefault(one[0], []).append(one[2])
                else:
                    found[one] = held[0]
        if not missing:
            return found
        read = take_of(connection, kind, name, missing)
        fresh: list[tuple[_Address, tuple[T, int]]] = []
        for one in wanted:
            content = read[one[0]].get(one[2]) if one not in found and one[0] in read else None
            if content is not None:
                thing = found[one] = self._parsed(content)
                fresh.append(((*one, kind, name), (thing, _KEEPING + self._growth * len(content))))
        with self._turn:
            for address, held in fresh if generation == self._generation else ():
                self._keep(address, held)
        return found

    def __len__(self) -> int:
        """Return how many things are kept."""
        return len(self._new) + len(self._old)

    def _keep(self, address: _Address, held: tuple[T, int]) -> None:
        self._new[address] = held
        self._size += held[1]
        if self._size > self._most:
            self._old, self._new, self._size = self._new, {}, 0


def around(
    connection: sqlite3.Connection,
    video: int,
    kind: str,
    name: str,
    key: int,
    *,
    without: Sequence[TimeSpan] = (),
) -> list[tuple[int, bytes]]:
    """Return the items of the shelf just before and just after ``key``, where there are such.

    Keys are times here; those inside one of the spans ``without`` are passed over.
    """
    found: dict[int, bytes] = {}
    if without:
        for content in every(connection, video, kind, name):
            items = _Chunk(content).items()
            found.update((at, kept) for at, kept in items if not any(s.holds(at) for s in without))
        return _beside(found, key)
    for condition in ("p.part <= ? ORDER BY p.part DESC", "p.part > ? ORDER BY p.part"):
        row = connection.execute(
            "SELECT b.body FROM parcels p JOIN bodies b ON b.no = p.body WHERE p.video = ? "  # noqa: S608
            f"AND p.kind = ? AND p.name = ? AND {condition} LIMIT 1",
            (video, kind, name, key),
        ).fetchone()
        if row is not None:
            found.update(_Chunk(unwrapped(connection, row[0])).items())
    return _beside(found, key)


def _beside(found: Mapping[int, bytes], key: int) -> list[tuple[int, bytes]]:
    before = [at for at in found if at <= key]
    after = [at for at in found if at > key]
    return [
        (at, found[at])
        for at in (max(before, default=None), min(after, default=None))
        if at is not None
    ]
