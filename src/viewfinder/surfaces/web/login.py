"""Coming in and going out, and the page of one's own account."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from viewfinder.app.entry.roster import digest_of
from viewfinder.app.serving.accounts import NotKnown, TooOften
from viewfinder.domain.errors import InputError, UsageError
from viewfinder.surfaces.http import places, wall
from viewfinder.surfaces.http.identity import (
    Here,
    Meant,
    Need,
    Seat,
    Who,
    asker,
    csrf,
    needs,
    premises,
    secret,
    serving,
)
from viewfinder.surfaces.http.oidc import Provider
from viewfinder.surfaces.http.problems import LoginNeeded, Stopped, safe_next
from viewfinder.surfaces.web.pages import page

router = APIRouter(include_in_schema=False)
ForMe, ForKeepers = Depends(needs(Need.READ)), Depends(needs(Need.ADMIN))
Text = Annotated[str, Form(max_length=2000)]
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Safari/", "Safari"),
)
"""A mark in what a browser says of itself, and its name; the first that is there counts."""
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def provider(request: Request) -> Provider | None:
    """Return who vouches for people; None where nobody does."""
    found: Provider | None = getattr(request.app.state, "provider", None)
    if found is None and (told := serving(request).oidc).issuer:
        found = request.app.state.provider = Provider(told)
    return found


def _login(
    request: Request, to: str, name: str = "", status: int = 200, said: str = ""
) -> Response:
    told = serving(request).oidc
    return page(
        request,
        "login.html",
        status,
        to=safe_next(to),
        typed=name,
        said=said,
        provider=(told.button or urlsplit(told.issuer).hostname) if told.issuer else "",
        has_accounts=bool(premises(request).accounts.listed()),
    )


@router.get("/login")
def show_login(request: Request, next: str = "/") -> Response:  # noqa: A002 - the address says so
    """Return the form to log in with; whoever is in already goes on."""
    try:
        who = asker(request)
    except LoginNeeded:
        return _login(request, next)
    return RedirectResponse(safe_next(next), 303) if who.name else _login(request, next)


@router.post("/login", dependencies=[Meant])
def log_in(
    request: Request,
    here: Here,
    name: Text = "",
    password: Text = "",
    next: Text = "/",  # noqa: A002
) -> Response:
    """Begin a session, under a number that nobody could know before."""
    agent = request.headers.get("user-agent", "")
    address = places.address_of(request.scope)
    try:
        made = here.accounts.log_in(name, password, address=address, agent=agent)
    except NotKnown as wrong:
        return _login(request, next, name, 401, str(wrong))
    except TooOften as wrong:
        refused = _login(request, next, name, 429, str(wrong))
        refused.headers["Retry-After"] = str(max(1, round(wrong.wait_s)))
        return refused
    return _in(request, made, next)


def _in(request: Request, made: str, to: str) -> Response:
    if old := secret(request):
        premises(request).accounts.log_out(old)
    sent = RedirectResponse(safe_next(to), 303)
    serve = serving(request)
    seconds = int(serve.session_hours * 3600)
    sent.headers["set-cookie"] = wall.cookie(request.scope, serve, made, seconds=seconds)
    return sent


@router.post("/logout", dependencies=[Meant])
def log_out(request: Request, here: Here) -> Response:
    """End the session."""
    here.accounts.log_out(secret(request))
    sent = RedirectResponse("/login", 303)
    sent.headers["set-cookie"] = wall.cookie(request.scope, serving(request), "", seconds=0)
    return sent


@router.get("/login/provider")
def to_provider(request: Request, next: str = "/") -> Response:  # noqa: A002
    """Send the browser to who vouches for people."""
    vouching = provider(request)
    if vouching is None:
        raise Stopped(404, "Not Found", "Nobody else vouches for people here.")
    csrf(request)  # lays the cookie that the answer is bound to
    browser = getattr(request.state, "new_visit", "") or secret(request)
    address = vouching.begin(browser, safe_next(next), back=_back(request))
    return RedirectResponse(address, 303)


@router.get("/login/provider/callback")
def from_provider(request: Request, here: Here) -> Response:
    """Begin a session for whom the provider vouches."""
    vouching = provider(request)
    if vouching is None:
        raise Stopped(404, "Not Found", "Nobody else vouches for people here.")
    told, to = vouching.finish(secret(request), request.query_params, back=_back(request))
    made = here.accounts.vouched(
        serving(request).oidc.issuer,
        told,
        address=places.address_of(request.scope),
        agent=request.headers.get("user-agent", ""),
    )
    return _in(request, made, to)


def _back(request: Request) -> str:
    base = serving(request).origin or f"{request.url.scheme}://{request.headers['host']}"
    return f"{base}/login/provider/callback"


@router.post("/account/purpose", dependencies=[ForMe])
def choose(
    request: Request,
    here: Here,
    library: Seat,
    purpose: Text = "",
    case: Text = "",
    next: Text = "/account",  # noqa: A002
) -> Response:
    """Note what the asker is here for, from now on in this browser."""
    library.enter()
    here.accounts.choose(secret(request), purpose.strip()[:200], case.strip()[:200])
    return RedirectResponse(safe_next(next), 303)


@router.get("/account", dependencies=[ForMe])
def account(request: Request, who: Who) -> HTMLResponse:
    """Return the page of one's own account."""
    return _account(request, who)


def browser_of(agent: str) -> str:
    """Return what a browser is called and runs on, from what it says of itself."""
    name = next((said for mark, said in BROWSERS if mark in agent), "")
    system = next((said for mark, said in SYSTEMS if mark in agent), "")
    if not name:
        return agent[:60] or "A browser"
    return f"{name} on {system}" if system else name


def _account(
    request: Request, who: Who, status: int = 200, said: str = "", wrong: str = "", made: str = ""
) -> HTMLResponse:
    accounts = premises(request).accounts
    return page(
        request,
        "account.html",
        status,
        sessions=accounts.sessions(who.name) if who.name else [],
        tokens=accounts.tokens(who.name) if who.name else [],
        has_password=bool(who.name and accounts.named(who.name).password),
        this_session=digest_of(secret(request)),
        needs=[need for need in Need if need in who.needs],
        at=lambda seconds: datetime.fromtimestamp(seconds, UTC).isoformat(" ", "minutes")[:16],
        browser=browser_of,
        said=said,
        wrong=wrong,
        made=made,
    )


@router.post("/account/password", dependencies=[ForMe])
def change_password(
    request: Request, here: Here, library: Seat, who: Who, old: Text = "", new: Text = ""
) -> HTMLResponse:
    """Change one's own password; every other session ends."""
    name = _somebody(who)
    try:
        here.accounts.confirm(name, old, address=places.address_of(request.scope))
        here.accounts.set_password(name, new, library, keep=digest_of(secret(request)))
    except NotKnown:
        return _account(request, who, 403, wrong="The password you have now is another one.")
    except (TooOften, UsageError) as wrong:
        status = 429 if isinstance(wrong, TooOften) else 422
        return _account(request, who, status, wrong=f"{str(wrong)[:1].upper()}{str(wrong)[1:]}.")
    said = "Your password is changed. You are logged out everywhere else."
    return _account(request, who, said=said)


@router.post("/account/tokens", dependencies=[ForMe])
def make_token(
    request: Request,
    here: Here,
    library: Seat,
    who: Who,
    name: Text = "",
    need: Annotated[list[Need], Form()] = [],  # noqa: B006 - FastAPI copies it
    days: Annotated[float, Form(gt=0, le=366)] = 30,
) -> HTMLResponse:
    """Make a token for a program of one's own; it is shown this once."""
    owner = _somebody(who)
    wanted = [one for one in need if one in who.needs]
    try:
        _, made = here.accounts.make_token(owner, name, wanted, days, library)
    except UsageError as wrong:
        return _account(request, who, 422, wrong=f"{str(wrong)[:1].upper()}{str(wrong)[1:]}.")
    return _account(request, who, said="The token is made.", made=made)


@router.post("/account/tokens/{token}/revoke", dependencies=[ForMe])
def revoke_token(request: Request, here: Here, library: Seat, who: Who, token: str) -> HTMLResponse:
    """Make a token of one's own good for nothing."""
    try:
        here.accounts.revoke(token, library, account=_somebody(who))
    except InputError as wrong:
        raise Stopped(404, "Not Found", "You have no such token.") from wrong
    return _account(request, who, said="The token is revoked.")


@router.post("/account/sessions/{session}/end", dependencies=[ForMe])
def end_session(request: Request, here: Here, who: Who, session: str) -> Response:
    """Log another browser of one's own out."""
    try:
        here.accounts.end_session(_somebody(who), session)
    except InputError as wrong:
        raise Stopped(404, "Not Found", "You have no such session.") from wrong
    return RedirectResponse("/account", 303)


def _somebody(who: Who) -> str:
    """Return the name of a person before a browser.

    Raises:
        Stopped: 409: nobody is logged in, or it is a program.
    """
    if who.name is None or who.token:
        raise Stopped(409, "Not logged in", "This is about an account, and nobody is logged in.")
    return who.name


@router.get("/account/people", dependencies=[ForKeepers])
def people(request: Request) -> HTMLResponse:
    """Return the page of all accounts."""
    return _people(request)


def _people(
    request: Request, status: int = 200, said: str = "", wrong: str = "", name: str = ""
) -> HTMLResponse:
    accounts = premises(request).accounts
    return page(
        request,
        "accounts.html",
        status,
        people=accounts.listed(),
        tokens=accounts.tokens(),
        said=said,
        wrong=wrong,
        typed=name,
    )


@router.post("/account/people", dependencies=[ForKeepers])
def add_account(
    request: Request, here: Here, library: Seat, name: Text = "", password: Text = ""
) -> HTMLResponse:
    """Make an account."""
    try:
        made = here.accounts.add(name, password, library)
    except (InputError, UsageError) as wrong:
        told = f"{str(wrong)[:1].upper()}{str(wrong)[1:]}."
        return _people(request, 422, wrong=told, name=name[:100])
    return _people(request, said=f"{made.name} may log in now.")


@router.post("/account/people/remove", dependencies=[ForKeepers])
def remove_account(request: Request, here: Here, library: Seat, name: Text = "") -> HTMLResponse:
    """Remove an account with its tokens and sessions."""
    try:
        here.accounts.remove(name, library)
    except InputError as wrong:
        raise Stopped(404, "Not Found", "There is no such account.") from wrong
    return _people(request, said=f"{name} cannot log in any more.")


@router.post("/account/people/revoke", dependencies=[ForKeepers])
def revoke_any(request: Request, here: Here, library: Seat, token: Text = "") -> HTMLResponse:
    """Make somebody's token good for nothing."""
    try:
        here.accounts.revoke(token, library)
    except InputError as wrong:
        raise Stopped(404, "Not Found", "There is no such token.") from wrong
    return _people(request, said="The token is revoked.")
