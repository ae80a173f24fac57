"""Makes one ranking of many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from viewfinder.domain.search import Hit
from viewfinder.domain.segment import SegmentId


def reciprocal_rank(
    rankings: Sequence[tuple[Sequence[Hit], float]], *, k: int = 60
) -> dict[SegmentId, float]:
    """Fuse rankings by weighted reciprocal rank.

    A segment scores ``Σ weight / (k + rank)`` over the rankings that hold it, so a list
    contributes its order and nothing of its scale. Empty lists change nothing, and
    neither does the order of the lists.

    Args:
        rankings: One list per leg, with its weight. Ranks count from 1.
        k: How far down a list still matters; 60 is the value of the paper.

    Returns:
        Segment id to fused score, in (0, Σ weights / (k + 1)].

    References:
        Cormack, Clarke & Büttcher, *Reciprocal rank fusion outperforms Condorcet and
        individual rank learning methods*, SIGIR 2009, pp. 758-759.
        https://doi.org/10.1145/1571941.1572114
    """
    shares: defaultdict[SegmentId, list[float]] = defaultdict(list)
    for ranking, weight in rankings:
        for hit in ranking:
            shares[hit.segment].append(weight / (k + hit.rank))
    # Sorted before adding: floating point would remember the order of the lists.
    return {segment: sum(sorted(parts)) for segment, parts in shares.items()}


def best(scores: dict[SegmentId, float], limit: int) -> list[SegmentId]:
    """Return the ids of the best, best first, ties by id."""
    return sorted(scores, key=lambda segment: (-scores[segment], segment))[:limit]


def any_of(confidences: Iterable[float]) -> float:
    """Return the chance that at least one of independent witnesses is right.

    ``1 - Π (1 - c)`` (noisy-or): one sure witness is enough, and a weak one adds little.

    References:
        Pearl, *Probabilistic Reasoning in Intelligent Systems*, 1988, section 4.3.2.
    """
    missed = 1.0
    for confidence in sorted(confidences):
        missed *= 1.0 - confidence
    return 1.0 - missed
