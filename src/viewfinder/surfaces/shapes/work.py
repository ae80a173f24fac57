"""Shapes of uploads, jobs and webhooks."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from viewfinder.surfaces.shapes.questions import VIDEO, example

A_PATH = Annotated[str, StringConstraints(min_length=1, max_length=4096, pattern=r"^[^\x00]+$")]
Stage = Literal["speech", "screen_text", "picture", "sidecars", "joint"]

PROGRESS: dict[str, Any] = {
    "files": 2,
    "done": 1,
    "failed": 0,
    "fraction": 0.62,
    "stage": "speech",
    "speed": 4.1,
    "eta_s": 40.0,
}
FILE: dict[str, Any] = {
    "path": "talk.mp4",
    "state": "running",
    "video": VIDEO,
    "stages": ["decode"],
    "error": "",
    "news": "found",
    "media_s": 612.4,
}
JOB: dict[str, Any] = {
    "id": "0123456789ab",
    "by": "owner",
    "created": "2026-11-20T13:00:00+00:00",
    "state": "running",
    "paths": ["talks"],
    "files": [FILE],
    "ended": "",
    "error": "",
    "notes": [],
    "progress": PROGRESS,
}
UPLOAD: dict[str, Any] = {
    "id": "0123456789abcdef0123456789abcdef",
    "name": "talk.mp4",
    "length": 5000000,
    "offset": 2000000,
    "expires": "2026-11-21T13:00:00+00:00",
    "video": None,
    "job": None,
}
HOOK: dict[str, Any] = {
    "id": "0123456789ab",
    "url": "https://example.org/viewfinder",
    "events": ["job.ended"],
    "made": "2026-11-20T13:00:00+00:00",
    "by": "owner",
}


class Submit(BaseModel):
    """Which files or folders of the server's machine to add, and how."""

    model_config = example({"paths": ["/srv/footage/talks"]}, closed=True)

    paths: Annotated[tuple[A_PATH, ...], Field(min_length=1, max_length=200)]
    fast: Annotated[bool, Field(description="A first look: key frames and the picture.")] = False
    only: Annotated[
        tuple[Annotated[str, StringConstraints(max_length=40)], ...],
        Field(max_length=10, description="Stages to run; none for all."),
    ] = ()


class Progress(BaseModel):
    """How far a job is."""

    model_config = example(PROGRESS)

    files: int
    done: int
    failed: int
    fraction: float
    stage: str
    speed: float = Field(description="Seconds of footage per second.")
    eta_s: float | None


class JobFile(BaseModel):
    """One file of a job."""

    model_config = example(FILE)

    path: str
    state: str
    video: str | None
    stages: list[str]
    error: str
    news: str
    media_s: float


class Job(BaseModel):
    """An `add` that somebody asked for, file by file."""

    model_config = example(JOB)

    id: str
    by: str
    created: str
    state: Literal["waiting", "running", "done", "failed", "cancelled"]
    paths: list[str]
    files: list[JobFile]
    ended: str
    error: str
    notes: list[str]
    progress: Progress


class Jobs(BaseModel):
    """Jobs, the newest first, a page at a time."""

    model_config = example({"jobs": [JOB], "next": None})

    jobs: list[Job]
    next: str | None


class Upload(BaseModel):
    """A file on its way; `job` adds it once it is whole."""

    model_config = example(UPLOAD)

    id: str
    name: str
    length: int
    offset: int
    expires: str
    video: str | None
    job: str | None


class NewHook(BaseModel):
    """Where to tell what."""

    model_config = example(
        {"url": "https://example.org/viewfinder", "events": ["job.ended"]}, closed=True
    )

    url: Annotated[
        str, StringConstraints(min_length=1, max_length=2000, pattern=r"^https?://[!-~]+$")
    ]
    events: Annotated[
        tuple[Literal["job.ended", "video.added", "ping"], ...], Field(min_length=1, max_length=3)
    ]


class Hook(BaseModel):
    """Somebody who is told."""

    model_config = example(HOOK)

    id: str
    url: str
    events: list[str]
    made: str
    by: str


class HookMade(Hook):
    """A new webhook, with its secret, which is never shown again."""

    model_config = example({**HOOK, "secret": "c2VjcmV0"})

    secret: str = Field(description="Key of `Viewfinder-Signature`.")


class Hooks(BaseModel):
    """All webhooks."""

    model_config = example({"webhooks": [HOOK]})

    webhooks: list[Hook]


class Delivery(BaseModel):
    """One thing told to one webhook."""

    model_config = example(
        {
            "id": "0123456789abcdef01234567",
            "hook": HOOK["id"],
            "event": "ping",
            "tries": 1,
            "said": "taken",
            "is_over": True,
        }
    )

    id: str
    hook: str
    event: str
    tries: int
    said: str
    is_over: bool


class Deliveries(BaseModel):
    """What was told and what waits, the newest first."""

    model_config = example({"deliveries": []})

    deliveries: list[Delivery]
