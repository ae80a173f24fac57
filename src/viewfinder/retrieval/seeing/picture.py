"""How well stretches of picture fit a question, and why.

Word prototypes and a caption made of labels and boxes decide between videos; within a
video prototypes decide alone, over features less the video's own mean: what sets one
stretch apart from the rest of it. All statistics are over the segments handed in, which
the scope has chosen, so nothing out of scope moves a score.

References:
    Romera-Paredes & Torr, *An embarrassingly simple approach to zero-shot learning*,
    ICML 2015 (word prototypes, ``adapters.encoders.prototypes``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from viewfinder.domain.annotation import TrackName
from viewfinder.domain.search import Support
from viewfinder.domain.segment import Detail, EmbeddingSpace, Segment, SegmentId
from viewfinder.domain.time import SECOND_NS
from viewfinder.ports import LandmarkEncoder, TextEncoder
from viewfinder.retrieval.asking import language as languages
from viewfinder.retrieval.seeing import sightings
from viewfinder.retrieval.seeing.sightings import Seen
from viewfinder.retrieval.seeing.wordnet import Term, lexicon

Array = NDArray[np.float32]
Row = NDArray[np.float64]

TERM_SAY = 0.5
AROUND_SAY = 0.5
ABSENCE_SAY = 2.0
"""Says beside prototypes, captions, colours and numbers, which have 1. Not tuned: a weight
search over the development questions was worse on those left out than halves and wholes."""
AROUND_NS = 60 * SECOND_NS
"""What is seen within this distance in the same video speaks for a segment too."""
SHOWN = 20
"""Segments that get their reasons: nobody reads more."""


@dataclass(frozen=True, slots=True)
class PictureScore:
    """What one segment gets for one question.

    Attributes:
        relative: Orders the segments of one question and nothing else.
        absolute: In [0, 1], comparable between questions: "is it there at all?" A fifth of
            the questions that have an answer stay below 0.5.
        supports: Why, in plain words, best first; empty far down the order.
        clear: How much of what is seen where the question fits best is the question, and not
            the other things that a classifier knows: a logarithm, the same for all segments.
        named: Share of the nouns that recognisers named, in [0, 1].
    """

    relative: float
    absolute: float
    supports: tuple[Support, ...] = ()
    clear: float = 0.0
    named: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Reader:
    """An encoder of words.

    Attributes:
        encoder: The encoder.
        landmarks: Unit rows of its space where pictures of well-known things lie; None
            where it knows none, then it has no say in whether a thing is there at all.
    """

    encoder: TextEncoder
    landmarks: Array | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Readers:
    """What reads the words of a question.

    Attributes:
        prototypes: Into the space of the pictures.
        captions: Into the spaces of the captions.
    """

    prototypes: tuple[Reader, ...]
    captions: tuple[Reader, ...]


def readers(prototypes: Sequence[LandmarkEncoder], captions: Sequence[TextEncoder]) -> Readers:
    """Return readers for any number of questions."""
    return Readers(
        tuple(Reader(encoder, encoder.landmarks) for encoder in prototypes),
        tuple(Reader(encoder) for encoder in captions),
    )


def looks(question: str, language: str) -> list[str]:
    """Return the texts whose look is compared: the question, then each thing it names."""
    return [question, *(term.text for term in _named(question, language))]


def _named(question: str, language: str) -> list[Term]:
    words = languages.load(language)
    return lexicon().terms(question, passed_over=words.function_words)


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
        readers: Those that read ``language``.
    """
    if not segments:
        return {}
    words = languages.load(language)
    terms = _named(question, language)
    asked = sightings.wanted(question, terms, exclude, words)
    seen = sightings.seen(asked, segments)
    noted = np.array([s.coloured + s.counted - ABSENCE_SAY * s.unwanted for s in seen])
    frames = _Frames.of(segments, details)
    asked_looks = looks(question, language)
    vectors = [reader.encoder.encode_text(asked_looks).rows for reader in readers.prototypes]
    likes = [frames.like(rows) for rows in vectors]
    like = frames.deviations(likes)
    fused = like[0] + _z(_caption_likeness(question, segments, captions, readers.captions)) + noted
    if len(like) > 1:  # no reader, no looks: a language that nobody here reads
        fused += TERM_SAY * _z(like[1:].max(axis=0))
    apart = frames.apart([x[:, 0] for x in likes], [rows[0] for rows in vectors])
    inside = frames.deviations(apart)[0] + noted
    relative = _placed(segments, fused, inside)
    sure = _presence(frames, likes, vectors, readers.prototypes, seen)
    clear = _clear(frames, likes, readers.prototypes)
    best = float(relative.max())
    shown = {int(n) for n in np.argsort(-relative, kind="stable")[:SHOWN]}
    scores: dict[SegmentId, PictureScore] = {}
    for n, segment in enumerate(segments):
        absolute = sure * math.exp((float(relative[n]) - best) / FADE)
        reasons = _reasons(asked, segment, absolute) if n in shown else ()
        scores[segment.id] = PictureScore(
            float(relative[n]), absolute, reasons, clear, seen[n].named
        )
    return scores


@dataclass(frozen=True, slots=True, eq=False)
class _Frames:
    """Rows of all segments, and where frames and segments begin among them.

    Attributes:
        rows: As int8 keeps them.
        scale: What makes each a unit row: rounded rows differ a little in length, and in
            still videos that little would decide.
        frame_starts: Among the rows.
        segment_starts: Among the frames.
        holders: Which segments have rows, in order.
        homes: (first row, end, video as a number) of each run of rows of one video.
        means: Mean unit row of each video.
        count: Of segments, with rows or without.
    """

    rows: Array
    scale: Array
    frame_starts: NDArray[np.intp]
    segment_starts: NDArray[np.intp]
    holders: NDArray[np.intp]
    homes: tuple[tuple[int, int, int], ...]
    means: Array
    count: int

    @classmethod
    def of(cls, segments: Sequence[Segment], details: Mapping[SegmentId, Detail]) -> _Frames:
        held = [(n, d) for n, s in enumerate(segments) if (d := details.get(s.id)) and len(d.rows)]
        if not held:
            none = np.zeros(0, np.intp)
            empty = np.zeros((0, 0), np.float32)
            return cls(empty, empty, none, none, none, (), empty, len(segments))
        rows = np.concatenate([d.rows for _, d in held]).astype(np.float32)
        squares = np.einsum("rd,rd->r", rows, rows)
        scale = np.asarray(1 / np.sqrt(np.maximum(squares, 1.0)), np.float32)
        spans = np.concatenate([d.spans_ns for _, d in held])
        lengths = np.array([len(d.rows) for _, d in held])
        firsts = np.r_[0, np.cumsum(lengths)[:-1]]
        new = np.r_[True, (spans[1:] != spans[:-1]).any(axis=1)]
        new[firsts] = True
        frame_starts = np.flatnonzero(new)
        videos = [segments[n].video for n, _ in held]
        number = {video: n for n, video in enumerate(dict.fromkeys(videos))}
        ends = np.cumsum(lengths)
        homes: list[tuple[int, int, int]] = []
        at = 0
        for video, run in groupby(zip(videos, ends.tolist(), strict=True), key=lambda v: v[0]):
            end = max(end for _, end in run)
            homes.append((at, end, number[video]))
            at = end
        means = np.zeros((len(number), rows.shape[1]), np.float32)
        counts = np.zeros(len(number), np.float32)
        for start, end, n in homes:
            means[n] += scale[start:end] @ rows[start:end]
            counts[n] += end - start
        means /= counts[:, None]
        return cls(
            rows,
            scale,
            frame_starts,
            np.asarray(np.searchsorted(frame_starts, firsts), np.intp),
            np.array([n for n, _ in held], np.intp),
            tuple(homes),
            means,
            len(segments),
        )

    def like(self, vectors: Array) -> Array:
        """Return how like each vector each row is, shape (rows, vectors)."""
        if not len(self.holders):
            return np.zeros((0, len(vectors)), np.float32)
        return np.asarray(self.rows @ vectors.T * self.scale[:, None], np.float32)

    def apart(self, likes: Sequence[Array], vectors: Sequence[Array]) -> list[Array]:
        """Return how like each vector is what sets each row apart from its video's mean.

        That is the cosine of ``row - mean`` with it, worked out from the cosine of the row.
        """
        if not len(self.holders):
            return [like[:, None] for like in likes]
        shared = np.empty(len(self.rows), np.float32)
        video = np.empty(len(self.rows), np.intp)
        for start, end, n in self.homes:
            shared[start:end] = self.rows[start:end] @ self.means[n]
            video[start:end] = n
        squares = np.einsum("vd,vd->v", self.means, self.means)[video]
        lengths = np.sqrt(np.maximum(1 - 2 * shared * self.scale + squares, 1e-6))
        return [
            np.asarray((like - (self.means @ vector)[video]) / lengths, np.float32)[:, None]
            for like, vector in zip(likes, vectors, strict=True)
        ]

    def pooled(self, like: Array) -> NDArray[np.float64]:
        """Return three views of how like each vector the segments are.

        Shape (3, vectors, segments with rows): mean and best of the frames, where a frame
        is as good as its best part, and best of the whole frames (a frame's first row).
        """
        best = np.maximum.reduceat(like, self.frame_starts).astype(np.float64)
        sizes = np.diff(np.r_[self.segment_starts, len(self.frame_starts)])
        mean = np.add.reduceat(best, self.segment_starts) / sizes[:, None]
        most = np.maximum.reduceat(best, self.segment_starts)
        whole = np.maximum.reduceat(like[self.frame_starts], self.segment_starts)
        return np.stack([mean, most, whole]).transpose(0, 2, 1)

    def deviations(self, likes: Sequence[Array]) -> NDArray[np.float64]:
        """Return deviations over the segments, shape (vectors, segments); encoders add up.

        Segments without rows are as unlike as the least like of the others.
        """
        total = np.zeros((likes[0].shape[1] if likes else 1, self.count))
        if not len(self.holders):
            return total
        for like in likes:
            for view in self.pooled(like):
                spread = np.repeat(view.min(axis=1, keepdims=True), self.count, axis=1)
                spread[:, self.holders] = view
                total += _z(spread)
        return _z(total)


def _caption_likeness(
    question: str,
    segments: Sequence[Segment],
    captions: Mapping[EmbeddingSpace, Mapping[SegmentId, Array]],
    readers: Sequence[Reader],
) -> Row:
    """Return how near the captions are, less what all captions share; 0 without any."""
    total = np.zeros(len(segments))
    for reader in readers:
        rows = captions.get(reader.encoder.space, {})
        held = [n for n, segment in enumerate(segments) if segment.id in rows]
        if held:
            block = np.stack([rows[segments[n].id] for n in held])
            block = block - block.mean(axis=0)
            block /= np.maximum(np.linalg.norm(block, axis=1, keepdims=True), 1e-6)
            total[held] += _z(
                (block @ reader.encoder.encode_text([question]).rows[0]).astype(np.float64)
            )
    return total


def _placed(segments: Sequence[Segment], fused: Row, inside: Row) -> Row:
    """Return scores that order videos by their best place, and places by ``inside``.

    A place is as good as its segment and half as good as what lies around it. The best of
    ``inside`` in a video gets what the video's best place has; the others fall behind it.
    """
    videos = np.array([segment.video for segment in segments])
    middles = np.array([segment.span.middle_ns for segment in segments], np.int64)
    placed = np.empty(len(segments))
    for video in dict.fromkeys(videos.tolist()):
        own = np.flatnonzero(videos == video)
        near = np.abs(middles[own, None] - middles[own]) <= AROUND_NS
        around = (near * fused[own]).sum(axis=1) / near.sum(axis=1)
        best = float((fused[own] + AROUND_SAY * around).max())
        placed[own] = best + inside[own] - inside[own].max()
    return placed


def _z(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return deviations from the mean along the last axis; 0 where nothing varies."""
    spread = values.std(axis=-1, keepdims=True)
    centred = values - values.mean(axis=-1, keepdims=True)
    return np.asarray(centred / np.where(spread > 1e-9, spread, np.inf))


FADE = 3.0
"""Relative score that costs a factor of e in absolute score, behind the best segment."""
_NAMED_SAY = 0.2
_LEAST_KNOWN = 0.05
_MIDDLE, _SLOPE = 0.52, 0.08
"""Set so that a fifth of the development questions on pictures stay below 0.5
(``benchmarks/picture/run.py``)."""


def _presence(
    frames: _Frames,
    likes: Sequence[Array],
    vectors: Sequence[Array],
    readers: Sequence[Reader],
    seen: Sequence[Seen],
) -> float:
    """Return how sure it is that what is asked for is there at all, in [0, 1].

    Where the question lies next to a class that the classifier learnt, its pictures would
    lie near too: a cat that is there looks very much like "cat". A question far from all
    classes cannot expect that. So likeness counts as a share of the likeness to the
    nearest class, by the encoder that doubts most; what recognisers named adds to it.
    """
    named = max(s.named for s in seen)
    shares = [
        float(like[:, 0].max()) / max(float((reader.landmarks @ rows[0]).max()), _LEAST_KNOWN)
        for like, rows, reader in zip(likes, vectors, readers, strict=True)
        if reader.landmarks is not None and len(frames.holders)
    ]
    if not shares:
        return named * NOTES_ALONE
    signal = min(shares) + _NAMED_SAY * named
    return 1 / (1 + math.exp(-(signal - _MIDDLE) / _SLOPE))


UNCLEAR = -8.0
_SHARPNESS = 10.0


def _clear(frames: _Frames, likes: Sequence[Array], readers: Sequence[Reader]) -> float:
    """Return the logarithm of the question's share among all that a classifier knows.

    Taken in the frame where the question fits best, by the encoder that doubts most: a
    frame that resembles forty classes more than the question shows one of those.

    References:
        Ming et al., *Delving into Out-of-Distribution Detection with Vision-Language
        Representations*, NeurIPS 2022, section 3 (a softmax over known concepts).
    """
    shares: list[float] = []
    for like, reader in zip(likes, readers, strict=True):
        if reader.landmarks is not None and len(frames.holders):
            best = int(like[:, 0].argmax())
            row = frames.rows[best] * frames.scale[best]
            known = float(np.exp(_SHARPNESS * (reader.landmarks @ row)).sum())
            shares.append(_SHARPNESS * float(like[best, 0]) - math.log(known))
    return min(shares, default=UNCLEAR)


LIKENESS = "the picture resembles what was looked for (approximate)"

NOTES_ALONE = 0.8
"""Most that notes can give where there are no features of frames."""


def _reasons(asked: sightings.Wanted, segment: Segment, absolute: float) -> tuple[Support, ...]:
    """Return what was named, and always that the look itself was compared.

    The words of the question are not said again: what they say of somebody is not ours to say.
    """
    looks = Support(TrackName.LABELS, LIKENESS, segment.span, absolute)
    return (*sightings.supports(asked, segment), looks)
