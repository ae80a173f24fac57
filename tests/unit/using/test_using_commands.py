"""The commands of collections, saved searches, corrections, likeness and judgements."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from viewfinder.app.library import Library
from viewfinder.domain.annotation import Annotation, Track, TrackName
from viewfinder.domain.time import TimeSpan
from viewfinder.evaluation import judgments
from viewfinder.surfaces.cli import main
from viewfinder.testing import fakes
from viewfinder.testing.settings import LIGHT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "viewfinder.toml").write_text(LIGHT)
    with Library.open(tmp_path, create=True) as library:
        for name, text in (("one", "the fairy leaves"), ("two", "the harbour and the fairy")):
            video = fakes.video(name)
            library._store.commit_video(video, event=fakes.event())
            notes = (Annotation(TimeSpan.of_seconds(10, 13), text),)
            track = Track(TrackName.SPEECH, fakes.derivation(), notes)
            library._store.commit_stage(
                video.id, fakes.record(), tracks=[track], event=fakes.event()
            )
            assert library._reindex(video) == ""
    return tmp_path


class Called:
    """Runs a command as the shell does, in this process."""

    def __init__(self, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]) -> None:
        self._patch, self._capture = patch, capture

    def __call__(self, folder: Path, *words: str, code: int = 0) -> str:
        self._patch.setattr("sys.argv", ["viewfinder", "--library", str(folder), *words])
        with pytest.raises(SystemExit) as left:
            main()
        said = self._capture.readouterr()
        assert left.value.code == code, said.out + said.err
        return said.out

    def read(self, folder: Path, *words: str, code: int = 0) -> Any:
        return json.loads(self(folder, *words, "--json", code=code))


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Called:
    return Called(monkeypatch, capsys)


def test_a_list_is_kept_shown_changed_and_forgotten(folder: Path, run: Called) -> None:
    assert run.read(folder, "collect", "list", code=1) == {"collections": []}
    run(folder, "collect", "add", "Best", "one.mp4", "--at", "0:10", "--note", "good")
    run(folder, "collect", "add", "Best", "two.mp4", "--at", "10", "--to", "12")
    run(folder, "collect", "move", "Best", "2", "1")
    run(folder, "collect", "share", "Best")
    (listed,) = run.read(folder, "collect", "list")["collections"]
    assert (listed["name"], listed["count"], listed["shared"]) == ("Best", 2, True)
    run(folder, "collect", "share", "Best", "--stop")
    run(folder, "collect", "rename", "Best", "Better")
    moments = run.read(folder, "collect", "show", "Better")["moments"]
    assert [(m["start_s"], m["end_s"], m["note"]) for m in moments] == [
        (10.0, 12.0, ""),
        (10.0, 15.0, "good"),
    ]
    assert "good" in run(folder, "collect", "show", "Better")
    run(folder, "collect", "remove", "Better", "1")
    assert len(run.read(folder, "collect", "show", "Better")["moments"]) == 1
    run(folder, "collect", "forget", "Better")
    run(folder, "collect", "show", "Better", code=3)


def test_a_search_is_kept_and_run(folder: Path, run: Called) -> None:
    run(folder, "saved", "keep", '"fairy"', "--name", "f")
    made = run.read(folder, "saved", "run", "f")
    assert [m["new"] for m in made["moments"]] == ["", ""]
    assert (made["gone"], made["saved"]["last_run"]) == (0, "")
    assert run.read(folder, "saved", "list")["searches"][0]["last_run"]
    assert "fairy" in run(folder, "saved", "run", "f", "--peek")
    run(folder, "saved", "share", "f")
    assert "f" in run(folder, "saved", "list")
    run(folder, "saved", "forget", "f")
    run(folder, "saved", "keep", code=2)


def test_a_line_is_put_right_and_back(folder: Path, run: Called) -> None:
    said = run(folder, "correct", "one.mp4", "--at", "11", "the ferry leaves")
    assert "'the ferry leaves' (the machine: 'the fairy leaves'; by owner)" in said
    (kept,) = run.read(folder, "correct", "one.mp4")["corrections"]
    assert (kept["start_s"], kept["was"], kept["stale"]) == (10.0, "the fairy leaves", False)
    assert "corrected by a person" in run(folder, "ask", '"ferry leaves"')
    assert "again 'the fairy leaves'" in run(folder, "correct", "one.mp4", "--at", "11", "--undo")
    run(folder, "correct", "one.mp4", code=1)
    run(folder, "correct", "one.mp4", "--at", "11", code=2)
    run(folder, "correct", "one.mp4", "words", code=2)
    run(folder, "correct", "one.mp4", "--at", "soon", "words", code=2)


def test_what_is_alike_and_what_is_relevant(folder: Path, run: Called) -> None:
    (found,) = run.read(folder, "similar", "one.mp4", "--at", "11", "--by", "words")["moments"]
    assert found["path"] == "/footage/two.mp4"
    assert "two.mp4" in run(folder, "similar", "one.mp4", "--at", "11")
    run(folder, "judge", "moment", "a fairy", "one.mp4", "--at", "10")
    run(folder, "judge", "moment", "a fairy", "two.mp4", "--at", "10", "--not-relevant")
    first, second = run.read(folder, "judge", "list")["judgements"]
    assert (first["verdict"], second["verdict"]) == ("relevant", "not relevant")
    run(folder, "judge", "forget", second["id"])
    assert "a fairy" in run(folder, "judge", "list")
    run(folder, "judge", "export", str(folder / "queries.jsonl"))
    (query,) = judgments.read(folder / "queries.jsonl")
    assert [r.file for r in query.relevant] == ["one.mp4"]
