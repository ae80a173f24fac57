"""Conversations that a library keeps: through a kill, to another session, until forgotten."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.models

CANARY = "quokkafox"
MEETING = f"""WEBVTT

00:00:01.000 --> 00:00:05.000
<v Ann>We never tested the battery above forty degrees, says {CANARY}.

00:00:06.000 --> 00:00:09.000
<v Bob>Then the delivery has to wait until May.
"""
REVIEW = """WEBVTT

00:00:02.000 --> 00:00:06.000
<v Eve>The battery of the first model was heavy.

00:00:07.000 --> 00:00:11.000
<v Tom>The suppliers of the battery are from Lisbon.
"""
COMMAND = (sys.executable, "-m", "viewfinder.surfaces.cli", "--library")
ENVIRONMENT = {**os.environ, "COLUMNS": "80"}


@pytest.fixture
def library(tmp_path: Path, weights: Path) -> Path:
    for name, words in (("meeting", MEETING), ("review", REVIEW)):
        (tmp_path / f"{name}.vtt").write_text(words, encoding="utf-8")
    viewfinder(tmp_path / "library", "add", str(tmp_path / "*.vtt"))
    return tmp_path / "library"


def viewfinder(library: Path, *arguments: str, said: str = "", code: int = 0) -> str:
    done = subprocess.run(
        [*COMMAND, str(library), *arguments],
        input=said,
        capture_output=True,
        text=True,
        check=False,
        env=ENVIRONMENT,
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout


def killed_after(library: Path, *questions: str) -> list[dict[str, Any]]:
    """Ask, read each answer, and be killed while the next question is awaited."""
    turns = []
    with chatting(library, "--json") as asking:
        for question in questions:
            asking.stdin.write(question + "\n")
            asking.stdin.flush()
            turns.append(json.loads(asking.stdout.readline()))
        asking.send_signal(signal.SIGKILL)
        assert asking.wait() == -signal.SIGKILL
    return turns


def chatting(library: Path, *arguments: str) -> Any:
    """Return a chat with pipes; on leaving its ``with`` the input ends, and so does the chat."""
    return subprocess.Popen(
        [*COMMAND, str(library), "chat", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    )


def files_with(folder: Path, word: str) -> list[str]:
    shapes = [word.encode(how) for how in ("utf-8", "utf-16-le")]
    return [
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and any(shape in path.read_bytes() for shape in shapes)
    ]


def test_a_conversation_outlives_a_kill_is_gone_on_with_and_goes_with_its_video(
    library: Path, tmp_path: Path
) -> None:
    (first,) = killed_after(library, "who mentions the battery?")
    assert first["shown"] >= 2

    more = f"the second one\nwhere is the {CANARY}?\n"
    said = viewfinder(library, "chat", "--json", "--resume", "last", said=more)
    second, _ = map(json.loads, said.splitlines())
    assert second["conversation"] == first["conversation"]
    assert second["understood"] == "moment 2 of those shown"
    assert second["moments"][0]["video"] == first["moments"][1]["video"]

    (listed,) = json.loads(viewfinder(library, "conversations", "--json"))["conversations"]
    assert listed["conversation"] == first["conversation"]
    assert (listed["turns"], listed["title"]) == (3, "who mentions the battery?")
    shown = viewfinder(library, "conversations", "show", "last")
    assert "? the second one\nunderstood as: moment 2 of those shown" in shown

    page = tmp_path / "talk.md"
    viewfinder(library, "conversations", "export", "last", "-o", str(page))
    assert "meeting.vtt#t=1)" in page.read_text("utf-8")
    assert CANARY in page.read_text("utf-8")
    whole = json.loads(viewfinder(library, "conversations", "export", "last", "--format", "json"))
    questions = [turn["question"] for turn in whole["turns"]]
    assert questions == [first["question"], "the second one", f"where is the {CANARY}?"]

    again = viewfinder(library, "conversations", "replay", "last").splitlines()
    assert [line.split()[0] for line in again] == ["same", "same", "same"]

    receipt = json.loads(viewfinder(library, "forget", "meeting.vtt", "--yes", "--json"))
    assert receipt["removed"]["conversations"] == 1
    assert receipt["remains"] == []
    assert "No conversation" in viewfinder(library, "conversations", code=1)
    viewfinder(library, "chat", "--resume", first["conversation"], code=3)
    assert files_with(library, CANARY) == []


def test_a_replay_says_what_differs_once_the_library_has_changed(
    library: Path, tmp_path: Path
) -> None:
    viewfinder(library, "chat", "--json", said="where are the suppliers from?")
    more = tmp_path / "more.vtt"
    more.write_text(
        "WEBVTT\n\n00:00:01.000 --> 00:00:03.000\nThe suppliers are from Oslo, all suppliers.\n",
        encoding="utf-8",
    )
    viewfinder(library, "add", str(more))
    (line,) = viewfinder(library, "conversations", "replay", "last", "--json", code=1).splitlines()
    said = json.loads(line)
    assert not said["same"]
    assert any("cited moments" in what for what in said["differs"])


def test_forgetting_a_conversation_leaves_no_byte_of_it_and_the_videos_stay(
    library: Path,
) -> None:
    question = "where is the wobbegongtail?"
    viewfinder(library, "chat", "--json", said=question)
    assert "wobbegongtail" in viewfinder(library, "conversations")
    viewfinder(library, "conversations", "forget", "last", code=2)  # nobody there to agree
    viewfinder(library, "conversations", "forget", "last", "--yes")
    viewfinder(library, "conversations", "show", "last", code=3)
    assert files_with(library, "wobbegongtail") == []
    assert json.loads(viewfinder(library, "status", "--json"))["counts"]["videos"] == 2


def test_nothing_is_kept_where_nothing_is_to_be_kept(library: Path) -> None:
    (turn,) = map(
        json.loads,
        viewfinder(library, "chat", "--json", "--no-keep", said="the delivery").splitlines(),
    )
    assert turn["conversation"] is None
    viewfinder(library, "conversations", code=1)


def test_slash_new_begins_another_conversation(library: Path) -> None:
    said = viewfinder(library, "chat", "--json", said="the delivery\n/new\nthe suppliers\n")
    one, two = (json.loads(line)["conversation"] for line in said.splitlines())
    assert one != two
    assert one in viewfinder(library, "conversations")


def test_a_talk_whose_video_is_forgotten_meanwhile_starts_anew(library: Path) -> None:
    with chatting(library) as asking:
        asking.stdin.write("the battery above forty degrees\n")
        asking.stdin.flush()
        for line in asking.stdout:
            if "meeting.vtt#t=1" in line:
                break
        viewfinder(library, "forget", "meeting.vtt", "--yes")
        rest, _ = asking.communicate("the suppliers\n")
        assert asking.returncode == 0
    assert "starts anew" in rest
    assert "Lisbon" in rest
    assert files_with(library, CANARY) == []


def test_a_reader_that_goes_away_is_no_fault(library: Path) -> None:
    with chatting(library) as asking:
        asking.stdout.close()
        asking.stdout = None
        _, complaint = asking.communicate("the delivery\nthe suppliers\n")
    assert "Traceback" not in complaint
    assert "bug" not in complaint


def test_the_prompt_survives_ctrl_c_and_knows_what_was_asked_before(library: Path) -> None:
    viewfinder(library, "chat", "--json", said="the suppliers of the battery")
    try:
        master, slave = pty.openpty()
    except OSError as error:
        pytest.skip(f"no terminal to be had here: {error}")
    asking = subprocess.Popen(
        [*COMMAND, str(library), "chat"],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**ENVIRONMENT, "TERM": "xterm-256color"},
        start_new_session=True,
    )
    os.close(slave)
    try:
        assert "Kept in this library" in until(master, "? ")
        assert "stopped" in until(master, "? ", press=lambda: asking.send_signal(signal.SIGINT))
        os.write(master, b"\x1b[A\r")  # the arrow up: the question that was kept
        until(master, "Lisbon")
        os.write(master, b"exit\r")
        assert asking.wait(60) == 0
    finally:
        asking.kill()
        asking.wait()
        os.close(master)


def until(terminal: int, words: str, press: Callable[[], None] = lambda: None) -> str:
    """Read a terminal until it shows some words.

    Args:
        terminal: What to read.
        words: What to wait for.
        press: Done first, and again while nothing comes: readline misses a Ctrl-C that
            falls between its prompt and its wait, and who sees nothing presses it again.
    """
    seen, end = "", time.monotonic() + 120
    press()
    while words not in seen.replace("\r\n", "\n"):
        ready, _, _ = select.select([terminal], [], [], 5)
        assert ready or time.monotonic() < end, seen
        if ready:
            seen += os.read(terminal, 4096).decode("utf-8", "replace")
        else:
            press()
    return seen
