"""Holds candidates against the question word by word: late interaction and BM25.

Every token of the question looks for its nearest token in a stretch (MaxSim); the mean
over the question's tokens is how well the stretch matches. Token vectors are contextual,
so one line of a block still knows what the block is about.

References:
    Khattab & Zaharia, *ColBERT*, SIGIR 2020, section 3.3. https://doi.org/10.1145/3397271.3401075
    Robertson & Zaragoza, *The Probabilistic Relevance Framework: BM25 and Beyond*, FnTIR
    3(4), 2009, section 3. https://doi.org/10.1561/1500000019
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewfinder.domain.annotation import Annotation
from viewfinder.domain.segment import Detail, Segment, SegmentId, row_spans
from viewfinder.domain.words import located
from viewfinder.ports import TextEncoder, TokenEncoder
from viewfinder.retrieval.asking.grammar import specific
from viewfinder.retrieval.asking.language import Language, compiled
from viewfinder.retrieval.legs import LIGHT, weighted_terms

K1, B = 1.2, 0.75
LEXICAL = 0.1
"""Say of BM25 (as a share of its maximum) beside MaxSim."""
SETTING = 0.7
"""Say of a subordinate clause ("... when they talk about the budget") beside the main one."""
SPEAKER = 0.1
"""Say of the share of words that an asked speaker speaks."""


LETTERS = 4
"""A part with fewer letters is found by its words only."""
_WORDY = re.compile(r"[^\W\d_]{4}")
EVEN = 0.37
"""Score at which a find is as likely right as not, from answerable and absent questions."""
EVEN_WHOLE, SPREAD_WHOLE = 0.45, 0.1
"""The same for encoders that show no tokens: their cosines lie higher and tell less."""
SPREAD = 0.06
MISSED = 0.35
"""What is left of the confidence where a specific word of the question is missing."""


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A question as the reranker sees it.

    Attributes:
        rows: Unit token vectors, shape (q, dimensions).
        weights: Say of each token, shape (q,), sum 1.
        terms: Distinct terms with their say.
        specific: Terms that nothing else can stand for.
        speakers: Whose words are asked for.
        words: Terms with content, each with the rows that spell it.
        even: Score at which "it is there" is as likely as not.
        spread: How much score changes that to three to one.
    """

    rows: NDArray[np.float32]
    weights: NDArray[np.float32]
    terms: tuple[tuple[str, float], ...]
    specific: frozenset[str] = frozenset()
    speakers: tuple[str, ...] = ()
    words: tuple[tuple[str, tuple[int, ...]], ...] = ()
    even: float = EVEN
    spread: float = SPREAD


@dataclass(frozen=True, slots=True, eq=False)
class Strip:
    """The parts of candidate segments, held against one question.

    Attributes:
        parts: In order of segment, then time.
        homes: Index of each part's segment, shape (p,).
        sims: Nearest token of each part for each of the question, shape (p, q).
        counts: Occurrences of each term of the question, shape (p, t).
        lengths: Words per part, shape (p,).
    """

    parts: tuple[Annotation, ...]
    homes: NDArray[np.int64]
    sims: NDArray[np.float32]
    counts: NDArray[np.float32]
    lengths: NDArray[np.float32]


def ask(text: str, language: Language, encoder: TokenEncoder) -> Question:
    """Return a question by its tokens; words without content and clauses of time say less."""
    [(rows, offsets)] = encoder.encode_tokens([text])
    words = list(located(text))
    weights = np.full(len(rows), LIGHT, np.float32)
    for n, (start, end) in enumerate(offsets):
        meant = [t for s, e, t in words if s < end and start < e]
        if any(language.carries_content(t) for t in meant):
            weights[n] = 1.0
    if setting := compiled(language.grammar["setting"]["pattern"]).search(text):
        weights[offsets[:, 0] >= setting.start()] *= SETTING
    spelled: dict[str, tuple[int, ...]] = {}
    for s, e, t in words:
        if language.carries_content(t):
            held = np.flatnonzero((offsets[:, 0] < e) & (s < offsets[:, 1]))
            spelled[t] = (*spelled.get(t, ()), *held.tolist())
    return Question(
        rows,
        _shares(weights),
        weighted_terms(text, language),
        specific(text, language),
        words=tuple((t, rows_of) for t, rows_of in spelled.items() if rows_of),
    )


def ask_whole(text: str, language: Language, encoder: TextEncoder) -> Question:
    """Return a question by one vector, for encoders that show no tokens."""
    rows = encoder.encode_text([text]).rows
    asked = weighted_terms(text, language)
    one = np.ones(1, np.float32)
    is_named = specific(text, language)
    return Question(rows, one, asked, is_named, (), (), EVEN_WHOLE, SPREAD_WHOLE)


def _shares(weights: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(weights / max(float(weights.sum()), 1e-9), np.float32)


def details_of(segments: Sequence[Segment], encoder: TextEncoder) -> dict[SegmentId, Detail]:
    """Return one row per part, made on the spot, for spaces that keep no token rows."""
    texts = [p.text for s in segments for p in s.parts]
    rows = encoder.encode_text(texts).rows if texts else np.zeros((0, 1), np.float32)
    made: dict[SegmentId, Detail] = {}
    at = 0
    for segment in segments:
        spans = row_spans(segment.parts)
        own = rows[at : at + len(segment.parts)]
        made[segment.id] = Detail(np.rint(own * 127).astype(np.int8), spans)
        at += len(segment.parts)
    return made


def read(
    question: Question, segments: Sequence[Segment], details: Mapping[SegmentId, Detail]
) -> Strip:
    """Hold the parts of ``segments`` against the question."""
    parts = tuple(part for segment in segments for part in segment.parts)
    homes = np.repeat(np.arange(len(segments)), [len(s.parts) for s in segments])
    counts = np.zeros((len(parts), len(question.terms)), np.float32)
    lengths = np.zeros(len(parts), np.float32)
    column = {t: n for n, (t, _) in enumerate(question.terms)}
    for n, part in enumerate(parts):
        found = [t for _, _, t in located(part.text)]
        lengths[n] = len(found)
        for t in found:
            if t in column:
                counts[n, column[t]] += 1
    sims = _sims(question, segments, details, len(parts))
    # The vectors of "20:00" or a misread sign are near everything: those need the very word.
    bare = np.array([_is_bare(part.text) for part in parts], bool)
    sims[bare & ~counts.any(axis=1)] = 0
    return Strip(parts, homes, sims, counts, lengths)


def _is_bare(text: str) -> bool:
    """Tell whether a text has next to no letters."""
    return not _WORDY.search(text) and sum(map(str.isalpha, text)) < LETTERS


def _sims(
    question: Question,
    segments: Sequence[Segment],
    details: Mapping[SegmentId, Detail],
    total: int,
) -> NDArray[np.float32]:
    """Return the best similarity of each part's rows to each row of the question."""
    sims = np.zeros((total, len(question.rows)), np.float32)
    rows: list[NDArray[np.int8]] = []
    owners: list[NDArray[np.int64]] = []
    at = 0
    for segment in segments:
        detail = details.get(segment.id)
        if detail is not None and len(detail.rows) and segment.parts:
            spans = row_spans(segment.parts)
            same = (detail.spans_ns[:, None, :] == spans[None]).all(axis=2)
            rows.append(detail.rows)
            owners.append(at + same.argmax(axis=1))
        at += len(segment.parts)
    if not rows:
        return sims
    owner = np.concatenate(owners)
    order = np.argsort(owner, kind="stable")
    near = (np.concatenate(rows).astype(np.float32) @ question.rows.T)[order] / 127
    held, first = np.unique(owner[order], return_index=True)
    sims[held] = np.maximum.reduceat(near, first, axis=0)
    return sims


def rarity(question: Question, counts: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the say of each term: its weight times its inverse document frequency.

    Documents are the rows of ``counts``; a term that none of them holds is the rarest.
    """
    held = (counts > 0).sum(axis=0)
    idf = np.log1p((len(counts) - held + 0.5) / (held + 0.5))
    say = np.array([w for _, w in question.terms], np.float32)
    return np.asarray(say * idf, np.float32)


def lexical(
    rare: NDArray[np.float32],
    counts: NDArray[np.float32],
    lengths: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Return BM25 of each row as a share of the most that the question can get, in [0, 1]."""
    total = float(rare.sum())
    if not total or not len(counts):
        return np.zeros(len(counts), np.float32)
    norm = K1 * (1 - B + B * lengths / max(float(lengths.mean()), 1.0))
    return np.asarray((counts / (counts + norm[:, None] + 1e-9)) @ rare / total, np.float32)


def nearness(question: Question, sims: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return MaxSim of each row: the weighted mean of its similarities, in [-1, 1]."""
    return np.asarray(sims @ question.weights, np.float32)


def said_by(question: Question, strip: Strip) -> NDArray[np.float32]:
    """Return 1 for each part that an asked speaker speaks, else 0; shape (p,)."""
    asked = {s.casefold() for s in question.speakers}
    return np.array([(p.speaker or "").casefold() in asked for p in strip.parts], np.float32)


def confidence(
    question: Question, score: NDArray[np.float32], counts: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return how likely each row holds what is asked for at all, in [0, 1], shape (n,).

    Vectors take one name for another of its kind: a specific word (a name, a number, a
    code) that does not stand there costs most of the confidence.
    """
    missed = np.zeros(len(score), bool)
    for n, (term, _) in enumerate(question.terms):
        if term in question.specific:
            missed |= counts[:, n] == 0
    sure = belief(question, score)
    return np.asarray(np.where(missed, MISSED * sure, sure), np.float32)


def belief(question: Question, score: NDArray[np.float32]) -> NDArray[np.float32]:
    """Map scores to [0, 1] by a logistic curve with a half at ``question.even``."""
    return np.asarray(1 / (1 + np.exp((question.even - score) / question.spread)), np.float32)
