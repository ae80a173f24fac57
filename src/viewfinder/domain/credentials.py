"""Content credentials: what a file's maker signed about it, and whether that still holds.

No credentials, or unknown ones, say nothing against a file: most have none, and most
platforms strip them.

References:
    C2PA, *Content Credentials: C2PA Technical Specification*. https://spec.c2pa.org
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum

from viewfinder.domain.media import VideoId
from viewfinder.domain.registry import Fact

KIND = "credentials"


class State(StrEnum):
    """What is known of them."""

    VALID = "valid"  # signed, and the file is what was signed
    INVALID = "invalid"  # signed, and the file or the signature was changed since
    UNKNOWN = "unknown"  # none there, not read, or not to be read


@dataclass(frozen=True, slots=True)
class Credentials:
    """What reading them gave.

    Attributes:
        state: Valid, invalid or unknown.
        reason: Why, in words or in codes of the standard.
        signer: Name in the signing certificate; empty where there is none.
        made_by: Program that wrote them, as it says.
        trusted: The certificate leads to one that this machine trusts; without a list of
            those, nobody's does, and anybody may have signed.
    """

    state: State
    reason: str = ""
    signer: str = ""
    made_by: str = ""
    trusted: bool = False


def body(read: Credentials) -> str:
    """Return them as the body of a fact."""
    return json.dumps(asdict(read), ensure_ascii=False)


def last(facts: Iterable[Fact]) -> dict[VideoId, Credentials]:
    """Return what was read last of each video."""
    found: dict[VideoId, Credentials] = {}
    for fact in facts:
        if fact.video is not None:
            said = json.loads(fact.body)
            found[fact.video] = Credentials(**{**said, "state": State(said["state"])})
    return found
