"""Makes moments of what matched: edges from the parts, one moment per place, few per video.

A *find* is one stretch of one lane that matches; a moment is what finds of any lane that
lie on each other become. Edges always come from annotations (utterances, lines, shots),
or from a fixed window where the plan asks for one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from viewfinder.domain.annotation import TrackName
from viewfinder.domain.media import VideoId
from viewfinder.domain.search import Moment, Support
from viewfinder.domain.segment import Lane, Segment
from viewfinder.domain.time import SECOND_NS, TimeSpan
from viewfinder.domain.words import located, terms
from viewfinder.retrieval import fuse, legs, rerank
from viewfinder.retrieval.rerank import Question, Strip

RUN_NS = 15 * SECOND_NS
"""A run of utterances is no longer than this, unless one alone is."""
PAUSE_NS = 3 * SECOND_NS
GROWTH = 0.02
"""What one more utterance must add to MaxSim to be worth the time it takes."""
BLOCK = 0.3
"""Say of the whole block beside its best run: what is said around it."""
EXACT = 0.1
"""Say of BM25 beside MaxSim among single stretches."""
WITNESS = 0.4
"""Say that makes a find a reason for a moment, as a share of the lead's."""
SMOOTHING = 0.3
"""Say of neighbouring windows: what is talked about before and after."""
UNWANTED = 0.5
"""What is left of a find that holds what was to be absent."""
LINES = 3
"""Pieces of evidence that another track adds to a moment placed by speech."""
TRACK = {
    Lane.SPEECH: TrackName.SPEECH,
    Lane.CAPTIONS: TrackName.CAPTIONS,
    Lane.SCREEN_TEXT: TrackName.SCREEN_TEXT,
    Lane.PICTURE: TrackName.LABELS,
    Lane.METADATA: TrackName.METADATA,
}


@dataclass(frozen=True, slots=True)
class Find:
    """A stretch of one lane that matches.

    Attributes:
        video: Where.
        lane: In which lane.
        span: When.
        score: Orders finds of one question.
        confidence: Absolute, in [0, 1].
        supports: Why, best first.
        clear: Of the picture: see ``seeing.picture.PictureScore``.
        named: The same.
    """

    video: VideoId
    lane: Lane
    span: TimeSpan
    score: float
    confidence: float
    supports: tuple[Support, ...]
    clear: float = 0.0
    named: float = 0.0


def stretches(
    question: Question, segments: Sequence[Segment], strip: Strip
) -> list[tuple[Segment, NDArray[np.int64]]]:
    """Return the best stretch of parts of each segment, as indices into the strip."""
    rare = rerank.rarity(question, _per_segment(strip, strip.counts, len(segments)))
    chosen: list[tuple[Segment, NDArray[np.int64]]] = []
    ends = np.searchsorted(strip.homes, np.arange(len(segments)), side="right")
    starts = np.searchsorted(strip.homes, np.arange(len(segments)), side="left")
    for segment, start, end in zip(segments, starts, ends, strict=True):
        if start == end:
            continue
        indices = np.arange(start, end)
        if segment.lane in (Lane.SPEECH, Lane.CAPTIONS):
            indices = _best_run(question, strip, indices, rare)
        elif segment.lane is Lane.SCREEN_TEXT:
            indices = _telling_lines(question, strip, indices, rare)
        chosen.append((segment, indices))
    return chosen


def _per_segment(strip: Strip, values: NDArray[np.float32], total: int) -> NDArray[np.float32]:
    """Return sums over the parts of each segment."""
    sums = np.zeros((total, *values.shape[1:]), np.float32)
    np.add.at(sums, strip.homes, values)
    return sums


def _best_run(
    question: Question, strip: Strip, indices: NDArray[np.int64], rare: NDArray[np.float32]
) -> NDArray[np.int64]:
    """Return the run of utterances that matches best for its length."""
    best, chosen = -np.inf, indices[:1]
    for i, first in enumerate(indices):
        sims = strip.sims[first].copy()
        counts = strip.counts[first].copy()
        for length, last in enumerate(indices[i:]):
            before = strip.parts[last - 1].span if length else None
            span = TimeSpan.hull((strip.parts[first].span, strip.parts[last].span))
            if before is not None and (
                span.duration_ns > RUN_NS or strip.parts[last].span.gap_ns(before) > PAUSE_NS
            ):
                break
            sims = np.maximum(sims, strip.sims[last])
            counts = np.maximum(counts, strip.counts[last])
            share = float((counts > 0) @ rare) / max(float(rare.sum()), 1e-9)
            value = float(sims @ question.weights) + rerank.LEXICAL * share - GROWTH * length
            if value > best:
                best, chosen = value, indices[i : i + length + 1]
    return chosen


def _telling_lines(
    question: Question, strip: Strip, indices: NDArray[np.int64], rare: NDArray[np.float32]
) -> NDArray[np.int64]:
    """Return the lines that add something to the best one, best first."""
    value = strip.sims[indices] @ question.weights + rerank.LEXICAL * (
        (strip.counts[indices] > 0) @ rare / max(float(rare.sum()), 1e-9)
    )
    order = indices[np.argsort(-value, kind="stable")]
    kept = [order[0]]
    sims, counts = strip.sims[order[0]].copy(), strip.counts[order[0]] > 0
    best = strip.parts[int(order[0])].span
    for n in order[1:]:
        # A line that is gone when the best one shows belongs to another moment.
        if not _on_each_other(best, strip.parts[int(n)].span, 0.5):
            continue
        gain = float(np.maximum(sims, strip.sims[n]) @ question.weights - sims @ question.weights)
        if gain > GROWTH or bool(((strip.counts[n] > 0) & ~counts).any()):
            kept.append(n)
            sims = np.maximum(sims, strip.sims[n])
            counts |= strip.counts[n] > 0
    return np.array(kept, np.int64)


def finds(
    question: Question, segments: Sequence[Segment], strip: Strip, *, exclude: Sequence[str] = ()
) -> list[Find]:
    """Return one find per segment: its best stretch, judged with its surroundings.

    A segment that holds a word of ``exclude`` is worth half.
    """
    chosen = stretches(question, segments, strip)
    if not chosen:
        return []
    sims = np.stack([strip.sims[i].max(axis=0) for _, i in chosen])
    counts = np.stack([strip.counts[i].sum(axis=0) for _, i in chosen])
    lengths = np.array([strip.lengths[i].sum() for _, i in chosen], np.float32)
    around = np.maximum.reduceat(strip.sims, np.unique(strip.homes, return_index=True)[1])
    rare = rerank.rarity(question, counts)
    words = rerank.lexical(rare, counts, lengths)
    near = rerank.nearness(question, sims)
    spoken = rerank.said_by(question, strip) if question.speakers else np.zeros(len(strip.parts))
    score = (1 - BLOCK) * near + BLOCK * rerank.nearness(question, around) + EXACT * words
    score += rerank.SPEAKER * np.array([spoken[i].mean() for _, i in chosen])
    believed = rerank.confidence(question, score, counts)
    unwanted = {t for phrase in exclude for t in terms(phrase)}
    for k, (segment, _) in enumerate(chosen):
        if unwanted and unwanted & set(terms(segment.text)):
            believed[k] *= UNWANTED
    return [
        Find(
            segment.video,
            segment.lane,
            _edges(segment, [strip.parts[n].span for n in indices]),
            float(score[k]),
            float(believed[k]),
            supports(question, segment, strip, indices),
        )
        for k, (segment, indices) in enumerate(chosen)
    ]


def _edges(segment: Segment, spans: Sequence[TimeSpan]) -> TimeSpan:
    """Return the hull of the parts, never outside of their segment."""
    return TimeSpan.hull(spans).clipped(segment.span)


def supports(
    question: Question, segment: Segment, strip: Strip, indices: Sequence[int] | NDArray[np.int64]
) -> tuple[Support, ...]:
    """Return what each part has to say for the moment, best first."""
    asked = {t for t, weight in question.terms if weight > legs.LIGHT}
    made = []
    for n in indices:
        part = strip.parts[int(n)]
        matched = (part.text[s:e] for s, e, t in located(part.text) if t in asked)
        made.append(
            Support(
                TRACK[segment.lane],
                part.text,
                part.span,
                round(float(np.clip(strip.sims[int(n)] @ question.weights, 0, 1)), 4),
                part,
                tuple(dict.fromkeys(matched)),
            )
        )
    return tuple(sorted(made, key=lambda s: (-s.score, s.span)))


def best_lines(
    question: Question, segments: Sequence[Segment], strip: Strip, during: TimeSpan
) -> list[Support]:
    """Return what the parts that hold during a stretch have to say, a few per lane."""
    made: list[Support] = []
    for lane in dict.fromkeys(segment.lane for segment in segments):
        found = [
            support
            for k, segment in enumerate(segments)
            if segment.lane is lane
            for support in supports(question, segment, strip, np.nonzero(strip.homes == k)[0])
            if support.span.overlap_ns(during)
        ]
        found.sort(key=lambda s: (-s.score, -(s.part.confidence if s.part else 0), s.span))
        made += _first_of_each(found)[:LINES]
    return made


def _first_of_each(found: Sequence[Support]) -> list[Support]:
    kept: dict[str, Support] = {}
    for support in found:
        kept.setdefault(support.text, support)
    return list(kept.values())


def windows(
    question: Question, segments: Sequence[Segment], strip: Strip, window_ns: int
) -> list[Find]:
    """Return finds that are windows of ``window_ns``, on a grid of half of it.

    A window is worth the mean of its two halves, so that both must match, plus half of
    what its neighbours are worth.
    """
    found: list[Find] = []
    owners = [segments[int(home)] for home in strip.homes]
    everything = rerank.rarity(question, _per_segment(strip, strip.counts, len(segments)))
    for video in sorted({s.video for s in segments}):
        mine = np.array([n for n, s in enumerate(owners) if s.video == video], np.int64)
        if len(mine):
            found += _windows_of(question, segments, strip, mine, everything, window_ns)
    return found


def _windows_of(
    question: Question,
    segments: Sequence[Segment],
    strip: Strip,
    mine: NDArray[np.int64],
    rare: NDArray[np.float32],
    window_ns: int,
) -> list[Find]:
    half_ns = window_ns // 2
    middles = np.array([strip.parts[int(n)].span.middle_ns for n in mine], np.int64)
    cells = middles // half_ns
    total = int(cells.max()) + 2
    sims = np.zeros((total, len(question.rows)), np.float32)
    np.maximum.at(sims, cells, strip.sims[mine])
    counts = np.zeros((total, len(question.terms)), np.float32)
    np.add.at(counts, cells, strip.counts[mine])
    lengths = np.zeros(total, np.float32)
    np.add.at(lengths, cells, strip.lengths[mine])
    said = np.zeros(total, np.float32)
    if question.speakers:
        np.add.at(said, cells, rerank.said_by(question, strip)[mine] * strip.lengths[mine])
    near = rerank.nearness(question, sims)
    words, both = _paired(lengths), _paired(counts)
    score = _paired(near) / 2 + rerank.LEXICAL * rerank.lexical(rare, both, words)
    score += rerank.SPEAKER * _paired(said) / np.maximum(words, 1)
    padded = np.concatenate([score[:1], score, score[-1:]])
    score = (score + SMOOTHING * (padded[:-2] + padded[2:]) / 2) / (1 + SMOOTHING)
    believed = rerank.belief(question, score)
    found: list[Find] = []
    for k in np.nonzero(words)[0]:
        inside = mine[(cells == k) | (cells == k + 1)]
        order = inside[np.argsort(-rerank.nearness(question, strip.sims[inside]), kind="stable")]
        home = segments[int(strip.homes[inside[0]])]
        span = TimeSpan(int(k) * half_ns, int(k) * half_ns + window_ns)
        top = supports(question, home, strip, order[:5])
        found.append(Find(home.video, home.lane, span, float(score[k]), float(believed[k]), top))
    return found


def _paired(cells: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the sum of each cell and the next: a window is two cells."""
    return np.asarray(cells[:-1] + cells[1:], np.float32)


def moments(
    found: Sequence[tuple[Find, float]], *, limit: int, overlap: float = 0.25, per_video: int = 0
) -> tuple[Moment, ...]:
    """Merge finds into moments, best first.

    Finds of different lanes that lie on each other (over half of the shorter) become one
    moment with the edges of the better one; of finds of one lane that overlap only the
    best stays. The score is the chance that one of the lanes is right.

    Args:
        found: Finds, each with the say of its lane.
        limit: How many moments at most.
        overlap: How much of the shorter one two moments of one video may share.
        per_video: At most this many of one video among the first five; 0 for any number.
    """
    order = sorted(found, key=lambda f: (-_worth(*f), f[0].video, f[0].span, f[0].lane))
    groups: list[list[tuple[Find, float]]] = []
    by_video: dict[VideoId, list[list[tuple[Find, float]]]] = {}
    for find, weight in order:
        own = by_video.setdefault(find.video, [])
        home = next((g for g in own if _on_each_other(g[0][0].span, find.span, 0.5)), None)
        if home is not None:
            if find.lane not in {f.lane for f, _ in home}:
                home.append((find, weight))
        elif not any(_on_each_other(g[0][0].span, find.span, overlap) for g in own):
            group = [(find, weight)]
            groups.append(group)
            own.append(group)
    made = sorted((_moment(g) for g in groups), key=lambda m: (-m.score, m.video, m.span))
    return spread(made, per_video=per_video)[:limit]


def _worth(find: Find, weight: float) -> float:
    return weight * find.confidence + 1e-3 * find.score


def _on_each_other(a: TimeSpan, b: TimeSpan, share: float) -> bool:
    shorter = max(min(a.duration_ns, b.duration_ns), 1)
    return a.overlap_ns(b) > share * shorter


def _moment(group: Sequence[tuple[Find, float]]) -> Moment:
    lead = group[0][0]
    says = [weight * find.confidence for find, weight in group]
    # What is far less sure than the lead happens to lie here; it is no reason.
    why = tuple(
        s
        for (find, _), say in zip(group, says, strict=True)
        if say >= WITNESS * says[0]
        for s in find.supports
    )
    score = fuse.any_of(says) + 1e-3 * lead.score
    return Moment(lead.video, lead.span, score, why, max(f.confidence for f, _ in group))


def spread(ranked: Sequence[Moment], *, per_video: int, first: int = 5) -> tuple[Moment, ...]:
    """Put back what would be the third of one video among the first five."""
    if not per_video:
        return tuple(ranked)
    head: list[Moment] = []
    back: list[Moment] = []
    for moment in ranked:
        same = sum(m.video == moment.video for m in head)
        (head if same < per_video or len(head) >= first else back).append(moment)
    merged = head[:first] + sorted([*head[first:], *back], key=lambda m: -m.score)
    return tuple(merged)


def distinct(moments: Sequence[Moment], *, limit: int, overlap: float = 0.5) -> tuple[Moment, ...]:
    """Return moments best first, each place once (non-maximum suppression).

    References:
        Neubeck & Van Gool, *Efficient Non-Maximum Suppression*, ICPR 2006, in one dimension.
    """
    kept: list[Moment] = []
    for moment in sorted(moments, key=lambda m: (-m.score, m.video, m.span)):
        if not any(
            m.video == moment.video and _on_each_other(m.span, moment.span, overlap) for m in kept
        ):
            kept.append(moment)
        if len(kept) == limit:
            break
    return tuple(kept)


def bounded(moment: Moment, whole: TimeSpan) -> Moment:
    """Return the moment cut to its video."""
    return replace(moment, span=moment.span.clipped(whole))
