"""Checks of originals: what each one found, which still stands, and what is due for the next.

A file is hashed before anything parses it, and that hash is its name. A check hashes it again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from viewfinder.domain.media import VideoId
from viewfinder.domain.registry import Fact

KIND = "scrub"


class Found(StrEnum):
    """What a check found."""

    OK = "ok"
    CHANGED = "changed"  # another content under the same path
    MISSING = "missing"  # no file there, or it cannot be read


@dataclass(frozen=True, slots=True)
class Check:
    """One check of one original.

    Attributes:
        video: Which.
        at: When, ISO 8601, UTC.
        found: What.
        sha256: What the file hashes to now; empty where it could not be read.
    """

    video: VideoId
    at: str
    found: Found
    sha256: str = ""


def body(found: Found, sha256: str) -> str:
    """Return a check as the body of a fact."""
    return json.dumps({"found": found.value, "sha256": sha256})


def last(facts: Iterable[Fact]) -> dict[VideoId, Check]:
    """Return the last check of each video."""
    checks: dict[VideoId, Check] = {}
    for fact in facts:
        if fact.video is not None:
            said = json.loads(fact.body)
            checks[fact.video] = Check(fact.video, fact.at, Found(said["found"]), said["sha256"])
    return checks


def due(
    videos: Iterable[VideoId],
    checks: Mapping[VideoId, Check],
    added: Mapping[VideoId, str],
    *,
    days: int,
    now: datetime,
) -> list[VideoId]:
    """Return what was last hashed more than ``days`` ago; by 0 days nothing ever is.

    Args:
        videos: Which are asked about.
        checks: The last check of each.
        added: When each came, ISO 8601, UTC: it was hashed then too. Unknown is long ago.
        days: Between two checks.
        now: UTC.
    """
    if not days:
        return []
    limit = (now - timedelta(days=days)).isoformat()
    return [
        video
        for video in videos
        if max(checks[video].at if video in checks else "", added.get(video, "")) < limit
    ]
