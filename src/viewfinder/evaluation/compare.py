"""Judges systems over many queries: means, intervals by video, paired differences."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from viewfinder.evaluation import measures
from viewfinder.evaluation.judgments import Judgment, System

Row = dict[str, float]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one system did with one query.

    Attributes:
        judgment: The query.
        outcome: "moments", "abstain" or "refuse".
        values: Measures; only for queries that expect moments.
    """

    judgment: Judgment
    outcome: str
    values: Row


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean with its 95 % interval."""

    value: float
    low: float
    high: float
    count: int


def judge(judgments: Sequence[Judgment], system: System) -> list[Outcome]:
    """Ask every query once."""
    made = []
    for judgment in judgments:
        response = system(judgment.query)
        is_answerable = judgment.expected == "moments"
        values = measures.of_ranking(judgment, response.moments) if is_answerable else {}
        made.append(Outcome(judgment, response.outcome, values))
    return made


def home(judgment: Judgment) -> str:
    """Return what a query is drawn with: its first relevant video, or itself."""
    return judgment.relevant[0].file if judgment.relevant else judgment.id


def mean(rows: Sequence[tuple[str, float]], *, draws: int = 2000, seed: int = 7) -> Mean:
    """Return the mean of (video, value) pairs with a bootstrap interval over videos.

    All queries of a drawn video go in together, because they share its difficulty.

    References:
        Efron & Tibshirani, *An Introduction to the Bootstrap*, 1993, sections 8.2, 13.3.
        Sakai, *Evaluating Evaluation Metrics based on the Bootstrap*, SIGIR 2006.
    """
    groups: dict[str, list[float]] = {}
    for video, value in rows:
        groups.setdefault(video, []).append(value)
    sums = [(sum(group), len(group)) for group in groups.values()]
    total = sum(n for _, n in sums)
    if not total:
        return Mean(0.0, 0.0, 0.0, 0)
    draw = random.Random(seed)  # noqa: S311 - resampling, not a secret
    means = []
    for _ in range(draws):
        picked = [sums[draw.randrange(len(sums))] for _ in sums]
        means.append(sum(s for s, _ in picked) / sum(n for _, n in picked))
    means.sort()
    low, high = means[int(0.025 * draws)], means[min(draws - 1, int(0.975 * draws))]
    return Mean(sum(s for s, _ in sums) / total, low, high, total)


def summary(outcomes: Sequence[Outcome], *, draws: int = 2000) -> dict[str, Mean]:
    """Return the mean of every measure over the queries that have an answer."""
    asked = [o for o in outcomes if o.values]
    names = list(asked[0].values) if asked else []
    return {
        name: mean([(home(o.judgment), o.values[name]) for o in asked], draws=draws)
        for name in names
    }


def difference(
    one: Sequence[Outcome], other: Sequence[Outcome], *, draws: int = 2000
) -> dict[str, Mean]:
    """Return the paired difference of two systems over the same queries, ``one - other``."""
    theirs = {o.judgment.id: o.values for o in other}
    paired = [(o, theirs[o.judgment.id]) for o in one if o.values and o.judgment.id in theirs]
    names = list(paired[0][0].values) if paired else []
    return {
        name: mean([(home(o.judgment), o.values[name] - v[name]) for o, v in paired], draws=draws)
        for name in names
    }


def outcomes_by_expectation(outcomes: Sequence[Outcome]) -> dict[str, dict[str, int]]:
    """Count what was done (inner) with what should have been done (outer)."""
    table: dict[str, dict[str, int]] = {}
    for one in outcomes:
        row = table.setdefault(one.judgment.expected, {"moments": 0, "abstain": 0, "refuse": 0})
        row[one.outcome] = row.get(one.outcome, 0) + 1
    return table


def by_type(outcomes: Sequence[Outcome]) -> Mapping[str, list[Outcome]]:
    """Group outcomes by the type of their query, in order of first appearance."""
    groups: dict[str, list[Outcome]] = {}
    for one in outcomes:
        groups.setdefault(one.judgment.type, []).append(one)
    return groups
