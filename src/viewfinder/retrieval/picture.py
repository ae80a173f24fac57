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
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from viewfinder.domain.annotation import TrackName
from viewfinder.domain.search import Support
from viewfinder.domain.segment import Detail, EmbeddingSpace, Segment, SegmentId
from viewfinder.domain.time import SECOND_NS
from viewfinder.ports import LandmarkEncoder, TextEncoder
from viewfinder.retrieval import language as languages
from viewfinder.retrieval import sightings
from viewfinder.retrieval.sightings import Seen
from viewfinder.retrieval.wordnet import lexicon

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
    """

    relative: float
    absolute: float
    supports: tuple[Support, ...] = ()


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
    terms = lexicon().terms(question, passed_over=words.function_words)
    asked = sightings.wanted(question, terms, exclude, words)
    seen = [sightings.seen(asked, segment) for segment in segments]
    noted = np.array([s.coloured + s.counted - ABSENCE_SAY * s.unwanted for s in seen])
    frames = _Frames.of(segments, details)
    looks = [question, *(term.text for term in terms)]
    vectors = [reader.encoder.encode_text(looks).rows for reader in readers.prototypes]
    like = frames.likeness(vectors)
    fused = like[0] + _z(_caption_likeness(question, segments, captions, readers.captions)) + noted
    if terms:
        fused += TERM_SAY * _z(like[1:].max(axis=0))
    inside = frames.less_video_means(segments).likeness([rows[:1] for rows in vectors])[0] + noted
    relative = _placed(segments, fused, inside)
    sure = _presence(frames, vectors, readers.prototypes, seen)
    best = float(relative.max())
    shown = {int(n) for n in np.argsort(-relative, kind="stable")[:SHOWN]}
    scores: dict[SegmentId, PictureScore] = {}
    for n, segment in enumerate(segments):
        absolute = sure * math.exp((float(relative[n]) - best) / FADE)
        reasons = _reasons(question, asked, segment, absolute) if n in shown else ()
        scores[segment.id] = PictureScore(float(relative[n]), absolute, reasons)
    return scores


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
        frame_starts: list[NDArray[np.intp]] = []
        segment_starts: list[int] = []
        holders: list[int] = []
        at = frames = 0
        for n, segment in enumerate(segments):
            detail = details.get(segment.id)
            if detail is None or not len(detail.rows):
                continue
            new = np.r_[True, (detail.spans_ns[1:] != detail.spans_ns[:-1]).any(axis=1)]
            holders.append(n)
            segment_starts.append(frames)
            frame_starts.append(np.flatnonzero(new) + at)
            rows.append(detail.unit_rows())
            at += len(detail.rows)
            frames += int(new.sum())
        if not rows:
            none = np.zeros(0, np.intp)
            return cls(np.zeros((0, 0), np.float32), none, none, none, len(segments))
        return cls(
            np.concatenate(rows),
            np.concatenate(frame_starts),
            np.array(segment_starts, np.intp),
            np.array(holders, np.intp),
            len(segments),
        )

    def less_video_means(self, segments: Sequence[Segment]) -> _Frames:
        """Return the same frames with unit rows of what differs from the video's mean."""
        if not len(self.holders):
            return self
        starts = np.r_[self.frame_starts[self.segment_starts], len(self.rows)]
        lengths = np.diff(starts)
        videos = [segments[n].video for n in self.holders]
        number = {video: n for n, video in enumerate(dict.fromkeys(videos))}
        home = np.repeat([number[video] for video in videos], lengths)
        rows = self.rows.copy()
        for video in number.values():
            own = home == video
            rows[own] -= rows[own].mean(axis=0)
        rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
        return replace(self, rows=rows)

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

    def likeness(self, vectors: Sequence[Array]) -> NDArray[np.float64]:
        """Return deviations over the segments, shape (texts, segments); encoders add up.

        Segments without rows are as unlike as the least like of the others.
        """
        texts = len(vectors[0]) if vectors else 1
        total = np.zeros((texts, self.count))
        if not len(self.holders):
            return total
        for rows in vectors:
            for view in self.pooled(rows):
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
_MIDDLE, _SLOPE = 0.47, 0.08
"""Set so that a fifth of the development questions on pictures stay below 0.5
(``benchmarks/picture/run.py``)."""


def _presence(
    frames: _Frames, vectors: Sequence[Array], readers: Sequence[Reader], seen: Sequence[Seen]
) -> float:
    """Return how sure it is that what is asked for is there at all, in [0, 1].

    Where the question lies next to a class that the classifier learnt, its pictures would
    lie near too: a cat that is there looks very much like "cat". A question far from all
    classes cannot expect that. So likeness counts as a share of the likeness to the
    nearest class, by the encoder that doubts most; what recognisers named adds to it.
    """
    named = max(s.named for s in seen)
    shares = [
        float(frames.pooled(rows[:1])[1].max())
        / max(float((reader.landmarks @ rows[0]).max()), 0.05)
        for rows, reader in zip(vectors, readers, strict=True)
        if reader.landmarks is not None and len(frames.holders)
    ]
    if not shares:
        return named * NOTES_ALONE
    signal = min(shares) + _NAMED_SAY * named
    return 1 / (1 + math.exp(-(signal - _MIDDLE) / _SLOPE))


NOTES_ALONE = 0.8
"""Most that notes can give where there are no features of frames."""


def _reasons(
    question: str, asked: sightings.Wanted, segment: Segment, absolute: float
) -> tuple[Support, ...]:
    """Return what was named, and always that the look itself was compared."""
    looks = Support(
        TrackName.LABELS,
        f"the picture resembles “{question}” (approximate)",
        segment.span,
        absolute,
    )
    return (*sightings.supports(asked, segment), looks)
