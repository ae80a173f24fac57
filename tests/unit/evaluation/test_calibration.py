"""Chances, thresholds and what is certified about them (ours, against sums by hand)."""

from __future__ import annotations

import math

import numpy as np
import pytest

from viewfinder.evaluation import calibration


@pytest.mark.parametrize(
    ("errors", "risk", "doubt", "answers"),
    [
        (0, 0.05, 0.05, 59),
        (1, 0.05, 0.05, 93),
        (3, 0.05, 0.05, 153),
        (5, 0.05, 0.05, 208),
        (0, 0.10, 0.05, 29),
        (5, 0.10, 0.05, 103),
        (0, 0.05, 0.10, 45),
    ],
)
def test_the_answers_needed_are_those_of_the_exact_binomial_test(
    errors: int, risk: float, doubt: float, answers: int
) -> None:
    assert calibration.needed(errors, risk, doubt) == answers


def test_the_p_value_is_the_sum_of_the_binomial_terms() -> None:
    by_hand = sum(math.comb(40, k) * 0.1**k * 0.9 ** (40 - k) for k in range(3))
    assert calibration.at_most(2, 40, 0.1) == pytest.approx(by_hand)
    assert calibration.at_most(0, 0, 0.1) == 1.0
    assert calibration.at_most(3, 3, 0.1) == pytest.approx(1.0)


def test_no_sign_weighs_against_an_answer_but_those_that_are_free() -> None:
    rng = np.random.default_rng(1)
    held = (rng.random(400) < 0.5).astype(float)
    signs = np.stack([held + rng.normal(size=400), -held + rng.normal(size=400)], axis=1)
    weights = calibration.fit(signs, held)
    assert weights[0] > 0
    assert weights[1] == 0
    assert calibration.fit(signs, held, free=(1,))[1] < 0


def test_a_fit_finds_the_odds_that_made_the_rows() -> None:
    rng = np.random.default_rng(2)
    signs = np.stack([np.ones(20_000), rng.normal(size=20_000)], axis=1)
    held = (rng.random(20_000) < 1 / (1 + np.exp(-(0.5 + 2 * signs[:, 1])))).astype(float)
    assert calibration.fit(signs, held, free=(0,)) == pytest.approx([0.5, 2.0], abs=0.1)


def test_folds_never_split_a_group_and_are_about_equal() -> None:
    groups = [f"video {n % 20}" for n in range(200)]
    fold = calibration.folds(groups, 5, seed=3)
    for name in set(groups):
        assert len({int(f) for f, g in zip(fold, groups, strict=True) if g == name}) == 1
    assert np.bincount(fold).tolist() == [40] * 5


def test_the_calibration_error_is_nil_for_a_chance_that_comes_true() -> None:
    chance = np.repeat([0.2, 0.8], 50)
    held = np.r_[np.ones(10), np.zeros(40), np.ones(40), np.zeros(10)]
    assert calibration.expected_error(chance, held, bins=2) == pytest.approx(0.0)
    assert calibration.expected_error(1 - chance, held, bins=2) == pytest.approx(0.6)


def test_risk_over_coverage_counts_what_did_not_hold_among_the_surest() -> None:
    coverage, risk = calibration.curve(np.array([0.9, 0.5, 0.7]), np.array([1.0, 1.0, 0.0]))
    assert coverage == pytest.approx([1 / 3, 2 / 3, 1])
    assert risk == pytest.approx([0, 1 / 2, 1 / 3])
    assert calibration.area(np.array([0.9, 0.5, 0.7]), np.array([1.0, 1.0, 0.0])) == pytest.approx(
        (0 + 1 / 2 + 1 / 3) / 3
    )


def test_separation_is_the_share_of_pairs_in_the_right_order() -> None:
    chance, held = np.array([0.9, 0.4, 0.4, 0.1]), np.array([1.0, 1.0, 0.0, 0.0])
    assert calibration.separation(chance, held) == pytest.approx(3.5 / 4)


def test_a_threshold_is_lowered_until_the_test_stops_rejecting() -> None:
    chance = np.r_[np.full(100, 0.95), np.full(100, 0.75), np.full(100, 0.55)]
    held = np.r_[np.ones(200), np.zeros(100)]
    made = calibration.certify(chance, held, risk=0.05, doubt=0.05, starts=(0.9,), step=0.1)
    assert made.threshold == pytest.approx(0.6)
    assert (made.answers, made.errors) == (200, 0)


def test_too_few_answers_certify_nothing() -> None:
    made = calibration.certify(
        np.full(58, 0.95), np.ones(58), risk=0.05, doubt=0.05, starts=(0.9,), step=0.1
    )
    assert made.threshold is None
