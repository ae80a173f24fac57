"""A drawn clip is derived again, its original altered: what the commands say."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from viewfinder.app.library import Library
from viewfinder.surfaces.cli import cli
from viewfinder.testing.media import draw_sample

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, weights: Path) -> Path:
    home = tmp_path_factory.mktemp("evidence")
    draw_sample(home / "harbour.mp4")
    with Library.open(home / "l", create=True) as library:
        assert not [e for e in library.add([home / "harbour.mp4"]) if e.kind == "failed"]
    return home


def run(folder: Path, *words: str) -> tuple[int, list[dict[str, str]]]:
    done = CliRunner().invoke(cli, ["--library", str(folder), *words], standalone_mode=False)
    assert done.exception is None, done.exception
    return done.return_value or 0, [json.loads(line) for line in done.stdout.splitlines()]


def test_what_was_derived_is_derived_again_and_a_changed_note_is_seen(made: Path) -> None:
    code, rows = run(made / "l", "evidence", "rederive", "harbour", "--json")
    assert code == 0
    outcomes = {row["stage"]: row["outcome"] for row in rows}
    assert {"decode", "speech", "screen_text", "picture", "index"} <= set(outcomes)
    assert set(outcomes.values()) <= {"equal", "within tolerance", "not comparable"}
    assert outcomes["decode"] == "equal"
    with Library.open(made / "l") as library:
        video = library.video("harbour")
        kept = next(r for r in library._store.stages(video.id) if r.stage == "screen_text")
        event = library._event("derive", video=video.id, stage="screen_text")
        library._store.commit_stage(video.id, kept, tracks=[], event=event)
    code, rows = run(
        made / "l", "evidence", "rederive", "harbour", "--stage", "screen_text", "--json"
    )
    assert code == 3
    assert [row["outcome"] for row in rows] == ["different"]


def test_an_answer_says_that_the_original_is_not_what_was_indexed(
    made: Path, tmp_path: Path
) -> None:
    shutil.copytree(made / "l", tmp_path / "l")
    shutil.copy(made / "harbour.mp4", tmp_path / "kept.mp4")
    clip = made / "harbour.mp4"
    try:
        content = bytearray(clip.read_bytes())
        content[len(content) // 2] ^= 1
        clip.write_bytes(content)
        code, rows = run(tmp_path / "l", "evidence", "scrub", "--json")
        assert (code, rows[0]["found"]) == (3, "changed")
        with Library.open(tmp_path / "l") as library:
            said = library.ask("when does the ferry leave?")
        assert any("not the file that was indexed" in gap for gap in said.not_searched)
    finally:
        shutil.copy(tmp_path / "kept.mp4", clip)
