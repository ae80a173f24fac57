"""The default policy: your own footage, no ceremony, and nobody searched by body.

Everything in the library may be seen by whoever may open it. Questions that ask to
identify people, or to read mood, health, origin or orientation off them, are refused
with the rule, the reason and a lawful alternative. What a question asks for was read off
its words at the gate (``AccessRequest.intents``); this policy only says what follows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from viewfinder.domain.policy import AccessRequest, Decision, Scope
from viewfinder.domain.provenance import digest_of
from viewfinder.ports import Plugin, PolicyEngine

ACTIONS = frozenset(
    {
        *("add", "search", "ask", "show", "export", "forget"),
        *("restrict", "consent", "hold", "audit", "configure", "approve"),
    }
)


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

    def scope(
        self,
        request: AccessRequest,  # noqa: ARG002 - all alike
        classes: Sequence[str],  # noqa: ARG002
    ) -> Scope:
        return Scope._mint(None)


plugin: Plugin[Config, PolicyEngine] = Plugin(Config, Household)
