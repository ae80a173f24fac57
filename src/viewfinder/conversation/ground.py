"""Moments become evidence, and evidence becomes cited claims: verbatim, or plain facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from viewfinder.conversation.checking.quotes import shortened
from viewfinder.domain.annotation import TrackName
from viewfinder.domain.answer import Citation, Claim, Evidence
from viewfinder.domain.media import Video, VideoId
from viewfinder.domain.search import Moment
from viewfinder.domain.time import clock
from viewfinder.governance.address import addresses_machine

MACHINE_TRACKS = frozenset(
    {
        TrackName.SPEECH,
        TrackName.SCREEN_TEXT,
        TrackName.LABELS,
        TrackName.OBJECTS,
        TrackName.LOOK,
    }
)
CLAIMS = 5
LINES = 3

_SAYS = {
    TrackName.SPEECH: "the machine transcript says",
    TrackName.CAPTIONS: "the captions say",
    TrackName.SCREEN_TEXT: "the screen reads",
    TrackName.METADATA: "the file's own description says",
}


def evidence(moment: Moment, videos: Mapping[VideoId, Video]) -> list[Evidence]:
    """Return what supports a moment, best first; each piece names its track and time."""
    return [
        Evidence(
            video=moment.video,
            path=videos[moment.video].path,
            span=support.span.clipped(videos[moment.video].span),
            track=support.track,
            text=support.text,
            machine=support.track in MACHINE_TRACKS and not support.is_corrected,
            doubtful=support.is_verbatim and support.part is not None and not support.part.quotable,
            verbatim=support.is_verbatim,
            speaker=support.part.speaker if support.part else None,
            corrected=support.is_corrected,
        )
        for support in moment.supports
    ]


def claims(released: Sequence[Sequence[Evidence]]) -> tuple[Claim, ...]:
    """Return at most ``CLAIMS`` cited sentences, one or two per moment, best moment first.

    Words are quoted as they stand; a long line is cut at a word and shown to be cut. A
    likeness is told of the first moment alone: of those after it, few hold.
    """
    made: list[Claim] = []
    said: set[tuple[str, str]] = set()
    for pieces in released:
        for told in _telling(pieces):
            key = (told[0].path, told[0].text)
            is_guess = bool(made) and told[0].track is TrackName.LABELS
            if key not in said and not is_guess:
                said.add(key)
                made.append(claim(told))
        if len(made) >= CLAIMS:
            break
    return tuple(made[:CLAIMS])


def counted(released: Sequence[Sequence[Evidence]]) -> tuple[Claim, ...]:
    """Return one sentence that says in how many places words occur, citing each place.

    Empty where the best evidence is no words: what is counted in a picture says so itself.
    """
    leads = [worded[0] for pieces in released if (worded := [p for p in pieces if p.text])]
    if not leads or not leads[0].verbatim:
        return ()
    places = [lead for lead in leads if lead.verbatim]
    sentence = f"Found in {len(places)} place{'s' if len(places) > 1 else ''} at least."
    return (Claim(sentence, tuple(citation(place) for place in places)),)


def _telling(pieces: Sequence[Evidence]) -> list[list[Evidence]]:
    """Return the best piece, and the best of another kind (words, picture) if there is one.

    Likeness is told only where there is nothing harder. Lines that stand on the screen
    together are told together: a heading and its row.
    """
    worded = sorted((p for p in pieces if p.text), key=lambda p: p.track is TrackName.LABELS)
    first = worded[:1]
    second = [
        p
        for p in worded
        if first and p.verbatim != first[0].verbatim and p.track is not TrackName.LABELS
    ][:1]
    return [_together(p, worded) for p in first + second]


def _together(piece: Evidence, others: Sequence[Evidence]) -> list[Evidence]:
    if piece.track is not TrackName.SCREEN_TEXT:
        return [piece]
    shown = [p for p in others if p.track is piece.track and p.span.overlap_ns(piece.span)]
    return shown[:LINES] or [piece]


def claim(pieces: Sequence[Evidence]) -> Claim:
    """Return one sentence about pieces of evidence of one track; each is cited."""
    lead = pieces[0]
    quotes = [shortened(piece.text) for piece in pieces]
    at = clock(lead.span.start_ns)
    if lead.verbatim and lead.track in _SAYS:
        words = ", ".join(f'"{quote}"' for quote in quotes)
        sentence = f"At {at} {_says(lead)}: {words}"
    else:
        sentence = f"At {at}: {quotes[0]}"
    return Claim(
        sentence,
        tuple(citation(piece) for piece in pieces),
    )


def _says(piece: Evidence) -> str:
    said = _SAYS[piece.track]
    if not piece.corrected:
        return said
    plain = said.replace("machine transcript", "transcript").rpartition(" ")
    return f"{plain[0]}, corrected by a person, {plain[2]}"


def contradiction(one: Evidence, other: Evidence) -> Claim:
    """Return one sentence about two pieces that contradict each other; both are cited."""
    at = clock(one.span.start_ns)
    return Claim(
        f'At {at} {_says(one)}: "{shortened(one.text)}", '
        f'but {_says(other)}: "{shortened(other.text)}"',
        (citation(one), citation(other)),
    )


def citation(piece: Evidence) -> Citation:
    """Return where a piece can be checked; words that give orders to a machine are marked."""
    return Citation(
        piece.video,
        piece.path,
        piece.span,
        piece.track,
        shortened(piece.text),
        piece.verbatim,
        addresses_machine=piece.verbatim and addresses_machine(piece.text),
        corrected=piece.corrected,
    )
