"""Two askers over HTTP: nobody reads what is another's, or is told where files lie."""

from __future__ import annotations

import httpx2
import pytest
from small_server import Served

QUESTION = {"question": "who tested the battery?"}


def asker(served: Served, name: str, *needs: str) -> httpx2.Client:
    """A client with a token of an account of its own."""
    client = served.client
    made = client.post("/accounts", json={"name": name, "password": f"a long phrase of {name}"})
    assert made.status_code in (201, 409), made.text
    token = client.post(
        "/tokens", json={"name": "test", "needs": list(needs), "account": name}
    ).json()["token"]
    headers = {"Authorization": f"Bearer {token}"}
    return httpx2.Client(base_url=served.url, headers=headers, timeout=60, trust_env=False)


def last_id(text: str) -> str:
    return [line[4:] for line in text.splitlines() if line.startswith("id: ")][-1]


def test_nobody_goes_on_with_the_stream_of_another(served: Served) -> None:
    with asker(served, "ann", "read") as ann, asker(served, "bob", "read") as bob:
        told = ann.post("/ask/stream", json=QUESTION).text
        first = told.split("id: ")[1].split("\n")[0]
        headers = {"Last-Event-ID": first}
        assert first not in bob.post("/ask/stream", json=QUESTION, headers=headers).text
        rest = ann.post("/ask/stream", json=QUESTION, headers=headers).text
        assert last_id(rest) == last_id(told)


def test_a_cursor_of_another_is_no_cursor(served: Served) -> None:
    with asker(served, "ann", "read") as ann, asker(served, "bob", "read") as bob:
        cursor = ann.get("/videos", params={"limit": 1}).json()["next"]
        assert ann.get("/videos", params={"cursor": cursor}).status_code == 200
        assert bob.get("/videos", params={"cursor": cursor}).status_code == 400


def test_a_key_of_another_is_another_key(served: Served) -> None:
    with asker(served, "ann", "read", "write") as ann, asker(served, "bob", "read", "write") as bob:
        key = {"Idempotency-Key": "the same"}
        one, two = (
            each.post("/collections", json={"name": "Mine"}, headers=key) for each in (ann, bob)
        )
        assert one.json()["id"] != two.json()["id"]
        again = ann.post("/collections", json={"name": "Mine"}, headers=key)
        assert again.json() == one.json()


@pytest.mark.parametrize("route", ["/ask", "/search"])
def test_where_files_lie_is_told_to_those_who_may_take_them_out(served: Served, route: str) -> None:
    home = str(served.folder.parent)
    filled = served.client.get("/videos").json()["videos"][0]["path"].rpartition("/")[0]
    with asker(served, "ann", "read") as ann, asker(served, "bob", "read", "export") as bob:
        shown = bob.post(route, json=QUESTION).text
        assert filled in shown
        hidden = ann.post(route, json=QUESTION).text
        assert "meeting.vtt" in hidden
        for text in (
            hidden,
            ann.get("/videos").text,
            ann.post("/ask/stream", json=QUESTION).text,
            ann.post("/conversations", json=QUESTION).text,
            ann.get("/conversations").text,
            ann.get("/models").text,
        ):
            assert filled not in text
            assert home not in text


def test_a_token_does_what_it_is_good_for_and_no_more(served: Served) -> None:
    with asker(served, "ann", "read") as ann:
        video = ann.get("/videos").json()["videos"][0]["video"]
        for way, route, sent in (
            ("POST", f"/videos/{video}/forget", {}),
            ("POST", "/collections", {"name": "x"}),
            ("POST", "/exports/answer", QUESTION),
            ("GET", f"/videos/{video}/transcript.srt", None),
            ("GET", "/holds", None),
            ("GET", "/webhooks", None),
            ("POST", "/jobs", {"paths": ["/"]}),
        ):
            got = (
                ann.request(way, route, json=sent) if sent is not None else ann.request(way, route)
            )
            assert got.status_code == 403, route
            assert got.headers["content-type"] == "application/problem+json"
    with asker(served, "bob", "write") as bob:
        assert bob.post("/jobs", json={"paths": [str(served.folder)]}).status_code == 400


def test_what_is_closed_is_told_apart_from_nothing_by_nobody(alone: Served) -> None:
    """The same bytes for a video that is out of scope and for one that never was."""
    client, video = alone.client, alone.video("meeting.vtt")
    client.post(f"/videos/{video}/access", json={"collection": "closed"}).raise_for_status()
    sent = {"what": "collection:closed", "off": True, "reason": "tried"}
    client.post("/switches", json=sent).raise_for_status()
    stretch = {"start_s": 1, "end_s": 2}
    tried = 0
    for way, route, body in (
        ("GET", "/videos/{}", None),
        ("GET", "/videos/{}/notes", None),
        ("GET", "/videos/{}/transcript", None),
        ("GET", "/videos/{}/transcript.vtt", None),
        ("GET", "/videos/{}/shots", None),
        ("GET", "/videos/{}/segments", None),
        ("GET", "/videos/{}/similar?at=1", None),
        ("GET", "/videos/{}/media", None),
        ("GET", "/videos/{}/thumbnail?at=1", None),
        ("GET", "/videos/{}/captions.vtt", None),
        ("GET", "/videos/{}/corrections", None),
        ("GET", "/videos/{}/provenance", None),
        ("POST", "/videos/{}/certificate", {}),
        ("POST", "/videos/{}/corrections", {"at_s": 1, "text": "x"}),
        ("POST", "/exports/clip", {"video": "{}", **stretch}),
        ("POST", "/exports/still", {"video": "{}", "at_s": 1}),
        ("POST", "/exports/timeline", {"moments": [{"video": "{}", **stretch}]}),
        (
            "POST",
            "/judgements/moments",
            {"video": "{}", "question": "x", "relevant": True, **stretch},
        ),
    ):
        closed, never = (
            client.request(way, route.replace("{}", one), json=filled(body, one))
            for one in (video, "0" * 64)
        )
        assert closed.status_code == never.status_code == 404, route
        assert closed.content == never.content, route
        tried += 1
    assert tried == 18


def filled(body: object, video: str) -> object:
    """Return a document with the id where it belongs."""
    if isinstance(body, dict):
        return {key: filled(value, video) for key, value in body.items()}
    if isinstance(body, list):
        return [filled(each, video) for each in body]
    return video if body == "{}" else body
