"""The gate in, as one person stands before it: who, what for, and what was opened for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from viewfinder.domain.access import class_of
from viewfinder.domain.media import Video
from viewfinder.domain.policy import AccessRequest, Decision, Principal, Purpose, Scope
from viewfinder.domain.time import TimeSpan
from viewfinder.governance import authorize
from viewfinder.governance.intents import Guess
from viewfinder.governance.keeping import switches
from viewfinder.governance.keeping.override import Override, appeal
from viewfinder.governance.keeping.switches import Switches
from viewfinder.ports import PolicyEngine, Store

LOOKING = frozenset({"search", "ask", "show", "export"})
_OFF = Decision(
    False,
    "switched-off",
    "This library is switched off.",
    "Ask who keeps it: `viewfinder switch list` says since when and why.",
)


class Refused(Exception):
    """A denial where no answer value can carry it (``search``, ``forget``)."""

    def __init__(self, decision: Decision) -> None:
        super().__init__(decision.reason)
        self.decision = decision


class Gate:
    """Asks the policy, for one person under one purpose."""

    def __init__(
        self,
        policy: Callable[[], PolicyEngine],
        store: Store,
        principal: Principal,
        purpose: Purpose,
        *,
        classes: Callable[[], tuple[str, ...]],
        switches: Callable[[], Switches],
        is_governed: bool = False,
        guess: Guess | None = None,
    ) -> None:
        """Stand before the gate.

        Args:
            policy: Gives who decides.
            store: Where footage is.
            principal: Who asks.
            purpose: What for.
            classes: Gives every access class.
            switches: Gives what is off.
            is_governed: Whether somebody may be asked to open a rule.
            guess: Second reader of the question.
        """
        self._policy, self._store, self._guess = policy, store, guess
        self._classes, self.switches = classes, switches
        self._is_governed = is_governed
        self._principal, self._purpose = principal, purpose
        self._override: Override | None = None

    def open_with(self, override: Override) -> None:
        """Let what a second person opened hold for what is asked from now on."""
        self._override = override

    def opened(self) -> tuple[str, ...]:
        """Return the ids of the rules that are open for this person now."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        held = self._override
        return (held.ask.rule,) if held is not None and now < held.ends else ()

    def admit(self, action: str, text: str = "") -> tuple[Decision, Scope | None]:
        """Return the decision and, only if it permits, the scope to work in."""
        at = datetime.now(UTC).isoformat(timespec="seconds")
        rules = self.opened()
        request = AccessRequest(
            self._principal, self._purpose, action, text, at=at, overrides=rules
        )
        decision, scope = authorize.admit(
            self._policy(), request, self._classes(), guess=self._guess
        )
        held = self._override
        if scope is not None and rules and held is not None and held.video is not None:
            scope = scope.narrowed(frozenset({held.video}))
        if scope is not None and action in LOOKING:
            scope = self._windowed(scope)
        decision, scope = self._switched(action, decision, scope)
        if scope is None and self._is_governed:
            decision = replace(decision, appeal=appeal(decision.rule))
        return decision, scope

    def _windowed(self, scope: Scope) -> Scope:
        """Keep only what was recorded within the window of the purpose, where it has one."""
        if not (self._purpose.window_begins or self._purpose.window_ends):
            return scope
        within = (
            video.id
            for video in self._store.videos(scope=scope)
            if authorize.in_window(self._purpose, video.created, self._open_parts(video, scope))
        )
        return scope.narrowed(frozenset(within))

    def _open_parts(self, video: Video, scope: Scope) -> list[TimeSpan]:
        if scope.allows(video.id, self._store.access_of(video.id)):
            return [video.span]
        parts = self._store.stretches(video.id)
        return [part.span for part in parts if scope.allows(video.id, part.access)]

    def _switched(
        self, action: str, decision: Decision, scope: Scope | None
    ) -> tuple[Decision, Scope | None]:
        off = self.switches()
        if scope is None or not off.off or action not in LOOKING:
            return decision, scope
        if off.is_off(switches.ALL):
            return _OFF, None
        names = frozenset(self._classes())
        shut = frozenset(
            name for name in names if " & " in name or class_of(name).collection in off.collections
        )
        return decision, scope.without(shut, names) if off.collections else scope
