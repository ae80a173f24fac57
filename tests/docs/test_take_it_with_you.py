"""The page on taking things out, from a search to a timeline that OpenTimelineIO opens."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import av
import opentimelineio as otio
import pytest
from click.testing import CliRunner
from PIL import Image

from viewfinder.surfaces.cli import cli
from viewfinder.testing.media import draw_sample

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "take-it-with-you.md"


def run(line: str) -> tuple[int, str]:
    """Run a command as the page prints it; return its exit code and what it printed."""
    done = CliRunner().invoke(cli, shlex.split(line)[1:], standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done.return_value or 0, done.stdout


@pytest.mark.models
def test_every_command_on_the_page_writes_what_it_says(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VIEWFINDER_LIBRARY", str(tmp_path / "library.viewfinder"))
    draw_sample(Path("harbour.mp4"))
    assert run("viewfinder add harbour.mp4 --only text")[0] == 0
    page, said = PAGE.read_text("utf-8"), {}
    for block in re.findall(r"```sh\n(.*?)```", page, flags=re.DOTALL):
        for line in block.splitlines():
            code, said[line] = run(line)
            assert code == 0, f"{line}\n{said[line]}"
            written = shlex.split(line)[-1]
            assert Path(written).stat().st_size > 300, line
    with av.open("notice.mp4") as clip:
        assert abs(clip.duration / 1e6 - 6) < 0.1
    assert "SHA-256" in Path("notice.citation.txt").read_text()
    assert any("key frame" in text for line, text in said.items() if "--copy" in line)
    for name, kind in (("board.png", "PNG"), ("sheet.jpg", "JPEG"), ("found.jpg", "JPEG")):
        with Image.open(name) as picture:
            assert picture.format == kind
    assert json.loads(Path("citation.json").read_text())["words"]
    assert "data:image/jpeg" in Path("answer.html").read_text()
    timeline = otio.adapters.read_from_file("ferry.otio")
    clips = [item for item in timeline.tracks[0] if isinstance(item, otio.schema.Clip)]
    assert clips
    assert clips[0].media_reference.target_url == Path("harbour.mp4").absolute().as_uri()
    assert clips[0].source_range.start_time.rate == 25
    marked = clips[0].markers[0].marked_range.start_time.value / 25
    assert 3.9 <= marked <= 10
    edited = otio.adapters.read_from_file("cut.edl", rate=25)
    (only,) = edited.tracks[0].find_clips()
    assert (only.source_range.start_time.value, only.source_range.duration.value) == (100, 150)


def test_files_that_nobody_named_are_never_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from viewfinder.app.exports import Exported
    from viewfinder.domain.errors import InputError
    from viewfinder.surfaces.exporting import writing

    monkeypatch.chdir(tmp_path)
    made = Exported("still.png", "image/png", content=b"new")
    Path("still.png").write_bytes(b"old")
    with pytest.raises(InputError, match="there already"):
        writing.write(made, None)
    assert Path("still.png").read_bytes() == b"old"
    writing.write(made, "still.png")
    assert Path("still.png").read_bytes() == b"new"
