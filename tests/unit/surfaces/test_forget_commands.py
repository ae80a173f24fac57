"""The commands that let go: what they ask, what they say, what they leave."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from viewfinder.app.library import Library
from viewfinder.domain.conversation import Conversation
from viewfinder.surfaces.cli import cli
from viewfinder.testing.settings import LIGHT

TALK = """WEBVTT

00:00:01.000 --> 00:00:04.000
We open with the budget.

00:00:30.000 --> 00:00:34.000
The witness lives behind the old lighthouse.

00:01:00.000 --> 00:01:04.000
We close with the bridge.
"""
VERIFY = Path(__file__).resolve().parents[3] / "scripts" / "verify_log.py"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    folder.mkdir()
    (folder / "viewfinder.toml").write_text(LIGHT)
    for name in ("hearing", "other"):
        (tmp_path / f"{name}.vtt").write_text(TALK.replace("budget", f"budget of {name}"))
    with Library.open(folder, create=True) as library:
        list(library.add([tmp_path / "hearing.vtt", tmp_path / "other.vtt"]))
    return folder


def run(folder: Path, *words: str, answers: str | None = None) -> Result:
    return CliRunner().invoke(
        cli, ["--library", str(folder), *words], input=answers, standalone_mode=False
    )


def texts(folder: Path, name: str) -> str:
    with Library.open(folder) as library:
        found = library.tracks(library.video(name).id)
        return " ".join(note.text for track in found for note in track.annotations)


def test_a_part_goes_only_after_a_yes(folder: Path) -> None:
    part = ("forget", "hearing", "--from", "0:25", "--to", "0:40")
    asked = run(folder, *part, answers="n\n")
    assert asked.return_value == 1
    assert "hearing.vtt" in asked.output
    assert "00:25-00:40" in asked.output
    assert "lighthouse" in texts(folder, "hearing")
    assert run(folder, *part, answers="y\n").return_value == 0
    assert "lighthouse" not in texts(folder, "hearing")
    assert "bridge" in texts(folder, "hearing")
    assert "lighthouse" in texts(folder, "other")


def test_what_goes_must_be_named_once(folder: Path) -> None:
    for words in (
        ("forget",),
        ("forget", "hearing", "--person", "Ada"),
        ("forget", "--person", "Ada", "--from", "1"),
        ("forget", "--person", "Ada", "--delete-original"),
        ("forget", "hearing", "--to", "9", "--delete-original"),
        ("restore",),
        ("restore", "x", "--tidy"),
    ):
        assert type(run(folder, *words, "--yes").exception).__name__ == "UsageError"


def test_everything_a_person_gave_a_word_on_goes(folder: Path) -> None:
    give = ("--person", "Ada", "--from", "25", "--to", "40")
    assert run(folder, "consent", "give", "hearing", *give).exit_code == 0
    assert run(folder, "consent", "refuse", "other", "--person", "Ada").exit_code == 0
    assert run(folder, "consent", "give", "other", "--person", "Bob").exit_code == 0
    preview = run(folder, "forget", "--person", "Ada", answers="n\n")
    assert "hearing.vtt" in preview.output
    assert "00:25-00:40" in preview.output
    assert "everything" in preview.output
    done = run(folder, "forget", "--person", "Ada", "--yes", "--json")
    receipts = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert [len(receipt["parts"]) for receipt in receipts] in ([0, 1], [1, 0])
    with Library.open(folder) as library:
        assert [item.name for item in library.videos()] == ["hearing.vtt"]
    assert "lighthouse" not in texts(folder, "hearing")
    assert run(folder, "forget", "--person", "Eve", "--yes").return_value == 1


def test_what_is_held_stays_and_the_rest_goes(folder: Path) -> None:
    for name in ("hearing", "other"):
        run(folder, "consent", "give", name, "--person", "Ada")
    run(
        *(folder, "hold", "place", "hearing", "--for-case", "A 1"),
        *("--reason", "trial", "--review", "2030-01-01"),
    )
    done = run(folder, "forget", "--person", "Ada", "--yes")
    assert done.return_value == 4
    assert "A 1" in done.output
    with Library.open(folder) as library:
        assert [item.name for item in library.videos()] == ["hearing.vtt"]


def test_the_file_itself_goes_only_where_it_is_asked_for_by_name_and_twice(
    folder: Path, tmp_path: Path
) -> None:
    assert run(folder, "forget", "other", "--yes").return_value == 0
    assert (tmp_path / "other.vtt").exists()
    words = ("forget", "hearing", "--delete-original")
    assert run(folder, *words, answers="y\nn\n").return_value == 1
    assert (tmp_path / "hearing.vtt").exists()
    assert "lighthouse" in texts(folder, "hearing")
    paper = tmp_path / "receipt.json"
    done = run(folder, *words, "--receipt", str(paper), answers="y\ny\n")
    assert done.return_value == 0
    assert not (tmp_path / "hearing.vtt").exists()
    told = json.loads(json.loads(paper.read_text())["receipt.json"])
    assert told["files_deleted"] == [told["videos"][0]["video"]]


def test_a_receipt_is_verified_by_the_other_side(folder: Path, tmp_path: Path) -> None:
    paper = tmp_path / "receipt.json"
    run(folder, "forget", "hearing", "--to", "10", "--yes", "--receipt", str(paper))
    key = run(folder, "log", "key").output.strip()
    command = [sys.executable, "-I", "-S", str(VERIFY), str(paper), "--key", key]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "nothing is wrong" in done.stdout


def test_a_backup_comes_back_without_what_was_forgotten(folder: Path, tmp_path: Path) -> None:
    copy = str(tmp_path / "copy")
    made = run(folder, "backup", copy, "--json")
    assert json.loads(made.output)["entries"] > 0
    run(folder, "forget", "hearing", "--yes")
    refused = run(folder, "restore", copy)
    assert "--replace" in str(refused.exception)
    done = run(folder, "restore", copy, "--replace")
    assert done.return_value == 0
    assert "forgotten since" in done.output
    assert "The log had" in done.output
    with Library.open(folder) as library:
        assert [item.name for item in library.videos()] == ["other.vtt"]
    assert run(folder, "restore", "--tidy").return_value == 1
    assert "already" in run(folder, "encrypt").output


def test_a_conversation_can_be_forgotten_from_here_too(folder: Path, tmp_path: Path) -> None:
    with Library.open(folder) as library:
        talk = library.keep(library.converse(Conversation(), "bridge")[0])
        assert talk
    paper = tmp_path / "receipt.json"
    done = run(folder, "forget", "--conversation", "last", "--yes", "--receipt", str(paper))
    assert done.return_value == 0
    with Library.open(folder) as library:
        assert library.conversations() == []
    assert json.loads(json.loads(paper.read_text())["receipt.json"])["conversations"] == [talk.id]
