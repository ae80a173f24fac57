"""The first page: ask."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from viewfinder.surfaces.http.identity import Need, Seat, needs
from viewfinder.surfaces.web.pages import page

router = APIRouter(dependencies=[Depends(needs(Need.READ))], include_in_schema=False)


@router.get("/")
def front(request: Request, library: Seat) -> HTMLResponse:
    """Return the page to ask from."""
    return page(request, "ask.html", counts=library.counts())
