"""Who asks: what every route depends on.

    @router.get("/videos", dependencies=[Depends(needs(Need.READ))])
    def videos(library: Seat) -> ...

A route names the one need it has; ``Seat`` is the library as the asker sees it, ``Who`` the
asker. A route without a need is open to everybody, and a test counts those.

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
* ``fetch`` in an element: header ``Viewfinder-CSRF`` with the content of the meta.
* A plain form: ``<input type="hidden" name="csrf" value="{{ csrf }}">``.

A program at home that is no browser (it sends no cookie, ``Origin``, ``Referer`` or
``Sec-Fetch-*``, and does not call itself Mozilla) needs none. In tests:
``TestClient(app, base_url="http://localhost", client=("127.0.0.1", 1))``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import unquote

from fastapi import Depends, Request

from viewfinder.app.config import Serve
from viewfinder.app.entry.roster import Need as Need
from viewfinder.app.library import Library
from viewfinder.app.serving.premises import Premises
from viewfinder.surfaces.http import places, proof
from viewfinder.surfaces.http.problems import LoginNeeded, Stopped

CSRF_HEADER, CSRF_FIELD = "Viewfinder-CSRF", "csrf"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks.

    Attributes:
        name: Of their account; None where nobody had to log in.
        needs: What they may do here at all.
        purpose: What for; None for none chosen.
        case: Case or story reference.
        override: Number of a request that a second person said yes to; used up by this one.
        token: Id of the token they came in with; "" for a person before a browser.
    """

    name: str | None
    needs: frozenset[Need]
    purpose: str | None = None
    case: str | None = None
    override: int | None = None
    token: str = ""


def premises(request: Request) -> Premises:
    found: Premises = request.app.state.premises
    return found


def serving(request: Request) -> Serve:
    """Return how this server lets people in."""
    found: Serve = request.app.state.serve
    return found


def secret(request: Request) -> str:
    """Return the value of our cookie; "" where there is none."""
    return request.cookies.get(places.cookie_name(request.scope, serving(request)), "")


def bearer(request: Request) -> str | None:
    """Return the token of a program; None where it sends none."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return given.strip() if scheme.casefold() == "bearer" else None


def csrf(request: Request) -> str:
    """Return the token for what a page sends; makes the cookie that it goes with."""
    held = secret(request) or getattr(request.state, "new_visit", "")
    if len(held) < proof.SECRET_CHARACTERS:
        held = request.state.new_visit = proof.new_secret()
    return proof.token(held)


def asker(request: Request) -> Asker:
    """Return who asks.

    Raises:
        LoginNeeded: Somebody has to log in.
        Stopped: 429 where somebody asks too often.
    """
    known: Asker | None = getattr(request.state, "asker", None)
    if known is None:
        known = request.state.asker = _asker(request)
    return known


def _asker(request: Request) -> Asker:
    accounts, serve = premises(request).accounts, serving(request)
    given = bearer(request)
    if given is not None:
        held = accounts.token(given)
        if held is None:
            raise LoginNeeded(
                "This token is unknown or has ended; `viewfinder tokens add` makes another.",
                "invalid_token",
            )
        return _for_now(request, Asker(held.name, held.needs, token=held.by))
    cookie = secret(request)
    held = accounts.session(cookie) if cookie else None
    if held is not None and held.name is not None:
        return _for_now(request, Asker(held.name, held.needs, held.purpose, held.case))
    if not places.is_at_home(request.scope, serve):
        raise LoginNeeded
    purpose, case = (held.purpose, held.case) if held is not None else (None, None)
    return _for_now(request, Asker(None, frozenset(Need), purpose, case))


def _for_now(request: Request, who: Asker) -> Asker:
    """Return the asker under the purpose that the request itself names, if it does."""
    take: Callable[[str], None] = request.app.state.one_more
    if who.name is not None:
        take(f"{who.name} {who.token}")
    purpose, case = (
        unquote(request.headers.get(name, "")).strip() or None
        for name in ("Viewfinder-Purpose", "Viewfinder-Case")
    )
    if any(said and not said.isprintable() for said in (purpose, case)):
        raise Stopped(400, "Not understood", "A purpose or a case is words that can be read.")
    number = request.headers.get("Viewfinder-Override", "")
    if number and not (number.isascii() and number.isdecimal() and len(number) < 10):
        raise Stopped(400, "Not understood", "Viewfinder-Override is the number of an override.")
    override = int(number) if number else None
    if purpose is None and case is None:
        purpose, case = who.purpose, who.case
    return Asker(who.name, who.needs, purpose, case, override, who.token)


async def meant(request: Request) -> None:
    """Do nothing where whoever sits before the browser meant this request.

    Raises:
        Stopped: 403: another site made the browser send it, or its page is too old.
    """
    if request.method in SAFE or bearer(request) is not None:  # no browser adds one by itself
        return
    scope, serve = request.scope, serving(request)
    if not places.is_from_here(scope, serve):
        raise Stopped(403, "Not from here", "This request began at another site.")
    if places.is_at_home(scope, serve) and places.is_no_browser(scope):
        return
    given = request.headers.get(CSRF_HEADER)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
    if given is None and kind in _FORMS:
        found = (await request.form()).get(CSRF_FIELD)
        given = found if isinstance(found, str) else None
    held = secret(request)
    if not (given and held and proof.goes_with(given, held)):
        raise Stopped(
            403,
            "The page is too old",
            f"Load the page again; a program sends the token of /api/v1/me as {CSRF_HEADER}.",
        )


Meant = Depends(meant)
"""For a route that anybody may use: ``dependencies=[Meant]``. ``needs`` has it built in."""


def needs(need: Need) -> Callable[..., Asker]:
    """Return a dependency that lets only those in who may do that here.

    Who may look after the door itself (``Need.ADMIN``) is for the library's policy to say.
    """

    def allowed(
        request: Request, who: Annotated[Asker, Depends(asker)], _: Annotated[None, Meant]
    ) -> Asker:
        if need not in who.needs:
            raise Stopped(
                403,
                "Not with this token",
                f"This takes a token that is good for {need.value!r}.",
                {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{need.value}"'},
                need=need.value,
            )
        if need is Need.ADMIN:
            library(request, who).enter("configure")
        return who

    return allowed


def library(request: Request, who: Annotated[Asker, Depends(asker)]) -> Library:
    """Return the library as the asker sees it."""
    shared = premises(request).shared
    return shared.view(who.name, purpose=who.purpose, case=who.case, override=who.override)


Seat = Annotated[Library, Depends(library)]
Here = Annotated[Premises, Depends(premises)]
Who = Annotated[Asker, Depends(asker)]
