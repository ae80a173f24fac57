"""Counts with noise, so that nobody can tell whether one person was among those counted.

References:
    Dwork, McSherry, Nissim & Smith, *Calibrating Noise to Sensitivity in Private Data
    Analysis*, TCC 2006.
    Ghosh, Roughgarden & Sundararajan, *Universally Utility-Maximizing Privacy Mechanisms*,
    STOC 2009: noise in whole numbers.
    Canonne, Kamath & Steinke, *The Discrete Gaussian for Differential Privacy*, 2020,
    algorithms 1 and 2: drawn exactly, without floating point. https://arxiv.org/abs/2004.00010
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from fractions import Fraction

Draw = Callable[[int], int]
"""Gives a whole number below its argument, each equally likely."""


def noisy(
    count: int, *, sensitivity: int, epsilon: Fraction, draw: Draw = secrets.randbelow
) -> int:
    """Return a count with noise, never below zero.

    Args:
        count: The true one.
        sensitivity: By how much one person can change all counts of a release together.
        epsilon: What the release costs in privacy: a person's being there makes any outcome
            at most e to that power likelier or less likely.
        draw: Where chance comes from.
    """
    return max(0, count + discrete_laplace(Fraction(sensitivity) / epsilon, draw))


def discrete_laplace(scale: Fraction, draw: Draw = secrets.randbelow) -> int:
    """Return a whole number x with probability in proportion to exp(-abs(x) / scale)."""
    t, s = scale.numerator, scale.denominator
    while True:
        u = draw(t)
        if not _bernoulli_exp(Fraction(u, t), draw):
            continue
        v = 0
        while _bernoulli_exp(Fraction(1), draw):
            v += 1
        size = (u + t * v) // s
        is_negative = draw(2) == 1
        if not (is_negative and size == 0):
            return -size if is_negative else size


def _bernoulli_exp(gamma: Fraction, draw: Draw) -> bool:
    """Return True with probability exp(-gamma), for gamma in [0, 1]."""
    k = 1
    while draw(gamma.denominator * k) < gamma.numerator:
        k += 1
    return k % 2 == 1
