"""The two senders: one that waits, and one that is awaited."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Iterator
from functools import update_wrapper
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

import anyio  # noqa: TID251 - only to sleep on the loop of whoever awaits
import httpx2

from viewfinder.client.events import Event, Lines
from viewfinder.client.request import EVENTS, Request, checked
from viewfinder.client.sending import Manners, keyed, reply_of

P = ParamSpec("P")
T = TypeVar("T")
TIMEOUT_S, RETRIES = 60.0, 2
LOST = httpx2.TransportError


class Sender:
    """Sends requests and waits; close it, or use it as a context."""

    def __init__(
        self,
        url: str | None = None,
        *,
        token: str | None = None,
        timeout_s: float = TIMEOUT_S,
        retries: int = RETRIES,
    ) -> None:
        """Make a client; nothing is sent yet.

        Args:
            url: Of the server; else VIEWFINDER_URL, else this machine.
            token: Bearer token; else VIEWFINDER_TOKEN.
            timeout_s: For each call, and between two pieces of a stream.
            retries: How often a call that may be repeated is sent again.
        """
        self._manners = Manners.of(url, token, timeout_s, retries)
        self._http = httpx2.Client(**self._manners.settings())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def send(self, request: Request[T]) -> T:
        """Send one request; return what its reply says.

        Raises:
            ApiError: The server refuses it, or cannot do it.
            httpx2.TransportError: It cannot be reached.
        """
        request = keyed(request)
        tried = 0
        while True:
            tried += 1
            try:
                got = self._http.request(**request.sent())
                reply = reply_of(got.status_code, got.headers, got.content)
            except LOST as error:
                if (wait := self._manners.wait_s(request, tried, error)) is None:
                    raise
            else:
                wait_s = self._manners.wait_s(request, tried, reply)
                if reply.status < 400 or wait_s is None:
                    return request.decode(checked(reply))
                wait = wait_s
            time.sleep(wait)

    def events(self, request: Request[Any]) -> Iterator[Event]:
        """Yield events as they come; goes on after the last one where a connection breaks."""
        lines, request = Lines(), keyed(request)
        for left in range(self._manners.retries, -1, -1):
            sent = request.sent()
            sent["headers"] |= {"Accept": EVENTS}
            try:
                with self._http.stream(**sent) as got:
                    if got.status_code >= 400:
                        checked(reply_of(got.status_code, got.headers, got.read()))
                    for line in got.iter_lines():
                        if (event := lines.feed(line)) is not None:
                            yield event
                return
            except LOST:
                if not left or not lines.last:
                    raise
                request = request.after(lines.last)
                time.sleep(lines.retry_s)

    def run(self, steps: Generator[Request[Any], Any, T]) -> T:
        """Do work of several calls."""
        try:
            request = next(steps)
            while True:
                try:
                    reply = self.send(request)
                except Exception as error:
                    request = steps.throw(error)
                else:
                    request = steps.send(reply)
        except StopIteration as over:
            result: T = over.value
            return result


class AsyncSender:
    """Sends requests and is awaited; close it, or use it as a context."""

    def __init__(
        self,
        url: str | None = None,
        *,
        token: str | None = None,
        timeout_s: float = TIMEOUT_S,
        retries: int = RETRIES,
    ) -> None:
        """Make a client, as ``Sender``."""
        self._manners = Manners.of(url, token, timeout_s, retries)
        self._http = httpx2.AsyncClient(**self._manners.settings())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    async def send(self, request: Request[T]) -> T:
        """Send one request; as ``Sender.send``."""
        request = keyed(request)
        tried = 0
        while True:
            tried += 1
            try:
                got = await self._http.request(**request.sent())
                reply = reply_of(got.status_code, got.headers, got.content)
            except LOST as error:
                if (wait := self._manners.wait_s(request, tried, error)) is None:
                    raise
            else:
                wait_s = self._manners.wait_s(request, tried, reply)
                if reply.status < 400 or wait_s is None:
                    return request.decode(checked(reply))
                wait = wait_s
            await anyio.sleep(wait)

    async def events(self, request: Request[Any]) -> AsyncIterator[Event]:
        """Yield events as they come; as ``Sender.events``."""
        lines, request = Lines(), keyed(request)
        for left in range(self._manners.retries, -1, -1):
            sent = request.sent()
            sent["headers"] |= {"Accept": EVENTS}
            try:
                async with self._http.stream(**sent) as got:
                    if got.status_code >= 400:
                        checked(reply_of(got.status_code, got.headers, await got.aread()))
                    async for line in got.aiter_lines():
                        if (event := lines.feed(line)) is not None:
                            yield event
                return
            except LOST:
                if not left or not lines.last:
                    raise
                request = request.after(lines.last)
                await anyio.sleep(lines.retry_s)

    async def run(self, steps: Generator[Request[Any], Any, T]) -> T:
        """Do work of several calls."""
        try:
            request = next(steps)
            while True:
                try:
                    reply = await self.send(request)
                except Exception as error:
                    request = steps.throw(error)
                else:
                    request = steps.send(reply)
        except StopIteration as over:
            result: T = over.value
            return result


def waits(build: Callable[P, Request[T]]) -> Callable[Concatenate[Sender, P], T]:
    """Return the method that sends what ``build`` makes, and waits."""

    def call(self: Sender, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self.send(build(*args, **kwargs))

    update_wrapper(call, build)
    return call


def yields(build: Callable[P, Request[Any]]) -> Callable[Concatenate[Sender, P], Iterator[Event]]:
    """Return the method that yields the events of what ``build`` makes."""

    def call(self: Sender, /, *args: P.args, **kwargs: P.kwargs) -> Iterator[Event]:
        return self.events(build(*args, **kwargs))

    update_wrapper(call, build)
    return call


def awaits(
    build: Callable[P, Request[T]],
) -> Callable[Concatenate[AsyncSender, P], Coroutine[Any, Any, T]]:
    """Return the method that sends what ``build`` makes, and is awaited."""

    async def call(self: AsyncSender, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.send(build(*args, **kwargs))

    update_wrapper(call, build)
    return call


def iterates(
    build: Callable[P, Request[Any]],
) -> Callable[Concatenate[AsyncSender, P], AsyncIterator[Event]]:
    """Return the method whose events are iterated over."""

    def call(self: AsyncSender, /, *args: P.args, **kwargs: P.kwargs) -> AsyncIterator[Event]:
        return self.events(build(*args, **kwargs))

    update_wrapper(call, build)
    return call
