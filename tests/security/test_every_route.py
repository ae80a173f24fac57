"""Sweeps over all routes, taken from the router: what is added later is covered as it comes."""

from __future__ import annotations

import re
from typing import Any

import httpx2
from fastapi.testclient import TestClient
from standing_server import HTML, OPEN, UNKNOWN, Route, Standing, body_for, csrf_in, filled

from viewfinder.app.entry.roster import Need
from viewfinder.surfaces.http.identity import SAFE

VARIES = re.compile(
    r'csrf[^>]{0,40}?(?:content|value)="[^"]+"|"Viewfinder-CSRF": "[^"]+"'
    r'|"no": \d+|\b[0-9a-f]{12,32}\b|'
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d[.\d]*)?"
)
"""What differs from one answer to the next: numbers of what is new, times, tokens of pages."""

INLINE = re.compile(
    r"<script(?![^>]*(\ssrc=|application/json))[^>]*>[^<]|<style|<\w[^>]*\s(on\w+|style)="
)
"""Script and style in a page itself, which the content policy would stop."""


def send(client: TestClient, route: Route, video: str, **more: Any) -> httpx2.Response:
    """Ask a route as its shape wants, with that video wherever one may stand."""
    app: Any = client.app
    params = {q.alias: video for q in route.route.dependant.query_params if "video" in q.alias}
    sent: dict[str, Any] = {"params": params, **more}
    if route.method not in SAFE and "data" not in more:
        described = route.route.body_field
        media = type(getattr(described, "field_info", None)).__name__
        if media in ("Form", "File"):
            sent["data"] = {
                f.alias: video if "video" in f.alias else "1"
                for f in route.route.dependant.body_params
            }
        else:
            sent["json"] = _json(app, route, video)
    return client.request(route.method, filled(route.path, video), **sent)


def _json(app: Any, route: Route, video: str) -> Any:
    whole = app.openapi_schema or _document(app)
    told = whole["paths"].get(route.path, {}).get(route.method.lower(), {})
    content = told.get("requestBody", {}).get("content", {}).get("application/json")
    return body_for(content["schema"], whole, video) if content else {}


def _document(app: Any) -> Any:
    from viewfinder.surfaces.api import reference

    return reference.describe(app)


def test_what_has_no_need_is_on_a_short_list(standing: Standing) -> None:
    without = {(r.method, r.path) for r in standing.routes if not r.needs}
    assert without <= OPEN, sorted(without - OPEN)
    assert len(standing.routes) > 30


def test_nobody_gets_anything_without_a_login(standing: Standing) -> None:
    client, got = standing.client(), {}
    for route in standing.routes:
        if route.needs:
            client.cookies.clear()
            got[str(route)] = send(client, route, standing.seen).status_code
    assert {route: status for route, status in got.items() if status != 401} == {}


def test_a_person_without_a_login_is_sent_to_it_and_back(standing: Standing) -> None:
    client = standing.client(**HTML)
    for route in standing.routes:
        if route.needs and route.method == "GET" and not route.is_api and route.path != "/metrics":
            got = client.get(filled(route.path, standing.seen))
            assert got.status_code == 303, route
            assert re.fullmatch(r"/login(\?next=%?[/\w%.-]+)?", got.headers["location"]), route


def test_a_token_without_the_need_of_a_route_gets_nothing(standing: Standing) -> None:
    client, wrong = standing.client(), []
    tokens = {need: standing.token("kim", set(Need) - {need}) for need in Need}
    for route in standing.routes:
        for need in route.needs:
            got = send(client, route, standing.seen, headers=tokens[need])
            said = got.headers.get("www-authenticate", "")
            if got.status_code != 403 or f'scope="{need.value}"' not in said:
                wrong.append((str(route), need.value, got.status_code))
    assert wrong == []


def test_a_session_changes_nothing_without_the_token_of_its_page(standing: Standing) -> None:
    """Cross-site request forgery: the cookie alone is not enough."""
    client, proof = standing.logged_in("kim")
    wrong = []
    for route in standing.routes:
        if route.method in SAFE or route.path == "/login":
            continue
        for headers in (
            {},
            {"Viewfinder-CSRF": proof[:-4] + "AAAA"},
            {"Viewfinder-CSRF": proof, "Origin": "https://elsewhere.example"},
            {"Viewfinder-CSRF": proof, "Origin": "null"},
            {"Viewfinder-CSRF": proof, "Sec-Fetch-Site": "cross-site"},
            {"Viewfinder-CSRF": proof, "Sec-Fetch-Site": "same-site"},
        ):
            got = send(client, route, standing.seen, headers=headers)
            if got.status_code != 403:
                wrong.append((str(route), headers, got.status_code))
    assert wrong == []
    assert client.get("/account", headers=HTML).status_code == 200  # still logged in


def test_at_home_another_site_changes_nothing_either(standing: Standing) -> None:
    from viewfinder.app.config import Serve
    from viewfinder.surfaces.server.factory import create_app

    app = create_app(standing.premises, Serve())
    home = TestClient(app, base_url="http://127.0.0.1:8765", client=("127.0.0.1", 1))
    assert home.get("/api/v1/me").json()["name"] is None
    for route in standing.routes:
        if route.method in SAFE:
            continue
        for headers in (
            {"Origin": "https://elsewhere.example"},
            {"Origin": "http://127.0.0.1:9000"},
            {"Sec-Fetch-Site": "cross-site"},
            {"User-Agent": "Mozilla/5.0"},
            {"Referer": "https://elsewhere.example/"},
        ):
            got = send(home, route, standing.seen, headers=headers)
            assert got.status_code == 403, (str(route), headers)


def test_what_may_not_be_seen_answers_as_what_is_not_there(standing: Standing) -> None:
    """Over all routes, with a sealed video and with one that nobody has: the same bytes."""
    client, differ = standing.client(), []
    headers = standing.token("ann")
    for route in standing.routes:
        if not route.needs or route.is_endless or route.path == "/metrics":
            continue
        accept = {} if route.is_api else HTML
        got = []
        for video in (standing.sealed, UNKNOWN):
            answer = send(client, route, video, headers={**headers, **accept})
            body = VARIES.sub("", answer.text).replace(video, "ID").replace(video[:12], "ID")
            kept = {
                name: VARIES.sub("", value.replace(video, "ID"))
                for name, value in answer.headers.items()
                if name not in ("x-request-id", "set-cookie", "date")
            }
            kept.pop("content-length", None)
            got.append((answer.status_code, kept, body))
        if got[0] != got[1]:
            differ.append(f"{route}: {_first_difference(*got)}")
    assert not differ, "\n".join(differ)


def _first_difference(one: Any, other: Any) -> str:
    here, there = str(one), str(other)
    at = next((n for n, (a, b) in enumerate(zip(here, there, strict=False)) if a != b), 0)
    return f"{here[max(0, at - 80) : at + 120]!r} against {there[max(0, at - 80) : at + 120]!r}"


def test_nothing_breaks_and_no_answer_tells_of_our_code(standing: Standing) -> None:
    client = standing.client()
    headers = standing.token("ann", set(Need) - {Need.EXPORT})
    for route in [r for r in standing.routes if not r.is_endless]:
        for video in (standing.seen, "..%2f..%2fetc%2fpasswd", "%00", "'\"<script>"):
            got = client.request(route.method, filled(route.path, video), headers=headers)
            assert got.status_code != 500, (str(route), video, got.text)
            assert "Traceback" not in got.text
            assert str(standing.premises.shared.folder) not in got.text, (str(route), video)


def test_every_answer_carries_what_browsers_obey(standing: Standing) -> None:
    client, headers = standing.client(), standing.token("kim")
    for route in standing.routes:
        if route.method != "GET" or route.is_endless:
            continue
        got = client.get(filled(route.path, standing.seen), headers={**headers, **HTML})
        told = got.headers
        policy = told["content-security-policy"]
        assert "default-src 'self'" in policy, route
        assert "unsafe" not in policy, route
        assert "frame-ancestors 'none'" in policy, route
        assert told["x-content-type-options"] == "nosniff", route
        assert told["cross-origin-opener-policy"] == "same-origin", route
        assert "referrer-policy" in told, route
        assert "public" not in told["cache-control"], route
        assert re.search("private|no-store|no-cache", told["cache-control"]), route
        if told.get("content-type", "").startswith("text/html"):
            assert not INLINE.search(got.text), route


def test_a_page_of_an_error_is_a_page_and_of_the_api_a_problem(standing: Standing) -> None:
    client, headers = standing.client(), standing.token("kim")
    page = client.get("/nothing/here", headers={**headers, **HTML})
    assert (page.status_code, page.headers["content-type"][:9]) == (404, "text/html")
    assert csrf_in(page.text)
    for method, path, status in (
        ("GET", "/api/v1/nothing", 404),
        ("DELETE", "/api/v1/me", 405),
        ("PUT", "/api/v1/me/purpose", 422),
        ("GET", "/api/v1/videos/1", 422),
    ):
        got = client.request(method, path, headers={**headers, **HTML}, json=[])
        assert got.status_code == status, path
        assert got.headers["content-type"] == "application/problem+json"
        assert got.json()["status"] == status
        assert {"type", "title", "detail"} <= set(got.json())
