"""The web page: a module for each group of pages, ``templates`` and ``static`` beside them."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI

from viewfinder.surfaces.web import files, front, library, login, mine, moments, watch
from viewfinder.surfaces.web.pages import failure

__all__ = ["ROUTERS", "failure", "join"]

ROUTERS: tuple[APIRouter, ...] = (
    login.router,
    front.router,
    moments.router,
    library.router,
    mine.router,
    watch.router,
)


def join(app: FastAPI) -> None:
    """Give an app the files that pages load."""
    files.join(app)
