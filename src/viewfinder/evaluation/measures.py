"""How good one ranking is for one query: plain functions, each with its source.

A *hit* overlaps a relevant stretch by at least half of the shorter of the two and is no
longer than 15 s or twice the relevant stretch, whichever is more: long answers buy no
hits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from viewfinder.domain.time import SECOND_NS
from viewfinder.evaluation.judgments import Judgment, Relevant, Returned

LONGEST_FREE_NS = 15 * SECOND_NS
IOU = 0.3

Match = Callable[[Returned, Relevant], bool]


def is_hit(returned: Returned, relevant: Relevant) -> bool:
    """Tell whether a returned stretch counts as the relevant one."""
    if returned.file != relevant.file:
        return False
    length, gold = returned.span.duration_ns, relevant.span.duration_ns
    if length > max(LONGEST_FREE_NS, 2 * gold):
        return False
    overlap = returned.span.overlap_ns(relevant.span)
    return overlap > 0 and 2 * overlap >= min(length, gold)


def iou(returned: Returned, relevant: Relevant) -> float:
    """Return intersection over union, 0 for another file."""
    return returned.span.iou(relevant.span) if returned.file == relevant.file else 0.0


def overlaps_well(returned: Returned, relevant: Relevant) -> bool:
    """Tell whether intersection over union is at least 0.3."""
    return iou(returned, relevant) >= IOU


def first_hit(
    returned: Sequence[Returned], relevant: Sequence[Relevant], match: Match = is_hit
) -> int | None:
    """Return the rank of the first hit, from 1; None where there is none."""
    for rank, one in enumerate(returned, 1):
        if any(match(one, gold) for gold in relevant):
            return rank
    return None


def reciprocal_rank(returned: Sequence[Returned], relevant: Sequence[Relevant]) -> float:
    """Return 1 / rank of the first hit among ten, else 0.

    References:
        Voorhees, *The TREC-8 Question Answering Track Report*, 1999, section 3.
    """
    rank = first_hit(returned[:10], relevant)
    return 1.0 / rank if rank else 0.0


def ndcg(returned: Sequence[Returned], relevant: Sequence[Relevant], *, k: int = 10) -> float:
    """Return normalised discounted cumulative gain of graded stretches, in [0, 1].

    A relevant stretch gives its grade once: showing it twice earns nothing.

    References:
        Järvelin & Kekäläinen, *Cumulated Gain-Based Evaluation of IR Techniques*, ACM TOIS
        20(4), 2002, section 2. https://doi.org/10.1145/582415.582418
    """
    left = sorted(relevant, key=lambda gold: -gold.grade)
    ideal = sum(g.grade / math.log2(n + 2) for n, g in enumerate(left[:k]))
    gained = 0.0
    for n, one in enumerate(returned[:k]):
        gold = next((g for g in left if is_hit(one, g)), None)
        if gold is not None:
            left.remove(gold)
            gained += gold.grade / math.log2(n + 2)
    return gained / ideal if ideal else 0.0


def best_iou(returned: Sequence[Returned], relevant: Sequence[Relevant], *, k: int) -> float:
    """Return the best intersection over union among the first k.

    References:
        Gao et al., *TALL: Temporal Activity Localization via Language Query*, ICCV 2017,
        section 5.1 ("R@k, IoU=m"). https://arxiv.org/abs/1705.02101
    """
    return max((iou(one, gold) for one in returned[:k] for gold in relevant), default=0.0)


def of_ranking(judgment: Judgment, returned: Sequence[Returned]) -> dict[str, float]:
    """Return every measure of one ranking for a query that has an answer."""
    relevant = judgment.relevant
    rank = first_hit(returned, relevant) or math.inf
    close = first_hit(returned, relevant, overlaps_well) or math.inf
    made = {f"hit@{k}": float(rank <= k) for k in (1, 3, 5, 10)}
    made |= {f"hit@{k},IoU>=0.3": float(close <= k) for k in (1, 5)}
    made["MRR@10"] = reciprocal_rank(returned, relevant)
    made["nDCG@10"] = ndcg(returned, relevant)
    made |= {f"mIoU@{k}": best_iou(returned, relevant, k=k) for k in (1, 5)}
    made |= {
        f"R@{k},IoU>={m:g}": float(best_iou(returned, relevant, k=k) >= m)
        for k in (1, 5)
        for m in (0.5, 0.7)
    }
    return made


def wilson(hits: int, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a rate.

    References:
        Wilson, *Probable Inference, the Law of Succession, and Statistical Inference*,
        JASA 22(158), 1927. https://doi.org/10.1080/01621459.1927.10502953
    """
    if n == 0:
        return 0.0, 1.0
    z = 1.959964
    rate, spread = hits / n, z * z / n
    middle = (rate + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(rate * (1 - rate) / n + spread / (4 * n))
    return max(0.0, middle - half), min(1.0, middle + half)
