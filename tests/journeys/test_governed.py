"""Two people, one sealed stretch: what each of them gets on the command line."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PEOPLE = """
[[person]]
name = "ann"
roles = ["member"]
collections = ["default"]

[[person]]
name = "kim"
roles = ["keeper", "sealed-reader"]
"""
TALK = """WEBVTT

00:00:01.000 --> 00:00:04.000
We open with the budget of the harbour.

00:00:30.000 --> 00:00:34.000
The witness lives behind the old lighthouse.

00:01:00.000 --> 00:01:04.000
We close with the bridge.
"""


def run(folder: Path, *words: str, who: str = "kim") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "viewfinder.surfaces.cli", "--library", str(folder)]
    return subprocess.run(
        [*command, "--as", who, *words], capture_output=True, text=True, timeout=120, check=False
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("court")
    folder = home / "court.viewfinder"
    (folder / "governance").mkdir(parents=True)
    (folder / "viewfinder.toml").write_text('policy = "cedar"\n')
    (folder / "governance" / "people.toml").write_text(PEOPLE)
    talk = home / "hearing.vtt"
    talk.write_text(TALK)
    assert run(folder, "add", str(talk)).returncode == 0
    return folder


@pytest.fixture
def library(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / made.name)


@pytest.mark.models
def test_a_sealed_stretch_is_gone_for_one_and_there_for_the_other(
    library: Path, weights: Path
) -> None:
    question = ("search", "lighthouse", "--json")
    before = run(library, *question, who="ann")
    assert "lighthouse" in before.stdout
    sealed = run(library, "restrict", "hearing", "--label", "sealed", "--from", "25", "--to", "40")
    assert sealed.returncode == 0
    assert "00:25-00:40: collection default; marked sealed" in sealed.stdout
    after = json.loads(run(library, *question, who="ann").stdout)
    assert "lighthouse" not in json.dumps(after["moments"])
    assert "lighthouse" in run(library, *question).stdout
    assert "bridge" in run(library, "search", "bridge", "--json", who="ann").stdout
    for words in (("show", "hearing"), ("export", "hearing")):
        assert "lighthouse" not in run(library, *words, who="ann").stdout
        assert "lighthouse" in run(library, *words).stdout


@pytest.mark.models
def test_who_may_not_is_told_by_which_rule_and_changes_nothing(
    library: Path, weights: Path
) -> None:
    refused = run(library, "restrict", "hearing", "--label", "sealed", who="ann")
    assert refused.returncode == 4
    assert "refused (not-permitted)" in refused.stderr
    stranger = run(library, "ask", "bridge", who="bob")
    assert stranger.returncode == 4
    assert "bridge" not in stranger.stdout
    shown = json.loads(run(library, "restrict", "hearing", "--json").stdout)
    assert shown["parts"] == []


@pytest.mark.models
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("restrict", "hearing", "--label", "x", "--from", "9:00"), "is no part of a video"),
        (("restrict", "hearing", "--label", "x", "--from", "a"), "is no part of a video"),
        (("restrict", "nothing", "--label", "x"), "no video 'nothing' here"),
    ],
)
def test_what_cannot_be_meant_is_said_plainly(
    library: Path, weights: Path, words: tuple[str, ...], says: str
) -> None:
    wrong = run(library, *words)
    assert wrong.returncode in (2, 3)
    assert says in wrong.stderr


@pytest.mark.models
def test_what_is_added_to_an_empty_library_is_found_by_those_who_may(
    library: Path, weights: Path
) -> None:
    counts = run(library, "status").stdout
    assert "3 captions" in counts
    assert run(library, "ask", "what do we open with?", who="ann").returncode == 0
