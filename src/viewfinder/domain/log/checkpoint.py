"""Checkpoints: how long the log was, and its root, as a text that can be signed.

The text is that of a transparency log's checkpoint, and the signature that of a signed
note, so that other people's tools read both.

References:
    *C2SP tlog-checkpoint*. https://c2sp.org/tlog-checkpoint
    *C2SP signed-note*. https://c2sp.org/signed-note
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from hashlib import sha256

_ED25519 = b"\x01"
_KEY_ID_BYTES = 4


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What was said about the log, and by whom.

    Attributes:
        origin: Which log.
        size: How many entries.
        root: Root of the tree over them.
        signatures: (name, key id, signature) of each who signed.
    """

    origin: str
    size: int
    root: bytes
    signatures: tuple[tuple[str, bytes, bytes], ...] = ()

    @property
    def body(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @property
    def note(self) -> str:
        """The text as it is kept and handed on."""
        lines = (
            f"— {name} {base64.b64encode(key + signature).decode()}\n"
            for name, key, signature in self.signatures
        )
        return f"{self.body}\n{''.join(lines)}"


def key_id(name: str, public: bytes) -> bytes:
    """Return the four bytes by which a signature names its key."""
    return sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:_KEY_ID_BYTES]


def verifier_key(name: str, public: bytes) -> str:
    """Return name and public key in the form that checkers of signed notes take."""
    shown = base64.b64encode(_ED25519 + public).decode()
    return f"{name}+{key_id(name, public).hex()}+{shown}"


def parsed(text: str) -> Checkpoint:
    """Return a checkpoint from its text.

    Raises:
        ValueError: It is not one.
    """
    try:
        body, _, signed = text.partition("\n\n")
        origin, size, root = body.split("\n")[:3]
        signatures = []
        for line in signed.splitlines():
            _, name, content = line.split(" ")
            raw = base64.b64decode(content, validate=True)
            signatures.append((name, raw[:_KEY_ID_BYTES], raw[_KEY_ID_BYTES:]))
        found = Checkpoint(
            origin, int(size), base64.b64decode(root, validate=True), tuple(signatures)
        )
    except (ValueError, binascii.Error) as error:
        raise ValueError("this is not a checkpoint of a log") from error
    if found.note != text:
        raise ValueError("this is not a checkpoint of a log, or it was changed")
    return found
