"""Fusion, held against sums made by hand."""

from __future__ import annotations

import pytest

from viewfinder.domain.search import Hit
from viewfinder.domain.segment import SegmentId
from viewfinder.retrieval import fuse

A, B, C = (SegmentId(name) for name in "abc")


def ranked(*segments: SegmentId) -> list[Hit]:
    return [Hit(segment, 1.0 / rank, rank) for rank, segment in enumerate(segments, 1)]


def test_reciprocal_rank_is_the_sum_of_weighted_reciprocals() -> None:
    fused = fuse.reciprocal_rank([(ranked(A, B), 1.0), (ranked(B, C), 0.5)])
    assert fused[A] == pytest.approx(1 / 61)
    assert fused[B] == pytest.approx(1 / 62 + 0.5 / 61)
    assert fused[C] == pytest.approx(0.5 / 62)


def test_empty_lists_change_nothing() -> None:
    assert fuse.reciprocal_rank([(ranked(A), 1.0), ([], 1.0)]) == {A: 1 / 61}
    assert fuse.reciprocal_rank([]) == {}


def test_the_best_come_first_and_ties_go_by_id() -> None:
    assert fuse.best({C: 1.0, A: 1.0, B: 2.0}, 2) == [B, A]


def test_one_sure_witness_is_enough() -> None:
    assert fuse.any_of([]) == 0.0
    assert fuse.any_of([0.5, 0.5]) == pytest.approx(0.75)
    assert fuse.any_of([1.0, 0.1]) == 1.0
