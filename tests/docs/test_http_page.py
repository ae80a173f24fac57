"""The examples of the HTTP reference run as they stand; its lists are those of the code."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from viewfinder.app.serving.premises import Premises
from viewfinder.surfaces.http.identity import Need
from viewfinder.surfaces.server.factory import create_app
from viewfinder.testing.settings import LIGHT

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "http.md"
WORDS = "WEBVTT\n\n00:01.000 --> 00:05.000\nWe never tested the battery.\n"


def blocks() -> list[str]:
    return re.findall(r"```sh\n(.*?)```", PAGE.read_text("utf-8"), flags=re.DOTALL)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Address of a served library of one transcript, and a folder with another."""
    home = tmp_path_factory.mktemp("http")
    (home / "library").mkdir()
    (home / "library" / "viewfinder.toml").write_text(LIGHT, "utf-8")
    (home / "meeting.vtt").write_text(WORDS, "utf-8")
    (home / "more").mkdir()
    (home / "more" / "more.vtt").write_text(WORDS.replace("battery", "brake"), "utf-8")
    (home / "sent.vtt").write_text(WORDS.replace("battery", "bell"), "utf-8")
    premises = Premises.open(home / "library", create=True)
    list(premises.shared.view().add([home / "meeting.vtt"]))
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(premises), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/api/v1", home
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
        premises.close()


@pytest.mark.skipif(shutil.which("curl") is None, reason="the page uses curl")
@pytest.mark.parametrize("number", range(1, len(blocks())))
def test_an_example_of_the_page_runs(api: tuple[str, Path], number: int) -> None:
    address, home = api
    text = blocks()[number].replace("curl ", "curl --fail-with-body ")
    if "$TOKEN" in text:
        text = re.sub(r'-H "Authorization: Bearer \$TOKEN" ', "", text)
    done = subprocess.run(
        ["sh", "-eu", "-c", text],
        env={
            "PATH": os.environ["PATH"],
            "API": address,
            "FOLDER": str(home / "more"),
            "FILE": str(home / "sent.vtt"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout


def test_every_right_and_every_event_is_on_the_page() -> None:
    page = PAGE.read_text("utf-8")
    for need in Need:
        assert f"| `{need}` |" in page
    for event in ("progress", "understood", "claim", "answer", "turn", "problem"):
        assert f"| `{event}` |" in page
