"""A request as a value, and what becomes of its reply: the same for both clients."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar
from urllib.parse import quote

T = TypeVar("T")
Json = dict[str, Any]
"""A document, as docs/reference/json.md and the OpenAPI document describe it."""

PROBLEM = "application/problem+json"
EVENTS = "text/event-stream"
IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
UNSET: Any = type("Unset", (), {"__repr__": lambda _: "UNSET"})()
"""Stands for what is not given; None is a value of its own."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered.

    Attributes:
        status: HTTP status.
        headers: By name, lower case.
        content: The body.
        document: The body where it is JSON; else None.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes
    document: Any = None


@dataclass(frozen=True, slots=True)
class Request(Generic[T]):
    """One call of the API.

    Attributes:
        method: GET, POST, ...
        path: On the server, from "/".
        decode: Gives what the caller gets.
        query: Parameters; those that are ``UNSET`` or None are left out.
        headers: The same, as headers.
        json: Body as JSON; ``UNSET`` for none.
        files: Parts of a form with files; its plain fields are in ``json``.
        content: Body as bytes.
        repeats: It may be sent again: the server does it once.
    """

    method: str
    path: str
    decode: Callable[[Reply], T]
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, Any] = field(default_factory=dict)
    json: Any = UNSET
    files: Mapping[str, bytes] = field(default_factory=dict)
    content: bytes | None = None
    repeats: bool = False

    @property
    def may_repeat(self) -> bool:
        return self.repeats or self.method in IDEMPOTENT

    def sent(self) -> dict[str, Any]:
        """Return the keyword arguments that a sender gives to its library."""
        made: dict[str, Any] = {
            "method": self.method,
            "url": self.path,
            "params": _asked(self.query),
            "headers": _asked(self.headers),
        }
        if self.files:
            made["files"] = dict(self.files)
            made["data"] = _asked(self.json or {})
        elif self.content is not None:
            made["content"] = self.content
        elif self.json is not UNSET:
            made["json"] = self.json
        return made

    def after(self, last_event: str) -> Request[T]:
        """Return the request for the events after one."""
        return replace(self, headers={**self.headers, "Last-Event-ID": last_event})


class ApiError(Exception):
    """What a server refused or could not do, as it says itself (RFC 9457).

    Attributes:
        status: HTTP status: 403 where the policy refuses, 404 where there is nothing to see.
        title: What kind of thing went wrong.
        detail: What went wrong, and what to do.
        rule: Id of the rule that refused; "" for none.
        alternative: A lawful way to go on; "" for none.
        document: Everything the server said.
    """

    def __init__(self, status: int, document: Json) -> None:
        self.status, self.document = status, document
        self.title = str(document.get("title", f"HTTP {status}"))
        self.detail = str(document.get("detail", ""))
        self.rule = str(document.get("rule", ""))
        self.alternative = str(document.get("alternative", ""))
        super().__init__(f"{status} {self.title}: {self.detail}".rstrip(": "))


def checked(reply: Reply) -> Reply:
    """Return a reply that is no failure.

    Raises:
        ApiError: It is one.
    """
    if reply.status < 400:
        return reply
    said = reply.document if isinstance(reply.document, dict) else {}
    raise ApiError(reply.status, said)


def document(reply: Reply) -> Json:
    found: Json = {} if reply.document is None else reply.document
    return found


def content(reply: Reply) -> bytes:
    return reply.content


def words(reply: Reply) -> str:
    return reply.content.decode("utf-8")


def nothing(_: Reply) -> None:
    """For calls that answer with a status alone."""


def headers(reply: Reply) -> dict[str, str]:
    return dict(reply.headers)


def given(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is given of some values."""
    return {name: value for name, value in values.items() if value is not UNSET}


def _asked(values: Mapping[str, Any]) -> dict[str, str]:
    """Return parameters and headers as they are sent; None is left out too."""
    return {name: _word(value) for name, value in given(values).items() if value is not None}


def body(**values: Any) -> Json:
    """Return the JSON of a body: what is given of it."""
    return {name.rstrip("_"): value for name, value in given(values).items()}


def part(value: object) -> str:
    """Return a value as one part of a path."""
    return quote(str(value), safe="")


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
