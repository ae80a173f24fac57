"""Scopes for tests; the product's scopes are minted by a policy."""

from __future__ import annotations

from collections.abc import Iterable

from viewfinder.domain.media import VideoId
from viewfinder.domain.policy import Scope

EVERYTHING = Scope._mint(None)
NOTHING = Scope._mint(frozenset())


def classes(*access: str) -> Scope:
    """Return a scope that allows these access classes."""
    return Scope._mint(frozenset(access))


def only(videos: Iterable[VideoId], within: Scope = EVERYTHING) -> Scope:
    """Return ``within``, narrowed to these videos."""
    return within.narrowed(frozenset(videos))
