"""How long footage may stay: one rule per collection or label, the shortest counts.

A hold beats every rule. Nothing goes that was not shown in a preview first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from viewfinder.domain.access import class_of
from viewfinder.domain.errors import ConfigError
from viewfinder.domain.media import Video, VideoId
from viewfinder.governance.keeping.holds import Hold


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a schedule.

    Attributes:
        name: Of the rule.
        days: So long after it was added, footage goes.
        collection: Only footage of this collection; "" for every.
        label: Only footage with this label; "" for every.
        basis: Why so long, as the institution words it.
    """

    name: str
    days: int
    collection: str = ""
    label: str = ""
    basis: str = ""

    def __post_init__(self) -> None:
        if self.days < 1:
            raise ConfigError(f"retention rule {self.name!r}: days must be 1 or more")

    def covers(self, access: str) -> bool:
        what = class_of(access)
        return self.collection in ("", what.collection) and (
            not self.label or self.label in what.labels
        )


@dataclass(frozen=True, slots=True)
class Due:
    """A video whose time has come, or will.

    Attributes:
        video: Which.
        added: When it came, ISO 8601, UTC.
        goes: When it has to go, ISO 8601, UTC.
        rule: By which rule.
        held: Holds that keep it all the same.
    """

    video: Video
    added: str
    goes: str
    rule: Rule
    held: tuple[Hold, ...] = ()


def schedule(
    videos: Iterable[Video],
    rules: Sequence[Rule],
    *,
    access: Mapping[VideoId, str],
    added: Mapping[VideoId, str],
    holds: Iterable[Hold],
) -> list[Due]:
    """Return when each video goes that any rule covers, the earliest first."""
    held: dict[VideoId, list[Hold]] = {}
    for hold in holds:
        held.setdefault(hold.video, []).append(hold)
    found = []
    for video in videos:
        covering = [rule for rule in rules if rule.covers(access[video.id])]
        if not covering or video.id not in added:
            continue
        rule = min(covering, key=lambda rule: (rule.days, rule.name))
        goes = datetime.fromisoformat(added[video.id]) + timedelta(days=rule.days)
        keeping = tuple(held.get(video.id, ()))
        found.append(Due(video, added[video.id], goes.isoformat(), rule, keeping))
    return sorted(found, key=lambda due: (due.goes, due.video.id))


def over(schedule: Iterable[Due], now: datetime) -> list[Due]:
    """Return what has to go by now: its time is over, and nothing holds it."""
    return [due for due in schedule if not due.held and datetime.fromisoformat(due.goes) <= now]
