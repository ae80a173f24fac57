"""What must stay, and what must go: holds and the schedule."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from viewfinder.app.governing.holds import Hold
from viewfinder.app.governing.retention import code
from viewfinder.app.library import Library
from viewfinder.surfaces.http.identity import Need, Seat, needs
from viewfinder.surfaces.keepers.desk import moved, names, offered, show
from viewfinder.surfaces.web.forms import Notice, Text, attempt, failed

router = APIRouter(
    prefix="/govern", dependencies=[Depends(needs(Need.GOVERN))], include_in_schema=False
)


@router.get("/holds")
def holds(request: Request, library: Seat, video: str = "") -> HTMLResponse:
    """Return the holds that stand, and the form that places one."""
    return _holds(request, library, {"video": video})


@router.post("/holds")
def place(
    request: Request,
    library: Seat,
    video: Text = "",
    case: Text = "",
    reason: Text = "",
    review: Text = "",
) -> Response:
    """Keep a video until the hold is released."""

    def work() -> Hold:
        item = library.video(video, "hold")
        return library.governing.holds.place(item, case=case, reason=reason, review=review)

    if wrong := failed(work):
        typed = {"video": video, "case": case, "reason": reason, "review": review}
        return _holds(request, library, typed, wrong)
    return moved("holds", "placed")


@router.post("/holds/{number}/review")
def review(
    request: Request, library: Seat, number: int, reason: Text = "", review: Text = ""
) -> Response:
    """Say that a hold was looked at and still stands."""
    keeper = library.governing.holds
    if wrong := failed(lambda: keeper.review(number, reason=reason, review=review)):
        return _holds(request, library, {"video": ""}, wrong)
    return moved("holds", "reviewed")


@router.post("/holds/{number}/release")
def release(request: Request, library: Seat, number: int, reason: Text = "") -> Response:
    """Let go of a hold."""
    if wrong := failed(lambda: library.governing.holds.release(number, reason=reason)):
        return _holds(request, library, {"video": ""}, wrong)
    return moved("holds", "released")


def _holds(
    request: Request, library: Library, typed: dict[str, str], notice: Notice | None = None
) -> HTMLResponse:
    every = names(library, "hold")
    now = datetime.now(UTC).isoformat()
    named = {str(video): name for video, name in every.items()}
    typed = {**typed, "video": named.get(typed["video"], typed["video"])}
    return show(
        request,
        "holds",
        notice=notice,
        typed=typed,
        offered=offered(every),
        names=every,
        holds=[(one, one.is_due(now)) for one in library.governing.holds.standing()],
    )


@router.get("/retention")
def retention(request: Request, library: Seat) -> HTMLResponse:
    """Return what has to go, now and later."""
    return _retention(request, library)


@router.post("/retention")
def run(request: Request, library: Seat, seen: Text = "") -> Response:
    """Forget what was shown under a code; nothing else goes."""
    gone = attempt(lambda: library.governing.retention.run(seen))
    if isinstance(gone, Notice):
        return _retention(request, library, gone)
    said = Notice("done", f"{len(gone)} forgotten", "Each has its line in the log.")
    return _retention(request, library, said)


def _retention(request: Request, library: Library, notice: Notice | None = None) -> HTMLResponse:
    keeper = library.governing.retention
    due = keeper.over()
    now = {one.video.id for one in due}
    return show(
        request,
        "retention",
        notice=notice,
        rules=keeper.rules(),
        due=due,
        later=[one for one in keeper.schedule() if one.video.id not in now],
        code=code(due),
    )
