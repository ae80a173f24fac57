"""What attackers try at the door of a server, one thing at a time."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from standing_server import HTML, PASSWORD, Standing, csrf_in

from viewfinder.app.config import Serve
from viewfinder.app.entry.roster import digest_of
from viewfinder.surfaces.server.factory import create_app

ME = "/api/v1/me"


def at_home(standing: Standing, name: str = "localhost", **settings: object) -> TestClient:
    app = create_app(standing.premises, Serve(**settings))  # type: ignore[arg-type]
    return TestClient(app, base_url=f"http://{name}:8765", client=("127.0.0.1", 1))


# -- where somebody is ------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "LOCALHOST"])
def test_at_home_nobody_logs_in(standing: Standing, host: str) -> None:
    got = at_home(standing).get(ME, headers={"host": f"{host}:8765"})
    assert (got.status_code, got.json()["name"]) == (200, None)


@pytest.mark.parametrize(
    "header",
    ["X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via"],
)
def test_whoever_comes_through_a_proxy_is_not_at_home(standing: Standing, header: str) -> None:
    assert at_home(standing).get(ME, headers={header: "127.0.0.1"}).status_code == 401


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded"])
def test_saying_that_one_is_at_home_does_not_help(standing: Standing, header: str) -> None:
    app = create_app(standing.premises, Serve())
    far = TestClient(app, base_url="http://localhost", client=("192.0.2.7", 1))
    assert far.get(ME).status_code == 401
    assert far.get(ME, headers={header: "127.0.0.1"}).status_code == 401


@pytest.mark.parametrize("settings", [{"login": "always"}, {"host": "0.0.0.0"}, {"host": "::"}])
def test_where_the_network_listens_nobody_is_at_home(
    standing: Standing, settings: dict[str, str]
) -> None:
    assert at_home(standing, **settings).get(ME).status_code == 401


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "a@localhost",
        "192.0.2.9",
    ],
)
def test_a_name_that_was_made_to_point_here_is_not_served(standing: Standing, host: str) -> None:
    got = at_home(standing).get(ME, headers={"host": host})
    assert got.status_code == 421


def test_names_that_the_settings_give_are_served(standing: Standing) -> None:
    settings = {"host": "0.0.0.0", "origin": "https://footage.example", "hosts": ("nas.lan",)}
    client = at_home(standing, **settings)
    for host, status in {
        "footage.example": 401,
        "NAS.lan:8765": 401,
        "192.0.2.9": 401,
        "other.example": 421,
    }.items():
        assert client.get(ME, headers={"host": host}).status_code == status, host


# -- logging in -------------------------------------------------------------------------------


def test_a_login_begins_under_a_number_that_nobody_could_know(standing: Standing) -> None:
    """Session fixation: a cookie laid before the login is worth nothing after it."""
    client = standing.client()
    laid = "A" * 43
    client.cookies.set("viewfinder", laid)
    form = {"name": "ann", "password": PASSWORD, "csrf": csrf_in(client.get("/login").text)}
    got = client.post("/login", data=form)
    assert got.status_code == 303
    made = got.cookies["viewfinder"]
    assert made != laid
    assert len(made) >= 43
    assert standing.client().get(ME, headers={"cookie": f"viewfinder={laid}"}).status_code == 401


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(standing: Standing) -> None:
    client = standing.client()
    form = {"name": "ann", "password": PASSWORD, "csrf": csrf_in(client.get("/login").text)}
    said = client.post("/login", data=form).headers["set-cookie"]
    for part in ("viewfinder=", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert part in said
    assert "Domain" not in said
    safe = at_home(standing, secure_cookie="always")
    said = safe.get("/login", headers=HTML).headers["set-cookie"]
    assert said.startswith("__Host-viewfinder=")
    assert "Secure" in said


def test_logging_out_ends_the_session_on_the_server(standing: Standing) -> None:
    client, proof = standing.logged_in("ann")
    held = client.cookies["viewfinder"]
    assert client.post("/logout", data={"csrf": proof}).status_code == 303
    again = standing.client().get(ME, headers={"cookie": f"viewfinder={held}"})
    assert again.status_code == 401


def test_a_login_that_another_site_sends_is_not_taken(standing: Standing) -> None:
    client = standing.client()
    form = {"name": "ann", "password": PASSWORD}
    assert client.post("/login", data=form).status_code == 403
    form["csrf"] = csrf_in(client.get("/login").text)
    sent = client.post("/login", data=form, headers={"origin": "https://evil.example"})
    assert sent.status_code == 403
    assert standing.client().post("/login", data=form).status_code == 403  # another browser's


def test_guessing_a_password_is_slowed_down(standing: Standing) -> None:
    client = standing.client()
    proof = csrf_in(client.get("/login").text)
    got = [
        client.post("/login", data={"name": "nobody", "password": "x" * 12, "csrf": proof})
        for _ in range(6)
    ]
    assert [one.status_code for one in got] == [401] * 5 + [429]
    assert int(got[-1].headers["retry-after"]) > 0


@pytest.mark.parametrize(
    "to",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "javascript:alert(1)",
        "/ok\r\nSet-Cookie: a=b",
        "/\t/evil.example",
        "",
    ],
)
def test_a_login_leads_nowhere_else(standing: Standing, to: str) -> None:
    client = standing.client()
    form = {"name": "kim", "password": PASSWORD, "csrf": csrf_in(client.get("/login").text)}
    got = client.post("/login", data={**form, "next": to})
    assert (got.status_code, got.headers["location"]) == (303, "/")
    assert "a=b" not in str(got.headers)


def test_a_token_that_was_revoked_or_ended_is_worth_nothing(standing: Standing) -> None:
    accounts, view = standing.premises.accounts, standing.premises.shared.view("kim")
    headers = standing.token("ann")
    assert standing.client().get(ME, headers=headers).json()["name"] == "ann"
    digest = digest_of(headers["authorization"].removeprefix("Bearer "))
    (made,) = [token for token, _, _ in accounts.tokens("ann") if token.digest == digest]
    accounts.revoke(made.id, view)
    got = standing.client().get(ME, headers=headers)
    assert got.status_code == 401
    assert 'error="invalid_token"' in got.headers["www-authenticate"]


def test_a_token_makes_none_that_may_do_more(standing: Standing) -> None:
    client = standing.client()
    headers = standing.token("kim", ["read"])  # type: ignore[list-item]
    sent = {"name": "more", "needs": ["write"]}
    assert client.post("/api/v1/tokens", json=sent, headers=headers).status_code == 403
    sent["needs"] = ["read"]
    assert client.post("/api/v1/tokens", json=sent, headers=headers).status_code == 403


def test_a_member_keeps_no_accounts_and_sees_no_tokens_of_others(standing: Standing) -> None:
    client, headers = standing.client(), standing.token("ann")
    for method, path in (
        ("GET", "/api/v1/accounts"),
        ("POST", "/api/v1/accounts"),
        ("GET", "/api/v1/tokens?everybodys=true"),
        ("GET", "/metrics"),
        ("GET", "/account/people"),
    ):
        got = client.request(method, path, headers=headers, json={"name": "x"})
        assert got.status_code == 403, path
        assert got.json()["rule"]
    theirs = standing.token("kim")["authorization"].split("_")[1]
    assert client.delete(f"/api/v1/tokens/{theirs}", headers=headers).status_code == 403


# -- what is sent -----------------------------------------------------------------------------


def test_what_is_too_large_is_not_taken(standing: Standing) -> None:
    small = at_home(standing, body_mb=0.1)
    got = small.post("/api/v1/ask", content=b"x" * 100_001)
    assert (got.status_code, got.headers["content-type"]) == (413, "application/problem+json")
    parts = iter([b'{"question": "', *[b"x" * 50_000] * 3, b'"}'])
    assert small.post("/api/v1/ask", content=parts).status_code == 413  # it says no length
    stranger = standing.client()
    assert stranger.post("/login", content=b"x" * 70_000).status_code == 413


def test_whoever_asks_too_often_waits(standing: Standing) -> None:
    app = create_app(standing.premises, Serve(login="always", requests_per_minute=5))
    client = TestClient(app, base_url="http://localhost", client=("192.0.2.7", 1))
    got = [client.get("/healthz") for _ in range(6)]
    assert [one.status_code for one in got] == [200] * 5 + [429]
    assert int(got[-1].headers["retry-after"]) > 0
    assert got[-1].json()["status"] == 429
    headers = standing.token("ann")
    near = [
        TestClient(app, base_url="http://localhost", client=(f"198.51.100.{n}", 1))
        for n in range(6)
    ]
    assert [one.get(ME, headers=headers).status_code for one in near] == [200] * 5 + [429]


@pytest.mark.parametrize(
    "path",
    [
        "/static/../pages.py",
        "/static/%2e%2e/pages.py",
        "/static/..%2fpages.py",
        "/static/%2e%2e%2f%2e%2e%2fhttp%2fidentity.py",
        "/static//etc/passwd",
        "/static/%00",
        "/api/v1/videos/..%2f..%2flibrary.sqlite/media",
        "/api/v1/videos/%2e%2e/media",
    ],
)
def test_no_path_leads_out_of_where_it_belongs(standing: Standing, path: str) -> None:
    got = standing.client().get(path, headers=standing.token("kim"))
    assert got.status_code in (404, 422), got.text
    assert "import" not in got.text


def test_a_purpose_is_words_and_no_header(standing: Standing) -> None:
    headers = {**standing.token("ann"), "Viewfinder-Purpose": "a%0d%0aSet-Cookie: b"}
    got = standing.client().get(ME, headers=headers)
    assert got.status_code == 400
    assert "set-cookie" not in got.headers
    headers["Viewfinder-Purpose"] = "st%C3%B6ry"
    assert standing.client().get(ME, headers=headers).json()["purpose"] == "störy"


def test_a_purpose_that_was_chosen_stays_with_the_session(standing: Standing) -> None:
    client, proof = standing.logged_in("ann")
    sent = {"csrf": proof, "purpose": "story", "case": "S-12", "next": "/library"}
    got = client.post("/account/purpose", data=sent)
    assert (got.status_code, got.headers["location"]) == (303, "/library")
    assert client.get(ME).json()["case"] == "S-12"
    assert standing.logged_in("ann")[0].get(ME).json()["purpose"] is None


def test_our_own_fault_is_told_without_traces(
    standing: Standing, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(standing.premises, Serve())

    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError("the secret reason")

    client = TestClient(
        app, base_url="http://localhost", client=("127.0.0.1", 1), raise_server_exceptions=False
    )
    got = client.get("/broken")
    assert (got.status_code, got.headers["content-type"]) == (500, "application/problem+json")
    assert got.json()["request"] == got.headers["x-request-id"]
    assert "secret" not in got.text
    assert "the secret reason" in caplog.text
    assert got.headers["x-content-type-options"] == "nosniff"


def test_counters_hold_no_ids_and_no_words(standing: Standing) -> None:
    client, headers = standing.client(), standing.token("kim")
    client.get(f"/api/v1/videos/{standing.seen}", headers=headers)
    client.get("/some/words/that/nobody/knows")
    told = client.get("/metrics", headers=headers).text
    assert 'route="/api/v1/videos/{' in told
    assert standing.seen not in told
    assert "words" not in told


def test_readiness_tells_the_truth(standing: Standing, tmp_path: Path) -> None:
    client = standing.client()
    assert client.get("/readyz").json()["status"] == "ready"
    keys = standing.premises.shared.folder / "accounts.sealed"
    kept = keys.read_bytes()
    keys.write_text("{}")
    try:
        broken = TestClient(create_app(standing.premises, Serve()), base_url="http://localhost")
        got = broken.get("/readyz")
        assert (got.status_code, got.json()["checks"]["store"]) == (503, "cannot be read")
        assert broken.get("/healthz").status_code == 200
    finally:
        keys.write_bytes(kept)
