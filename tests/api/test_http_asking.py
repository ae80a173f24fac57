"""Search and answers over HTTP: plans, refusals, streams that go on after a lost line."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import httpx2
import pytest
from PIL import Image
from small_server import Served, serving

QUESTION = {"question": "who tested the battery?"}
STREAM = {"Accept": "text/event-stream"}


def events(text: str) -> list[dict[str, Any]]:
    """Return the events of a stream; comments are left out."""
    found = []
    for block in text.split("\n\n"):
        lines = [line for line in block.split("\n") if line and not line.startswith(":")]
        if lines:
            pairs = dict(line.split(": ", 1) for line in lines)
            found.append({**pairs, "data": json.loads(pairs["data"])})
    return found


def test_an_answer_is_the_document_of_the_command_line(served: Served) -> None:
    said = served.client.post("/ask", json=QUESTION).raise_for_status().json()
    assert said["outcome"] == "answer"
    quote = said["claims"][0]["citations"][0]
    assert "battery" in quote["quote"]
    assert (quote["start_s"], quote["track"]) == (1.0, "captions")


def test_an_answer_has_an_address_that_can_be_kept(served: Served) -> None:
    asked = served.client.get("/ask", params={"q": QUESTION["question"]}).json()
    assert asked["claims"] == served.client.post("/ask", json=QUESTION).json()["claims"]


def test_a_plan_comes_back_changed(served: Served) -> None:
    made = served.client.post("/plan", json=QUESTION).json()
    assert "tested" in made["words"]
    plan = {**made["plan"], "limit": 1}
    found = served.client.post("/search", json={"plan": plan}).raise_for_status().json()
    assert len(found["moments"]) == 1
    assert found["plan"]["limit"] == 1
    said = served.client.post("/ask", json={"plan": plan}).raise_for_status().json()
    assert said["plan"]["lookups"] == plan["lookups"]


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"question": "x", "plan": {"question": "x", "text": "x"}},
        {"question": "x" * 2001},
        {"plan": {"question": "x", "text": "x", "like": "/etc/hostname.png"}},
        {"plan": {"question": "x", "text": "x", "limit": 100000}},
        {"plan": {"question": "x", "text": "x", "surprise": 1}},
    ],
)
def test_a_question_that_does_not_fit_is_a_problem_with_its_place(
    served: Served, sent: dict[str, Any]
) -> None:
    got = served.client.post("/ask", json=sent)
    assert got.status_code == 422
    assert got.headers["content-type"] == "application/problem+json"
    assert got.json()["status"] == 422


def test_no_question_reads_a_file_of_the_server(served: Served, tmp_path: Path) -> None:
    path = tmp_path / "secret.png"
    Image.new("RGB", (32, 32)).save(path)
    for question in (f"like {path}", f"similar to: {path}"):
        for route in ("/ask", "/search"):
            got = served.client.post(route, json={"question": question})
            assert got.status_code == 400
            assert "sent along" in got.json()["detail"]
    got = served.client.post("/conversations", json={"question": f"like {path}"})
    assert got.status_code == 400


def test_a_refusal_by_policy_is_an_answer_of_ask_and_a_problem_of_search(served: Served) -> None:
    asked = {"question": "is he angry?"}
    assert served.client.post("/ask", json=asked).json()["outcome"] == "refusal"
    got = served.client.post("/search", json=asked)
    assert got.status_code == 403
    told = got.json()
    assert told["rule"] == "no-emotion-inference"
    assert told["alternative"]


def test_a_picture_that_is_none_is_told_so_without_a_path(served: Served) -> None:
    got = served.client.post("/search/image", files={"picture": ("x.png", b"no picture")})
    assert got.status_code in (400, 503), got.text
    assert str(served.folder) not in got.text


@pytest.mark.models
def test_a_picture_is_looked_for_and_does_not_stay(weights: Path, tmp_path: Path) -> None:
    drawn = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(drawn, "PNG")
    with serving(tmp_path / "library", create=True) as served:
        got = served.client.post("/search/image", files={"picture": ("x.png", drawn.getvalue())})
        assert got.status_code == 200
        assert got.json()["plan"]["like"] is None
        assert list((served.folder / "spool" / "asked").iterdir()) == []


def test_a_moment_is_a_question(served: Served) -> None:
    video = served.video("meeting.vtt")
    got = served.client.get(f"/videos/{video}/similar", params={"at": 2})
    assert got.status_code == 200
    gone = served.client.get(f"/videos/{'0' * 64}/similar", params={"at": 2})
    assert gone.status_code == 404


# -- streams ----------------------------------------------------------------------------------


def test_a_stream_tells_what_is_done_then_claims_then_the_answer(served: Served) -> None:
    with served.client.stream("POST", "/ask/stream", json=QUESTION) as got:
        assert got.headers["content-type"].startswith("text/event-stream")
        text = "".join(got.iter_text())
    assert text.startswith(": ")
    told = events(text)
    assert [event["event"] for event in told] == ["progress", "claim", "answer"]
    assert told[-1]["data"]["claims"] == [told[1]["data"]]
    assert [event["id"].rpartition(".")[2] for event in told] == ["1", "2", "3"]


@pytest.mark.parametrize("way", ["GET", "POST"])
def test_whoever_accepts_events_gets_them(served: Served, way: str) -> None:
    sent = {"params": {"q": "battery"}} if way == "GET" else {"json": {"question": "battery"}}
    got = served.client.request(way, "/ask", headers=STREAM, **sent)
    assert events(got.text)[-1]["event"] == "answer"


def test_a_lost_stream_goes_on_and_nothing_is_asked_again(served: Served) -> None:
    told = events(served.client.post("/ask/stream", json=QUESTION).text)
    before = asked_of(served)
    again = {"Last-Event-ID": told[0]["id"]}
    rest = events(served.client.post("/ask/stream", json=QUESTION, headers=again).text)
    assert rest == told[1:]
    assert asked_of(served) == before


def test_a_stream_that_is_not_kept_is_asked_anew(served: Served) -> None:
    before = asked_of(served)
    headers = {"Last-Event-ID": "unknown.1"}
    told = events(served.client.post("/ask/stream", json=QUESTION, headers=headers).text)
    assert told[0]["id"].endswith(".1")
    assert asked_of(served) == before + 1


def test_an_answer_that_is_kept_goes_when_footage_is_forgotten(
    served: Served, tmp_path: Path
) -> None:
    told = events(served.client.post("/ask/stream", json=QUESTION).text)
    (tmp_path / "other.vtt").write_text("WEBVTT\n\n00:01.000 --> 00:02.000\nA.\n", "utf-8")
    list(served.premises.shared.view().add([tmp_path / "other.vtt"]))
    served.client.post(f"/videos/{served.video('other.vtt')}/forget", json={}).raise_for_status()
    headers = {"Last-Event-ID": told[0]["id"]}
    again = events(served.client.post("/ask/stream", json=QUESTION, headers=headers).text)
    assert again[0]["id"] != told[0]["id"]
    assert again[0]["id"].endswith(".1")


def test_a_stream_that_breaks_ends_with_a_problem(served: Served) -> None:
    told = events(
        served.client.post("/ask/stream", json={"question": "like /etc/hostname.png"}).text
    )
    assert told[-1]["event"] == "problem"
    assert told[-1]["data"]["status"] == 400


def test_the_first_byte_comes_before_the_answer(served: Served) -> None:
    with served.client.stream("POST", "/ask/stream", json=QUESTION) as got:
        first = next(got.iter_bytes(1))
        assert first == b":"


def asked_of(served: Served) -> int:
    lines = served.client.get("/log", params={"action": "ask", "limit": 500}).json()["lines"]
    return len(lines)


# -- conversations ----------------------------------------------------------------------------


def test_a_conversation_goes_on_is_read_taken_out_and_forgotten(served: Served) -> None:
    client = served.client
    first = client.post("/conversations", json={"question": "the delivery"}).json()
    talk = first["conversation"]
    more = client.post(f"/conversations/{talk}/turns", json={"question": "what is said next?"})
    assert more.json()["step"] == "after"
    assert "customer" in more.json()["claims"][0]["citations"][0]["quote"]
    assert len(client.get(f"/conversations/{talk}").json()["turns"]) == 2
    listed = client.get("/conversations").json()["conversations"]
    assert [each["turns"] for each in listed if each["conversation"] == talk] == [2]
    page = client.get(f"/conversations/{talk}/export")
    assert page.headers["content-type"].startswith("text/markdown")
    assert "#t=10" in page.text
    assert client.post(f"/conversations/{talk}/replay").json()["same"] is True
    assert client.delete(f"/conversations/{talk}").json() == {"conversation": talk, "remains": []}
    assert client.get(f"/conversations/{talk}").status_code == 404


def test_a_turn_is_streamed_and_a_lost_one_is_not_made_twice(served: Served) -> None:
    client = served.client
    talk = client.post("/conversations", json={"question": "the delivery"}).json()["conversation"]
    where = f"/conversations/{talk}/turns"
    sent = {"question": "and before that?"}
    told = events(client.post(where, json=sent, headers=STREAM).text)
    assert told[0]["event"] == "progress"
    assert "understood" in [event["event"] for event in told]
    assert told[-1]["event"] == "turn"
    assert told[-1]["data"]["conversation"] == talk
    again = {**STREAM, "Last-Event-ID": told[0]["id"]}
    assert events(client.post(where, json=sent, headers=again).text) == told[1:]
    lost = {**STREAM, "Last-Event-ID": "unknown.1"}
    assert client.post(where, json=sent, headers=lost).status_code == 410
    assert len(client.get(f"/conversations/{talk}").json()["turns"]) == 2


def test_the_same_key_makes_a_turn_once(served: Served) -> None:
    client = served.client
    talk = client.post("/conversations", json={"question": "the delivery"}).json()["conversation"]
    where = f"/conversations/{talk}/turns"
    key = {"Idempotency-Key": "one"}
    once = client.post(where, json={"question": "and before that?"}, headers=key)
    again = client.post(where, json={"question": "and before that?"}, headers=key)
    assert once.json() == again.json()
    other = client.post(where, json={"question": "and after?"}, headers=key)
    assert (other.status_code, other.json()["title"]) == (422, "Key used already")
    streamed = {**STREAM, "Idempotency-Key": "two"}
    first = client.post(where, json={"question": "and before that?"}, headers=streamed).text
    second = client.post(where, json={"question": "and before that?"}, headers=streamed).text
    assert events(first) == events(second)
    assert len(client.get(f"/conversations/{talk}").json()["turns"]) == 3


def test_a_conversation_of_no_one_is_not_there(served: Served) -> None:
    got = served.client.post("/conversations/0123456789ab/turns", json={"question": "and then?"})
    assert got.status_code == 404
    unknown: httpx2.Response = served.client.get(f"/videos/{'0' * 64}")
    assert {**got.json(), "instance": ""} == {**unknown.json(), "instance": ""}
