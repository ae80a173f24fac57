"""Policies in Cedar: who may do what with which class of footage, for which purpose.

``base.cedar`` holds under every profile; a profile (``institutions/*.toml``) says how strict the
library is; ``*.cedar`` files in the library's own ``governance`` folder add to both. Whatever
no rule permits is denied, and so is whatever a rule cannot be evaluated for.

References:
    Cutler et al., *Cedar: A New Language for Expressive, Fast, Safe, and Analyzable
    Authorization*, OOPSLA 2024. https://doi.org/10.1145/3649835
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

import cedarpy

from viewfinder.adapters.policies.cedar.profiles import Profile, named
from viewfinder.domain.access import AccessClass, class_of
from viewfinder.domain.errors import PolicyError
from viewfinder.domain.policy import AccessRequest, Decision, Principal, Purpose, Scope
from viewfinder.domain.provenance import digest_of
from viewfinder.ports import Plugin, PolicyEngine

_LIBRARY = 'Library::"this"'
_SHIPPED = files(__package__)


@dataclass(frozen=True, slots=True)
class Config:
    """Where the library's own rules are, and how strict it is.

    Attributes:
        folder: Folder with ``*.cedar`` files of the library; None or missing for none.
        profile: One of those in ``institutions``.
    """

    folder: Path | None = None
    profile: str = "own-footage"


@dataclass(frozen=True, slots=True)
class Rule:
    """What a policy says about itself in annotations."""

    id: str
    reason: str
    alternative: str
    obligations: tuple[str, ...]


class Cedar:
    """Implements ``ports.PolicyEngine``.

    Raises:
        PolicyError: A policy does not parse, or speaks of what the schema does not have.
    """

    def __init__(self, config: Config, base: str | None = None) -> None:
        self.profile: Profile = named(config.profile)
        own = sorted(config.folder.glob("*.cedar")) if config.folder else []
        texts = [_SHIPPED.joinpath("base.cedar").read_text("utf-8") if base is None else base]
        texts += [path.read_text("utf-8") for path in own]
        schema = _SHIPPED.joinpath("schema.cedarschema").read_text("utf-8")
        text = "\n".join(texts)
        found = cedarpy.validate_policies(text, schema)
        if not found.validation_passed:
            names = ", ".join(str(path) for path in own) or "base.cedar"
            raise PolicyError(f"the policies ({names}) are wrong: {found.errors[0]}")
        self._table: dict[str, Any] = json.loads(cedarpy.policies_to_json_str(text))
        self._sets: dict[tuple[tuple[str, ...], bool], cedarpy.PolicySet] = {}
        self._decided: tuple[AccessRequest, Decision] | None = None
        self._footage_known: tuple[tuple[str, ...], cedarpy.Entities] | None = None
        self._schema = cedarpy.Schema.from_str(schema)
        self.version = digest_of(json.dumps([schema, text, self.profile.facts()]))

    @cached_property
    def _rules(self) -> dict[str, Rule]:
        table = self._table["staticPolicies"]
        return {name: _rule(name, body.get("annotations", {})) for name, body in table.items()}

    def forbids(self) -> frozenset[str]:
        """Return the ids of the rules that forbid something: what a second person may open."""
        table = self._table["staticPolicies"]
        return frozenset(
            self._rules[name].id for name, body in table.items() if body["effect"] == "forbid"
        )

    def _policies(
        self, overrides: tuple[str, ...], *, of_footage: bool = False
    ) -> cedarpy.PolicySet:
        """Return all policies but the forbids that a second person opened.

        Args:
            overrides: Ids of the rules that are open.
            of_footage: Without those that come to the same for footage as for the library.
        """
        key = overrides, of_footage
        if key not in self._sets:
            kept = {
                name: body
                for name, body in self._table["staticPolicies"].items()
                if (body["effect"] != "forbid" or self._rules[name].id not in overrides)
                and not (of_footage and _is_decided_before(body))
            }
            text = json.dumps({**self._table, "staticPolicies": kept})
            self._sets[key] = cedarpy.PolicySet.from_json_str(text)
        return self._sets[key]

    def decide(self, request: AccessRequest) -> Decision:
        if not request.at:  # now is another time with every call
            return self._decide(request)
        decided = self._decided  # threads share this engine: what is kept is read once
        if decided is None or decided[0] != request:
            decided = self._decided = request, self._decide(request)
        return decided[1]

    def _decide(self, request: AccessRequest) -> Decision:
        answer = cedarpy.is_authorized(
            self._asked(request, _LIBRARY),
            self._policies(request.overrides),
            _entities(request.principal, {}),
            self._schema,
        )
        decision = self._decision(answer)
        said = [i for i in request.intents if i.rule == decision.rule and i.reason]
        if decision.permitted or not said:
            return decision
        return replace(decision, reason=said[0].reason, alternative=said[0].alternative)

    def scope(self, request: AccessRequest, classes: Sequence[str]) -> Scope:
        """Return the classes that the request may see; none where ``decide`` denies it.

        The request is checked against the schema once, with that decision; rules that do not
        look at footage have come to theirs then, and are not asked again for each class.
        """
        if not self.decide(request).permitted:
            return Scope._mint(frozenset())
        known = tuple(name for name in classes if " & " not in name)
        asked = self._asked(request, _LIBRARY)
        answers = cedarpy.is_authorized_batch(
            [{**asked, "resource": _footage(name)} for name in known],
            self._policies(request.overrides, of_footage=True),
            self._everything(known).with_added_json_str(
                json.dumps(_entities(request.principal, {}, library=False))
            ),
        )
        decided = dict(zip(known, map(self._decision, answers), strict=True))
        open_to = frozenset(name for name, decision in decided.items() if decision.permitted)
        duties = {duty for name in open_to for duty in decided[name].obligations}
        return Scope._mint(open_to, obligations=tuple(sorted(duties)))

    def decide_class(self, request: AccessRequest, name: str) -> Decision:
        """Return the decision about one access class, with its rule: what ``scope`` goes by."""
        answer = cedarpy.is_authorized(
            self._asked(request, _footage(name)),
            self._policies(request.overrides),
            _entities(request.principal, {name: class_of(name)}),
            self._schema,
        )
        return self._decision(answer)

    def _everything(self, known: tuple[str, ...]) -> cedarpy.Entities:
        """Return the classes as Cedar holds them; made anew only for other classes."""
        footage = self._footage_known
        if footage is None or footage[0] != known:
            listed = json.dumps([_entity(name, class_of(name)) for name in known])
            held = cedarpy.Entities.from_json_str(listed, self._schema)
            footage = self._footage_known = known, held
        return footage[1]

    def _asked(self, request: AccessRequest, resource: str) -> dict[str, Any]:
        return {
            "principal": f"Person::{json.dumps(request.principal.name)}",
            "action": f"Action::{json.dumps(request.action)}",
            "resource": resource,
            "context": {
                "now": seconds(request.at) or round(datetime.now(UTC).timestamp()),
                "intents": sorted(intent.rule for intent in request.intents),
                "purpose": _purpose(request.purpose),
                "profile": self.profile.facts(),
            },
        }

    def _decision(self, answer: cedarpy.AuthzResult) -> Decision:
        rules = [self._rules[name] for name in answer.diagnostics.reasons]
        if answer.diagnostics.errors or not rules:
            return Decision(
                False,
                "not-permitted",
                "No rule permits this.",
                "Ask somebody who keeps this library, or under another role.",
            )
        first = min(rules, key=lambda rule: (not rule.reason, rule.id))
        if not answer.allowed:
            reason = first.reason or "The rules of this library do not allow it."
            return Decision(False, first.id, reason, first.alternative)
        duties = {duty for rule in rules for duty in rule.obligations}
        return Decision(
            True, first.id, obligations=tuple(sorted(duties | set(self.profile.obligations)))
        )


def _rule(name: str, said: dict[str, str]) -> Rule:
    return Rule(
        said.get("id", name),
        said.get("reason", ""),
        said.get("alternative", ""),
        tuple(said.get("obligation", "").split()),
    )


def _is_decided_before(policy: dict[str, Any]) -> bool:
    """Tell whether a policy adds nothing for footage once the library was decided about."""
    resource = policy["resource"]
    if resource.get("op") == "is":
        return bool(resource.get("entity_type") == "Library")
    looks = json.dumps(policy["conditions"]).count('"Var": "resource"')
    return bool(policy["effect"] == "forbid" and resource.get("op") == "All" and not looks)


def _entities(
    principal: Principal, known: dict[str, AccessClass], *, library: bool = True
) -> list[dict[str, Any]]:
    person = {
        "uid": {"type": "Person", "id": principal.name},
        "attrs": {"collections": list(principal.collections)},
        "parents": [{"type": "Role", "id": role} for role in principal.roles],
    }
    roles = [
        {"uid": {"type": "Role", "id": r}, "attrs": {}, "parents": []} for r in principal.roles
    ]
    this = {"uid": {"type": "Library", "id": "this"}, "attrs": {}, "parents": []}
    footage = [_entity(name, what) for name, what in known.items()]
    return [person, *roles, *([this] if library else []), *footage]


def _entity(name: str, what: AccessClass) -> dict[str, Any]:
    return {
        "uid": {"type": "Footage", "id": name},
        "attrs": {
            "collection": what.collection,
            "labels": list(what.labels),
            "embargo": seconds(what.embargo),
            "rights": what.rights,
            "consent": what.consent,
            "uses": list(what.uses),
            "tier": what.tier,
            "since": seconds(what.since),
            "until": seconds(what.until),
        },
        "parents": [],
    }


def _footage(name: str) -> str:
    return f"Footage::{json.dumps(name, ensure_ascii=False)}"


def _purpose(purpose: Purpose) -> dict[str, Any]:
    window = seconds(purpose.window_ends) - seconds(purpose.window_begins)
    return {
        "name": purpose.name,
        "reference": purpose.case or "",
        "basis": purpose.basis,
        "collections": list(purpose.collections),
        "begins": seconds(purpose.begins),
        "ends": seconds(purpose.ends),
        "declared": purpose.is_declared,
        "cameras": len(set(purpose.collections)),
        "window": window if purpose.window_begins and purpose.window_ends else 0,
    }


def seconds(at: str) -> int:
    """Return an ISO 8601 time as whole seconds since 1970; 0 for "".

    Raises:
        PolicyError: It is no time.
    """
    if not at:
        return 0
    try:
        when = datetime.fromisoformat(at)
    except ValueError as error:
        raise PolicyError(f"{at!r} is no date or time; write 2027-01-31 or with T12:00") from error
    return round((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())


plugin: Plugin[Config, PolicyEngine] = Plugin(Config, Cedar)
