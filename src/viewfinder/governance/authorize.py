"""The gate in: a request becomes a decision, and a decision a scope."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from viewfinder.domain.errors import PolicyError
from viewfinder.domain.policy import AccessRequest, Decision, Purpose, Scope
from viewfinder.domain.time import TimeSpan
from viewfinder.governance import address, intents
from viewfinder.governance.release import is_known
from viewfinder.ports import PolicyEngine


def admit(
    policy: PolicyEngine,
    request: AccessRequest,
    classes: Sequence[str],
    *,
    guess: intents.Guess | None = None,
) -> tuple[Decision, Scope | None]:
    """Return the decision and, only if it permits, the scope to search in.

    Args:
        policy: Who decides.
        request: Who wants to do what, and why; what its words ask for is read off here.
        classes: Every access class of the library (``Store.access_classes``).
        guess: Second reader of the question, for words that no list holds.

    An obligation that the way out does not know how to honour means deny (XACML 3.0,
    section 7.18). A question that is nothing but orders to the machine is refused here,
    whatever the policy says: words are looked for, never obeyed.
    """
    if re.search(r"\w", request.text) and not address.remainder(request.text):
        orders = intents.orders(request.text)
        return Decision(False, orders.rule, orders.reason, orders.alternative), None
    request = replace(request, intents=intents.read(request.text, guess))
    decision = policy.decide(request)
    if not decision.permitted:
        return decision, None
    scope = policy.scope(request, classes).owing(decision.obligations)
    unknown = [name for name in scope.obligations if not is_known(name)]
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


def in_window(purpose: Purpose, recorded: str | None, parts: Sequence[TimeSpan]) -> bool:
    """Tell whether all of the parts were recorded within the window of a purpose.

    Footage whose time is not known to the minute is in no window.

    Args:
        purpose: What for; without a window everything is within it.
        recorded: When the video begins (``Video.created``).
        parts: Of the video, on its own clock.

    Raises:
        PolicyError: The window is no time.
    """
    if not (purpose.window_begins or purpose.window_ends):
        return True
    begins, ends = _instant(purpose.window_begins), _instant(purpose.window_ends)
    try:
        start = _aware(datetime.fromisoformat(recorded if recorded and ":" in recorded else ""))
    except ValueError:
        return False
    return bool(parts) and all(
        (begins is None or begins <= start + timedelta(seconds=part.start_s))
        and (ends is None or start + timedelta(seconds=part.end_s) <= ends)
        for part in parts
    )


def _instant(text: str) -> datetime | None:
    try:
        return _aware(datetime.fromisoformat(text)) if text else None
    except ValueError as error:
        raise PolicyError(f"{text!r} is no date or time; write 2027-01-31T12:00") from error


def _aware(when: datetime) -> datetime:
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def for_work(allowed: Scope) -> Scope:
    """Return the scope in which footage is read, cut and embedded once adding it is allowed.

    It is everything: what is noted of a video is made of all of it, whoever adds it, and
    classes that come up in the meantime are part of it. Nothing of it is shown to anybody.
    """
    return Scope._mint(None, obligations=allowed.obligations)  # noqa: SLF001 - not for showing


_NO_EXPORT = Decision(
    False,
    "no-export",
    "Nothing may be taken out of this library as a file.",
    "Look at it here, or ask a keeper of the library.",
)
