"""What goes wrong, told as ``application/problem+json`` (RFC 9457), or on a page as a page.

A page is what a browser asks for outside /api; whoever puts the server together hands in how
one looks (``join``), for nothing here knows templates.

References:
    Nottingham et al., *Problem Details for HTTP APIs*, RFC 9457, 2023.
    https://www.rfc-editor.org/rfc/rfc9457
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException as PlainHTTPException

from viewfinder.app.library import Refused
from viewfinder.app.serving.accounts import NotKnown, TooOften
from viewfinder.domain.errors import InputError, UsageError, ViewfinderError
from viewfinder.surfaces.http import places

MEDIA_TYPE = "application/problem+json"
_log = logging.getLogger("viewfinder.server")

ErrorPage = Callable[[Request, int, dict[str, Any]], Response]
"""Makes the page of a failure from a request, a status and the problem."""


class Stopped(HTTPException):
    """A request that goes no further.

    Attributes:
        title: The kind, in words.
        more: Further members of the problem.
    """

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        headers: Mapping[str, str] | None = None,
        **more: object,
    ) -> None:
        super().__init__(status, detail, dict(headers) if headers else None)
        self.title, self.more = title, more


class LoginNeeded(Stopped):
    """Somebody has to log in first."""

    def __init__(self, detail: str = "Log in first, or send a token.", error: str = "") -> None:
        challenge = 'Bearer realm="viewfinder"' + (f', error="{error}"' if error else "")
        super().__init__(401, "Who are you?", detail, {"WWW-Authenticate": challenge})


def problem(
    status: int,
    title: str,
    detail: str,
    headers: Mapping[str, str] | None = None,
    /,
    **more: object,
) -> Response:
    """Return an answer that says what went wrong."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return JSONResponse(body, status, headers, media_type=MEDIA_TYPE)


def waiting(wait_s: float) -> Response:
    """Return the answer to whoever asks too often."""
    seconds = max(1, math.ceil(wait_s))
    detail = f"Too many requests. Try again in {seconds} s."
    return problem(429, "Too often", detail, {"Retry-After": str(seconds)})


def join(app: FastAPI, page: ErrorPage | None = None) -> None:
    """Let an app tell its failures so."""
    app.state.error_page = page
    for kind, handler in (
        (Refused, _refused),
        (PlainHTTPException, _stopped),
        (RequestValidationError, _not_valid),
        (TooOften, _too_often),
        (NotKnown, _not_known),
        (ViewfinderError, _failed),
    ):
        app.exception_handler(kind)(handler)


def is_page(request: Request) -> bool:
    """Tell whether a person is shown the answer."""
    is_api = request.url.path.startswith("/api/")
    return not is_api and "text/html" in request.headers.get("accept", "")


def safe_next(address: str) -> str:
    """Return where to go after a login: a path of this server, whatever was asked for."""
    is_path = address.startswith("/") and not address.startswith(("//", "/\\"))
    is_plain = all(" " < sign <= "~" and sign != "\\" for sign in address)
    return address if is_path and is_plain and len(address) < 2000 else "/"


def told(
    request: Request,
    status: int,
    title: str,
    detail: str,
    headers: Mapping[str, str] | None = None,
    /,
    **more: object,
) -> Response:
    """Return a failure as whoever asks can read it."""
    make: ErrorPage | None = request.app.state.error_page
    if make is not None and is_page(request):
        try:
            made = make(request, status, {"title": title, "detail": detail, **more})
        except Exception:  # a page of a failure must not fail
            _log.exception("the page of a failure failed")
        else:
            made.headers.update(headers or {})
            return made
    return problem(status, title, detail, headers, **more)


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    made = error.decision
    return told(
        request,
        403,
        "Refused by policy",
        made.reason,
        rule=made.rule,
        alternative=made.alternative,
        appeal=made.appeal,
    )


def _stopped(request: Request, error: Exception) -> Response:
    assert isinstance(error, PlainHTTPException)
    if isinstance(error, LoginNeeded) and (sent := _to_login(request)):
        return sent
    status, headers = error.status_code, error.headers
    if isinstance(error, Stopped):
        return told(request, status, error.title, str(error.detail), headers, **error.more)
    title = HTTPStatus(status).phrase if status in list(HTTPStatus) else "Error"
    detail = error.detail if isinstance(error.detail, str) and error.detail != title else ""
    return told(request, status, title, detail or _PLAIN.get(status, title + "."), headers)


_PLAIN = {
    404: "There is nothing of that name that you may see.",
    405: "This address does not take that method; the header Allow names those it takes.",
    413: "This is larger than the server takes.",
}


def _to_login(request: Request) -> Response | None:
    """Return what sends a person to the login, and back; None for a program."""
    if request.method != "GET" or not is_page(request):
        return None
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    there = safe_next(asked)
    to = "/login" if there == "/" else f"/login?next={quote(there, safe='/')}"
    return RedirectResponse(to, 303)


def _not_valid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = [
        {"detail": one["msg"], "pointer": "/".join(["#", *(str(part) for part in one["loc"])])}
        for one in error.errors()[:20]
    ]
    said = "; ".join(f"{one['pointer'].removeprefix('#/')}: {one['detail']}" for one in errors[:3])
    return told(request, 422, "Not understood", said, errors=errors)


def _too_often(request: Request, error: Exception) -> Response:
    assert isinstance(error, TooOften)
    seconds = str(max(1, math.ceil(error.wait_s)))
    return told(request, 429, "Too often", str(error), {"Retry-After": seconds})


def _not_known(request: Request, error: Exception) -> Response:
    return told(request, 401, "Not known", str(error))


def _failed(request: Request, error: Exception) -> Response:
    if isinstance(error, UsageError | InputError):
        return told(request, 422 if isinstance(error, UsageError) else 400, *_said(error))
    title, detail = _said(error)
    if places.needs_login(request.app.state.serve):  # it may name folders of this machine
        _log.error("%s: %s", title, detail)
        detail = "The library cannot do this now; the server's log says why."
    return told(request, 503, title, detail)


def _said(error: Exception) -> tuple[str, str]:
    return type(error).__name__, str(error)
