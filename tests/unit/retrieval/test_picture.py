"""Segments are ordered by how they fit, from values in scope alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewfinder.domain.annotation import Annotation, Region
from viewfinder.domain.segment import (
    Detail,
    EmbeddingSpace,
    Lane,
    Segment,
    SegmentId,
    Vectors,
    detail_of,
    segment_id,
)
from viewfinder.domain.time import TimeSpan, to_ns
from viewfinder.retrieval.seeing import picture
from viewfinder.testing import fakes

SPACE = EmbeddingSpace("pictures", "1", 4)
AXES = {"cat": 0, "house": 1, "sea": 2}


class Axes:
    """Reads the first word it knows as an axis of the space."""

    space = SPACE
    landmarks = np.eye(4, dtype=np.float32)[:3]

    def encode_text(self, texts: Sequence[str]) -> Vectors:
        rows = np.zeros((len(texts), 4), np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[next((axis for word, axis in AXES.items() if word in text), 3)] = 1
        return Vectors(SPACE, rows)


READERS = picture.readers([Axes()], [])


def piece(video: str, number: int, *notes: Annotation) -> Segment:
    span = TimeSpan.of_seconds(10 * number, 10 * number + 10)
    of = fakes.video_id(video)
    return Segment(segment_id(of, Lane.PICTURE, number), of, Lane.PICTURE, span, "", notes)


def rows(segment: Segment, *frames: Sequence[float]) -> Detail:
    """Return one row per frame."""
    units = np.array(frames, np.float32)
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    start = segment.span.start_ns
    spans = np.array([[start + to_ns(n), start + to_ns(n + 1)] for n in range(len(frames))])
    return detail_of(units, spans)


def scored(
    question: str,
    held: dict[Segment, Detail | None],
    *,
    exclude: Sequence[str] = (),
) -> dict[SegmentId, picture.PictureScore]:
    return picture.score(
        question,
        language="en",
        exclude=exclude,
        segments=list(held),
        details={s.id: d for s, d in held.items() if d is not None},
        captions={},
        readers=READERS,
    )


def best(scores: dict[SegmentId, picture.PictureScore]) -> SegmentId:
    return max(scores, key=lambda key: scores[key].relative)


def example() -> dict[Segment, Detail | None]:
    pieces = [piece("a", 0), piece("a", 1), piece("b", 0), piece("c", 0)]
    looks = ([0, 1, 0, 1], [1, 0.2, 0, 0.5], [0, 0, 1, 0.3], [0, 0.2, 0.2, 1])
    return {p: rows(p, look) for p, look in zip(pieces, looks, strict=True)}


@pytest.mark.parametrize(("question", "place"), [("cat", 1), ("house", 0), ("sea", 2)])
def test_the_segment_that_looks_like_the_words_comes_first(question: str, place: int) -> None:
    held = example()
    assert best(scored(question, held)) == list(held)[place].id


def test_nothing_to_score_gives_nothing() -> None:
    assert scored("cat", {}) == {}


def test_a_thing_that_is_there_is_surer_than_one_that_is_not() -> None:
    held = example()
    without = {s: d for n, (s, d) in enumerate(held.items()) if n != 1}
    there, gone = (max(s.absolute for s in scored("cat", h).values()) for h in (held, without))
    assert gone < 0.5 < there <= 1


def test_the_best_is_the_surest() -> None:
    scores = scored("cat", example())
    assert max(scores, key=lambda key: scores[key].absolute) == best(scores)


def test_what_must_not_be_there_pushes_a_segment_down() -> None:
    person = Annotation(TimeSpan.of_seconds(0, 10), "person", 0.9, Region(0, 0, 1, 1))
    empty, peopled = piece("a", 0), piece("b", 0, person)
    look = [1.0, 0, 0, 0.1]
    held: dict[Segment, Detail | None] = {empty: rows(empty, look), peopled: rows(peopled, look)}
    assert best(scored("cat", held, exclude=("people",))) == empty.id


def test_segments_without_features_are_judged_by_their_notes() -> None:
    car = Annotation(TimeSpan.of_seconds(0, 10), "red car", 0.9, Region(0, 0, 1, 1))
    plain, shown = piece("a", 0), piece("b", 0, car)
    scores = scored("red car", {plain: None, shown: None})
    assert best(scores) == shown.id
    assert 0 < scores[shown.id].absolute < 1


def test_every_reason_says_that_it_is_approximate_or_has_a_note_behind_it() -> None:
    for found in scored("cat", example()).values():
        assert all(s.part is not None or "approximate" in s.text for s in found.supports)
        assert all(0 <= s.score <= 1 for s in found.supports)


@given(st.permutations(range(4)))
def test_the_order_in_which_segments_come_changes_nothing(order: list[int]) -> None:
    held = list(example().items())
    plain, mixed = scored("cat", dict(held)), scored("cat", dict(held[n] for n in order))
    for key, score in plain.items():
        assert mixed[key].relative == pytest.approx(score.relative, abs=1e-6)
        assert mixed[key].absolute == pytest.approx(score.absolute, abs=1e-6)
