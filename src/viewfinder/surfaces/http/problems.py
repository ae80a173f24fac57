"""What goes wrong, told as ``application/problem+json`` (RFC 9457)."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from viewfinder.app.library import Refused
from viewfinder.domain.errors import InputError, UsageError, ViewfinderError

MEDIA_TYPE = "application/problem+json"


def problem(status: int, title: str, detail: str, **more: object) -> Response:
    """Return an answer that says what went wrong."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return JSONResponse(body, status, media_type=MEDIA_TYPE)


def join(app: FastAPI) -> None:
    """Let an app tell its failures so."""
    app.exception_handler(Refused)(_refused)
    app.exception_handler(ViewfinderError)(_failed)


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    made = error.decision
    return problem(
        403,
        "Refused by policy",
        made.reason,
        rule=made.rule,
        alternative=made.alternative,
        appeal=made.appeal,
    )


def _failed(request: Request, error: Exception) -> Response:
    status = 422 if isinstance(error, UsageError) else 400 if isinstance(error, InputError) else 503
    return problem(status, type(error).__name__, str(error))
