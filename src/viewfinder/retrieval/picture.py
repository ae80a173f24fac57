"""How well stretches of picture fit a question, and why.

Word prototypes carry the ranking, a caption made of labels and boxes helps them, and what
recognisers name outright (classes, colours, numbers, what is absent) adds on a fixed
scale. All statistics are over the segments handed in, which the scope has chosen, or over
a fixed list of plain sentences that ships: nothing out of scope moves a score.

References:
    Romera-Paredes & Torr, *An embarrassingly simple approach to zero-shot learning*,
    ICML 2015 (word prototypes, ``adapters.encoders.prototypes``).
    Auckenthaler et al., *Score Normalization for Text-Independent Speaker Verification
    Systems*, Digital Signal Processing 10, 2000 (zero normalisation by a background).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from viewfinder.domain.search import Support
from viewfinder.domain.segment import Detail, EmbeddingSpace, Segment, SegmentId
from viewfinder.ports import TextEncoder
from viewfinder.retrieval import language as languages
from viewfinder.retrieval import sightings
from viewfinder.retrieval.wordnet import lexicon

Array = NDArray[np.float32]

CAPTION_WEIGHT = 0.5
TERM_WEIGHT = 0.5
NAMED_WEIGHT = 2.0
ABSENCE_WEIGHT = 2.0
"""Says of the channels beside the prototypes (1): half each, as in the recipe, or a fixed scale."""


@dataclass(frozen=True, slots=True)
class PictureScore:
    """What one segment gets for one question.

    Attributes:
        relative: Orders the segments of one question and nothing else.
        absolute: In [0, 1], comparable between questions: "is it there at all?"; 0.5 is
            where a fifth of the questions that have an answer would be turned down.
        supports: Why, in plain words, best first; may be empty.
    """

    relative: float
    absolute: float
    supports: tuple[Support, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Reader:
    """A text encoder, and what it makes of the background sentences."""

    encoder: TextEncoder
    background: Array  # (sentences, dimensions)


@dataclass(frozen=True, slots=True, eq=False)
class Readers:
    """What reads the words of a question.

    Attributes:
        prototypes: Into the space of the pictures.
        captions: Into the spaces of the captions.
    """

    prototypes: tuple[Reader, ...]
    captions: tuple[Reader, ...]


def readers(prototypes: Sequence[TextEncoder], captions: Sequence[TextEncoder]) -> Readers:
    """Return readers with their background, for any number of questions (about 0.2 s)."""
    text = resources.files(__package__).joinpath("background.txt").read_text("utf-8")
    sentences = text.splitlines()
    made = [
        tuple(Reader(encoder, encoder.encode_text(sentences).rows) for encoder in group)
        for group in (prototypes, captions)
    ]
    return Readers(made[0], made[1])


def score(
    question: str,
    *,
    language: str,
    exclude: Sequence[str],
    segments: Sequence[Segment],
    details: Mapping[SegmentId, Detail],
    captions: Mapping[EmbeddingSpace, Mapping[SegmentId, Array]],
    readers: Readers,
) -> dict[SegmentId, PictureScore]:
    """Return the score of each segment.

    Args:
        question: What is to be seen, without what must be absent and without names of
            people: they never reach the picture.
        language: ISO 639-1 of the question. Hand in only readers that read it.
        exclude: What must not be there.
        segments: Of the picture lane, all in scope.
        details: Rows of frames and crops; a segment without any is judged by its notes.
        captions: Vectors of ``Segment.text`` by space.
        readers: See ``readers``.
    """
    if not segments:
        return {}
    words = languages.load(language)
    terms = lexicon().terms(question, passed_over=words.function_words)
    frames = _Frames.of(segments, details)
    looks = [question, *(term.text for term in terms)]
    sigmas = [_sigmas(frames, reader, looks) for reader in readers.prototypes]
    likeness = sum(sigmas, np.zeros((len(looks), len(segments)))) / max(len(sigmas), 1)
    by_term = np.zeros(len(segments))
    if terms:
        each = sum(_z(s[1:]) for s in sigmas) if sigmas else np.zeros((1, len(segments)))
        by_term = _z(np.asarray(each).max(axis=0))
    wanted = sightings.wanted(question, terms, exclude, words)
    seen = [sightings.seen(wanted, segment) for segment in segments]
    named = np.array([s.named for s in seen])
    relative = (
        _z(likeness[0])
        + CAPTION_WEIGHT * _z(_captions(question, segments, captions, readers.captions))
        + TERM_WEIGHT * by_term
        + NAMED_WEIGHT * named
        + np.array([s.coloured + s.counted for s in seen])
        - ABSENCE_WEIGHT * np.array([s.unwanted for s in seen])
    )
    return {
        segment.id: PictureScore(
            float(relative[n]), _absolute(float(likeness[0, n]), seen[n]), seen[n].supports
        )
        for n, segment in enumerate(segments)
    }


@dataclass(frozen=True, slots=True, eq=False)
class _Frames:
    """Rows of all segments, and where frames and segments begin among them."""

    rows: Array  # (rows, dimensions)
    frame_starts: NDArray[np.intp]
    segment_starts: NDArray[np.intp]  # among the frames
    holders: NDArray[np.intp]  # which segments have rows
    count: int

    @classmethod
    def of(cls, segments: Sequence[Segment], details: Mapping[SegmentId, Detail]) -> _Frames:
        rows: list[Array] = []
        frame_starts: list[int] = []
        segment_starts: list[int] = []
        holders: list[int] = []
        at = 0
        for n, segment in enumerate(segments):
            detail = details.get(segment.id)
            if detail is None or not len(detail.rows):
                continue
            holders.append(n)
            segment_starts.append(len(frame_starts))
            new = np.r_[True, (detail.spans_ns[1:] != detail.spans_ns[:-1]).any(axis=1)]
            frame_starts += (np.flatnonzero(new) + at).tolist()
            rows.append(detail.unit_rows())
            at += len(detail.rows)
        stacked = np.concatenate(rows) if rows else np.zeros((0, 0), np.float32)
        return cls(
            stacked,
            np.array(frame_starts, np.intp),
            np.array(segment_starts, np.intp),
            np.array(holders, np.intp),
            len(segments),
        )

    def pooled(self, vectors: Array) -> NDArray[np.float64]:
        """Return three views of how like each vector the segments are.

        Shape (3, vectors, segments with rows): mean and best of the frames, where a frame
        is as good as its best part, and best of the whole frames (a frame's first row).
        """
        like = (self.rows @ vectors.T).astype(np.float64)
        best = np.maximum.reduceat(like, self.frame_starts)
        sizes = np.diff(np.r_[self.segment_starts, len(self.frame_starts)])
        mean = np.add.reduceat(best, self.segment_starts) / sizes[:, None]
        most = np.maximum.reduceat(best, self.segment_starts)
        whole = np.maximum.reduceat(like[self.frame_starts], self.segment_starts)
        return np.stack([mean, most, whole]).transpose(0, 2, 1)


def _sigmas(frames: _Frames, reader: Reader, texts: Sequence[str]) -> NDArray[np.float64]:
    """Return likeness in deviations of what the background gets, shape (texts, segments).

    A segment that looks like everything gets no more for that than one that looks like
    nothing. Segments without rows get 0, like the background.
    """
    out = np.zeros((len(texts), frames.count))
    if len(frames.holders):
        vectors = np.concatenate([reader.encoder.encode_text(texts).rows, reader.background])
        views = frames.pooled(vectors)
        asked, background = views[:, : len(texts)], views[:, len(texts) :]
        mean, deviation = background.mean(axis=1), background.std(axis=1)
        sigma = (asked - mean[:, None]) / np.maximum(deviation[:, None], 1e-6)
        out[:, frames.holders] = sigma.mean(axis=0)
    return out


def _captions(
    question: str,
    segments: Sequence[Segment],
    captions: Mapping[EmbeddingSpace, Mapping[SegmentId, Array]],
    readers: Sequence[Reader],
) -> NDArray[np.float64]:
    """Return how near the captions are, in deviations of the background; 0 without one."""
    total = np.zeros(len(segments))
    for reader in readers:
        rows = captions.get(reader.encoder.space, {})
        held = [n for n, segment in enumerate(segments) if segment.id in rows]
        if held:
            block = np.stack([rows[segments[n].id] for n in held])
            asked = block @ reader.encoder.encode_text([question]).rows[0]
            background = block @ reader.background.T
            deviation = np.maximum(background.std(axis=1), 1e-6)
            total[held] += (asked - background.mean(axis=1)) / deviation
    return total / max(len(readers), 1)


def _z(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return deviations from the mean along the last axis; 0 where nothing varies."""
    spread = values.std(axis=-1, keepdims=True)
    return np.asarray(
        (values - values.mean(axis=-1, keepdims=True)) / np.where(spread > 1e-9, spread, np.inf)
    )


_MIDDLE, _SLOPE, _NAMED_SAY = 2.0, 0.6, 1.5
"""Fitted so that a fifth of the picture questions of the development clips fall below 0.5
(``benchmarks/picture/run.py``)."""


def _absolute(sigma: float, seen: sightings.Seen) -> float:
    signal = sigma + _NAMED_SAY * seen.named
    return 1 / (1 + math.exp(-(signal - _MIDDLE) / _SLOPE))
