"""Lines for the log: what was done, by whom, why. The store keeps them with the effect.

A line is for everybody with a right to the log, for years: ids, times, counts, names of
rules. Words of people and of footage go into ``words``, encrypted under the keys of those
they belong to, so that they can be shredded while the log stays whole.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256

from viewfinder.domain.log.entry import Entry
from viewfinder.domain.policy import Principal, Purpose
from viewfinder.domain.provenance import AuditEvent, Sealed
from viewfinder.governance.secrets.keys import Keyring

SALT_BYTES = 32

Words = tuple[Sequence[str], object]
"""Subjects whose keys are needed, and what is said, as JSON."""


def event(
    action: str,
    principal: Principal,
    purpose: Purpose,
    subject: Mapping[str, object],
    *,
    now: datetime,
    words: Iterable[Sealed] = (),
) -> AuditEvent:
    """Return one line; ``subject`` must be JSON, without words of people or of footage."""
    return AuditEvent(
        at=now.astimezone(UTC).isoformat(timespec="microseconds"),
        action=action,
        principal=principal.name,
        purpose=purpose.name if purpose.case is None else f"{purpose.name} ({purpose.case})",
        subject=json.dumps(dict(subject), sort_keys=True, ensure_ascii=False),
        words=tuple(words),
    )


def sealed(keyring: Keyring, words: Iterable[Words]) -> list[Sealed]:
    """Return words encrypted, each with a commitment that shows later what they were."""
    kept = []
    for subjects, said in words:
        content = os.urandom(SALT_BYTES) + json.dumps(said, default=_plain).encode()
        names = tuple(sorted(set(subjects)))
        kept.append(Sealed(names, sha256(content).hexdigest(), keyring.seal(names, content)))
    return kept


def _plain(value: object) -> object:
    if isinstance(value, set | frozenset):
        return sorted(value)
    return str(value)


def opened(keyring: Keyring, entry: Entry) -> list[tuple[bytes, str] | None]:
    """Return the words of a line, each as (salt, JSON); None where they are shredded."""
    found: list[tuple[bytes, str] | None] = []
    for content, said in zip(entry.sealed, entry.document().get("words", []), strict=True):
        plain = keyring.open(said["of"], content)
        if plain is None or sha256(plain).hexdigest() != said["said"]:
            found.append(None)
            continue
        found.append((plain[:SALT_BYTES], plain[SALT_BYTES:].decode()))
    return found
