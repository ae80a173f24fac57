"""Who has an account, and which tokens programs hold: what a server lets people in by.

They lie in a file of their own, ``accounts.sealed``, each sealed under a key of its own. They
are no facts of the library: a fact is never unsaid, and a password that was changed, or a
token that was revoked, must not come back with a backup. A change makes a new key and destroys
the old one; a copy of the file from before then holds noise in that place.

A password is kept as an Argon2id hash, a token as the SHA-256 of 256 random bits.

References:
    Biryukov et al., *Argon2 Memory-Hard Function for Password Hashing*, RFC 9106, 2021.
    https://www.rfc-editor.org/rfc/rfc9106
    OWASP, *Password Storage Cheat Sheet* (19 MiB, two passes, one lane).
    https://cheatsheetseries.owasp.org/
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import threading
import unicodedata
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from viewfinder.domain.errors import StoreError, UsageError
from viewfinder.governance.secrets.keys import Keyring

FILE_NAME = "accounts.sealed"
FORMAT = 1
PASSWORD_LEAST, PASSWORD_MOST = 12, 512
NAME_MOST = 100
TOKEN_PREFIX = "vf_"  # noqa: S105 - so that programs that look for leaked secrets know one
_AT_ONCE = threading.Semaphore(2)
"""Hashing takes 19 MiB and 30 ms by design; nobody may make the server do it forty times."""


class Need(StrEnum):
    """What a token may be good for; the policy of the library has its say all the same."""

    READ = "read"  # list, watch, search, ask, converse
    EXPORT = "export"  # take things out
    WRITE = "write"  # add footage, correct, collect, judge
    GOVERN = "govern"  # consent, holds, retention, access, switches, forgetting, the log
    ADMIN = "admin"  # accounts, tokens, webhooks


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may log in.

    Attributes:
        id: Random; names its key.
        name: As in the register of people.
        made: ISO 8601 time, UTC.
        password: Its hash; "" where they only come in through a provider.
        subject: Whom the provider knows them as ("issuer subject"); "" for nobody so far.
        renewals: How often its key was renewed.
    """

    id: str
    name: str
    made: str
    password: str = field(default="", repr=False)
    subject: str = ""
    renewals: int = 0

    @property
    def key(self) -> str:
        return f"account:{self.id}#{self.renewals}"


@dataclass(frozen=True, slots=True)
class Token:
    """What a program comes in with.

    Attributes:
        id: Random; names its key.
        name: What whoever made it calls it.
        account: Id of whose it is.
        needs: What it is good for.
        made: ISO 8601 time, UTC.
        ends: The same; from then on it is good for nothing.
        digest: SHA-256 of it.
    """

    id: str
    name: str
    account: str
    needs: tuple[Need, ...]
    made: str
    ends: str
    digest: str = field(default="", repr=False)

    @property
    def key(self) -> str:
        return f"token:{self.id}"


@dataclass(frozen=True, slots=True)
class Listed:
    """What the file says.

    Attributes:
        accounts: By id.
        tokens: By id.
    """

    accounts: dict[str, Account] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)

    def named(self, name: str) -> Account | None:
        """Return the account of that name, however it is written in capitals."""
        folded = _folded(name)
        return next((a for a in self.accounts.values() if _folded(a.name) == folded), None)


class Roster:
    """Reads and changes the file. May be shared by threads and processes."""

    def __init__(self, folder: Path, keyring: Callable[[], Keyring]) -> None:
        self._folder, self._keyring = folder, keyring
        self._lock = threading.RLock()
        self._stamp: tuple[int, ...] = ()
        self._listed = Listed()

    @property
    def path(self) -> Path:
        return self._folder / FILE_NAME

    def read(self) -> Listed:
        """Return what the file says; read anew only after it changed.

        Raises:
            StoreError: It is damaged, or of a newer version.
        """
        with self._lock:
            stamp = self._stamp_now()
            if stamp != self._stamp:
                self._listed, self._stamp = self._opened(), stamp
            return self._listed

    @contextmanager
    def changing(self) -> Iterator[Listed]:
        """Give what the file says, to be changed; it is written at the end.

        The key of what is left out, or has been renewed, is destroyed.
        """
        with self._lock, self._alone():
            was = self._opened()
            now = Listed(dict(was.accounts), dict(was.tokens))
            yield now
            self._write(now)
            gone = {one.key for one in _all(was)} - {one.key for one in _all(now)}
            for key in sorted(gone):
                self._keyring().destroy(key)
            self._listed, self._stamp = now, self._stamp_now()

    def _stamp_now(self) -> tuple[int, ...]:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return ()
        return found.st_ino, found.st_mtime_ns, found.st_size

    def _opened(self) -> Listed:
        """Return what can be read; what has no key any more is not there."""
        try:
            kept = json.loads(self.path.read_bytes())
        except FileNotFoundError:
            return Listed()
        except (OSError, ValueError) as error:
            raise StoreError(f"{str(self.path)!r} cannot be read: {error}") from error
        if not isinstance(kept, dict) or kept.get("format") != FORMAT:
            raise StoreError(f"{str(self.path)!r} is of a form this version does not know")
        keyring, found = self._keyring(), Listed()
        for key, sealed in kept["sealed"]:
            content = keyring.open((key,), b64decode(sealed))
            if content is None:
                continue
            row: dict[str, Any] = json.loads(content)
            if key.startswith("account:"):
                found.accounts[row["id"]] = Account(**row)
            else:
                needs = tuple(map(Need, row.pop("needs")))
                found.tokens[row["id"]] = Token(needs=needs, **row)
        return found

    def _write(self, listed: Listed) -> None:
        keyring = self._keyring()
        sealed = [
            (
                one.key,
                b64encode(keyring.seal((one.key,), json.dumps(asdict(one)).encode())).decode(),
            )
            for one in _all(listed)
        ]
        fresh = self.path.with_name(f".{FILE_NAME}.{os.getpid()}")
        try:
            handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump({"format": FORMAT, "sealed": sealed}, file, indent=0)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self.path)
        except OSError as error:
            raise StoreError(f"cannot write {str(self.path)!r}: {error.strerror}") from error

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes from changing the file meanwhile."""
        handle = os.open(self._folder, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def _all(listed: Listed) -> list[Account | Token]:
    return [*listed.accounts.values(), *listed.tokens.values()]


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def checked_name(name: str) -> str:
    """Return the name of an account as it is kept.

    Raises:
        UsageError: Nobody can be called so.
    """
    name = unicodedata.normalize("NFC", name).strip()
    if not name or len(name) > NAME_MOST or not name.isprintable():
        raise UsageError(f"a name has 1 to {NAME_MOST} characters that can be read")
    return name


def hashed(password: str, name: str = "") -> str:
    """Return what is kept of a password.

    Raises:
        UsageError: It is too short, too long, or can be guessed from the name.
    """
    content = _bytes_of(password)
    if len(password) < PASSWORD_LEAST:
        raise UsageError(f"a password has at least {PASSWORD_LEAST} characters")
    if len(content) > PASSWORD_MOST:
        raise UsageError(f"a password has at most {PASSWORD_MOST} bytes")
    if len(set(password)) < 5 or (name and _folded(password).strip(_folded(name)) == ""):
        raise UsageError("this password is too easy to guess; take some words of your own")
    with _AT_ONCE:
        salt = os.urandom(16)
        made = Argon2id(salt=salt, length=32, iterations=2, lanes=1, memory_cost=19_456)
        return made.derive_phc_encoded(content)


def is_password(given: str, kept: str) -> bool:
    """Tell whether a password is the one that was kept; takes as long where none was kept."""
    content = _bytes_of(given)[: PASSWORD_MOST + 1]
    with _AT_ONCE:
        try:
            Argon2id.verify_phc_encoded(content, kept or _NOBODYS)
        except InvalidKey:
            return False
    return bool(kept)


_NOBODYS = (
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA"
    "$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)
"""Checked where there is no account of a name, so that nothing takes less time."""


def _bytes_of(password: str) -> bytes:
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


def new_id() -> str:
    return secrets.token_hex(6)


def new_token(token_id: str) -> str:
    """Return a token that nobody can guess; shown once, to whoever made it."""
    return f"{TOKEN_PREFIX}{token_id}_{secrets.token_urlsafe(32)}"


def digest_of(secret: str) -> str:
    """Return what is kept of a token, or of the value of a cookie."""
    return sha256(secret.encode("utf-8", "replace")).hexdigest()


def renewed(account: Account, **changes: Any) -> Account:
    """Return an account changed, under a new key."""
    return replace(account, renewals=account.renewals + 1, **changes)
