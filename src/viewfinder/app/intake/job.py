"""What a job is that adds footage, as values: how it stands, file by file."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from viewfinder.app.intake.adding import AddEvent, Options
from viewfinder.domain.media import VideoId

STAGES = 5
"""Of a video: decode, speech, screen_text, picture, index."""


@dataclass(frozen=True, slots=True)
class Whose:
    """For whom something is done when no request is there any more.

    Attributes:
        name: As for ``Library.for_asker``.
        purpose: As for ``Library.for_asker``.
        case: As for ``Library.for_asker``.
    """

    name: str | None = None
    purpose: str | None = None
    case: str | None = None


class State(StrEnum):
    """How a job, or a file of one, stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"  # some of its files failed, or it could not begin
    CANCELLED = "cancelled"


ENDS = frozenset({State.DONE, State.FAILED, State.CANCELLED})


@dataclass(frozen=True, slots=True)
class JobFile:
    """One file of a job.

    Attributes:
        path: Absolute.
        state: How it stands.
        video: Its id, once it has one.
        stages: What was done with it.
        error: Why it failed, by stage; it may be searchable by what did not fail.
        news: "found", "known", "moved" or "duplicate", once that is known.
        media_s: Length in seconds.
    """

    path: str
    state: State = State.WAITING
    video: VideoId | None = None
    stages: tuple[str, ...] = ()
    error: str = ""
    news: str = ""
    media_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is.

    Attributes:
        files: How many files it has; 0 before they were counted.
        done: How many are done, well or not.
        failed: How many failed.
        fraction: Of the work, 0 to 1.
        stage: What is worked on now.
        speed: Seconds of footage per second.
        eta_s: Seconds that are left, roughly; None where nobody can tell yet.
    """

    files: int = 0
    done: int = 0
    failed: int = 0
    fraction: float = 0.0
    stage: str = ""
    speed: float = 0.0
    eta_s: float | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """An ``add`` that somebody asked for.

    Attributes:
        id: 12 hexadecimal digits.
        whose: Who asked for it.
        by: The name that the library knows them by.
        created: ISO 8601.
        state: How it stands.
        paths: What was named.
        options: How it runs.
        files: Each file that the paths stand for.
        ended: ISO 8601; "" before.
        error: Why it could not begin.
        notes: What there is to know beside.
        progress: How far it is.
    """

    id: str
    whose: Whose
    by: str
    created: str
    state: State
    paths: tuple[str, ...]
    options: Options = field(default_factory=Options)
    files: tuple[JobFile, ...] = ()
    ended: str = ""
    error: str = ""
    notes: tuple[str, ...] = ()
    progress: Progress = field(default_factory=Progress)


@dataclass(frozen=True, slots=True)
class JobEvent:
    """One thing that happened in a job.

    Attributes:
        id: Counts from 1 within a job, without a gap.
        kind: queued, started, progress, ended, cancelled; or as ``AddEvent.kind``.
        at: ISO 8601.
        path: The file it is about; "" for the job.
        video: Its id, once it has one.
        stage: Which stage.
        text: What happened, in words.
        progress: How far the job was then.
    """

    id: int
    kind: str
    at: str
    path: str = ""
    video: VideoId | None = None
    stage: str = ""
    text: str = ""
    progress: Progress = field(default_factory=Progress)


def happened(file: JobFile, event: AddEvent) -> JobFile:
    """Return a file as it stands after an event."""
    video, media_s = event.video or file.video, event.media_s or file.media_s
    file = replace(file, video=video, media_s=media_s)
    if event.kind == "failed":
        wrong = f"{event.stage}: {event.text}" if event.stage != "probe" else event.text
        error = f"{file.error}; {wrong}" if file.error else wrong
        return replace(file, error=error, state=State.FAILED if not event.video else file.state)
    if event.kind == "stage":
        return replace(file, stages=(*file.stages, event.stage), state=State.RUNNING)
    if event.kind == "done":
        return replace(file, state=State.FAILED if file.error else State.DONE)
    if event.kind == "duplicate":
        return replace(file, state=State.DONE, news=event.kind)
    if event.kind in ("found", "known", "moved"):
        return replace(file, news=event.kind, state=State.RUNNING)
    return file


def is_of(file: JobFile, event: AddEvent) -> bool:
    """Tell whether an event is about a file, whatever path it names."""
    return event.video is not None and file.video == event.video and file.news != "duplicate"
