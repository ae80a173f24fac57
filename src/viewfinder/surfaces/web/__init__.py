"""The web page: a module for each group of pages, ``templates`` and ``static`` beside them."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI
from fastapi.staticfiles import StaticFiles

from viewfinder.surfaces.web import front
from viewfinder.surfaces.web.pages import STATIC

ROUTERS: tuple[APIRouter, ...] = (front.router,)


def join(app: FastAPI) -> None:
    """Give an app the files that pages load."""
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
