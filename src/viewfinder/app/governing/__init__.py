"""What those who keep a library lay down: ``Library.governing``."""

from __future__ import annotations

from functools import cached_property

from viewfinder.app.entry import register
from viewfinder.app.entry.register import Register
from viewfinder.app.governing.access import Access
from viewfinder.app.governing.alarms import Alarms
from viewfinder.app.governing.consents import Consents
from viewfinder.app.governing.desk import Desk
from viewfinder.app.governing.holds import Holds
from viewfinder.app.governing.overrides import Overrides
from viewfinder.app.governing.profiles import Profiles
from viewfinder.app.governing.retention import Retention
from viewfinder.app.governing.switching import Switching

__all__ = ["Desk", "Governing"]


class Governing:
    """The tools of a keeper, each with its own part of the rules."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def register(self) -> Register:
        """Return who is listed, and what for.

        Raises:
            Refused: The policy gives this person no part in the library.
        """
        self._desk.admitted("enter")
        return register.read(self._desk.folder)

    @cached_property
    def access(self) -> Access:
        """Who may see what."""
        return Access(self._desk)

    @cached_property
    def consents(self) -> Consents:
        """What those filmed agreed to."""
        return Consents(self._desk)

    @cached_property
    def holds(self) -> Holds:
        """What must stay."""
        return Holds(self._desk)

    @cached_property
    def retention(self) -> Retention:
        """What must go."""
        return Retention(self._desk, self.holds)

    @cached_property
    def overrides(self) -> Overrides:
        """What two persons open."""
        return Overrides(self._desk)

    @cached_property
    def profiles(self) -> Profiles:
        """How strict the library is."""
        return Profiles(self._desk)

    @cached_property
    def alarms(self) -> Alarms:
        """What somebody should look at."""
        return Alarms(self._desk)

    @cached_property
    def switching(self) -> Switching:
        """What is off."""
        return Switching(self._desk)
