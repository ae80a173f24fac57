"""How strict the library is, and what another profile would change."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from viewfinder.app.entry.register import UNGOVERNED
from viewfinder.app.governing.profiles import LOOSEN, Profile, difference
from viewfinder.app.library import Library
from viewfinder.app.tasks import suites
from viewfinder.surfaces.governing.profile import LADDER
from viewfinder.surfaces.http.identity import Here, Need, Seat, Who, needs
from viewfinder.surfaces.keepers.desk import moved, show
from viewfinder.surfaces.web.forms import Notice, Text, attempt, failed

router = APIRouter(prefix="/govern/profile", include_in_schema=False)
READ, GOVERN = Depends(needs(Need.READ)), Depends(needs(Need.GOVERN))
SETTINGS = {
    "ladder": "Questions about people",
    "answers": "Answers",
    "needs_purpose": "Needs a declared purpose",
    "needs_case": "Needs a case reference",
    "needs_consent": "Needs consent",
    "needs_second_person": "Needs a second person",
    "obligations": "Owed on the way out",
    "retention_days": "Kept for",
}
ANSWERS = {"extractive": "quotes only", "abstractive": "a language model may word them"}


def value(setting: str, found: object) -> str:
    """Return the value of a setting in words."""
    if setting == "ladder":
        return LADDER[int(str(found))]
    if setting == "answers":
        return ANSWERS.get(str(found), str(found))
    if setting == "retention_days":
        return f"{found} days" if found else "no end"
    if isinstance(found, bool):
        return "yes" if found else "no"
    if isinstance(found, list | tuple):
        return ", ".join(str(one).replace("_", " ") for one in found) or "nothing"
    return str(found)


@router.get("", dependencies=[READ])
def profile(
    request: Request, library: Seat, to: str = "", than: str = "", check: bool = False
) -> HTMLResponse:
    """Return the profile of this library, all others, and what one of them would change."""
    return _profile(request, library, to, than=than, check=check)


@router.post("", dependencies=[GOVERN])
def use(
    request: Request, library: Seat, here: Here, who: Who, name: Text = "", override: Text = ""
) -> Response:
    """Take a profile on; a looser one takes what a second person opened."""

    def work() -> None:
        seat = library
        if override.strip().isdecimal():
            seat = here.shared.view(
                who.name, purpose=who.purpose, case=who.case, override=int(override)
            )
        seat.governing.profiles.use(name)

    if wrong := failed(work):
        return _profile(request, library, name, wrong)
    return moved("profile", "profile")


def _profile(
    request: Request,
    library: Library,
    to: str,
    notice: Notice | None = None,
    *,
    than: str = "",
    check: bool = False,
) -> HTMLResponse:
    keeper = library.governing.profiles
    current = keeper.current()
    chosen: Profile | None = None
    before = current
    if to:
        found = attempt(lambda: (keeper.named(than) if than else current, keeper.named(to)))
        if isinstance(found, Notice):
            notice = notice or found
        else:
            before, chosen = found
    changes = difference(before, chosen) if chosen else []
    tried = attempt(lambda: suites.checked(library.folder, current.name)) if check else None
    if isinstance(tried, Notice):
        notice, tried = notice or tried, None
    return show(
        request,
        "profile",
        notice=notice,
        current=current,
        shown=_settings(chosen or current),
        chosen=chosen,
        before=before,
        every=keeper.all(),
        changes=changes,
        looser=any(change.looser for change in changes),
        loosen=LOOSEN,
        settings=SETTINGS,
        value=value,
        tried=tried,
        ladder=LADDER,
        governed=library.config.policy != UNGOVERNED,
    )


def _settings(one: Profile) -> list[tuple[str, str]]:
    return [
        (SETTINGS[name], value(name, found))
        for name, found in asdict(one).items()
        if name in SETTINGS
    ]
