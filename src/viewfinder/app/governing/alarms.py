"""What in the use of a library somebody should look at: ``Library.governing.alarms``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from viewfinder.app.governing.desk import Desk
from viewfinder.governance.keeping import alarm
from viewfinder.governance.keeping.alarm import LOOKS, Alarm, Use

__all__ = ["Alarm", "Alarms"]


class Alarms:
    """Reads the log for patterns of misuse."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def raised(self, since: str = "") -> list[Alarm]:
        """Return the alarms from an ISO 8601 day or time on, oldest first.

        Raises:
            Refused: The policy does not allow it.
        """
        self._desk.admitted("audit")
        found = alarm.alarms(self._uses())
        return [one for one in found if one.at.isoformat() >= since]

    def _uses(self) -> Iterator[Use]:
        for entry in self._desk.store.trail.entries():
            document = entry.document()
            if document["action"] in LOOKS | {"export"}:
                yield _use(document)


def _use(document: dict[str, Any]) -> Use:
    subject = document["subject"]
    targets = list(subject.get("targets", ()))
    if document["action"] == "show" and "video" in subject:
        targets.append(subject["video"])
    at = datetime.fromisoformat(document["at"]).astimezone().replace(tzinfo=None)
    case = document["purpose"].partition(" (")[2].removesuffix(")")
    return Use(at, document["principal"], document["action"], case, tuple(targets))
