"""What ``add`` prints: names as they are, and no news where there is none."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from rich.console import Console

from viewfinder.app.intake.adding import AddEvent, Options
from viewfinder.app.library import Library
from viewfinder.surfaces import render, watching

NAME = "[1080p] a [red] :smile: b.mov"
PATH = f"/films/{NAME}"


class Played:
    """A library whose ``add`` is these events."""

    def __init__(self, *events: AddEvent) -> None:
        self.events = events

    def add(self, *_: Any) -> Iterator[AddEvent]:
        return iter(self.events)


def printed(monkeypatch: Any, *events: AddEvent) -> str:
    stream = io.StringIO()
    plain: Console = render.console(stream)
    monkeypatch.setattr(render, "console", lambda: plain)
    watching.watch(cast("Library", Played(*events)), ["/films"], Options())
    return stream.getvalue()


def test_a_name_is_printed_as_it_is_whatever_signs_it_holds(monkeypatch: Any) -> None:
    said = printed(
        monkeypatch,
        AddEvent("found", PATH, media_s=20.0),
        AddEvent("failed", PATH, stage="speech", text="no [weights]"),
    )
    assert f"{NAME}: new, 00:20" in said
    assert f"failed: {PATH}: speech: no [weights]" in said


def test_only_what_was_worked_on_is_called_ready(monkeypatch: Any) -> None:
    known = AddEvent("known", "/films/old.mp4"), AddEvent("done", "/films/old.mp4")
    new = AddEvent("stage", "/films/new.mp4", stage="index"), AddEvent("done", "/films/new.mp4")
    said = printed(monkeypatch, *known, *new)
    assert "new.mp4: ready to search" in said
    assert "old.mp4" not in said


def test_what_failed_in_part_is_not_called_ready(monkeypatch: Any) -> None:
    said = printed(
        monkeypatch,
        AddEvent("failed", PATH, stage="decode", text="it is damaged"),
        AddEvent("done", PATH),
    )
    assert "ready to search" not in said
    assert "done, but for what failed" in said


def test_a_folder_without_footage_is_told_so(monkeypatch: Any) -> None:
    assert "no video, sound or transcript there" in printed(monkeypatch)


def test_a_duplicate_names_the_file_it_is_a_copy_of() -> None:
    event = AddEvent("duplicate", "/films/copy.mp4", text="the same bytes as 'film.mp4'")
    line = watching._line(event, watching.Tally())
    assert line == f"{Path(event.path).name}: the same bytes as 'film.mp4'"
