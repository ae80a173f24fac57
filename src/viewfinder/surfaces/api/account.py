"""Who one is here, accounts, and tokens for programs."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, Field, SecretStr

from viewfinder.app.entry.roster import Account, Token
from viewfinder.app.serving.accounts import NotKnown
from viewfinder.domain.errors import InputError
from viewfinder.surfaces.http import places
from viewfinder.surfaces.http.identity import (
    Here,
    Need,
    Seat,
    Who,
    csrf,
    needs,
    secret,
)
from viewfinder.surfaces.http.problems import Stopped
from viewfinder.surfaces.shapes.questions import example
from viewfinder.surfaces.wire.replies import may_go_wrong

router = APIRouter(prefix="/api/v1", tags=["account"])
_Anybody, _Keepers = Depends(needs(Need.READ)), Depends(needs(Need.ADMIN))
Name = Annotated[str, Field(min_length=1, max_length=100)]
Named = Annotated[str, Path(min_length=1, max_length=100)]
Password = Annotated[SecretStr, Field(max_length=512)]


_ACCOUNT: dict[str, Any] = {
    "name": "ann",
    "made": "2026-11-20T13:00:00+00:00",
    "has_password": True,
    "has_provider": False,
}
_ME: dict[str, Any] = {
    "name": "ann",
    "needs": ["read"],
    "purpose": None,
    "case": None,
    "token": None,
    "csrf": "c2FsdA==",
}
_TOKEN: dict[str, Any] = {
    "id": "0123456789ab",
    "name": "nightly",
    "account": "ann",
    "needs": ["read"],
    "made": "2026-11-20T13:00:00+00:00",
    "ends": "2026-12-20T13:00:00+00:00",
    "used": None,
}


class Me(BaseModel):
    """Who asks, as the server sees them."""

    model_config = example(_ME)

    name: str | None = Field(description="Of the account; null where nobody had to log in.")
    needs: list[Need] = Field(description="What may be asked for at all.")
    purpose: str | None
    case: str | None
    token: str | None = Field(description="Id of the token; null for a browser.")
    csrf: str | None = Field(description="For the header Viewfinder-CSRF; null for a program.")


class Intent(BaseModel):
    """What somebody asks for from now on."""

    model_config = example({"purpose": "story", "case": "2026-17"}, closed=True)

    purpose: Annotated[str, Field(max_length=200)] | None = None
    case: Annotated[str, Field(max_length=200)] | None = None


class NewPassword(BaseModel):
    """Another password."""

    model_config = example({"old": "a long old phrase", "new": "a longer new phrase"}, closed=True)

    old: Password
    new: Password


class NewAccount(BaseModel):
    """Somebody who may log in."""

    model_config = example({"name": "ann", "password": "a long phrase of hers"}, closed=True)

    name: Name
    password: Password | None = Field(
        None, description="Without one they come in through the provider alone."
    )


class AnAccount(BaseModel):
    """Somebody who may log in."""

    model_config = example(_ACCOUNT)

    name: str
    made: str
    has_password: bool
    has_provider: bool


class NewToken(BaseModel):
    """What a program may do, and for how long."""

    model_config = example({"name": "nightly", "needs": ["read"], "days": 30}, closed=True)

    name: Name
    needs: Annotated[list[Need], Field(min_length=1, max_length=len(Need))]
    days: Annotated[float, Field(gt=0, le=366)] = 30
    account: Name | None = Field(None, description="Whose it is; your own where null.")


class AToken(BaseModel):
    """What a program comes in with."""

    model_config = example(_TOKEN)

    id: str
    name: str
    account: str
    needs: list[Need]
    made: str
    ends: str
    used: str | None


class MadeToken(AToken):
    """A new token, with what the program sends; it is shown this once."""

    model_config = example({**_TOKEN, "token": "vf_c2VjcmV0"})

    token: str


@router.get(
    "/me",
    operation_id="me",
    summary="Who you are",
    dependencies=[_Anybody],
    responses=may_go_wrong(),
)
def me(request: Request, who: Who) -> Me:
    """And what a page sends along with what changes something."""
    return Me(
        name=who.name,
        needs=[need for need in Need if need in who.needs],
        purpose=who.purpose,
        case=who.case,
        token=who.token or None,
        csrf=None if who.token or places.is_no_browser(request.scope) else csrf(request),
    )


@router.put(
    "/me/purpose",
    operation_id="choose_purpose",
    summary="Say what you are here for",
    status_code=204,
    dependencies=[_Anybody],
    responses=may_go_wrong(409),
)
def choose(request: Request, here: Here, who: Who, intent: Intent) -> Response:
    """From now on in this browser. A program says it by the header `Viewfinder-Purpose`."""
    held = secret(request)
    if who.token or not held:
        detail = "Nothing is kept for a program: send Viewfinder-Purpose and Viewfinder-Case."
        raise Stopped(409, "No session", detail)
    here.accounts.choose(held, intent.purpose, intent.case)
    return Response(status_code=204)


@router.put(
    "/me/password",
    operation_id="change_password",
    summary="Change your password",
    status_code=204,
    dependencies=[_Anybody],
    responses=may_go_wrong(409),
)
def change_password(
    request: Request, here: Here, library: Seat, who: Who, words: NewPassword
) -> Response:
    """Every other session of yours ends."""
    if who.name is None or who.token:
        raise Stopped(409, "No session", "A password is changed by whoever is logged in.")
    address, old = places.address_of(request.scope), words.old.get_secret_value()
    try:
        here.accounts.confirm(who.name, old, address=address)
    except NotKnown as wrong:
        raise Stopped(403, "Not known", "The password you have now is another one.") from wrong
    here.accounts.set_password(who.name, words.new.get_secret_value(), library)
    return Response(status_code=204)


@router.get(
    "/accounts",
    operation_id="list_accounts",
    summary="List accounts",
    dependencies=[_Keepers],
    responses=may_go_wrong(),
)
def accounts(here: Here) -> dict[str, list[AnAccount]]:
    """Everybody who may log in."""
    return {"items": [_told(one) for one in here.accounts.listed()]}


@router.post(
    "/accounts",
    operation_id="add_account",
    summary="Make an account",
    status_code=201,
    dependencies=[_Keepers],
    responses=may_go_wrong(409),
)
def add_account(here: Here, library: Seat, new: NewAccount) -> AnAccount:
    """In a library with rules, what they may do is for its list of people to say."""
    password = new.password.get_secret_value() if new.password is not None else None
    try:
        return _told(here.accounts.add(new.name, password, library))
    except InputError as wrong:
        raise Stopped(409, "There already", str(wrong)) from wrong


@router.delete(
    "/accounts/{name}",
    operation_id="remove_account",
    summary="Remove an account",
    status_code=204,
    dependencies=[_Keepers],
    responses=may_go_wrong(404),
)
def remove_account(here: Here, library: Seat, name: Named) -> Response:
    """With its tokens and sessions; what it kept stays."""
    try:
        here.accounts.remove(name, library)
    except InputError as wrong:
        raise Stopped(404, "Not Found", "There is no such account.") from wrong
    return Response(status_code=204)


@router.get(
    "/tokens",
    operation_id="list_tokens",
    summary="List your tokens",
    dependencies=[_Anybody],
    responses=may_go_wrong(),
)
def tokens(
    request: Request,
    here: Here,
    who: Who,
    everybodys: Annotated[bool, Query(description="Those of all accounts; needs `admin`.")] = False,
) -> dict[str, list[AToken]]:
    """What each is good for, until when, and when it was last used."""
    if everybodys:
        _ = needs(Need.ADMIN)(request, who, None)
    elif who.name is None:
        return {"items": []}
    found = here.accounts.tokens(None if everybodys else who.name)
    return {"items": [AToken(**_shown(token, owner, used)) for token, owner, used in found]}


@router.post(
    "/tokens",
    operation_id="make_token",
    summary="Make a token",
    status_code=201,
    dependencies=[_Anybody],
    responses=may_go_wrong(409),
)
def make_token(request: Request, here: Here, library: Seat, who: Who, new: NewToken) -> MadeToken:
    """A token makes tokens only if it is good for `admin`, and none that may do more."""
    whose = new.account or who.name
    if whose is None:
        raise Stopped(409, "Whose?", "Nobody is logged in; name the account it is for.")
    if whose != who.name or who.token:
        _ = needs(Need.ADMIN)(request, who, None)
    if more := [need.value for need in new.needs if need not in who.needs]:
        detail = f"You cannot give what you do not have: {', '.join(more)}."
        raise Stopped(403, "Not with this token", detail)
    try:
        made, secret_part = here.accounts.make_token(whose, new.name, new.needs, new.days, library)
    except InputError as wrong:
        raise Stopped(409, "No such account", "There is no account of that name.") from wrong
    return MadeToken(**_shown(made, whose, ""), token=secret_part)


@router.delete(
    "/tokens/{token}",
    operation_id="revoke_token",
    summary="Revoke a token",
    status_code=204,
    dependencies=[_Anybody],
    responses=may_go_wrong(404),
)
def revoke_token(request: Request, here: Here, library: Seat, who: Who, token: Named) -> Response:
    """For ever. Somebody else's takes `admin`."""
    own = {one.id for one, _, _ in here.accounts.tokens(who.name)} if who.name else set[str]()
    if token not in own:
        _ = needs(Need.ADMIN)(request, who, None)
    try:
        here.accounts.revoke(token, library)
    except InputError as wrong:
        raise Stopped(404, "Not Found", "There is no such token.") from wrong
    return Response(status_code=204)


def _told(one: Account) -> AnAccount:
    return AnAccount(
        name=one.name,
        made=one.made,
        has_password=bool(one.password),
        has_provider=bool(one.subject),
    )


def _shown(token: Token, owner: str, used: str) -> dict[str, Any]:
    return {
        "id": token.id,
        "name": token.name,
        "account": owner,
        "needs": list(token.needs),
        "made": token.made,
        "ends": token.ends,
        "used": used or None,
    }
