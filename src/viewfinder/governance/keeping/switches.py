"""The switch that turns parts of a library off at once: a lane, the model, a collection, all.

The safe state is less, never more: without pictures there are words, without a model there
are the rules' own sentences, and with everything off there is a refusal that says so.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from viewfinder.domain.errors import UsageError
from viewfinder.domain.registry import Fact
from viewfinder.domain.segment import Lane

KIND = "switch"
ALL, MODEL = "all", "model"
LANE, COLLECTION = "lane:", "collection:"


@dataclass(frozen=True, slots=True)
class Off:
    """One thing that is off, since when, by whom and why."""

    what: str
    at: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Switches:
    """What is off; empty where everything is on."""

    off: tuple[Off, ...] = ()

    def is_off(self, what: str) -> bool:
        return any(one.what == what for one in self.off)

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """Return the lanes that are on."""
        return tuple(lane for lane in Lane if not self.is_off(f"{LANE}{lane.value}"))

    @property
    def collections(self) -> frozenset[str]:
        """Return the collections that are off."""
        marked = (one.what for one in self.off if one.what.startswith(COLLECTION))
        return frozenset(what.removeprefix(COLLECTION) for what in marked)


def body(what: str, *, off: bool, reason: str) -> str:
    """Return a turn of a switch as the body of a fact.

    Raises:
        UsageError: There is no such switch, or no reason is given.
    """
    lanes = [f"{LANE}{lane.value}" for lane in Lane]
    if what not in (ALL, MODEL, *lanes) and not _is_collection(what):
        raise UsageError(
            f"no switch {what!r}; there are {', '.join((ALL, MODEL, *lanes))} and collection:NAME"
        )
    if not reason.strip():
        raise UsageError("say why, in words: --reason")
    return json.dumps({"what": what, "off": off, "reason": reason}, ensure_ascii=False)


def standing(facts: Iterable[Fact]) -> Switches:
    """Return what is off after all turns."""
    off: dict[str, Off] = {}
    for fact in facts:
        said = json.loads(fact.body)
        off.pop(said["what"], None)
        if said["off"]:
            off[said["what"]] = Off(said["what"], fact.at, fact.by, said["reason"])
    return Switches(tuple(off.values()))


def _is_collection(what: str) -> bool:
    return what.startswith(COLLECTION) and len(what) > len(COLLECTION)
