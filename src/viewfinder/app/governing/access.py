"""Access of footage, as those who keep a library change it: ``Library.access``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from viewfinder.app.governing.desk import Desk
from viewfinder.domain.access import AccessClass, Stretch, class_of
from viewfinder.domain.errors import UsageError
from viewfinder.domain.media import Video
from viewfinder.domain.time import TimeSpan
from viewfinder.governance.keeping import classes
from viewfinder.governance.keeping.classes import Alter, Change

__all__ = ["Access", "Change", "Restrictions"]


@dataclass(frozen=True, slots=True)
class Restrictions:
    """How a video stands: its access class, and the parts that have another."""

    video: Video
    access: AccessClass
    parts: tuple[tuple[TimeSpan, AccessClass], ...] = ()


class Access:
    """Reads and changes access classes; every change is logged with its effect."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def of(self, video: Video) -> Restrictions:
        """Return how a video stands."""
        self._desk.admitted("restrict")
        parts = self._desk.store.stretches(video.id)
        return Restrictions(
            video,
            class_of(self._desk.store.access_of(video.id)),
            tuple((part.span, class_of(part.access)) for part in parts),
        )

    def restrict(
        self, video: Video, change: Change, *, during: TimeSpan | None = None
    ) -> Restrictions:
        """Change the access class of a video, or of a part of it; the next question obeys.

        Raises:
            UsageError: The part lies outside the video.
            Refused: The policy does not allow it.
        """
        self._desk.admitted("restrict")
        self.alter(video, change, during=during, action="restrict")
        return self.of(video)

    def alter(self, video: Video, change: Alter, *, during: TimeSpan | None, action: str) -> None:
        """Apply a change that is allowed already, log it, and cut the index along it."""
        if during is not None and not during.overlap_ns(video.span):
            raise UsageError(f"{during} lies outside {video.name!r}, which is {video.span}")
        before = self._desk.store.access_of(video.id), self._desk.store.stretches(video.id)
        access, parts = classes.altered(*before, change, whole=video.span, during=during)
        if (access, parts) == before:
            return
        self._desk.store.commit_access(
            video.id,
            access,
            parts,
            event=self._desk.event(action, video=video.id, **_told(access, parts)),
        )
        self._desk.reindex(video)


def _told(access: str, parts: Sequence[Stretch]) -> dict[str, object]:
    spans = [(part.span.start_ns, part.span.end_ns, part.access) for part in parts]
    return {"access": access, "parts": spans}
