"""Hashes originals again and compares them with what they were when they came."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from viewfinder.app.evidence.desk import Desk
from viewfinder.domain.errors import ProbeError
from viewfinder.domain.media import Video, VideoId
from viewfinder.governance.keeping import scrub
from viewfinder.governance.keeping.scrub import Check, Found
from viewfinder.ingest.probe import identify


def check(desk: Desk, videos: Sequence[Video]) -> Iterator[tuple[Video, Check]]:
    """Hash each original again, note and log what was found, and yield it."""
    desk.admitted("add")
    for video in videos:
        try:
            sha256 = str(identify(Path(video.path)))
        except ProbeError:
            sha256 = ""
        found = Found.MISSING if not sha256 else Found.OK if sha256 == video.id else Found.CHANGED
        event = desk.event("scrub", video=video.id, found=found.value)
        body = scrub.body(found, sha256)
        fact = desk.store.commit_fact(scrub.KIND, body, video=video.id, event=event)
        yield video, Check(video.id, fact.at, found, sha256)


def due(desk: Desk, now: datetime | None = None) -> list[Video]:
    """Return what the schedule says has to be hashed again, the longest unchecked first.

    Nothing for those who may not do it.
    """
    scope, days = desk.permitted("add"), desk.config.evidence.scrub_days
    if scope is None:
        return []
    videos = {video.id: video for video in desk.store.videos(scope=scope)}
    checks = scrub.last(desk.store.facts(scrub.KIND))
    added = _added(desk) if days else {}
    over = scrub.due(videos, checks, added, days=days, now=now or datetime.now(UTC))
    oldest = sorted(over, key=lambda video: (checks[video].at if video in checks else "", video))
    return [videos[video] for video in oldest]


def _added(desk: Desk) -> dict[VideoId, str]:
    """Return when each came, from the log."""
    added: dict[VideoId, str] = {}
    for entry in desk.store.trail.entries():
        if '"action":"add"' in entry.line:
            document = entry.document()
            if (video := document["subject"].get("video")) is not None:
                added[VideoId(video)] = document["at"]
    return added
