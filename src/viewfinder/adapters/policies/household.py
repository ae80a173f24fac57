"""The default policy: your own footage, no ceremony, and nobody searched by body.

Everything in the library may be seen by whoever may open it. Questions that ask to
identify people, or to read mood, health, origin or orientation off them, are refused
with the rule, the reason and a lawful alternative. What a question asks for was read off
its words at the gate (``AccessRequest.intents``); this policy only says what follows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files

from viewfinder.domain.access import DEFAULT, AccessClass, class_of
from viewfinder.domain.policy import AccessRequest, Decision, Scope
from viewfinder.domain.provenance import digest_of
from viewfinder.ports import Plugin, PolicyEngine

ACTIONS = frozenset(
    {
        *("add", "search", "ask", "show", "export", "forget"),
        *("restrict", "consent", "hold", "audit", "configure", "approve", "enter"),
    }
)
LOOKING = frozenset({"search", "ask", "show", "export"})


@dataclass(frozen=True, slots=True)
class Config:
    """No settings: a loosened copy would be another policy."""


class Household:
    def __init__(self, config: Config) -> None:
        self._config = config

    @property
    def version(self) -> str:
        return digest_of(files(__package__).joinpath("household.py").read_bytes())

    def decide(self, request: AccessRequest) -> Decision:
        if request.action not in ACTIONS:
            return Decision(
                False,
                "unknown-action",
                f"This policy does not know the action {request.action!r}.",
                f"Known are {', '.join(sorted(ACTIONS))}.",
            )
        for intent in request.intents:
            if intent.reason:
                return Decision(False, intent.rule, intent.reason, intent.alternative)
        return Decision(True, "own-footage")

    def scope(self, request: AccessRequest, classes: Sequence[str]) -> Scope:
        """Return everything; for questions, all but what was sealed or not consented to."""
        if request.action not in LOOKING or set(classes) <= {DEFAULT}:
            return Scope._mint(None)
        known = [(name, class_of(name)) for name in classes if " & " not in name]
        return Scope._mint(frozenset(name for name, what in known if _is_open(what, request)))


def _is_open(what: AccessClass, request: AccessRequest) -> bool:
    """Tell whether a class may be looked at: neither marks nor consent nor dates forbid it."""
    now = request.at or datetime.now(UTC).isoformat()
    use = "export" if request.action == "export" else "search"
    if "sealed" in what.labels or what.embargo > now:
        return False
    if not what.consent:
        return True
    in_time = what.since <= now and (not what.until or now < what.until)
    return what.consent == "given" and use in what.uses and in_time


plugin: Plugin[Config, PolicyEngine] = Plugin(Config, Household)
