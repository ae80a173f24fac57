"""The part of ``Library`` that forgets, copies and encrypts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from viewfinder.app.entry.fittings import Fittings
from viewfinder.app.entry.gate import Refused
from viewfinder.app.records import backup, forgetting
from viewfinder.app.records.logbook import Logbook
from viewfinder.domain.media import Video, VideoId
from viewfinder.domain.policy import Erasure, Scope
from viewfinder.domain.provenance import AuditEvent
from viewfinder.domain.time import TimeSpan
from viewfinder.ports import Store

if TYPE_CHECKING:
    from viewfinder.app.governing import Governing


class House:
    """Lets go of footage, and keeps copies that let go of it too."""

    folder: Path
    logbook: Logbook
    _fittings: Fittings
    _store: Store
    _admitted: Callable[[str], Scope]
    _event: Callable[..., AuditEvent]

    @property
    def governing(self) -> Governing:
        raise NotImplementedError

    def _reindex(self, video: Video) -> str:
        raise NotImplementedError

    def forget(
        self, video: VideoId, reason: str = "", *, spans: Sequence[TimeSpan] = ()
    ) -> Erasure:
        """Erase everything derived from a video, or from parts of it; the original stays.

        Args:
            video: Which.
            reason: For the log.
            spans: Which parts; none for the whole video. They do not come back with ``add``.

        Raises:
            Refused: The policy does not allow it, or a legal hold keeps the video.
            InputError: A part lies outside the video.
        """
        scope = self._admitted("forget")
        self._may_go(video)
        if not spans:
            return self._forgetting.video(video, reason)
        self._admitted("add")  # what is left is indexed anew
        among = self._store.videos(scope=scope.narrowed(frozenset({video})))
        return self._forgetting.parts(among, spans, reason, self._reindex)

    def delete_original(self, item: Video) -> Path:
        """Delete the file of a video itself; return where it was.

        Raises:
            Refused: As ``forget``.
            InputError: It is another file by now, or cannot be deleted.
        """
        self._admitted("forget")
        self._may_go(item.id)
        return forgetting.delete_original(item, self.logbook)

    def backup(self, folder: Path) -> backup.Manifest:
        """Copy the library into a new folder while it is used, without its keys.

        Raises:
            InputError: The folder is not empty, lies in the library, or cannot be written.
        """
        self._admitted("configure")
        return backup.backup(self.folder, folder, self.logbook)

    def encrypt(self) -> Iterator[int]:
        """Seal what lies open since before there were keys; yield how many pieces, bit by bit."""
        self._admitted("configure")
        self.logbook.write("encrypt", {})
        yield from self._store.encrypt()

    def _may_go(self, video: VideoId) -> None:
        if held := self.governing.holds.refusal(video):
            self.logbook.refused("forget", held, "")
            raise Refused(held)

    @property
    def _forgetting(self) -> forgetting.Forgetting:
        held = self._fittings.settling
        return forgetting.Forgetting(self.folder, self._store, self.logbook, self._event, held)
