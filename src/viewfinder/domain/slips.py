"""What people keep for themselves: collections and moments in them, saved searches, judgements.

A slip is small, may be replaced and can be forgotten. It goes by itself with any video that
it points at or names.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from viewfinder.domain.media import VideoId
from viewfinder.domain.time import TimeSpan

SlipId = NewType("SlipId", str)
"""Twelve hexadecimal digits, drawn by chance: it tells nothing of what was kept."""


class SlipKind(StrEnum):
    """What a slip is."""

    COLLECTION = "collection"
    ITEM = "item"  # a moment in a collection
    SEARCH = "search"
    SEEN = "seen"  # what a saved search found in one video, when it was last run
    JUDGEMENT = "judgement"


@dataclass(frozen=True, slots=True)
class Slip:
    """One thing somebody keeps.

    Attributes:
        id: Which.
        kind: What it is.
        at: When it was kept, ISO 8601, UTC.
        by: Name of whose it is.
        body: JSON; whoever reads the kind knows its shape.
        of: The slip it hangs on, and goes with; None for one that stands alone.
        videos: Those that it points at or names. It is seen only while all of them may be,
            and goes when one of them is forgotten.
        span: The part of its one video that it is about; it goes with that part. None for
            the videos as a whole.
        shared: Whether others than its owner see it. What hangs on a slip is shared as that is.
    """

    id: SlipId
    kind: SlipKind
    at: str
    by: str
    body: str
    of: SlipId | None = None
    videos: frozenset[VideoId] = frozenset()
    span: TimeSpan | None = None
    shared: bool = False

    @property
    def root(self) -> SlipId:
        """The slip whose key it is sealed under."""
        return self.of or self.id


def reaches(span: TimeSpan | None, parts: Iterable[TimeSpan]) -> bool:
    """Tell whether a slip about ``span`` reaches into one of the parts of its video."""
    return any(span is None or part.overlap_ns(span) or part.holds(span.start_ns) for part in parts)
