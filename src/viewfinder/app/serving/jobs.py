"""Adding footage as jobs: submitted, watched, cancelled, tried again, and resumed after a restart.

    job = jobs.submit(["talks/"], asker)
    for event in jobs.events(asker, job.id, wait_s=15):
        ...

One thread works through the jobs, one after another; the executor works in parallel within
one. A job is kept in the library's folder, ``spool/jobs``, sealed under a key of its own:
forgetting a video that it added destroys that key (``records.forgetting``).
"""

from __future__ import annotations

import json
import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from viewfinder.app.entry.gate import Refused
from viewfinder.app.intake import sources, work
from viewfinder.app.intake.adding import AddEvent, Options
from viewfinder.app.intake.job import (
    ENDS,
    STAGES,
    Job,
    JobEvent,
    JobFile,
    Progress,
    State,
    Whose,
    happened,
    is_of,
)
from viewfinder.app.serving.shared import Shared
from viewfinder.domain.errors import InputError, UsageError, ViewfinderError
from viewfinder.domain.keys import JOBS_FOLDER, of_job
from viewfinder.domain.media import VideoId

BEAT_S = 1.0
"""Between looks at whether a job was cancelled, and its progress."""
EVENTS = 2_000
"""Of one job are kept; older ones go."""
ENDED = 200
"""Jobs that ended are kept."""

_log = logging.getLogger(__name__)
__all__ = ["ENDS", "Job", "JobEvent", "JobFile", "Jobs", "Progress", "State", "Whose"]

Tell = Callable[[str, dict[str, str]], None]
"""Gets kind and ids of what happened, for webhooks."""


@dataclass(slots=True)
class _Held:
    """A job with what it takes to run and to keep it."""

    job: Job
    events: list[JobEvent] = field(default_factory=list)
    last: int = 0
    epoch: int = 0
    is_keyed: bool = False
    is_stopped: bool = False
    began: float = 0.0
    media_s: float = 0.0
    saved: float = 0.0


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is written of a job."""

    job: Job
    events: tuple[JobEvent, ...]
    last: int


class Jobs:
    """The jobs of one library, and the thread that works through them. Safe for threads."""

    def __init__(
        self,
        shared: Shared,
        *,
        roots: Sequence[str | Path] = (),
        tell: Tell | None = None,
        beat_s: float = BEAT_S,
    ) -> None:
        """Take up what was left.

        Args:
            shared: The library.
            roots: Folders whose files may be named by everybody who may add.
            tell: Gets kind and ids of what happened.
            beat_s: Between looks at whether a job was cancelled, in seconds.
        """
        self._shared, self._tell, self._beat_s = shared, tell, beat_s
        self._folder = shared.folder / JOBS_FOLDER
        own = (shared.folder / "media",)
        self._roots = tuple(Path(root).expanduser().resolve() for root in (*roots, *own))
        self._turn = threading.Condition(threading.RLock())
        self._jobs: dict[str, _Held] = {}
        self._is_closed = False
        self._load()
        self._thread = threading.Thread(target=self._work, name="viewfinder-jobs", daemon=True)
        self._thread.start()

    # -- asked from any thread ----------------------------------------------------------

    def submit(
        self,
        paths: Sequence[str | Path],
        asker: Whose,
        options: Options | None = None,
        *,
        anywhere: bool = False,
    ) -> Job:
        """Return a job that adds files or folders; it begins when those before it ended.

        Args:
            paths: Of this machine.
            asker: For whom.
            options: As for ``Library.add``.
            anywhere: Whether they may name any path: who sits at the machine may. Others
                may name what lies in the roots and what was uploaded.

        Raises:
            Refused: The policy does not let them add.
            InputError: A path that they may not name, or that stands for nothing.
            UsageError: No path, or a stage that does not exist.
        """
        options = options or Options()
        options.stages()
        view = self._shared.seen_by(asker)
        view.enter("add")
        if not paths:
            raise UsageError("name a file or a folder")
        named = [Path(path).expanduser().absolute() for path in paths]
        if not anywhere:
            for path in named:
                self._allowed(path)
        sources.require(named)
        job = Job(
            id=secrets.token_hex(6),
            whose=asker,
            by=view.asker,
            created=_now(),
            state=State.WAITING,
            paths=tuple(map(str, named)),
            options=replace(options, beat_s=self._beat_s),
        )
        with self._turn:
            self._jobs[job.id] = held = _Held(job)
            self._say(held, "queued")
            self._save(held)
        return job

    def list(self, asker: Whose) -> list[Job]:
        """Return the jobs that somebody may see, newest first: their own, or all who may add."""
        view = self._shared.seen_by(asker)
        may_add = view.may("add")
        with self._turn:
            held = [h for h in self._jobs.values() if may_add or h.job.by == view.asker]
            found = [self._tidied(h).job for h in held]
        return sorted(found, key=lambda job: (job.created, job.id), reverse=True)

    def get(self, asker: Whose, job: str) -> Job:
        """Return one job.

        Raises:
            InputError: There is none, or they may not see it.
        """
        return self._tidied(self._seen(asker, job)).job

    def cancel(self, asker: Whose, job: str) -> Job:
        """Stop a job within a second or so; what was finished stays. Raises as ``get``."""
        held = self._seen(asker, job)
        with self._turn:
            if held.job.state is State.WAITING:
                self._end(held, State.CANCELLED)
            elif held.job.state is State.RUNNING:
                held.is_stopped = True
            return held.job

    def retry(self, asker: Whose, job: str) -> Job:
        """Let a job that ended do again what failed, and what was cancelled.

        Raises:
            Refused: They may not add (any more).
            InputError: As ``get``; or there is nothing to do again.
        """
        held = self._seen(asker, job)
        self._shared.seen_by(asker).enter("add")
        with self._turn:
            job_now = self._tidied(held).job
            again = [f for f in job_now.files if f.state is not State.DONE]
            if job_now.state not in ENDS or (job_now.files and not again):
                raise InputError(f"job {job!r} has nothing to do again")
            files = tuple(
                f if f.state is State.DONE else JobFile(f.path, video=f.video)
                for f in job_now.files
            )
            held.job = replace(job_now, state=State.WAITING, files=files, ended="", error="")
            held.is_stopped = False
            self._say(held, "queued")
            self._save(held)
            return held.job

    def events(
        self, asker: Whose, job: str, *, after: int = 0, wait_s: float = 15.0
    ) -> Iterator[JobEvent]:
        """Yield what happened after an event, and what happens, until the job ended.

        It also ends where nothing happened for ``wait_s`` seconds: go on after the last id.

        Raises:
            InputError: As ``get``; at once, not at the first ``next``.
        """
        return self._coming(self._seen(asker, job), after, wait_s)

    def _coming(self, held: _Held, after: int, wait_s: float) -> Iterator[JobEvent]:
        def is_news() -> bool:
            return held.last > after or held.job.state in ENDS or self._is_closed

        while True:
            with self._turn:
                self._turn.wait_for(is_news, wait_s)
                fresh = [event for event in self._tidied(held).events if event.id > after]
            if not fresh:
                return
            yield from fresh
            after = fresh[-1].id

    def close(self, wait_s: float = 4.0) -> None:
        """Stop; what is at work goes on when the library is served again."""
        with self._turn:
            self._is_closed = True
            self._turn.notify_all()
        self._thread.join(wait_s)
        with self._turn, suppress(ViewfinderError):
            for held in self._jobs.values():
                if held.job.state not in ENDS:
                    self._save(held)

    # -- the worker ---------------------------------------------------------------------

    def _work(self) -> None:
        while (held := self._next()) is not None:
            try:
                self._run(held)
            except (ViewfinderError, Refused) as error:
                if not self._is_closed:
                    self._end(held, State.FAILED, str(error))
            except Exception as error:
                _log.exception("job %s", held.job.id)
                if not self._is_closed:
                    self._end(held, State.FAILED, f"{type(error).__name__}: {error}")

    def _next(self) -> _Held | None:
        def waiting() -> list[_Held]:
            return [h for h in self._jobs.values() if h.job.state is State.WAITING]

        with self._turn:
            self._turn.wait_for(lambda: self._is_closed or waiting())
            if self._is_closed:
                return None
            held = min(waiting(), key=lambda h: (h.job.created, h.job.id))
            held.job = replace(held.job, state=State.RUNNING)
            held.began, held.media_s = time.monotonic(), 0.0
            self._say(held, "started")
            return held

    def _run(self, held: _Held) -> None:
        view = self._shared.seen_by(held.job.whose)
        view.enter("add")
        self._list_files(held)
        due = [file.path for file in held.job.files if file.state is State.WAITING]
        there = [path for path in due if Path(path).exists()]
        for path in set(due) - set(there):
            self._note(held, AddEvent("failed", path, stage="probe", text="it is not there"))
        with closing(view.add(there, held.job.options)) as coming:  # type: ignore[type-var]
            for event in coming if there else ():
                with self._turn:
                    if self._is_closed:
                        return
                    if held.is_stopped:
                        break
                    self._note(held, event)
        with self._turn:
            failed = any(file.error for file in held.job.files)
            done = State.FAILED if failed else State.DONE
            self._end(held, State.CANCELLED if held.is_stopped else done)

    def _list_files(self, held: _Held) -> None:
        """Note the files that the paths stand for; those that lead elsewhere fail."""
        known = {file.path for file in held.job.files}
        is_free = not all(self._is_inside(Path(path)) for path in held.job.paths)
        files = list(held.job.files)
        for source in sources.expand([p for p in held.job.paths if Path(p).exists()]):
            if str(source.path) not in known:
                is_allowed = is_free or self._is_inside(source.path)
                wrong = "" if is_allowed else "it leads out of the folders that may be added"
                state = State.WAITING if is_allowed else State.FAILED
                files.append(JobFile(str(source.path), state, error=wrong))
        gone = [p for p in held.job.paths if not Path(p).exists() and p not in known]
        files += [JobFile(path, State.FAILED, error="it is not there") for path in gone]
        with self._turn:
            held.job = replace(held.job, files=tuple(files))
            self._measure(held, "")
            self._save(held)

    def _note(self, held: _Held, event: AddEvent) -> None:
        """Take one event of the ``add`` in."""
        with self._turn:
            if event.kind == "beat":
                self._beat(held)
                return
            if event.kind == "note" and not event.path:
                held.job = replace(held.job, notes=(*held.job.notes, event.text))
            held.media_s += event.media_s if event.kind == "done" else 0.0
            files = tuple(
                happened(f, event) if f.path == event.path or is_of(f, event) else f
                for f in held.job.files
            )
            held.job = replace(held.job, files=files)
            self._measure(held, event.stage)
            self._say(held, event.kind, event.path, event.video, event.stage, event.text or "")
            self._save(held, soon=event.kind not in ("done", "failed", "duplicate"))
            if self._tell is not None and event.kind == "done" and event.video:
                self._tell("video.added", {"job": held.job.id, "video": event.video})

    def _beat(self, held: _Held) -> None:
        before = held.job.progress
        at_work = list(work.in_flight(self._shared.folder / "spool"))
        self._measure(held, at_work[0][1] if at_work else before.stage, at_work)
        if held.job.progress != before:
            self._say(held, "progress")

    def _measure(
        self, held: _Held, stage: str, at_work: Sequence[tuple[str, str, int]] = ()
    ) -> None:
        files = held.job.files
        ended = [file for file in files if file.state in ENDS]
        parts = sum(min(len(f.stages) / STAGES, 0.95) for f in files if f.state not in ENDS)
        lengths = {file.video: file.media_s for file in files}
        for video, _, at_ns in at_work:
            length_s = lengths.get(VideoId(video), 0.0)
            parts += min(at_ns / 1e9 / length_s, 1) / STAGES if length_s else 0
        fraction = min((len(ended) + parts) / len(files), 1.0) if files else 0.0
        took = time.monotonic() - held.began
        left = took * (1 - fraction) / fraction if fraction > 0.02 and took > 2 else None
        held.job = replace(
            held.job,
            progress=Progress(
                len(files),
                len(ended),
                sum(1 for file in files if file.error),
                round(fraction, 4),
                stage or held.job.progress.stage,
                round(held.media_s / took, 2) if took > 0.1 else 0.0,
                None if left is None else round(left),
            ),
        )

    def _end(self, held: _Held, state: State, error: str = "") -> None:
        with self._turn:
            fraction = 1.0 if state is State.DONE else held.job.progress.fraction
            progress = replace(held.job.progress, fraction=fraction, stage="", eta_s=None)
            held.job = replace(held.job, state=state, error=error, ended=_now(), progress=progress)
            self._say(held, "cancelled" if state is State.CANCELLED else "ended", text=error)
            self._save(held)
            self._drop_old()
            if self._tell is not None:
                self._tell("job.ended", {"job": held.job.id, "state": state.value})

    def _say(
        self,
        held: _Held,
        kind: str,
        path: str = "",
        video: VideoId | None = None,
        stage: str = "",
        text: str = "",
    ) -> None:
        held.last += 1
        event = JobEvent(held.last, kind, _now(), path, video, stage, text, held.job.progress)
        held.events = [*held.events[-EVENTS + 1 :], event]
        self._turn.notify_all()

    # -- who, where ---------------------------------------------------------------------

    def _seen(self, asker: Whose, job: str) -> _Held:
        view = self._shared.seen_by(asker)
        with self._turn:
            held = self._jobs.get(job)
        if held is None or not (held.job.by == view.asker or view.may("add")):
            raise InputError(f"no job {job!r} here")
        return held

    def _allowed(self, path: Path) -> None:
        if not self._is_inside(path):
            raise InputError(
                f"{str(path)!r} is in no folder that may be added from here; who keeps the "
                "server names them under [serve] roots"
            )

    def _is_inside(self, path: Path) -> bool:
        real = path.resolve()
        return any(real.is_relative_to(root) for root in self._roots)

    # -- kept ---------------------------------------------------------------------------

    def _tidied(self, held: _Held) -> _Held:
        """Take out of a job what was forgotten since."""
        with self._turn:
            library = self._shared.view()
            ring = library.logbook.keyring
            if held.is_keyed and ring.find(of_job(held.job.id, held.epoch)) is None:
                held.epoch += 1
                held.is_keyed = False
                gone = {f.path for f in held.job.files if f.video and not library.is_there(f.video)}
                files = tuple(f for f in held.job.files if f.path not in gone)
                # A folder that was named says little; a file that was named is what went.
                paths = tuple(path for path in held.job.paths if path not in gone)
                held.job = replace(held.job, files=files, paths=paths)
                held.events = [e for e in held.events if e.path not in gone]
                self._save(held)
            return held

    def _save(self, held: _Held, *, soon: bool = False) -> None:
        """Write a job down; within a second only once where it can wait."""
        now = time.monotonic()
        if soon and now - held.saved < 1.0:
            return
        held.saved = now
        ring = self._shared.view().logbook.keyring
        subject = of_job(held.job.id, held.epoch)
        if held.is_keyed and ring.find(subject) is None:
            self._tidied(held)
            return
        kept = _Kept(held.job, tuple(held.events), held.last)
        sealed = ring.seal((subject,), json.dumps(asdict(kept)).encode())
        held.is_keyed = True
        videos = sorted({file.video for file in held.job.files if file.video})
        said = {"epoch": held.epoch, "videos": videos, "sealed": sealed.hex()}
        self._folder.mkdir(parents=True, exist_ok=True)
        fresh = self._folder / f".{held.job.id}"
        fresh.write_text(json.dumps(said), "utf-8")
        fresh.replace(self._folder / f"{held.job.id}.json")

    def _load(self) -> None:
        ring = self._shared.view().logbook.keyring
        for path in sorted(self._folder.glob("*.json")):
            try:
                said = json.loads(path.read_text("utf-8"))
                subject = of_job(path.stem, said["epoch"])
                opened = ring.open((subject,), bytes.fromhex(said["sealed"]))
                kept = TypeAdapter(_Kept).validate_json(opened or b"")
            except (OSError, ValueError, KeyError, TypeError, ValidationError):
                path.unlink(missing_ok=True)  # forgotten, or of another version
                continue
            job = kept.job
            if job.state is State.RUNNING:
                job = replace(job, state=State.WAITING)
            held = _Held(job, list(kept.events), kept.last, said["epoch"], is_keyed=True)
            self._jobs[job.id] = held

    def _drop_old(self) -> None:
        ended = [held for held in self._jobs.values() if held.job.state in ENDS]
        for held in sorted(ended, key=lambda h: h.job.ended)[:-ENDED]:
            del self._jobs[held.job.id]
            (self._folder / f"{held.job.id}.json").unlink(missing_ok=True)
            self._shared.view().logbook.keyring.destroy(of_job(held.job.id, held.epoch))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
