"""The picture's answer to a plan: candidates from the store, scored, as finds.

Each find is as sure as its absolute score says, so that finds of other lanes can be set
beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewfinder.domain.policy import Scope
from viewfinder.domain.search import LegKind, QueryPlan, VectorLeg, WordLeg
from viewfinder.domain.segment import EmbeddingSpace, Lane, Segment, SegmentId
from viewfinder.domain.words import terms
from viewfinder.ports import Store
from viewfinder.retrieval import language, picture
from viewfinder.retrieval.assemble import Find
from viewfinder.retrieval.picture import PictureScore, Readers

CANDIDATES = 400
"""Segments that are scored frame by frame; small libraries are scored whole."""
FINDS = 60


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """Finds stretches by their look; see ``search.Tools``.

    Attributes:
        english: Readers of English words.
        foreign: Readers of other languages; without any, such a question sees nothing.
    """

    english: Readers
    foreign: Readers

    def __call__(self, plan: QueryPlan, store: Store, scope: Scope) -> list[Find]:
        lookup = next((look for look in plan.lookups if look.kind is LegKind.PICTURE), None)
        if lookup is None or (plan.filters.lanes and Lane.PICTURE not in plan.filters.lanes):
            return []
        readers = self.english if plan.language == language.DEFAULT else self.foreign
        segments = _candidates(lookup.text, readers, store, scope)
        scores = _scored(lookup.text, plan, segments, readers, store, scope)
        return _finds(segments, scores, lookup.weight)


def _candidates(text: str, readers: Readers, store: Store, scope: Scope) -> list[Segment]:
    """Return all segments with a picture, or the likeliest where there are many."""
    lanes = (Lane.PICTURE,)
    ids: list[SegmentId] = []
    legs: list[VectorLeg | WordLeg] = [
        VectorLeg(lanes, reader.encoder.space, reader.encoder.encode_text([text]).rows[0])
        for reader in (*readers.prototypes, *readers.captions)
    ]
    legs.append(WordLeg(lanes, tuple((t, 1.0) for t in dict.fromkeys(terms(text)))))
    for leg in legs:
        ids += [hit.segment for hit in store.search(leg, scope=scope, limit=CANDIDATES)]
    return store.segments(sorted(set(ids)), scope=scope)


def _scored(
    text: str,
    plan: QueryPlan,
    segments: Sequence[Segment],
    readers: Readers,
    store: Store,
    scope: Scope,
) -> Mapping[SegmentId, PictureScore]:
    ids = [segment.id for segment in segments]
    spaces = {reader.encoder.space for reader in readers.prototypes}
    details = {
        key: detail
        for space in sorted(spaces, key=str)
        for key, detail in store.details(ids, space, scope=scope).items()
    }
    captions: dict[EmbeddingSpace, Mapping[SegmentId, NDArray[np.float32]]] = {
        reader.encoder.space: store.pooled(ids, reader.encoder.space, scope=scope)
        for reader in readers.captions
    }
    return picture.score(
        text,
        language=plan.language,
        exclude=plan.exclude,
        segments=segments,
        details=details,
        captions=captions,
        readers=readers,
    )


def _finds(
    segments: Sequence[Segment], scores: Mapping[SegmentId, PictureScore], weight: float
) -> list[Find]:
    order = sorted(segments, key=lambda s: (-scores[s.id].relative, s.id))[:FINDS]
    return [
        Find(
            segment.video,
            Lane.PICTURE,
            segment.span,
            scores[segment.id].relative,
            weight * scores[segment.id].absolute,
            scores[segment.id].supports,
        )
        for segment in order
    ]
