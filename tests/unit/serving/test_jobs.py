"""Jobs: footage is added in the background, watched, stopped, taken up again, and forgotten."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from viewfinder.app.entry.gate import Refused
from viewfinder.app.library import Library
from viewfinder.app.serving.jobs import ENDS, Job, Jobs, State, Whose
from viewfinder.app.serving.premises import Premises
from viewfinder.app.serving.shared import Shared
from viewfinder.domain.errors import InputError, UsageError
from viewfinder.testing.settings import GOVERNED, LIGHT

ME = Whose()
PEOPLE = """
[[person]]
name = "kim"
roles = ["owner"]
[[person]]
name = "ann"
roles = ["keeper"]
[[person]]
name = "bob"
roles = ["member"]
"""


def made(folder: Path, *names: str) -> Path:
    """Return a folder with transcripts of these names."""
    folder.mkdir(exist_ok=True)
    for name in names:
        cue = f"00:01.000 --> 00:04.000\nthe harbour strike of {name}\n"
        (folder / f"{name}.vtt").write_text(f"WEBVTT\n\n{cue}", "utf-8")
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "own.viewfinder"
    folder.mkdir()
    (folder / "viewfinder.toml").write_text(LIGHT)
    return folder


@pytest.fixture
def shared(home: Path) -> Iterator[Shared]:
    with Shared.open(home, create=True) as opened:
        yield opened


@pytest.fixture
def jobs(shared: Shared) -> Iterator[Jobs]:
    opened = Jobs(shared, beat_s=0.05)
    yield opened
    opened.close()


def ended(jobs: Jobs, job: Job, whose: Whose = ME) -> Job:
    """Return a job once it ended."""
    after = 0
    while jobs.get(whose, job.id).state not in ENDS:
        for event in jobs.events(whose, job.id, after=after, wait_s=30):
            after = event.id
    return jobs.get(whose, job.id)


def test_what_a_job_added_can_be_searched_and_its_progress_ends_at_one(
    jobs: Jobs, shared: Shared, tmp_path: Path
) -> None:
    submitted = jobs.submit([made(tmp_path / "in", "a", "b")], ME, anywhere=True)
    events = list(jobs.events(ME, submitted.id, wait_s=30))
    job = jobs.get(ME, submitted.id)
    assert job.state is State.DONE
    assert [file.state for file in job.files] == [State.DONE] * 2
    assert (job.progress.files, job.progress.done, job.progress.fraction) == (2, 2, 1.0)
    assert [event.id for event in events] == list(range(1, len(events) + 1))
    assert events[0].kind == "queued"
    assert events[-1].kind == "ended"
    assert shared.view().search("harbour").moments


def test_a_listener_goes_on_after_the_event_that_it_saw_last(jobs: Jobs, tmp_path: Path) -> None:
    job = ended(jobs, jobs.submit([made(tmp_path / "in", "a")], ME, anywhere=True))
    every = list(jobs.events(ME, job.id))
    assert list(jobs.events(ME, job.id, after=every[1].id)) == every[2:]
    assert list(jobs.events(ME, job.id, after=every[-1].id)) == []


def test_a_file_that_fails_says_why_and_is_tried_again_alone(
    jobs: Jobs, shared: Shared, tmp_path: Path
) -> None:
    folder = made(tmp_path / "in", "a")
    (folder / "bad.mp4").write_bytes(b"no footage at all")
    job = ended(jobs, jobs.submit([folder], ME, anywhere=True))
    assert job.state is State.FAILED
    assert {Path(f.path).name: bool(f.error) for f in job.files} == {
        "a.vtt": False,
        "bad.mp4": True,
    }
    made(folder, "later")
    (folder / "bad.mp4").unlink()
    again = ended(jobs, jobs.retry(ME, job.id))
    assert next(f for f in again.files if f.path.endswith("bad.mp4")).error == "it is not there"
    assert next(f for f in again.files if f.path.endswith("a.vtt")).state is State.DONE
    assert len(shared.view().videos()) == 2


def test_a_job_that_waits_is_cancelled_and_can_be_taken_up_again(
    jobs: Jobs, shared: Shared, tmp_path: Path
) -> None:
    with shared.view()._fittings.settling:  # nothing can be committed meanwhile
        first = jobs.submit([made(tmp_path / "one", "a")], ME, anywhere=True)
        second = jobs.submit([made(tmp_path / "two", "b")], ME, anywhere=True)
        assert jobs.cancel(ME, second.id).state is State.CANCELLED
    assert ended(jobs, first).state is State.DONE
    assert [video.name for video in shared.view().videos()] == ["a.vtt"]
    assert ended(jobs, jobs.retry(ME, second.id)).state is State.DONE
    assert len(shared.view().videos()) == 2


def test_a_running_job_is_cancelled_between_units_and_what_was_finished_stays(
    jobs: Jobs, shared: Shared, tmp_path: Path
) -> None:
    names = [f"tape-{number}" for number in range(40)]
    job = jobs.submit([made(tmp_path / "in", *names)], ME, anywhere=True)
    for event in jobs.events(ME, job.id, wait_s=30):
        if event.kind == "done":
            jobs.cancel(ME, job.id)
    stopped = jobs.get(ME, job.id)
    assert stopped.state is State.CANCELLED
    done = [file for file in stopped.files if file.state is State.DONE]
    assert 0 < len(done) < len(names)
    assert ended(jobs, jobs.retry(ME, job.id)).state is State.DONE
    assert len(shared.view().videos()) == len(names)


def test_what_was_interrupted_goes_on_when_the_library_is_served_again(
    home: Path, tmp_path: Path
) -> None:
    names = [f"tape-{number}" for number in range(30)]
    with Shared.open(home, create=True) as shared:
        jobs = Jobs(shared, beat_s=0.05)
        job = jobs.submit([made(tmp_path / "in", *names)], ME, anywhere=True)
        for event in jobs.events(ME, job.id, wait_s=30):
            if event.kind == "done":
                break
        began = time.monotonic()
        jobs.close()
        assert time.monotonic() - began < 5
        last = jobs._jobs[job.id].last
    with Shared.open(home) as shared:
        jobs = Jobs(shared, beat_s=0.05)
        whole = ended(jobs, job)
        assert whole.state is State.DONE
        assert len(shared.view().videos()) == len(names)
        ids = [event.id for event in jobs.events(ME, job.id)]
        assert ids == list(range(1, ids[-1] + 1))
        assert ids[-1] > last
        jobs.close()


def test_paths_out_of_the_roots_are_refused_and_so_are_links_that_lead_out(
    shared: Shared, tmp_path: Path
) -> None:
    inside, outside = made(tmp_path / "in", "a"), made(tmp_path / "out", "b")
    (inside / "link.vtt").symlink_to(outside / "b.vtt")
    jobs = Jobs(shared, roots=[inside], beat_s=0.05)
    for path in (outside, "/etc", inside / ".." / "out", "/nothing/here"):
        with pytest.raises(InputError, match="no folder that may be added"):
            jobs.submit([path], ME)
    with pytest.raises(UsageError):
        jobs.submit([], ME)
    job = ended(jobs, jobs.submit([inside], ME))
    errors = {Path(file.path).name: file.error for file in job.files}
    assert errors["a.vtt"] == ""
    assert "leads out" in errors["link.vtt"]
    jobs.close()


def test_who_may_not_add_neither_submits_nor_sees_a_job(tmp_path: Path) -> None:
    home = tmp_path / "court.viewfinder"
    (home / "governance").mkdir(parents=True)
    (home / "viewfinder.toml").write_text(GOVERNED)
    (home / "governance" / "people.toml").write_text(PEOPLE)
    Library.open(home, create=True, principal="kim").close()
    with Shared.open(home) as shared:
        jobs = Jobs(shared, beat_s=0.05)
        kim, ann, bob = Whose("kim"), Whose("ann"), Whose("bob")
        folder = made(tmp_path / "in", "a")
        job = jobs.submit([folder], kim, anywhere=True)
        assert ended(jobs, job, ann).by == "kim"
        assert [one.id for one in jobs.list(ann)] == [job.id]
        assert jobs.list(bob) == []
        for seen in (jobs.get, jobs.cancel, jobs.events):
            with pytest.raises(InputError):
                seen(bob, job.id)
        with pytest.raises(Refused):
            jobs.submit([folder], bob, anywhere=True)
        jobs.close()


def test_forgetting_a_video_takes_its_name_out_of_the_job_that_added_it(
    home: Path, tmp_path: Path
) -> None:
    folder = made(tmp_path / "in", "secretname", "other")
    with Shared.open(home, create=True) as shared:
        jobs = Jobs(shared, beat_s=0.05)
        job = ended(jobs, jobs.submit([folder], ME, anywhere=True))
        kept = home / "spool" / "jobs" / f"{job.id}.json"
        assert "secretname" not in kept.read_text()
        before = kept.read_text()
        library = shared.view()
        library.forget(library.video("secretname.vtt").id, "asked to")
        after = jobs.get(ME, job.id)
        assert [Path(file.path).name for file in after.files] == ["other.vtt"]
        assert not any("secretname" in event.path for event in jobs.events(ME, job.id))
        jobs.close()
        kept.write_text(before)  # a copy of before is good for nothing
    with Shared.open(home) as shared:
        jobs = Jobs(shared)
        assert jobs.list(ME) == []
        jobs.close()


def test_premises_close_within_seconds_while_a_job_runs(home: Path, tmp_path: Path) -> None:
    names = [f"tape-{number}" for number in range(60)]
    premises = Premises.open(home, create=True)
    jobs = premises.jobs
    job = jobs.submit([made(tmp_path / "in", *names)], ME, anywhere=True)
    for event in jobs.events(ME, job.id, wait_s=30):
        if event.kind == "done":
            break
    closing = threading.Thread(target=premises.close)
    closing.start()
    closing.join(10)
    assert not closing.is_alive()
    with Library.open(home) as library:
        assert library.logbook.verify().ok
        assert library.search("harbour").moments
