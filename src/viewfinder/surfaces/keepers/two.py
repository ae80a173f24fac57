"""What takes two, or somebody who looks: appeals, switches and alarms."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from viewfinder.app.governing.overrides import LONGEST_H, REASONS, Ask
from viewfinder.app.library import Library
from viewfinder.domain.errors import UsageError
from viewfinder.domain.segment import Lane
from viewfinder.surfaces.http.identity import Need, Seat, Who, needs
from viewfinder.surfaces.keepers.desk import moved, show
from viewfinder.surfaces.web.forms import Notice, Text, failed

router = APIRouter(prefix="/govern", include_in_schema=False)
READ, GOVERN = Depends(needs(Need.READ)), Depends(needs(Need.GOVERN))
ID_DIGITS = 64
WHAT = (
    ("all", "Everything: no questions, no footage"),
    ("model", "The language model"),
    *((f"lane:{lane.value}", f"What is found by {lane.value.replace('_', ' ')}") for lane in Lane),
)


@router.get("/overrides", dependencies=[READ])
def overrides(
    request: Request, library: Seat, who: Who, rule: str = "", video: str = ""
) -> HTMLResponse:
    """Return the requests and how they stand, and the form to ask."""
    return _overrides(request, library, who.name or "", {"rule": rule, "video": video})


@router.post("/overrides", dependencies=[READ])
def ask(
    request: Request,
    library: Seat,
    who: Who,
    rule: Text = "",
    reason: Text = "appeal",
    note: Text = "",
    hours: Text = "4",
    video: Text = "",
) -> Response:
    """Ask for a rule to be opened; whoever has a part in the library may appeal."""

    def work() -> None:
        try:
            long = float(hours)
        except ValueError as error:
            raise UsageError(f"{hours!r} is no number of hours") from error
        if not rule.strip():
            raise UsageError("name the rule, as the refusal did")
        which = _which(library, video.strip())
        library.governing.overrides.ask(Ask(rule.strip(), reason, note, long, which))

    if wrong := failed(work):
        typed = {"rule": rule, "reason": reason, "note": note, "hours": hours, "video": video}
        return _overrides(request, library, who.name or "", typed, wrong)
    return moved("overrides", "asked")


def _which(library: Library, said: str) -> str:
    """Return the id of a video that was named; an id as it is: it may be one they cannot see."""
    return said if not said or len(said) == ID_DIGITS else str(library.video(said).id)


@router.post("/overrides/{number}", dependencies=[GOVERN])
def answer(request: Request, library: Seat, who: Who, number: int, answer: Text = "") -> Response:
    """Say yes or no to what somebody else asked for."""

    def work() -> None:
        if answer not in ("yes", "no"):
            raise UsageError("say yes or no")
        library.governing.overrides.answer(number, yes=answer == "yes")

    if wrong := failed(work):
        return _overrides(request, library, who.name or "", {}, wrong)
    return moved("overrides", "approved" if answer == "yes" else "denied")


def _overrides(
    request: Request,
    library: Library,
    me: str,
    typed: dict[str, str],
    notice: Notice | None = None,
) -> HTMLResponse:
    every = list(reversed(library.governing.overrides.all()))
    return show(
        request,
        "overrides",
        notice=notice,
        typed=typed,
        me=me,
        waiting=[one for one in every if one.state.value == "asked"],
        answered=[one for one in every if one.state.value != "asked"],
        reasons=REASONS,
        longest=LONGEST_H,
    )


@router.get("/switches", dependencies=[READ])
def switches(request: Request, library: Seat) -> HTMLResponse:
    """Return what is off, and what can be turned off."""
    return _switches(request, library)


@router.post("/switches", dependencies=[GOVERN])
def turn(
    request: Request,
    library: Seat,
    what: Text = "",
    collection: Text = "",
    to: Text = "off",
    reason: Text = "",
) -> Response:
    """Turn something off, or on again."""
    thing = f"collection:{collection.strip()}" if what == "collection" else what

    def work() -> None:
        if to not in ("off", "on"):
            raise UsageError("a switch is turned off or on")
        library.governing.switching.turn(thing, off=to == "off", reason=reason)

    if wrong := failed(work):
        return _switches(request, library, {"what": what, "reason": reason}, wrong)
    return moved("switches", to)


def _switches(
    request: Request,
    library: Library,
    typed: dict[str, str] | None = None,
    notice: Notice | None = None,
) -> HTMLResponse:
    off = library.governing.switching.standing().off
    names = {one.what for one in off}
    return show(
        request,
        "switches",
        notice=notice,
        typed=typed or {},
        off=off,
        what=[(name, words) for name, words in WHAT if name not in names],
    )


@router.get("/alarms", dependencies=[GOVERN])
def alarms(request: Request, library: Seat, since: str = "") -> HTMLResponse:
    """Return use that somebody should ask about."""
    found = list(reversed(library.governing.alarms.raised(since)))
    return show(request, "alarms", alarms=found, since=since)
