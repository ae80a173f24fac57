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

Rows = NDArray[np.uint32]


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

    def entries(self, term: int) -> slice:
        key = np.uint64(term)
        low = int(np.searchsorted(self.hashes, key, "left"))
        return slice(low, int(np.searchsorted(self.hashes, key, "right")))


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

    def add(self, videos: Sequence[Words]) -> None:
        """Take in the words of videos whose rows and blocks follow those already here."""
        taken = []
        first_row, first_block = len(self._lengths), len(self._documents)
        for video in videos:
            taken.append(_taken(video, first_row, first_block))
            first_row += video.rows
            first_block += video.blocks
        if not taken:
            return
        self._lengths = np.concatenate([self._lengths, *(t.lengths for t in taken)])
        self._documents = np.concatenate([self._documents, *(t.documents for t in taken)])
        self._words = np.concatenate([self._words, *(t.words for t in taken)])
        self._runs.append(merged([t.run for t in taken]))
        while len(self._runs) > 1 and len(self._runs[-1].rows) * 4 > len(self._runs[-2].rows):
            self._runs[-2:] = [merged(self._runs[-2:])]

    def scores(
        self, terms: Sequence[tuple[str, float]], allowed: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the rows in ``allowed`` blocks that hold a term, ascending, and their BM25."""
        documents = int(self._documents[allowed].sum())
        scores = np.zeros(len(self._lengths))
        if documents:
            average = int(self._words[allowed].sum()) / documents
            for term, weight in terms:
                if weight > 0:
                    self._add_term(scores, term_hash(term), weight, allowed, documents, average)
        rows = np.flatnonzero(scores)
        return rows, scores[rows]

    def _add_term(
        self,
        scores: NDArray[np.float64],
        term: int,
        weight: float,
        allowed: NDArray[np.bool_],
        documents: int,
        average: float,
    ) -> None:
        found = list(self._postings(term, allowed))
        holding = sum(len(rows) for rows, _ in found)
        idf = math.log(1 + (documents - holding + 0.5) / (holding + 0.5))
        for rows, counts in found:
            norm = K1 * (1 - B) + (K1 * B / average) * self._lengths[rows]
            scores[rows] += weight * idf * (K1 + 1) * counts / (counts + norm)

    def _postings(
        self, term: int, allowed: NDArray[np.bool_]
    ) -> Iterator[tuple[Rows, NDArray[Any]]]:
        for run in self._runs:
            entries = run.entries(term)
            is_in = allowed[run.blocks[entries]]
            first = run.ends[entries.start - 1] if entries.start else 0
            if not is_in.any():
                continue
            if is_in.all():
                last = run.ends[entries.stop - 1]
                yield run.rows[first:last], run.counts[first:last]
            else:
                sizes = np.diff(run.ends[entries], prepend=first)
                starts = run.ends[entries] - sizes
                taken = _spread(starts[is_in], sizes[is_in])
                yield run.rows[taken], run.counts[taken]


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
