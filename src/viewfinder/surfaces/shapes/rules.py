"""Shapes of what keepers lay down: access, consent, holds, retention, overrides, switches."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from viewfinder.app.governing.consents import State, Word
from viewfinder.app.governing.overrides import Ask
from viewfinder.surfaces.shapes.footage import Part
from viewfinder.surfaces.shapes.questions import VIDEO, example

Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"\S")]
Text = Annotated[str, StringConstraints(max_length=1000)]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=r"\S")]
Date = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
When = Annotated[
    str,
    StringConstraints(
        pattern=r"^$|^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|\+00:00)?)?$"
    ),
]
Word_ = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f]{1,100}$")]
Words = Annotated[tuple[Word_, ...], Field(max_length=50)]

CLASS: dict[str, Any] = {
    "collection": "default",
    "labels": ["sealed"],
    "embargo": "",
    "rights": "",
    "consent": "",
    "uses": [],
    "tier": "",
    "since": "",
    "until": "",
}
CONSENT: dict[str, Any] = {
    "video": VIDEO,
    "name": "talk.mp4",
    "person": "Ann (speaker)",
    "state": "given",
    "start_s": 0.0,
    "end_s": 612.4,
    "for": ["search"],
    "tier": "public",
    "since": "",
    "until": "",
    "note": "form 12",
}
HOLD: dict[str, Any] = {
    "no": 3,
    "video": VIDEO,
    "case": "2026-17",
    "reason": "court order",
    "review": "2027-01-31",
    "placed_by": "kim",
    "placed_at": "2026-11-20T13:00:00+00:00",
}
OVERRIDE: dict[str, Any] = {
    "no": 7,
    "by": "ann",
    "at": "2026-11-20T13:00:00+00:00",
    "rule": "needs-consent",
    "video": None,
    "reason": "appeal",
    "note": "the speaker signed yesterday",
    "hours": 4.0,
    "state": "asked",
    "answered_by": "",
    "ends": "",
}
PROFILE: dict[str, Any] = {
    "name": "own-footage",
    "title": "Own footage",
    "serves": "people with footage of their own",
    "ladder": 0,
    "answers": "extractive",
    "needs_purpose": False,
    "needs_case": False,
    "needs_consent": False,
    "needs_second_person": False,
    "obligations": [],
    "retention_days": 0,
    "notes": [],
}
DUE: dict[str, Any] = {
    "video": VIDEO,
    "name": "talk.mp4",
    "added": "2025-11-20T13:00:00+00:00",
    "goes": "2026-11-20T13:00:00+00:00",
    "rule": {"name": "a year", "days": 365, "collection": "", "label": "", "basis": "by-law 4"},
    "held": [],
}
OFF: dict[str, Any] = {
    "what": "model",
    "at": "2026-11-20T13:00:00+00:00",
    "by": "kim",
    "reason": "wording is being looked at",
}


# -- in ---------------------------------------------------------------------------------------


class Restrict(BaseModel):
    """What is to be different; what is left out stays as it is."""

    model_config = example({"collection": "trials", "labels": ["sealed"]}, closed=True)

    collection: Name | None = None
    labels: Words = ()
    unlabel: Words = ()
    embargo: When | None = Field(None, description="Closed until then (UTC); empty lifts it.")
    rights: Text | None = None
    part: Part | None = Field(None, description="Only this part.")


class Say(BaseModel):
    """What somebody said about a video, or a part of it."""

    model_config = example({"person": "Ann", "state": "given", "for": ["search"]}, closed=True)

    person: Name
    state: State
    part: Part | None = None
    uses: Annotated[tuple[Literal["search", "export"], ...], Field(alias="for", max_length=2)] = ()
    tier: Literal["public", "research", "staff"] = "public"
    since: When = ""
    until: When = ""
    note: Text = ""

    def value(self) -> Word:
        span = self.part.value() if self.part else None
        given = self.state is State.GIVEN
        uses = tuple(sorted(set(self.uses))) if given else ()
        return Word(
            self.person,
            self.state,
            span,
            uses or (("search",) if given else ()),
            self.tier,
            self.since,
            self.until,
            self.note,
        )


class Withdraw(BaseModel):
    """Whose word to take back, everywhere."""

    model_config = example({"person": "Ann"}, closed=True)

    person: Name


class Place(BaseModel):
    """Why a video must stay."""

    model_config = example(
        {"case": "2026-17", "reason": "court order", "review": "2027-01-31"}, closed=True
    )

    case: Name
    reason: Reason
    review: Date


class Review(BaseModel):
    """That a hold still stands, and when to look again."""

    model_config = example({"reason": "appeal is open", "review": "2027-06-30"}, closed=True)

    reason: Reason
    review: Date


class Why(BaseModel):
    """Why, in words; kept with it."""

    model_config = example({"reason": "the case is closed"}, closed=True)

    reason: Reason


class Run(BaseModel):
    """The code under which a preview showed what has to go."""

    model_config = example({"code": "9b1c44d0"}, closed=True)

    code: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}$")]


class Appeal(BaseModel):
    """What a second person is asked to open."""

    model_config = example(
        {"rule": "needs-consent", "reason": "appeal", "note": "the speaker signed"}, closed=True
    )

    rule: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,99}$")]
    reason: Literal[
        "court-order", "safety", "rights-holder", "subject-request", "error-in-rule", "appeal"
    ] = "appeal"
    note: Reason
    hours: Annotated[float, Field(gt=0, le=24, allow_inf_nan=False)] = 4.0
    video: Annotated[str, StringConstraints(pattern=r"^$|^[0-9a-f]{64}$")] = ""

    def value(self) -> Ask:
        return Ask(self.rule, self.reason, self.note, self.hours, self.video)


class Reply(BaseModel):
    """Yes or no."""

    model_config = example({"yes": True}, closed=True)

    yes: bool


class Turn(BaseModel):
    """What to turn off or on, and why."""

    model_config = example({"what": "model", "off": True, "reason": "looked at"}, closed=True)

    what: Annotated[
        str,
        StringConstraints(
            pattern=r"^(all|model|lane:[a-z_]{1,40}|collection:[^\x00-\x1f]{1,200})$"
        ),
    ]
    off: bool
    reason: Reason


class Take(BaseModel):
    """The profile to take on."""

    model_config = example({"name": "broadcaster"}, closed=True)

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,99}$")]


# -- out --------------------------------------------------------------------------------------


class Person(BaseModel):
    """Somebody who is listed."""

    model_config = example({"name": "kim", "roles": ["keeper"], "collections": []})

    name: str
    roles: list[str]
    collections: list[str]


class People(BaseModel):
    """Who is listed, and as what."""

    model_config = example({"people": [{"name": "kim", "roles": ["keeper"], "collections": []}]})

    people: list[Person]


class Purposes(BaseModel):
    """The declared purposes, and what they bind."""

    model_config = example({"purposes": [{"name": "story", "case": None, "basis": "Art. 85"}]})

    purposes: list[dict[str, Any]]


class Access(BaseModel):
    """How a video stands: its access class, and the parts that have another."""

    model_config = example({"video": VIDEO, "path": "talk.mp4", "access": CLASS, "parts": []})

    video: str
    path: str
    access: dict[str, Any]
    parts: list[dict[str, Any]]


class Consent(BaseModel):
    """One person's word for one part of a video."""

    model_config = example(CONSENT)

    video: str
    name: str
    person: str
    state: str
    start_s: float | None
    end_s: float | None
    uses: list[str] = Field(alias="for")
    tier: str
    since: str
    until: str
    note: str


class Consents(BaseModel):
    """What stands, or with `history` every word in the order it was noted."""

    model_config = example({"consent": [CONSENT]})

    consent: list[Consent]


class Withdrawn(BaseModel):
    """The videos it concerned."""

    model_config = example({"person": "Ann", "videos": [VIDEO]})

    person: str
    videos: list[str]


class Hold(BaseModel):
    """Why a video must stay."""

    model_config = example(HOLD)

    no: int
    video: str
    case: str
    reason: str
    review: str
    placed_by: str
    placed_at: str


class Holds(BaseModel):
    """The holds that stand."""

    model_config = example({"holds": [HOLD]})

    holds: list[Hold]


class Due(BaseModel):
    """A video that has to go, when, and by which rule."""

    model_config = example(DUE)

    video: str
    name: str
    added: str
    goes: str
    rule: dict[str, Any]
    held: list[Hold]


class Retention(BaseModel):
    """What has to go by now, and the code under which it may."""

    model_config = example({"code": "9b1c44d0", "due": 1, "videos": [DUE]})

    code: str
    due: int
    videos: list[Due]


class Gone(BaseModel):
    """What went."""

    model_config = example(
        {"erased": [{"video": VIDEO, "at": DUE["goes"], "removed": {}, "remains": [], "parts": []}]}
    )

    erased: list[dict[str, Any]]


class Override(BaseModel):
    """A request to open a rule, and how it stands."""

    model_config = example(OVERRIDE)

    no: int
    by: str
    at: str
    rule: str
    video: str | None
    reason: str
    note: str
    hours: float
    state: str
    answered_by: str
    ends: str


class Overrides(BaseModel):
    """Every request, oldest first."""

    model_config = example({"overrides": [OVERRIDE]})

    overrides: list[Override]


class Off(BaseModel):
    """One thing that is off, since when, by whom and why."""

    model_config = example(OFF)

    what: str
    at: str
    by: str
    reason: str


class Switches(BaseModel):
    """What is off; empty where everything is on."""

    model_config = example({"off": [OFF]})

    off: list[Off]


class Alarms(BaseModel):
    """Use that somebody should ask about; targets are digests."""

    model_config = example(
        {
            "alarms": [
                {
                    "kind": "odd-hours",
                    "who": "ann",
                    "at": "2026-11-20T03:00:00",
                    "count": 12,
                    "target": "",
                }
            ]
        }
    )

    alarms: list[dict[str, Any]]


class Profile(BaseModel):
    """How strict a library is."""

    model_config = example(PROFILE)

    name: str
    title: str
    serves: str
    ladder: int
    answers: str
    needs_purpose: bool
    needs_case: bool
    needs_consent: bool
    needs_second_person: bool
    obligations: list[str]
    retention_days: int
    notes: list[str]


class Profiles(BaseModel):
    """All profiles, and the name of the one of this library."""

    model_config = example({"current": "own-footage", "profiles": [PROFILE]})

    current: str
    profiles: list[Profile]


class Difference(BaseModel):
    """One setting that differs."""

    model_config = example(
        {"setting": "needs_consent", "before": False, "after": True, "looser": False}
    )

    setting: str
    before: Any
    after: Any
    looser: bool


class Differences(BaseModel):
    """What changes from one profile to another."""

    model_config = example(
        {
            "before": "own-footage",
            "after": "broadcaster",
            "changes": [
                {"setting": "needs_consent", "before": False, "after": True, "looser": False}
            ],
        }
    )

    before: str
    after: str
    changes: list[Difference]
