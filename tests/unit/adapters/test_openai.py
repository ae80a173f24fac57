"""A model on a server: real HTTP to a server that keeps the protocol, and to one that does not."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("openai", reason="the extra [llm] is not installed")

from viewfinder.adapters.models import openai
from viewfinder.adapters.models.openai import Config
from viewfinder.domain.errors import ConfigError, ModelError
from viewfinder.domain.prompt import Prompt
from viewfinder.ports import LanguageModel
from viewfinder.testing.contracts import LanguageModelContract
from viewfinder.testing.models.chat_server import Body, ChatServer, Reply

PROMPT = Prompt("Answer.", "where is the car?", (("e1", "a red car"),))
TYPED = replace(PROMPT, schema='{"type": "object"}')
KEY = "key-that-nobody-may-see"


def model(server: ChatServer, **settings: object) -> LanguageModel:
    config = replace(Config(server.base_url, "test"), **settings)  # type: ignore[arg-type]
    return openai.plugin.build(config)


def asked(model: LanguageModel, prompt: Prompt = PROMPT, timeout_s: float = 20.0) -> str:
    return "".join(model.generate(prompt, max_tokens=20, seed=7, timeout_s=timeout_s))


def failure(reply: Reply, *, timeout_s: float = 20.0, **settings: object) -> tuple[str, int]:
    """Return what is said of a failing server, and how often it was asked."""
    with ChatServer([reply]) as server:
        with pytest.raises(ModelError) as said:
            asked(model(server, **settings), timeout_s=timeout_s)
        assert server.destination in str(said.value)
        return str(said.value), len(server.requests)


def obedient(body: Body) -> Reply:
    return Reply(['{"a": ', "1}"] if "response_format" in body else ["red ", "car"])


class TestServerModel(LanguageModelContract):
    @pytest.fixture
    def model(self) -> Iterator[LanguageModel]:  # type: ignore[override]
        with ChatServer(obedient) as server:
            yield model(server)


def test_a_reply_is_streamed_and_the_request_is_reproducible() -> None:
    with ChatServer([Reply(["red ", "car"])]) as server:
        assert asked(model(server)) == "red car"
        (request,) = server.requests
    assert request.path == "/v1/chat/completions"
    assert request.body["temperature"] == 0
    assert (request.body["seed"], request.body["max_tokens"]) == (7, 20)
    assert request.body["messages"][1]["content"].endswith('Question: "where is the car?"')


def test_nothing_of_the_environment_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "OPENAI_API_KEY": "ambient",
        "OPENAI_ORG_ID": "ambient",
        "OPENAI_PROJECT_ID": "ambient",
        "OPENAI_CUSTOM_HEADERS": "X-Ambient: ambient",
        "OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "ALL_PROXY": "http://127.0.0.1:9",
    }.items():
        monkeypatch.setenv(name, value)
    with ChatServer([Reply(["x"])]) as server:
        asked(model(server))
        (request,) = server.requests
    assert "ambient" not in json.dumps([dict(request.headers), request.body])
    assert set(request.headers) <= {
        "host", "connection", "accept", "accept-encoding", "content-type", "content-length",
    }  # fmt: skip


def test_the_key_is_sent_and_never_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    caplog.set_level("DEBUG")
    with ChatServer([Reply([f"wrong key {KEY}"], status=400)]) as server:
        made = model(server, key_env="MY_KEY")
        with pytest.raises(ModelError) as said:
            asked(made)
        assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert KEY not in f"{said.value!r} {said.value.__cause__} {made!r} {made.tool} {caplog.text}"


def test_a_key_may_come_from_a_file_that_only_its_owner_can_read(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(f"{KEY}\n")
    path.chmod(0o600)
    with ChatServer([Reply(["x"])]) as server:
        asked(model(server, key_file=str(path)))
        assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
        path.chmod(0o644)
        with pytest.raises(ConfigError, match="chmod 600"):
            model(server, key_file=str(path))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"base_url": "llm.example/v1"}, "must be the address"),
        ({"base_url": "ftp://llm.example/v1"}, "must be the address"),
        ({"base_url": "https://me:secret@llm.example/v1"}, "key_env"),
        ({"base_url": "https://llm.example/v1?key=secret"}, "key_env"),
        ({"base_url": "https://llm.example:many/v1"}, "no address"),
        ({"model": ""}, "model is empty"),
        ({"key_env": "NOT_SET"}, "NOT_SET"),
        ({"key_file": "/nowhere/key"}, "cannot read"),
        ({"key_env": "MY_KEY", "key_file": "x"}, "keep one"),
        ({"base_url": "http://llm.example/v1", "key_env": "MY_KEY"}, "use https"),
        ({"base_url": "https://llm.example/v1", "key_env": "TWO_LINES"}, "is no key"),
    ],
)
def test_a_mistake_in_the_settings_is_named_without_its_secret(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], said: str
) -> None:
    monkeypatch.setenv("MY_KEY", "secret")
    monkeypatch.setenv("TWO_LINES", "secret\nX-More: secret")
    good = Config("https://llm.example/v1", "test")
    with pytest.raises(ConfigError, match=said) as error:
        openai.plugin.build(replace(good, **settings))
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    ("base_url", "destination"),
    [
        ("https://llm.example/v1", "llm.example:443"),
        ("http://127.0.0.1:11434/v1", "127.0.0.1:11434"),
        ("http://[::1]/v1", "[::1]:80"),
        ("https://LLM.example:8443/v1/", "llm.example:8443"),
    ],
)
def test_the_destination_is_host_and_port(base_url: str, destination: str) -> None:
    assert openai.plugin.build(Config(base_url, "test")).destination == destination


def test_a_failing_server_is_asked_again() -> None:
    with ChatServer([Reply(["down"], status=503), Reply(["up"])]) as server:
        assert asked(model(server)) == "up"


def test_a_busy_server_is_not_waited_for_past_the_end() -> None:
    busy = Reply(["slow down"], status=429, headers={"retry-after": "100"})
    said, times = failure(busy)
    assert "busy" in said
    assert times == 1


def test_tries_end() -> None:
    said, times = failure(Reply(["down"], status=500), retries=1)
    assert "answered 500" in said
    assert times == 2


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(status=302, headers={"location": "http://127.0.0.1:1/v1"}), "not followed"),
        (Reply(status=307, headers={"location": "/v2"}), "not followed"),
        (Reply(["half a", " reply"], breaks_off=True), "broke off"),
        (Reply(["who are you"], status=401), "key"),
        (Reply(["no such model"], status=404), "knows no model 'test'"),
        (Reply(["too long"], status=400), "too long"),
        (Reply(raw=b"<html>", kind="text/html"), "text/html"),
        (Reply(raw=b'{"choices": []}', kind="application/json"), "not with a stream"),
        (Reply(raw=b"", kind="text/event-stream"), "broke off"),
        (Reply(raw=b"data: garbage\n\n"), "protocol"),
        (Reply(raw=b'data: {"choices": 7}\n\n'), "protocol"),
        (Reply(raw=b"data: [1]\n\n"), "protocol"),
        (Reply(raw=b"\xff\xfe\n\n"), r""),
        (Reply(raw=b'data: {"error": {"message": "out of memory"}}\n\n'), "out of memory"),
        (Reply(raw=b": " + b"p" * 9_000_000), "larger than"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_server_that_misbehaves_is_an_error_that_says_how(reply: Reply, said: str) -> None:
    assert said in failure(reply)[0]


def test_a_server_that_is_not_there_is_named() -> None:
    with ChatServer([]) as server:
        gone = model(server, retries=0)
    with pytest.raises(ModelError, match=r"cannot be reached .*is the server running"):
        asked(gone)


@pytest.mark.parametrize("is_pinging", [False, True])
def test_a_slow_reply_ends_with_the_clock(is_pinging: bool) -> None:
    held = Reply(["one", "two"], hold=threading.Event(), is_pinging=is_pinging)
    said, times = failure(held, timeout_s=0.3)
    assert "in time" in said
    assert times == 1


def test_closing_the_reply_hangs_up() -> None:
    with ChatServer([Reply(["one", "two"], hold=threading.Event())]) as server:
        reply = model(server).generate(PROMPT, max_tokens=20, seed=0, timeout_s=60)
        assert next(iter(reply)) == "one"
        reply.close()  # type: ignore[attr-defined]
        assert server.hung_up.wait(30)


def kinds(server: ChatServer) -> list[str]:
    """Return how each request asked for JSON."""
    return [r.body.get("response_format", {"type": "words"})["type"] for r in server.requests]


def test_the_strictest_way_comes_first_and_carries_the_schema() -> None:
    with ChatServer([Reply(["{", "}"])]) as server:
        assert asked(model(server), TYPED) == "{}"
        asked_for = server.requests[0].body["response_format"]
    assert asked_for["json_schema"]["schema"] == {"type": "object"}
    assert asked_for["json_schema"]["strict"] is True


def test_a_server_without_schemas_is_asked_for_json_and_that_is_remembered() -> None:
    def no_schema(body: Body) -> Reply:
        if body.get("response_format", {}).get("type") == "json_schema":
            return Reply(["response_format: json_schema is not supported"], status=400)
        return Reply(["{}"])

    with ChatServer(no_schema) as server:
        made = model(server)
        assert [asked(made, TYPED) for _ in range(2)] == ["{}", "{}"]
        assert kinds(server) == ["json_schema", "json_object", "json_object"]


@pytest.mark.parametrize("is_ignored", [False, True])
def test_a_server_without_json_is_asked_in_words(is_ignored: bool) -> None:
    def words_only(body: Body) -> Reply:
        if "response_format" in body and not is_ignored:
            return Reply(["unknown field response_format"], status=422)
        return Reply(["Sure! ", '```json\n{"a": ', "1}\n```"])

    with ChatServer(words_only) as server:
        made = model(server)
        assert [asked(made, TYPED) for _ in range(2)] == ['{"a": 1}', '{"a": 1}']
        assert kinds(server) == ["json_schema", "json_object", "words", "words"]
        assert '{"type": "object"}' in server.requests[-1].body["messages"][0]["content"]


def test_a_request_that_is_refused_in_every_way_changes_no_habit() -> None:
    replies = [*[Reply(["context too long"], status=400)] * 3, Reply(["{}"])]
    with ChatServer(replies) as server:
        made = model(server)
        with pytest.raises(ModelError, match="context too long"):
            asked(made, TYPED)
        assert asked(made, TYPED) == "{}"
        assert kinds(server)[-1] == "json_schema"


def test_a_model_that_writes_no_json_is_an_error() -> None:
    stubborn = ChatServer([Reply(["I would rather not {"])])
    with stubborn as server, pytest.raises(ModelError, match="asked for JSON"):
        asked(model(server), TYPED)


def test_a_setting_that_the_server_refuses_is_left_out_from_then_on() -> None:
    def strict(body: Body) -> Reply:
        for name in ("max_tokens", "temperature"):
            if name in body:
                return Reply([f"Unsupported parameter: '{name}'"], status=400)
        return Reply(["fine"])

    with ChatServer(strict) as server:
        made = model(server)
        assert [asked(made) for _ in range(2)] == ["fine", "fine"]
        assert len(server.requests) == 4
        assert server.requests[-1].body["max_completion_tokens"] == 20
        assert server.requests[-1].body["seed"] == 7


def test_evidence_is_cut_to_the_room_there_is() -> None:
    prompt = replace(PROMPT, evidence=tuple((f"e{n}", "word " * 100) for n in range(50)))
    with ChatServer([Reply(["x"])]) as server:
        asked(model(server, context_tokens=1000), prompt)
        assert server.requests[0].body["messages"][1]["content"].count('"id"') == 5
        with pytest.raises(ModelError, match="context_tokens"):
            asked(model(server, context_tokens=20))
        assert len(server.requests) == 1
