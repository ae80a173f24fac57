"""The gate out: what a decision obliges us to do to evidence before anybody sees it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from viewfinder.domain.annotation import WORD_TRACKS, Annotation, Track
from viewfinder.domain.answer import Evidence
from viewfinder.domain.media import VideoId
from viewfinder.domain.search import Ranking
from viewfinder.domain.time import SECOND_NS, TimeSpan

Lengths = Callable[[VideoId], TimeSpan]

KNOWN_OBLIGATIONS = frozenset({"extractive_only", "withhold_words", "no_export", "no_pictures"})
"""``extractive_only``: no model may reword. ``withhold_words``: times only, no words.
``no_export``: nothing is written to a file. ``no_pictures``: no thumbnails."""
COUNTED = ("at_most", "context")
"""``at_most:5``: so many moments. ``context:60``: moments of at least so many seconds, a story
and not a snippet."""


def is_known(obligation: str) -> bool:
    """Tell whether the way out can honour an obligation."""
    name, _, number = obligation.partition(":")
    counted = name in COUNTED and number.isdecimal() and int(number) > 0
    return obligation in KNOWN_OBLIGATIONS or counted


def owed(name: str, obligations: Sequence[str]) -> list[int]:
    """Return the numbers of a counted obligation; empty where it is not owed."""
    parted = (obligation.partition(":") for obligation in obligations)
    return [int(number) for of, _, number in parted if of == name]


def bounded(ranking: Ranking, obligations: Sequence[str], lengths: Lengths) -> Ranking:
    """Return a ranking with no more moments, and none shorter, than is owed.

    Args:
        ranking: What was found.
        obligations: Of the scope.
        lengths: Gives the span of a video.
    """
    moments = ranking.moments[: min(owed("at_most", obligations), default=None)]
    least_ns = max(owed("context", obligations), default=0) * SECOND_NS
    if least_ns:
        moments = tuple(
            replace(m, span=widened(m.span, least_ns, lengths(m.video))) for m in moments
        )
    return replace(ranking, moments=moments)


def widened(span: TimeSpan, least_ns: int, whole: TimeSpan) -> TimeSpan:
    """Return a span of at least that length, within the whole."""
    missing = max(0, least_ns - span.duration_ns)
    start = max(whole.start_ns, span.start_ns - missing // 2)
    end = min(whole.end_ns, start + max(least_ns, span.duration_ns))
    return TimeSpan(max(whole.start_ns, min(start, end - least_ns)), max(end, span.end_ns))


def release(evidence: Sequence[Evidence], obligations: Sequence[str]) -> list[Evidence]:
    """Return what may leave, in order.

    Doubtful recognitions keep their place and time and lose their words: they may be
    checked by ear and eye, never quoted.
    """
    withheld = "withhold_words" in obligations
    return [replace(e, text="") if withheld or e.doubtful else e for e in evidence]


def tracks(found: Sequence[Track], obligations: Sequence[str]) -> list[Track]:
    """Return notes as they may be shown: times alone where words are withheld."""
    if "withhold_words" not in obligations:
        return list(found)
    return [_wordless(track) if track.name in WORD_TRACKS else track for track in found]


def _wordless(track: Track) -> Track:
    return replace(track, annotations=tuple(_bare(note) for note in track.annotations))


def _bare(note: Annotation) -> Annotation:
    return replace(note, text="", words=(), speaker=None)
