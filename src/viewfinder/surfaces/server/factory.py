"""Puts the server together."""

from __future__ import annotations

from fastapi import FastAPI

from viewfinder.app.serving.premises import Premises
from viewfinder.surfaces import api, keepers, web
from viewfinder.surfaces.http import problems


def create_app(premises: Premises) -> FastAPI:
    """Return the server over what it keeps open; whoever opened that closes it."""
    app = FastAPI(title="viewfinder", version="1", docs_url=None, redoc_url=None)
    app.state.premises = premises
    problems.join(app)
    for router in (*api.ROUTERS, *web.ROUTERS, *keepers.ROUTERS):
        app.include_router(router)
    api.join(app)
    web.join(app)
    return app
