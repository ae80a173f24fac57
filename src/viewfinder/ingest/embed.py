"""Gives segments their vectors: one to be found by, many to be judged by."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from viewfinder.domain.segment import (
    Detail,
    Embedded,
    EmbeddingSpace,
    Lane,
    Segment,
    Vectors,
    detail_of,
    row_spans,
)
from viewfinder.ports import TextEncoder, TokenEncoder


def texts(segments: Sequence[Segment], encoder: TextEncoder) -> Embedded:
    """Return one vector per segment with words; a zero row where there are none."""
    rows = np.zeros((len(segments), encoder.space.dimensions), np.float32)
    worded = [n for n, segment in enumerate(segments) if segment.text]
    if worded:
        rows[worded] = encoder.encode_text([segments[n].text for n in worded]).rows
    return Embedded(Vectors(encoder.space, rows))


def tokens(segments: Sequence[Segment], encoder: TokenEncoder) -> Embedded:
    """Return vectors of whole texts and, for the word lanes, of their tokens.

    A token carries the time of the part it stands in, so that late interaction can be
    restricted to one line of a block. The whole-text vector is the mean of its tokens.
    """
    found = texts(segments, encoder)
    empty = Detail(np.zeros((0, encoder.space.dimensions), np.int8), np.zeros((0, 2), np.int64))
    details = [empty] * len(segments)
    worded = [n for n, s in enumerate(segments) if s.text and s.lane is not Lane.PICTURE]
    read = encoder.encode_tokens([segments[n].text for n in worded]) if worded else []
    for n, (rows, offsets) in zip(worded, read, strict=True):
        details[n] = detail_of(rows, _times(segments[n], offsets))
    return Embedded(found.vectors, tuple(details))


def _times(segment: Segment, offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Map character offsets of the segment's text to the times of its parts."""
    starts: list[int] = []
    at = 0
    for part in segment.parts:
        found = segment.text.find(part.text, at)
        at = found if found >= 0 else at
        starts.append(at)
        at += len(part.text)
    if not segment.parts:
        return np.tile(np.array([segment.span.start_ns, segment.span.end_ns]), (len(offsets), 1))
    of_parts = row_spans(segment.parts)
    homes = [max(0, bisect_right(starts, int(start)) - 1) for start, _ in offsets]
    return of_parts[homes].reshape(-1, 2)


def pictures(
    segments: Sequence[Segment],
    space: EmbeddingSpace,
    rows: NDArray[np.int8],
    spans_ns: NDArray[np.int64],
    whole: NDArray[np.bool_],
) -> Embedded:
    """Return picture vectors of the segments that have frames.

    Args:
        segments: Of one video, any lane; only the picture lane gets vectors.
        space: Of the rows.
        rows: int8 unit rows of all crops of all sampled frames, shape (k, dimensions).
        spans_ns: The stretch each row stands for, shape (k, 2).
        whole: Which rows are of the whole frame, shape (k,).
    """
    pooled = np.zeros((len(segments), space.dimensions), np.float32)
    details: list[Detail] = []
    for n, segment in enumerate(segments):
        inside = (spans_ns[:, 0] < segment.span.end_ns) & (spans_ns[:, 1] > segment.span.start_ns)
        inside &= segment.lane is Lane.PICTURE
        details.append(Detail(rows[inside], spans_ns[inside]))
        if inside.any():
            chosen = inside & whole if (inside & whole).any() else inside
            mean = rows[chosen].astype(np.float32).mean(axis=0)
            pooled[n] = mean / max(float(np.linalg.norm(mean)), 1e-9)
    return Embedded(Vectors(space, pooled), tuple(details))
