"""Noise in whole numbers: drawn as it should be, and enough to hide one person."""

from __future__ import annotations

import math
import random
from collections import Counter
from fractions import Fraction

import pytest

from viewfinder.governance.noise import discrete_laplace, noisy


def mass(x: int, scale: float) -> float:
    """The distribution as Ghosh, Roughgarden & Sundararajan give it."""
    a = math.exp(-1 / scale)
    return (1 - a) / (1 + a) * a ** abs(x)


@pytest.mark.parametrize("scale", [Fraction(1, 2), Fraction(1), Fraction(7, 3), Fraction(20)])
def test_it_is_drawn_from_the_distribution(scale: Fraction) -> None:
    chance, n = random.Random(5), 20_000
    drawn = Counter(discrete_laplace(scale, chance.randrange) for _ in range(n))
    bins = [x for x in range(-60, 61) if n * mass(x, float(scale)) >= 10]
    off = sum(
        (drawn[x] - n * mass(x, float(scale))) ** 2 / (n * mass(x, float(scale))) for x in bins
    )
    freedom = len(bins)
    assert off < freedom + 4 * math.sqrt(2 * freedom), (off, freedom)
    mean = sum(x * count for x, count in drawn.items()) / n
    assert abs(mean) < 4 * float(scale) * math.sqrt(2 / n)


def test_one_person_changes_no_outcome_by_more_than_epsilon_allows() -> None:
    most, epsilon = 20, 1.0
    worst = max(
        abs(math.log(mass(x - 5, most / epsilon) / mass(x - 5 - most, most / epsilon)))
        for x in range(-200, 200)
    )
    assert worst <= epsilon + 1e-9


def test_a_count_is_never_below_zero_and_chance_is_the_system_s_own() -> None:
    found = [noisy(0, sensitivity=5, epsilon=Fraction(1)) for _ in range(200)]
    assert min(found) == 0
    assert len(set(found)) > 1
