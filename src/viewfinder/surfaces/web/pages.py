"""Fills templates: every page is made here.

A template extends ``base.html`` and may use, besides what its route hands it:

``static('x.css')``  address of a file of ``static/``, kept by browsers for as long as they like:
                     it changes whenever one of those files does.
``icon('play')``     a drawing of ``icons.svg``; say in words what it means beside it.
``csrf``             what a form that changes something carries (``surfaces.http.identity``).
``who``              the asker, or None where nobody is logged in; ``may('write')`` for a need.
``here``             path of the page, for ``aria-current``.
``clock``            ``{{ 83.5 | clock }}`` is 1:23.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from fastapi import HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from viewfinder.app.library import Refused
from viewfinder.domain.errors import ViewfinderError
from viewfinder.surfaces.answers.views import quoted
from viewfinder.surfaces.http.identity import Asker, Need, asker, csrf, premises

HERE = Path(__file__).resolve().parent
STATIC = HERE / "static"

NAV = (
    ("/", "Ask", Need.READ),
    ("/library", "Library", Need.READ),
    ("/collections", "Collections", Need.READ),
    ("/history", "History", Need.READ),
    ("/govern", "Govern", Need.GOVERN),
    ("/account", "Account", Need.READ),
)
_PLACES = {"/ask": "/", "/compare": "/", "/videos": "/library", "/saved": "/collections"}


@lru_cache(maxsize=1)
def edition() -> str:
    """Return the hash of all that is in ``static``: modules load each other by relative names."""
    made = hashlib.sha256()
    for path in sorted(STATIC.rglob("*")):
        if path.is_file():
            made.update(str(path.relative_to(STATIC)).encode() + b"\0" + path.read_bytes())
    return made.hexdigest()[:12]


def static(name: str) -> str:
    """Return the address of a file of ``static``."""
    return f"/static/{edition()}/{name}"


def icon(name: str) -> Markup:
    """Return a drawing that says nothing to a screen reader."""
    drawn = Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>')
    return drawn.format(static("icons.svg"), name)


def clock(seconds: float) -> str:
    """Return seconds as m:ss, or h:mm:ss from an hour on."""
    minutes, rest = divmod(int(seconds + 1e-6), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


_made = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_made.globals.update(static=static, icon=icon)
_made.filters.update(clock=clock, quoted=quoted)


def page(request: Request, name: str, status: int = 200, **values: Any) -> HTMLResponse:
    """Return the page made from the template ``name``."""
    return HTMLResponse(filled(request, name, **values), status)


def filled(request: Request, name: str, **values: Any) -> str:
    """Return the text of a page, or of a part of one."""
    who = _who(request)
    path = request.url.path
    first = "/" + path.strip("/").split("/")[0]
    return _made.get_template(name).render(
        request=request,
        csrf=csrf(request),
        who=who,
        may=lambda need: who is not None and Need(need) in who.needs,
        here=_PLACES.get(first, first),
        nav=[(to, said) for to, said, need in NAV if who is not None and need in who.needs],
        purposes=_purposes(request, who),
        **values,
    )


def failure(request: Request, status: int, problem: dict[str, Any]) -> Response:
    """Return the page of what went wrong, from a problem document."""
    told = {name: problem.get(name, "") for name in ("rule", "alternative", "appeal")}
    return page(
        request,
        "error.html",
        status,
        title=problem.get("title") or "It did not work",
        detail=problem.get("detail") or "",
        **told,
    )


def nothing(request: Request, detail: str) -> HTMLResponse:
    """Return the page for what is not there, or may not be seen: the same for both."""
    return page(request, "error.html", 404, title="Not found", detail=detail)


def _who(request: Request) -> Asker | None:
    try:
        return asker(request)
    except HTTPException:
        return None


def _purposes(request: Request, who: Asker | None) -> list[str]:
    """Return what the asker may say to be here for; nothing in a library without rules."""
    if who is None:
        return []
    try:
        seen = premises(request).shared.view(who.name)
        return sorted(seen.governing.register().purposes)
    except (Refused, ViewfinderError):
        return []
