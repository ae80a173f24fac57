"""Copies of a library that obey what is forgotten after they were made.

A backup holds everything but the keys and half-done work. Without keys it is noise, and
with those of today it gives what today's library has, and no more: what was forgotten since
has no key any more. Restoring ends with *tidying*: what cannot be opened is erased.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from viewfinder.app.asking import certified
from viewfinder.app.config import FILE_NAME as SETTINGS
from viewfinder.app.config import load
from viewfinder.app.entry import opening, register, roster
from viewfinder.app.records.logbook import LAST, Logbook
from viewfinder.domain.conversation import ConversationId
from viewfinder.domain.errors import InputError
from viewfinder.domain.keys import of_conversation, of_video
from viewfinder.domain.media import VideoId
from viewfinder.domain.policy import OWN_FOOTAGE, OWNER
from viewfinder.governance.secrets.keys import DATA_FILE
from viewfinder.governance.secrets.witness import read as read_checkpoint
from viewfinder.ports import Store

DATABASE = "library.sqlite"
MANIFEST = "manifest.json"
KEYS = "keys"
_ALSO = (SETTINGS, LAST, certified.FILE_NAME, roster.FILE_NAME)
_PAGES = 2_000
"""Pages copied before others get a turn."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself.

    Attributes:
        library: Name of the library.
        made: ISO 8601 time, UTC.
        entries: How many lines its log has.
        root: Root of the log, in hexadecimal.
        encrypted: Whether the settings say that new footage is encrypted.
        files: SHA-256 by path inside the backup.
    """

    library: str
    made: str
    entries: int
    root: str
    encrypted: bool
    files: dict[str, str]


@dataclass(frozen=True, slots=True)
class Tidied:
    """What was erased because its key is not there any more.

    Attributes:
        videos: Their ids.
        conversations: Their ids; once tidied, only those that did not go with the videos.
    """

    videos: tuple[VideoId, ...] = ()
    conversations: tuple[ConversationId, ...] = ()


@dataclass(frozen=True, slots=True)
class Restored:
    """What came of a restore.

    Attributes:
        manifest: Of the backup.
        tidied: What was forgotten since, and is gone again.
        newest: Lines of the largest checkpoint known of this log: more than the backup
            has means that lines were lost.
    """

    manifest: Manifest
    tidied: Tidied
    newest: int


def backup(library: Path, folder: Path, logbook: Logbook) -> Manifest:
    """Copy a library into a new folder; it may be in use meanwhile.

    Raises:
        InputError: The folder holds something, lies in the library, or cannot be written.
    """
    if folder.resolve().is_relative_to(library.resolve()):
        raise InputError(f"{str(folder)!r} lies in the library; choose a folder elsewhere")
    if folder.exists() and any(folder.iterdir()):
        raise InputError(f"{str(folder)!r} is not empty; choose a new folder")
    logbook.write("backup", {})
    made, _ = logbook.checkpoint()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _copy_database(library / DATABASE, folder / DATABASE)
        for path in _beside(library):
            target = folder / path.relative_to(library)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        manifest = Manifest(
            library=made.origin,
            made=datetime.now(UTC).isoformat(timespec="seconds"),
            entries=made.size,
            root=made.root.hex(),
            encrypted=load(library).keys.encrypt,
            files={str(p.relative_to(folder)): _digest(p) for p in sorted(_files(folder))},
        )
        (folder / MANIFEST).write_text(json.dumps(asdict(manifest), indent=2) + "\n", "utf-8")
    except OSError as error:
        raise InputError(f"cannot write {str(folder)!r}: {error.strerror or error}") from error
    return manifest


def read(folder: Path) -> Manifest:
    """Return what a backup says of itself, after checking every file of it.

    Raises:
        InputError: It is no backup, or a file is missing or changed.
    """
    try:
        manifest = Manifest(**json.loads((folder / MANIFEST).read_text("utf-8")))
        strange = sorted(name for name in manifest.files if not _is_ours(name))
        if strange:
            raise ValueError(f"it names {strange[0]!r}, which belongs in none")
        wrong = sorted(n for n, digest in manifest.files.items() if _digest(folder / n) != digest)
    except (OSError, ValueError, TypeError) as error:
        raise InputError(f"{str(folder)!r} is no backup of a library: {error}") from error
    if wrong or DATABASE not in manifest.files:
        raise InputError(f"the backup {str(folder)!r} is damaged: {', '.join(wrong) or DATABASE}")
    return manifest


def restore(folder: Path, library: Path, *, replace: bool, keys: Path | None) -> Restored:
    """Put a backup into a library's folder, under the keys of today, and tidy it.

    Args:
        folder: The backup.
        library: Where to; its ``keys`` are kept.
        replace: Let go of the library that is there.
        keys: Take a copy of these keys instead.

    Raises:
        InputError: There is a library already, no keys are here, or the backup is damaged.
    """
    manifest = read(folder)
    if (library / DATABASE).exists() and not replace:
        raise InputError(f"{str(library)!r} holds a library; --replace lets go of it")
    own = library / KEYS
    if keys is not None and keys.resolve() != own.resolve():
        if (own / DATA_FILE).exists():
            raise InputError(f"{str(library)!r} has keys of its own; they know what was forgotten")
        shutil.copytree(keys, own, dirs_exist_ok=True)
    if manifest.encrypted and not (own / DATA_FILE).exists():
        raise InputError(
            "the keys of this library are not here, and without them the backup cannot be read: "
            f"put the folder `{KEYS}` into {str(library)!r}, or name it with --keys"
        )
    newest = max(manifest.entries, *_known(library))
    _place(folder, library, manifest)
    with closing(_Opened(library)) as there:
        tidied = there.tidy("its key was destroyed after the backup was made")
        newest = max([newest, *(size for _, size in there.logbook.behind())])
        there.logbook.write(
            "restore", {"made": manifest.made, "entries": manifest.entries, "newest": newest}
        )
    return Restored(manifest, tidied, newest)


def unreadable(library: Path) -> Tidied:
    """Return what cannot be opened any more; nothing is changed.

    Raises:
        InputError: There are no keys at all here: then nothing was destroyed on purpose.
    """
    with closing(_Opened(library)) as there:
        return there.unreadable()


def tidy(library: Path) -> Tidied:
    """Erase what cannot be opened any more, its key being destroyed.

    Raises:
        InputError: There are no keys at all here.
    """
    with closing(_Opened(library)) as there:
        return there.tidy("its key is not there any more")


class _Opened:
    """A library that may hold what cannot be read: store and log, nothing else."""

    def __init__(self, folder: Path) -> None:
        config = load(opening.home(folder, create=False, read_only=False))
        self.store: Store = opening.store(config, folder, read_only=False)
        self.logbook = Logbook(folder, config, self.store, OWNER, OWN_FOOTAGE)
        self._keys = folder / KEYS / DATA_FILE

    def unreadable(self) -> Tidied:
        if not self._keys.exists():
            raise InputError(
                f"{str(self._keys)!r} is not here; put the folder `{KEYS}` back before you let go "
                "of what cannot be read without it"
            )
        videos, talks = self.store.unreadable()
        return Tidied(tuple(videos), tuple(talks))

    def tidy(self, reason: str) -> Tidied:
        found = self.unreadable()
        for video in found.videos:
            told = self.logbook.event("forget", {"video": video, "reason": reason})
            self.store.erase(video, event=told)
            self.logbook.shred(of_video(video))
        left = self.unreadable().conversations  # those about the videos went with them
        for talk in left:
            told = self.logbook.event("forget", {"conversation": talk, "reason": reason})
            self.store.forget_conversation(talk, event=told)
            self.logbook.shred(of_conversation(talk))
        return Tidied(found.videos, left)

    def close(self) -> None:
        self.logbook.close()
        self.store.close()


def _known(library: Path) -> list[int]:
    last = library / LAST
    return [read_checkpoint(last).size] if last.exists() else [0]


def _place(folder: Path, library: Path, manifest: Manifest) -> None:
    """Put the files of a backup where they belong, the database last and at once."""
    fresh = library / f".{DATABASE}.restored"
    try:
        library.mkdir(parents=True, exist_ok=True)
        for name in manifest.files:
            target = library / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / name, fresh if name == DATABASE else target)
        for suffix in ("-wal", "-shm"):
            (library / f"{DATABASE}{suffix}").unlink(missing_ok=True)
        fresh.replace(library / DATABASE)
    except OSError as error:
        raise InputError(f"cannot write {str(library)!r}: {error.strerror or error}") from error


def _copy_database(source: Path, target: Path) -> None:
    with (
        closing(sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True)) as ours,
        closing(sqlite3.connect(target)) as copy,
    ):
        ours.backup(copy, pages=_PAGES)


def _is_ours(name: str) -> bool:
    """Tell whether a file may lie in a backup; above all not keys, nor anything outside."""
    inside, parts = name in (DATABASE, *_ALSO), Path(name).parts
    return inside or (parts[0] == register.FOLDER and ".." not in parts)


def _beside(library: Path) -> Iterator[Path]:
    yield from (path for name in _ALSO if (path := library / name).is_file())
    yield from _files(library / register.FOLDER)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        digest = sha256()
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
