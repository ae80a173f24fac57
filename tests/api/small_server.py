"""A real server on the loopback address, over a small library made of transcripts."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import uvicorn

from viewfinder.app.serving.premises import Premises
from viewfinder.surfaces.server.factory import create_app

MEETING = """WEBVTT

00:00:01.000 --> 00:00:05.000
<v Ann>We never tested the battery above forty degrees.

00:00:06.000 --> 00:00:09.000
<v Bob>Then the delivery has to wait until May.

00:00:10.000 --> 00:00:13.000
<v Ann>Who is going to tell the customer?
"""
WORKSHOP = """WEBVTT

00:00:02.000 --> 00:00:06.000
The varnish needs two days to dry before it is sanded.

00:00:07.000 --> 00:00:12.000
Open the window while you work with it.
"""


@dataclass(frozen=True)
class Served:
    """A server at work.

    Attributes:
        url: Of the API.
        folder: Of the library.
        client: Asks it as the owner.
        premises: What it works with.
        app: The app itself.
    """

    url: str
    folder: Path
    client: httpx2.Client
    premises: Premises
    app: Any

    def video(self, name: str) -> str:
        listed = self.client.get("/videos").json()["videos"]
        found = [v["video"] for v in listed if v["path"].endswith(name)]
        return str(found[0])


@contextmanager
def serving(folder: Path, *, create: bool = False) -> Iterator[Served]:
    """Serve the library in a folder."""
    premises = Premises.open(folder, create=create)
    app = create_app(premises)
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=2))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    url = f"http://127.0.0.1:{port}/api/v1"
    try:
        with httpx2.Client(base_url=url, timeout=60, trust_env=False) as client:
            yield Served(url, folder, client, premises, app)
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
        premises.close()
