"""Looking at footage itself: ``Library.viewing``.

What may be seen of a video, and heard, is decided here, for each request anew; how it gets
to a player is the business of ``app.serving.playing``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from viewfinder.app.exports import notes
from viewfinder.app.exports.desk import Desk
from viewfinder.domain import correcting, forgotten
from viewfinder.domain.access import closed
from viewfinder.domain.annotation import WORD_TRACKS, Track, TrackName
from viewfinder.domain.errors import InputError, PluginUnavailable, UsageError
from viewfinder.domain.media import MediaKind, Video, VideoId
from viewfinder.domain.time import SECOND_NS, TimeSpan
from viewfinder.governance import release
from viewfinder.governance.release import owed
from viewfinder.ingest.decode import Covering


class Unknown(InputError):
    """No such video, or not for the asker: nobody can tell which."""


class Gone(InputError):
    """The original is not where it was, or never was here."""


class Changed(InputError):
    """What lies where the original was is another file by now."""


@dataclass(frozen=True, slots=True)
class Footage:
    """What of one video somebody may play.

    Attributes:
        video: Which.
        shut: Parts that they may not see or hear, and parts that were forgotten.
        picture: Whether the picture may be shown.
        words: Whether its words may be written out.
        covering: What covers faces in every frame that is shown; None where nothing has to.
        context_s: A stretch of it is shown with at least so many seconds; 0 for any.
        may_export: Whether anything of it may be taken out as a file, as far as duties say.
        memory_bytes: Limit of the process that reads the file.
    """

    video: Video
    shut: tuple[TimeSpan, ...] = ()
    picture: bool = True
    words: bool = True
    covering: Covering | None = None
    context_s: int = 0
    may_export: bool = True
    memory_bytes: int = 2_000_000_000

    @property
    def is_whole(self) -> bool:
        """Whether the file itself may be given, as it is."""
        return self.picture and not self.shut and self.covering is None

    @property
    def path(self) -> Path:
        return Path(self.video.path)


class Viewing:
    """Says what may be played, gives pictures and words beside it, and writes it down."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def footage(self, video: VideoId) -> Footage:
        """Return what of a video may be played; the line in the log is ``begun``.

        Raises:
            Unknown: There is no such video for this asker.
            Refused: The policy does not allow to look at anything.
        """
        desk = self._desk
        scope = desk.admitted("show")
        found = next((v for v in desk.store.videos(scope=scope) if v.id == video), None)
        if found is None:
            raise Unknown("no such video here")
        facts = desk.store.facts(forgotten.KIND)
        shut = (
            *closed(desk.store.stretches(video), scope),
            *forgotten.spans_of(facts, video),
        )
        picture, covering = "no_pictures" not in scope.obligations, None
        if picture and found.kind is MediaKind.VIDEO:
            try:
                covering = desk.covering(found)
            except PluginUnavailable:
                picture = False  # faces have to be covered, and nothing here can
        return Footage(
            found,
            forgotten.joined(shut),
            picture,
            "withhold_words" not in scope.obligations,
            covering,
            max(owed("context", scope.obligations), default=0),
            "no_export" not in scope.obligations,
            desk.config.ingest.memory_bytes,
        )

    def begun(self, footage: Footage) -> None:
        """Write down that somebody plays a video, before anything of it leaves."""
        self._desk.logbook.write("show", {"video": footage.video.id, "played": True})

    def tracks(self, footage: Footage) -> list[Track]:
        """Return what is noted of a video, without words where none may be written out."""
        scope = self._desk.admitted("show")
        found = correcting.corrected(self._desk.store.tracks(footage.video.id, scope=scope))
        self._desk.logbook.write("show", {"video": footage.video.id})
        return release.tracks(found, scope.obligations)

    def captions(self, footage: Footage, name: str | None = None) -> str:
        """Return a track as WebVTT: captions, else speech, else nothing but its first line.

        Raises:
            UsageError: There is no track of that name.
        """
        if name is not None and name not in WORD_TRACKS:
            raise UsageError(f"no words in a track {name!r}; there are {', '.join(WORD_TRACKS)}")
        found = self.tracks(footage) if footage.words else []
        wanted = [TrackName(name)] if name else [TrackName.CAPTIONS, TrackName.SPEECH]
        for each in wanted:
            kept = [_sure(t) for t in found if t.name is each and t.annotations]
            if kept and kept[0].annotations:
                shown = kept if name else kept[:1]
                return notes.export(footage.video, shown, "vtt", track=each.value)
        return "WEBVTT\n"

    def pictures(self, footage: Footage, times_ns: Sequence[int]) -> list[bytes | None]:
        """Return the WebP picture nearest to each time; one line in the log for all."""
        video, scope = footage.video.id, self._desk.admitted("show")
        if "no_pictures" in scope.obligations:
            return [None] * len(times_ns)
        self._desk.logbook.write("show", {"video": video, "pictures": len(times_ns)})
        return [self._desk.store.thumbnail(video, at, scope=scope) for at in times_ns]


def _sure(track: Track) -> Track:
    kept = [note for note in track.annotations if note.confidence >= notes.SURE]
    return replace(track, annotations=tuple(kept) if kept else track.annotations)


def tiles_ns(duration_ns: int, most: int) -> list[int]:
    """Return times for pictures along a video: every second or more, at most so many."""
    count = max(1, min(most, duration_ns // SECOND_NS))
    return [(2 * k + 1) * duration_ns // (2 * count) for k in range(count)]
