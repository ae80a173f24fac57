"""What leaves the house: evidence, claims with citations, or a reasoned silence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from viewfinder.domain.annotation import TrackName
from viewfinder.domain.media import VideoId
from viewfinder.domain.search import Moment, QueryPlan
from viewfinder.domain.time import TimeSpan


class Outcome(StrEnum):
    ANSWER = "answer"
    ABSTENTION = "abstention"
    REFUSAL = "refusal"
    CLARIFICATION = "clarification"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One released piece of a moment.

    Attributes:
        video: Where.
        path: Path of the file as last seen.
        span: When.
        track: Which track says so.
        text: Verbatim words, or a plain fact.
        machine: True where a recogniser made it, not a person.
        doubtful: True where the recogniser doubts itself; never quoted.
        verbatim: True where ``text`` are words of the footage, False for a plain fact.
        speaker: Who says them, as the source names it; None where it names nobody.
        corrected: A person put the machine's words right.
    """

    video: VideoId
    path: str
    span: TimeSpan
    track: TrackName
    text: str
    machine: bool = True
    doubtful: bool = False
    verbatim: bool = True
    speaker: str | None = None
    corrected: bool = False


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a claim can be checked: plays at ``span.start_ns``.

    Attributes:
        quote: Words of the footage as they stand, or a plain fact where not ``verbatim``.
        addresses_machine: The words give orders to a machine that reads them; not followed.
        corrected: A person put the machine's words right.
    """

    video: VideoId
    path: str
    span: TimeSpan
    track: TrackName
    quote: str
    verbatim: bool = True
    addresses_machine: bool = False
    corrected: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """One checkable sentence. It has at least one citation or it does not exist.

    Attributes:
        text: The sentence.
        citations: Where it can be checked.
        model: Name of the language model that worded it; "" for quotes and plain facts.
    """

    text: str
    citations: tuple[Citation, ...]
    model: str = ""

    def __post_init__(self) -> None:
        if not self.citations:
            raise ValueError(f"a claim needs a citation: {self.text!r}")


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer, abstention, refusal or clarification: one value, never None.

    Attributes:
        outcome: Which of the four.
        reason: Why silent or refused; empty for an answer.
        claims: Cited sentences; only an answer has any.
        moments: What was found, best first (weak ones too where the outcome is abstention).
        plan: What was looked for.
        searched: Counts of what was searched: videos, seconds, and segments by lane.
        not_searched: What could not be, in words a person can act on.
        rule: Id of the rule that refused.
        alternative: A lawful way to go on, for refusals.
        appeal: The command that asks a second person; "" where nobody may open the rule.
        confidence: Calibrated chance that what was asked for is there, in [0, 1]; 0 where
            nothing was looked for.
        certificate: What tests on this collection say of such a chance, in words; "" where
            nothing was looked for.
        disagreements: Cited sentences about tracks that contradict each other.
        notes: How the answer came about, where a person should know: a model that fell silent.
    """

    outcome: Outcome
    reason: str
    claims: tuple[Claim, ...] = ()
    moments: tuple[Moment, ...] = ()
    plan: QueryPlan | None = None
    searched: tuple[tuple[str, int], ...] = ()
    not_searched: tuple[str, ...] = ()
    rule: str = ""
    alternative: str = ""
    appeal: str = ""
    confidence: float = 0.0
    certificate: str = ""
    disagreements: tuple[Claim, ...] = ()
    notes: tuple[str, ...] = ()
