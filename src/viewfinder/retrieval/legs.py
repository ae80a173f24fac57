"""From lookups to the store's legs and back to candidate segments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewfinder.domain.media import VideoId
from viewfinder.domain.policy import Scope
from viewfinder.domain.search import (
    Filters,
    Hit,
    LegKind,
    Lookup,
    Moment,
    QueryPlan,
    VectorLeg,
    WordLeg,
)
from viewfinder.domain.segment import Lane, Segment, segment_id
from viewfinder.domain.time import TimeSpan
from viewfinder.domain.words import terms
from viewfinder.ports import Store, TextEncoder
from viewfinder.retrieval import fuse
from viewfinder.retrieval.asking import facts
from viewfinder.retrieval.asking.language import DEFAULT, Language

LIGHT = 0.3
"""Say of a word that carries no content, against 1 of one that does."""
FIRST_PASS = 40
"""Hits asked of each leg: the reranker rarely lifts what no leg had among these."""


@dataclass(frozen=True, slots=True)
class Found:
    """Candidates of one family of lanes.

    Attributes:
        lanes: Which.
        weight: Their say, from the plan.
        segments: Best first by fused rank.
    """

    lanes: tuple[Lane, ...]
    weight: float
    segments: tuple[Segment, ...]


def narrowed(filters: Filters, *, store: Store, scope: Scope) -> Scope:
    """Return the scope over the videos that meet the filters on facts."""
    if filters == Filters(lanes=filters.lanes, languages=filters.languages):
        return scope
    asks_speech = "speech" in (*filters.has, *filters.lacks)
    allowed = (
        video.id
        for video in store.videos(scope=scope)
        if facts.allow(
            filters,
            video,
            spoken=spoken(video.id, store=store, scope=scope) if asks_speech else None,
        )
    )
    return scope.narrowed(frozenset(allowed))


def spoken(video: VideoId, *, store: Store, scope: Scope) -> bool | None:
    """Tell whether words are heard in a video; None where speech was not looked for."""
    counts = store.counts(scope=scope.narrowed(frozenset({video})))
    if counts.get(Lane.SPEECH, 0) or counts.get(Lane.CAPTIONS, 0):
        return True
    looked = any(s.stage == "speech" and not s.error for s in store.stages(video))
    return False if looked else None


def foreign(*, store: Store, scope: Scope) -> frozenset[VideoId]:
    """Return the videos in scope whose first words are known to be in no English."""
    videos = store.videos(scope=scope)
    firsts = [segment_id(v.id, lane, 0) for v in videos for lane in (Lane.SPEECH, Lane.CAPTIONS)]
    return frozenset(
        segment.video
        for segment in store.segments(firsts, scope=scope)
        if any(p.language not in (None, DEFAULT) for p in segment.parts)
    )


def weighted_terms(text: str, language: Language) -> tuple[tuple[str, float], ...]:
    """Return the distinct terms of a text with their say, in order of appearance."""
    return tuple(
        (t, 1.0 if language.carries_content(t) else LIGHT) for t in dict.fromkeys(terms(text))
    )


def candidates(
    plan: QueryPlan,
    language: Language,
    *,
    store: Store,
    scope: Scope,
    encoder: TextEncoder,
    limit: int,
) -> list[Found]:
    """Look up every word lookup of a plan and return candidates by family of lanes."""
    families: dict[tuple[Lane, ...], list[Lookup]] = {}
    for lookup in plan.lookups:
        if lookup.kind is not LegKind.PICTURE:
            lanes = tuple(
                n for n in lookup.lanes if not plan.filters.lanes or n in plan.filters.lanes
            )
            families.setdefault(lanes, []).append(lookup)
    vectors: dict[str, NDArray[np.float32]] = {}
    found: list[Found] = []
    for lanes, lookups in families.items():
        if not lanes:
            continue
        rankings: list[tuple[Sequence[Hit], float]] = []
        for lookup in lookups:
            leg = _leg(lookup, lanes, language, encoder, vectors)
            hits = store.search(leg, scope=scope, limit=max(limit, FIRST_PASS))
            rankings.append((hits, lookup.weight))
        chosen = fuse.best(fuse.reciprocal_rank(rankings), limit)
        segments = _of_language(store.segments(chosen, scope=scope), plan.filters.languages)
        if segments:
            found.append(Found(lanes, max(look.weight for look in lookups), segments))
    return found


def _leg(
    lookup: Lookup,
    lanes: tuple[Lane, ...],
    language: Language,
    encoder: TextEncoder,
    vectors: dict[str, NDArray[np.float32]],
) -> WordLeg | VectorLeg:
    if lookup.kind is LegKind.WORDS:
        return WordLeg(lanes, weighted_terms(lookup.text, language))
    if lookup.text not in vectors:
        vectors[lookup.text] = encoder.encode_text([lookup.text]).rows[0]
    return VectorLeg(lanes, encoder.space, vectors[lookup.text])


def _of_language(segments: Sequence[Segment], codes: tuple[str, ...]) -> tuple[Segment, ...]:
    """Keep segments of the asked languages; those of unknown language stay."""
    if not codes:
        return tuple(segments)
    return tuple(
        s for s in segments if not {p.language for p in s.parts if p.language} - set(codes)
    )


def holding(segments: Sequence[Segment], phrases: Sequence[str]) -> tuple[Segment, ...]:
    """Return the segments in which every phrase stands word for word."""
    wanted = [terms(phrase) for phrase in phrases]
    return tuple(s for s in segments if all(_stands_in(w, terms(s.text)) for w in wanted if w))


def _stands_in(phrase: Sequence[str], text: Sequence[str]) -> bool:
    size = len(phrase)
    return any(text[n : n + size] == phrase for n in range(len(text) - size + 1))


def lengths(moments: Sequence[Moment], *, store: Store, scope: Scope) -> dict[VideoId, TimeSpan]:
    """Return the whole span of the videos that hold ``moments``."""
    held = frozenset(moment.video for moment in moments)
    if not held:
        return {}
    return {video.id: video.span for video in store.videos(scope=scope.narrowed(held))}
