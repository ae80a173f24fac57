"""Finds what resembles a picture, or a moment of the library."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from viewfinder.domain.errors import UsageError
from viewfinder.domain.policy import Scope
from viewfinder.domain.search import Hit, Support, VectorLeg
from viewfinder.domain.segment import Lane, Segment, SegmentId, Vectors
from viewfinder.domain.time import to_ns
from viewfinder.ports import Store
from viewfinder.retrieval import fuse
from viewfinder.retrieval.assemble import TRACK, Find

NEIGHBOURS = 60

Look = Callable[[str], Vectors]
"""Gives the vector of a picture file; raises ``InputError`` where it cannot be read."""


def finds(
    like: str, *, store: Store, scope: Scope, look: Look | None, lanes: Collection[Lane] = ()
) -> list[Find]:
    """Return stretches that resemble ``like``: a picture file, or ``VIDEO@SECONDS``.

    A moment is looked for by all that it has in ``lanes``; where none are named by its
    picture, if there is one, else by its words.

    Raises:
        UsageError: No such video in scope, or a picture where nothing can look at it.
    """
    if (moment := moment_of(like)) is not None:
        legs, own = _of_moment(*moment, store, scope, lanes)
    elif look is None:
        raise UsageError(f"nothing here can look at {like!r}: the picture lane has no weights")
    else:
        vectors = look(like)
        legs, own = [VectorLeg((Lane.PICTURE,), vectors.space, vectors.rows[0])], frozenset()
    rankings: list[tuple[Sequence[Hit], float]] = [
        (store.search(leg, scope=scope, limit=NEIGHBOURS), 1.0) for leg in legs
    ]
    nearest = {hit.segment: hit.score for ranking, _ in rankings for hit in ranking}
    fused = fuse.reciprocal_rank(rankings)
    ids = [key for key in fuse.best(fused, NEIGHBOURS) if key not in own]
    return [_find(segment, nearest[segment.id]) for segment in store.segments(ids, scope=scope)]


def moment_of(like: str) -> tuple[str, float] | None:
    """Return video and seconds of ``VIDEO@SECONDS``; None for a picture file."""
    name, _, at = like.rpartition("@")
    try:
        return (name, float(at)) if name else None
    except ValueError:  # a file whose name has an @
        return None


def _of_moment(
    name: str, at_s: float, store: Store, scope: Scope, lanes: Collection[Lane]
) -> tuple[list[VectorLeg], frozenset[SegmentId]]:
    """Return legs by the vectors of what is there, and the segments they are of."""
    named = [v for v in store.videos(scope=scope) if name in (v.name, v.path, v.id)]
    if not named:
        raise UsageError(f"no video {name!r} to find the like of; `viewfinder status` lists them")
    there = [
        segment
        for segment in store.segments_of(named[0].id, scope=scope)
        if segment.span.holds(to_ns(at_s)) and segment.lane is not Lane.METADATA
    ]
    if lanes:
        seen = [segment for segment in there if segment.lane in lanes]
    else:
        seen = [segment for segment in there if segment.lane is Lane.PICTURE] or there
    ids = [segment.id for segment in seen]
    legs = [
        VectorLeg((segment.lane,), space, vector)
        for space in store.spaces()
        for segment in seen
        if (vector := store.pooled(ids, space, scope=scope).get(segment.id)) is not None
    ]
    return legs, frozenset(ids)


def _find(segment: Segment, cosine: float) -> Find:
    sure = min(1.0, max(0.0, cosine))
    why = Support(
        TRACK[segment.lane], segment.text or "a similar picture", segment.span, round(sure, 4)
    )
    return Find(segment.video, segment.lane, segment.span, cosine, sure, (why,))
