"""Measures, held against values made by hand. The definition of a hit is the issue's."""

from __future__ import annotations

import math

import pytest

from viewfinder.domain.time import TimeSpan
from viewfinder.evaluation import measures
from viewfinder.evaluation.judgments import Judgment, Relevant, Returned


def shown(start_s: float, end_s: float, file: str = "a.mp4") -> Returned:
    return Returned(file, TimeSpan.of_seconds(start_s, end_s))


def gold(start_s: float, end_s: float, grade: int = 2, file: str = "a.mp4") -> Relevant:
    return Relevant(file, TimeSpan.of_seconds(start_s, end_s), grade)


@pytest.mark.parametrize(
    ("returned", "relevant", "is_hit"),
    [
        (shown(10, 14), gold(12, 20), True),  # half of the shorter
        (shown(10, 14), gold(12.1, 20), False),
        (shown(0, 15), gold(3, 5), True),  # 15 s are free
        (shown(0, 15.1), gold(3, 5), False),
        (shown(0, 40), gold(10, 30), True),  # twice the gold
        (shown(0, 40.1), gold(10, 30), False),
        (shown(12, 14, "b.mp4"), gold(12, 14), False),
        (shown(20, 22), gold(12, 20), False),  # touching is not overlapping
    ],
)
def test_a_hit_lies_on_the_answer_and_is_not_too_long(
    returned: Returned, relevant: Relevant, is_hit: bool
) -> None:
    assert measures.is_hit(returned, relevant) is is_hit


def test_the_rank_of_the_first_hit_counts_from_one() -> None:
    ranked = [shown(50, 60), shown(12, 14)]
    assert measures.first_hit(ranked, [gold(10, 20)]) == 2
    assert measures.reciprocal_rank(ranked, [gold(10, 20)]) == 0.5
    assert measures.first_hit([], [gold(10, 20)]) is None


def test_gain_is_graded_discounted_and_given_once() -> None:
    relevant = [gold(0, 10, 2), gold(20, 30, 1)]
    ranked = [shown(20, 30), shown(0, 10), shown(1, 9)]
    ideal = 2 + 1 / math.log2(3)
    assert measures.ndcg(ranked, relevant) == pytest.approx((1 + 2 / math.log2(3)) / ideal)
    assert measures.ndcg([shown(0, 10), shown(20, 30)], relevant) == pytest.approx(1.0)
    assert measures.ndcg([], relevant) == 0.0


def test_all_measures_of_a_perfect_answer_are_one() -> None:
    judgment = Judgment("q", "spoken", "x", (gold(0, 10),))
    assert set(measures.of_ranking(judgment, [shown(0, 10)]).values()) == {1.0}
    assert set(measures.of_ranking(judgment, []).values()) == {0.0}
