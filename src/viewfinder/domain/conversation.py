"""A dialogue as a value: what was asked, how it was understood, and what was shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import StrEnum
from typing import NewType

from viewfinder.domain.annotation import TrackName
from viewfinder.domain.answer import Answer, Outcome
from viewfinder.domain.media import Video, VideoId
from viewfinder.domain.search import Moment, QueryPlan
from viewfinder.domain.time import TimeSpan


class Step(StrEnum):
    """What a turn does: look something up, or work on moments that were shown.

    ``REMARK`` asks for nothing: "thanks", "never mind".
    """

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
    REMARK = "remark"


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
        tied: It points at what was shown, goes on from it, or asks how it looks.
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
    tied: bool = False
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


ConversationId = NewType("ConversationId", str)
"""Twelve hexadecimal digits, drawn by chance: it tells nothing of what was said."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """Turns so far, oldest first. Adding one gives a new conversation.

    Attributes:
        turns: What was asked and answered.
        id: As what a library keeps it; None where none does.
        started: ISO 8601 time, UTC, where it is kept; else "".
        kept: How many of the turns are kept.
    """

    turns: tuple[Turn, ...] = ()
    id: ConversationId | None = None
    started: str = ""
    kept: int = 0

    def plus(self, turn: Turn) -> Conversation:
        return replace(self, turns=(*self.turns, turn))

    @property
    def videos(self) -> frozenset[VideoId]:
        """Return the videos whose moments it holds."""
        return frozenset(
            moment.video
            for turn in self.turns
            for moment in (*turn.shown, *turn.resolved.moments, *turn.answer.moments)
        )

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


@dataclass(frozen=True, slots=True)
class Heading:
    """What a list shows of a conversation that a library keeps.

    Attributes:
        id: Which.
        title: The first question.
        started: ISO 8601 time of the first turn, UTC; ``changed`` of the last.
        principal: Name of whose it is: nobody else sees it.
        turns: How many.
        videos: Those that it shows, quotes, cites, names or is limited to. It is seen only
            while all of them may be, and goes when one of them is forgotten.
    """

    id: ConversationId
    title: str
    started: str
    changed: str
    principal: str
    turns: int
    videos: frozenset[VideoId] = frozenset()


@dataclass(frozen=True, slots=True)
class Kept:
    """A conversation as a store keeps it: one body of bytes per turn, oldest first."""

    heading: Heading
    bodies: tuple[bytes, ...]


def touched(turns: Iterable[Turn], known: Iterable[Video]) -> frozenset[VideoId]:
    """Return the videos that turns hold anything of.

    That is every video whose id stands anywhere in them, and of ``known`` those whose file
    is named in the words of a question, or of how it was understood or answered.
    """
    made = tuple(turns)
    prose = "\n".join(text for turn in made for text in _texts(_without_moments(turn))).casefold()
    ids = {VideoId(text) for text in _texts(made) if _is_id(text)}
    return named_in(prose, known) | ids


def named_in(prose: str, known: Iterable[Video]) -> frozenset[VideoId]:
    """Return those of ``known`` whose file or id stands in words."""
    folded = prose.casefold()
    return frozenset(video.id for video in known if _is_named(video, folded))


def _without_moments(turn: Turn) -> Turn:
    """Leave out what is cited with its video's id anyway."""
    answer = replace(turn.answer, moments=(), claims=(), disagreements=())
    return replace(turn, resolved=replace(turn.resolved, moments=()), answer=answer, shown=())


def _is_named(video: Video, prose: str) -> bool:
    name = video.name.casefold()
    return video.id in prose or (
        name in prose and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", prose) is not None
    )


_ID_CHARACTERS = 64


def _is_id(text: str) -> bool:
    return len(text) == _ID_CHARACTERS and not text.strip("0123456789abcdef")


def _texts(value: object) -> Iterator[str]:
    """Yield every string in a value made of dataclasses and tuples."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _texts(item)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _texts(getattr(value, field.name))
