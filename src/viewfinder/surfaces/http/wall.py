"""What stands before every route: which requests go further, and what every answer carries.

Plain ASGI, since an answer may be a stream that never ends. From the outside in:

* ``Wall``: a number for each request; headers that tell browsers what a page may do; an answer
  without traces where our own code breaks; the cookie of a first visit.
* ``Gatehouse``: the name the request is for, its size, how fast it comes, how often one
  address asks.

References:
    W3C, *Content Security Policy Level 3*. https://www.w3.org/TR/CSP3/
    OWASP, *HTTP Headers Cheat Sheet*. https://cheatsheetseries.owasp.org/
"""

from __future__ import annotations

import logging
import math
import secrets
import time
from collections.abc import Callable
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from anyio import fail_after  # noqa: TID251 - the framework waits by it
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from viewfinder.app.config import Serve
from viewfinder.app.entry.throttle import Throttle, network_of
from viewfinder.surfaces.http import places, problems

_log = logging.getLogger("viewfinder.server")
REQUEST_ID = b"x-request-id"
PIECE = "application/offset+octet-stream"
"""What an upload comes as, a piece at a time; its route counts what it takes."""
STRANGERS_BYTES = 64 * 1024
"""Largest request of somebody who shows neither cookie nor token: a login."""
GRACE_S = 20.0
"""How long a body may take to come, and as much longer as it has pieces of ..."""
SLOWEST_BYTES_PER_S = 1024

FIXED = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (
        b"permissions-policy",
        b"accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
        b"magnetometer=(), microphone=(), midi=(), payment=(), usb=()",
    ),
)


def content_policy(serve: Serve) -> bytes:
    """Return what pages may load, and where their forms may go."""
    parts = urlsplit(serve.oidc.issuer)
    provider = f" {parts.scheme}://{parts.netloc}" if parts.netloc else ""
    return (
        "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
        "object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self'{provider}"
    ).encode()


class Wall:
    """The outermost part."""

    def __init__(self, app: ASGIApp, serve: Serve) -> None:
        self._app, self._serve = app, serve
        self._always = (*FIXED, (b"content-security-policy", content_policy(serve)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["method"] == "HEAD" and not scope["path"].startswith("/api/"):
            scope = {**scope, "method": "GET"}  # the server leaves the body out by itself
        state = scope.setdefault("state", {})
        number = state["request_id"] = secrets.token_hex(8)
        has_begun = False

        async def out(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                message["headers"] = self._headers(scope, message["headers"], number)
            await send(message)

        try:
            await self._app(scope, receive, out)
        except Exception:
            _log.exception("request %s failed", number)
            if has_begun:
                raise
            detail = f"Something broke here. Whoever runs the server finds why under {number}."
            broken = problems.told(
                Request(scope, receive), 500, "Our own fault", detail, request=number
            )
            await broken(scope, receive, out)

    def _headers(self, scope: Scope, made: Any, number: str) -> list[tuple[bytes, bytes]]:
        headers = list(made)
        known = {name for name, _ in headers}
        headers += [(name, value) for name, value in self._always if name not in known]
        headers.append((REQUEST_ID, number.encode()))
        if b"cache-control" not in known:
            headers.append((b"cache-control", b"private, no-store"))
        visit = scope["state"].get("new_visit")
        if visit and b"set-cookie" not in known:
            headers.append((b"set-cookie", cookie(scope, self._serve, visit).encode()))
        return headers


def cookie(scope: Any, serve: Serve, value: str, *, seconds: int | None = None) -> str:
    """Return the header that lays our cookie; for this window of the browser without seconds."""
    name = places.cookie_name(scope, serve)
    made: SimpleCookie = SimpleCookie()
    made[name] = value
    made[name]["path"], made[name]["httponly"], made[name]["samesite"] = "/", True, "Lax"
    if seconds is not None:
        made[name]["max-age"] = seconds
    if places.is_secure(scope, serve):
        made[name]["secure"] = True
    return made[name].OutputString()


def one_more(throttle: Throttle | None) -> Callable[[str], None]:
    """Return what counts one more request of an asker, and stops those that are too many."""

    def count(asker: str) -> None:
        wait_s = throttle.take(asker) if throttle is not None else 0.0
        if wait_s > 0:
            seconds = max(1, math.ceil(wait_s))
            detail = f"Too many requests. Try again in {seconds} s."
            raise problems.Stopped(429, "Too often", detail, {"Retry-After": str(seconds)})

    return count


class Gatehouse:
    """Lets in what is for us, not too large, and not too often."""

    def __init__(self, app: ASGIApp, serve: Serve, by_address: Throttle | None) -> None:
        self._app, self._serve, self._by_address = app, serve, by_address
        self._most = int(serve.body_mb * 1_000_000)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        if not places.is_served(scope, self._serve):
            await _not_served(request)(scope, receive, send)
            return
        wait_s = self._wait_s(scope)
        if wait_s > 0:
            await problems.waiting(wait_s)(scope, receive, send)
            return
        most = self._most_for(scope)
        length = places.header(scope, b"content-length")
        if length is not None and not length.isdecimal():
            await problems.problem(400, "Not understood", "Content-Length is a number.")(
                scope, receive, send
            )
            return
        if most is not None and length is not None and int(length) > most:
            await _too_large(request, most)(scope, receive, send)
            return
        await self._app(scope, _counted(receive, most), send)

    def _wait_s(self, scope: Scope) -> float:
        if self._by_address is None or scope["path"].startswith("/static/"):
            return 0.0
        if places.is_at_home(scope, self._serve):
            return 0.0
        return self._by_address.take(network_of(places.address_of(scope)))

    def _most_for(self, scope: Scope) -> int | None:
        """Return how large a request may be; None where its route counts by itself."""
        cookie_there = places.COOKIE in (places.header(scope, b"cookie") or "")
        if not (
            cookie_there
            or places.header(scope, b"authorization")
            or places.is_at_home(scope, self._serve)
        ):
            return STRANGERS_BYTES
        return None if places.header(scope, b"content-type") == PIECE else self._most


def _counted(receive: Receive, most: int | None) -> Receive:
    """Return a receive that ends a request which is too long, or comes too slowly."""
    taken, is_whole, began = 0, False, time.monotonic()

    async def counting() -> Message:
        nonlocal taken, is_whole
        if is_whole:  # what comes now is that somebody left, whenever that is
            return await receive()
        left_s = began + GRACE_S + taken / SLOWEST_BYTES_PER_S - time.monotonic()
        try:
            with fail_after(max(0.0, left_s)):
                message = await receive()
        except TimeoutError:
            raise problems.Stopped(408, "Too slow", _SLOW, {"Connection": "close"}) from None
        taken += len(message.get("body", b""))
        is_whole = not message.get("more_body", False)
        if most is not None and taken > most:
            raise problems.Stopped(413, "Too large", _limit(most))
        return message

    return counting


_SLOW = "This request came too slowly to be waited for. Send it again; an upload goes on."


def _limit(most: int) -> str:
    return f"A request has at most {most:,} bytes here; footage is uploaded a piece at a time."


def _too_large(request: Request, most: int) -> Callable[..., Any]:
    return problems.told(request, 413, "Too large", _limit(most), {"Connection": "close"})


def _not_served(request: Request) -> Callable[..., Any]:
    return problems.problem(
        421,
        "Not for here",
        "This server does not go by the name that was asked for. Whoever runs it can add the "
        "name to `hosts` under [serve] in viewfinder.toml.",
    )
