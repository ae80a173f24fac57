"""What is like a moment, and how two moments differ: ``Library.mine``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from viewfinder.domain import correcting
from viewfinder.domain.annotation import WORD_TRACKS, Annotation, Track, TrackName
from viewfinder.domain.media import Video
from viewfinder.domain.search import Filters, QueryPlan
from viewfinder.domain.segment import Lane
from viewfinder.domain.time import SECOND_NS, TimeSpan, clock
from viewfinder.domain.words import located
from viewfinder.retrieval.asking import language

LIMIT = 10


class By(StrEnum):
    """By what one moment is like another."""

    BOTH = "both"
    WORDS = "words"  # said, captioned or shown
    LOOK = "look"


_WORDS = (Lane.SPEECH, Lane.CAPTIONS, Lane.SCREEN_TEXT)
_LANES = {By.BOTH: (*_WORDS, Lane.PICTURE), By.WORDS: _WORDS, By.LOOK: (Lane.PICTURE,)}


@dataclass(frozen=True, slots=True)
class Side:
    """What is known of one of two moments.

    Attributes:
        video: Where.
        span: When.
        notes: What is noted there, by track, in time order; shots among them.
    """

    video: Video
    span: TimeSpan
    notes: tuple[tuple[TrackName, tuple[Annotation, ...]], ...]

    def texts(self, *names: TrackName) -> list[str]:
        """Return what is noted in these tracks, each thing once, in time order."""
        found = [note.text for name, notes in self.notes if name in names for note in notes]
        return list(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two moments side by side.

    Attributes:
        one: The first.
        other: The second.
        shared_words: Words that are said, captioned or shown in both, in order of the first.
        shared_labels: Things that were recognised in both.
        only_one: Things that were recognised in the first alone.
        only_other: Things that were recognised in the second alone.
    """

    one: Side
    other: Side
    shared_words: tuple[str, ...]
    shared_labels: tuple[str, ...]
    only_one: tuple[str, ...]
    only_other: tuple[str, ...]


def plan(video: Video, span: TimeSpan, by: By, limit: int) -> QueryPlan:
    """Return the plan that finds what is like the middle of a stretch."""
    at_ns = min(span.middle_ns, video.span.end_ns - 1)
    return QueryPlan(
        question=f"like {video.name} at {clock(at_ns)}",
        text="",
        like=f"{video.id}@{at_ns / SECOND_NS:.3f}",
        filters=Filters(lanes=_LANES[by]),
        limit=limit,
    )


def side(video: Video, span: TimeSpan, tracks: Iterable[Track]) -> Side:
    """Return what is noted in a stretch, with what people put right in its place."""
    found: dict[TrackName, list[Annotation]] = {}
    for track in correcting.corrected(tracks):
        here = [n for n in track.annotations if n.span.overlap_ns(span) or n.span == span]
        if here:
            found.setdefault(track.name, []).extend(here)
    ordered = ((name, tuple(sorted(found[name], key=lambda n: n.span))) for name in sorted(found))
    return Side(video, span, tuple(ordered))


_SEEN = (TrackName.LABELS, TrackName.OBJECTS)


def compare(one: Side, other: Side) -> Comparison:
    """Return two moments side by side, and what they share."""
    words = [_words(each) for each in (one, other)]
    return Comparison(
        one,
        other,
        tuple(word for term, word in words[0].items() if term in words[1]),
        *_apart(one.texts(*_SEEN), other.texts(*_SEEN)),
    )


def _words(each: Side) -> dict[str, str]:
    """Return the words that carry content, lower case, by what they are known as."""
    spoken = " ".join(each.texts(*sorted(WORD_TRACKS - {TrackName.METADATA})))
    known = language.load(language.detect(spoken))
    found: dict[str, str] = {}
    for start, end, term in located(spoken):
        if known.carries_content(term):
            found.setdefault(term, spoken[start:end].casefold())
    return found


def _apart(
    one: Sequence[str], other: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    return (
        tuple(text for text in one if text in other),
        tuple(text for text in one if text not in other),
        tuple(text for text in other if text not in one),
    )
