"""Forgetting, in an order that a crash cannot break: rows first, then the keys.

Before anything goes, the names of the keys that have to go are noted beside the keys. Rows
are erased in one transaction, then each key is overwritten, then the note goes. Whoever
opens the library next ends what was begun: where the rows are gone, the keys go too; where
they are still there, nothing was forgotten yet, and the note goes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

from viewfinder.app.records.logbook import Logbook
from viewfinder.domain.keys import of_conversation, of_video
from viewfinder.domain.media import VideoId
from viewfinder.domain.policy import Erasure
from viewfinder.domain.provenance import AuditEvent
from viewfinder.governance import forget
from viewfinder.ports import Store

NOTE = "forgetting.json"


class Forgetting:
    """Erases videos from the store, and destroys what their copies could be read with."""

    def __init__(
        self, folder: Path, store: Store, logbook: Logbook, event: Callable[..., AuditEvent]
    ) -> None:
        self._note = folder / "keys" / NOTE
        self._spools = folder / "spool"
        self._store, self._logbook, self._event = store, logbook, event

    def video(self, video: VideoId, reason: str) -> Erasure:
        """Forget one video, and every conversation that holds anything of it."""
        talks = self._store.conversations_with(video)
        subjects = [of_video(video), *map(of_conversation, talks)]
        self._write({"video": video, "subjects": subjects})
        receipt = forget.forget(
            self._store,
            video,
            spool=self._spools,
            event=self._event("forget", video=video, reason=reason),
        )
        self._destroy(subjects)
        return receipt

    def finish(self) -> None:
        """End what a crash left half done."""
        if not self._note.exists():
            return
        said = json.loads(self._note.read_text("utf-8"))
        if self._store.is_there(said["video"]):
            self._note.unlink()
        else:
            self._destroy(said["subjects"])

    def _destroy(self, subjects: list[str]) -> None:
        for subject in subjects:
            self._logbook.shred(subject)
        self._note.unlink()

    def _write(self, said: object) -> None:
        self._note.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = self._note.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as file:
            json.dump(said, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._note)
