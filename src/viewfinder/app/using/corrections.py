"""Lines of a transcript that people put right: ``Library.mine.corrections``."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace

from viewfinder.app.using.desk import Desk, now
from viewfinder.domain import correcting
from viewfinder.domain.annotation import Annotation, Correction, Track, TrackName
from viewfinder.domain.errors import InputError, UsageError
from viewfinder.domain.media import Video
from viewfinder.domain.policy import Scope
from viewfinder.domain.time import SECOND_NS, TimeSpan, clock
from viewfinder.governance import authorize
from viewfinder.ports import StageRecord

__all__ = ["Corrected", "Corrections"]

NEAR_NS = 2 * SECOND_NS
"""A line that begins or ends this close to the time named may be meant."""
CHARACTERS = 2000
_ACTION = "correct"


@dataclass(frozen=True, slots=True)
class Corrected:
    """A line that somebody put right.

    Attributes:
        track: Speech, captions or screen_text.
        span: When.
        was: The machine's words.
        text: The right words.
        by: Who put them right.
        at: When they did, ISO 8601, UTC.
        stale: The machine does not say those words there any more: nothing is replaced.
    """

    track: TrackName
    span: TimeSpan
    was: str
    text: str
    by: str
    at: str
    stale: bool = False


class Corrections:
    """Puts lines right, for everybody: search, quotes and exports use the right words.

    The machine's words stay beside them. Both are forgotten with their part of the video.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def of(self, video: Video) -> list[Corrected]:
        """Return what was put right in a video, in time order, stale ones marked."""
        tracks = self._desk.store.tracks(video.id, scope=self._desk.admitted("show"))
        _, people = correcting.apart(tracks)
        stale = correcting.stale(tracks)
        found = [
            _told(track.name, note, note.corrected, stale=(track.name, note) in stale)
            for track in people
            for note in track.annotations
            if note.corrected is not None
        ]
        return sorted(found, key=lambda c: (c.span, c.track))

    def put_right(
        self,
        video: Video,
        at_ns: int,
        text: str,
        *,
        track: TrackName | str | None = None,
        was: str | None = None,
    ) -> Corrected:
        """Put the line at a time right, and index the video afresh.

        Args:
            video: Which.
            at_ns: A time inside the line.
            text: The right words.
            track: Speech, captions or screen_text; needed where several have a line there.
            was: The words as they stand; needed where one track has several lines there.

        Raises:
            InputError: No such line, or several.
            UsageError: No words, or no track that can be corrected.
            StoreError: Another process adds to the library.
            Refused: The policy lets this person change nothing.
        """
        scope = self._desk.admitted("add")
        text = " ".join(text.split())
        if not text or len(text) > CHARACTERS:
            raise UsageError(f"a line has 1 to {CHARACTERS} characters")
        with self._desk.store.writing():
            # What this person may not see stays as it is, so all is read; but no line of it
            # can be chosen.
            shown = self._desk.store.tracks(video.id, scope=self._desk.admitted("show"))
            name, line = _line(shown, at_ns, _name(track), was)
            people = self._people(video, scope)
            old = line.corrected.was if line.corrected else line.text
            made = Correction(old, self._desk.asker, now())
            right = replace(line, text=text, words=(), corrected=made)
            before = people.get(name, [])
            kept = {**people, name: [note for note in before if not _same(note, right)]}
            if text != old:
                kept[name].append(right)
            self._commit(video, kept, act="put right", track=name)
        return _told(name, right, made)

    def undo(self, video: Video, at_ns: int, *, track: TrackName | str | None = None) -> Corrected:
        """Give the machine's words back their place; return what was taken back.

        Raises:
            InputError: Nothing, or more than one line, was put right there.
        """
        scope = self._desk.admitted("add")
        with self._desk.store.writing():
            name = _name(track)
            near = [
                each
                for each in self.of(video)
                if name in (None, each.track) and _is_near(each.span, at_ns)
            ]
            exact = [each for each in near if each.span.holds(at_ns)] or near
            if len(exact) != 1:
                what = "nothing" if not exact else "more than one line"
                raise InputError(f"{what} was put right at {clock(at_ns)} in {video.name!r}")
            (gone,) = exact
            people = self._people(video, scope)
            people[gone.track] = [
                note
                for note in people.get(gone.track, [])
                if (note.span, note.text) != (gone.span, gone.text)
            ]
            self._commit(video, people, act="undo", track=gone.track)
        return gone

    def _people(self, video: Video, scope: Scope) -> dict[TrackName, list[Annotation]]:
        whole = authorize.for_work(scope)
        _, people = correcting.apart(self._desk.store.tracks(video.id, scope=whole))
        return {track.name: list(track.annotations) for track in people}

    def _commit(
        self,
        video: Video,
        people: dict[TrackName, list[Annotation]],
        *,
        act: str,
        track: TrackName,
    ) -> None:
        # Drawn by chance: a digest of the words would tell of them after they are forgotten.
        made = correcting.derivation(video.id, secrets.token_hex(8))
        tracks = [
            Track(name, made, tuple(sorted(notes, key=lambda n: n.span)))
            for name, notes in sorted(people.items())
            if notes
        ]
        event = self._desk.event(_ACTION, video=video.id, act=act, track=track.value)
        record = StageRecord(correcting.STAGE, made)
        self._desk.store.commit_stage(video.id, record, tracks=tracks, event=event)
        if problem := self._desk.reindex(video):
            raise InputError(
                f"it is kept, but {video.name!r} is not indexed with it ({problem}); "
                "`viewfinder add` tries again"
            )


def _name(track: TrackName | str | None) -> TrackName | None:
    if track is None:
        return None
    if track not in correcting.CAN_BE:
        names = ", ".join(correcting.CAN_BE)
        raise UsageError(f"lines of {track!r} cannot be put right; those of {names} can")
    return TrackName(track)


def _line(
    tracks: Sequence[Track], at_ns: int, name: TrackName | None, was: str | None
) -> tuple[TrackName, Annotation]:
    """Return the one line that is meant, as it stands now."""
    lines = [
        (track.name, note)
        for track in correcting.corrected(tracks)
        if track.name in correcting.CAN_BE and name in (None, track.name)
        for note in track.annotations
        if _is_near(note.span, at_ns) and (was is None or _says(note, was))
    ]
    found = [line for line in lines if line[1].span.holds(at_ns)] or _nearest(lines, at_ns)
    if len(found) == 1:
        return found[0]
    if not found:
        raise InputError(f"no line at {clock(at_ns)} that can be put right")
    listed = "; ".join(f"{n.value} {a.span}: {a.text!r}" for n, a in found[:5])
    raise InputError(f"more than one line is at {clock(at_ns)} ({listed}); name track or words")


def _nearest(
    lines: Sequence[tuple[TrackName, Annotation]], at_ns: int
) -> list[tuple[TrackName, Annotation]]:
    def away(line: tuple[TrackName, Annotation]) -> int:
        return line[1].span.gap_ns(TimeSpan(at_ns, at_ns))

    best = min((away(line) for line in lines), default=0)
    return [line for line in lines if away(line) == best]


def _is_near(span: TimeSpan, at_ns: int) -> bool:
    return span.start_ns - NEAR_NS <= at_ns < span.end_ns + NEAR_NS


def _says(note: Annotation, was: str) -> bool:
    words = " ".join(was.split())
    held = [note.text, note.corrected.was if note.corrected else note.text]
    return words in (" ".join(text.split()) for text in held)


def _same(one: Annotation, other: Annotation) -> bool:
    """Tell whether two corrections are of one line of the machine."""
    if one.corrected is None or other.corrected is None:
        return False
    shorter = min(one.span.duration_ns, other.span.duration_ns)
    is_there = one.span == other.span or one.span.overlap_ns(other.span) * 2 > shorter
    return is_there and one.corrected.was == other.corrected.was


def _told(
    name: TrackName, note: Annotation, made: Correction | None, *, stale: bool = False
) -> Corrected:
    assert made is not None
    return Corrected(name, note.span, made.was, note.text, made.by, made.at, stale)
