"""The first page of keepers; who is listed, and who may see what."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from viewfinder.app.governing.access import Change, Restrictions
from viewfinder.app.library import Library
from viewfinder.surfaces.governing.access import span, told
from viewfinder.surfaces.http.identity import Need, Seat, Who, needs
from viewfinder.surfaces.keepers.desk import GROUPS, moved, names, offered, show
from viewfinder.surfaces.web.forms import Notice, Text, attempt
from viewfinder.surfaces.web.pages import page

router = APIRouter(prefix="/govern", include_in_schema=False)
READ, GOVERN = Depends(needs(Need.READ)), Depends(needs(Need.GOVERN))


@router.get("", dependencies=[READ])
def overview(request: Request, library: Seat) -> HTMLResponse:
    """Return the list of everything a keeper has, with how it stands."""
    keeper = library.governing
    waiting = [one for one in keeper.overrides.all() if one.state.value == "asked"]
    off = keeper.switching.standing().off
    stands = {
        "people": f"{len(keeper.register().people)} listed",
        "profile": keeper.profiles.current().title,
        "switches": f"{len(off)} off" if off else "nothing is off",
        "overrides": f"{len(waiting)} waiting" if waiting else "nothing waits",
    }
    return page(
        request,
        "govern/overview.html",
        groups=GROUPS,
        stands=stands,
        off=[one.what for one in off],
    )


@router.get("/people", dependencies=[READ])
def people(request: Request, library: Seat, who: Who) -> HTMLResponse:
    """Return who is listed, and what for."""
    listed = library.governing.register()
    return show(
        request,
        "people",
        people=list(listed.people.values()),
        declared=list(listed.purposes.values()),
        me=who.name or "",
        chosen=who.purpose or "",
    )


@router.get("/access", dependencies=[GOVERN])
def access(request: Request, library: Seat, video: str = "") -> HTMLResponse:
    """Return how a video stands, and the form that changes it."""
    return _access(request, library, {"video": video})


@router.post("/access", dependencies=[GOVERN])
def restrict(
    request: Request,
    library: Seat,
    video: Text = "",
    start: Text = "",
    end: Text = "",
    collection: Text = "",
    label: Text = "",
    unlabel: Text = "",
    embargo: Text = "",
    lift: Text = "",
    rights: Text = "",
) -> Response:
    """Change who may see a video, or a part of it."""

    def work() -> Restrictions:
        item = library.video(video, "restrict")
        change = Change(
            collection.strip() or None,
            _words(label),
            _words(unlabel),
            "" if lift else embargo.strip() or None,
            rights.strip() or None,
        )
        during = span(start, end, item.span) if start or end else None
        return library.governing.access.restrict(item, change, during=during)

    made = attempt(work)
    if isinstance(made, Notice):
        typed = {"video": video, "start": start, "end": end, "collection": collection}
        typed |= {"label": label, "unlabel": unlabel, "embargo": embargo, "rights": rights}
        return _access(request, library, typed, made)
    return moved("access", "changed", video=made.video.id)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for part in text.split(",") if (word := part.strip()))


def _access(
    request: Request, library: Library, typed: dict[str, str], notice: Notice | None = None
) -> HTMLResponse:
    every = names(library, "restrict")
    stands = None
    if typed["video"]:
        found = attempt(
            lambda: library.governing.access.of(library.video(typed["video"], "restrict"))
        )
        if isinstance(found, Notice):
            notice = notice or found
        else:
            stands = found
            typed = {**typed, "video": found.video.name}
    restricted = [] if stands else _restricted(library)
    return show(
        request,
        "access",
        notice=notice,
        typed=typed,
        offered=offered(every),
        stands=stands,
        restricted=restricted,
        count=len(every),
        told=told,
    )


def _restricted(library: Library) -> list[Any]:
    """Return the videos that are not just in the collection everything begins in."""
    keeper = library.governing.access
    every = (keeper.of(video) for video in library.videos("restrict"))
    return [one for one in every if one.parts or one.access.name != "default"]
