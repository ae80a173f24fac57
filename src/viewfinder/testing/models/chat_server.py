"""A chat-completions server for tests: real HTTP on loopback, in a thread of the test.

It streams what it is told to, keeps what it was sent, and misbehaves on request.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer.

    Attributes:
        pieces: Streamed one by one.
        status: Other than 200: ``pieces`` joined are the error's message.
        headers: Beside the usual ones.
        kind: Content type.
        raw: Sent instead of an event stream.
        breaks_off: End without the last event.
        hold: Waited for after the first piece; a test sets it, or closes the reply.
        is_pinging: While it holds, comment lines are sent.
    """

    pieces: Sequence[str] = ()
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    kind: str = "text/event-stream"
    raw: bytes | None = None
    breaks_off: bool = False
    hold: threading.Event | None = None
    is_pinging: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """What the server was sent."""

    path: str
    headers: Mapping[str, str]
    body: Body


class ChatServer:
    """Answers with the next of ``replies``; the last one again and again, or as a function."""

    def __init__(self, replies: Sequence[Reply] | Callable[[Body], Reply]) -> None:
        self.requests: list[Request] = []
        self.hung_up = threading.Event()
        """Set once a client closed a reply that was under way."""
        self._replies = replies
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    @property
    def destination(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    def next_reply(self, request: Request) -> Reply:
        self.requests.append(request)
        if callable(self._replies):
            return self._replies(request.body)
        return self._replies[min(len(self.requests), len(self._replies)) - 1]

    def __enter__(self) -> ChatServer:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def events(pieces: Sequence[str]) -> Iterator[bytes]:
    """Yield the events of a whole reply."""
    for piece in pieces:
        yield _event({"content": piece}, None)
    yield _event({}, "stop")
    yield b"data: [DONE]\n\n"


def _event(delta: Body, finish: str | None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    chunk = {
        "id": "c1",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": "test",
        "choices": [choice],
    }
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


def _handler(owner: ChatServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = owner.next_reply(Request(self.path, headers, body))
            with contextlib.suppress(ConnectionError):
                self._answer(reply)
            self.close_connection = True

        def _answer(self, reply: Reply) -> None:
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.status == 200 and reply.raw is None:
                self.send_header("content-type", reply.kind)
                self.end_headers()
                self._stream(reply)
                return
            error = {"error": {"message": "".join(reply.pieces), "param": None}}
            content = json.dumps(error).encode() if reply.raw is None else reply.raw
            self.send_header(
                "content-type", "application/json" if reply.raw is None else reply.kind
            )
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def _stream(self, reply: Reply) -> None:
            coming = list(events(reply.pieces))
            last = len(reply.pieces) if reply.breaks_off else len(coming)
            for number, event in enumerate(coming[:last]):
                self.wfile.write(event)
                self.wfile.flush()
                if number == 0 and reply.hold is not None:
                    _held(self, reply.hold, owner.hung_up, is_pinging=reply.is_pinging)

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


def _held(
    line: BaseHTTPRequestHandler,
    hold: threading.Event,
    hung_up: threading.Event,
    *,
    is_pinging: bool,
) -> None:
    """Wait; notice a client that hangs up."""
    line.connection.settimeout(0.02)
    while not hold.is_set():
        try:
            if is_pinging:
                line.wfile.write(b": still here\n\n")
            if line.connection.recv(1) == b"":
                raise ConnectionResetError
        except TimeoutError:
            continue
        except ConnectionError:
            hung_up.set()
            raise
    line.connection.settimeout(None)
