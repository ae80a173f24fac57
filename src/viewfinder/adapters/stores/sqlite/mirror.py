"""What search needs in RAM, mirrored from SQLite and caught up with it when it changes.

Videos take *slots* in order of arrival, and a slot's rows and blocks follow those of the
slot before. A video that is indexed again takes a new slot, and the old one is dead: no
scope allows its blocks. Words and vectors are taken in at the first search that needs
them. When a quarter of the rows is dead, everything is mirrored afresh.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
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
from viewfinder.domain.search import Hit, Leg, VectorLeg, WordLeg
from viewfinder.domain.segment import Lane, SegmentId

_LANES = {lane: code for code, lane in enumerate(Lane)}
_DEAD_ROWS_AT_LEAST = 10_000


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


class Mirror:
    def __init__(self) -> None:
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

    def catch_up(self, connection: sqlite3.Connection) -> None:
        """Bring in what changed since the last call, within the caller's transaction."""
        generation = int(database.meta(connection, "generation") or 0)
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

    def take_words(self, connection: sqlite3.Connection) -> Lexicon:
        """Return the lexicon with the words of every slot."""
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
        return self.lexicon

    def take_codes(self, connection: sqlite3.Connection, space: int, dimensions: int) -> Scan:
        """Return the scan of one space with the codes of every slot."""
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
        return scan

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
    """Return the hits of one leg; see ``ports.Store.search``."""
    if limit < 1:
        return []
    mirror.catch_up(connection)
    allowed = mirror.allowed(scope, leg.lanes)
    if isinstance(leg, WordLeg):
        rows, scores = mirror.take_words(connection).best(leg.terms, allowed, limit)
    else:
        rows, scores = _near(mirror, connection, leg, allowed, limit)
    if len(rows) > limit:
        last = np.partition(scores, -limit)[-limit]
        rows, scores = rows[scores >= last], scores[scores >= last]
    found = sorted(
        (-score, mirror.id_of(row))
        for row, score in zip(rows.tolist(), scores.tolist(), strict=True)
    )
    return [Hit(segment, -score, rank) for rank, (score, segment) in enumerate(found[:limit], 1)]


def _near(
    mirror: Mirror,
    connection: sqlite3.Connection,
    leg: VectorLeg,
    allowed: NDArray[np.bool_],
    limit: int,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    if leg.vector.shape != (leg.space.dimensions,) or not np.isfinite(leg.vector).all():
        raise StoreError(
            f"a query of shape {leg.vector.shape} does not fit {leg.space}, or is not finite"
        )
    number = database.space_no(connection, leg.space)
    if number is None or not leg.vector.any():
        return np.zeros(0, np.int64), np.zeros(0)
    scan = mirror.take_codes(connection, number, leg.space.dimensions)
    rows = scan.nearest(leg.vector, allowed, limit, _MARGIN)
    fine = _fine(mirror, connection, number, rows.tolist())
    return rows, vectors.exact(leg.vector, vectors.fine_rows(fine, leg.space.dimensions))


def _fine(
    mirror: Mirror, connection: sqlite3.Connection, space: int, rows: Iterable[int]
) -> list[bytes]:
    """Return the exact vectors of rows of the mirror, in their order."""
    places = [mirror.place(row) for row in rows]
    wanted: dict[int, list[int]] = {}
    for slot, at in places:
        wanted.setdefault(slot.no, []).append(at)
    taken = parcels.take_of(connection, "fine", str(space), wanted)
    return [taken[slot.no][at] for slot, at in places]
