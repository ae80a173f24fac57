"""Where every derived thing comes from.

A ``Derivation`` is the cache key, the resume point, the provenance record and the path
that forgetting walks (W3C PROV ``wasDerivedFrom``).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

Digest = str
"""SHA-256 in hexadecimal."""


def digest_of(data: bytes | str) -> Digest:
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


@dataclass(frozen=True, slots=True)
class Tool:
    """What did it: a name, a version, and the digests of the weights it used."""

    name: str
    version: str
    weights: tuple[Digest, ...] = ()


@dataclass(frozen=True, slots=True)
class Derivation:
    """(inputs, tool, parameters) that determine an output.

    Attributes:
        inputs: Digests of what went in, in order.
        tool: What made it.
        parameters: Settings that change the result, as sorted (name, JSON value) pairs.
    """

    inputs: tuple[Digest, ...]
    tool: Tool
    parameters: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> Digest:
        """Equal for equal work, different when anything that matters differs."""
        return digest_of(json.dumps(asdict(self), sort_keys=True))


def parameters(**settings: object) -> tuple[tuple[str, str], ...]:
    """Return settings as a ``Derivation`` keeps them."""
    kept = ((name, json.dumps(value, sort_keys=True)) for name, value in settings.items())
    return tuple(sorted(kept))


@dataclass(frozen=True, slots=True)
class Sealed:
    """Words of a log line, encrypted so that they can be made unreadable later.

    Attributes:
        subjects: Whose keys are needed to read them, all of them; destroying one shreds the
            words ("video:...", "conversation:...").
        said: SHA-256 of 32 random bytes and the words: shows later what the words were.
        content: The ciphertext.
    """

    subjects: tuple[str, ...]
    said: Digest
    content: bytes


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One line of the log, which everybody with a right to the log may read.

    Attributes:
        at: ISO 8601 time, UTC.
        action: add, search, ask, show, export, forget, refuse.
        principal: Who.
        purpose: Why.
        subject: What it touched, as JSON, without words of people or of footage.
        words: Those words, encrypted.
    """

    at: str
    action: str
    principal: str
    purpose: str
    subject: str
    words: tuple[Sealed, ...] = ()
