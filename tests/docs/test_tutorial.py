"""The dialogues of the tutorial hold as they are printed there.

    python tests/docs/test_tutorial.py ~/.local/share/viewfinder/tour/tour.viewfinder

asks their questions again and writes what is answered now; read the difference.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from viewfinder import Library
from viewfinder.app.tasks import tour
from viewfinder.testing.media import draw_sample

pytestmark = pytest.mark.models

PAGE = Path(__file__).resolve().parents[2] / "docs" / "tutorial.md"
DIALOGUES = re.findall(
    r"^```text\n(\? .*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL
)
LEFT_OUT = re.compile(r"^(?: +file://| *Certainty |Kept in |Nothing of this is kept)")
"""Addresses depend on where the files lie; the page says that they are left out."""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, weights: Path) -> Path:
    home = tmp_path_factory.mktemp("tour")
    videos = tour.samples(home, draw_sample)
    with Library.open(home / "tour.viewfinder", create=True) as library:
        for event in library.add(videos, tour.OPTIONS):
            assert event.kind != "failed", event
    return home / "tour.viewfinder"


def printed(library: Path, questions: list[str]) -> str:
    """Return what ``viewfinder chat`` prints, without addresses and certainties."""
    done = subprocess.run(
        [sys.executable, "-m", "viewfinder.surfaces.cli", "--library", str(library), "chat"],
        input="\n".join(questions) + "\n",
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "80"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    kept = [line for line in done.stdout.splitlines() if not LEFT_OUT.match(line)]
    return "".join(f"{line.rstrip()}\n" for line in kept)


def asked(dialogue: str) -> list[str]:
    return re.findall(r"^\? (.+)$", dialogue, re.MULTILINE)


CLOCK = re.compile(r"\b(\d\d):(\d\d)\b")


def seconds(text: str) -> list[int]:
    return [60 * int(minutes) + int(rest) for minutes, rest in CLOCK.findall(text)]


@pytest.mark.parametrize("dialogue", DIALOGUES, ids=lambda text: asked(text)[0])
def test_a_dialogue_of_the_tutorial_goes_as_printed(library: Path, dialogue: str) -> None:
    """Word for word; a heard word may begin a second earlier on another machine."""
    said = printed(library, asked(dialogue))
    assert CLOCK.sub("mm:ss", said) == CLOCK.sub("mm:ss", dialogue)
    pairs = zip(seconds(said), seconds(dialogue), strict=True)
    assert all(abs(one - two) <= 1 for one, two in pairs)


def test_the_tutorial_has_dialogues() -> None:
    assert len(DIALOGUES) == 3


def rewrite(library: Path) -> None:
    page = PAGE.read_text("utf-8")
    for dialogue in DIALOGUES:
        page = page.replace(dialogue, printed(library, asked(dialogue)))
    PAGE.write_text(page, "utf-8")


if __name__ == "__main__":
    rewrite(Path(sys.argv[1]))
