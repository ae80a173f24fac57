"""A request that trickles in does not hold the door open."""

from typing import Any

import anyio  # noqa: TID251 - as the framework runs what is tried here
import pytest

from viewfinder.app.config import Serve
from viewfinder.surfaces.http import problems, wall

POST = {
    "type": "http",
    "method": "POST",
    "path": "/api/v1/ask",
    "headers": [(b"host", b"localhost"), (b"authorization", b"Bearer x")],
    "client": ("127.0.0.1", 5),
    "server": ("127.0.0.1", 80),
    "query_string": b"",
}


def taken(*pieces: bytes, then: bool) -> bytes:
    """Return what a route gets of a body; ``then`` more would come, but never does."""
    told = list(pieces)
    got = b""

    async def receive() -> dict[str, Any]:
        if not told:
            await anyio.sleep_forever()
        piece = told.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(told) or then}

    async def route(scope: Any, receive: Any, send: Any) -> None:
        nonlocal got
        message = {"more_body": True}
        while message["more_body"]:
            message = await receive()
            got += message["body"]

    async def send(message: Any) -> None:
        raise AssertionError(message)

    anyio.run(wall.Gatehouse(route, Serve(), None), dict(POST), receive, send)
    return got


def test_a_body_that_stops_coming_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wall, "GRACE_S", 0.05)
    with pytest.raises(problems.Stopped) as stopped:
        taken(b"a", then=True)
    assert stopped.value.status_code == 408


def test_a_body_in_pieces_is_whole() -> None:
    assert taken(b"a" * 5000, b"b", b"", then=False) == b"a" * 5000 + b"b"
