"""Shapes of questions, plans, moments and answers."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from viewfinder.domain.search import Filters, LegKind, Lookup, QueryPlan, Sequence, Shape
from viewfinder.domain.segment import Lane

LONGEST_QUESTION = 2000
MOST_MOMENTS = 100

Words = Annotated[str, StringConstraints(max_length=LONGEST_QUESTION)]
Phrase = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Phrases = Annotated[tuple[Phrase, ...], Field(max_length=20)]
Day = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}", max_length=32)]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
Seconds = Annotated[float, Field(ge=0, le=1e7, allow_inf_nan=False)]
AnId = Path(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the file's content.")
VIDEO = "5f2c" + 60 * "0"

MOMENT: dict[str, Any] = {
    "rank": 1,
    "video": VIDEO,
    "path": "talk.mp4",
    "start_s": 133.2,
    "end_s": 139.0,
    "score": 0.031,
    "confidence": 0.82,
    "criteria": [],
    "evidence": [
        {
            "track": "speech",
            "text": "we never tested the battery",
            "start_s": 133.2,
            "end_s": 139.0,
            "score": 0.9,
        }
    ],
}
CITATION: dict[str, Any] = {
    "video": VIDEO,
    "path": "talk.mp4",
    "start_s": 133.2,
    "end_s": 139.0,
    "track": "speech",
    "quote": "we never tested the battery",
    "verbatim": True,
    "addresses_machine": False,
}
CLAIM: dict[str, Any] = {
    "text": 'At 02:13 the machine transcript says: "we never tested the battery"',
    "model": "",
    "citations": [CITATION],
}
PLAN: dict[str, Any] = {
    "question": "who tested the battery?",
    "text": "tested the battery",
    "language": "en",
    "lookups": [
        {
            "kind": "words",
            "lanes": ["speech", "captions"],
            "text": "tested the battery",
            "weight": 1.0,
        }
    ],
    "limit": 10,
}
ANSWER: dict[str, Any] = {
    "outcome": "answer",
    "reason": "",
    "rule": "",
    "alternative": "",
    "appeal": "",
    "claims": [CLAIM],
    "disagreements": [],
    "moments": [MOMENT],
    "plan": PLAN,
    "searched": {"videos": 12, "speech": 840},
    "not_searched": [],
    "confidence": 0.91,
    "certificate": "certainty 0.91; not certified for this collection",
    "notes": [],
}


def example(value: dict[str, Any], *, closed: bool = False) -> ConfigDict:
    """Return the settings of a shape that shows ``value``.

    Args:
        value: An example.
        closed: Refuse fields that it does not have: for what is sent to the server.
    """
    extra: Literal["forbid", "allow"] = "forbid" if closed else "allow"
    return ConfigDict(extra=extra, json_schema_extra={"example": value})


# -- in ---------------------------------------------------------------------------------------


class LookupShape(BaseModel):
    """One lookup of a plan."""

    model_config = example(PLAN["lookups"][0], closed=True)

    kind: LegKind
    lanes: Annotated[tuple[Lane, ...], Field(max_length=10)]
    text: Words
    weight: Annotated[float, Field(ge=0, le=1)] = 1.0


class FiltersShape(BaseModel):
    """Facts that a video must meet; what is left out asks for nothing."""

    model_config = example({"files": ["*.mp4"], "after": "2026-01-01"}, closed=True)

    files: Phrases = ()
    after: Day | None = None
    before: Day | None = None
    min_duration_s: Seconds | None = None
    max_duration_s: Seconds | None = None
    languages: Annotated[tuple[Code, ...], Field(max_length=20)] = ()
    lanes: Annotated[tuple[Lane, ...], Field(max_length=10)] = ()
    orientation: Literal["portrait", "landscape", "square"] | None = None
    has: Phrases = ()
    lacks: Phrases = ()


class SequenceShape(BaseModel):
    """One thing, then another."""

    model_config = example(
        {"first": "a knock", "second": "a door opens", "within_s": 60, "wanted": "both"},
        closed=True,
    )

    first: Words
    second: Words
    within_s: Seconds = 60.0
    wanted: Literal["first", "second", "both"] = "both"


class PlanShape(BaseModel):
    """A question as data: it may be changed and sent back instead of the question."""

    model_config = example(PLAN, closed=True)

    question: Words
    text: Words
    language: Code = "en"
    lookups: Annotated[tuple[LookupShape, ...], Field(max_length=24)] = ()
    phrases: Phrases = ()
    exclude: Phrases = ()
    names: Phrases = ()
    speakers: Phrases = ()
    anchor: Words | None = None
    filters: FiltersShape = FiltersShape()
    sequence: SequenceShape | None = None
    shape: Shape = Shape.MOMENTS
    like: Annotated[
        str | None,
        Field(
            description="`VIDEO@SECONDS`: find what resembles that moment. A picture is uploaded "
            "to `/search/image`.",
            pattern=r"^[^@\x00-\x1f]{1,1000}@[0-9]{1,7}(\.[0-9]{1,6})?$",
        ),
    ] = None
    window_s: Annotated[float | None, Field(gt=0, le=86400)] = None
    limit: Annotated[int, Field(ge=1, le=MOST_MOMENTS)] = 10

    def value(self) -> QueryPlan:
        """Return it as the library takes it."""
        order = self.sequence
        return QueryPlan(
            question=self.question,
            text=self.text,
            language=self.language,
            lookups=tuple(Lookup(x.kind, x.lanes, x.text, x.weight) for x in self.lookups),
            phrases=self.phrases,
            exclude=self.exclude,
            names=self.names,
            speakers=self.speakers,
            anchor=self.anchor,
            filters=Filters(**{name: getattr(self.filters, name) for name in _FILTERS}),
            sequence=None
            if order is None
            else Sequence(order.first, order.second, order.within_s, order.wanted),
            shape=self.shape,
            like=self.like,
            window_s=self.window_s,
            limit=self.limit,
        )


_FILTERS = tuple(FiltersShape.model_fields)


class Question(BaseModel):
    """A question in words, or the plan of one."""

    model_config = example({"question": "who tested the battery?"}, closed=True)

    question: Annotated[
        str | None, Field(min_length=1, max_length=LONGEST_QUESTION, description="In plain words.")
    ] = None
    plan: Annotated[
        PlanShape | None,
        Field(description="Instead of words: what `/plan` gave, changed or not."),
    ] = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Question:
        if (self.question is None) == (self.plan is None):
            raise ValueError("send either `question` or `plan`")
        return self

    def value(self) -> str | QueryPlan:
        """Return it as the library takes it."""
        return self.plan.value() if self.plan is not None else str(self.question)


class Search(Question):
    """What to search for."""

    model_config = example({"question": "a red car", "limit": 10}, closed=True)

    limit: Annotated[int | None, Field(ge=1, le=MOST_MOMENTS, description="At most so many.")] = (
        None
    )


class InWords(BaseModel):
    """A question in plain words."""

    model_config = example({"question": "who tested the battery?"}, closed=True)

    question: Annotated[str, Field(min_length=1, max_length=LONGEST_QUESTION)]


def is_a_time(value: float) -> bool:
    """Tell whether a number is a time that a video may have, in seconds."""
    return math.isfinite(value) and 0 <= value <= 1e7


# -- out --------------------------------------------------------------------------------------


class Support(BaseModel):
    """Why a moment was found."""

    model_config = example(MOMENT["evidence"][0])

    track: str
    text: str
    start_s: float
    end_s: float
    score: float


class Criterion(BaseModel):
    """One thing asked of a moment; `met` is null where a model could not tell."""

    model_config = example({"text": "a red car", "met": True})

    text: str
    met: bool | None


class Moment(BaseModel):
    """A stretch of a video, with why it was found."""

    model_config = example(MOMENT)

    rank: int
    video: str
    path: str = Field(description="Where the file lies; its name alone for who may not export.")
    start_s: float
    end_s: float
    score: float
    confidence: float
    criteria: list[Criterion]
    evidence: list[Support]


class Citation(BaseModel):
    """Where a claim can be checked."""

    model_config = example(CITATION)

    video: str
    path: str
    start_s: float
    end_s: float
    track: str
    quote: str
    verbatim: bool
    addresses_machine: bool


class Claim(BaseModel):
    """One checkable sentence with its citations."""

    model_config = example(CLAIM)

    text: str
    model: str
    citations: list[Citation]


class Found(BaseModel):
    """Moments, best first."""

    model_config = example(
        {
            "query": "who tested the battery?",
            "plan": PLAN,
            "found": True,
            "certainty": 0.91,
            "moments": [MOMENT],
            "not_searched": [],
        }
    )

    query: str
    plan: dict[str, Any] | None
    found: bool
    certainty: float
    moments: list[Moment]
    not_searched: list[str]


class Answered(BaseModel):
    """An answer, an abstention, a refusal or a clarification."""

    model_config = example(ANSWER)

    outcome: Literal["answer", "abstention", "refusal", "clarification"]
    reason: str
    rule: str
    alternative: str
    appeal: str
    claims: list[Claim]
    disagreements: list[Claim]
    moments: list[Moment]
    plan: dict[str, Any] | None
    searched: dict[str, int]
    not_searched: list[str]
    confidence: float
    certificate: str
    notes: list[str]


class Planned(BaseModel):
    """A question as a plan, as data and in words."""

    model_config = example(
        {
            "question": "who tested the battery?",
            "plan": PLAN,
            "words": "looks for   tested the battery\nlanguage    en",
        }
    )

    question: str
    plan: dict[str, Any]
    words: str
