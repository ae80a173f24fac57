"""What a request that makes no sense is told, as ``application/problem+json``."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from viewfinder.surfaces.http.problems import problem

LONGEST = 200


def join(app: FastAPI) -> None:
    """Let an app tell so what it does not understand."""
    app.exception_handler(RequestValidationError)(_invalid)
    app.exception_handler(HTTPException)(_failed)


def _invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = [
        {"where": ".".join(map(str, each["loc"]))[:LONGEST], "what": str(each["msg"])[:LONGEST]}
        for each in error.errors()[:20]
    ]
    if any(each["type"] == "json_invalid" for each in error.errors()):
        return problem(422, "Not JSON", "The body is not JSON.", errors=found)
    first = found[0] if found else {"where": "", "what": "nothing that can be read"}
    return problem(422, "Does not fit", f"{first['where']}: {first['what']}", errors=found)


def _failed(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    title = HTTPStatus(error.status_code).phrase
    made = problem(error.status_code, title, str(error.detail))
    made.headers.update(error.headers or {})
    return made
