"""What keepers lay down: access, consent, holds, retention, overrides, switches, profiles."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path, Query
from fastapi.responses import Response

from viewfinder.app.governing.access import Change
from viewfinder.app.governing.consents import Given, Standing
from viewfinder.app.governing.profiles import difference
from viewfinder.app.governing.retention import code
from viewfinder.app.library import Library
from viewfinder.surfaces import documents
from viewfinder.surfaces.api.videos import the
from viewfinder.surfaces.governing import access as restricting
from viewfinder.surfaces.governing import consent as consenting
from viewfinder.surfaces.governing import keeping, two
from viewfinder.surfaces.http.identity import Need, Seat, Who, needs
from viewfinder.surfaces.shapes import rules
from viewfinder.surfaces.shapes.questions import AnId
from viewfinder.surfaces.wire.repeats import OnlyOnce
from viewfinder.surfaces.wire.replies import NOTHING_HERE, may_go_wrong, shown, told

router = APIRouter(prefix="/api/v1", tags=["governing"])
GOVERN = [Depends(needs(Need.GOVERN))]
READ = [Depends(needs(Need.READ))]

Id = Annotated[str, AnId]
Number = Annotated[int, Path(ge=1, le=2**31)]
A_PROFILE = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,99}$")]
Day = Annotated[str, Query(pattern=r"^$|^[0-9]{4}-[0-9]{2}-[0-9]{2}$", description="A day (UTC).")]


@router.get(
    "/people",
    operation_id="list_people",
    summary="Who is listed, and as what",
    dependencies=GOVERN,
    response_model=rules.People,
    responses=may_go_wrong(),
)
def people(library: Seat) -> Response:
    """From governance/people.toml. They are changed in that file, never from here."""
    found = library.governing.register().people.values()
    return told({"people": [asdict(one) for one in found]})


@router.get(
    "/purposes",
    operation_id="list_purposes",
    summary="The declared purposes, and what they bind",
    dependencies=READ,
    response_model=rules.Purposes,
    responses=may_go_wrong(),
)
def purposes(library: Seat) -> Response:
    """From governance/purposes.toml: choose one of them to ask under."""
    found = library.governing.register().purposes.values()
    return told({"purposes": [asdict(one) for one in found]})


# -- access and consent -----------------------------------------------------------------------


@router.get(
    "/videos/{video}/access",
    operation_id="get_access",
    summary="Who may see a video",
    dependencies=GOVERN,
    response_model=rules.Access,
    responses=may_go_wrong(404),
)
def access(video: Id, library: Seat, who: Who) -> Response:
    """Its access class, and the parts that have another."""
    stands = library.governing.access.of(the(video, library, "restrict"))
    return told(shown(restricting.document(stands), who))


@router.post(
    "/videos/{video}/access",
    operation_id="restrict_video",
    summary="Say who may see a video, or a part of it",
    dependencies=GOVERN,
    response_model=rules.Access,
    responses=may_go_wrong(404, 409),
)
def restrict(
    video: Id, wanted: rules.Restrict, library: Seat, who: Who, once: OnlyOnce
) -> Response:
    """The next question obeys. What a class means is up to the policy of the library."""

    def make() -> Response:
        change = Change(
            wanted.collection, wanted.labels, wanted.unlabel, wanted.embargo, wanted.rights
        )
        part = wanted.part.value() if wanted.part else None
        item = the(video, library, "restrict")
        stands = library.governing.access.restrict(item, change, during=part)
        return told(shown(restricting.document(stands), who))

    return once.reply(wanted, make)


@router.get(
    "/consent",
    operation_id="list_consent",
    summary="Who agreed to what",
    dependencies=GOVERN,
    response_model=rules.Consents,
    responses=may_go_wrong(404),
)
def consents(
    library: Seat,
    video: Annotated[str, Query(pattern=r"^$|^[0-9a-f]{64}$")] = "",
    as_of: Day = "",
    history: bool = False,
) -> Response:
    """As it stands, or stood on a day; `history` gives every word in the order it was noted."""
    every = [the(video, library, "consent")] if video else library.videos("consent")
    names = {item.id: item.name for item in every}
    keeper = library.governing.consents
    found: list[Given] | list[Standing]
    if history:
        found = [given for given in keeper.history(as_of=as_of) if given.video in names]
    else:
        found = [one for item in every for one in keeper.standing(item, as_of=as_of)]
    return told({"consent": [consenting.document(one, names[one.video]) for one in found]})


@router.post(
    "/videos/{video}/consent",
    operation_id="note_consent",
    summary="Note what somebody filmed said",
    dependencies=GOVERN,
    response_model=rules.Consents,
    responses=may_go_wrong(404, 409),
)
def note_consent(video: Id, said: rules.Say, library: Seat, once: OnlyOnce) -> Response:
    """Given, taken back (`withdrawn`), or refused from the start (`none`). The next question
    obeys. Names are those your institution uses; nobody is recognised."""

    def make() -> Response:
        item = the(video, library, "consent")
        library.governing.consents.note(item, said.value())
        stands = library.governing.consents.standing(item)
        return told({"consent": [consenting.document(one, item.name) for one in stands]})

    return once.reply(said, make)


@router.post(
    "/consent/withdraw",
    operation_id="withdraw_consent",
    summary="Take back all that somebody gave",
    dependencies=GOVERN,
    response_model=rules.Withdrawn,
    responses=may_go_wrong(409),
)
def withdraw(said: rules.Withdraw, library: Seat, once: OnlyOnce) -> Response:
    """Everywhere, at once."""

    def make() -> Response:
        touched = library.governing.consents.withdraw(said.person, library.videos("consent"))
        return told({"person": said.person, "videos": [item.id for item in touched]})

    return once.reply(said, make)


# -- holds and retention ----------------------------------------------------------------------


@router.get(
    "/holds",
    operation_id="list_holds",
    summary="What must stay",
    dependencies=GOVERN,
    response_model=rules.Holds,
    responses=may_go_wrong(),
)
def holds(library: Seat, due: bool = False) -> Response:
    """The holds that stand; with `due` those that somebody has to look at by now."""
    keeper = library.governing.holds
    found = keeper.due() if due else keeper.standing()
    return told({"holds": [asdict(one) for one in found]})


@router.post(
    "/videos/{video}/holds",
    operation_id="place_hold",
    summary="Keep a video from being forgotten",
    dependencies=GOVERN,
    status_code=201,
    response_model=rules.Hold,
    responses=may_go_wrong(404, 409),
)
def place(video: Id, wanted: rules.Place, library: Seat, once: OnlyOnce) -> Response:
    """Until the hold is released. A hold closes nothing: who may see it still may."""

    def make() -> Response:
        made = library.governing.holds.place(
            the(video, library, "hold"),
            case=wanted.case,
            reason=wanted.reason,
            review=_day(wanted.review),
        )
        return told(asdict(made), 201)

    return once.reply(wanted, make)


@router.post(
    "/holds/{number}/review",
    operation_id="review_hold",
    summary="Say that a hold still stands",
    dependencies=GOVERN,
    response_model=rules.Hold,
    responses=may_go_wrong(404, 409),
)
def review(number: Number, wanted: rules.Review, library: Seat, once: OnlyOnce) -> Response:
    """And when somebody has to look again."""

    def make() -> Response:
        _stands(library, number)
        keeper = library.governing.holds
        made = keeper.review(number, reason=wanted.reason, review=_day(wanted.review))
        return told(asdict(made))

    return once.reply(wanted, make)


@router.post(
    "/holds/{number}/release",
    operation_id="release_hold",
    summary="Let go of a hold",
    dependencies=GOVERN,
    response_model=rules.Hold,
    responses=may_go_wrong(404, 409),
)
def release(number: Number, wanted: rules.Why, library: Seat, once: OnlyOnce) -> Response:
    """What it was."""

    def make() -> Response:
        _stands(library, number)
        return told(asdict(library.governing.holds.release(number, reason=wanted.reason)))

    return once.reply(wanted, make)


@router.get(
    "/retention",
    operation_id="preview_retention",
    summary="What has to go",
    dependencies=GOVERN,
    response_model=rules.Retention,
    responses=may_go_wrong(),
)
def retention(library: Seat, every: bool = False) -> Response:
    """By now; with `every` also later. `code` is what `/retention/run` wants to hear."""
    keeper = library.governing.retention
    due = keeper.over()
    listed = keeper.schedule() if every else due
    rows = [keeping.document(one) for one in listed]
    return told({"code": code(due), "due": len(due), "videos": rows})


@router.post(
    "/retention/run",
    operation_id="run_retention",
    summary="Forget what a preview showed",
    dependencies=GOVERN,
    response_model=rules.Gone,
    responses=may_go_wrong(409),
)
def run_retention(wanted: rules.Run, library: Seat, once: OnlyOnce) -> Response:
    """Nothing else goes; 422 where it is not what was shown under that code."""

    def make() -> Response:
        gone = library.governing.retention.run(wanted.code)
        return told({"erased": [documents.erasure(one) for one in gone]})

    return once.reply(wanted, make)


# -- two persons, switches, alarms ------------------------------------------------------------


@router.get(
    "/overrides",
    operation_id="list_overrides",
    summary="What one person asked for and another opens",
    dependencies=READ,
    response_model=rules.Overrides,
    responses=may_go_wrong(),
)
def overrides(library: Seat) -> Response:
    """Every request, oldest first, and how it stands."""
    return told({"overrides": [two.document(one) for one in library.governing.overrides.all()]})


@router.post(
    "/overrides",
    operation_id="ask_override",
    summary="Ask a second person to open a rule; appeal",
    dependencies=READ,
    status_code=201,
    response_model=rules.Override,
    responses=may_go_wrong(409),
)
def ask_override(wanted: rules.Appeal, library: Seat, once: OnlyOnce) -> Response:
    """Who asks never agrees. A yes holds once, for a day at most; some rules nobody opens."""

    def make() -> Response:
        return told(two.document(library.governing.overrides.ask(wanted.value())), 201)

    return once.reply(wanted, make)


@router.post(
    "/overrides/{number}/answer",
    operation_id="answer_override",
    summary="Say yes or no to what somebody else asked for",
    dependencies=GOVERN,
    response_model=rules.Override,
    responses=may_go_wrong(404, 409),
)
def answer_override(number: Number, wanted: rules.Reply, library: Seat, once: OnlyOnce) -> Response:
    """400 for a request of your own, and for one that was answered."""

    def make() -> Response:
        keeper = library.governing.overrides
        if number not in {one.no for one in keeper.all()}:
            raise HTTPException(404, NOTHING_HERE)
        return told(two.document(keeper.answer(number, yes=wanted.yes)))

    return once.reply(wanted, make)


@router.get(
    "/switches",
    operation_id="list_switches",
    summary="What is off",
    dependencies=GOVERN,
    response_model=rules.Switches,
    responses=may_go_wrong(),
)
def switches(library: Seat) -> Response:
    """Since when, by whom and why; empty where everything is on."""
    found = library.governing.switching.standing().off
    return told({"off": [asdict(one) for one in found]})


@router.post(
    "/switches",
    operation_id="turn_switch",
    summary="Turn a part of the library off, or on again",
    dependencies=GOVERN,
    response_model=rules.Switches,
    responses=may_go_wrong(409),
)
def turn(wanted: rules.Turn, library: Seat, once: OnlyOnce) -> Response:
    """For everybody, at once. Off means not shown; nothing is forgotten by it."""

    def make() -> Response:
        found = library.governing.switching.turn(wanted.what, off=wanted.off, reason=wanted.reason)
        return told({"off": [asdict(one) for one in found.off]})

    return once.reply(wanted, make)


@router.get(
    "/alarms",
    operation_id="list_alarms",
    summary="Use that somebody should ask about",
    dependencies=GOVERN,
    response_model=rules.Alarms,
    responses=may_go_wrong(),
)
def alarms(library: Seat, since: Day = "") -> Response:
    """One target again and again, bulk, odd hours. An alarm accuses nobody."""
    found = library.governing.alarms.raised(since)
    return told({"alarms": [{**asdict(one), "at": one.at.isoformat()} for one in found]})


# -- profiles ---------------------------------------------------------------------------------


@router.get(
    "/profiles",
    operation_id="list_profiles",
    summary="How strict a library can be, and how strict this one is",
    dependencies=READ,
    response_model=rules.Profiles,
    responses=may_go_wrong(),
)
def profiles(library: Seat) -> Response:
    """All profiles, and the name of this library's own."""
    keeper = library.governing.profiles
    listed = [asdict(one) for one in keeper.all()]
    return told({"current": keeper.current().name, "profiles": listed})


@router.get(
    "/profiles/{one}/diff/{other}",
    operation_id="diff_profiles",
    summary="What differs between two profiles",
    dependencies=READ,
    response_model=rules.Differences,
    responses=may_go_wrong(404),
)
def diff(one: A_PROFILE, other: A_PROFILE, library: Seat) -> Response:
    """Setting by setting; `looser` tells of the second one."""
    known = {each.name: each for each in library.governing.profiles.all()}
    if one not in known or other not in known:
        raise HTTPException(404, NOTHING_HERE)
    changes = [asdict(change) for change in difference(known[one], known[other])]
    return told({"before": one, "after": other, "changes": changes})


@router.post(
    "/profile",
    operation_id="use_profile",
    summary="Take a profile on",
    dependencies=GOVERN,
    response_model=rules.Differences,
    responses=may_go_wrong(404, 409),
)
def use_profile(wanted: rules.Take, library: Seat, once: OnlyOnce) -> Response:
    """Stricter is one person's decision; looser takes two (422 says how)."""

    def make() -> Response:
        keeper = library.governing.profiles
        if wanted.name not in {one.name for one in keeper.all()}:
            raise HTTPException(404, NOTHING_HERE)
        before = keeper.current().name
        changes: list[dict[str, Any]] = [asdict(change) for change in keeper.use(wanted.name)]
        return told({"before": before, "after": wanted.name, "changes": changes})

    return once.reply(wanted, make)


def _stands(library: Library, number: int) -> None:
    if number not in {one.no for one in library.governing.holds.standing()}:
        raise HTTPException(404, NOTHING_HERE)


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise HTTPException(422, f"{text!r} is no day.") from None
