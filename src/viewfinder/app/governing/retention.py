"""What has to go, and when: ``Library.governing.retention``.

The schedule stands in ``governance/retention.toml``, one ``[[rule]]`` per line of it. Where
there is none, the days of the profile hold; where that has none, nothing goes by itself.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from viewfinder.app.entry import register
from viewfinder.app.governing.desk import Desk
from viewfinder.app.governing.holds import Holds
from viewfinder.domain.errors import UsageError
from viewfinder.domain.media import VideoId
from viewfinder.domain.policy import Erasure
from viewfinder.domain.provenance import digest_of
from viewfinder.governance.keeping import retention
from viewfinder.governance.keeping.retention import Due, Rule

__all__ = ["Due", "Retention", "Rule"]

FILE = "retention.toml"


class Retention:
    """Shows what has to go, and lets go of what was shown."""

    def __init__(self, desk: Desk, holds: Holds) -> None:
        self._desk, self._holds = desk, holds

    def rules(self) -> list[Rule]:
        """Return the schedule.

        Raises:
            ConfigError: The file has a mistake.
            Refused: The policy does not allow it.
        """
        self._desk.admitted("forget")
        return register.listed(self._file, "rule", Rule)

    @property
    def _file(self) -> Path:
        return self._desk.folder / register.FOLDER / FILE

    def schedule(self) -> list[Due]:
        """Return when each video goes that a rule covers, the earliest first."""
        scope = self._desk.admitted("forget")
        videos = self._desk.store.videos(scope=scope)
        return retention.schedule(
            videos,
            self.rules(),
            access={video.id: self._desk.store.access_of(video.id) for video in videos},
            added=self._added(),
            holds=self._holds.standing(),
        )

    def over(self, now: datetime | None = None) -> list[Due]:
        """Return what has to go by now."""
        return retention.over(self.schedule(), now or datetime.now(UTC))

    def run(self, previewed: str, now: datetime | None = None) -> list[Erasure]:
        """Forget what a preview showed; see ``code``.

        Raises:
            UsageError: What has to go is not what was shown.
        """
        due = self.over(now)
        if previewed != code(due):
            raise UsageError(
                f"what has to go is not what was previewed under {previewed!r}; "
                "look again with `viewfinder retention preview`"
            )
        return [self._desk.forget(one.video.id, f"retention: {one.rule.name}") for one in due]

    def _added(self) -> dict[VideoId, str]:
        """Return when each video came, from the log; added again counts from then."""
        added: dict[VideoId, str] = {}
        for text, _ in self._desk.store.trail.older():
            if '"add"' in text:
                _note(added, json.loads(text))
        for entry in self._desk.store.trail.entries():
            if '"action":"add"' in entry.line:
                _note(added, entry.document())
        return added


def _note(added: dict[VideoId, str], document: dict[str, Any]) -> None:
    subject = document["subject"]
    said = json.loads(subject) if isinstance(subject, str) else subject
    if document["action"] == "add":
        added[VideoId(said["video"])] = document["at"]


def code(due: list[Due]) -> str:
    """Return a short code for what has to go, to say that one has seen it."""
    return digest_of(json.dumps([(one.video.id, one.rule.name) for one in due]))[:8]
