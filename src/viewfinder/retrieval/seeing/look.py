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
from viewfinder.ports import Store, TextEncoder
from viewfinder.retrieval import fuse
from viewfinder.retrieval.asking import grammar, language
from viewfinder.retrieval.assemble import Find
from viewfinder.retrieval.seeing import picture
from viewfinder.retrieval.seeing.picture import PictureScore, Readers

FIRST_PASS = 60
"""Hits asked of each leg."""
CANDIDATES = 64
"""Segments that are scored frame by frame; a small library is scored whole."""
FINDS = 60
JOINT_SAY = 2.0
"""Say of a joint space beside the label lane; not measured, since no weights are to be had."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """Finds stretches by their look; see ``search.Tools``.

    Attributes:
        english: Readers of English words.
        foreign: Readers of other languages; without any, such a question sees nothing.
        joint: Reads words into a space of pictures that was learned with words; None
            where there are no weights for it.
    """

    english: Readers
    foreign: Readers
    joint: TextEncoder | None = None

    def __call__(self, plan: QueryPlan, store: Store, scope: Scope) -> list[Find]:
        lookup = next((look for look in plan.lookups if look.kind is LegKind.PICTURE), None)
        if lookup is None or (plan.filters.lanes and Lane.PICTURE not in plan.filters.lanes):
            return []
        readers = self.english if plan.language == language.DEFAULT else self.foreign
        aims = _aims(picture.looks(lookup.text, plan.language), readers, self.joint)
        segments = _candidates(lookup.text, aims, store, scope)
        scores = _scored(lookup.text, plan, segments, readers, store, scope)
        nearness = np.zeros(len(segments))
        if self.joint is not None:
            nearness = _nearness(aims[self.joint.space], self.joint.space, segments, store, scope)
        return _finds(segments, scores, nearness, lookup.weight)


def _aims(
    looks: Sequence[str], readers: Readers, joint: TextEncoder | None
) -> dict[EmbeddingSpace, NDArray[np.float32]]:
    """Return where the first of ``looks`` points in each space.

    Several readers of one space agree on a mean. Prototypes read all looks at one go:
    they are scored with all of them, and remember.
    """
    asked: list[tuple[TextEncoder, Sequence[str]]] = [
        *((reader.encoder, looks) for reader in readers.prototypes),
        # One reader of captions finds; all of them score what is found.
        *((reader.encoder, looks[:1]) for reader in readers.captions[:1]),
    ]
    if joint is not None:
        asked.append((joint, looks[:1]))
    aims: dict[EmbeddingSpace, NDArray[np.float32]] = {}
    for encoder, texts in asked:
        row = encoder.encode_text(texts).rows[0]
        aims[encoder.space] = aims.get(encoder.space, np.zeros_like(row)) + row
    return {
        space: np.asarray(row / max(float(np.linalg.norm(row)), 1e-9), np.float32)
        for space, row in aims.items()
    }


def _candidates(
    text: str,
    aims: Mapping[EmbeddingSpace, NDArray[np.float32]],
    store: Store,
    scope: Scope,
) -> list[Segment]:
    """Return the likeliest segments with a picture: all of them in a small library."""
    lanes = (Lane.PICTURE,)
    legs: list[VectorLeg | WordLeg] = [VectorLeg(lanes, s, aim) for s, aim in aims.items()]
    legs.append(WordLeg(lanes, tuple((t, 1.0) for t in dict.fromkeys(terms(text)))))
    rankings = [(store.search(leg, scope=scope, limit=FIRST_PASS), 1.0) for leg in legs]
    chosen = fuse.best(fuse.reciprocal_rank(rankings), CANDIDATES)
    return store.segments(sorted(chosen), scope=scope)


def _nearness(
    aim: NDArray[np.float32],
    space: EmbeddingSpace,
    segments: Sequence[Segment],
    store: Store,
    scope: Scope,
) -> NDArray[np.float64]:
    """Return how near segments are to the words in a joint space, in deviations."""
    kept = store.pooled([segment.id for segment in segments], space, scope=scope)
    near = np.array([float(kept[s.id] @ aim) if s.id in kept else 0.0 for s in segments])
    spread = float(near.std())
    return (near - near.mean()) / spread if spread > 0 else np.zeros(len(segments))


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
        exclude=_nameless(plan),
        segments=segments,
        details=details,
        captions=captions,
        readers=readers,
    )


def _nameless(plan: QueryPlan) -> list[str]:
    words, question = language.load(plan.language), grammar.plain(plan.question)
    kept = (grammar.pictured(each, question, plan.names, words) for each in plan.exclude)
    return [each for each in kept if each]


def _finds(
    segments: Sequence[Segment],
    scores: Mapping[SegmentId, PictureScore],
    nearness: NDArray[np.float64],
    weight: float,
) -> list[Find]:
    fused = {
        s.id: scores[s.id].relative + JOINT_SAY * near
        for s, near in zip(segments, nearness, strict=True)
    }
    order = sorted(segments, key=lambda s: (-fused[s.id], s.id))[:FINDS]
    return [
        Find(
            segment.video,
            Lane.PICTURE,
            segment.span,
            fused[segment.id],
            weight * scores[segment.id].absolute,
            scores[segment.id].supports,
            scores[segment.id].clear,
            scores[segment.id].named,
        )
        for segment in order
    ]
