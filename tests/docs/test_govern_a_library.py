"""The page on governing a library: every file and every command as printed, from top to bottom."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from viewfinder.app.library import Refused
from viewfinder.domain.errors import InputError
from viewfinder.surfaces.cli import cli
from viewfinder.testing.settings import LIGHT

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "how-to" / "govern-a-library.md"
TALK = "WEBVTT\n\n00:01.000 --> 00:06.000\nThe new timetable has more trains.\n"
# What the page says is refused, not there, or may be empty.
OTHERWISE = {
    "viewfinder --as ann search timetable": Refused,
    "viewfinder --as ann --purpose rail show council.vtt": InputError,
}


def test_every_file_and_every_command_on_the_page_does_what_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "desk.viewfinder"
    folder.mkdir()
    (folder / "viewfinder.toml").write_text(LIGHT)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VIEWFINDER_LIBRARY", str(folder))
    Path("council.vtt").write_text(TALK)
    said = dict[str, str]()
    for language, block in re.findall(r"```(\w+)\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL):
        if language != "sh":
            name = re.match(r"(?:#|//) (\S+)", block)
            assert name
            (folder / "governance" / name[1]).write_text(block)
            continue
        for line in block.splitlines():
            done = CliRunner().invoke(cli, shlex.split(line)[1:], standalone_mode=False)
            wrong = OTHERWISE.get(line)
            assert type(done.exception) is (wrong or type(None)), f"{line}\n{done.output}"
            assert wrong or not done.return_value or line.endswith("alarms"), line
            said[line] = done.stdout
    assert "timetable" in said["viewfinder --as ann --purpose rail search timetable"]
    assert "footage from 2027-02-28T14:00" in said["viewfinder --as kim purposes"]
    assert said["viewfinder --as kim profile check"].endswith(" 0 came out otherwise\n")
    opened = "viewfinder --as ann --purpose rail --override 2 show council.vtt"
    assert "timetable" in said[opened]
    assert "collection:politics" in said["viewfinder --as kim switch list"]
    assert "profile news" in said["viewfinder --as kim --override 6 profile use news"]
