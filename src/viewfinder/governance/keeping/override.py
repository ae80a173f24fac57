"""Two persons: what a rule closes can be opened once, for a while, by somebody else's yes.

Who asks can never be who agrees. An approval names one rule and, where it opens footage,
one video; it ends after at most a day, or when it is used.

References:
    Clark & Wilson, *A Comparison of Commercial and Military Computer Security Policies*,
    IEEE S&P 1987 (separation of duty). https://doi.org/10.1109/SP.1987.10001
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from viewfinder.domain.errors import UsageError
from viewfinder.domain.media import VideoId
from viewfinder.domain.registry import Fact

KIND = "override"
LONGEST_H = 24.0
REASONS = ("court-order", "safety", "rights-holder", "subject-request", "error-in-rule", "appeal")
NEVER = frozenset(
    {
        "no-identification",
        "no-emotion-inference",
        "no-trait-inference",
        "no-suspicion",
        "no-orders",
        "unknown-obligation",
        "legal-hold",
        "consent-withdrawn",
    }
)
"""Rules that nobody opens, not even two."""
NOTHING_TO_OPEN = frozenset({"not-permitted", "unknown-action", "no-export", "switched-off"})
"""Denials that are no rule's doing: there is nothing that a second person could open."""


def appeal(rule: str) -> str:
    """Return the command that asks a second person to open a rule; "" where nobody may."""
    if rule in NEVER | NOTHING_TO_OPEN:
        return ""
    return f'viewfinder override ask --rule {rule} --note "why"'


class State(StrEnum):
    ASKED = "asked"
    APPROVED = "approved"
    DENIED = "denied"
    USED = "used"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody wants opened.

    Attributes:
        rule: Id of the rule, as the refusal named it.
        reason: One of ``REASONS``.
        note: Why, in words; for an appeal, what is wrong with the refusal.
        hours: For how long after the yes; at most a day.
        video: Id of the footage it is about; "" for a rule that is not about one video.
            It need not be there: who may not see it does not learn by asking.
    """

    rule: str
    reason: str
    note: str
    hours: float = 4.0
    video: str = ""

    def __post_init__(self) -> None:
        if self.rule in NEVER:
            raise UsageError(f"the rule {self.rule!r} is never opened, by nobody")
        if self.reason not in REASONS:
            raise UsageError(f"no reason {self.reason!r}; there are {', '.join(REASONS)}")
        if not self.note.strip():
            raise UsageError("say why, in words: --note")
        if self.video and not re.fullmatch("[0-9a-f]{64}", self.video):
            raise UsageError(f"{self.video!r} is no video id; give all 64 characters of it")
        if not 0 < self.hours <= LONGEST_H:
            raise UsageError(f"{self.hours:g} hours: more than 0, and at most {LONGEST_H:g}")


@dataclass(frozen=True, slots=True)
class Override:
    """One request and how it stands.

    Attributes:
        no: Its number.
        by: Who asked.
        at: When, ISO 8601, UTC.
        ask: What for.
        state: As of the time asked about.
        answered_by: Who said yes or no; "" before.
        ends: When the yes ends, ISO 8601, UTC; "" before it.
    """

    no: int
    by: str
    at: str
    ask: Ask
    state: State = State.ASKED
    answered_by: str = ""
    ends: str = ""

    @property
    def video(self) -> VideoId | None:
        return VideoId(self.ask.video) if self.ask.video else None

    def opens_for(self, person: str) -> bool:
        """Tell whether this person may use it now."""
        return self.state is State.APPROVED and self.by == person


def body(ask: Ask) -> str:
    return json.dumps({"act": "ask", **asdict(ask)}, sort_keys=True, ensure_ascii=False)


def step(act: str, of: int) -> str:
    """Return the body of an answer ("approve", "deny") or of a use ("use")."""
    return json.dumps({"act": act, "of": of}, sort_keys=True)


def standing(facts: Iterable[Fact], *, now: str) -> list[Override]:
    """Return every request as it stands at ``now`` (ISO 8601, UTC).

    A step that is not allowed changes nothing: an answer of who asked, a second answer, a
    use by somebody else, before the yes, after the end, or a second time.
    """
    found: dict[int, Override] = {}
    for fact in facts:
        said = json.loads(fact.body)
        if said["act"] == "ask":
            ask = Ask(said["rule"], said["reason"], said["note"], said["hours"], said["video"])
            found[fact.no] = Override(fact.no, fact.by, fact.at, ask)
            continue
        held = found.get(said["of"])
        if held is not None:
            found[held.no] = _after(_ended(held, fact.at), said["act"], fact)
    return [_ended(one, now) for one in found.values()]


def _ended(one: Override, now: str) -> Override:
    if one.state is State.APPROVED and _time(now) >= _time(one.ends):
        return replace(one, state=State.OVER)
    return one


def _after(one: Override, act: str, fact: Fact) -> Override:
    if one.state is State.ASKED and act in ("approve", "deny") and fact.by != one.by:
        if act == "deny":
            return replace(one, state=State.DENIED, answered_by=fact.by)
        ends = _time(fact.at) + timedelta(hours=one.ask.hours)
        return replace(one, state=State.APPROVED, answered_by=fact.by, ends=ends.isoformat())
    if act == "use" and one.opens_for(fact.by):
        return replace(one, state=State.USED)
    return one


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
