"""What taking things out works with, and what comes of it."""

from __future__ import annotations

import re
import secrets
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from viewfinder.app.config import Config
from viewfinder.app.entry.gate import Refused
from viewfinder.app.records.logbook import Logbook
from viewfinder.app.tools import Toolbox
from viewfinder.domain import forgotten
from viewfinder.domain.access import class_of
from viewfinder.domain.errors import InputError
from viewfinder.domain.media import MediaKind, Video
from viewfinder.domain.policy import Decision, Scope
from viewfinder.domain.provenance import AuditEvent
from viewfinder.domain.time import TimeSpan
from viewfinder.ingest.decode import Covering
from viewfinder.ingest.sandbox import Limits
from viewfinder.ports import Store

STALE_S = 24 * 3600
"""Age after which a folder of an export that was never closed is swept away."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What there is to work with.

    Attributes:
        folder: Of the library.
        config: Its settings.
        store: Where everything is kept.
        logbook: The log, and the keys.
        admitted: Asks the policy about an action; gives the scope, or raises ``Refused``.
        event: Makes the line for the log.
        tools: Gives the models.
    """

    folder: Path
    config: Config
    store: Store
    logbook: Logbook
    admitted: Callable[[str], Scope]
    event: Callable[..., AuditEvent]
    tools: Callable[[], Toolbox]

    def limits(self) -> Limits:
        """Return what the process that touches a file's bytes may use."""
        return Limits(memory_bytes=self.config.ingest.memory_bytes)

    def room(self, video: Video | None = None) -> Path:
        """Return a new folder for half-done work; forgetting the video clears it too."""
        spool = self.folder / "spool"
        for old in spool.glob("*export-*"):
            if old.is_dir() and time.time() - old.stat().st_mtime > STALE_S:
                shutil.rmtree(old, ignore_errors=True)
        name = f"{video.id}.export-" if video else "export-"
        made = spool / f"{name}{secrets.token_hex(6)}"
        made.mkdir(parents=True, mode=0o700)
        return made

    def log(self, kind: str, **subject: object) -> None:
        """Write the line of the log that says what is taken out; before the file is made."""
        self.store.log(self.event("export", kind=kind, **subject))

    def covering(self, video: Video) -> Covering | None:
        """Return what covers the faces of a video where they are to be covered.

        Raises:
            PluginUnavailable: They are, and its weights are not here.
        """
        return self.tools().covering if self.covers(video) else None

    def covers(self, video: Video) -> bool:
        """Tell whether faces of a video are to be covered: here, or in a collection of it."""
        settings = self.config.ingest
        parts = (part.access for part in self.store.stretches(video.id))
        return settings.cover_faces or any(
            class_of(access).collection in settings.cover_faces_in
            for access in (self.store.access_of(video.id), *parts)
        )

    def original(self, video: Video) -> Path:
        """Return the file of a video.

        Raises:
            InputError: It has none, or it is not where it was.
        """
        if video.kind is MediaKind.OFFLINE:
            raise InputError(f"{video.name!r} is a transcript without its media; add the file")
        path = Path(video.path)
        if not path.is_file():
            raise InputError(f"{str(path)!r} is not there any more; add it from where it is now")
        stands = path.stat()
        if video.size_bytes and stands.st_size != video.size_bytes:
            raise InputError(f"{str(path)!r} is another file by now; add it again")
        return path

    def open_parts(self, video: Video, scope: Scope, span: TimeSpan) -> tuple[TimeSpan, ...]:
        """Return what of a span may be taken out: not what is closed, nor what was forgotten."""
        stretches = self.store.stretches(video.id)
        if scope.allows(video.id, self.store.access_of(video.id)):
            shut = [s.span for s in stretches if not scope.allows(video.id, s.access)]
            parts = [span]
        else:
            shut = []
            parts = [s.span for s in stretches if scope.allows(video.id, s.access)]
            shut += [s.span for s in stretches if not scope.allows(video.id, s.access)]
        shut += forgotten.spans_of(self.store.facts(forgotten.KIND), video.id)
        parts = [part.clipped(span) for part in parts if part.overlap_ns(span)]
        for gone in shut:
            parts = [piece for part in parts for piece in without(part, gone)]
        return forgotten.joined(parts)

    def here(self, video: Video, scope: Scope) -> None:
        """Raise unless the asker may see a video.

        Raises:
            InputError: There is no such video here, as far as they may know.
        """
        if video.id not in {v.id for v in self.store.videos(scope=scope)}:
            raise InputError(f"no video {video.id[:12]!r} here; `viewfinder status` lists them")

    def seen(self, video: Video, scope: Scope) -> None:
        """Raise unless pictures of a video may be taken out.

        Raises:
            InputError: There is no such video here, as far as the asker may know.
            Refused: Pictures may not be.
        """
        self.here(video, scope)
        if "no_pictures" in scope.obligations:
            raise Refused(NO_PICTURES)


NO_PICTURES = Decision(
    False,
    "no-pictures",
    "No picture may be taken out of this library.",
    "Take out words and times instead: `viewfinder export`, `viewfinder timeline`.",
)
NO_WORDS = Decision(
    False,
    "withhold-words",
    "No words may be taken out of this library, only places and times.",
    "Take out times instead: `viewfinder timeline`.",
)
CLOSED = Decision(
    False,
    "closed-part",
    "This part is not open to you, or was forgotten.",
    "Name a part that is open.",
)


def without(part: TimeSpan, gone: TimeSpan) -> list[TimeSpan]:
    """Return what is left of a part on both sides of ``gone``."""
    if not part.overlap_ns(gone):
        return [part]
    left = TimeSpan(part.start_ns, max(part.start_ns, gone.start_ns))
    right = TimeSpan(min(part.end_ns, gone.end_ns), part.end_ns)
    return [piece for piece in (left, right) if piece.duration_ns]


@dataclass(frozen=True, slots=True)
class Exported:
    """Something made to be taken out; use it as a context, or ``close`` it.

    Attributes:
        name: File name to propose.
        media_type: For HTTP.
        path: Where a large one lies, in the library's spool; gone once closed.
        content: The bytes of a small one.
        sheet: Citation sheet: what it is, where from, how to verify (``sheets.text``).
        beside: Files that belong with it: subtitles, the sheet.
        notes: What a person should know of it, in words.
        facts: What was measured of it: times, codecs, credentials; JSON values.
    """

    name: str
    media_type: str
    path: Path | None = None
    content: bytes | None = None
    sheet: Mapping[str, Any] | None = None
    beside: tuple[Exported, ...] = ()
    notes: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def read(self) -> bytes:
        """Return its bytes."""
        if self.content is not None:
            return self.content
        assert self.path is not None
        return self.path.read_bytes()

    def size_bytes(self) -> int:
        return len(self.content) if self.content is not None else _size(self.path)

    def save(self, to: Path, *, beside: bool = True) -> list[Path]:
        """Write it to a file, and what belongs with it next to that; return the files.

        Raises:
            InputError: It cannot be written.
        """
        try:
            if self.path is not None:
                shutil.copyfile(self.path, to)
            else:
                to.write_bytes(self.read())
        except OSError as error:
            raise InputError(f"cannot write {str(to)!r}: {error.strerror}") from error
        written = [to]
        for other in self.beside if beside else ():
            suffixes = other.name.removeprefix(Path(self.name).stem)
            written += other.save(to.with_name(to.stem + suffixes))
        return written

    def close(self) -> None:
        """Remove its files from the spool."""
        for other in self.beside:
            other.close()
        if self.path is not None:
            shutil.rmtree(self.path.parent, ignore_errors=True)


def _size(path: Path | None) -> int:
    return path.stat().st_size if path is not None else 0


def stamp(at_ns: int) -> str:
    """Return a time as it stands in a file's name: "00.01.23.500"."""
    s, ms = divmod(at_ns // 1_000_000, 1000)
    return f"{s // 3600:02}.{s // 60 % 60:02}.{s % 60:02}" + (f".{ms:03}" if ms else "")


def stem(video: Video) -> str:
    """Return the name of a video's file without its ending, fit for any disk."""
    plain = re.sub(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*\s]+', "_", Path(video.name).stem).strip("._ ")
    plain = plain.encode("utf-8", "replace").decode()[:80]
    return plain or video.id[:12]
