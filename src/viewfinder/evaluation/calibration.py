"""Chances held against what happened: fitting them, judging them, certifying a threshold.

Everything here works on arrays: how certain each answer was, and whether it held.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
BINS = 15


def fit(signs: Floats, held: Floats, *, ridge: float = 1.0, free: Sequence[int] = ()) -> Floats:
    """Return the weights of a logistic model, none below zero but those of ``free`` columns.

    Columns that would weigh less than zero are left out, worst first, until none is: what
    is a reason for an answer never counts against it.

    Args:
        signs: Shape (n, s); rescale them first, the ridge takes them as they are.
        held: 1 or 0, shape (n,).
        ridge: Pull towards zero, for columns that are not free.
        free: Columns that may weigh anything (what the model starts from).

    References:
        Hastie, Tibshirani & Friedman, *The Elements of Statistical Learning*, 2009, 4.4.1
        (Newton's method for logistic regression).
    """
    kept = list(range(signs.shape[1]))
    while kept:
        pull = np.array([1e-3 if n in free else ridge for n in kept])
        weights = _newton(signs[:, kept], held, pull)
        wrong = [(w, n) for w, n in zip(weights, kept, strict=True) if n not in free and w < 0]
        if not wrong:
            whole = np.zeros(signs.shape[1])
            whole[kept] = weights
            return whole
        kept.remove(min(wrong)[1])
    return np.zeros(signs.shape[1])


def _newton(signs: Floats, held: Floats, pull: Floats) -> Floats:
    weights = np.zeros(signs.shape[1])
    for _ in range(60):
        chance = 1 / (1 + np.exp(-np.clip(signs @ weights, -30, 30)))
        slope = signs.T @ (held - chance) - pull * weights
        bend = (signs * (chance * (1 - chance))[:, None]).T @ signs + np.diag(pull)
        step = np.linalg.solve(bend, slope)
        weights = weights + step
        if float(np.abs(step).max()) < 1e-8:
            break
    return np.asarray(weights, np.float64)


def folds(groups: Sequence[Hashable], count: int, *, seed: int) -> NDArray[np.int64]:
    """Return which of ``count`` folds each row is in; rows of one group stay together."""
    names = sorted(set(groups), key=str)
    order = np.random.default_rng(seed).permutation(len(names))
    home = {names[int(n)]: at % count for at, n in enumerate(order)}
    return np.array([home[group] for group in groups], np.int64)


def expected_error(chance: Floats, held: Floats, *, bins: int = BINS) -> float:
    """Return the expected calibration error over bins that hold equally many.

    References:
        Nixon et al., *Measuring Calibration in Deep Learning*, CVPR Workshops 2019,
        section 3.2 (adaptive bins). https://arxiv.org/abs/1904.01685
    """
    order = np.argsort(chance, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    gaps = (len(p) * abs(float(chance[p].mean() - held[p].mean())) for p in parts)
    return sum(gaps) / max(len(chance), 1)


def curve(chance: Floats, held: Floats) -> tuple[Floats, Floats]:
    """Return coverage and risk as ever less certain answers are given.

    Risk at a coverage is the share of the answers given that did not hold.

    References:
        Geifman & El-Yaniv, *Selective Classification for Deep Neural Networks*,
        NeurIPS 2017, section 2. https://arxiv.org/abs/1705.08500
    """
    order = np.argsort(-chance, kind="stable")
    given = np.arange(1, len(order) + 1)
    return given / max(len(order), 1), np.cumsum(1 - held[order]) / given


def area(chance: Floats, held: Floats) -> float:
    """Return the area under the curve of risk over coverage: mean risk over all coverages."""
    return float(curve(chance, held)[1].mean()) if len(chance) else 0.0


def at_most(errors: int, answers: int, risk: float) -> float:
    """Return the chance of this few errors, or fewer, if the true risk were ``risk``.

    That is the exact p-value of "the risk is at least ``risk``".
    """
    if answers == 0 or risk <= 0:
        return 1.0
    if risk >= 1:
        return 1.0 if errors >= answers else 0.0
    logs = (
        math.lgamma(answers + 1)
        - math.lgamma(k + 1)
        - math.lgamma(answers - k + 1)
        + k * math.log(risk)
        + (answers - k) * math.log1p(-risk)
        for k in range(min(errors, answers) + 1)
    )
    return min(1.0, math.fsum(map(math.exp, logs)))


def needed(errors: int, risk: float, doubt: float) -> int:
    """Return how many answers certify ``risk`` where ``errors`` of them did not hold."""
    low, high = errors, max(errors, 1)
    while at_most(errors, high, risk) > doubt:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if at_most(errors, middle, risk) <= doubt else (middle, high)
    return high


@dataclass(frozen=True, slots=True)
class Certified:
    """A threshold and what the test says of it.

    Attributes:
        threshold: Least certainty that is answered; None where none could be certified.
        answers: How many of the questions were answered at it.
        errors: How many of these answers did not hold.
    """

    threshold: float | None
    answers: int = 0
    errors: int = 0


def certify(
    chance: Floats, held: Floats, *, risk: float, doubt: float, starts: Sequence[float], step: float
) -> Certified:
    """Return the lowest threshold whose risk is certified: learn, then test.

    From each start, which must not come from these questions, thresholds are lowered step
    by step as long as the exact test rejects "more than ``risk`` of the answers do not
    hold" at its share of ``doubt``; the first that it does not reject ends the walk. So
    the chance that any threshold found this way has a higher risk is at most ``doubt``.

    Args:
        chance: Certainty of each answer, shape (n,).
        held: 1 where the answer holds, else 0.
        risk: Share of answers that may fail.
        doubt: Chance to be wrong about that.
        starts: Thresholds to walk down from.
        step: How far down each time.

    References:
        Angelopoulos, Bates, Candès, Jordan & Lei, *Learn then Test: Calibrating Predictive
        Algorithms to Achieve Risk Control*, 2021, sections 2.3 (fixed sequences, several
        starts) and 3 (binomial p-values). https://arxiv.org/abs/2110.01052
    """
    best = Certified(None)
    share = doubt / max(len(starts), 1)
    for start in starts:
        for n in range(int(start / step) + 1):
            threshold = start - n * step
            given = chance >= threshold
            answers, errors = int(given.sum()), int((given & (held < 0.5)).sum())
            if at_most(errors, answers, risk) > share:
                break
            if best.threshold is None or threshold < best.threshold:
                best = Certified(threshold, answers, errors)
    return best


def separation(chance: Floats, held: Floats) -> float:
    """Return how often an answer that holds is the more certain one of two (AUROC)."""
    good, bad = chance[held > 0.5], chance[held <= 0.5]
    if not len(good) or not len(bad):
        return 0.5
    wins = (good[:, None] > bad).mean() + 0.5 * (good[:, None] == bad).mean()
    return float(wins)
