"""Who asks: what every route depends on.

    @router.get("/videos", dependencies=[Depends(needs(Need.READ))])
    def videos(library: Seat) -> ...

A route names the one need it has; ``Seat`` is the library as the asker sees it, ``Who`` the
asker. Without a need a route is open to everybody: there are four of that kind, and a test
counts them.

How somebody comes in, in this order:

1. ``Authorization: Bearer TOKEN``: a program; what it may do stands in the token.
2. A session by cookie, after /login: a person in a browser.
3. Nobody has to log in *at home*: the server listens on a loopback address, the client comes
   from one, ``Host`` is localhost, 127.0.0.1 or [::1], and no proxy left a header.

Anybody else gets 401 under /api, and of a page is sent to ``/login?next=...``.

Purpose and case are kept in the session; ``Viewfinder-Purpose`` and ``Viewfinder-Case``
(percent-encoded where not ASCII) say them for one request, ``Viewfinder-Override`` the number
of an override.

**For whoever writes a page.** A request that changes something (POST, PUT, PATCH, DELETE) needs
the token of the page, except with a bearer token:

* ``csrf(request)`` gives it to a template. ``pages.page`` hands it to every template as
  ``csrf``; ``base.html`` has ``<meta name="csrf-token" content="{{ csrf }}">``.
* htmx 4: ``<body hx-headers:inherited='{"Viewfinder-CSRF": "{{ csrf }}"}'>``.
* ``fetch`` in an element: header ``Viewfinder-CSRF`` with the content of the meta.
* A plain form: ``<input type="hidden" name="csrf" value="{{ csrf }}">``.

A program at home that is no browser (it sends neither cookie nor ``Origin`` nor ``Sec-Fetch-*``,
and no form) needs none. ``ask`` in this way with ``TestClient(app, base_url="http://localhost",
client=("127.0.0.1", 1))``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from fastapi import Depends, Request

from viewfinder.app.library import Library
from viewfinder.app.serving.premises import Premises
from viewfinder.surfaces.http import proof

CSRF_HEADER, CSRF_FIELD = "Viewfinder-CSRF", "csrf"
COOKIE = "viewfinder"


class Need(StrEnum):
    """What a token may be good for; the policy of the library has its say all the same."""

    READ = "read"  # list, watch, search, ask, converse
    EXPORT = "export"  # take things out
    WRITE = "write"  # add footage, correct, collect, judge
    GOVERN = "govern"  # consent, holds, retention, access, switches, forgetting, the log
    ADMIN = "admin"  # accounts, tokens, webhooks


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks.

    Attributes:
        name: Of their account; None where nobody had to log in.
        needs: What they may do here at all.
        purpose: What for; None for none chosen.
        case: Case or story reference.
    """

    name: str | None
    needs: frozenset[Need]
    purpose: str | None = None
    case: str | None = None


def premises(request: Request) -> Premises:
    found: Premises = request.app.state.premises
    return found


def csrf(request: Request) -> str:
    """Return the token for what a page sends; makes the cookie that it goes with."""
    secret = request.cookies.get(COOKIE) or getattr(request.state, "new_visit", "")
    if not secret:
        secret = request.state.new_visit = proof.new_secret()
    return proof.token(secret)


def asker(request: Request) -> Asker:
    """Return who asks.

    Raises:
        HTTPException: 401 where somebody has to log in.
    """
    return Asker(None, frozenset(Need))


def needs(need: Need) -> Callable[[Asker], Asker]:
    """Return a dependency that lets only those in who may do that here."""

    def allowed(who: Annotated[Asker, Depends(asker)]) -> Asker:
        assert need in who.needs
        return who

    return allowed


def library(request: Request, who: Annotated[Asker, Depends(asker)]) -> Library:
    """Return the library as the asker sees it."""
    shared = premises(request).shared
    return shared.view(who.name, purpose=who.purpose, case=who.case)


Seat = Annotated[Library, Depends(library)]
Here = Annotated[Premises, Depends(premises)]
Who = Annotated[Asker, Depends(asker)]
