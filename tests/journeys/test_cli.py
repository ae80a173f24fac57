"""The product's promises as a person meets them: on the command line, with real models."""

import csv
import json
import os
import shutil
import subprocess
import sys
import wave
from pathlib import Path
from typing import Any

import av
import pytest

from viewfinder.domain.time import to_ns
from viewfinder.testing.media import Line, Script, draw_clip, draw_sample, read_barcode

pytestmark = pytest.mark.models

CODES = {"found": 0, "nothing": 1, "usage": 2, "input": 3, "refused": 4}


def run(
    library: Path, *arguments: str, code: int | None = None
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "viewfinder.surfaces.cli", "--library", str(library), *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "80"},
    )
    if code is not None:
        assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def document(library: Path, *arguments: str, code: int | None = None) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(library, *arguments, "--json", code=code).stdout)
    return found


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, weights: Path) -> Path:
    """A library of the drawn sample and a transcript without its footage."""
    home = tmp_path_factory.mktemp("journey")
    draw_sample(home / "harbour.mp4")
    (home / "meeting.vtt").write_text(
        "WEBVTT\n\n"
        "00:00:01.000 --> 00:00:05.000\n<v Ann>We never tested it above forty degrees.\n\n"
        "00:00:06.000 --> 00:00:09.000\n<v Bob>Then the delivery has to wait until May.\n",
        encoding="utf-8",
    )
    run(home / "library", "add", str(home), code=0)
    return home


def test_words_on_screen_are_found_at_their_second_and_the_frame_is_there(home: Path) -> None:
    said = document(home / "library", "ask", "when does the ferry leave?", code=0)
    citation = said["claims"][0]["citations"][0]
    assert citation["track"] == "screen_text"
    assert "14:35" in citation["quote"]
    assert 3.5 <= citation["start_s"] <= 5.0
    with av.open(citation["path"]) as container:
        shown = next(
            read_barcode(frame.to_ndarray(format="rgb24"))
            for frame in container.decode(video=0)
            if frame.time >= citation["start_s"]
        )
    assert shown is not None
    assert abs(shown - citation["start_s"] * 1000) <= 50


def test_words_without_footage_are_cited_by_speaker_time_and_file(home: Path) -> None:
    said = document(home / "library", "ask", "what was never tested?", code=0)
    citation = said["claims"][0]["citations"][0]
    assert citation["quote"] == "We never tested it above forty degrees."
    assert citation["path"].endswith("meeting.vtt")
    assert citation["track"] == "captions"
    assert (citation["start_s"], citation["end_s"]) == (1.0, 5.0)


def test_what_is_not_there_is_not_answered(home: Path) -> None:
    said = document(home / "library", "ask", "the price of the Platinum plan", code=1)
    assert said["outcome"] == "abstention"
    assert said["claims"] == []
    assert said["searched"]["videos"] == 2


def test_a_question_about_who_somebody_is_is_refused_with_a_way_on(home: Path) -> None:
    said = document(home / "library", "ask", "who is this woman?", code=4)
    assert said["outcome"] == "refusal"
    assert said["rule"] == "no-identification"
    assert said["alternative"]
    found = document(home / "library", "search", "who is this woman?", code=4)
    assert (found["moments"], found["refused"]["rule"]) == ([], "no-identification")


def test_the_documents_of_search_and_ask_have_the_fields_of_the_contract(home: Path) -> None:
    found = document(home / "library", "search", "ferry", code=0)
    assert {"query", "plan", "moments", "not_searched"} <= found.keys()
    moment = found["moments"][0]
    assert moment.keys() >= {"rank", "video", "path", "start_s", "end_s", "score", "evidence"}
    promised = {"track", "text", "start_s", "end_s", "score", "corrected"}
    assert moment["evidence"][0].keys() == promised
    said = document(home / "library", "ask", "ferry", code=0)
    assert said.keys() >= {
        *("outcome", "reason", "claims", "disagreements", "moments", "searched", "not_searched"),
        *("confidence", "certificate"),
    }
    assert said["claims"][0]["citations"][0].keys() == {
        *("video", "path", "start_s", "end_s", "track", "quote"),
        *("verbatim", "addresses_machine", "corrected"),
    }


def test_a_plan_can_be_kept_edited_and_replayed(home: Path, tmp_path: Path) -> None:
    plan = document(home / "library", "search", "ferry", "--plan", code=0)
    plan["limit"] = 1
    kept = tmp_path / "plan.json"
    kept.write_text(json.dumps(plan))
    found = document(home / "library", "search", "--plan-file", str(kept), code=0)
    assert len(found["moments"]) == 1
    kept.write_text(json.dumps({**plan, "limt": 3}))
    wrong = run(home / "library", "search", "--plan-file", str(kept), code=2)
    assert "limt" in wrong.stderr


def test_human_output_fits_eighty_columns(home: Path) -> None:
    for arguments in (
        ["status"],
        ["ask", "when does the ferry leave?"],
        ["search", "ferry"],
        ["show", "harbour.mp4"],
        ["--help"],
        ["add", "--help"],
    ):
        for line in run(home / "library", *arguments).stdout.splitlines():
            assert len(line) <= 80 or "file://" in line or line.startswith("/"), line


def test_a_moved_file_is_recognised_and_nothing_is_done_again(home: Path, tmp_path: Path) -> None:
    library = tmp_path / "library"
    shutil.copytree(home / "library", library)
    moved = tmp_path / "elsewhere" / "renamed.mp4"
    moved.parent.mkdir()
    shutil.copy(home / "harbour.mp4", moved)
    events = [
        json.loads(line)
        for line in run(library, "add", "--json", str(moved), code=0).stdout.splitlines()
    ]
    assert [e["kind"] for e in events] == ["duplicate"]
    again = run(library, "add", "--json", str(home / "harbour.mp4"), code=0).stdout
    assert [json.loads(line)["kind"] for line in again.splitlines()] == ["known", "done"]


def test_one_bad_file_never_stops_the_batch(tmp_path: Path, weights: Path) -> None:
    (tmp_path / "text.mp4").write_text("this is not a video")
    (tmp_path / "empty.mkv").write_bytes(b"")
    draw_clip(
        tmp_path / "good.mp4",
        Script(
            seconds=3.0, size=(320, 180), lines=(Line("HELLO WORLD", 0.0, 3.0, (0.1, 0.3), 0.2),)
        ),
    )
    done = run(tmp_path / "library", "add", str(tmp_path), code=3)
    assert "text.mp4" in done.stdout
    assert "empty.mkv" in done.stdout
    assert document(tmp_path / "library", "ask", "hello world", code=0)["claims"]


def test_a_damaged_file_is_searchable_as_far_as_it_goes_and_status_says_so(
    tmp_path: Path, weights: Path
) -> None:
    whole = draw_sample(tmp_path / "whole.mkv").read_bytes()
    (tmp_path / "cut.mkv").write_bytes(whole[: len(whole) // 2])
    run(tmp_path / "library", "add", str(tmp_path / "cut.mkv"), code=0)
    (state,) = document(tmp_path / "library", "status")["videos"]
    assert any("damaged after 00:" in note for note in state["notes"])
    assert document(tmp_path / "library", "ask", "when does the ferry leave?", code=0)["claims"]


def test_a_transcript_gets_its_footage_later(tmp_path: Path, weights: Path) -> None:
    words = "WEBVTT\n\n00:00:00.500 --> 00:00:02.000\nThe harbour opens at dawn.\n"
    (tmp_path / "talk.vtt").write_text(words)
    library = tmp_path / "library"
    run(library, "add", str(tmp_path / "talk.vtt"), code=0)
    assert document(library, "ask", "when does the harbour open?", code=0)["claims"]
    draw_clip(tmp_path / "talk.mp4", Script(seconds=3.0, size=(320, 180)))
    run(library, "add", str(tmp_path), code=0)
    kinds = [v["kind"] for v in document(library, "status")["videos"]]
    assert kinds == ["video"]
    citation = document(library, "ask", "when does the harbour open?", code=0)["claims"][0][
        "citations"
    ][0]
    assert citation["path"].endswith("talk.mp4")


def test_what_was_forgotten_is_in_no_byte_of_the_library(tmp_path: Path, weights: Path) -> None:
    canary = "Zanzibar quokka"
    (tmp_path / "secret.srt").write_text(f"1\n00:00:01,000 --> 00:00:02,000\n{canary} lives\n")
    (tmp_path / "other.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nnothing here\n")
    library = tmp_path / "library"
    run(library, "add", str(tmp_path / "secret.srt"), str(tmp_path / "other.srt"), code=0)
    assert document(library, "ask", canary, code=0)["claims"]
    receipt = document(library, "forget", "secret.srt", "--yes", code=0)
    assert receipt["remains"] == []
    assert document(library, "ask", canary)["outcome"] == "abstention"
    for file in library.rglob("*"):
        if file.is_file():
            content = file.read_bytes().lower()
            assert b"zanzibar" not in content
            assert b"quokka" not in content


def test_a_missing_library_and_an_empty_question_say_what_to_do(tmp_path: Path) -> None:
    missing = run(tmp_path / "nowhere", "ask", "anything", code=3)
    assert "viewfinder add" in missing.stderr
    (tmp_path / "a.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nhello\n")
    run(tmp_path / "library", "add", str(tmp_path / "a.srt"), code=0)
    assert "ask something" in run(tmp_path / "library", "ask", "", code=2).stderr
    assert "nothing is at" in run(tmp_path / "library", "add", "missing.mp4", code=3).stderr
    assert "no stage" in run(tmp_path / "library", "add", ".", "--only", "smell", code=2).stderr


def test_speech_is_found_where_it_is_said(footage: Path, tmp_path: Path, weights: Path) -> None:
    library = tmp_path / "library"
    run(library, "add", "--only", "speech", str(footage / "nasa_13013.mp4"), code=0)
    found = document(library, "search", "clean room in Maryland", code=0)
    best = found["moments"][0]
    assert to_ns(best["start_s"]) < to_ns(12)
    assert {piece["track"] for piece in best["evidence"]} & {"speech", "captions"}


def test_sound_alone_is_no_failure_of_a_first_look(tmp_path: Path, weights: Path) -> None:
    with wave.open(str(tmp_path / "still.wav"), "wb") as sound:
        sound.setparams((1, 2, 16_000, 0, "NONE", ""))
        sound.writeframes(bytes(32_000))
    run(tmp_path / "library", "add", "--fast", str(tmp_path), code=0)
    [state] = document(tmp_path / "library", "status")["videos"]
    assert (state["missing"], state["failed"]) == (["speech"], {})


def test_one_wrong_path_is_said_before_anything_is_done(tmp_path: Path, weights: Path) -> None:
    (tmp_path / "a.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nhello\n")
    library = tmp_path / "library"
    run(library, "add", str(tmp_path / "a.srt"), str(tmp_path / "b.srt"), code=3)
    assert not library.exists()


def test_forgetting_waits_for_a_yes(home: Path) -> None:
    told = run(home / "library", "forget", "harbour.mp4", code=2)
    assert "--yes" in told.stderr
    assert document(home / "library", "show", "harbour.mp4", code=0)["notes"]


def test_a_time_that_is_none_and_a_time_with_nothing_are_told_apart(home: Path) -> None:
    for wrong in ("nan", "inf", "1x"):
        assert (
            "not a time" in run(home / "library", "show", "harbour", "--at", wrong, code=2).stderr
        )
    assert (
        "Nothing is noted"
        in run(home / "library", "show", "harbour", "--at", "9:00", code=1).stdout
    )


def test_a_file_that_went_away_is_told_in_the_status(tmp_path: Path, weights: Path) -> None:
    words = tmp_path / "a.srt"
    words.write_text("1\n00:00:01,000 --> 00:00:02,000\nhello\n")
    run(tmp_path / "library", "add", str(words), code=0)
    words.unlink()
    assert "not there any more" in run(tmp_path / "library", "status", code=0).stdout


def test_the_example_writes_a_row_for_each_citation_and_each_silence(home: Path) -> None:
    example = Path(__file__).parents[2] / "examples" / "citations.py"
    questions = ["when does the ferry leave?", "the price of the Platinum plan"]
    done = subprocess.run(
        [sys.executable, str(example), str(home / "library"), *questions],
        capture_output=True,
        text=True,
        check=True,
    )
    rows = list(csv.DictReader(done.stdout.splitlines()))
    assert any("14:35" in row["quote"] for row in rows)
    assert rows[-1]["outcome"] == "abstention"
