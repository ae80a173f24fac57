"""The gate in: a request becomes a decision, and a decision a scope."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from viewfinder.domain.policy import AccessRequest, Decision, Scope
from viewfinder.governance import address, intents
from viewfinder.governance.release import KNOWN_OBLIGATIONS
from viewfinder.ports import PolicyEngine


def admit(
    policy: PolicyEngine, request: AccessRequest, classes: Sequence[str]
) -> tuple[Decision, Scope | None]:
    """Return the decision and, only if it permits, the scope to search in.

    Args:
        policy: Who decides.
        request: Who wants to do what, and why; what its words ask for is read off here.
        classes: Every access class of the library (``Store.access_classes``).

    An obligation that the way out does not know how to honour means deny (XACML 3.0,
    section 7.18). A question that is nothing but orders to the machine is refused here,
    whatever the policy says: words are looked for, never obeyed.
    """
    if re.search(r"\w", request.text) and not address.remainder(request.text):
        orders = intents.orders(request.text)
        return Decision(False, orders.rule, orders.reason, orders.alternative), None
    request = replace(request, intents=intents.read(request.text))
    decision = policy.decide(request)
    if not decision.permitted:
        return decision, None
    scope = policy.scope(request, classes).owing(decision.obligations)
    unknown = [name for name in scope.obligations if name not in KNOWN_OBLIGATIONS]
    if unknown:
        return (
            Decision(
                False,
                "unknown-obligation",
                f"The policy asks for {', '.join(unknown)}, which this version cannot honour.",
                "Update viewfinder, or ask whoever keeps the policy to change the rule.",
            ),
            None,
        )
    if request.action == "export" and "no_export" in scope.obligations:
        return _NO_EXPORT, None
    return decision, scope


_NO_EXPORT = Decision(
    False,
    "no-export",
    "Nothing may be taken out of this library as a file.",
    "Look at it here, or ask a keeper of the library.",
)
