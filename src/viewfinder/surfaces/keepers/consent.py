"""What those filmed agreed to, and how they take it back."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from viewfinder.app.governing.consents import TIERS, USES, State, Word
from viewfinder.app.library import Library
from viewfinder.domain.errors import UsageError
from viewfinder.surfaces.governing.access import span, told
from viewfinder.surfaces.http.identity import Need, Seat, needs
from viewfinder.surfaces.keepers.desk import moved, names, offered, show
from viewfinder.surfaces.web.forms import Notice, Text, Words, attempt

router = APIRouter(
    prefix="/govern/consent", dependencies=[Depends(needs(Need.GOVERN))], include_in_schema=False
)


@router.get("")
def consent(
    request: Request, library: Seat, video: str = "", person: str = "", as_of: str = ""
) -> HTMLResponse:
    """Return what stands, today or on any day, and the forms that note more."""
    return _shown(request, library, {"video": video, "person": person}, as_of=as_of)


@router.post("")
def note(
    request: Request,
    library: Seat,
    video: Text = "",
    person: Text = "",
    state: Text = "given",
    start: Text = "",
    end: Text = "",
    uses: Words = [],  # noqa: B006 - a framework's way to say that there may be none
    tier: Text = "public",
    since: Text = "",
    until: Text = "",
    paper: Text = "",
) -> Response:
    """Note what somebody said about a video, or a part of it."""

    def work() -> str:
        if state not in {one.value for one in State}:
            raise UsageError(f"consent is given, refused or withdrawn, not {state!r}")
        item = library.video(video, "consent")
        part = span(start, end, item.span) if start or end else None
        given = state == State.GIVEN.value
        if given and not uses:
            raise UsageError("say what for: search, export, or both")
        word = Word(
            person.strip(),
            State(state),
            part,
            tuple(sorted(set(uses))) if given else (),
            tier if given else "public",
            since if given else "",
            until if given else "",
            paper.strip(),
        )
        library.governing.consents.note(item, word)
        return item.id

    made = attempt(work)
    if isinstance(made, Notice):
        typed = {"video": video, "person": person, "state": state, "start": start, "end": end}
        typed |= {"tier": tier, "since": since, "until": until, "paper": paper}
        return _shown(request, library, typed, made, uses=uses)
    return moved("consent", "noted", video=made)


@router.post("/withdraw")
def withdraw(request: Request, library: Seat, person: Text = "") -> Response:
    """Take back all that a person gave, everywhere."""

    def work() -> list[str]:
        if not person.strip():
            raise UsageError("say whose consent is taken back")
        every = library.videos("consent")
        return [item.name for item in library.governing.consents.withdraw(person.strip(), every)]

    made = attempt(work)
    if not isinstance(made, Notice):
        made = (
            Notice("done", f"Withdrawn in {_counted(len(made))}", ", ".join(made))
            if made
            else Notice("wrong", "Nothing is noted of that person", person, 404)
        )
    return _shown(request, library, {"video": "", "person": ""}, made)


def _counted(count: int) -> str:
    return f"{count} video{'s' * (count != 1)}"


def _shown(
    request: Request,
    library: Library,
    typed: dict[str, str],
    notice: Notice | None = None,
    *,
    as_of: str = "",
    uses: list[str] | None = None,
) -> HTMLResponse:
    every = names(library, "consent")
    keeper = library.governing.consents
    history = list(reversed(keeper.history(as_of=as_of)))
    noted = {given.video for given in history}
    chosen = [video for video in library.videos("consent") if video.id in noted]
    about = next((video for video in every if video == typed["video"]), None)
    if about:
        chosen = [video for video in chosen if video.id == about]
    standing = [one for video in chosen for one in keeper.standing(video, as_of=as_of)]
    if typed["person"]:
        standing = [one for one in standing if one.word.person == typed["person"]]
    return show(
        request,
        "consent",
        notice=notice,
        typed={**typed, "video": every[about] if about else typed["video"]},
        uses=["search"] if uses is None else uses,
        offered=offered(every),
        names=every,
        standing=standing,
        follows=_follows(library, about) if about else None,
        history=[given for given in history if given.video in every][:100],
        persons=sorted({given.word.person for given in history}),
        as_of=as_of,
        choices={"uses": USES, "tiers": TIERS},
    )


def _follows(library: Library, video: str) -> list[tuple[str, str]]:
    """Return how a video stands by it all, part by part; empty for who may not ask that."""
    found: Any = attempt(lambda: library.governing.access.of(library.video(video, "consent")))
    if isinstance(found, Notice):
        return []
    return [("the rest" if found.parts else "all of it", told(found.access))] + [
        (str(part), told(what)) for part, what in found.parts
    ]
