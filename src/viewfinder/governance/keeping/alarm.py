"""Patterns of use that somebody should look at: one target again and again, bulk, odd hours.

An alarm accuses nobody and closes nothing; it says who did what how often, and a second
person asks why. Counts are per person over sliding windows, so an alarm can be worked out
again from the log by anybody who has it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

LOOKS = frozenset({"ask", "search", "converse", "show"})


@dataclass(frozen=True, slots=True)
class Limits:
    """From when on a pattern is worth a look.

    Attributes:
        target_times: So often the same target without a case ...
        target_days: ... on at least so many days ...
        target_window_d: ... of so many days.
        exports: So many exports ...
        exports_window_h: ... in so many hours.
        night_times: So many questions at night ...
        night_share: ... that are at least this share of all of the person's ...
        night_window_d: ... in so many days.
        night: From this hour to that one, as the library's clock has it.
    """

    target_times: int = 6
    target_days: int = 3
    target_window_d: int = 14
    exports: int = 25
    exports_window_h: int = 24
    night_times: int = 12
    night_share: float = 0.6
    night_window_d: int = 14
    night: tuple[int, int] = (22, 6)


@dataclass(frozen=True, slots=True)
class Use:
    """One use of the library, as the log has it.

    Attributes:
        at: When, in local time of the institution.
        who: Name.
        action: Of the log line.
        case: Case reference, "" for none.
        targets: Whom or what it was about: keyed digests of names, ids of videos.
    """

    at: datetime
    who: str
    action: str
    case: str = ""
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alarm:
    """What somebody should ask about.

    Attributes:
        kind: "repeated-target", "bulk-export" or "odd-hours".
        who: Whose use it is.
        at: Of the use that raised it.
        count: How many uses it rests on.
        target: Which target; "" where it is not about one.
    """

    kind: str
    who: str
    at: datetime
    count: int
    target: str = ""


def alarms(uses: Iterable[Use], limits: Limits | None = None) -> list[Alarm]:
    """Return what stands out, each pattern once per window.

    Args:
        uses: In order of time.
        limits: See ``Limits``.
    """
    limits = limits or Limits()
    watches: dict[str, _Watch] = defaultdict(lambda: _Watch(limits))
    return [alarm for use in uses for alarm in watches[use.who].see(use)]


class _Watch:
    """What is known of one person's use within the windows."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._by_target: dict[str, list[datetime]] = defaultdict(list)
        self._exports: list[datetime] = []
        self._looks: list[datetime] = []
        self._told: dict[tuple[str, str], datetime] = {}

    def see(self, use: Use) -> Iterable[Alarm]:
        if use.action in LOOKS:
            yield from self._targets(use)
            yield from self._night(use)
        elif use.action == "export":
            yield from self._bulk(use)

    def _targets(self, use: Use) -> Iterable[Alarm]:
        limits = self._limits
        for target in use.targets if not use.case else ():
            window = timedelta(days=limits.target_window_d)
            times = self._by_target[target] = _recent(self._by_target[target], use.at, window)
            days = {at.date() for at in times}
            if len(times) >= limits.target_times and len(days) >= limits.target_days:
                yield from self._once("repeated-target", use, len(times), window, target)

    def _bulk(self, use: Use) -> Iterable[Alarm]:
        window = timedelta(hours=self._limits.exports_window_h)
        self._exports = _recent(self._exports, use.at, window)
        if len(self._exports) >= self._limits.exports:
            yield from self._once("bulk-export", use, len(self._exports), window)

    def _night(self, use: Use) -> Iterable[Alarm]:
        limits = self._limits
        window = timedelta(days=limits.night_window_d)
        self._looks = _recent(self._looks, use.at, window)
        night = sum(_is_night(at.hour, limits.night) for at in self._looks)
        is_odd = night >= limits.night_times and night >= limits.night_share * len(self._looks)
        if is_odd and _is_night(use.at.hour, limits.night):
            yield from self._once("odd-hours", use, night, window)

    def _once(
        self, kind: str, use: Use, count: int, window: timedelta, target: str = ""
    ) -> Iterable[Alarm]:
        last = self._told.get((kind, target))
        if last is None or use.at - last >= window:
            self._told[kind, target] = use.at
            yield Alarm(kind, use.who, use.at, count, target)


def _recent(times: list[datetime], now: datetime, window: timedelta) -> list[datetime]:
    return [*(at for at in times if now - at < window), now]


def _is_night(hour: int, night: tuple[int, int]) -> bool:
    begins, ends = night
    return hour >= begins or hour < ends if begins > ends else begins <= hour < ends
