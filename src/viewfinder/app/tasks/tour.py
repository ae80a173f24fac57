"""The four questions of ``./start``, over sample videos that may be shown to anybody."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from viewfinder.app.intake.adding import Options
from viewfinder.app.library import Library
from viewfinder.domain.answer import Answer
from viewfinder.weights import folder as weights_folder

SAMPLES = ("samples",)
OPTIONS = Options()

QUESTIONS = (
    ("when does the professor say the swing would be enough to kill you?", "spoken"),
    ("when does the ferry leave, according to the notice board?", "on screen"),
    ("a man in front of a blackboard", "visual"),
    ("what does the mayor say about the new tram line?", "no answer in this footage"),
)

NEXT = (
    "viewfinder add ~/Videos",
    'viewfinder ask "what do you want to know?"',
    'viewfinder search "a red car" --json',
    "viewfinder status",
    "viewfinder serve --open",
    "(viewfinder is at .venv/bin/viewfinder; `viewfinder --help` lists the rest)",
)


def default_folder() -> Path:
    """Return where the tour lives: in the user's data folder, apart from real libraries."""
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "viewfinder" / "tour"


def samples(home: Path, draw: Callable[[Path], Path]) -> list[Path]:
    """Return the sample videos: fetched ones where they lie, one drawn into ``home``."""
    home.mkdir(parents=True, exist_ok=True)
    drawn = home / "harbour.mp4"
    if not drawn.is_file():
        draw(drawn)
    fetched = [
        path
        for name in SAMPLES
        for path in sorted(weights_folder.get(name).path.iterdir())
        if path.suffix in (".webm", ".mp4", ".mkv")
    ]
    return [*fetched, drawn]


def asked(library: Library, question: str) -> tuple[Answer, float]:
    """Return the answer and the seconds it took."""
    started = time.monotonic()
    answer = library.ask(question)
    return answer, time.monotonic() - started
