"""Login through a provider: a small one on loopback, with a key of its own."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

pytest.importorskip("authlib", reason="the server's parts are not installed")

from authlib.common.encoding import urlsafe_b64encode
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import RSAKey

from viewfinder.app.config import Oidc, Serve
from viewfinder.app.serving.premises import Premises
from viewfinder.domain.errors import ConfigError
from viewfinder.surfaces.http.oidc import Provider
from viewfinder.surfaces.server.factory import create_app
from viewfinder.testing.settings import LIGHT

ME = "/api/v1/me"


@dataclass
class Vouching:
    """What the provider says, and what it was asked."""

    issuer: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    signed_by: RSAKey | None = None
    changed: dict[str, Any] = field(default_factory=dict)
    nonce: str = ""
    challenge: str = ""

    def statement(self) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": "viewfinder",
            "sub": "u-17",
            "iat": now,
            "exp": now + 60,
            "nonce": self.nonce,
            "preferred_username": "ann",
            "groups": ["desk"],
            **self.changed,
        }
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.signed_by or self.key)


@pytest.fixture(scope="module")
def vouching_server() -> Iterator[Vouching]:
    told = Vouching()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            documents: dict[str, Any] = {
                "/.well-known/openid-configuration": {
                    "issuer": told.issuer,
                    "authorization_endpoint": f"{told.issuer}/authorize",
                    "token_endpoint": f"{told.issuer}/token",
                    "jwks_uri": f"{told.issuer}/keys",
                },
                "/keys": {"keys": [told.key.as_dict(private=False)]},
            }
            self.answer(documents[self.path])

        def do_POST(self) -> None:
            sent = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
            challenge = urlsafe_b64encode(sha256(sent["code_verifier"][0].encode()).digest())
            assert challenge.rstrip(b"=").decode() == told.challenge
            self.answer({"access_token": "a", "token_type": "Bearer", "id_token": told.statement()})

        def answer(self, document: Any) -> None:
            content = json.dumps(document).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *words: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield told
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def vouching(vouching_server: Vouching, monkeypatch: pytest.MonkeyPatch) -> Vouching:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    vouching_server.changed, vouching_server.signed_by = {}, None
    return vouching_server


def settings(vouching: Vouching, **more: Any) -> Serve:
    return Serve(login="always", oidc=Oidc(issuer=vouching.issuer, client_id="viewfinder", **more))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("vouched") / "library"
    made.mkdir()
    (made / "viewfinder.toml").write_text(LIGHT, "utf-8")
    return made


@pytest.fixture
def premises(folder: Path, vouching: Vouching) -> Iterator[Premises]:
    section = f'[serve.oidc]\nissuer = "{vouching.issuer}"\nclient_id = "viewfinder"\n'
    (folder / "viewfinder.toml").write_text(LIGHT + section, "utf-8")
    made = Premises.open(folder, create=True)
    for one in made.accounts.listed():
        made.accounts.remove(one.name, made.shared.view())
    yield made
    made.close()


def browser(premises: Premises, vouching: Vouching) -> TestClient:
    app = create_app(premises, settings(vouching))
    return TestClient(
        app, base_url="http://localhost", client=("192.0.2.7", 1), follow_redirects=False
    )


def sent_to(client: TestClient, vouching: Vouching, to: str = "/library") -> str:
    """Begin a login and return the state that comes back."""
    got = client.get("/login/provider", params={"next": to})
    assert got.status_code == 303, got.text
    asked = parse_qs(urlsplit(got.headers["location"]).query)
    assert got.headers["location"].startswith(f"{vouching.issuer}/authorize?")
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == ["http://localhost/login/provider/callback"]
    vouching.nonce, vouching.challenge = asked["nonce"][0], asked["code_challenge"][0]
    return asked["state"][0]


def back(client: TestClient, state: str) -> Any:
    return client.get("/login/provider/callback", params={"state": state, "code": "c"})


def test_whoever_has_an_account_comes_in_and_goes_where_they_wanted(
    premises: Premises, vouching: Vouching
) -> None:
    premises.accounts.add("ann", None, premises.shared.view())
    client = browser(premises, vouching)
    got = back(client, sent_to(client, vouching))
    assert (got.status_code, got.headers["location"]) == (303, "/library")
    assert client.get(ME).json()["name"] == "ann"
    assert premises.accounts.named("ann").subject == f"{vouching.issuer} u-17"


def test_nobody_gets_an_account_by_knocking(premises: Premises, vouching: Vouching) -> None:
    client = browser(premises, vouching)
    assert back(client, sent_to(client, vouching)).status_code == 401
    assert premises.accounts.listed() == []


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://other.example"},
        {"aud": "another server"},
        {"nonce": "of another login"},
        {"exp": 1_000_000},
        {"azp": "another server"},
        {"sub": None},
    ],
)
def test_a_statement_that_is_not_for_this_login_is_not_believed(
    premises: Premises, vouching: Vouching, changed: dict[str, Any]
) -> None:
    premises.accounts.add("ann", None, premises.shared.view())
    client = browser(premises, vouching)
    state = sent_to(client, vouching)
    vouching.changed = changed
    assert back(client, state).status_code in (401, 502)
    assert client.get(ME).status_code == 401


def test_a_statement_signed_by_somebody_else_is_not_believed(
    premises: Premises, vouching: Vouching
) -> None:
    premises.accounts.add("ann", None, premises.shared.view())
    client = browser(premises, vouching)
    state = sent_to(client, vouching)
    vouching.signed_by = RSAKey.generate_key(2048, {"kid": "one"})
    assert back(client, state).status_code == 502
    assert client.get(ME).status_code == 401


def test_a_login_comes_back_once_and_to_the_browser_that_began_it(
    premises: Premises, vouching: Vouching
) -> None:
    premises.accounts.add("ann", None, premises.shared.view())
    client = browser(premises, vouching)
    state = sent_to(client, vouching)
    other = TestClient(client.app, base_url="http://localhost", client=("192.0.2.8", 1))
    assert back(other, state).status_code == 400
    assert back(client, state).status_code == 400  # it was used up
    assert back(client, "never begun").status_code == 400


def test_an_account_stays_with_whom_the_provider_first_meant(
    premises: Premises, vouching: Vouching
) -> None:
    premises.accounts.add("ann", None, premises.shared.view())
    client = browser(premises, vouching)
    assert back(client, sent_to(client, vouching)).status_code == 303
    again = browser(premises, vouching)
    state = sent_to(again, vouching)
    vouching.changed = {"sub": "u-18"}
    assert back(again, state).status_code == 401


@pytest.mark.parametrize(
    "told",
    [
        Oidc(issuer="http://provider.example", client_id="x"),
        Oidc(issuer="https://provider.example"),
        Oidc(issuer="https://provider.example", client_id="x", client_secret_env="NOT_THERE"),
    ],
)
def test_settings_that_nobody_can_mean_are_said_to_be_wrong(told: Oidc) -> None:
    with pytest.raises(ConfigError, match="oidc"):
        Provider(told)
