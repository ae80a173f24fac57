"""Systems to be better than: chance, and BM25 over what is said."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Mapping, Sequence

from viewfinder.domain.time import SECOND_NS, TimeSpan
from viewfinder.domain.words import terms
from viewfinder.evaluation.judgments import Response, Returned, System

WINDOW_NS = 8 * SECOND_NS
K1, B = 1.2, 0.75


def chance(lengths: Mapping[str, TimeSpan], *, seed: int = 7, limit: int = 10) -> System:
    """Return a system that answers with random 8 s windows, one draw per query."""
    files = sorted(lengths)

    def answer(query: str) -> Response:
        draw = random.Random(f"{seed} {query}")  # noqa: S311 - chance, not a secret
        moments = []
        for _ in range(limit):
            file = draw.choice(files)
            whole = lengths[file]
            start_ns = draw.randrange(max(1, whole.duration_ns - WINDOW_NS + 1))
            span = TimeSpan(start_ns, start_ns + WINDOW_NS).clipped(whole)
            moments.append(Returned(file, span))
        return Response(tuple(moments))

    return answer


def bm25_on_speech(utterances: Sequence[tuple[Returned, str]], *, limit: int = 10) -> System:
    """Return a system that ranks utterances by BM25 and abstains where no word occurs.

    References:
        Robertson & Zaragoza, *The Probabilistic Relevance Framework: BM25 and Beyond*,
        FnTIR 3(4), 2009, section 3. https://doi.org/10.1561/1500000019
    """
    bags = [Counter(terms(text)) for _, text in utterances]
    held = Counter(t for bag in bags for t in bag)
    average = sum(bag.total() for bag in bags) / max(1, len(bags))

    def worth(term: str, bag: Counter[str]) -> float:
        count, found = bag[term], held[term]
        idf = math.log(1 + (len(bags) - found + 0.5) / (found + 0.5))
        return idf * count * (K1 + 1) / (count + K1 * (1 - B + B * bag.total() / average))

    def answer(query: str) -> Response:
        asked = dict.fromkeys(terms(query))
        scores = [sum(worth(t, bag) for t in asked if t in bag) for bag in bags]
        order = sorted(range(len(bags)), key=lambda n: (-scores[n], n))
        moments = tuple(utterances[n][0] for n in order[:limit] if scores[n] > 0)
        return Response(moments, "moments" if moments else "abstain")

    return answer
