"""The part of a library that tells what is known of its footage."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from viewfinder.app.entry.gate import Refused
from viewfinder.app.exports import notes as taken
from viewfinder.app.exports.desk import NO_WORDS
from viewfinder.app.records.logbook import Logbook
from viewfinder.app.status import VideoStatus, known_of, status_of
from viewfinder.domain import correcting
from viewfinder.domain.annotation import Annotation, Track
from viewfinder.domain.conversation import Conversation
from viewfinder.domain.errors import InputError
from viewfinder.domain.media import Video, VideoId
from viewfinder.domain.policy import Scope
from viewfinder.domain.provenance import AuditEvent
from viewfinder.domain.segment import Segment
from viewfinder.governance import release
from viewfinder.ports import Store


class Knowing:
    """The part of ``Library`` that tells what is known of its footage."""

    logbook: Logbook
    _store: Store

    def _admitted(self, action: str) -> Scope:
        raise NotImplementedError

    def _event(self, action: str, **subject: object) -> AuditEvent:
        raise NotImplementedError

    def videos(self, action: str = "show") -> list[Video]:
        """Return all items that ``action`` may be done with, by path."""
        scope = self._admitted(action)
        return sorted(self._store.videos(scope=scope), key=lambda video: video.path)

    def video(self, named: str, action: str = "show") -> Video:
        """Return the item of that path, file name, or beginning of id.

        Args:
            named: As people name it.
            action: Only among those that may be worked on so.

        Raises:
            InputError: None, or more than one, is meant.
        """
        videos = self.videos(action)
        resolved = str(Path(named).expanduser().absolute())
        for meant in (
            [v for v in videos if v.path == resolved],
            [v for v in videos if v.name == named],
            [v for v in videos if len(named) >= 6 and v.id.startswith(named)],
            [v for v in videos if named.lower() in v.name.lower()],
        ):
            if len(meant) == 1:
                return meant[0]
            if meant:
                names = ", ".join(f"{v.name} ({v.id[:12]})" for v in meant[:5])
                raise InputError(f"{named!r} may mean {names}; give more of the id")
        raise InputError(f"no video {named!r} here; `viewfinder status` lists them")

    def in_log(self, named: str) -> str:
        """Return by what id the log knows a video; of one that is gone, what was given of it.

        Raises:
            InputError: No such video, and not the beginning of an id.
        """
        try:
            return self.video(named).id
        except InputError:
            if len(named) >= 6 and not named.strip("0123456789abcdef"):
                return named
            raise

    def generation(self) -> int:
        """Return a number that changes with the footage: for caches, never shown to anybody."""
        return self._store.generation()

    def tracks(self, video: VideoId) -> list[Track]:
        """Return everything noted about a video, with what people put right in its place."""
        scope = self._admitted("show")
        found = correcting.corrected(self._store.tracks(video, scope=scope))
        self.logbook.write("show", {"video": video})
        return release.tracks(found, scope.obligations)

    def notes(
        self, named: str, *, at: str | None = None, track: str | None = None
    ) -> list[tuple[Track, Annotation]]:
        """Return the notes of a video in time order, each with its track.

        Args:
            named: As for ``video``.
            at: Only notes within ten seconds of this time ("83", "1:23", "0:01:23.5").
            track: Only this track; without it, what a recogniser is less than half sure
                of is left out.

        Raises:
            InputError: No such video.
            UsageError: No such track, or not a time.
        """
        which = taken.chosen(at, track)
        return which(self.tracks(self.video(named).id))

    def export(self, named: str, kind: str, *, track: str | None = None) -> str:
        """Return a video's notes as srt, vtt, csv or json; see ``app.exports.notes``."""
        scope = self._admitted("export")
        if "withhold_words" in scope.obligations:
            raise Refused(NO_WORDS)
        video = self.video(named)
        text = taken.export(
            video,
            correcting.corrected(self._store.tracks(video.id, scope=scope)),
            kind,
            track=track,
        )
        self._store.log(self._event("export", video=video.id, kind=kind, track=track))
        return text

    def write_export(self, path: Path, text: str) -> None:
        """Write an export to a file.

        Raises:
            InputError: It cannot be written.
        """
        try:
            path.write_text(text, "utf-8")
        except OSError as error:
            raise InputError(f"cannot write {str(path)!r}: {error.strerror}") from error

    def write_conversation(self, path: Path, text: str, talk: Conversation | None = None) -> None:
        """Write a conversation to a file; it quotes footage, so policy has a say.

        Raises:
            Refused: The policy allows no export.
            InputError: It cannot be written.
        """
        self._admitted("export")
        said = talk.id if talk else None
        self._store.log(self._event("export", kind="conversation", conversation=said))
        self.write_export(path, text)

    def thumbnail(self, video: VideoId, at_ns: int) -> bytes | None:
        """Return a WebP picture near that time."""
        scope = self._admitted("show")
        if "no_pictures" in scope.obligations:
            return None
        found = self._store.thumbnail(video, at_ns, scope=scope)
        self.logbook.write("show", {"video": video, "at": at_ns})
        return found

    def segments(self, video: VideoId) -> list[Segment]:
        """Return the pieces that a video is searched by."""
        found = self._store.segments_of(video, scope=self._admitted("show"))
        self.logbook.write("show", {"video": video})
        return found

    def status(self, among: Collection[VideoId] | None = None) -> list[VideoStatus]:
        """Return per video (of all, or of those) what is searchable, what failed, what it cost."""
        scope = self._admitted("show")
        known = known_of(self._store)
        return [
            status_of(self._store, video, known)
            for video in self.videos()
            if scope and (among is None or video.id in among)
        ]

    def counts(self) -> dict[str, int]:
        """Return how many videos, and segments by lane."""
        return self._store.counts(scope=self._admitted("show"))
