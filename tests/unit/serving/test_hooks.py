"""Webhooks: signed, tried again, only where the settings allow, and without a word of footage."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from viewfinder.app.entry.gate import Refused
from viewfinder.app.library import Library
from viewfinder.app.serving.hooks import Hooks
from viewfinder.app.serving.shared import Shared
from viewfinder.domain.errors import ConfigError, InputError, UsageError
from viewfinder.testing.settings import GOVERNED, LIGHT

PEOPLE = (
    '[[person]]\nname = "kim"\nroles = ["owner"]\n[[person]]\nname = "bob"\nroles = ["member"]\n'
)


class Listener(ThreadingHTTPServer):
    """Takes deliveries; answers the statuses it is told, then 204."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taking)
        self.statuses: list[int] = []
        self.taken: list[tuple[dict[str, str], bytes]] = []
        self.news = threading.Condition()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/told"

    def waited(self, count: int) -> list[tuple[dict[str, str], bytes]]:
        with self.news:
            assert self.news.wait_for(lambda: len(self.taken) >= count, 30)
            return list(self.taken)


class Taking(BaseHTTPRequestHandler):
    server: Listener

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.news:
            status = self.server.statuses.pop(0) if self.server.statuses else 204
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "http://10.0.0.1/")
            self.end_headers()
            self.server.taken.append((dict(self.headers), body))
            self.server.news.notify_all()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def listener() -> Iterator[Listener]:
    server = Listener()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[Shared]:
    home = tmp_path / "own.viewfinder"
    home.mkdir()
    (home / "viewfinder.toml").write_text(LIGHT)
    with Shared.open(home, create=True) as opened:
        yield opened


def opened(shared: Shared, *allow: str, again_s: tuple[float, ...] = (0.01, 0.01)) -> Hooks:
    return Hooks(shared, allow=allow, again_s=again_s)


def over(hooks: Hooks, count: int) -> list[str]:
    """Return what came of deliveries, once so many are over."""
    with hooks._turn:
        assert hooks._turn.wait_for(lambda: len(hooks._kept.over) >= count, 30)
        return [one.said for one in hooks._kept.over]


def test_a_delivery_is_signed_and_holds_ids_only(shared: Shared, listener: Listener) -> None:
    hooks = opened(shared, "127.0.0.1")
    hook, secret = hooks.add(listener.url, ["video.added"], shared.view())
    hooks.tell("job.ended", {"job": "1"})
    hooks.tell("video.added", {"video": "f" * 64})
    ((headers, body),) = listener.waited(1)
    told = json.loads(body)
    assert told.keys() == {"id", "event", "at", "video"}
    at, _, digest = headers["Viewfinder-Signature"].removeprefix("t=").partition(",v1=")
    made = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(made, digest)
    assert over(hooks, 1) == ["taken"]
    hooks.close()
    lines = [line.document for line in shared.view().logbook.lines(action="egress")]
    assert [line["subject"]["hook"] for line in lines] == [hook.id]


def test_what_is_not_taken_is_sent_again_and_then_given_up(
    shared: Shared, listener: Listener
) -> None:
    hooks = opened(shared, "127.0.0.1")
    hooks.add(listener.url, ["ping"], shared.view())
    listener.statuses = [500, 302]
    hooks.tell("ping", {})
    ids = {headers["Viewfinder-Delivery"] for headers, _ in listener.waited(3)}
    assert len(ids) == 1
    assert over(hooks, 1) == ["taken"]
    listener.statuses = [500] * 3
    hooks.tell("ping", {})
    assert over(hooks, 2)[1] == "answered 500"
    hooks.close()


def test_what_waits_is_sent_after_a_restart(shared: Shared, listener: Listener) -> None:
    first = opened(shared, "127.0.0.1", again_s=(3600.0,))
    hook, _ = first.add(listener.url, ["ping"], shared.view())
    listener.statuses = [503]
    first.tell("ping", {})
    listener.waited(1)
    with first._turn:
        assert first._turn.wait_for(
            lambda: all(one.tries for one in first._kept.waiting.values()), 30
        )
    first.close()
    second = Hooks(shared, allow=["127.0.0.1"], clock=lambda: 10**10)
    assert [one.id for one in second.listed(shared.view())] == [hook.id]
    listener.waited(2)
    second.close()
    sealed = (shared.folder / "hooks.sealed").read_bytes()
    assert b"told" not in sealed


@pytest.mark.parametrize(
    "url",
    [
        "ftp://127.0.0.1/",
        "http://example.org/plain",
        "https://me:word@example.org/",
        "https://",
        "http://127.0.0.1:99999/",
    ],
)
def test_what_is_no_address_is_refused(shared: Shared, url: str) -> None:
    hooks = opened(shared, "example.org", "127.0.0.1")
    with pytest.raises(UsageError):
        hooks.add(url, ["ping"], shared.view())
    hooks.close()


@pytest.mark.parametrize(
    ("url", "allow"),
    [
        ("http://127.0.0.1:9/x", ()),
        ("http://127.0.0.1:9/x", ("127.0.0.1:10",)),
        ("https://10.0.0.5/x", ("example.org",)),
    ],
)
def test_an_address_that_nobody_allowed_is_refused(
    shared: Shared, url: str, allow: tuple[str, ...]
) -> None:
    hooks = opened(shared, *allow)
    with pytest.raises(ConfigError, match="hooks ="):
        hooks.add(url, ["ping"], shared.view())
    with pytest.raises(UsageError):
        hooks.add("http://127.0.0.1:9/x", ["footage.words"], shared.view())
    hooks.close()


def test_a_name_that_means_a_private_address_is_refused(
    shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found(*_: object, **__: object) -> list[Any]:
        return [(2, 1, 6, "", ("192.168.1.7", 443))]

    monkeypatch.setattr("socket.getaddrinfo", found)
    hooks = opened(shared, "example.org")
    with pytest.raises(ConfigError, match="private network"):
        hooks.add("https://example.org/x", ["ping"], shared.view())
    hooks.close()
    named = opened(shared, "example.org", "192.168.1.7")
    named.add("https://example.org/x", ["video.added"], shared.view())
    named.close()


def test_a_hook_that_was_removed_is_told_nothing(shared: Shared, listener: Listener) -> None:
    hooks = opened(shared, "127.0.0.1")
    gone, _ = hooks.add(listener.url, ["ping"], shared.view())
    stays, _ = hooks.add(listener.url + "/2", ["ping"], shared.view())
    hooks.remove(gone.id, shared.view())
    hooks.tell("ping", {})
    assert over(hooks, 1) == ["taken"]
    assert [one.hook for one in hooks.deliveries(shared.view())] == [stays.id]
    with pytest.raises(InputError):
        hooks.remove(gone.id, shared.view())
    hooks.close()


def test_only_who_may_configure_deals_with_hooks(tmp_path: Path) -> None:
    home = tmp_path / "court.viewfinder"
    (home / "governance").mkdir(parents=True)
    (home / "viewfinder.toml").write_text(GOVERNED)
    (home / "governance" / "people.toml").write_text(PEOPLE)
    Library.open(home, create=True, principal="kim").close()
    with Shared.open(home) as shared:
        hooks = opened(shared, "127.0.0.1")
        hook, _ = hooks.add("http://127.0.0.1:9/x", ["ping"], shared.view("kim"))
        bob = shared.view("bob")
        for tried in (
            lambda: hooks.listed(bob),
            lambda: hooks.deliveries(bob),
            lambda: hooks.add("http://127.0.0.1:9/x", ["ping"], bob),
            lambda: hooks.remove(hook.id, bob),
            lambda: hooks.ping(hook.id, bob),
        ):
            with pytest.raises(Refused):
                tried()
        hooks.close()
