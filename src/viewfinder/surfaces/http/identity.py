"""Who asks: what every route depends on.

    @router.get("/videos", dependencies=[Depends(needs(Need.READ))])
    def videos(library: Seat) -> ...

A route names the one need it has; ``Seat`` is the library as the asker sees it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from fastapi import Depends, Request

from viewfinder.app.library import Library
from viewfinder.app.serving.premises import Premises


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
