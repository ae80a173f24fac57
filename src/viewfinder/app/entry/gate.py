"""The gate in, as one person stands before it: who, what for, and what was opened for them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from viewfinder.domain.policy import AccessRequest, Decision, Principal, Purpose, Scope
from viewfinder.governance import authorize
from viewfinder.governance.keeping.override import Override
from viewfinder.ports import PolicyEngine, Store


class Gate:
    """Asks the policy, for one person under one purpose."""

    def __init__(
        self,
        policy: Callable[[], PolicyEngine],
        store: Store,
        principal: Principal,
        purpose: Purpose,
    ) -> None:
        self._policy, self._store = policy, store
        self._principal, self._purpose = principal, purpose
        self._override: Override | None = None
        self._classes_known: tuple[int, tuple[str, ...]] | None = None

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
        decision, scope = authorize.admit(self._policy(), request, self._classes())
        held = self._override
        if scope is not None and rules and held is not None and held.video is not None:
            scope = scope.narrowed(frozenset({held.video}))
        return decision, scope

    def _classes(self) -> tuple[str, ...]:
        """Return every access class; read anew only after something changed."""
        generation = self._store.generation()
        if self._classes_known is None or self._classes_known[0] != generation:
            self._classes_known = (generation, tuple(self._store.access_classes()))
        return self._classes_known[1]
