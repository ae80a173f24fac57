"""What the API says of itself: its OpenAPI document, and a page to read and try it on.

The page needs no network: Swagger UI lies beside it.
"""

from __future__ import annotations

import gzip
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse, Response
from pydantic import TypeAdapter

from viewfinder.surfaces.http.identity import Need, csrf, needs
from viewfinder.surfaces.wire.replies import Problem, fresh

router = APIRouter(dependencies=[Depends(needs(Need.READ))], include_in_schema=False)

SWAGGER = Path(__file__).resolve().parent / "static" / "vendor" / "swagger-ui"
TYPES = {"js": "text/javascript", "css": "text/css"}
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="csrf-token" content="{csrf}">
<title>viewfinder: HTTP API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/api/docs/swagger-ui.css">
<script src="/api/docs/swagger-ui-bundle.js" defer></script>
<script src="/api/docs/start.js" defer></script>
</head>
<body><main id="swagger-ui"></main></body>
</html>
"""
START = """SwaggerUIBundle({
  url: "/api/v1/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null,
  docExpansion: "list",
  requestInterceptor: (sent) => {
    const meant = document.querySelector("meta[name=csrf-token]").content;
    sent.headers["Viewfinder-CSRF"] = meant;
    return sent;
  },
});
"""
"""Without the validator badge, which would ask a server elsewhere."""

ABOUT = """Search footage, ask it, and play what it answers at the second.

Log in with `Authorization: Bearer TOKEN`, or with the cookie of the web page; on the loopback
address of a library of your own nobody needs to. What you may not see does not exist here:
an id that is unknown and one that is closed to you get the same 404.

Errors are `application/problem+json`. Lists come a page at a time (`limit`, `cursor`).
`Idempotency-Key` makes a POST safe to send again. Answers and jobs stream as server-sent
events, and go on after a lost line (`Last-Event-ID`).
"""

TAGS = (
    ("asking", "Search, and answers whose every sentence is cited."),
    ("conversations", "Questions that go on from what was said and shown."),
    ("videos", "What there is, how far it can be searched, what is noted of it."),
    ("media", "Pictures, sound and subtitles, as players want them."),
    ("uploads", "Footage in, a piece at a time (tus 1.0)."),
    ("jobs", "Work under way: adding, indexing, what failed."),
    ("mine", "What you keep: collections, saved searches, judgements, corrections."),
    ("exports", "Take it with you: clips, stills, answers as pages, timelines."),
    ("governing", "Access, consent, holds, retention, switches, the log, papers."),
    ("account", "Who you are, tokens, users."),
    ("webhooks", "Addresses that are told of what happened."),
    ("server", "Health and the like."),
)


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document of an app."""
    if app.openapi_schema is None:
        made = get_openapi(
            title="viewfinder",
            version="1",
            openapi_version="3.1.0",
            description=ABOUT,
            routes=app.routes,
            tags=[{"name": name, "description": about} for name, about in TAGS],
            license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        )
        made["paths"] = {
            path: said for path, said in made["paths"].items() if path.startswith("/api/v1")
        }
        parts = made.setdefault("components", {})
        schema = TypeAdapter(Problem).json_schema()
        parts.setdefault("schemas", {})["Problem"] = schema
        parts["securitySchemes"] = {
            "token": {"type": "http", "scheme": "bearer"},
            "session": {"type": "apiKey", "in": "cookie", "name": "viewfinder"},
        }
        made["security"] = [{"token": []}, {"session": []}, {}]
        app.openapi_schema = made
    return app.openapi_schema


@router.get("/api/v1/openapi.json")
def document(request: Request) -> Response:
    """Return the OpenAPI document."""
    return fresh(request, describe(request.app))


@router.get("/api/docs")
def docs(request: Request) -> Response:
    """Return the page to read and try it on."""
    return HTMLResponse(PAGE.replace("{csrf}", csrf(request)))


@router.get("/api/docs/start.js")
def start() -> Response:
    return Response(START, media_type=TYPES["js"])


@router.get("/api/docs/{name}.{kind}")
def vendored(
    name: Literal["swagger-ui-bundle", "swagger-ui"], kind: Literal["js", "css"], request: Request
) -> Response:
    """Return a file of Swagger UI; they lie here compressed."""
    path = SWAGGER / f"{name}.{kind}.gz"
    if not path.is_file():
        return Response(status_code=404)
    headers = {"Cache-Control": "private, max-age=86400", "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(
            path.read_bytes(),
            headers={**headers, "Content-Encoding": "gzip"},
            media_type=TYPES[kind],
        )
    return Response(_whole(path), headers=headers, media_type=TYPES[kind])


@lru_cache(maxsize=4)
def _whole(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes())
