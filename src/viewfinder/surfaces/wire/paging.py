"""Long lists a page at a time, by a cursor that says where the last page ended.

A cursor is a place in an order and nothing else: what may be seen is decided anew for each page.
It is signed for one asker and one list, so that none can be made up or used for another.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from fastapi import HTTPException, Query

from viewfinder.surfaces.http.identity import Asker

T = TypeVar("T")

MOST = 500
_SECRET = secrets.token_bytes(32)
"""Of this process: cursors end with it."""

Limit = Annotated[int, Query(ge=1, le=MOST, description="Most on a page.")]
Cursor = Annotated[
    str | None,
    Query(max_length=2000, description="`next` of the page before; none for the first page."),
]


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A part of a list, and the cursor of what follows; None at its end."""

    items: list[T]
    next: str | None


def page(
    items: Sequence[T],
    key: Callable[[T], tuple[object, ...]],
    *,
    whose: Asker,
    of: str,
    cursor: str | None,
    limit: int,
) -> Page[T]:
    """Return what follows a cursor.

    Args:
        items: All of it, sorted by ``key``, ascending or descending.
        key: Tells items apart; of JSON values.
        whose: Who reads.
        of: Which list, with its filters and order.
        cursor: Of the page before.
        limit: Most items.

    Raises:
        HTTPException: 400 where the cursor is no such cursor.
    """
    start = 0
    if cursor is not None:
        last = _opened(cursor, whose, of)
        start = next((n for n, item in enumerate(items, 1) if list(key(item)) == last), -1)
        if start < 0:
            raise HTTPException(400, "What this cursor points at is gone; begin again.")
    shown = list(items[start : start + limit])
    more = start + limit < len(items)
    return Page(shown, _sealed(list(key(shown[-1])), whose, of) if more and shown else None)


def _sealed(last: list[object], whose: Asker, of: str) -> str:
    body = json.dumps(last).encode()
    return base64.urlsafe_b64encode(_tag(body, whose, of) + body).decode().rstrip("=")


def _opened(cursor: str, whose: Asker, of: str) -> list[object]:
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
    except ValueError:
        raw = b""
    tag, body = raw[:16], raw[16:]
    if not body or not hmac.compare_digest(tag, _tag(body, whose, of)):
        raise HTTPException(400, "This is no cursor of this list; begin again without one.")
    last: list[object] = json.loads(body)
    return last


def _tag(body: bytes, whose: Asker, of: str) -> bytes:
    named = json.dumps([whose.name, whose.purpose, whose.case, of]).encode()
    return hmac.new(_SECRET, named + b"\0" + body, hashlib.sha256).digest()[:16]
