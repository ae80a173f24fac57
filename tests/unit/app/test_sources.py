"""Paths, folders and patterns become files, each once; a transcript beside footage is its own."""

import threading
import time
from pathlib import Path

import pytest

from viewfinder.app.intake.sources import expand, wait_until_still
from viewfinder.domain.errors import InputError


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    return path


def names(*paths: Path | str) -> list[tuple[str, bool]]:
    return [(source.path.name, source.transcript) for source in expand(paths)]


def test_a_folder_gives_its_footage_and_its_lonely_transcripts(tmp_path: Path) -> None:
    for name in ("a.mp4", "a.vtt", "sub/b.MKV", "lonely.srt", "notes.txt", ".hidden/c.mp4"):
        touch(tmp_path / name)
    assert names(tmp_path) == [("a.mp4", False), ("lonely.srt", True), ("b.MKV", False)]


def test_a_file_that_is_named_is_taken_whatever_its_name(tmp_path: Path) -> None:
    assert names(touch(tmp_path / "notes.txt")) == [("notes.txt", False)]


def test_a_pattern_gives_what_matches_and_nothing_twice(tmp_path: Path) -> None:
    touch(tmp_path / "a.mp4")
    touch(tmp_path / "b.webm")
    assert names(f"{tmp_path}/*.mp4", tmp_path) == [("a.mp4", False), ("b.webm", False)]


def test_a_library_inside_a_folder_is_not_footage(tmp_path: Path) -> None:
    touch(tmp_path / "own.viewfinder" / "thumb.mp4")
    touch(tmp_path / "a.mp4")
    assert names(tmp_path) == [("a.mp4", False)]


def test_a_path_that_stands_for_nothing_is_an_error_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"missing\.mp4"):
        list(expand([tmp_path / "missing.mp4"]))


def test_a_file_still_being_copied_is_waited_for(tmp_path: Path) -> None:
    path = touch(tmp_path / "growing.mp4")
    finished = threading.Event()

    def copy() -> None:
        with path.open("ab") as out:
            for _ in range(8):
                out.write(b"x" * 100)
                out.flush()
                time.sleep(0.1)  # a copy takes time: this is the thing under test
        finished.set()

    thread = threading.Thread(target=copy)
    thread.start()
    wait_until_still(path, 0.6)
    thread.join()
    assert finished.is_set()
    assert path.stat().st_size == 801
