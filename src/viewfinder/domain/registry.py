"""What those who keep a library laid down, in the order they did: consents, holds, approvals.

A fact is never changed: a later one stands against it. So any day can be looked at again.
"""

from __future__ import annotations

from dataclasses import dataclass

from viewfinder.domain.media import VideoId


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing laid down.

    Attributes:
        no: Its place in the order, from 1.
        kind: What kind of fact: consent, hold, override, switch, ...
        at: When, ISO 8601, UTC.
        by: Name of who laid it down.
        body: What, as JSON; whoever reads the kind knows its shape.
        video: About which video; the fact is forgotten with it. None for the whole library.
    """

    no: int
    kind: str
    at: str
    by: str
    body: str
    video: VideoId | None = None
