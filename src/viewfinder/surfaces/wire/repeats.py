"""Doing it once: a request that is sent again with the same ``Idempotency-Key`` is not done again.

The reply of the first is kept for a day, in memory, for the one who sent it; a restart forgets
it. A reply that quotes footage is given again only while nothing was added or forgotten since.

References:
    *The Idempotency-Key HTTP Header Field*, IETF draft.
    https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.responses import Response
from pydantic import BaseModel

from viewfinder.surfaces.http.identity import Asker, Who
from viewfinder.surfaces.http.problems import problem

KEPT_S = 24 * 3600.0
KEPT_OF_ONE = 1000
KEPT_BYTES = 16 * 1024 * 1024
LARGEST_BYTES = 1024 * 1024


@dataclass(slots=True)
class Reply:
    """What the first request got, or None while it is at work."""

    digest: bytes
    at: float
    response: Response | None = None
    state: int | None = None

    @property
    def size(self) -> int:
        return len(self.response.body) if self.response is not None else 0


@dataclass(frozen=True, slots=True)
class Kept:
    """The replies that one server keeps."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    replies: dict[tuple[object, ...], Reply] = field(default_factory=dict)

    def tidy(self, owner: tuple[object, ...]) -> None:
        """Drop what is too old, and the oldest where there is too much."""
        now, size = time.monotonic(), sum(reply.size for reply in self.replies.values())
        own = sum(key[: len(owner)] == owner for key in self.replies)
        for key, reply in list(self.replies.items()):
            is_over = size > KEPT_BYTES or (own > KEPT_OF_ONE and key[: len(owner)] == owner)
            if reply.response is not None and (now - reply.at > KEPT_S or is_over):
                size -= reply.size
                own -= key[: len(owner)] == owner
                del self.replies[key]


@dataclass(frozen=True, slots=True)
class Once:
    """One request, and the key it was sent with."""

    kept: Kept
    key: str | None
    owner: tuple[object, ...]
    route: str

    def reply(
        self,
        sent: BaseModel | bytes | None,
        make: Callable[[], Response],
        state: int | None = None,
    ) -> Response:
        """Return what ``make`` gives, or the reply of the same request before.

        Args:
            sent: The body.
            make: Does it. What raises is not kept.
            state: As of the footage, where the reply quotes it.
        """
        if self.key is None:
            return make()
        body = sent.model_dump_json().encode() if isinstance(sent, BaseModel) else sent or b""
        digest = hashlib.sha256(body).digest()
        place = (*self.owner, self.route, self.key)
        with self.kept.lock:
            self.kept.tidy(self.owner)
            before = self.kept.replies.get(place)
            if before is None:
                mine = self.kept.replies[place] = Reply(digest, time.monotonic())
        if before is not None:
            return _again(before, digest, state)
        try:
            mine.response = make()
        except BaseException:
            with self.kept.lock:
                self.kept.replies.pop(place, None)
            raise
        mine.state = state
        if mine.size > LARGEST_BYTES or mine.response.status_code >= 500:
            with self.kept.lock:
                self.kept.replies.pop(place, None)
        return mine.response


def _again(before: Reply, digest: bytes, state: int | None) -> Response:
    if before.digest != digest:
        return problem(
            422, "Key used already", "This Idempotency-Key was sent with another body before."
        )
    if before.response is None:
        return problem(409, "At work", "The first request with this Idempotency-Key is at work.")
    if before.state != state:
        return problem(
            409, "Done already", "It was done; its reply is not kept since the footage changed."
        )
    return before.response


def once(
    request: Request,
    who: Who,
    key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            min_length=1,
            max_length=200,
            description="Drawn by chance; the same key does the same thing once, for a day.",
        ),
    ] = None,
) -> Once:
    """Return what does a request once."""
    kept: Kept = request.app.state.repeats
    return Once(kept, key, owner(who), f"{request.method} {request.url.path}")


def owner(who: Asker) -> tuple[object, ...]:
    return (who.name, who.purpose, who.case)


OnlyOnce = Annotated[Once, Depends(once)]
