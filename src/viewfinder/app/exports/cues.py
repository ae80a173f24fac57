"""The words of a video as captions: short enough to be read, when they are said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from viewfinder.domain.annotation import Annotation, Track, TrackName, Word
from viewfinder.domain.time import TimeSpan

Cue = tuple[int, int, str]
"""From when and until when in ns, and the words."""

CHARACTERS = 84
"""Two lines of 42: what can be read at a glance."""
SHORTEST_NS = 700_000_000
_LANES = (TrackName.CAPTIONS, TrackName.SPEECH)
_ENDS = (".", "?", "!", "…", "。", "？", "！")


def words_of(tracks: Sequence[Track], span: TimeSpan) -> list[Annotation]:
    """Return the notes of what is said in a span: captions by people, else what a machine heard.

    What the machine itself doubts is left out: it is never quoted.
    """
    for lane in _LANES:
        for track in tracks:
            if track.name is lane and track.annotations:
                return [
                    note
                    for note in track.annotations
                    if note.quotable and note.text.strip() and note.span.overlap_ns(span)
                ]
    return []


def cues(tracks: Sequence[Track], parts: Iterable[TimeSpan]) -> list[Cue]:
    """Return captions for parts of a video, by the video's clock."""
    found: list[Cue] = []
    for part in parts:
        for note in words_of(tracks, part):
            for start_ns, end_ns, text in _pieces(note):
                inside = TimeSpan(start_ns, max(start_ns, end_ns)).clipped(part)
                if inside.duration_ns:
                    found.append((inside.start_ns, inside.end_ns, text))
    found.sort()
    return [
        (start, max(start + 1, min(end, found[n + 1][0])) if n + 1 < len(found) else end, text)
        for n, (start, end, text) in enumerate(found)
    ]


def _pieces(note: Annotation) -> Iterator[Cue]:
    """Yield a note in pieces that fit two lines, broken after sentences where possible."""
    lead = f"{note.speaker}: " if note.speaker else ""
    text = " ".join(note.text.split())
    if len(lead + text) <= CHARACTERS:
        yield note.span.start_ns, note.span.end_ns, lead + text
        return
    words = note.words or tuple(_guessed(note))
    held: list[Word] = []
    for word in words:
        longer = len(_said(held)) + len(word.text.strip()) + 1 + len(lead)
        ended = bool(held) and held[-1].text.strip().endswith(_ENDS) and longer > CHARACTERS // 2
        if held and (longer > CHARACTERS or ended):
            yield held[0].span.start_ns, word.span.start_ns, lead + _said(held)
            held, lead = [], ""
        held.append(word)
    if held:
        end_ns = max(held[-1].span.end_ns, held[0].span.start_ns + SHORTEST_NS)
        yield held[0].span.start_ns, min(end_ns, note.span.end_ns), lead + _said(held)


def _said(words: Sequence[Word]) -> str:
    return " ".join(word.text.strip() for word in words)


def _guessed(note: Annotation) -> Iterator[Word]:
    """Yield the words of a note, as if each character took as long as any other."""
    parts = note.text.split()
    whole, done = sum(len(part) + 1 for part in parts), 0
    for part in parts:
        edges = [
            note.span.start_ns + note.span.duration_ns * at // whole
            for at in (done, done + len(part) + 1)
        ]
        done += len(part) + 1
        yield Word(TimeSpan(*edges), part)
