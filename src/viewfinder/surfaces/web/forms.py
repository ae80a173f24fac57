"""Forms of pages: what becomes of one that the engine refuses or cannot do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Form
from markupsafe import Markup

from viewfinder.app.library import Refused
from viewfinder.domain.errors import UsageError, ViewfinderError
from viewfinder.domain.policy import Decision

T = TypeVar("T")
Text = Annotated[str, Form()]
Words = Annotated[list[str], Form()]


@dataclass(frozen=True, slots=True)
class Notice:
    """What became of a form.

    Attributes:
        kind: "done", "refused" or "wrong".
        title: In few words.
        words: What happened.
        status: Of the answer.
        rule: Id of the rule that refused.
        alternative: What may be done instead.
        may_appeal: Whether a second person could open the rule.
    """

    kind: str
    title: str
    words: str = ""
    status: int = 200
    rule: str = ""
    alternative: str = ""
    may_appeal: bool = False


def refusal(decision: Decision) -> Notice:
    return Notice(
        "refused",
        "Refused by a rule",
        decision.reason,
        403,
        decision.rule,
        decision.alternative,
        bool(decision.appeal),
    )


def attempt(work: Callable[[], T]) -> T | Notice:
    """Return what the work gives, or why it was not done."""
    try:
        return work()
    except Refused as refused:
        return refusal(refused.decision)
    except UsageError as error:
        return Notice("wrong", "That cannot be done", str(error), 422)
    except ViewfinderError as error:
        return Notice("wrong", "That did not work", str(error), 400)


def failed(work: Callable[[], object]) -> Notice | None:
    """Do the work; return why it was not done, None where it was."""
    outcome = attempt(work)
    return outcome if isinstance(outcome, Notice) else None


def coded(text: str) -> Markup:
    """Return words of the engine, with what is typed (`...`) marked as such."""
    parts = text.split("`")
    typed = Markup("<code>{}</code>")
    return Markup().join(typed.format(one) if n % 2 else one for n, one in enumerate(parts))
