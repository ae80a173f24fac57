"""Whether a cited sentence holds, by rules that share no code with the check in the product.

Quotes are held against the raw text of the source, character by character; what is counted
in a picture is counted again in the notes; a likeness holds where people marked the place as
an answer to the question.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from viewfinder.domain.annotation import Annotation, Track
from viewfinder.domain.answer import Citation, Claim

NEAR_S = 0.05
SURE = 0.5
_CLOCK = re.compile(r"^At ((?:\d+:)?\d\d:\d\d)")
_VISIBLE = re.compile(r"(?:(\d+)|an?) (.+?) (?:is|are) visible, (\d+) of \d+ key frames")
_SAYS = {
    "speech": "the machine transcript says",
    "captions": "the captions say",
    "screen_text": "the screen reads",
    "metadata": "the file's own description says",
}
_ONE = {"people": "person", "mice": "mouse", "knives": "knife"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of one sentence.

    Attributes:
        supported: Everything it says is borne out by what it cites.
        bears: For each citation, whether it bears on the sentence.
        kind: "words", "fact" or "likeness".
        mismatch: A quote is not in the source at that time.
    """

    supported: bool
    bears: tuple[bool, ...]
    kind: str
    mismatch: bool = False


def judged(
    claim: Claim, sources: Sequence[Sequence[Track]], marked: Sequence[bool] | None
) -> Verdict:
    """Return the verdict on a sentence.

    Args:
        claim: The sentence.
        sources: For each citation, all notes on its video, read from the source.
        marked: For each citation, whether people marked the place as an answer to the
            question; None where nobody did.
    """
    if claim.citations[0].verbatim:
        return _words(claim, sources)
    if "resembles" in claim.text:
        bears = tuple(marked or [False] * len(claim.citations))
        return Verdict(all(bears) and _timed(claim), bears, "likeness")
    bears = tuple(_fact(c, tracks) for c, tracks in zip(claim.citations, sources, strict=True))
    return Verdict(all(bears) and _timed(claim), bears, "fact")


def clock(seconds: float) -> str:
    whole = int(seconds + 1e-6)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"


def _timed(claim: Claim) -> bool:
    told = _CLOCK.match(claim.text)
    return told is None or told[1] == clock(claim.citations[0].span.start_s)


def _words(claim: Claim, sources: Sequence[Sequence[Track]]) -> Verdict:
    offs = [nearest(c, tracks) for c, tracks in zip(claim.citations, sources, strict=True)]
    there = [off is not None for off in offs]
    counted = re.match(r"(?:Found in )?(\d+) (?:places?|moments?)", claim.text)
    if counted:
        says_so = int(counted[1]) == len(claim.citations)
    else:
        says_so = _SAYS[claim.citations[0].track] in claim.text and all(
            f'"{c.quote}"' in claim.text for c in claim.citations
        )
    return Verdict(
        all(there) and says_so and _timed(claim),
        tuple(there),
        "words",
        mismatch=not all(there),
    )


def nearest(citation: Citation, tracks: Sequence[Track]) -> float | None:
    """Return how far, in seconds, the nearest note with these very words is; None for none.

    A sentence of a longer note may start inside it. Lines of the screen that stand beside
    each other are told with a bar between them, a file's name with blanks for its marks.
    """
    quote = citation.quote.removesuffix(" …")
    pieces = quote.split(" | ") if citation.track.value == "screen_text" else [quote]
    offs = [_nearest(piece, citation, tracks) for piece in pieces]
    if None in offs and citation.track.value == "metadata":
        stem = re.sub(r"[\W_]+", " ", Path(citation.path).stem).strip()
        return 0.0 if quote == stem else None
    known = [off for off in offs if off is not None]
    return max(known) if len(known) == len(offs) else None


def _nearest(words: str, citation: Citation, tracks: Sequence[Track]) -> float | None:
    offs = [
        max(
            0.0,
            note.span.start_s - citation.span.start_s,
            citation.span.end_s - note.span.end_s,
        )
        for track in tracks
        if track.name == citation.track
        for note in track.annotations
        if words in " ".join(note.text.split())
    ]
    best = min(offs, default=None)
    return best if best is not None and best <= NEAR_S else None


def _fact(citation: Citation, tracks: Sequence[Track]) -> bool:
    notes = [
        (track.name.value, note)
        for track in tracks
        for note in track.annotations
        if note.span.overlap_ns(citation.span)
    ]
    if told := _VISIBLE.search(citation.quote):
        return _visible(told, [note for name, note in notes if name == "objects"])
    if told := re.match(r"looks like: (.+) \((\d\.\d\d)\)", citation.quote):
        return any(n.text == told[1] and f"{n.confidence:.2f}" == told[2] for _, n in notes)
    if told := re.match(r"(\d+) % of the picture is (\w+)", citation.quote):
        return any(
            told[2] in n.text and round(100 * n.confidence) == int(told[1]) for _, n in notes
        )
    return citation.track.value in ("metadata", "shots", "objects")


def _visible(told: re.Match[str], notes: Sequence[Annotation]) -> bool:
    name = told[2]
    names = {name, name.split()[-1], _ONE.get(name, ""), name.removesuffix("s")}
    names |= {name.removesuffix("es"), _ONE.get(name.split()[-1], ""), name.split()[-1][:-1]}
    same = [n for n in notes if n.confidence >= SURE and n.text.split(" ", 1)[-1] in names]
    same = same or [n for n in notes if n.confidence >= SURE and n.text in names]
    frames = [n.span for n in same]
    most = max((frames.count(span) for span in frames), default=0)
    return most >= int(told[1] or 1) and len(set(frames)) >= int(told[3])
