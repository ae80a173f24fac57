"""Words that people put right, beside the words that a machine heard or read.

What people write is a track of its own, kept under the stage ``corrections``: each of its
notes lies where the machine's does, holds the right words, and says which words it replaces.
``corrected`` puts them in place. They are put back by time and old words, so they outlive a
new transcript that says the same; where it says something else they are stale.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from viewfinder.domain.annotation import Annotation, Track, TrackName, Word
from viewfinder.domain.media import VideoId
from viewfinder.domain.provenance import Derivation, Tool, parameters
from viewfinder.domain.time import TimeSpan

STAGE = "corrections"
BY_PEOPLE = Tool("human", "1")
CAN_BE = (TrackName.SPEECH, TrackName.CAPTIONS, TrackName.SCREEN_TEXT)
"""Tracks whose lines people may put right."""


def derivation(video: VideoId, edition: str) -> Derivation:
    """Return how corrections came about; each ``edition`` of them is another derivation."""
    return Derivation((video,), BY_PEOPLE, parameters(edition=edition))


def is_by_people(track: Track) -> bool:
    """Tell whether a track holds corrections."""
    return track.derivation.tool.name == BY_PEOPLE.name


def apart(tracks: Iterable[Track]) -> tuple[list[Track], list[Track]]:
    """Return the tracks of machines and files, and those of people."""
    listed = list(tracks)
    machine = [track for track in listed if not is_by_people(track)]
    return machine, [track for track in listed if is_by_people(track)]


def corrected(tracks: Iterable[Track]) -> list[Track]:
    """Return the tracks with what people put right in its place; theirs are left out."""
    machine, people = apart(tracks)
    if not people:
        return machine
    return [
        replace(track, annotations=tuple(_put_right(track, people)))
        if track.name in CAN_BE
        else track
        for track in machine
    ]


def stale(tracks: Iterable[Track]) -> list[tuple[TrackName, Annotation]]:
    """Return the corrections of words that the machine does not say any more."""
    machine, people = apart(tracks)
    return [
        (track.name, right)
        for track in people
        for right in track.annotations
        if not any(
            _fits(note, right)
            for other in machine
            if other.name is track.name
            for note in other.annotations
        )
    ]


def _put_right(track: Track, people: Sequence[Track]) -> Iterator[Annotation]:
    known = [note for one in people if one.name is track.name for note in one.annotations]
    for note in track.annotations:
        # The last one said about a line holds.
        right = next((each for each in reversed(known) if _fits(note, each)), None)
        yield note if right is None else put_right(note, right)


def _fits(note: Annotation, right: Annotation) -> bool:
    """Tell whether a correction is of this line: the same words, for half of the time."""
    if right.corrected is None or _plain(note.text) != _plain(right.corrected.was):
        return False
    shorter = min(note.span.duration_ns, right.span.duration_ns)
    return note.span == right.span or 2 * note.span.overlap_ns(right.span) > shorter


def _plain(text: str) -> str:
    return " ".join(text.split())


def put_right(note: Annotation, right: Annotation) -> Annotation:
    """Return the machine's note with a person's words in its place."""
    return replace(
        note,
        text=right.text,
        words=spoken(note, right.text),
        confidence=1.0,
        quotable=True,
        corrected=right.corrected,
    )


def spoken(note: Annotation, text: str) -> tuple[Word, ...]:
    """Return the words of ``text`` with times: known ones keep theirs, others share the gaps."""
    said = text.split()
    if not note.words or not said:
        return ()
    was = [word.text.strip().casefold() for word in note.words]
    now = [word.casefold() for word in said]
    times: dict[int, TimeSpan] = {}
    for tag, a, b, c, d in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if tag == "equal":
            times.update({c + n: note.words[a + n].span for n in range(d - c)})
        elif d > c:
            begin = note.words[a].span.start_ns if a < b else _edge(note, a)
            end = note.words[b - 1].span.end_ns if a < b else _edge(note, a)
            step = (max(end, begin) - begin) // (d - c)
            for n in range(d - c):
                times[c + n] = TimeSpan(begin + n * step, begin + (n + 1) * step)
    return tuple(Word(times[n], word) for n, word in enumerate(said))


def _edge(note: Annotation, at: int) -> int:
    """Return the time between the words before and from ``at`` on."""
    return note.words[at].span.start_ns if at < len(note.words) else note.words[-1].span.end_ns
