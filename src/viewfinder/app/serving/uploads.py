"""Uploads that can be resumed, in the shape that tus 1.0 needs; finished files become jobs.

    upload = uploads.create(asker, 5_000_000, {"filename": "talk.mp4"})
    upload = uploads.append(asker, upload.id, upload.offset, chunks)
    uploads.head(asker, upload.id).job

Half of a file lies in the library's folder under ``uploads``, for a day after its last byte;
a whole one under ``media``.

References:
    tus resumable upload protocol 1.0. https://tus.io/protocols/resumable-upload
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import re
import secrets
import shutil
import threading
import time
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from viewfinder.app.intake.job import Whose
from viewfinder.app.serving.jobs import Jobs
from viewfinder.app.serving.shared import Shared
from viewfinder.domain.errors import InputError

DAY_S = 86_400.0
KEEP_FREE_BYTES = 2_000_000_000
"""Of the disk: decoding needs room, too."""
CHECKSUMS = ("sha256", "sha1", "md5")
NAME_BYTES = 150
MOST_OPEN = 100
"""Half-done uploads of one asker."""


class NoUpload(InputError):
    """There is no such upload, it ended, or somebody else's it is (404)."""


class WrongOffset(InputError):
    """Bytes were sent for another place than where the upload stands (409)."""


class InUse(InputError):
    """Somebody is sending bytes of it right now (423)."""


class TooLarge(InputError):
    """More than was announced, or than one asker may send, or than there is room for (413)."""


class WrongChecksum(InputError):
    """The bytes are not those that were meant; none of them was kept (460)."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way.

    Attributes:
        id: 32 hexadecimal digits that nobody guesses.
        by: Who sends it.
        whose: For whom it is added.
        name: Of the file, made safe.
        length: In bytes.
        offset: So many bytes are here.
        expires: When it is thrown away if it stays half done, in seconds since 1970.
        metadata: As it was given.
        sha256: Of the whole file, once it is here.
        job: Of the job that adds it, once it is here.
    """

    id: str
    by: str
    whose: Whose
    name: str
    length: int
    offset: int
    expires: float
    metadata: Mapping[str, str]
    sha256: str = ""
    job: str = ""


class Uploads:
    """Takes files in. Safe for threads; one at a time appends to an upload."""

    def __init__(
        self,
        shared: Shared,
        jobs: Jobs,
        *,
        bytes_a_day: int = 0,
        keep_free_bytes: int = KEEP_FREE_BYTES,
        expires_s: float = DAY_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Sweep what was left half done too long ago.

        Args:
            shared: The library.
            jobs: What adds the files.
            bytes_a_day: What one asker may send within a day; 0 for no limit.
            keep_free_bytes: Of the disk.
            expires_s: So long after its last byte a half-done file is kept.
            clock: Seconds since 1970.
        """
        self._shared, self._jobs = shared, jobs
        self._folder, self._media = shared.folder / "uploads", shared.folder / "media"
        self._bytes_a_day, self._keep_free = bytes_a_day, keep_free_bytes
        self._expires_s, self._clock = expires_s, clock
        self._turn = threading.RLock()
        self._in_use: set[str] = set()
        self._hashing: dict[str, tuple[int, Any]] = {}
        self.sweep()

    def create(self, asker: Whose, length: int, metadata: Mapping[str, str]) -> Upload:
        """Begin an upload.

        Args:
            asker: Who sends it.
            length: Of the file, in bytes.
            metadata: "filename" names the file; the rest is kept and given back.

        Raises:
            Refused: The policy does not let them add.
            TooLarge: There is no room for it, or they sent too much today.
            InputError: A length below one, or too many half-done uploads.
        """
        view = self._shared.seen_by(asker)
        view.enter("add")
        if length < 1:
            raise InputError("a file has at least one byte")
        with self._turn:
            self.sweep()
            own = [upload for upload in self._all() if upload.by == view.asker]
            if sum(1 for upload in own if not upload.job) >= MOST_OPEN:
                raise InputError(f"{MOST_OPEN} uploads are half done; finish or end some")
            self._check_room(view.asker, length)
            made = Upload(
                id=secrets.token_hex(16),
                by=view.asker,
                whose=asker,
                name=safe_name(metadata.get("filename", "")),
                length=length,
                offset=0,
                expires=self._clock() + self._expires_s,
                metadata=dict(metadata),
            )
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._part(made.id).touch(mode=0o600)
            self._write(made)
            self._use(view.asker, length)
        return made

    def head(self, asker: Whose, upload: str) -> Upload:
        """Return how an upload stands.

        Raises:
            NoUpload: There is none of theirs.
        """
        found = self._read(upload)
        if found is not None and found.expires < self._clock():
            found = None
        if found is None or found.by != self._shared.seen_by(asker).asker:
            raise NoUpload(f"no upload {upload!r} here")
        return found

    def append(
        self,
        asker: Whose,
        upload: str,
        offset: int,
        chunks: Iterable[bytes],
        *,
        checksum: tuple[str, bytes] | None = None,
    ) -> Upload:
        """Add bytes at an offset; return how the upload stands then.

        What came before ``chunks`` broke off is kept, unless there is a checksum. With the
        last byte the file is moved to ``media`` and a job adds it.

        Args:
            asker: Who sends it.
            upload: Its id.
            offset: Where the bytes belong.
            chunks: The bytes.
            checksum: Algorithm (one of ``CHECKSUMS``) and digest of the bytes.

        Raises:
            NoUpload: As ``head``; it expired; or it is whole already.
            InUse: Another thread is at it.
            WrongOffset: It stands somewhere else.
            TooLarge: More bytes than were announced; what fitted is kept.
            WrongChecksum: The bytes are others; none is kept.
        """
        self._take(upload)
        try:
            before = self.head(asker, upload)
            if before.job or not self._part(upload).exists():
                raise NoUpload(f"upload {upload!r} is whole already")
            if offset != before.offset:
                raise WrongOffset(f"upload {upload!r} stands at {before.offset}, not {offset}")
            after = self._written(before, chunks, checksum)
            self._write(after)
            return self._finished(after) if after.offset == after.length else after
        finally:
            with self._turn:
                self._in_use.discard(upload)

    def terminate(self, asker: Whose, upload: str) -> None:
        """End an upload and throw away what is here of it; raises as ``append``."""
        self._take(upload)
        try:
            self.head(asker, upload)
            self._drop(upload)
        finally:
            with self._turn:
                self._in_use.discard(upload)

    def sweep(self) -> int:
        """Throw away what expired; return how many."""
        now, count = self._clock(), 0
        with self._turn:
            for upload in self._all():
                if upload.expires < now and upload.id not in self._in_use:
                    self._drop(upload.id)
                    count += 1
        return count

    # -- bytes --------------------------------------------------------------------------

    def _written(
        self, upload: Upload, chunks: Iterable[bytes], checksum: tuple[str, bytes] | None
    ) -> Upload:
        check = None
        if checksum is not None:
            if checksum[0] not in CHECKSUMS:
                raise InputError(f"no checksum {checksum[0]!r}; use {', '.join(CHECKSUMS)}")
            check = hashlib.new(checksum[0], usedforsecurity=False)
        at, whole = self._hash_so_far(upload)
        offset, too_much = upload.offset, False
        with self._part(upload.id).open("r+b") as file:
            file.seek(offset)
            try:
                for chunk in chunks:
                    kept = chunk[: upload.length - offset]
                    file.write(kept)
                    offset += len(kept)
                    whole.update(kept)
                    if check is not None:
                        check.update(kept)
                    if too_much := len(kept) < len(chunk):
                        break
            finally:
                is_wrong = check is not None and (
                    too_much or not hmac.compare_digest(check.digest(), (checksum or ("", b""))[1])
                )
                if is_wrong:
                    file.truncate(at)
                file.flush()
                os.fsync(file.fileno())
                self._hashing.pop(upload.id, None)
                if not is_wrong:
                    self._hashing[upload.id] = offset, whole
        if is_wrong:
            raise WrongChecksum("the bytes do not have the checksum that was given")
        after = replace(upload, offset=offset, expires=self._clock() + self._expires_s)
        if too_much:
            self._write(after)
            raise TooLarge(f"upload {upload.id!r} was announced with {upload.length} bytes")
        return after

    def _hash_so_far(self, upload: Upload) -> tuple[int, Any]:
        """Return where the file stands and its SHA-256 up to there."""
        at, whole = self._hashing.get(upload.id, (-1, None))
        if at != upload.offset:
            whole = hashlib.sha256()
            with self._part(upload.id).open("rb") as file:
                while block := file.read(1 << 20):
                    whole.update(block)
        return upload.offset, whole

    def _finished(self, upload: Upload) -> Upload:
        """Move a whole file to ``media`` and let a job add it."""
        _, whole = self._hash_so_far(upload)
        digest = whole.hexdigest()
        self._media.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._turn:
            place = self._place(upload.name, digest)
            self._part(upload.id).replace(place)
            self._hashing.pop(upload.id, None)
        job = self._jobs.submit([place], upload.whose)
        done = replace(upload, sha256=digest, job=job.id)
        self._write(done)
        return done

    def _place(self, name: str, digest: str) -> Path:
        """Return where a file goes: under its name, or one beside it that is free."""
        place = self._media / name
        if place.exists():
            place = place.with_name(f"{place.stem}-{digest[:12]}{place.suffix}")
        return place

    # -- room ---------------------------------------------------------------------------

    def _check_room(self, by: str, length: int) -> None:
        coming = sum(u.length - u.offset for u in self._all() if not u.job)
        free = shutil.disk_usage(self._shared.folder).free - coming - self._keep_free
        if length > free:
            raise TooLarge(f"there is room for {max(free, 0) // 1_000_000} MB more on the disk")
        used = sum(size for _, size in self._used().get(by, []))
        if self._bytes_a_day and used + length > self._bytes_a_day:
            left = max(self._bytes_a_day - used, 0) // 1_000_000
            raise TooLarge(f"you may send {left} MB more within these 24 hours")

    def _used(self) -> dict[str, list[tuple[float, int]]]:
        """Return what everybody announced within a day: when, and bytes."""
        try:
            told = json.loads((self._folder / "used").read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        since = self._clock() - DAY_S
        recent = {by: [(at, size) for at, size in each if at > since] for by, each in told.items()}
        return {by: each for by, each in recent.items() if each}

    def _use(self, by: str, length: int) -> None:
        used = self._used()
        used.setdefault(by, []).append((self._clock(), length))
        _replace(self._folder / "used", used)

    # -- kept ---------------------------------------------------------------------------

    def _take(self, upload: str) -> None:
        with self._turn:
            if upload in self._in_use:
                raise InUse(f"upload {upload!r} is being written")
            self._in_use.add(upload)

    def _part(self, upload: str) -> Path:
        return self._folder / f"{upload}.part"

    def _all(self) -> list[Upload]:
        found = (self._read(path.stem) for path in self._folder.glob("*.json"))
        return [upload for upload in found if upload is not None]

    def _read(self, upload: str) -> Upload | None:
        if re.fullmatch("[0-9a-f]{32}", upload) is None:
            return None
        try:
            told = json.loads((self._folder / f"{upload}.json").read_text("utf-8"))
            found = Upload(**{**told, "whose": Whose(**told["whose"])})
        except (OSError, ValueError, TypeError, KeyError):
            return None
        with contextlib.suppress(OSError):  # the file itself knows best, after a crash, too
            found = replace(found, offset=self._part(upload).stat().st_size)
        return found

    def _write(self, upload: Upload) -> None:
        _replace(self._folder / f"{upload.id}.json", asdict(upload))

    def _drop(self, upload: str) -> None:
        self._hashing.pop(upload, None)
        self._part(upload).unlink(missing_ok=True)
        (self._folder / f"{upload}.json").unlink(missing_ok=True)


def safe_name(given: str) -> str:
    """Return a name that is no path, hides nothing and fits every file system."""
    name = unicodedata.normalize("NFC", given).replace("\\", "/").rpartition("/")[2]
    name = re.sub(r'[\x00-\x1f\x7f<>:"|?*\u200b-\u200f\u202a-\u202e\u2066-\u2069]', "", name)
    name = name.strip(" .") or "upload"
    stem, dot, suffix = name.rpartition(".")
    if not dot:
        stem, suffix = name, ""
    room = NAME_BYTES - len(suffix.encode()) - 1
    if room < 1:
        stem, suffix, room = name, "", NAME_BYTES
    stem = stem.encode("utf-8", "ignore")[:room].decode("utf-8", "ignore").strip(" .") or "upload"
    return f"{stem}.{suffix}" if suffix else stem


def _replace(path: Path, told: object) -> None:
    fresh = path.with_name(f".{path.name}")
    fresh.write_text(json.dumps(told), "utf-8")
    fresh.replace(path)
