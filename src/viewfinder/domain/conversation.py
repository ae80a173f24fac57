"""A dialogue as a value: what was asked, how it was understood, and what was shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from viewfinder.domain.annotation import TrackName
from viewfinder.domain.answer import Answer, Outcome
from viewfinder.domain.media import VideoId
from viewfinder.domain.search import Moment, QueryPlan
from viewfinder.domain.time import TimeSpan


class Step(StrEnum):
    """What a turn does: look something up, or work on moments that were shown."""

    SEARCH = "search"
    PICK = "pick"
    BEFORE = "before"
    AFTER = "after"
    WORDS_AROUND = "words around"
    LINES = "lines"
    COUNT = "count"
    COMPARE = "compare"
    WHY = "why"
    SUMMARY = "summary"
    CLARIFY = "clarify"


@dataclass(frozen=True, slots=True)
class Constraints:
    """What is in force for a turn; empty asks for nothing.

    Attributes:
        videos: Only these videos.
        not_videos: Not these.
        stretch: Only this part of the one video.
        track: Only where this track has something.
    """

    videos: tuple[VideoId, ...] = ()
    not_videos: tuple[VideoId, ...] = ()
    stretch: TimeSpan | None = None
    track: TrackName | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One reading to choose from: a label, words for a person, and what it stands for."""

    label: int
    text: str
    video: VideoId | None = None


@dataclass(frozen=True, slots=True)
class Resolved:
    """A follow-up that stands alone.

    Attributes:
        step: What to do.
        question: In words that need no conversation around them.
        text: What to look for, as the planner gets it; empty for work on shown moments.
        topic: What the talk is about after this turn; follow-ups fill their gaps from it.
        constraints: What is in force.
        moments: The shown moments it works on.
        may_leave: Nothing ties the question to what was shown: it may be answered elsewhere.
        presupposes: It asks which, when or how, not whether.
        note: "understood as", for people; empty where nothing was read into the question.
        choices: What to choose from, for a clarification; ``moments`` holds one for each.
        language: ISO 639-1 of the question; a follow-up too short to tell keeps it.
    """

    step: Step
    question: str
    text: str = ""
    topic: str = ""
    constraints: Constraints = Constraints()
    moments: tuple[Moment, ...] = ()
    may_leave: bool = False
    presupposes: bool = False
    note: str = ""
    choices: tuple[Choice, ...] = ()
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and what came of it.

    Attributes:
        question: As asked.
        resolved: How it was understood.
        answer: What was said.
        shown: Moments with labels 1, 2, 3, ... in this order.
    """

    question: str
    resolved: Resolved
    answer: Answer
    shown: tuple[Moment, ...] = ()

    @property
    def plan(self) -> QueryPlan | None:
        return self.answer.plan


@dataclass(frozen=True, slots=True)
class Conversation:
    """Turns so far, oldest first. Adding one gives a new conversation."""

    turns: tuple[Turn, ...] = ()

    def plus(self, turn: Turn) -> Conversation:
        return replace(self, turns=(*self.turns, turn))

    @property
    def last(self) -> Turn | None:
        """The last turn that was not refused: a refusal leaves the talk where it was."""
        kept = [t for t in self.turns if t.answer.outcome is not Outcome.REFUSAL]
        return kept[-1] if kept else None

    @property
    def showing(self) -> Turn | None:
        """The last turn that showed moments.

        Weak matches of a follow-up that found nothing do not move the talk away from what
        it was about.
        """
        shown = [t for t in self.turns if t.shown]
        kept = [
            t
            for t in shown
            if t.answer.outcome is Outcome.ANSWER or not t.resolved.constraints.videos
        ]
        return (kept or shown)[-1] if shown else None
