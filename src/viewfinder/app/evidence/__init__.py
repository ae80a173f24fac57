"""What shows where things come from, and that they are what they were: ``Library.evidence``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from viewfinder.app.evidence import certificate, facts, prov, rederiving, scrubbing, wording
from viewfinder.app.evidence.desk import Desk
from viewfinder.app.evidence.rederiving import Rederived
from viewfinder.domain.conversation import Conversation
from viewfinder.domain.media import Video
from viewfinder.domain.time import TimeSpan
from viewfinder.governance.keeping.scrub import Check, Found

__all__ = ["Check", "Desk", "Evidence", "Found", "Rederived"]


class Evidence:
    """The tools for those who have to show something to somebody who need not believe them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def facts(self) -> dict[str, Any]:
        """Return what anybody may know of this library."""
        return facts.facts(self._desk)

    def certificate(self, video: Video, during: TimeSpan | None = None) -> tuple[str, Any]:
        """Return the certificate of a video, or of a part of it: as text and as a document.

        Raises:
            Refused: The policy allows no export.
            UsageError: The part lies outside the video.
        """
        made = certificate.certificate(self._desk, video, during)
        return wording.text(made), made

    def prov(self, video: Video, talk: Conversation | None = None) -> dict[str, Any]:
        """Return where everything known of a video comes from, as W3C PROV-JSON.

        Args:
            video: Which.
            talk: With the moments of it that this conversation cites.

        Raises:
            Refused: The policy allows no export.
        """
        return prov.document(self._desk, video, talk)

    def scrub(self, videos: Sequence[Video]) -> Iterator[tuple[Video, Check]]:
        """Hash originals again; yield what was found of each, noted and logged.

        Raises:
            Refused: The policy does not allow to add, which is what hashed them first.
        """
        return scrubbing.check(self._desk, videos)

    def due(self, now: datetime | None = None) -> list[Video]:
        """Return the originals that have to be hashed again by now."""
        return scrubbing.due(self._desk, now)

    def rederive(self, video: Video, stage: str = "") -> Iterator[Rederived]:
        """Derive a video again, or one stage of it; yield how each compares with what is kept.

        Raises:
            UsageError: No such stage.
            InputError: The original is not there.
            Refused: The policy does not allow to add.
        """
        return rederiving.rederive(self._desk, video, stage)
