"""Shapes of what people keep and put right: collections, saved searches, judgements, lines."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints, model_validator

from viewfinder.domain.time import TimeSpan
from viewfinder.surfaces.shapes.questions import (
    LONGEST_QUESTION,
    MOMENT,
    PLAN,
    VIDEO,
    Found,
    PlanShape,
    Question,
    Seconds,
    example,
)

AName = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"\S")]
ANote = Annotated[str, StringConstraints(max_length=4000)]
AVideo = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
ALine = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=r"\S")]

AT = "2026-11-20T13:00:00+00:00"
COLLECTION: dict[str, Any] = {
    "id": "0123456789ab",
    "name": "Batteries",
    "by": "owner",
    "at": AT,
    "shared": False,
    "count": 1,
}
ITEM: dict[str, Any] = {
    "id": "ba9876543210",
    "video": VIDEO,
    "path": "talk.mp4",
    "start_s": 133.2,
    "end_s": 139.0,
    "note": "the admission",
    "at": AT,
}
SAVED: dict[str, Any] = {
    "id": "0123456789ab",
    "name": "Batteries",
    "question": "who tested the battery?",
    "plan": None,
    "by": "owner",
    "at": AT,
    "shared": False,
    "last_run": "",
}
JUDGEMENT: dict[str, Any] = {
    "id": "0123456789ab",
    "question": "who tested the battery?",
    "verdict": "relevant",
    "video": VIDEO,
    "start_s": 133.2,
    "end_s": 139.0,
    "note": "",
    "by": "owner",
    "at": AT,
}
CORRECTED: dict[str, Any] = {
    "track": "speech",
    "start_s": 133.2,
    "end_s": 139.0,
    "was": "we never tested the buttery",
    "text": "we never tested the battery",
    "by": "owner",
    "at": AT,
    "stale": False,
}
A_MOMENT: dict[str, Any] = {"video": VIDEO, "start_s": 133.2, "end_s": 139.0}


# -- in ---------------------------------------------------------------------------------------


class MomentOf(BaseModel):
    """A stretch of a video."""

    model_config = example(A_MOMENT, closed=True)

    video: AVideo
    start_s: Seconds
    end_s: Seconds

    @model_validator(mode="after")
    def _forward(self) -> MomentOf:
        if self.end_s <= self.start_s:
            raise ValueError("`end_s` must come after `start_s`")
        return self

    def span(self) -> TimeSpan:
        return TimeSpan.of_seconds(self.start_s, self.end_s)


class NewCollection(BaseModel):
    """A name, and whether others see it."""

    model_config = example({"name": "Batteries", "shared": False}, closed=True)

    name: AName
    shared: bool = False


class ChangeNamed(BaseModel):
    """What is to be different."""

    model_config = example({"name": "Batteries and chargers"}, closed=True)

    name: AName | None = None
    shared: bool | None = None


class NewItem(MomentOf):
    """A moment to keep, and what to say of it."""

    model_config = example({**A_MOMENT, "note": "the admission"}, closed=True)

    note: ANote = ""


class ChangeItem(BaseModel):
    """Another note, or another place in the list, counted from 1."""

    model_config = example({"place": 1}, closed=True)

    note: ANote | None = None
    place: Annotated[int, Field(ge=1, le=100_000)] | None = None


class NewSearch(Question):
    """A question or a plan to keep; its name is the question where none is given."""

    model_config = example({"question": "who tested the battery?"}, closed=True)

    name: Annotated[str, StringConstraints(max_length=200)] = ""
    shared: bool = False


class JudgeMoment(MomentOf):
    """Whether a moment answers a question."""

    model_config = example(
        {**A_MOMENT, "question": "who tested the battery?", "relevant": True}, closed=True
    )

    question: Annotated[
        str, StringConstraints(min_length=1, max_length=LONGEST_QUESTION, pattern=r"\S")
    ]
    relevant: bool
    note: ANote = ""


class JudgeAnswer(BaseModel):
    """Whether an answer was any good, with the moments that it cited."""

    model_config = example({"question": "who tested the battery?", "good": True}, closed=True)

    question: Annotated[
        str, StringConstraints(min_length=1, max_length=LONGEST_QUESTION, pattern=r"\S")
    ]
    good: bool
    cited: Annotated[tuple[MomentOf, ...], Field(max_length=100)] = ()
    note: ANote = ""


class PutRight(BaseModel):
    """The right words of the line at a time."""

    model_config = example(
        {"at_s": 134.0, "text": "we never tested the battery", "track": "speech"}, closed=True
    )

    at_s: Seconds
    text: ALine
    track: Literal["speech", "captions", "screen_text"] | None = None
    was: Annotated[
        str | None,
        Field(max_length=2000, description="The words as they stand, where several are there."),
    ] = None


class TakeBack(BaseModel):
    """Which line is the machine's again."""

    model_config = example({"at_s": 134.0}, closed=True)

    at_s: Seconds
    track: Literal["speech", "captions", "screen_text"] | None = None


class Compare(BaseModel):
    """Two moments."""

    model_config = example(
        {"one": A_MOMENT, "other": {**A_MOMENT, "start_s": 10.0, "end_s": 14.0}}, closed=True
    )

    one: MomentOf
    other: MomentOf


# -- out --------------------------------------------------------------------------------------


class Collection(BaseModel):
    """A named list of moments."""

    model_config = example(COLLECTION)

    id: str
    name: str
    by: str
    at: str
    shared: bool
    count: int


class Collections(BaseModel):
    """Your own, and those that are shared."""

    model_config = example({"collections": [COLLECTION]})

    collections: list[Collection]


class Item(BaseModel):
    """A moment in a collection."""

    model_config = example(ITEM)

    id: str
    video: str
    path: str
    start_s: float
    end_s: float
    note: str
    at: str


class Whole(Collection):
    """A collection with its moments, in order."""

    model_config = example({**COLLECTION, "items": [ITEM]})

    items: list[Item]


class Saved(BaseModel):
    """A search that is kept."""

    model_config = example(SAVED)

    id: str
    name: str
    question: str
    plan: dict[str, Any] | None
    by: str
    at: str
    shared: bool
    last_run: str


class Searches(BaseModel):
    """Your own, and those that are shared."""

    model_config = example({"searches": [SAVED]})

    searches: list[Saved]


class Ran(Found):
    """What a saved search found, and what of it is new since you ran it last."""

    model_config = example(
        {
            "query": "who tested the battery?",
            "plan": PLAN,
            "found": True,
            "certainty": 0.91,
            "moments": [MOMENT],
            "not_searched": [],
            "saved": SAVED,
            "new": ["added"],
            "gone": 0,
        }
    )

    saved: Saved
    new: list[str] = Field(description="For each moment: `added`, `risen`, or empty: not new.")
    gone: int = Field(description="So many moments of the run before are not among these.")


class Judgement(BaseModel):
    """What you said of a moment, or of an answer."""

    model_config = example(JUDGEMENT)

    id: str
    question: str
    verdict: str
    video: str | None
    start_s: float | None
    end_s: float | None
    note: str
    by: str
    at: str


class Judgements(BaseModel):
    """Your own, oldest first."""

    model_config = example({"judgements": [JUDGEMENT]})

    judgements: list[Judgement]


class Corrected(BaseModel):
    """A line that somebody put right."""

    model_config = example(CORRECTED)

    track: str
    start_s: float
    end_s: float
    was: str
    text: str
    by: str
    at: str
    stale: bool


class Corrections(BaseModel):
    """What was put right in a video, in time order."""

    model_config = example({"corrections": [CORRECTED]})

    corrections: list[Corrected]


class Remains(BaseModel):
    """What remains of what was forgotten, for now; empty for nothing."""

    model_config = example({"remains": []})

    remains: list[str]


class Compared(BaseModel):
    """What is known of two moments, side by side."""

    model_config = example(
        {
            "one": {**A_MOMENT, "notes": {"speech": ["we never tested the battery"]}},
            "other": {**A_MOMENT, "notes": {"speech": ["the battery is new"]}},
            "shared_words": ["battery"],
            "shared_labels": [],
            "only_one": [],
            "only_other": [],
        }
    )

    one: dict[str, Any]
    other: dict[str, Any]
    shared_words: list[str]
    shared_labels: list[str]
    only_one: list[str]
    only_other: list[str]


# -- taken out --------------------------------------------------------------------------------

Handle = Annotated[float, Field(ge=0, le=3600, allow_inf_nan=False)]


class Clip(MomentOf):
    """What to cut, and how."""

    model_config = example({**A_MOMENT, "how": "exact", "captions": "sidecar"}, closed=True)

    how: Literal["copy", "exact"] = "exact"
    captions: Literal["none", "burnt", "sidecar", "stream"] = "none"
    before_s: Handle = 0.0
    after_s: Handle = 0.0
    kind: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{0,5}$")] = ""
    sign: bool = True
    bundle: Annotated[
        bool, Field(description="As a ZIP, with the citation sheet and what belongs with it.")
    ] = False


class Still(BaseModel):
    """Which frame."""

    model_config = example({"video": VIDEO, "at_s": 134.0, "kind": "png"}, closed=True)

    video: AVideo
    at_s: Seconds
    kind: Literal["png", "jpg", "webp"] = "png"
    side_px: Annotated[int, Field(ge=0, le=8192, description="Longest side; 0 as it is.")] = 0


class ContactSheet(BaseModel):
    """Moments, or a whole video, as one picture."""

    model_config = example({"video": VIDEO, "columns": 4}, closed=True)

    video: AVideo | None = None
    moments: Annotated[tuple[MomentOf, ...], Field(max_length=100)] = ()
    kind: Literal["jpg", "png", "webp"] = "jpg"
    columns: Annotated[int, Field(ge=1, le=12)] = 4
    title: Annotated[str, StringConstraints(max_length=200)] = ""

    @model_validator(mode="after")
    def _one_of_both(self) -> ContactSheet:
        if (self.video is None) == (not self.moments):
            raise ValueError("name either a `video` or `moments`")
        return self


class AnswerOut(BaseModel):
    """An answer or a conversation, as a page."""

    model_config = example({"question": "who tested the battery?", "kind": "pdf"}, closed=True)

    question: Annotated[str | None, Field(min_length=1, max_length=LONGEST_QUESTION)] = None
    plan: PlanShape | None = None
    conversation: Annotated[str | None, Field(pattern="^[0-9a-f]{12}$")] = None
    kind: Literal["md", "html", "pdf"] = "html"
    stills: bool = True

    @model_validator(mode="after")
    def _one_of_three(self) -> AnswerOut:
        if sum(each is not None for each in (self.question, self.plan, self.conversation)) != 1:
            raise ValueError("name one of `question`, `plan` and `conversation`")
        return self


class Timeline(BaseModel):
    """Moments, one after the other, as editing programs open them."""

    model_config = example(
        {"moments": [A_MOMENT], "kind": "otio", "name": "Batteries"}, closed=True
    )

    moments: Annotated[tuple[MomentOf, ...], Field(min_length=1, max_length=500)]
    kind: Literal[
        "otio",
        "fcpxml",
        "premiere",
        "edl",
        "markers-resolve",
        "markers-premiere",
        "markers-avid",
        "table",
    ] = "otio"
    name: Annotated[str, StringConstraints(max_length=200)] = ""
    before_s: Handle = 0.0
    after_s: Handle = 0.0
    rate: Annotated[str, StringConstraints(pattern=r"^[0-9.]{0,8}(df)?$")] = ""


class CitationOut(MomentOf):
    """The citation sheet of a moment."""

    model_config = example({**A_MOMENT, "kind": "txt"}, closed=True)

    kind: Literal["txt", "json", "html"] = "txt"
