"""The protocol over HTTP, at ``/mcp`` of the server, behind the same door as the API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import Depends, FastAPI, Request, Response
from mcp.server.transport_security import TransportSecuritySettings
from starlette.types import Receive, Scope, Send

from viewfinder.app.library import Library
from viewfinder.surfaces.http import identity
from viewfinder.surfaces.http.identity import Need, needs
from viewfinder.surfaces.mcp import tools

PATH = "/mcp"


class _Handed(Response):
    """Hands a request that the door let in to the protocol."""

    def __init__(self, manager: Any) -> None:
        super().__init__()
        self._manager = manager

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._manager.handle_request(scope, receive, send)


def seat(context: tools.Ctx) -> Library:
    """Return the library as whoever sent the request sees it."""
    sent: Any = context.request_context.request
    found = Request(sent.scope)
    return identity.library(found, identity.asker(found))


def join(app: FastAPI) -> None:
    """Serve the tools at ``/mcp``. Each request stands alone and says itself who asks."""
    made = tools.server(seat)
    # Who may come in, from where, is the door's to say (surfaces.http.wall, identity).
    door = TransportSecuritySettings(enable_dns_rebinding_protection=False)
    made.streamable_http_app(stateless_http=True, transport_security=door)
    manager = made.session_manager

    def handed() -> Response:
        return _Handed(manager)

    app.add_api_route(
        PATH,
        handed,
        methods=["GET", "POST", "DELETE"],
        include_in_schema=False,
        dependencies=[Depends(needs(Need.READ))],
    )
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(served: Any) -> AsyncIterator[Any]:
        async with manager.run(), inner(served) as state:
            yield state

    app.router.lifespan_context = lifespan
