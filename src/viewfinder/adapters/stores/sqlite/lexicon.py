"""The words of the library as an inverted index in numpy, counted inside the scope only.

Every number that goes into a score (documents, document frequency, average length) is
summed over the allowed blocks at query time, as whole numbers, and a segment's score
adds up its terms in the order of the query. So nothing outside scope and lanes can
change one bit of a score; the statistics of a shared table, such as those of SQLite's
FTS5, let a stranger measure which words sealed footage holds.

References:
    Robertson & Zaragoza, *The Probabilistic Relevance Framework: BM25 and Beyond*,
    Foundations and Trends in Information Retrieval 3(4), 2009, section 3.
    https://doi.org/10.1561/1500000019
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewfinder.adapters.stores.sqlite import parcels
from viewfinder.domain import words

K1, B = 1.2, 0.75

_WORTH_NARROWING = 5_000
"""Postings still to come that are worth a look at which rows matter."""

Rows = NDArray[np.uint32]
Sizes = tuple[NDArray[np.int64], NDArray[np.int64]]


@lru_cache(maxsize=200_000)
def term_hash(term: str) -> int:
    """Return 64 bits of BLAKE2b; two of a million terms meet with a chance of 1 in 10^7."""
    digest = hashlib.blake2b(term.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def words_bytes(blocks: Sequence[Sequence[str]]) -> bytes:
    """Return the postings of one video, from the texts of its rows by block.

    Columns: terms per block; per term, blocks after each other and hashes ascending: its
    hash, in how many rows it is; per posting: row (of the video), count; per row: length.
    """
    terms_in_block: list[int] = []
    hashes: list[int] = []
    holders: list[int] = []
    rows: list[int] = []
    counts: list[int] = []
    lengths: list[int] = []
    for texts in blocks:
        postings: dict[int, list[tuple[int, int]]] = {}
        for text in texts:
            terms = words.terms(text)
            for term, count in Counter(map(term_hash, terms)).items():
                postings.setdefault(term, []).append((len(lengths), count))
            lengths.append(len(terms))
        terms_in_block.append(len(postings))
        for term in sorted(postings):
            hashes.append(term)
            holders.append(len(postings[term]))
            rows += (row for row, _ in postings[term])
            counts += (count for _, count in postings[term])
    return parcels.pack(
        np.array(terms_in_block, "<u4"),
        np.array(hashes, "<u8"),
        _narrow(holders),
        _narrow(rows),
        _narrow(counts),
        _narrow(lengths),
    )


def _narrow(numbers: Sequence[int]) -> NDArray[Any]:
    wide = np.array(numbers, "<u4")
    return wide.astype("<u2") if not len(wide) or wide.max() < 1 << 16 else wide


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """Postings of many blocks, in order of (term, block, row).

    ``hashes``, ``blocks`` and ``ends`` have one entry per term and block; the postings of
    entry k are ``rows[ends[k - 1]:ends[k]]``, and ``counts`` beside them.
    """

    hashes: NDArray[np.uint64]
    blocks: NDArray[np.uint32]
    ends: NDArray[np.int64]
    rows: Rows
    counts: NDArray[Any]

    def sizes(self, term: int, allowed: NDArray[np.bool_]) -> Sizes:
        """Return where a term's postings are in allowed blocks: first postings and counts."""
        key = np.uint64(term)
        low = int(np.searchsorted(self.hashes, key, "left"))
        high = int(np.searchsorted(self.hashes, key, "right"))
        is_in = allowed[self.blocks[low:high]]
        ends = self.ends[low:high]
        sizes = np.diff(ends, prepend=self.ends[low - 1] if low else 0)
        return (ends - sizes)[is_in], sizes[is_in]

    def postings(self, sizes: Sizes) -> tuple[Rows, NDArray[Any]]:
        starts, counts = sizes
        first, last = int(starts[0]), int(starts[-1] + counts[-1])
        if last - first == counts.sum():  # no block is left out between them
            return self.rows[first:last], self.counts[first:last]
        taken = _spread(starts, counts)
        return self.rows[taken], self.counts[taken]


def merged(runs: Sequence[Run]) -> Run:
    """Return one run with the postings of all; runs are in order of their blocks."""
    hashes = np.concatenate([run.hashes for run in runs])
    blocks = np.concatenate([run.blocks for run in runs])
    sizes = np.concatenate([np.diff(run.ends, prepend=0) for run in runs])
    order = np.argsort(hashes, kind="stable")
    taken = _spread(np.cumsum(sizes)[order] - sizes[order], sizes[order])
    return Run(
        hashes[order],
        blocks[order],
        np.cumsum(sizes[order]),
        np.concatenate([run.rows for run in runs])[taken],
        np.concatenate([run.counts for run in runs])[taken],
    )


def _spread(starts: NDArray[np.int64], sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the numbers of all ranges ``[start, start + size)``, one after the other."""
    before = np.cumsum(sizes) - sizes
    return np.asarray(np.repeat(starts - before, sizes) + np.arange(sizes.sum()), np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """What the lexicon takes in of one video: ``words_bytes``, None where they are gone."""

    rows_in_blocks: NDArray[np.int64]
    content: memoryview | None

    @property
    def rows(self) -> int:
        return int(self.rows_in_blocks.sum())

    @property
    def blocks(self) -> int:
        return len(self.rows_in_blocks)


class Lexicon:
    """Postings of all rows in RAM. Grows by runs; few are kept, so few are searched."""

    def __init__(self) -> None:
        self.upto = 0  # slots of the mirror taken in so far
        self._runs: list[Run] = []
        self._lengths = np.zeros(0, np.uint32)
        self._documents = np.zeros(0, np.int64)  # per block: rows that have words
        self._words = np.zeros(0, np.int64)  # per block: their words
        self._block_ends = np.zeros(0, np.int64)

    def add(self, videos: Sequence[Words]) -> None:
        """Take in the words of videos whose rows and blocks follow those already here."""
        taken = []
        first_row, first_block = len(self._lengths), len(self._documents)
        rows_in_blocks = [video.rows_in_blocks for video in videos]
        for video in videos:
            taken.append(_taken(video, first_row, first_block))
            first_row += video.rows
            first_block += video.blocks
        if not taken:
            return
        ends = len(self._lengths) + np.cumsum(np.concatenate(rows_in_blocks))
        self._block_ends = np.concatenate([self._block_ends, ends])
        self._lengths = np.concatenate([self._lengths, *(t.lengths for t in taken)])
        self._documents = np.concatenate([self._documents, *(t.documents for t in taken)])
        self._words = np.concatenate([self._words, *(t.words for t in taken)])
        self._runs.append(merged([t.run for t in taken]))
        while len(self._runs) > 1 and len(self._runs[-1].rows) * 4 > len(self._runs[-2].rows):
            self._runs[-2:] = [merged(self._runs[-2:])]

    def best(
        self, terms: Sequence[tuple[str, float]], allowed: NDArray[np.bool_], limit: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return rows of ``allowed`` blocks, and their BM25: all that may be among the best.

        Terms are taken by falling weight. Once the rest together cannot lift a new row
        among the best ``limit``, they are looked up only for the rows that still may be:
        the common words of a question then cost little (Turtle & Flood, *Query
        evaluation: strategies and optimizations*, IPM 31(6), 1995). No score depends on
        where that happens.
        """
        documents = int(self._documents[allowed].sum())
        if not documents:
            return np.zeros(0, np.int64), np.zeros(0)
        average = int(self._words[allowed].sum()) / documents
        gains = sorted(self._gains(terms, allowed, documents), key=lambda gain: -gain[1])
        scores = np.zeros(len(self._lengths))
        kept: NDArray[np.int64] | None = None
        for at, (term, gain, _) in enumerate(gains):
            self._add_term(scores, term, gain, allowed, average)
            rest = gains[at + 1 :]
            if kept is None and sum(holding for *_, holding in rest) > _WORTH_NARROWING:
                kept = _hopeful(scores, sum(gain for _, gain, _ in rest), limit)
                if kept is not None:
                    allowed = np.zeros_like(allowed)
                    allowed[np.searchsorted(self._block_ends, kept, "right")] = True
        if kept is None:
            kept = np.flatnonzero(scores > 0)
        return kept, scores[kept]

    def _gains(
        self, terms: Sequence[tuple[str, float]], allowed: NDArray[np.bool_], documents: int
    ) -> Iterator[tuple[int, float, int]]:
        """Yield (term, the most it can add to a score, rows that hold it)."""
        for term, weight in terms:
            number = term_hash(term)
            holding = sum(int(run.sizes(number, allowed)[1].sum()) for run in self._runs)
            idf = math.log(1 + (documents - holding + 0.5) / (holding + 0.5))
            if holding and weight > 0:
                yield number, weight * idf * (K1 + 1), holding

    def _add_term(
        self,
        scores: NDArray[np.float64],
        term: int,
        gain: float,
        allowed: NDArray[np.bool_],
        average: float,
    ) -> None:
        for run in self._runs:
            sizes = run.sizes(term, allowed)
            if len(sizes[0]):
                rows, counts = run.postings(sizes)
                norm = self._lengths[rows] * (K1 * B / average)
                norm += K1 * (1 - B)
                norm += counts
                scores[rows] += counts * gain / norm


def _hopeful(scores: NDArray[np.float64], left: float, limit: int) -> NDArray[np.int64] | None:
    """Return the rows that may still be among the best, None where a new one may be.

    ``left`` is the most that the terms to come can add to any row.
    """
    left *= 1 + 1e-9  # sums of rounded numbers
    sure = scores[scores > left]
    if len(sure) < limit:
        return None
    last = float(np.partition(sure, -limit)[-limit])
    return np.flatnonzero(scores >= last - left)


@dataclass(frozen=True, slots=True, eq=False)
class _Taken:
    """One video's words with rows and blocks numbered as the whole index does."""

    run: Run
    lengths: NDArray[np.uint32]
    documents: NDArray[np.int64]
    words: NDArray[np.int64]


def _taken(video: Words, first_row: int, first_block: int) -> _Taken:
    if video.content is None:
        empty = np.zeros(0, np.int64)
        run = Run(empty.astype("u8"), empty.astype("u4"), empty, empty.astype("u4"), empty)
        none = np.zeros(video.blocks, np.int64)
        return _Taken(run, np.zeros(video.rows, np.uint32), none, none)
    in_block, hashes, holders, rows, counts, lengths = parcels.unpack(video.content)
    blocks = np.arange(first_block, first_block + video.blocks, dtype=np.uint32)
    run = Run(
        hashes,
        np.repeat(blocks, in_block),
        np.cumsum(holders, dtype=np.int64),
        rows.astype(np.uint32) + np.uint32(first_row),
        counts,
    )
    ends = np.cumsum(video.rows_in_blocks)
    sums = np.cumsum(np.insert(lengths.astype(np.int64), 0, 0))
    filled = np.cumsum(np.insert((lengths > 0).astype(np.int64), 0, 0))
    starts = ends - video.rows_in_blocks
    return _Taken(
        run, lengths.astype(np.uint32), filled[ends] - filled[starts], sums[ends] - sums[starts]
    )
