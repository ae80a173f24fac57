"""What search needs in RAM, mirrored from SQLite and caught up with it when it changes.

Videos take *slots* in order of arrival, and a slot's rows and blocks follow those of the
slot before. A video that is indexed again takes a new slot, and the old one is dead: no
scope allows its blocks. Words and vectors are taken in at the first search that needs
them. When a quarter of the rows is dead, everything is mirrored afresh.

Threads search side by side; whoever sees that the library has changed brings the mirror
up to date alone.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewfinder.adapters.stores.sqlite import database, parcels, vectors
from viewfinder.adapters.stores.sqlite.layout import Layout, layout_of
from viewfinder.adapters.stores.sqlite.lexicon import Lexicon, Words
from viewfinder.adapters.stores.sqlite.vectors import Scan
from viewfinder.domain.errors import StoreError
from viewfinder.domain.media import VideoId
from viewfinder.domain.policy import Scope
from viewfinder.domain.search import Hit, Leg, WordLeg
from viewfinder.domain.segment import Lane, SegmentId

_LANES = {lane: code for code, lane in enumerate(Lane)}
_DEAD_ROWS_AT_LEAST = 10_000
_FINE_BYTES = 48 * 1024 * 1024
"""Of memory for exact vectors that were looked up lately."""


@dataclass(slots=True, eq=False)
class Slot:
    """One version of one video."""

    no: int
    id: VideoId
    access: str
    indexed_at: int
    layout: Layout
    first_row: int
    alive: bool = True


class Behind(Exception):
    """The mirror shows a later state than the caller's transaction: begin another one."""


class Turns:
    """Many threads may look at a thing at once; one alone may change it."""

    def __init__(self) -> None:
        self._free = threading.Condition()
        self._looking = 0
        self._wanted = 0  # threads that change it, or wait to; they go first
        self._changing = False

    @contextmanager
    def looking(self) -> Iterator[None]:
        with self._free:
            self._free.wait_for(lambda: not self._wanted)
            self._looking += 1
        try:
            yield
        finally:
            with self._free:
                self._looking -= 1
                self._free.notify_all()

    @contextmanager
    def changing(self) -> Iterator[None]:
        with self._free:
            self._wanted += 1
            try:
                self._free.wait_for(lambda: not self._looking and not self._changing)
            except BaseException:
                self._wanted -= 1
                raise
            self._changing = True
        try:
            yield
        finally:
            with self._free:
                self._wanted -= 1
                self._changing = False
                self._free.notify_all()


class Mirror:
    """The copy in RAM. Look at it within ``at`` only."""

    def __init__(self) -> None:
        self._turns = Turns()
        self.fine: parcels.Recent[bytes] = parcels.Recent(_FINE_BYTES, bytes, 1)
        self._empty()

    def _empty(self) -> None:
        self._generation = 0
        self.lexicon = Lexicon()
        self._scans: dict[int, Scan] = {}
        self._slots: list[Slot] = []
        self._by_no: dict[int, Slot] = {}
        self._by_id: dict[VideoId, int] = {}
        self._classes: dict[str, int] = {}
        self._slot_alive = np.zeros(0, np.bool_)
        self._slot_class = np.zeros(0, np.int64)
        self._slot_row = np.zeros(0, np.int64)
        self._block_slot = np.zeros(0, np.int64)
        self._block_lane = np.zeros(0, np.int64)
        self._block_class = np.zeros(0, np.int64)
        self._block_rows = np.zeros(0, np.int64)

    @contextmanager
    def at(
        self,
        connection: sqlite3.Connection,
        *,
        words: bool = False,
        space: tuple[int, int] | None = None,
    ) -> Iterator[None]:
        """Hold the mirror at the state of the caller's transaction.

        Args:
            connection: In a transaction.
            words: With the words of every slot.
            space: With the vectors of this space: its number and dimensions.

        Raises:
            Behind: Another thread has brought it to a later state.
        """
        generation = int(database.meta(connection, "generation") or 0)
        while True:
            with self._turns.looking():
                if self._is_at(generation, words, space):
                    yield
                    return
            with self._turns.changing():
                if generation < self._generation:
                    raise Behind
                try:
                    self._catch_up(connection, generation)
                    if words:
                        self._take_words(connection)
                    if space is not None:
                        self._take_codes(connection, *space)
                except BaseException:  # it may be half up to date
                    self._empty()
                    raise

    def _is_at(self, generation: int, words: bool, space: tuple[int, int] | None) -> bool:
        slots = len(self._slots)
        if generation != self._generation or (words and self.lexicon.upto != slots):
            return False
        return space is None or (space[0] in self._scans and self._scans[space[0]].upto == slots)

    def scan(self, space: int) -> Scan:
        """Return the scan of a space that the mirror is held with."""
        return self._scans[space]

    def _catch_up(self, connection: sqlite3.Connection, generation: int) -> None:
        """Bring in what changed since the last call, within the caller's transaction."""
        if generation == self._generation:
            return
        videos = connection.execute(
            "SELECT no, id, prefix, access, indexed_at FROM videos WHERE indexed_at > 0 ORDER BY no"
        ).fetchall()
        if self._drop_dead({no: indexed_at for no, *_, indexed_at in videos}):
            self._empty()
        added: list[Slot] = []
        for no, vid, prefix, access, indexed_at in videos:
            if no in self._by_no:
                self._by_no[no].access = access
            else:
                layout = layout_of(prefix, parcels.get(connection, no, "layout") or b"")
                added.append(Slot(no, VideoId(vid), access, indexed_at, layout, 0))
        self._append(added)
        self._slot_alive = np.array([slot.alive for slot in self._slots], np.bool_)
        classes = [self._class(slot.access) for slot in self._slots]
        self._slot_class = np.array(classes, np.int64)
        self._generation = generation

    def _drop_dead(self, current: dict[int, int]) -> bool:
        """Mark the slots that are no longer current; tell whether too many are."""
        for no, slot in list(self._by_no.items()):
            if current.get(no) != slot.indexed_at:
                slot.alive = False
                del self._by_no[no], self._by_id[slot.id]
        dead = sum(len(slot.layout.ordinals) for slot in self._slots if not slot.alive)
        return dead > max(_DEAD_ROWS_AT_LEAST, int(self._block_rows.sum()) // 4)

    def _append(self, added: list[Slot]) -> None:
        row = int(self._block_rows.sum())
        number = len(self._slots)
        rows, blocks = [], []
        for slot in added:
            slot.first_row = row
            rows.append(row)
            row += len(slot.layout.ordinals)
            self._by_no[slot.no] = slot
            self._by_id[slot.id] = number
            blocks += [
                (number, _LANES[b.lane], self._class(b.access), b.rows) for b in slot.layout.blocks
            ]
            number += 1
        self._slots += added
        self._slot_row = np.concatenate([self._slot_row, np.array(rows, np.int64)])
        table = np.array(blocks, np.int64).reshape(-1, 4)
        self._block_slot = np.concatenate([self._block_slot, table[:, 0]])
        self._block_lane = np.concatenate([self._block_lane, table[:, 1]])
        self._block_class = np.concatenate([self._block_class, table[:, 2]])
        self._block_rows = np.concatenate([self._block_rows, table[:, 3]])

    def _class(self, name: str) -> int:
        return self._classes.setdefault(name, len(self._classes))

    def allowed(self, scope: Scope, lanes: tuple[Lane, ...]) -> NDArray[np.bool_]:
        """Return per block whether scope and lanes hold it."""
        classes = np.array(
            [scope.access is None or name in scope.access for name in self._classes], np.bool_
        )
        slots = self._slot_alive & classes[self._slot_class]
        if scope.videos is not None:
            named = np.zeros(len(self._slots), np.bool_)
            named[[self._by_id[v] for v in scope.videos if v in self._by_id]] = True
            slots &= named
        wanted = np.isin(self._block_lane, [_LANES[lane] for lane in lanes])
        return np.asarray(slots[self._block_slot] & classes[self._block_class] & wanted, np.bool_)

    def lane_counts(self, scope: Scope) -> dict[Lane, int]:
        """Return how many rows of each lane the scope holds."""
        rows = self._block_rows
        return {lane: int(rows[self.allowed(scope, (lane,))].sum()) for lane in Lane}

    def _take_words(self, connection: sqlite3.Connection) -> None:
        """Bring the words of every slot into the lexicon."""
        new = self._slots[self.lexicon.upto :]
        self.lexicon.add(
            [
                Words(
                    np.array([block.rows for block in slot.layout.blocks], np.int64),
                    parcels.get(connection, slot.no, "words") if slot.alive else None,
                )
                for slot in new
            ]
        )
        self.lexicon.upto = len(self._slots)

    def _take_codes(self, connection: sqlite3.Connection, space: int, dimensions: int) -> None:
        """Bring the codes of every slot into the scan of one space."""
        scan = self._scans.setdefault(space, Scan(dimensions))
        for slot in self._slots[scan.upto :]:
            content = parcels.get(connection, slot.no, "codes", str(space)) if slot.alive else None
            rows = np.array([block.rows for block in slot.layout.blocks], np.int64)
            if content is None:
                scan.skip(len(rows))
                continue
            positions, codes = parcels.unpack(content)
            ends = np.searchsorted(positions, np.cumsum(rows))
            scan.add(codes, positions.astype(np.int64) + slot.first_row, np.diff(ends, prepend=0))
        scan.upto = len(self._slots)
        scan.settle()

    def layout(self, no: int, indexed_at: int) -> Layout | None:
        """Return the layout of a video as of a generation, None where it is not mirrored."""
        slot = self._by_no.get(no)
        return slot.layout if slot is not None and slot.indexed_at == indexed_at else None

    def place(self, row: int) -> tuple[Slot, int]:
        """Return the slot of a row, and where the row stands in it."""
        slot = self._slots[int(np.searchsorted(self._slot_row, row, "right")) - 1]
        return slot, row - slot.first_row

    def id_of(self, row: int) -> SegmentId:
        slot, at = self.place(row)
        return slot.layout.id_of(at)


_MARGIN = 64
"""Rows beyond the limit whose exact score is looked up: int8 may misplace that many."""


def best(
    mirror: Mirror, connection: sqlite3.Connection, leg: Leg, scope: Scope, limit: int
) -> list[Hit]:
    """Return the hits of one leg; see ``ports.Store.search``.

    Raises:
        Behind: As ``Mirror.at``.
    """
    if limit < 1:
        return []
    if isinstance(leg, WordLeg):
        with mirror.at(connection, words=True):
            rows, scores = mirror.lexicon.best(leg.terms, mirror.allowed(scope, leg.lanes), limit)
            return _hits(mirror, rows, scores, limit)
    if leg.vector.shape != (leg.space.dimensions,) or not np.isfinite(leg.vector).all():
        raise StoreError(
            f"a query of shape {leg.vector.shape} does not fit {leg.space}, or is not finite"
        )
    number = database.space_no(connection, leg.space)
    if number is None or not leg.vector.any():
        return []
    with mirror.at(connection, space=(number, leg.space.dimensions)):
        allowed = mirror.allowed(scope, leg.lanes)
        rows = mirror.scan(number).nearest(leg.vector, allowed, limit, _MARGIN)
        fine = _fine(mirror, connection, number, rows.tolist())
        scores = vectors.exact(leg.vector, vectors.fine_rows(fine, leg.space.dimensions))
        return _hits(mirror, rows, scores, limit)


def _hits(
    mirror: Mirror, rows: NDArray[np.int64], scores: NDArray[np.float64], limit: int
) -> list[Hit]:
    if len(rows) > limit:
        last = np.partition(scores, -limit)[-limit]
        rows, scores = rows[scores >= last], scores[scores >= last]
    found = sorted(
        (-score, mirror.id_of(row))
        for row, score in zip(rows.tolist(), scores.tolist(), strict=True)
    )
    return [Hit(segment, -score, rank) for rank, (score, segment) in enumerate(found[:limit], 1)]


def _fine(
    mirror: Mirror, connection: sqlite3.Connection, space: int, rows: Iterable[int]
) -> list[bytes]:
    """Return the exact vectors of rows of the mirror, in their order."""
    places = [mirror.place(row) for row in rows]
    wanted = [(slot.no, slot.indexed_at, at) for slot, at in places]
    taken = mirror.fine.take(connection, "fine", str(space), wanted)
    return [taken[one] for one in wanted]
