"""Forgetting, in an order that a crash cannot break: rows first, then the keys.

Before anything goes, the names of the keys that have to go are noted beside the keys. Rows
are erased in one transaction, then each key is overwritten, then the note goes. Whoever
opens the library next ends what was begun: where the rows are gone, the keys go too; where
they are still there, nothing was forgotten yet, and the note goes.

Forgetting parts of a video seals the rest of it under a new key in that transaction; the
old key goes as above. Which parts were forgotten lies in the library as a fact, so that no
later stage brings them back, and beside the keys as well: a restored backup has neither
the fact nor, since its key is gone, the video, and the video may be added again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

from viewfinder.app.records.logbook import Logbook
from viewfinder.domain import forgotten
from viewfinder.domain.errors import InputError
from viewfinder.domain.keys import JOBS_FOLDER, of_conversation, of_job, of_video
from viewfinder.domain.media import Video, VideoId
from viewfinder.domain.policy import Erasure
from viewfinder.domain.provenance import AuditEvent
from viewfinder.domain.time import TimeSpan
from viewfinder.governance import forget
from viewfinder.ingest.probe import identify
from viewfinder.ports import Store

NOTE = "forgetting.json"
COPIES = "playable"
"""Folder in the library: copies of footage that browsers can play."""
PARTS = "forgotten.json"
"""Beside the keys: parts of videos, in ns, by id of the video."""


class Forgetting:
    """Erases footage from the store, and destroys what copies of it could be read with."""

    def __init__(
        self,
        folder: Path,
        store: Store,
        logbook: Logbook,
        event: Callable[..., AuditEvent],
        settling: AbstractContextManager[object],
    ) -> None:
        """Args:
        folder: Of the library.
        store: Where footage is.
        logbook: Of whoever forgets.
        event: Makes a line for the log.
        settling: Held while it happens; what is committed under it meanwhile waits.
        """
        self._note = folder / "keys" / NOTE
        self._parts = folder / "keys" / PARTS
        self._spools = folder / "spool"
        self._jobs = folder / JOBS_FOLDER
        self._copies = folder / COPIES
        self._store, self._logbook, self._event = store, logbook, event
        self._settling = settling

    def video(self, video: VideoId, reason: str) -> Erasure:
        """Forget one video, and every conversation that holds anything of it."""
        with self._settling:
            said = {"video": video, "subjects": self._subjects(video)}
            _write(self._note, said)
            receipt = forget.forget(
                self._store,
                video,
                spool=self._spools,
                event=self._event("forget", video=video, reason=reason),
            )
            self._destroy(said)
            return receipt

    def parts(
        self,
        among: Sequence[Video],
        spans: Sequence[TimeSpan],
        reason: str,
        reindex: Callable[[Video], str],
    ) -> Erasure:
        """Forget parts of the one video in ``among``, and index afresh what is left.

        Raises:
            InputError: No such video, or no such part of it.
        """
        whole = [item for item in among if all(span.overlap_ns(item.span) for span in spans)]
        if len(whole) != 1:
            raise InputError(f"{', '.join(map(str, spans))} is no part of that video")
        receipt = self.stretches(whole[0].id, forgotten.joined(spans), reason)
        problem = reindex(whole[0])
        why = f"what is left is not indexed ({problem}); `viewfinder add` tries again"
        return replace(receipt, remains=(*receipt.remains, *([why] if problem else ())))

    def stretches(self, video: VideoId, spans: Sequence[TimeSpan], reason: str) -> Erasure:
        """Forget parts of a video; its index is gone then, and has to be made again."""
        parts = [[span.start_ns, span.end_ns] for span in spans]
        with self._settling:
            said = {
                "video": video,
                "subjects": self._subjects(video),
                "renewals": self._store.renewals(video) + 1,
                "parts": parts,
            }
            _write(self._note, said)
            receipt = forget.forget_stretches(
                self._store,
                video,
                spans,
                spool=self._spools,
                event=self._event("forget", video=video, parts=parts, reason=reason),
            )
            self._destroy(said)
            return receipt

    def spans(self, video: VideoId) -> tuple[TimeSpan, ...]:
        """Return the parts of a video that were forgotten, also before a backup was restored."""
        known = forgotten.spans_of(self._store.facts(forgotten.KIND), video)
        beside = _read(self._parts).get(video, [])
        return forgotten.joined([*known, *(TimeSpan(*part) for part in beside)])

    def finish(self) -> None:
        """End what a crash left half done."""
        if not self._note.exists():
            return
        said = _read(self._note)
        video = VideoId(said["video"])
        is_done = not self._store.is_there(video) or (
            "renewals" in said and self._store.renewals(video) >= said["renewals"]
        )
        if is_done:
            self._destroy(said)
        else:
            self._note.unlink()

    def _subjects(self, video: VideoId) -> list[str]:
        """Return the names of the keys of a video and of what is said about it."""
        renewed = self._store.renewals(video)
        talks = self._store.conversations_with(video)
        own = dict.fromkeys((of_video(video), of_video(video, renewed)))
        return [*own, *map(of_conversation, talks), *self._jobs_with(video)]

    def _jobs_with(self, video: VideoId) -> list[str]:
        """Return the names of the keys of jobs that added it: they hold the name of its file."""
        found = []
        for path in sorted(self._jobs.glob("*.json")):
            try:
                said = json.loads(path.read_text("utf-8"))
                if video in said["videos"]:
                    found.append(of_job(path.stem, said["epoch"]))
            except (OSError, ValueError, KeyError, TypeError):
                continue  # being written, or no job
        return found

    def _destroy(self, said: dict[str, Any]) -> None:
        parts = _read(self._parts)
        before = dict(parts)
        if "parts" in said:
            known = [TimeSpan(*part) for part in (*parts.get(said["video"], []), *said["parts"])]
            parts[said["video"]] = json.loads(forgotten.body(forgotten.joined(known)))
        else:
            parts.pop(said["video"], None)
        if parts != before:
            _write(self._parts, parts)
        self._clear_copies(VideoId(said["video"]))
        for subject in said["subjects"]:
            self._logbook.shred(subject)
        self._note.unlink()

    def _clear_copies(self, video: VideoId) -> None:
        """Clear what was made of a video so that browsers can play it.

        Moved aside first: what is still at work on it finds no folder to write to.
        """
        for number, path in enumerate(sorted(self._copies.glob(f"{video}*"))):
            path.rename(self._copies / f"{video}.gone{number}")
        forget.clear(self._copies, video)


def delete_original(item: Video, logbook: Logbook) -> Path:
    """Overwrite and delete the file of a video; return where it was. Logged before.

    Raises:
        InputError: It is not there, is another file by now, or cannot be deleted.
    """
    path = Path(item.path)
    try:
        if identify(path) != item.id:
            raise InputError(f"{item.path!r} is another file by now, so it was not deleted")
        logbook.write("delete", {"video": item.id})
        forget.overwrite(path)
        path.unlink()
    except OSError as error:
        raise InputError(f"cannot delete {item.path!r}: {error.strerror}") from error
    return path


def _read(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    said: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return said


def _write(path: Path, said: object) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    with fresh.open("w", encoding="utf-8") as file:
        json.dump(said, file)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
