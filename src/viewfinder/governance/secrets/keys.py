"""Keys that can be destroyed: one per subject, and with it goes all that was sealed with it.

A *subject* is what words are about or belong to: a video, a conversation, a day's questions.
Each has a random data key, kept in ``data.keys`` wrapped (AES-256-GCM) under the master key.
``data.keys`` is a file of equal slots, written in place and never moved, so that a slot
overwritten with zeros is gone from the file. It stays out of backups of the library: a
restored backup must find today's keys, not those of its day.

Whoever has the master key and ``data.keys`` can read what is sealed.

References:
    Dworkin, *Recommendation for Block Cipher Modes of Operation: Galois/Counter Mode*,
    NIST SP 800-38D, 2007. https://doi.org/10.6028/NIST.SP.800-38D
"""

from __future__ import annotations

import fcntl
import os
import shlex
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from viewfinder.domain.errors import ConfigError, StoreError

KEY_BYTES = 32
NONCE_BYTES = 12
MASTER_FILE = "master.key"
DATA_FILE = "data.keys"
_NAME_BYTES = 32
_TAG_BYTES = 16
_SLOT_BYTES = _NAME_BYTES + NONCE_BYTES + KEY_BYTES + _TAG_BYTES
_CHECK = "the master key is the right one"


def master_key(source: str, folder: Path, *, make: bool) -> bytes:
    """Return the key that wraps all others.

    Args:
        source: "file" for ``master.key`` in ``folder``, "file:PATH", "env:NAME" or
            "command:WORDS"; what it gives is 64 hexadecimal digits.
        folder: Of the keys.
        make: Make the file where it is not there.

    Raises:
        ConfigError: It cannot be read, or is no key.
    """
    kind, _, name = source.partition(":")
    try:
        if kind == "file":
            path = Path(name).expanduser() if name else folder / MASTER_FILE
            if make and not path.exists():
                _write_new(path, os.urandom(KEY_BYTES).hex())
            text = path.read_text("ascii")
        elif kind == "env" and name:
            text = os.environ[name]
        elif kind == "command" and name:
            text = subprocess.run(
                shlex.split(name), check=True, capture_output=True, text=True, timeout=60
            ).stdout
        else:
            raise ConfigError(
                f'[keys] master = "{source}" is not understood; use "file", "file:PATH", '
                '"env:NAME" or "command:WORDS"'
            )
        key = bytes.fromhex(text.strip())
    except (OSError, KeyError, ValueError, subprocess.SubprocessError) as error:
        raise ConfigError(
            f"the master key ([keys] master = {source!r}) cannot be read: "
            f"{type(error).__name__}; without it, what was encrypted stays unreadable"
        ) from error
    if len(key) != KEY_BYTES:
        raise ConfigError(
            f"the master key ([keys] master = {source!r}) must be 64 hexadecimal digits"
        )
    return key


def _write_new(path: Path, text: str) -> None:
    """Write a file that only its owner can read; leave it where another was faster."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, text.encode("ascii"))
        os.fsync(handle)
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        os.close(handle)
        fresh.unlink()


class Keyring:
    """The data keys of one library. May be shared by threads and by processes."""

    def __init__(self, folder: Path, master: bytes) -> None:
        """Open the keys in ``folder``; nothing is made before the first key is.

        Raises:
            ConfigError: The master key is not the one these keys are wrapped under.
        """
        self._path = folder / DATA_FILE
        self._master = AESGCM(master)
        self._slots: dict[bytes, int] = {}
        self._read_to = 0
        self._turn = threading.RLock()
        self._known: dict[bytes, tuple[bytes, bytes]] = {}
        if self._path.exists() and self._path.stat().st_size >= _SLOT_BYTES:
            slot = self._slot_of(_CHECK)
            if slot is None:
                raise ConfigError(f"{str(self._path)!r} is not a file of keys; restore it")
            self._opened(slot, named(_CHECK))

    def seal(self, subjects: Sequence[str], content: bytes) -> bytes:
        """Return ``content`` so that reading it takes the keys of all ``subjects``."""
        key = self._together(subjects, [self.key(subject) for subject in subjects])
        nonce = os.urandom(NONCE_BYTES)
        return nonce + key.encrypt(nonce, content, _bound(subjects))

    def open(self, subjects: Sequence[str], sealed: bytes) -> bytes | None:
        """Return what was sealed; None where a key is gone, or it was changed."""
        keys = [self.find(subject) for subject in subjects]
        found = [key for key in keys if key is not None]
        if len(found) < len(keys):
            return None
        nonce, content = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        try:
            return self._together(subjects, found).decrypt(nonce, content, _bound(subjects))
        except (InvalidTag, ValueError):
            return None

    def destroy(self, subject: str) -> bool:
        """Overwrite the key of a subject; tell whether there was one.

        Whoever calls this has logged it before.
        """
        name = named(subject)
        self._known.pop(name, None)
        if not self._path.exists():
            return False
        with self._turn, self._alone() as handle:
            slot = self._slots.pop(name, None)
            if slot is None:
                return False
            os.pwrite(handle, bytes(_SLOT_BYTES), slot)
            os.fsync(handle)
        return True

    def find(self, subject: str) -> bytes | None:
        """Return the key of a subject, None where it has none (any more)."""
        return self.find_named(named(subject))

    def find_named(self, name: bytes) -> bytes | None:
        """Return the key of the subject with this digest, None where it has none."""
        with self._turn:
            slot = self._slot_at(name)
            return None if slot is None else self._opened(slot, name)

    def key(self, subject: str) -> bytes:
        """Return the key of a subject, made now where it has none."""
        found = self.find(subject)
        if found is not None:
            return found
        name = named(subject)
        if not self._path.exists():
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._turn, self._alone() as handle:
            if self._read_to == 0 and subject != _CHECK:
                self._add(handle, named(_CHECK))
            if name not in self._slots:
                self._add(handle, name)
            return self._opened(self._slots[name], name) or b""

    def _add(self, handle: int, name: bytes) -> None:
        """Write one more slot; it is on the disk when this returns."""
        nonce = os.urandom(NONCE_BYTES)
        wrapped = self._master.encrypt(nonce, os.urandom(KEY_BYTES), name)
        os.pwrite(handle, name + nonce + wrapped, self._read_to)
        os.fsync(handle)
        self._slots[name] = self._read_to
        self._read_to += _SLOT_BYTES

    def _slot_of(self, subject: str) -> int | None:
        return self._slot_at(named(subject))

    def _slot_at(self, name: bytes) -> int | None:
        if name not in self._slots and self._path.exists():
            with self._path.open("rb") as file:
                self._read_on(file.fileno())
        return self._slots.get(name)

    def _read_on(self, handle: int) -> None:
        """Note the slots that were added since; a half-written one at the end is none."""
        size = os.fstat(handle).st_size // _SLOT_BYTES * _SLOT_BYTES
        content = os.pread(handle, max(0, size - self._read_to), self._read_to)
        for at in range(0, len(content), _SLOT_BYTES):
            name = content[at : at + _NAME_BYTES]
            if any(name):
                self._slots[name] = self._read_to + at
        self._read_to = max(size, self._read_to)

    def _opened(self, slot: int, name: bytes) -> bytes | None:
        """Return the key in a slot; the slot is looked at each time, for others destroy too."""
        with self._path.open("rb") as file:
            held = os.pread(file.fileno(), _SLOT_BYTES, slot)
        if held[:_NAME_BYTES] != name:
            self._slots.pop(name, None)
            self._known.pop(name, None)
            return None
        known = self._known.get(name)
        if known is None or known[0] != held:
            wrapped = held[_NAME_BYTES:]
            try:
                key = self._master.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], name)
            except InvalidTag as error:
                raise ConfigError(
                    f"the keys in {str(self._path)!r} are under another master key, or damaged; "
                    "set [keys] master to the right one"
                ) from error
            known = self._known[name] = (held, key)
        return known[1]

    def _together(self, subjects: Sequence[str], keys: Sequence[bytes]) -> AESGCM:
        """Return one key of several, which takes all of them to make."""
        ordered = b"".join(key for _, key in sorted(zip(subjects, keys, strict=True)))
        return AESGCM(sha256(b"viewfinder sealed\n" + ordered).digest())

    @contextmanager
    def _alone(self) -> Iterator[int]:
        """Give the file with nobody else writing, and all its slots known."""
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StoreError(
                f"cannot write the keys {str(self._path)!r}: {error.strerror}; make it writable"
            ) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            self._read_on(handle)
            yield handle
        finally:
            os.close(handle)


def named(subject: str) -> bytes:
    """Return the digest by which the file of keys knows a subject."""
    return sha256(subject.encode()).digest()


def _bound(subjects: Sequence[str]) -> bytes:
    return "\n".join(sorted(subjects)).encode()
