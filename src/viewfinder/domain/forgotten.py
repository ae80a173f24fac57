"""Parts of a video that were forgotten: what is left without them, and what must not come back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewfinder.domain.access import opened
from viewfinder.domain.annotation import Track
from viewfinder.domain.media import VideoId
from viewfinder.domain.registry import Fact
from viewfinder.domain.time import TimeSpan

KIND = "forgotten"
SPANS = "spans_ns"
"""The array of a stage that says for which stretch (k, 2) each of its rows stands."""


def body(spans: Iterable[TimeSpan]) -> str:
    """Return the fact that parts of a video were forgotten."""
    return json.dumps([[span.start_ns, span.end_ns] for span in spans])


def spans_of(facts: Iterable[Fact], video: VideoId) -> tuple[TimeSpan, ...]:
    """Return the parts of a video that facts of this kind name."""
    return joined(
        TimeSpan(*span) for fact in facts if fact.video == video for span in json.loads(fact.body)
    )


def joined(spans: Iterable[TimeSpan]) -> tuple[TimeSpan, ...]:
    """Return spans in time order, those that touch or overlap as one, empty ones left out."""
    kept: list[TimeSpan] = []
    for span in sorted(span for span in spans if span.duration_ns):
        if kept and span.start_ns <= kept[-1].end_ns:
            span = TimeSpan.hull((kept.pop(), span))
        kept.append(span)
    return tuple(kept)


def tracks_without(
    tracks: Iterable[Track], spans: Sequence[TimeSpan], whole: TimeSpan
) -> tuple[Track, ...]:
    """Return tracks without the notes that reach into ``spans``; facts of the file stay."""
    return tuple(opened(track, spans, whole=whole) for track in tracks)


def thumbnails_without(
    thumbnails: Mapping[int, bytes], spans: Sequence[TimeSpan]
) -> dict[int, bytes]:
    """Return the pictures, by time in ns, that lie outside ``spans``."""
    return {
        at_ns: picture
        for at_ns, picture in thumbnails.items()
        if not any(span.holds(at_ns) for span in spans)
    }


def arrays_without(
    arrays: Mapping[str, NDArray[Any]], spans: Sequence[TimeSpan]
) -> dict[str, NDArray[Any]]:
    """Return a stage's arrays without the rows that reach into ``spans``.

    Where none of them says which row stands for which time, nothing is left.
    """
    if not spans:
        return dict(arrays)
    times = arrays.get(SPANS)
    if times is None:
        return {}
    starts, ends = times[:, 0], times[:, 1]
    keep = np.ones(len(times), np.bool_)
    for span in spans:
        reaches = (ends > span.start_ns) | (starts >= span.start_ns)
        keep &= ~((starts < span.end_ns) & reaches)
    return {
        name: array[keep] if array.shape[:1] == keep.shape else array
        for name, array in arrays.items()
    }
