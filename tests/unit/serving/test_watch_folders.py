"""Watch folders: a file is added once it is still, once, whatever it is called later."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from viewfinder.app.intake.job import Whose
from viewfinder.app.serving.jobs import ENDS, Jobs
from viewfinder.app.serving.shared import Shared
from viewfinder.app.serving.watching import Watching
from viewfinder.testing.settings import LIGHT

ME = Whose()
WORDS = "WEBVTT\n\n00:01.000 --> 00:04.000\nthe harbour strike began\n"


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[Shared]:
    home = tmp_path / "own.viewfinder"
    home.mkdir()
    (home / "viewfinder.toml").write_text(LIGHT)
    with Shared.open(home, create=True) as opened:
        yield opened


@pytest.fixture
def jobs(shared: Shared) -> Iterator[Jobs]:
    opened = Jobs(shared, beat_s=0.05)
    yield opened
    opened.close()


def settled(jobs: Jobs) -> int:
    """Wait until all jobs ended; return how many there are."""
    for job in jobs.list(ME):
        while jobs.get(ME, job.id).state not in ENDS:
            for _ in jobs.events(ME, job.id, wait_s=30):
                pass
    return len(jobs.list(ME))


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def idle(shared: Shared, jobs: Jobs, folder: Path, clock: Clock) -> Watching:
    """Return a watcher that looks only when it is told to."""
    watching = Watching(shared, jobs, [], stable_s=10, clock=clock)
    watching._folders = [folder]
    return watching


def test_a_file_that_is_still_written_is_left_alone(
    shared: Shared, jobs: Jobs, tmp_path: Path
) -> None:
    folder, clock = tmp_path / "in", Clock()
    folder.mkdir()
    watching = idle(shared, jobs, folder, clock)
    place = folder / "tape.vtt"
    place.write_text(WORDS[:20])
    watching.look()
    clock.now += 9
    place.write_text(WORDS)
    watching.look()
    clock.now += 9
    watching.look()
    assert jobs.list(ME) == []
    assert [one.waiting for one in watching.standing()] == [1]
    clock.now += 1
    watching.look()
    assert settled(jobs) == 1
    assert [video.name for video in shared.view().videos()] == ["tape.vtt"]


def test_what_is_in_the_library_is_not_handed_in_again_also_after_a_restart(
    shared: Shared, jobs: Jobs, tmp_path: Path
) -> None:
    folder, clock = tmp_path / "in", Clock()
    folder.mkdir()
    (folder / "tape.vtt").write_text(WORDS)
    for _ in range(2):
        watching = idle(shared, jobs, folder, clock)
        for _ in range(3):
            watching.look()
            clock.now += 10
        assert settled(jobs) == 1


def test_a_file_that_fails_is_told_once(
    shared: Shared, jobs: Jobs, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder, clock = tmp_path / "in", Clock()
    folder.mkdir()
    (folder / "bad.mp4").write_bytes(b"no footage at all")
    watching = idle(shared, jobs, folder, clock)
    with caplog.at_level(logging.WARNING):
        for _ in range(4):
            watching.look()
            clock.now += 10
            settled(jobs)
    assert settled(jobs) == 1
    assert sum("bad.mp4" in record.getMessage() for record in caplog.records) == 1


def test_a_folder_that_is_not_there_is_told_and_watched_on(
    shared: Shared, jobs: Jobs, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder, clock = tmp_path / "later", Clock()
    watching = idle(shared, jobs, folder, clock)
    with caplog.at_level(logging.WARNING):
        watching.look()
        watching.look()
    assert len(caplog.records) == 1
    assert watching.standing()[0].error
    folder.mkdir()
    (folder / "tape.vtt").write_text(WORDS)
    watching.look()
    clock.now += 10
    watching.look()
    assert settled(jobs) == 1


def test_a_file_that_was_renamed_is_no_second_copy(
    shared: Shared, jobs: Jobs, tmp_path: Path
) -> None:
    folder, clock = tmp_path / "in", Clock()
    folder.mkdir()
    (folder / "tape.vtt").write_text(WORDS)
    watching = idle(shared, jobs, folder, clock)
    for name in ("tape.vtt", "renamed.vtt"):
        if not (folder / name).exists():
            os.rename(folder / "tape.vtt", folder / name)  # noqa: PTH104
        watching.look()
        clock.now += 10
        watching.look()
        settled(jobs)
    assert [video.name for video in shared.view().videos()] == ["renamed.vtt"]


def test_it_looks_by_itself_and_ends_when_it_is_told(
    shared: Shared, jobs: Jobs, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "tape.vtt").write_text(WORDS)
    watching = Watching(shared, jobs, [folder], stable_s=0, look_s=0.01)
    held = jobs._turn
    with held:
        assert held.wait_for(lambda: jobs._jobs, 30)
    assert settled(jobs) == 1
    watching.close()
    assert watching._thread is not None
    assert not watching._thread.is_alive()
