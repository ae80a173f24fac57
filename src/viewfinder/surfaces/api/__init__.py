"""The HTTP API, ``/api/v1``: a module for each kind of thing."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI

from viewfinder.surfaces.api import asking
from viewfinder.surfaces.wire.streams import Streams

ROUTERS: tuple[APIRouter, ...] = (asking.router,)


def join(app: FastAPI) -> None:
    """Give an app what the routes share."""
    app.state.streams = Streams()
