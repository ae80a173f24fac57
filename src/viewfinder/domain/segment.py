"""What the index holds: segments, and vectors in named spaces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

import numpy as np
from numpy.typing import NDArray

from viewfinder.domain.annotation import Annotation
from viewfinder.domain.media import VideoId
from viewfinder.domain.time import TimeSpan

SegmentId = NewType("SegmentId", str)
"""``<first 16 of the video id>/<lane>/<ordinal>``: the same bytes give the same ids."""


class Lane(StrEnum):
    """Kinds of evidence that can be searched apart from each other."""

    SPEECH = "speech"
    CAPTIONS = "captions"
    SCREEN_TEXT = "screen_text"
    PICTURE = "picture"
    METADATA = "metadata"


WORD_LANES = (Lane.SPEECH, Lane.CAPTIONS, Lane.SCREEN_TEXT, Lane.METADATA)


@dataclass(frozen=True, slots=True)
class Segment:
    """The unit of indexing: one stretch of one lane of one video.

    Attributes:
        id: See ``SegmentId``.
        video: Whose.
        lane: Which kind of evidence.
        span: When.
        text: The words that lexical and text-vector legs see; may be empty (picture).
        parts: The annotations it was cut from, in order; they give moments their edges.
        access: Name of the access class; policy maps it to a decision.
    """

    id: SegmentId
    video: VideoId
    lane: Lane
    span: TimeSpan
    text: str
    parts: tuple[Annotation, ...] = ()
    access: str = "default"


def segment_id(video: VideoId, lane: Lane, ordinal: int) -> SegmentId:
    return SegmentId(f"{video[:16]}/{lane}/{ordinal:05d}")


@dataclass(frozen=True, slots=True)
class EmbeddingSpace:
    """Model at revision: vectors compare only inside one space."""

    name: str
    revision: str
    dimensions: int

    def __str__(self) -> str:
        return f"{self.name}@{self.revision[:12]}"


@dataclass(frozen=True, slots=True, eq=False)
class Vectors:
    """Unit rows of one space, float32, shape (n, space.dimensions)."""

    space: EmbeddingSpace
    rows: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Detail:
    """Fine vectors of one segment for late interaction on candidates.

    Attributes:
        rows: int8, shape (k, dimensions): round(127 * unit row).
        spans_ns: int64, shape (k, 2): the stretch each row speaks of.
    """

    rows: NDArray[np.int8]
    spans_ns: NDArray[np.int64]

    def unit_rows(self) -> NDArray[np.float32]:
        """Return float32 rows of length 1, as near as int8 keeps them."""
        rows = self.rows.astype(np.float32)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        return np.asarray(rows / np.maximum(lengths, 1e-9), np.float32)


def detail_of(rows: NDArray[np.float32], spans_ns: NDArray[np.int64]) -> Detail:
    """Return unit rows as a store keeps them."""
    return Detail(np.clip(np.rint(rows * 127), -127, 127).astype(np.int8), spans_ns)


def row_spans(parts: Sequence[Annotation]) -> NDArray[np.int64]:
    """Return the stretch that rows of each part carry in a ``Detail``, shape (p, 2).

    It is the part's own span, but no two are the same: lines shown together differ by a
    nanosecond each, so that a row can be led back to its line.
    """
    seen: Counter[TimeSpan] = Counter()
    spans = np.empty((len(parts), 2), np.int64)
    for n, part in enumerate(parts):
        spans[n] = part.span.start_ns + seen[part.span], part.span.end_ns
        seen[part.span] += 1
    return spans


@dataclass(frozen=True, slots=True, eq=False)
class Embedded:
    """One space's vectors for a sequence of segments, in the same order.

    Attributes:
        vectors: One unit row per segment; a zero row means "none" and is never found.
        details: Fine vectors per segment, or empty where the space has none.
    """

    vectors: Vectors
    details: tuple[Detail, ...] = ()


def misfit(video: VideoId, segments: Sequence[Segment], embedded: Sequence[Embedded]) -> str:
    """Return why segments and vectors do not fit the video or each other; empty if they do."""
    for segment in segments:
        ordinal = segment.id.rpartition("/")[2]
        is_number = ordinal.isascii() and ordinal.isdigit()
        if (
            segment.video != video
            or not is_number
            or segment.id != segment_id(video, segment.lane, int(ordinal))
        ):
            return (
                f"segment {segment.id!r} is not a segment of video {video!r}: "
                "make its id with domain.segment.segment_id"
            )
    if len({segment.id for segment in segments}) != len(segments):
        return f"two segments of video {video!r} have the same id"
    for item in embedded:
        space, rows = item.vectors.space, item.vectors.rows
        if rows.shape != (len(segments), space.dimensions) or not np.isfinite(rows).all():
            return (
                f"vectors of shape {rows.shape} in {space} do not fit {len(segments)} segments "
                f"of {space.dimensions} dimensions, or are not finite"
            )
        if item.details and len(item.details) != len(segments):
            return f"{len(item.details)} details for {len(segments)} segments"
    return ""
