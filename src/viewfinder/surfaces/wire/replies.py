"""Replies of the API: documents as JSON, and what may go wrong, for the OpenAPI document."""

from __future__ import annotations

import hashlib
from pathlib import PurePath
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from viewfinder.app.library import Library, Refused
from viewfinder.domain.errors import InputError, UsageError, ViewfinderError
from viewfinder.domain.media import VideoId
from viewfinder.surfaces import documents
from viewfinder.surfaces.http import problems
from viewfinder.surfaces.http.identity import Asker, Need
from viewfinder.surfaces.wire.streams import Event

JSON = "application/json"
NOTHING_HERE = "There is nothing of that name that you may see."

WHY = {
    304: "Not changed since the reply whose `ETag` was sent as `If-None-Match`.",
    400: "What was sent is not what it should be: a file that cannot be read, a broken header.",
    401: "Log in first, or send a token that is still good.",
    403: "The policy refuses it (`rule`, `alternative`), or the token lacks a right.",
    404: "Nothing of that name that you may see; whether there is one at all is not told.",
    409: "It is so already, or somebody else changed it meanwhile.",
    410: "It was there and is gone: expired, finished or forgotten.",
    412: "It is not in the state that you named.",
    413: "Larger than this server takes.",
    415: "Of a media type that is not taken here.",
    422: "A field is missing, unknown or out of its range; `errors` says which.",
    429: "Too many requests; wait for `Retry-After` seconds.",
    503: "It cannot be done now: busy, locked, or a model is missing; it says which.",
}


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "example": {
                "type": "about:blank",
                "title": "Refused by policy",
                "status": 403,
                "detail": "Nobody is looked for by their face here.",
                "rule": "no-face-search",
                "alternative": "Ask for what is worn, held or said.",
            }
        },
    )

    type: str = Field(description="An address that names the kind; about:blank for the status.")
    title: str = Field(description="The kind, in words.")
    status: int = Field(description="The status of the reply.")
    detail: str = Field(description="What happened, and what to do.")


_PROBLEM = {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}


def may_go_wrong(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the ``responses`` of a route: those of every route, and the given ones."""
    return {
        status: {"description": WHY[status], **({"content": _PROBLEM} if status >= 400 else {})}
        for status in sorted({400, 401, 403, 422, 429, 503, *statuses})
    }


def told(document: object, status: int = 200, **headers: str) -> Response:
    """Return a document as JSON."""
    body = documents.dumps(document).encode("utf-8", "replace")
    return Response(body, status, headers={"Cache-Control": "no-store", **headers}, media_type=JSON)


def fresh(request: Request, document: object) -> Response:
    """Return a document, or 304 where the asker has it already (``If-None-Match``)."""
    body = documents.dumps(document).encode("utf-8", "replace")
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    known = [each.strip().removeprefix("W/") for each in _known(request)]
    if tag in known:
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=JSON)


def _known(request: Request) -> list[str]:
    return request.headers.get("if-none-match", "").split(",")


def nothing() -> Response:
    """Return the reply to what is done and has nothing to tell."""
    return Response(status_code=204)


def not_here() -> Response:
    """Return the one reply for what is unknown and for what the asker may not see."""
    return problems.problem(
        404, "Not found", "There is nothing here by that name that you may see."
    )


def too_busy() -> Response:
    made = problems.problem(503, "Busy", "Too many answers are being made; try again in a moment.")
    made.headers["Retry-After"] = "2"
    return made


def problem_event(error: Exception) -> Event:
    """Return the last event of a stream that broke."""
    if isinstance(error, Refused):
        made = error.decision
        more = {"rule": made.rule, "alternative": made.alternative, "appeal": made.appeal}
        return Event("problem", _problem(403, "Refused by policy", made.reason, **more))
    if isinstance(error, ViewfinderError):
        status = {UsageError: 422, InputError: 400}.get(type(error), 503)
        return Event("problem", _problem(status, type(error).__name__, str(error)))
    detail = "The server could not do it; its log says why."
    return Event("problem", _problem(500, "It broke", detail))


def _problem(status: int, title: str, detail: str, **more: object) -> dict[str, object]:
    return {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}


# -- paths ------------------------------------------------------------------------------------


def sees_paths(who: Asker) -> bool:
    """Tell whether an asker is told where files lie: who need not log in, or may take them out."""
    return who.name is None or Need.EXPORT in who.needs


def paths(library: Library, who: Asker) -> dict[VideoId, str]:
    """Return the path of each video as this asker is told it: whole, or the file's name."""
    whole = sees_paths(who)
    return {v.id: v.path if whole else v.name for v in library.videos()}


def shown(document: Any, who: Asker) -> Any:
    """Return a document in which every ``path`` is as this asker is told it."""
    return document if sees_paths(who) else _without_folders(document)


def _without_folders(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: PurePath(inner).name
            if key == "path" and isinstance(inner, str)
            else _without_folders(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [_without_folders(item) for item in value]
    return value


def host_of(request: Request) -> str:
    """Return the address the asker reached this server at, without a path."""
    return str(request.base_url).rstrip("/")
