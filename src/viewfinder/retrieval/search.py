"""The whole of retrieval on one page: a plan in, ranked moments out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from viewfinder.domain.annotation import TrackName
from viewfinder.domain.media import VideoId
from viewfinder.domain.policy import Scope
from viewfinder.domain.search import LegKind, Moment, QueryPlan, Ranking, Support
from viewfinder.domain.segment import Lane
from viewfinder.domain.time import to_ns
from viewfinder.ports import Store, TextEncoder, TokenEncoder
from viewfinder.retrieval import assemble, certainty, legs, likeness, order, rerank, shapes
from viewfinder.retrieval.asking import grammar, language
from viewfinder.retrieval.assemble import Find

CANDIDATES = 30
"""Segments of a family of lanes that are held against the question word by word."""
CANDIDATES_OF_WINDOWS = 400
"""The same where windows are asked for: an hour of talk is about 150 blocks."""
READ_ANEW = 6
"""Segments whose parts are encoded while somebody waits, where a space keeps no rows."""
ANSWERED = 5
"""Moments of an anchor ("... while they talk of it") that are read for what else is there."""
SIDES = 30
"""Moments of each side of "A then B" that are paired."""

PictureSearch = Callable[[QueryPlan, Store, Scope], Sequence[Find]]


@dataclass(frozen=True, slots=True)
class Tools:
    """What search works with.

    Attributes:
        text: Encoder of English words, with tokens.
        multilingual: Encoder for questions and footage in other languages, if there is one.
        foreign: Gives the videos in scope whose words are not English (``legs.foreign``).
        picture: Finds stretches by their look, if the library has a picture lane.
        look_at: Gives the vector of a picture file, for "like: image.jpg".
    """

    text: TokenEncoder
    multilingual: TextEncoder | None = None
    foreign: Callable[[Scope], frozenset[VideoId]] = lambda _: frozenset()
    picture: PictureSearch | None = None
    look_at: likeness.Look | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    """Moments of one side of a plan, and what their certainty is worked out from."""

    moments: tuple[Moment, ...]
    readings: tuple[certainty.Reading, ...] = ()
    looks: tuple[Find, ...] = ()


def search(
    plan: QueryPlan, *, store: Store, scope: Scope, tools: Tools, least: float | None = None
) -> Ranking:
    """Return the moments that answer a plan, best first; none outside ``scope``.

    Args:
        plan: What to look for.
        store: Where.
        scope: What may be seen.
        tools: What to look with.
        least: Certainty from which on something counts as found; as shipped where None.
    """
    scope = legs.narrowed(plan.filters, store=store, scope=scope)
    if shapes.asks_for_files(plan):
        found = _Found(shapes.files(plan, store.videos(scope=scope)))
    elif plan.sequence and not plan.window_s:
        found = _in_order(plan, store, scope, tools)
    else:
        found = _moments(plan, store, scope, tools)
        found = replace(found, moments=shapes.ordered(plan.shape, found.moments))
    ranked = found.moments
    if plan.anchor:
        first = tuple(_answered(plan, m, store, scope, tools) for m in ranked[:ANSWERED])
        ranked = (*first, *ranked[ANSWERED:])
    model = certainty.shipped()
    signs = certainty.signs(plan, ranked, found.readings, found.looks)
    sure = model.certainty(signs)
    if least is None:
        least = model.threshold(certainty.TOLERATED)
    return Ranking(plan, ranked, bool(ranked) and sure >= least, certainty=sure, signs=signs)


def _moments(plan: QueryPlan, store: Store, scope: Scope, tools: Tools) -> _Found:
    """Find, merge and cut to the videos' own lengths."""
    found: list[tuple[Find, float]] = []
    readings: list[certainty.Reading] = []
    if plan.text or plan.anchor:
        found, readings = _in_words(plan, store, scope, tools)
    if plan.like:
        alike = likeness.finds(
            plan.like, store=store, scope=scope, look=tools.look_at, lanes=plan.filters.lanes
        )
        found += [(find, 1.0) for find in alike]
    looks: tuple[Find, ...] = ()
    if tools.picture is not None and not plan.phrases and not plan.window_s:
        looks = tuple(tools.picture(plan, store, scope))
        found += [(find, 1.0) for find in looks]
    ranked = assemble.moments(found, limit=plan.limit)
    lengths = legs.lengths(ranked, store=store, scope=scope)
    bounded = tuple(assemble.bounded(m, lengths[m.video]) for m in ranked)
    return _Found(bounded, tuple(readings), looks)


Worded = tuple[list[tuple[Find, float]], list[certainty.Reading]]


def _in_words(plan: QueryPlan, store: Store, scope: Scope, tools: Tools) -> Worded:
    """Return what the word lanes have, read by the encoder that reads question and footage.

    A question in another language than English is read by the multilingual encoder alone;
    an English one by both where there is footage in another language.
    """
    if tools.multilingual is None:
        return _worded(plan, store, scope, tools, None)
    if plan.language != language.DEFAULT:
        return _worded(plan, store, scope, tools, tools.multilingual)
    found, readings = _worded(plan, store, scope, tools, None)
    others = tools.foreign(scope)
    if others and not plan.window_s:
        more = _worded(plan, store, scope.narrowed(others), tools, tools.multilingual)
        found, readings = found + more[0], readings + more[1]
    return found, readings


def _worded(
    plan: QueryPlan, store: Store, scope: Scope, tools: Tools, foreign: TextEncoder | None
) -> Worded:
    """Return what the word lanes have, each find with the say of its lane, and how it reads."""
    words = language.load(plan.language)
    text = plan.anchor or plan.text
    encoder: TextEncoder = foreign or tools.text
    if foreign:
        question = rerank.ask_whole(text, words, foreign)
    else:
        question = rerank.ask(text, words, tools.text)
    limit = CANDIDATES_OF_WINDOWS if plan.window_s else CANDIDATES
    families = legs.candidates(plan, words, store=store, scope=scope, encoder=encoder, limit=limit)
    present = {p.speaker for f in families for s in f.segments for p in s.parts if p.speaker}
    asked = grammar.speakers(plan.text, tuple(sorted(present)))
    question = replace(question, speakers=tuple(dict.fromkeys((*plan.speakers, *asked))))
    found: list[tuple[Find, float]] = []
    readings: list[certainty.Reading] = []
    for family in families:
        if plan.window_s and Lane.METADATA in family.lanes:
            continue
        segments = legs.holding(family.segments, plan.phrases)
        ids = [segment.id for segment in segments]
        details = store.details(ids, encoder.space, scope=scope)
        if foreign and not details:
            segments = segments[:READ_ANEW]
            details = rerank.details_of(segments, foreign)
        strip = rerank.read(question, segments, details)
        if plan.window_s:
            these = assemble.windows(question, segments, strip, to_ns(plan.window_s))
        else:
            these = assemble.finds(question, segments, strip, exclude=plan.exclude)
        found += [(find, family.weight) for find in these]
        if Lane.METADATA not in family.lanes:
            reading = certainty.read(question, segments, strip, these)
            readings += [reading] if reading is not None else []
    return found, readings


def _in_order(plan: QueryPlan, store: Store, scope: Scope, tools: Tools) -> _Found:
    """Pair the moments of both sides of "A then B"."""
    assert plan.sequence is not None
    whole = _moments(plan, store, scope, tools)
    sides = [
        _moments(_side(plan, text), store, scope, tools).moments if text else ()
        for text in (plan.sequence.first, plan.sequence.second)
    ]
    known = [*whole.moments, *sides[0], *sides[1]]
    lengths = legs.lengths(known, store=store, scope=scope)
    paired = order.pairs(plan.sequence, sides[0], sides[1], lengths)
    ranked = assemble.distinct([*paired, *order.alone(whole.moments)], limit=plan.limit)
    return replace(whole, moments=ranked)


def _side(plan: QueryPlan, text: str) -> QueryPlan:
    words = language.load(plan.language)
    seen = grammar.pictured(text, grammar.plain(plan.question), plan.names, words)
    lookups = tuple(
        replace(look, text=seen if look.kind is LegKind.PICTURE else text) for look in plan.lookups
    )
    return replace(plan, text=text, lookups=lookups, sequence=None, limit=SIDES)


def _answered(plan: QueryPlan, moment: Moment, store: Store, scope: Scope, tools: Tools) -> Moment:
    """Add what other tracks hold while the anchor is said: they answer the question."""
    lanes = (Lane.SCREEN_TEXT, Lane.PICTURE)
    shown = [
        segment
        for segment in store.segments_of(moment.video, scope=scope, during=moment.span)
        if segment.lane in lanes
    ]
    words = language.load(plan.language)
    question = rerank.ask(plan.text or plan.question, words, tools.text)
    details = store.details([s.id for s in shown], tools.text.space, scope=scope)
    strip = rerank.read(question, shown, details)
    said = {(s.track, s.text) for s in moment.supports}
    more: list[Support] = [
        support
        for support in assemble.best_lines(question, shown, strip, moment.span)
        if (support.track, support.text) not in said and support.track is not TrackName.SHOTS
    ]
    return replace(moment, supports=(*moment.supports, *more))
