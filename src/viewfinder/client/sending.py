"""What both clients agree on: where the server is, how a reply is read, when to try again."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import httpx2

from viewfinder.client.request import UNSET, Reply, Request

URL, TOKEN = "VIEWFINDER_URL", "VIEWFINDER_TOKEN"
HERE = "http://127.0.0.1:8765"
TRY_AGAIN = frozenset({429, 502, 503, 504})
LONGEST_WAIT_S = 10.0


@dataclass(frozen=True, slots=True)
class Manners:
    """How a client behaves.

    Attributes:
        url: Of the server, without a path.
        token: Sent as a bearer token; "" for none.
        timeout_s: For each call, and between two pieces of a stream.
        retries: How often a call that may be repeated is sent again.
    """

    url: str
    token: str
    timeout_s: float
    retries: int

    @classmethod
    def of(cls, url: str | None, token: str | None, timeout_s: float, retries: int) -> Manners:
        """Return the manners; what is not given comes from the environment."""
        found = url or os.environ.get(URL) or HERE
        held = token if token is not None else os.environ.get(TOKEN, "")
        return cls(found.rstrip("/"), held, timeout_s, retries)

    def settings(self) -> dict[str, Any]:
        """Return what a client of the library is made with."""
        said = {"User-Agent": "viewfinder-client"}
        if self.token:
            said["Authorization"] = f"Bearer {self.token}"
        return {"base_url": self.url, "headers": said, "timeout": self.timeout_s}

    def wait_s(self, request: Request[Any], tried: int, failed: Reply | Exception) -> float | None:
        """Return how long to wait before another try; None where there is to be none.

        Args:
            request: What was sent.
            tried: How often it was, from 1.
            failed: The reply, or what went wrong on the way.
        """
        if tried > self.retries:
            return None
        is_unsent = isinstance(failed, httpx2.ConnectError)
        if not (request.may_repeat or is_unsent):
            return None
        if isinstance(failed, Reply) and failed.status not in TRY_AGAIN:
            return None
        wait = 0.2 * float(2 ** (tried - 1))
        if isinstance(failed, Reply):
            named = failed.headers.get("retry-after", "")
            wait = float(named) if named.isdecimal() else wait
        return min(wait, LONGEST_WAIT_S)


def keyed(request: Request[Any]) -> Request[Any]:
    """Return a request that is done once however often it is sent, where its route knows that."""
    name = "Idempotency-Key"
    if name not in request.headers:
        return request
    key = request.headers[name]
    key = secrets.token_hex(16) if key is UNSET or key is None else key
    return replace(request, headers={**request.headers, name: key}, repeats=True)


def reply_of(status: int, headers: Mapping[str, str], content: bytes) -> Reply:
    """Return a reply, its JSON read."""
    lower = {name.lower(): value for name, value in headers.items()}
    kind = lower.get("content-type", "").partition(";")[0]
    document = None
    if kind.endswith("json") and content:
        try:
            document = json.loads(content)
        except ValueError:
            document = None
    return Reply(status, lower, content, document)
