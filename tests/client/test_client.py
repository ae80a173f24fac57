"""The client calls every operation of a running server, waiting or awaited."""

from __future__ import annotations

import asyncio  # noqa: TID251 - a caller of the asynchronous client has a loop
import inspect
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest
from small_server import MEETING, Served, serving

from viewfinder.app.serving.premises import Premises
from viewfinder.client import ApiError, AsyncClient, Client, Event, steps
from viewfinder.client.events import Lines
from viewfinder.client.operations import videos
from viewfinder.testing.media import draw_clip
from viewfinder.testing.settings import LIGHT

QUESTION = '"tested the battery"'


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("client")
    (home / "library").mkdir()
    (home / "library" / "viewfinder.toml").write_text(LIGHT, encoding="utf-8")
    (home / "meeting.vtt").write_text(MEETING, encoding="utf-8")
    premises = Premises.open(home / "library", create=True)
    list(premises.shared.view().add([home / "meeting.vtt"]))
    premises.close()
    with serving(home / "library") as running:
        yield running


@pytest.fixture
def url(served: Served) -> str:
    return served.url.removesuffix("/api/v1")


def test_every_operation_of_the_document_is_a_method_of_both_clients(served: Served) -> None:
    operations = {
        made["operationId"]: made
        for methods in served.app.openapi()["paths"].values()
        for made in methods.values()
        if isinstance(made, dict) and "operationId" in made
    }
    assert len(operations) > 60
    for kind in (Client, AsyncClient):
        missing = [name for name in operations if not callable(getattr(kind, name, None))]
        assert missing == []
        for name, made in operations.items():
            taken = {n.rstrip("_") for n in inspect.signature(getattr(kind, name)).parameters}
            asked = {p["name"] for p in made.get("parameters", []) if p["in"] in ("path", "query")}
            assert asked <= taken, name


def test_the_client_asks_and_reads(url: str) -> None:
    with Client(url) as client:
        (video,) = client.list_videos(name="meeting")["videos"]
        answer = client.ask(question=QUESTION)
        assert answer["outcome"] == "answer"
        assert answer["claims"][0]["citations"][0]["video"] == video["video"]
        assert client.get_video(video["video"])["path"].endswith("meeting.vtt")
        assert "battery" in client.export_transcript(video["video"], "srt")
        assert video in client.every(videos.list_videos, "videos", limit=1)
        with pytest.raises(ApiError, match="404") as missing:
            client.get_video("0" * 64)
        assert missing.value.status == 404
        with pytest.raises(ApiError) as wrong:
            client.search(limit=0)
        assert wrong.value.status == 422
        assert wrong.value.document["errors"]


def test_events_come_one_by_one_and_end_with_the_answer(url: str) -> None:
    with Client(url) as client:
        events = list(client.ask_events(question=QUESTION))
    assert all(isinstance(event, Event) and event.id for event in events)
    assert events[-1].document["outcome"] == "answer"


def test_the_asynchronous_client_does_the_same(url: str) -> None:
    async def work() -> tuple[dict[str, Any], list[Event], list[dict[str, Any]]]:
        async with AsyncClient(url) as client:
            answer = await client.ask(question=QUESTION)
            events = [event async for event in client.ask_events(question=QUESTION)]
            return answer, events, await client.every(videos.list_videos, "videos")

    answer, events, listed = asyncio.run(work())
    assert answer["outcome"] == events[-1].document["outcome"] == "answer"
    assert listed


def test_a_file_goes_up_in_pieces_and_comes_down_by_ranges(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = tmp_path / "clip.mp4"
    draw_clip(clip, seconds=2)
    monkeypatch.setattr(steps, "PIECE_BYTES", clip.stat().st_size // 3)
    told: list[int] = []
    with Client(url) as client:
        made = client.upload(clip, name="mine.mp4", show=told.append)
        assert len(told) == 4
        assert told[-1] == clip.stat().st_size
        list(client.follow_job(made["job"]))
        assert client.get_job(made["job"])["state"] == "done"
        got = client.download_media(made["video"], tmp_path / "back.mp4")
    assert got.read_bytes() == clip.read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["back.mp4", "clip.mp4"]


class Flaky(BaseHTTPRequestHandler):
    """Fails as told, then answers."""

    plan: list[Any]
    seen: list[tuple[str, dict[str, str]]]

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self.rfile.read(length)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.seen.append((self.command, headers))
        step = self.plan.pop(0)
        if step == "drop":
            self.connection.close()
            return
        status, kind, body = step
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if status == 503:
            self.send_header("Retry-After", "0")
        if not body.endswith("CUT"):
            self.send_header("Content-Length", str(len(body)))
        else:
            self.send_header("Content-Length", "9999")
            body = body.removesuffix("CUT")
        self.end_headers()
        self.wfile.write(body.encode())

    do_POST = do_GET  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


@pytest.fixture
def flaky() -> Iterator[tuple[str, type[Flaky]]]:
    handler = type("Here", (Flaky,), {"plan": [], "seen": []})
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", handler
    server.shutdown()
    thread.join()
    server.server_close()


JSON, EVENTS = "application/json", "text/event-stream"


def test_only_what_may_be_repeated_is_sent_again(flaky: tuple[str, type[Flaky]]) -> None:
    url, handler = flaky
    with Client(url, token="secret") as client:
        handler.plan[:] = [(503, JSON, "{}"), (200, JSON, '{"videos": []}')]
        assert client.list_videos() == {"videos": []}
        assert handler.seen[0][1]["authorization"] == "Bearer secret"
        handler.plan[:] = [(503, JSON, '{"title": "busy", "detail": "wait"}')]
        with pytest.raises(ApiError, match="503 busy: wait"):
            client.search(question="x")
        handler.seen.clear()
        handler.plan[:] = [(503, JSON, "{}"), (201, JSON, '{"job": "1"}')]
        assert client.add_footage(paths=["x"]) == {"job": "1"}
        keys = {headers["idempotency-key"] for _, headers in handler.seen}
        assert len(handler.seen) == 2
        assert len(keys) == 1


def test_a_broken_stream_goes_on_after_the_last_event(flaky: tuple[str, type[Flaky]]) -> None:
    url, handler = flaky
    first = 'retry: 1\n\nid: a.1\nevent: progress\ndata: {"n": 1}\n\nid: a.2\ndata: {"hCUT'
    handler.plan[:] = [(200, EVENTS, first), (200, EVENTS, 'id: a.2\ndata: {"n": 2}\n\n')]
    with Client(url) as client:
        events = list(client.ask_events(question="x"))
    assert [(e.name, e.document["n"], e.id) for e in events] == [
        ("progress", 1, "a.1"),
        ("message", 2, "a.2"),
    ]
    assert handler.seen[1][1]["last-event-id"] == "a.1"


def test_nobody_there_is_said(tmp_path: Path) -> None:
    with Client("http://127.0.0.1:9", retries=0) as client, pytest.raises(httpx2.ConnectError):
        client.list_videos()


def test_lines_of_events_are_read_as_the_standard_says() -> None:
    lines = Lines()
    fed = [": ping", "", "data: a", "data: b", "", "event: x", "", "id: 7", "data", ""]
    events = [event for line in fed if (event := lines.feed(line)) is not None]
    assert events == [Event("message", "a\nb", ""), Event("message", "", "7")]


def test_the_files_are_what_the_document_gives() -> None:
    root = Path(__file__).resolve().parents[2]
    assert shutil.which("ruff")
    namespace: dict[str, Any] = {"__name__": "made", "__file__": str(root / "scripts/client.py")}
    exec(compile((root / "scripts/client.py").read_text(), "client.py", "exec"), namespace)
    wrong = [p.name for p, text in namespace["written"]().items() if p.read_text("utf-8") != text]
    assert wrong == [], "run python scripts/client.py"


def test_the_example_runs(url: str) -> None:
    example = Path(__file__).resolve().parents[2] / "examples" / "ask_a_server.py"
    done = subprocess.run(
        [sys.executable, str(example), url, QUESTION], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "at 1 s: We never tested the battery above forty degrees." in done.stdout
