"""Consent as those who keep a library note it: ``Library.consents``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from viewfinder.app.governing.desk import Desk
from viewfinder.domain.errors import UsageError
from viewfinder.domain.media import Video, VideoId
from viewfinder.domain.provenance import digest_of
from viewfinder.domain.time import TimeSpan
from viewfinder.governance.keeping import consent
from viewfinder.governance.keeping.consent import TIERS, USES, Given, State, Word

__all__ = ["TIERS", "USES", "Consents", "Given", "Standing", "State", "Word"]


@dataclass(frozen=True, slots=True)
class Standing:
    """What one person's consent comes to in one part of a video."""

    video: VideoId
    span: TimeSpan
    word: Word


class Consents:
    """Notes what people said, and opens and closes footage by it at once."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def note(self, video: Video, word: Word) -> None:
        """Note what somebody said about a video or a part; the next question obeys.

        Raises:
            UsageError: The part lies outside the video.
            Refused: The policy does not allow it.
        """
        self._desk.admitted("consent")
        if word.span is not None and not word.span.overlap_ns(video.span):
            raise UsageError(f"{word.span} lies outside {video.name!r}, which is {video.span}")
        words = [g.word for g in self.history(video=video.id)] + [word]
        before = self._desk.store.access_of(video.id), self._desk.store.stretches(video.id)
        access, parts = consent.applied(*before, words, video.span)
        event = self._desk.event(
            "consent",
            video=video.id,
            person=digest_of(word.person),
            state=word.state.value,
            part=None if word.span is None else (word.span.start_ns, word.span.end_ns),
        )
        fact = (consent.KIND, consent.body(word))
        self._desk.store.commit_access(video.id, access, parts, fact=fact, event=event)
        if (access, parts) != before:
            self._desk.reindex(video)

    def withdraw(self, person: str, videos: Sequence[Video]) -> list[Video]:
        """Take back all that a person gave, in these videos; return those it concerned."""
        self._desk.admitted("consent")
        concerned = {given.video for given in self.history() if given.word.person == person}
        touched = [video for video in videos if video.id in concerned]
        for video in touched:
            spans = {s.span for s in self.standing(video) if s.word.person == person}
            for span in sorted(spans):
                whole = span == video.span
                self.note(video, Word(person, State.WITHDRAWN, None if whole else span))
        return touched

    def history(self, *, video: VideoId | None = None, as_of: str = "") -> list[Given]:
        """Return everything that was noted, oldest first."""
        self._desk.admitted("consent")
        given = consent.read(self._desk.store.facts(consent.KIND), as_of=as_of)
        return [g for g in given if video is None or g.video == video]

    def standing(self, video: Video, *, as_of: str = "") -> list[Standing]:
        """Return each person's last word for each part of a video, as of any time."""
        words = [given.word for given in self.history(video=video.id, as_of=as_of)]
        parts: list[Standing] = []
        for span, there in consent.standing(words, video.span):
            parts += (Standing(video.id, span, word) for word in there)
        return _joined(parts)


def _joined(parts: Sequence[Standing]) -> list[Standing]:
    """Return the parts with neighbours of one word as one."""
    kept: dict[tuple[str, str], list[Standing]] = {}
    for part in parts:
        key = (part.word.person, json.dumps(consent.body(part.word)))
        mine = kept.setdefault(key, [])
        if mine and mine[-1].span.end_ns == part.span.start_ns:
            joined = TimeSpan(mine[-1].span.start_ns, part.span.end_ns)
            mine[-1] = Standing(part.video, joined, part.word)
        else:
            mine.append(part)
    every = [part for mine in kept.values() for part in mine]
    return sorted(every, key=lambda p: (p.span, p.word.person))
