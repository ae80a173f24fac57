"""A governed library behind a server where everybody logs in, and what its routes are."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from viewfinder.app.entry.roster import Need
from viewfinder.app.serving.premises import Premises

PASSWORD = "four words and a lamp"
UNKNOWN = "f" * 64
HTML = {"accept": "text/html"}
OPEN = {
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/login"),
    ("POST", "/login"),
    ("POST", "/logout"),
    ("GET", "/login/provider"),
    ("GET", "/login/provider/callback"),
}
"""What anybody may call; everything else has a need."""


@dataclass(frozen=True)
class Route:
    """A method of a path, with the needs that its dependencies name."""

    method: str
    path: str
    needs: frozenset[Need]
    route: APIRoute

    @property
    def is_api(self) -> bool:
        return self.path.startswith("/api/")

    @property
    def is_endless(self) -> bool:
        """Whether an answer to it is a stream that stays open."""
        return self.path == "/mcp" or self.path.endswith("/events")

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Standing:
    """A server at work, without a socket.

    Attributes:
        app: The app.
        premises: What it works with.
        seen: Id of a video that ann may see.
        sealed: Id of one that she may not.
        started: What keeps the app running.
    """

    app: FastAPI
    premises: Premises
    seen: str
    sealed: str
    started: TestClient

    @property
    def routes(self) -> list[Route]:
        return sorted(routes_of(self.app.routes), key=str)

    def client(self, **headers: str) -> TestClient:
        """Return a client that comes from another machine."""
        return self.at("http://localhost", "192.0.2.7", **headers)

    def at(self, base_url: str, address: str, **headers: str) -> TestClient:
        """Return a client that comes from an address and asks for a host."""
        made = TestClient(
            self.app,
            base_url=base_url,
            client=(address, 50_000),
            headers=headers,
            follow_redirects=False,
            raise_server_exceptions=False,
        )
        made.portal = self.started.portal
        return made

    def token(self, name: str, needs: Iterable[Need] = Need) -> dict[str, str]:
        """Return the header of a new token."""
        view = self.premises.shared.view("kim")
        _, secret = self.premises.accounts.make_token(name, "test", list(needs), 1, view)
        return {"authorization": f"Bearer {secret}"}

    def logged_in(self, name: str) -> tuple[TestClient, str]:
        """Return a browser that is logged in, and the token of its page."""
        client = self.client()
        form = {"name": name, "password": PASSWORD, "csrf": csrf_in(client.get("/login").text)}
        assert client.post("/login", data=form).status_code == 303
        return client, csrf_in(client.get("/account", headers=HTML).text)


def routes_of(routes: Iterable[Any]) -> Iterator[Route]:
    """Yield every route, those of routers that were joined as well."""
    for one in routes:
        if isinstance(one, APIRoute):
            needs = frozenset(_needs(one.dependant))
            for method in one.methods:
                yield Route(method, one.path, needs, one)
        elif (router := getattr(one, "original_router", None)) is not None:
            yield from routes_of(router.routes)
        else:
            assert type(one).__name__ == "Mount", one  # nothing else may stand beside routes
            assert one.path.startswith("/static"), one.path


def _needs(dependant: Any) -> Iterator[Need]:
    for part in dependant.dependencies:
        held = inspect.getclosurevars(part.call).nonlocals if inspect.isfunction(part.call) else {}
        if isinstance(held.get("need"), Need) and part.call.__name__ == "allowed":
            yield held["need"]
        yield from _needs(part)


def csrf_in(page: str) -> str:
    found = re.search(r'name="csrf-token" content="([^"]+)"', page)
    assert found, page[:500]
    return found.group(1)


def filled(path: str, video: str) -> str:
    """Return a path with something in each place: the video where one is meant."""
    return re.sub(
        r"\{([^}:]+)(:path)?\}",
        lambda m: video if m.group(1) in ("video", "video_id", "id") else "1",
        path,
    )


def body_for(schema: dict[str, Any], whole: dict[str, Any], video: str, depth: int = 0) -> Any:
    """Return a small value that a JSON schema allows, with a video wherever one may stand."""
    if "$ref" in schema:
        schema = whole["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    for kind in ("anyOf", "oneOf", "allOf"):
        if kind in schema:
            return body_for(schema[kind][0], whole, video, depth + 1)
    if "const" in schema or "enum" in schema:
        return schema.get("const", (schema.get("enum") or [None])[0])
    kind = schema.get("type")
    if kind == "object" or "properties" in schema:
        wanted = set(schema.get("required", ()))
        wanted |= {name for name in schema.get("properties", {}) if "video" in name}
        parts = schema.get("properties", {})
        if depth > 6:
            return {}
        made = {n: body_for(parts[n], whole, video, depth + 1) for n in sorted(wanted & set(parts))}
        return {name: video if name in ("video", "id") else it for name, it in made.items()}
    if kind == "array":
        return [body_for(schema.get("items", {}), whole, video, depth + 1)]
    if kind in ("number", "integer"):
        return schema.get("minimum", 1)
    if kind == "boolean":
        return False
    return video if "64" in str(schema.get("pattern", "")) else "word"
