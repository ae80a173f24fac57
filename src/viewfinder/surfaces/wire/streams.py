"""Answers as server-sent events: first byte at once, and a lost reader goes on where it was.

Each stream is made on a thread of its own and kept here for a while, so that it goes on while
nobody reads. An event has the id ``STREAM.NUMBER``; whoever sends the last one they saw as
``Last-Event-ID`` gets those after it. A stream belongs to one asker under one purpose; what was
kept is dropped as soon as anything was added to the library or forgotten from it.

References:
    *Server-sent events*, HTML Living Standard.
    https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Header, Request
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from starlette.responses import StreamingResponse

from viewfinder.surfaces import documents

MEDIA_TYPE = "text/event-stream"
KEPT_S = 300.0
"""How long a stream is kept after its last event."""
KEPT_BYTES = 32 * 1024 * 1024
RUNNING, RUNNING_OF_ONE = 24, 6
"""So many streams are made at a time, for everybody and for one asker."""
READERS = 64
"""So many are read at a time: each takes a thread of the server while it waits."""
PING_S = 15.0
OPENED_S = 0.5
"""So long the work waits for the first byte to leave, which it would slow down; a reader who
went away before does not stop it."""
RETRY_MS = 2000


Last = Annotated[
    str | None,
    Header(alias="Last-Event-ID", description="Id of the last event seen; goes on after it."),
]
Make = Callable[[], "Iterable[Event]"]
"""Yields the events of a stream."""


class Busy(Exception):
    """As many streams are being made as this server makes at a time."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened: a name, and a document."""

    name: str
    document: object


@dataclass(slots=True)
class Stream:
    """A stream at work or done.

    Attributes:
        id: Drawn by chance; part of every event's id.
        owner: Whose it is: nobody else reads it.
        state: Number that changes with the footage; told when it began.
        events: As they are sent.
        opened: Set when its first reader has the first byte.
        done_at: When the last one was there, by a clock that only goes forward; None before.
    """

    id: str
    owner: object
    state: int
    events: list[bytes] = field(default_factory=list)
    size: int = 0
    done_at: float | None = None
    changed: threading.Condition = field(default_factory=threading.Condition)
    opened: threading.Event = field(default_factory=threading.Event)

    def put(self, event: Event) -> None:
        number = len(self.events) + 1
        made = format_sse_event(
            data_str=documents.dumps(event.document),
            event=event.name,
            id=f"{self.id}.{number}",
            retry=RETRY_MS if number == 1 else None,
        )
        with self.changed:
            self.events.append(made)
            self.size += len(made)
            self.changed.notify_all()

    def end(self) -> None:
        with self.changed:
            self.done_at = time.monotonic()
            self.changed.notify_all()

    def coming(self, number: int) -> Iterator[bytes]:
        """Yield as ``after``; when the first is asked for, what opened the stream has left."""
        self.opened.set()
        yield from self.after(number)

    def after(self, number: int) -> Iterator[bytes]:
        """Yield the events after the one of that number, waiting for those to come."""
        while True:
            with self.changed:
                if len(self.events) <= number and self.done_at is None:
                    self.changed.wait(PING_S)
                waiting = self.events[number:]
                is_over = self.done_at is not None
            if not waiting and is_over:
                return
            yield b"".join(waiting) or KEEPALIVE_COMMENT
            number += len(waiting)


class Streams:
    """The streams of one server."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, Stream] = {}
        self._named: dict[object, str] = {}
        self._readers = 0

    def start(
        self,
        owner: object,
        state: int,
        make: Make,
        failed: Callable[[Exception], Event],
        named: object = None,
    ) -> Stream:
        """Begin to make a stream.

        Args:
            owner: Whose it is.
            state: As of the footage now.
            make: Yields the events; runs on a thread of its own.
            failed: Says what broke, as the last event.
            named: What the asker calls it: there is one stream of that name, and whoever asks
                for it again reads it from its start.

        Raises:
            Busy: Too many are being made.
        """
        stream = Stream(secrets.token_urlsafe(12), owner, state)
        with self._lock:
            self._tidy()
            if (known := self._kept.get(self._named.get((owner, named), ""))) is not None:
                return known
            running = [s for s in self._kept.values() if s.done_at is None]
            of_one = sum(s.owner == owner for s in running)
            if len(running) >= RUNNING or of_one >= RUNNING_OF_ONE:
                raise Busy
            self._kept[stream.id] = stream
            if named is not None:
                self._named[owner, named] = stream.id

        def work() -> None:
            stream.opened.wait(OPENED_S)
            try:
                for event in make():
                    stream.put(event)
            except Exception as error:
                stream.put(failed(error))
            finally:
                stream.end()

        threading.Thread(target=work, name=f"stream-{stream.id}", daemon=True).start()
        return stream

    def resumed(self, owner: object, state: int, last: str | None) -> tuple[Stream, int] | None:
        """Return the stream that ``last`` is an event of, and its number; None where it is gone.

        Args:
            owner: Who asks for it.
            state: As of the footage now.
            last: ``Last-Event-ID``.
        """
        name, _, number = (last or "").rpartition(".")
        if not (name and number.isascii() and number.isdigit()):
            return None
        with self._lock:
            self._tidy()
            stream = self._kept.get(name)
            if stream is None or stream.owner != owner:
                return None
            if stream.done_at is not None and stream.state != state:
                del self._kept[name]
                return None
        return (stream, int(number)) if int(number) <= len(stream.events) else None

    def response(self, stream: Stream, number: int = 0) -> StreamingResponse:
        """Return what sends the events after the one of that number.

        Raises:
            Busy: Too many are being read.
        """
        return self.sending(stream.coming(number))

    def sending(self, coming: Iterator[bytes]) -> StreamingResponse:
        """Return what sends these events; raises as ``response``."""
        if self._readers >= READERS:
            raise Busy

        def read() -> Iterator[bytes]:
            with self._lock:
                self._readers += 1
            try:
                yield b": viewfinder\n\n"
                yield from coming
            finally:
                with self._lock:
                    self._readers -= 1

        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(read(), media_type=MEDIA_TYPE, headers=headers)

    def _tidy(self) -> None:
        """Drop what is too old, then the oldest that are done until the rest is small enough."""
        now = time.monotonic()
        done = sorted(
            (s for s in self._kept.values() if s.done_at is not None),
            key=lambda s: s.done_at or 0.0,
        )
        size = sum(s.size for s in self._kept.values())
        for stream in done:
            if now - (stream.done_at or now) > KEPT_S or size > KEPT_BYTES:
                size -= stream.size
                del self._kept[stream.id]
        self._named = {name: stream for name, stream in self._named.items() if stream in self._kept}


def wanted(request: Request) -> bool:
    """Tell whether the asker wants events rather than one document."""
    return MEDIA_TYPE in request.headers.get("accept", "")
