"""How sure it is that what a question asks for is there: one chance, made of few named signs.

An answer rests on words, on words of another language than the question's, on the look of
the picture alone, or on facts of files. Each of these has signs of its own; a logistic
model adds them up, and every sign but the first of its kind can only speak *for* the
answer. The weights are data (``certainty.toml``), made by ``benchmarks/abstention/run.py``.

All signs are worked out from the candidates of a search, which the scope has chosen:
nothing out of scope moves one, and none is a count of what a library holds.

References:
    Platt, *Probabilistic Outputs for Support Vector Machines*, 1999 (a logistic curve over
    scores). El-Yaniv & Wiener, *On the Foundations of Noise-free Selective
    Classification*, JMLR 11, 2010 (to answer or not, by a threshold on confidence).
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from viewfinder.domain.search import Moment, QueryPlan
from viewfinder.domain.segment import Segment
from viewfinder.retrieval import shapes
from viewfinder.retrieval.assemble import Find
from viewfinder.retrieval.rerank import Question, Strip

TOLERATED = 0.05
"""Share of questions without an answer that may be answered all the same, as shipped."""
FURTHEST = 4.0
"""Confidence is told apart up to e to this to one, either way."""
COMMON = 0.95
"""Most of a word's nearness that may be shared by everything in scope."""

Signs = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What one family of word lanes has to say to a question.

    Attributes:
        anywhere: Each word with content, and how near anything in scope comes to it, in
            [0, 1]; 1 where the word itself stands there.
        score: Of the best find.
        near: Nearness of the best find to the words that set it apart from the rest.
    """

    anywhere: Mapping[str, float]
    score: float
    near: float


@dataclass(frozen=True, slots=True)
class Weight:
    """What a sign is worth: ``weight`` per ``spread`` that it lies above ``mean``."""

    weight: float
    mean: float = 0.0
    spread: float = 1.0


@dataclass(frozen=True)
class Model:
    """The weights of the signs, and from which chance on an answer is given.

    Attributes:
        name: Changes whenever the weights do.
        weights: By name of the sign.
        thresholds: (tolerated share of false answers, least certainty), strictest first.
    """

    name: str
    weights: Mapping[str, Weight]
    thresholds: tuple[tuple[float, float], ...]

    def certainty(self, signs: Signs) -> float:
        """Return the chance that the signs speak of, in [0, 1]; 0 without any sign."""
        if not signs:
            return 0.0
        total = sum(
            w.weight * (value - w.mean) / w.spread
            for name, value in signs
            if (w := self.weights.get(name)) is not None
        )
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))

    def threshold(self, tolerated: float) -> float:
        """Return the least certainty at which no more than ``tolerated`` was answered falsely.

        Between two tried shares the stricter one counts.
        """
        kept = [least for share, least in self.thresholds if share <= tolerated + 1e-9]
        return kept[-1] if kept else 1.0


@lru_cache(maxsize=1)
def shipped() -> Model:
    """Return the model that comes with the package."""
    table = tomllib.loads((resources.files(__package__) / "certainty.toml").read_text("utf-8"))
    return Model(
        table["name"],
        {name: Weight(**row) for name, row in table["signs"].items()},
        tuple((float(share), least) for share, least in sorted(table["thresholds"].items())),
    )


def read(
    question: Question, segments: Sequence[Segment], strip: Strip, found: Sequence[Find]
) -> Reading | None:
    """Return what a family of word lanes has to say; None where it cannot be read by tokens."""
    if not (question.words and found and len(strip.parts)):
        return None
    held, starts = np.unique(strip.homes, return_index=True)
    rows = np.maximum.reduceat(strip.sims, starts)
    spelled = [list(tokens) for _, tokens in question.words]
    near = np.stack([rows[:, tokens].mean(axis=1) for tokens in spelled], axis=1)
    column = {term: n for n, (term, _) in enumerate(question.terms)}
    stands = [bool(strip.counts[:, column[term]].any()) for term, _ in question.words]
    best = max(found, key=lambda find: find.score)
    own = _parts_of(best, segments, strip, held)
    sims = strip.sims[own].max(axis=0)
    mine = np.array([sims[tokens].mean() for tokens in spelled])
    rest = near[~np.isin(held, strip.homes[own])]
    shared = rest.mean(axis=0) if len(rest) else np.zeros(len(spelled))
    telling = 1 - np.clip(shared, 0, COMMON)
    return Reading(
        {
            term: 1.0 if stands[n] else float(np.clip(near[:, n].max(), 0, 1))
            for n, (term, _) in enumerate(question.words)
        },
        best.score,
        float((telling * mine).sum() / telling.sum()),
    )


def _parts_of(
    find: Find, segments: Sequence[Segment], strip: Strip, held: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the parts that a find was made of, as indices into the strip."""
    homes = [
        k
        for k in held.tolist()
        if segments[k].video == find.video
        and segments[k].lane is find.lane
        and segments[k].span.overlap_ns(find.span)
    ]
    among = np.flatnonzero(np.isin(strip.homes, homes))
    inside = [n for n in among.tolist() if strip.parts[n].span.overlap_ns(find.span)]
    return np.array(inside or among.tolist() or [0], np.int64)


def signs(
    plan: QueryPlan, moments: Sequence[Moment], readings: Sequence[Reading], looks: Sequence[Find]
) -> Signs:
    """Return what speaks for the best moment, by name; the first sign names what it rests on.

    Args:
        plan: What was looked for.
        moments: Best first.
        readings: Of the families of word lanes.
        looks: Finds of the picture lane.
    """
    if not moments:
        return ()
    best = moments[0]
    if shapes.asks_for_files(plan):
        return (("facts", 1.0),)
    belief = _belief(best.confidence)
    if plan.like:
        return (("likeness", 1.0), ("likeness.belief", belief))
    if any(support.is_verbatim for support in best.supports):
        if not readings:
            return (("foreign", 1.0), ("foreign.belief", belief))
        seen = _lead(best, looks)
        agreed = 0.0 if seen is None else seen.named
        return (
            ("words", 1.0),
            ("words.belief", belief),
            *_of_words(readings),
            ("words.seen", agreed),
        )
    return (("look", 1.0), ("look.belief", belief), *_of_look(best, looks))


def _belief(confidence: float) -> float:
    odds = max(confidence, 1e-9) / max(1 - confidence, 1e-9)
    return max(-FURTHEST, min(FURTHEST, math.log(odds)))


def _of_words(readings: Sequence[Reading]) -> Signs:
    terms = dict.fromkeys(term for reading in readings for term in reading.anywhere)
    best = [max(reading.anywhere.get(term, 0.0) for reading in readings) for term in terms]
    return (
        ("words.weakest", min(best)),
        ("words.known", sum(value >= 1 for value in best) / len(best)),
        ("words.near", max(readings, key=lambda reading: reading.score).near),
    )


def _of_look(best: Moment, looks: Sequence[Find]) -> Signs:
    lead = _lead(best, looks) or max(looks, key=lambda find: find.score, default=None)
    if lead is None:
        return ()
    return (("look.clear", lead.clear), ("look.named", lead.named), ("look.apart", lead.score))


def _lead(best: Moment, looks: Sequence[Find]) -> Find | None:
    """Return the best find of the picture lane that lies on a moment."""
    there = (f for f in looks if f.video == best.video and f.span.overlap_ns(best.span))
    return max(there, key=lambda find: find.score, default=None)
