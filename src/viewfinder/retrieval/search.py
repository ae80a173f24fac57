"""The whole of retrieval on one page: a plan in, ranked moments out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from viewfinder.domain.policy import Scope
from viewfinder.domain.search import Moment, QueryPlan, Ranking, Shape
from viewfinder.domain.segment import Lane
from viewfinder.domain.time import to_ns
from viewfinder.ports import Store, TextEncoder, TokenEncoder
from viewfinder.retrieval import assemble, language, legs, rerank
from viewfinder.retrieval.assemble import Find

CANDIDATES = 60
"""Segments of a family of lanes that are held against the question word by word."""
CANDIDATES_OF_WINDOWS = 400
"""The same where windows are asked for: an hour of talk is about 150 blocks."""
FOUND = 0.5
"""A best moment below this confidence means that nothing was found."""

PictureSearch = Callable[[QueryPlan, Store, Scope], Sequence[Find]]


@dataclass(frozen=True, slots=True)
class Tools:
    """What search works with.

    Attributes:
        text: Encoder of English words, with tokens.
        multilingual: Encoder for questions in other languages, if there is one.
        picture: Finds stretches by their look, if the library has a picture lane.
    """

    text: TokenEncoder
    multilingual: TextEncoder | None = None
    picture: PictureSearch | None = None


def search(plan: QueryPlan, *, store: Store, scope: Scope, tools: Tools) -> Ranking:
    """Return the moments that answer a plan, best first; none outside ``scope``."""
    scope = legs.narrowed(plan.filters, store=store, scope=scope)
    found = worded(plan, store=store, scope=scope, tools=tools)
    if tools.picture is not None:
        found += [(find, 1.0) for find in tools.picture(plan, store, scope)]
    ranked = assemble.moments(found, limit=plan.limit)
    lengths = {v.id: v.span for v in store.videos(scope=scope)} if ranked else {}
    ranked = tuple(assemble.bounded(m, lengths[m.video]) for m in ranked)
    return Ranking(plan, ranked, found=bool(ranked) and ranked[0].confidence >= FOUND)


def worded(
    plan: QueryPlan, *, store: Store, scope: Scope, tools: Tools
) -> list[tuple[Find, float]]:
    """Return what the word lanes have, each find with the say of its lane."""
    words = language.load(plan.language)
    text = plan.anchor or plan.text
    foreign = plan.language != language.DEFAULT and tools.multilingual is not None
    encoder: TextEncoder = tools.multilingual if foreign and tools.multilingual else tools.text
    if foreign:
        question = rerank.ask_whole(text, words, encoder, speakers=plan.speakers)
    else:
        question = rerank.ask(text, words, tools.text, speakers=plan.speakers)
    limit = CANDIDATES_OF_WINDOWS if plan.window_s else CANDIDATES
    found: list[tuple[Find, float]] = []
    for family in legs.candidates(
        plan, words, store=store, scope=scope, encoder=encoder, limit=limit
    ):
        if plan.window_s and Lane.METADATA in family.lanes:
            continue
        ids = [s.id for s in family.segments]
        if foreign:
            details = rerank.details_of(family.segments, encoder)
        else:
            details = store.details(ids, encoder.space, scope=scope)
        strip = rerank.read(question, family.segments, details)
        if plan.window_s:
            these = assemble.windows(question, family.segments, strip, to_ns(plan.window_s))
        else:
            these = assemble.finds(question, family.segments, strip)
        found += [(find, family.weight) for find in these]
    return found
