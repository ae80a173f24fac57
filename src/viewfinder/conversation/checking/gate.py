"""The last look at claims: what is not borne out by what it cites does not leave.

Everything is held against what the answer itself carries: its moments, whose supports are
the store's own notes, as released. So nothing is read again, and whoever worded a claim,
template or model, it passes here or falls.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from viewfinder.conversation.checking import claims, quotes
from viewfinder.conversation.checking.accusations import Level
from viewfinder.domain.answer import Citation, Claim, Evidence
from viewfinder.domain.media import Video, VideoId
from viewfinder.domain.search import Moment, Support
from viewfinder.domain.time import TimeSpan

Check = Callable[[str, Sequence[Evidence], Sequence[TimeSpan]], str]
"""Says why a sentence is not supported by pieces and the moments they belong to."""


def by_words(text: str, cited: Sequence[Evidence], spans: Sequence[TimeSpan]) -> str:
    """Return what ``claims.check`` says without an encoder."""
    return claims.check(text, cited, spans=spans)


Shown = tuple[Moment, Sequence[Evidence]]
"""A moment of an answer, and the released piece for each of its supports."""


def passed(
    made: Sequence[Claim],
    shown: Sequence[Shown],
    videos: Mapping[VideoId, Video],
    *,
    level: Level = Level.NONE,
    check: Check = by_words,
) -> tuple[tuple[Claim, ...], tuple[str, ...]]:
    """Return the claims that hold, and why the others fell.

    Args:
        made: Sentences with their citations.
        shown: What the answer shows, as released.
        videos: All videos in scope.
        level: What the question does; one that accuses gets one source per sentence.
        check: Judges each sentence.
    """
    faults = [fault(claim, shown, videos, level=level, check=check) for claim in made]
    kept = tuple(claim for claim, why in zip(made, faults, strict=True) if not why)
    return kept, tuple(dict.fromkeys(why for why in faults if why))


def fault(
    claim: Claim,
    shown: Sequence[Shown],
    videos: Mapping[VideoId, Video],
    *,
    level: Level = Level.NONE,
    check: Check = by_words,
) -> str:
    """Return why a claim may not leave; empty where it may. See ``passed``."""
    cited: list[Evidence] = []
    spans: list[TimeSpan] = []
    for citation in claim.citations:
        found = resolved(citation, shown, videos)
        if isinstance(found, str):
            return found
        piece, moment = found
        cited.append(piece)
        spans.append(moment.span)
    if level is Level.ACCUSES and len({(p.video, p.track) for p in cited}) > 1:
        return "sources are put together that speak of wrongdoing or the like"
    return check(claim.text, cited, spans)


def resolved(
    citation: Citation, shown: Sequence[Shown], videos: Mapping[VideoId, Video]
) -> tuple[Evidence, Moment] | str:
    """Return the released piece that a citation points at, and its moment; or why there is none."""
    video = videos.get(citation.video)
    if video is None:
        return "what is cited is out of scope"
    if citation.span.end_ns > video.span.end_ns:
        return f"{citation.span} is not inside the video"
    for moment, pieces in shown:
        for piece, support in zip(pieces, moment.supports, strict=True):
            if _is_at(citation, piece) and _is_said(citation, piece, support):
                return piece, moment
    return "the words at the cited time are others"


def _is_at(citation: Citation, piece: Evidence) -> bool:
    return (piece.video, piece.span, piece.track, piece.verbatim) == (
        citation.video,
        citation.span,
        citation.track,
        citation.verbatim,
    )


def _is_said(citation: Citation, piece: Evidence, support: Support) -> bool:
    """Tell whether the stored note says what is cited; the note is what the store gave."""
    if not piece.text or piece.doubtful:
        return False
    stored = support.part.text if piece.verbatim and support.part else piece.text
    return quotes.shortened(stored) == citation.quote or (
        piece.verbatim and not quotes.mismatch(citation.quote, stored)
    )
