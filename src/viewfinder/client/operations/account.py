"""Calls of the API: account.

Written by scripts/client.py from the OpenAPI document, not by hand.
"""

from __future__ import annotations

from collections.abc import Sequence

from viewfinder.client import request as wire


def lives() -> wire.Request[wire.Json]:
    """Whether the server lives.

    It does, where this is answered.
    """
    return wire.Request("GET", "/healthz", wire.document)


def is_ready() -> wire.Request[wire.Json]:
    """Whether the server can do its work.

    Missing models are named; without them the server still answers from words.
    """
    return wire.Request("GET", "/readyz", wire.document)


def metrics() -> wire.Request[str]:
    """Counters, for Prometheus.

    How many requests there were, and how long they took.
    """
    return wire.Request("GET", "/metrics", wire.words)


def me() -> wire.Request[wire.Json]:
    """Who you are.

    And what a page sends along with what changes something.
    """
    return wire.Request("GET", "/api/v1/me", wire.document)


def choose_purpose(
    *, purpose: str | None = wire.UNSET, case: str | None = wire.UNSET
) -> wire.Request[None]:
    """Say what you are here for.

    From now on in this browser. A program says it by the header `Viewfinder-Purpose`.
    """
    return wire.Request(
        "PUT", "/api/v1/me/purpose", wire.nothing, json=wire.body(purpose=purpose, case=case)
    )


def change_password(old: str, new: str) -> wire.Request[None]:
    """Change your password.

    Every other session of yours ends.
    """
    return wire.Request(
        "PUT", "/api/v1/me/password", wire.nothing, json=wire.body(old=old, new=new)
    )


def list_accounts() -> wire.Request[wire.Json]:
    """List accounts.

    Everybody who may log in.
    """
    return wire.Request("GET", "/api/v1/accounts", wire.document)


def add_account(name: str, *, password: str | None = wire.UNSET) -> wire.Request[wire.Json]:
    """Make an account.

    In a library with rules, what they may do is for its list of people to say.
    """
    return wire.Request(
        "POST", "/api/v1/accounts", wire.document, json=wire.body(name=name, password=password)
    )


def remove_account(name: str) -> wire.Request[None]:
    """Remove an account.

    With its tokens and sessions; what it kept stays.
    """
    return wire.Request("DELETE", f"/api/v1/accounts/{wire.part(name)}", wire.nothing)


def list_tokens(*, everybodys: bool = wire.UNSET) -> wire.Request[wire.Json]:
    """List your tokens.

    What each is good for, until when, and when it was last used.
    """
    return wire.Request("GET", "/api/v1/tokens", wire.document, query={"everybodys": everybodys})


def make_token(
    name: str, needs: Sequence[str], *, days: float = wire.UNSET, account: str | None = wire.UNSET
) -> wire.Request[wire.Json]:
    """Make a token.

    A token makes tokens only if it is good for `admin`, and none that may do more.
    """
    return wire.Request(
        "POST",
        "/api/v1/tokens",
        wire.document,
        json=wire.body(name=name, needs=needs, days=days, account=account),
    )


def revoke_token(token: str) -> wire.Request[None]:
    """Revoke a token.

    For ever. Somebody else's takes `admin`.
    """
    return wire.Request("DELETE", f"/api/v1/tokens/{wire.part(token)}", wire.nothing)
