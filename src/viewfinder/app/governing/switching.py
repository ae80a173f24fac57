"""The kill switch as keepers turn it: ``Library.governing.switching``."""

from __future__ import annotations

from viewfinder.app.governing.desk import Desk
from viewfinder.governance.keeping import switches
from viewfinder.governance.keeping.switches import Off, Switches

__all__ = ["Off", "Switching"]


class Switching:
    """Turns parts of a library off and on; what is asked next obeys, in every process."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def standing(self) -> Switches:
        """Return what is off.

        Raises:
            Refused: The policy gives this person no part in the library.
        """
        self._desk.admitted("enter")
        return switches.standing(self._desk.store.facts(switches.KIND))

    def turn(self, what: str, *, off: bool, reason: str) -> Switches:
        """Turn one thing off or on.

        Args:
            what: "all", "model", "lane:NAME" or "collection:NAME".
            off: Off, or on again.
            reason: Why, in words; kept with it.

        Raises:
            UsageError: There is no such switch, or no reason.
            Refused: The policy does not allow it.
        """
        body = switches.body(what, off=off, reason=reason)
        self._desk.admitted("configure")
        event = self._desk.event("switch", what=what, off=off)
        self._desk.store.commit_fact(switches.KIND, body, event=event)
        return self.standing()
