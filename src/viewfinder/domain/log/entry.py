"""One line of the log: what everybody may read, and digests of what only key holders may.

A line is canonical JSON, and its bytes are the leaf of the tree. Words of people and of
footage never stand in it. They lie beside it, encrypted; the line holds the digest of the
ciphertext, so that it cannot be exchanged, and a commitment to the words, so that whoever
holds the key can show them and be checked. Once the key is gone neither tells anything:
the words were hashed together with 32 random bytes that nobody has any more.

References:
    Rundgren, Jordan & Erdtman, *JSON Canonicalization Scheme*, RFC 8785.
    https://www.rfc-editor.org/rfc/rfc8785
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import rfc8785

from viewfinder.domain.log import merkle
from viewfinder.domain.provenance import AuditEvent, digest_of

VERSION = 1
BEGIN = "begin"
"""Action of the first line: which library, and what log came before this one."""
BEFORE_THE_FIRST = "0" * 64
"""The hash before the first line of a chain."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line as a store keeps it.

    Attributes:
        seq: Its place, from 0.
        line: Canonical JSON; its bytes are the leaf.
        sealed: Ciphertexts that the line has digests of, in that order.
    """

    seq: int
    line: str
    sealed: tuple[bytes, ...] = ()

    @property
    def leaf(self) -> bytes:
        return merkle.leaf_hash(self.line.encode())

    def document(self) -> dict[str, Any]:
        """Return the line, parsed."""
        document: dict[str, Any] = json.loads(self.line)
        return document


def entry_of(event: AuditEvent, seq: int) -> Entry:
    """Return the line of an event.

    Raises:
        ValueError: Its subject is not JSON, or holds what canonical JSON cannot.
    """
    document: dict[str, Any] = {
        "v": VERSION,
        "seq": seq,
        "at": event.at,
        "action": event.action,
        "principal": event.principal,
        "purpose": event.purpose,
        "subject": json.loads(event.subject),
    }
    if event.words:
        document["words"] = [
            {"of": list(w.subjects), "said": w.said, "sealed": digest_of(w.content)}
            for w in event.words
        ]
    line = rfc8785.dumps(document).decode()
    return Entry(seq, line, tuple(w.content for w in event.words))


def begin(library: str, first: AuditEvent, older: tuple[int, str] = (0, BEFORE_THE_FIRST)) -> Entry:
    """Return the line that opens a log.

    Args:
        library: Which library.
        first: The event that opens it: whose time and name it has.
        older: Lines of the chain of hashes that came before, and its last hash.
    """
    subject = {"library": library, "older": {"lines": older[0], "head": older[1]}}
    return entry_of(
        AuditEvent(first.at, BEGIN, first.principal, first.purpose, json.dumps(subject)), 0
    )


def packed(sealed: Sequence[bytes]) -> bytes | None:
    """Return ciphertexts as one string of bytes, None for none."""
    if not sealed:
        return None
    return b"".join(len(part).to_bytes(4, "big") + part for part in sealed)


def unpacked(content: bytes | None) -> tuple[bytes, ...]:
    """Return what ``packed`` took; nothing where it is damaged."""
    parts: list[bytes] = []
    left = content or b""
    while left:
        size = 4 + int.from_bytes(left[:4], "big")
        if len(left) < max(size, 4):
            return ()
        parts.append(left[4:size])
        left = left[size:]
    return tuple(parts)
