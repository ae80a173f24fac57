"""Calls of the API: asking.

Written by scripts/client.py from the OpenAPI document, not by hand.
"""

from __future__ import annotations

from viewfinder.client import request as wire


def plan(question: str) -> wire.Request[wire.Json]:
    """Read a question as a plan.

    A question as data, which may be changed and sent to /search and /ask, and in words. Nothing
    is looked for.
    """
    return wire.Request("POST", "/api/v1/plan", wire.document, json=wire.body(question=question))


def search(
    *,
    question: str | None = wire.UNSET,
    plan: wire.Json | None = wire.UNSET,
    limit: int | None = wire.UNSET,
) -> wire.Request[wire.Json]:
    """Find moments.

    Moments, best first, each with why it was found. `found` is false where nothing is certain
    enough; `moments` are then the nearest.
    """
    return wire.Request(
        "POST",
        "/api/v1/search",
        wire.document,
        json=wire.body(question=question, plan=plan, limit=limit),
    )


def search_image(
    picture: bytes, *, question: str = wire.UNSET, limit: int = wire.UNSET
) -> wire.Request[wire.Json]:
    """Find what resembles a picture.

    Moments that resemble a picture. The picture is not kept; faces in it are covered before it is
    looked at, and one that shows little but a face is refused.
    """
    return wire.Request(
        "POST",
        "/api/v1/search/image",
        wire.document,
        json=wire.body(question=question, limit=limit),
        files={"picture": picture},
    )


def similar_moments(video: str, at: float, *, limit: int = wire.UNSET) -> wire.Request[wire.Json]:
    """Find what resembles a moment.

    Moments anywhere in the library that look, or sound, like this one.
    """
    return wire.Request(
        "GET",
        f"/api/v1/videos/{wire.part(video)}/similar",
        wire.document,
        query={"at": at, "limit": limit},
    )


def ask_by_address(q: str) -> wire.Request[wire.Json]:
    """Ask, by an address that can be kept.

    The same as POST /ask, as a link; the question stands in histories and in logs of proxies.
    """
    return wire.Request("GET", "/api/v1/ask", wire.document, query={"q": q})


def ask(
    *, question: str | None = wire.UNSET, plan: wire.Json | None = wire.UNSET
) -> wire.Request[wire.Json]:
    """Ask.

    An answer whose every sentence is cited, an abstention, or a refusal; 200 for all three.
    """
    return wire.Request(
        "POST", "/api/v1/ask", wire.document, json=wire.body(question=question, plan=plan)
    )


def ask_stream(
    *, question: str | None = wire.UNSET, plan: wire.Json | None = wire.UNSET
) -> wire.Request[wire.Json]:
    """Ask, and read the answer as it comes.

    Events: `progress`, `claim`, and at the end `answer` (the document of POST /ask) or `problem`.
    With `Last-Event-ID` it goes on after that event.
    """
    return wire.Request(
        "POST", "/api/v1/ask/stream", wire.document, json=wire.body(question=question, plan=plan)
    )
