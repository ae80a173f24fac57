"""What a store keeps, encrypted under the keys of those it belongs to.

Each body names its keys by their digests, so that it can be read without knowing what it
is, and not at all once one of them was destroyed: here, in a backup, on a stolen disk.

References:
    Dworkin, NIST SP 800-38D, 2007 (GCM). https://doi.org/10.6028/NIST.SP.800-38D
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from viewfinder.governance.secrets.keys import NONCE_BYTES, Keyring, named

NAME_BYTES = 32
_KNOWN = 20_000
"""So many ciphers are kept ready."""


class KeyedVault:
    """Implements ``ports.Vault`` over a keyring, which is opened when it is first needed.

    Ciphers are kept in RAM: once a key is destroyed nothing reads what it sealed, since
    its rows went before it, but a process that held it could until it ends.
    """

    def __init__(self, keyring: Callable[[], Keyring]) -> None:
        self._opened = keyring
        self._turn = threading.Lock()
        self._held: Keyring | None = None
        self._ciphers: dict[bytes, tuple[bytes, AESGCM]] = {}

    @property
    def _keyring(self) -> Keyring:
        with self._turn:
            if self._held is None:
                self._held = self._opened()
            return self._held

    def seal(self, subjects: Sequence[str], content: bytes) -> bytes:
        names = sorted({named(subject) for subject in subjects})
        head = len(names).to_bytes(2, "little") + b"".join(names)
        for subject in subjects:
            self._keyring.key(subject)
        # Asked anew each time: what is sealed under a key that another process destroyed, and
        # that came back as another key, nobody could ever read.
        cipher = self._cipher(head, names)
        if cipher is None:
            raise RuntimeError("a key went while it was being made")
        nonce = os.urandom(NONCE_BYTES)
        return b"".join((head, nonce, cipher.encrypt(nonce, content, head)))

    def open(self, sealed: bytes | memoryview) -> bytes | None:
        count = int.from_bytes(sealed[:2], "little")
        ends = 2 + NAME_BYTES * count
        head = bytes(sealed[:ends])
        nonce = bytes(sealed[ends : ends + NONCE_BYTES])
        content = sealed[ends + NONCE_BYTES :]
        known = self._ciphers.get(head)
        opened = None if known is None else _decrypted(known[1], nonce, content, head)
        if opened is not None:
            return opened
        names = [head[at : at + NAME_BYTES] for at in range(2, ends, NAME_BYTES)]
        cipher = self._cipher(head, names)
        return None if cipher is None else _decrypted(cipher, nonce, content, head)

    def _cipher(self, head: bytes, names: Sequence[bytes]) -> AESGCM | None:
        keys = [self._keyring.find_named(name) for name in names]
        found = [key for key in keys if key is not None]
        if len(found) < len(keys):
            return None
        together = sha256(b"viewfinder kept\n" + b"".join(found)).digest()
        known = self._ciphers.get(head)
        if known is not None and known[0] == together:
            return known[1]
        if len(self._ciphers) >= _KNOWN:
            self._ciphers.clear()
        made = AESGCM(together)
        self._ciphers[head] = together, made
        return made


def _decrypted(
    cipher: AESGCM, nonce: bytes, content: bytes | memoryview, head: bytes
) -> bytes | None:
    try:
        return cipher.decrypt(nonce, content, head)
    except InvalidTag:
        return None
