"""Overrides and appeals as people ask for, answer and use them: ``Library.governing.overrides``."""

from __future__ import annotations

from datetime import UTC, datetime

from viewfinder.app.governing.desk import Desk
from viewfinder.domain.errors import InputError
from viewfinder.governance.keeping import override
from viewfinder.governance.keeping.override import LONGEST_H, REASONS, Ask, Override, State

__all__ = ["LONGEST_H", "REASONS", "Ask", "Override", "Overrides", "State"]


class Overrides:
    """Opens what a rule closes: one asks, another says yes, the first uses it once."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def all(self) -> list[Override]:
        """Return every request as it stands, oldest first.

        Raises:
            Refused: The policy gives this person no part in the library.
        """
        self._desk.admitted("enter")
        facts = self._desk.store.facts(override.KIND)
        return override.standing(facts, now=datetime.now(UTC).isoformat())

    def numbered(self, number: int) -> Override:
        """Return one request.

        Raises:
            InputError: There is none of that number.
        """
        for one in self.all():
            if one.no == number:
                return one
        raise InputError(f"no override {number}; `viewfinder override list` shows them")

    def ask(self, ask: Ask) -> Override:
        """Ask for a rule to be opened; everybody with a part in the library may.

        Raises:
            Refused: The policy gives this person none.
        """
        self._desk.admitted("enter")
        return self._lay_down(override.body(ask), act="ask", rule=ask.rule, of=0)

    def answer(self, number: int, *, yes: bool) -> Override:
        """Say yes or no to what somebody else asked for.

        Raises:
            InputError: One's own request, or one that was answered already.
            Refused: The policy lets this person not answer.
        """
        self._desk.admitted("approve")
        asked = self.numbered(number)
        if asked.by == self._desk.asker:
            raise InputError(f"override {number} is your own request; another person must answer")
        if asked.state is not State.ASKED:
            raise InputError(f"override {number} is {asked.state} already")
        act = "approve" if yes else "deny"
        body = override.step(act, number)
        return self._lay_down(body, act=act, rule=asked.ask.rule, of=number)

    def use(self, number: int) -> Override:
        """Use a yes, this once; return what it opens.

        Raises:
            InputError: It is not yours, was not approved, is over, or was used.
        """
        held = self.numbered(number)
        if not held.opens_for(self._desk.asker):
            whose = "" if held.by == self._desk.asker else f" and was asked for by {held.by}"
            raise InputError(f"override {number} cannot be used: it is {held.state}{whose}")
        self._lay_down(override.step("use", number), act="use", rule=held.ask.rule, of=number)
        return held

    def _lay_down(self, body: str, *, act: str, rule: str, of: int) -> Override:
        event = self._desk.event("override", act=act, rule=rule, of=of)
        fact = self._desk.store.commit_fact(override.KIND, body, event=event)
        return self.numbered(of or fact.no)
