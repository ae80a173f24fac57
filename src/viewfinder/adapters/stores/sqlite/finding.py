"""One lookup: mirror, scan or postings, then the best rows as hits."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from viewfinder.adapters.stores.sqlite import parcels, vectors, writes
from viewfinder.adapters.stores.sqlite.mirror import Mirror
from viewfinder.domain.errors import StoreError
from viewfinder.domain.policy import Scope
from viewfinder.domain.search import Hit, Leg, VectorLeg, WordLeg

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
        rows, scores = mirror.take_words(connection).scores(leg.terms, allowed)
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
    if leg.vector.shape != (leg.space.dimensions,):
        raise StoreError(f"a query of shape {leg.vector.shape} does not fit {leg.space}")
    number = writes.space_no(connection, leg.space)
    if number is None:
        return np.zeros(0, np.int64), np.zeros(0)
    scan = mirror.take_codes(connection, number, leg.space.dimensions)
    rows = scan.nearest(leg.vector, allowed, limit, _MARGIN)
    halves = _halves(mirror, connection, number, rows.tolist())
    return rows, vectors.exact(leg.vector, halves.reshape(-1, leg.space.dimensions))


def _halves(
    mirror: Mirror, connection: sqlite3.Connection, space: int, rows: Iterable[int]
) -> NDArray[np.float16]:
    """Return the float16 rows of rows of the mirror, in their order."""
    places = [mirror.place(row) for row in rows]
    wanted: dict[int, list[int]] = {}
    for slot, at in places:
        wanted.setdefault(slot.no, []).append(at)
    taken = {
        no: parcels.take(connection, no, "halves", str(space), ats) for no, ats in wanted.items()
    }
    return np.frombuffer(b"".join(taken[slot.no][at] for slot, at in places), "<f2")
