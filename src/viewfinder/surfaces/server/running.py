"""Runs the server in this process."""

from __future__ import annotations

import gc
import socket
from collections.abc import Callable

import uvicorn
from anyio import to_thread  # noqa: TID251 - the framework's threads are counted there

from viewfinder.app.config import Serve
from viewfinder.app.serving.premises import Premises
from viewfinder.surfaces.server.factory import create_app

STOPPING_S = 5
"""How long answers under way may take when the server is stopped."""
KEEP_ALIVE_S = 15
HEADERS_BYTES = 64 * 1024
GARBAGE = (20_000, 20, 50)
"""When cycles are looked for (``gc.set_threshold``). A search makes tens of thousands of small
things that die at once and hold no cycles; Python's own threshold looks through them 70 times."""
THREADS = 96
"""Requests and streams under way at once; each stream holds one while it waits."""


class _Server(uvicorn.Server):
    """Says when it answers."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        to_thread.current_default_thread_limiter().total_tokens = THREADS
        await super().startup(sockets)
        if not self.should_exit:
            self._ready()


def run(
    premises: Premises, settings: Serve, heard: socket.socket, ready: Callable[[], None]
) -> None:
    """Serve until a signal ends it; one process, since the library is open once."""
    config = uvicorn.Config(
        create_app(premises, settings),
        http="h11",  # the one whose limits are set here
        ws="none",
        proxy_headers=False,  # the factory believes the proxies that the settings name
        server_header=False,
        access_log=False,
        log_level="warning",
        limit_concurrency=settings.connections or None,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=STOPPING_S,
        h11_max_incomplete_event_size=HEADERS_BYTES,
    )
    gc.set_threshold(*GARBAGE)
    if heard.family in (socket.AF_INET, socket.AF_INET6):
        # Head and body of an answer leave as two packets; the second would wait 40 ms until the
        # other side owns up to the first. What is accepted inherits it.
        heard.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    _Server(config, ready).run(sockets=[heard])
