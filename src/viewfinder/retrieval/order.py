"""Two things in time: A then B, A before B, what comes after B."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from viewfinder.domain.media import VideoId
from viewfinder.domain.search import Moment
from viewfinder.domain.search import Sequence as Order
from viewfinder.domain.time import SECOND_NS, TimeSpan, to_ns

NEXT_NS = 10 * SECOND_NS
"""How much of what comes right before or after is shown where nothing else is asked."""
ALONE = 0.5
"""Say of a moment that fits the question but has no partner in time."""


def pairs(
    order: Order,
    first: Sequence[Moment],
    second: Sequence[Moment],
    lengths: Mapping[VideoId, TimeSpan],
) -> list[Moment]:
    """Return moments of pairs in the right order and near enough, unsorted.

    A pair is worth the geometric mean of its two sides, less the further apart they are
    (to half at ``within_s``); it carries the evidence of both. Where one side asks for
    nothing in particular, the stretch next to the other side is the answer.
    """
    if not order.first or not order.second:
        known = second if not order.first else first
        return [_beside(m, order, lengths[m.video]) for m in known]
    within_ns = to_ns(order.within_s)
    return [
        _pair(a, b, order, within_ns)
        for a in first
        for b in second
        if a.video == b.video
        and a.span.middle_ns < b.span.middle_ns
        and a.span.gap_ns(b.span) <= within_ns
    ]


def _pair(a: Moment, b: Moment, order: Order, within_ns: int) -> Moment:
    nearness = 1 - 0.5 * a.span.gap_ns(b.span) / max(within_ns, 1)
    span = {
        "first": a.span.clipped(TimeSpan(0, max(b.span.start_ns, a.span.start_ns + 1))),
        "second": b.span,
        "both": TimeSpan.hull((a.span, b.span)),
    }[order.wanted]
    why = b.supports + a.supports if order.wanted == "second" else a.supports + b.supports
    return Moment(
        a.video,
        span,
        math.sqrt(max(a.score, 0) * max(b.score, 0)) * nearness,
        why,
        math.sqrt(a.confidence * b.confidence),
    )


def _beside(known: Moment, order: Order, whole: TimeSpan) -> Moment:
    """Return the stretch right before or after a moment."""
    length_ns = min(NEXT_NS, to_ns(order.within_s))
    if order.wanted == "first" or not order.first:
        start_ns = max(0, known.span.start_ns - length_ns)
        span = TimeSpan(start_ns, known.span.start_ns)
    else:
        span = TimeSpan(known.span.end_ns, known.span.end_ns + length_ns)
    span = span.clipped(whole)
    return replace(known, span=span if span.duration_ns else known.span)


def alone(moments: Sequence[Moment]) -> list[Moment]:
    """Return moments that fit the whole question, for less than a pair is worth."""
    return [replace(m, score=ALONE * m.score, confidence=ALONE * m.confidence) for m in moments]
