"""Puts the server together."""

from __future__ import annotations

from fastapi import FastAPI
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from viewfinder.app.config import Serve
from viewfinder.app.entry.throttle import Throttle
from viewfinder.app.serving.premises import Premises
from viewfinder.surfaces import api, keepers, mcp, web
from viewfinder.surfaces.http import health, problems, wall


def create_app(premises: Premises, serve: Serve | None = None) -> FastAPI:
    """Return the server over what it keeps open; whoever opened that closes it.

    Args:
        premises: What is served.
        serve: How people are let in; None for the library's own settings.
    """
    app = FastAPI(title="viewfinder", version="1", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.premises = premises
    app.state.serve = serve = serve or premises.shared.view().config.serve
    problems.join(app, page=web.failure)
    by_asker, by_address = _throttle(serve), _throttle(serve)
    app.state.one_more = wall.one_more(by_asker)
    health.join(app, premises)
    for router in (*api.ROUTERS, *web.ROUTERS, *keepers.ROUTERS):
        app.include_router(router)
    api.join(app)
    web.join(app)
    mcp.join(app)
    # The last one added is the outermost.
    app.add_middleware(wall.Gatehouse, serve=serve, by_address=by_address)
    app.add_middleware(wall.Wall, serve=serve)
    app.add_middleware(health.Meter, registry=app.state.registry)
    if serve.proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(serve.proxies))
    health.trace(app)
    return app


def _throttle(serve: Serve) -> Throttle | None:
    often = serve.requests_per_minute
    return Throttle(often, often) if often else None
