"""The HTTP API, ``/api/v1``: a module for each kind of thing."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI

from viewfinder.surfaces.api import (
    account,
    asking,
    exports,
    governing,
    jobs,
    media,
    mine,
    papers,
    reference,
    talks,
    uploads,
    videos,
)
from viewfinder.surfaces.wire.repeats import Kept
from viewfinder.surfaces.wire.streams import Streams

ROUTERS: tuple[APIRouter, ...] = (
    account.router,
    asking.router,
    talks.router,
    videos.router,
    media.router,
    uploads.router,
    jobs.router,
    mine.router,
    exports.router,
    governing.router,
    papers.router,
    reference.router,
)


def join(app: FastAPI) -> None:
    """Give an app what the routes share."""
    app.state.streams = Streams()
    app.state.repeats = Kept()
