"""Work under way: footage being added, as jobs; and webhooks, which are told when it is done.

Events of a job are named as their ``kind`` (queued, started, found, stage, done, failed, progress,
ended, ...) and number from 1. A stream of a job that ended, and has nothing new to tell, is 204:
a browser then stops asking.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import PurePath
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path, Request
from fastapi.responses import Response
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event

from viewfinder.app.intake.adding import Options
from viewfinder.app.serving.jobs import ENDS, Job, Jobs, Whose
from viewfinder.domain.errors import ConfigError, InputError
from viewfinder.surfaces import documents
from viewfinder.surfaces.http.identity import Asker, Here, Need, Seat, Who, needs
from viewfinder.surfaces.shapes import work
from viewfinder.surfaces.wire import paging, streams
from viewfinder.surfaces.wire.repeats import OnlyOnce
from viewfinder.surfaces.wire.replies import (
    NOTHING_HERE,
    may_go_wrong,
    nothing,
    sees_paths,
    shown,
    told,
    too_busy,
)
from viewfinder.surfaces.wire.streams import Last, Streams

router = APIRouter(prefix="/api/v1")
READ = [Depends(needs(Need.READ))]
WRITE = [Depends(needs(Need.WRITE))]
ADMIN = [Depends(needs(Need.ADMIN))]

Id = Annotated[str, Path(pattern="^[0-9a-f]{12}$", description="Of a job.")]
Hook = Annotated[str, Path(pattern="^[0-9a-f]{12}$", description="Of a webhook.")]


@router.get(
    "/jobs",
    operation_id="list_jobs",
    summary="What is being added",
    tags=["jobs"],
    dependencies=READ,
    response_model=work.Jobs,
    responses=may_go_wrong(),
)
def jobs(here: Here, who: Who, cursor: paging.Cursor = None, limit: paging.Limit = 50) -> Response:
    """Your own, or all for who may add; the newest first."""
    page = paging.page(
        here.jobs.list(whose(who)),
        lambda job: (job.created, job.id),
        whose=who,
        of="jobs",
        cursor=cursor,
        limit=limit,
    )
    return told({"jobs": [document(job, who) for job in page.items], "next": page.next})


@router.post(
    "/jobs",
    operation_id="add_footage",
    summary="Add files or folders of the server's machine",
    tags=["jobs"],
    dependencies=WRITE,
    status_code=201,
    response_model=work.Job,
    responses=may_go_wrong(409),
)
def submit(wanted: work.Submit, here: Here, who: Who, once: OnlyOnce) -> Response:
    """At home any path; else what lies in the folders that `[serve] roots` names. A file of
    yours is uploaded instead."""

    def make() -> Response:
        options = Options(fast=wanted.fast, only=wanted.only)
        at_home = who.name is None
        job = here.jobs.submit(wanted.paths, whose(who), options, anywhere=at_home)
        return told(document(job, who), 201, Location=f"/api/v1/jobs/{job.id}")

    return once.reply(wanted, make)


@router.get(
    "/jobs/{job}",
    operation_id="get_job",
    summary="How a job stands",
    tags=["jobs"],
    dependencies=READ,
    response_model=work.Job,
    responses=may_go_wrong(404),
)
def one(job: Id, here: Here, who: Who) -> Response:
    """File by file: stages done, what failed and why."""
    return told(document(the_job(here.jobs, job, who), who))


@router.post(
    "/jobs/{job}/cancel",
    operation_id="cancel_job",
    summary="Stop a job",
    tags=["jobs"],
    dependencies=WRITE,
    response_model=work.Job,
    responses=may_go_wrong(404),
)
def cancel(job: Id, here: Here, who: Who) -> Response:
    """Within a second or so; what was finished stays."""
    the_job(here.jobs, job, who)
    return told(document(here.jobs.cancel(whose(who), job), who))


@router.post(
    "/jobs/{job}/retry",
    operation_id="retry_job",
    summary="Do again what failed",
    tags=["jobs"],
    dependencies=WRITE,
    response_model=work.Job,
    responses=may_go_wrong(404, 409),
)
def retry(job: Id, here: Here, who: Who) -> Response:
    """And what was cancelled; 409 where there is nothing to do again."""
    held = the_job(here.jobs, job, who)
    failed = [file for file in held.files if file.state != "done"]
    if held.state not in ENDS or (held.files and not failed):
        raise HTTPException(409, "This job has nothing to do again.")
    return told(document(here.jobs.retry(whose(who), job), who))


@router.get(
    "/jobs/{job}/events",
    operation_id="follow_job",
    summary="What happens in a job, as it happens",
    tags=["jobs"],
    dependencies=READ,
    response_class=Response,
    responses={
        **may_go_wrong(404),
        200: {
            "description": "Events, named as their `kind`.",
            "content": {streams.MEDIA_TYPE: {"example": 'event: stage\ndata: {"id": 3}\n\n'}},
        },
        204: {"description": "It ended, and nothing happened after `Last-Event-ID`."},
    },
)
def events(job: Id, request: Request, here: Here, who: Who, last: Last = None) -> Response:
    """From the first event, or after `Last-Event-ID`."""
    held = the_job(here.jobs, job, who)
    after = int(last) if last and last.isascii() and last.isdecimal() and len(last) < 10 else 0
    if held.state in ENDS and not list(here.jobs.events(whose(who), job, after=after, wait_s=0)):
        return nothing()
    kept: Streams = request.app.state.streams
    try:
        return kept.sending(_coming(here.jobs, job, after, who))
    except streams.Busy:
        return too_busy()


def _coming(kept: Jobs, job: str, after: int, who: Asker) -> Iterator[bytes]:
    while True:
        seen = after
        for event in kept.events(whose(who), job, after=after, wait_s=streams.PING_S):
            after = event.id
            said = shown(asdict(event), who)
            if not sees_paths(who):
                said["text"] = said["text"].replace(event.path, PurePath(event.path).name)
            yield format_sse_event(
                data_str=documents.dumps(said), event=event.kind, id=str(event.id)
            )
        if kept.get(whose(who), job).state in ENDS:
            return
        if after == seen:
            yield KEEPALIVE_COMMENT


def the_job(kept: Jobs, job: str, who: Asker) -> Job:
    """Return a job.

    Raises:
        HTTPException: 404, the same for one that is unknown and one that may not be seen.
    """
    try:
        return kept.get(whose(who), job)
    except InputError:
        raise HTTPException(404, NOTHING_HERE) from None


def whose(who: Asker) -> Whose:
    """Return for whom a thing is done when the request is over."""
    return Whose(who.name, who.purpose, who.case)


def document(job: Job, who: Asker) -> dict[str, Any]:
    """Return a job as programs get it."""
    made: dict[str, Any] = asdict(job)
    del made["whose"], made["options"]
    if not sees_paths(who):
        for file in made["files"]:
            file["error"] = file["error"].replace(file["path"], PurePath(file["path"]).name)
        made["paths"] = [PurePath(path).name for path in made["paths"]]
        made = shown(made, who)
    return made


# -- webhooks ---------------------------------------------------------------------------------


@router.get(
    "/webhooks",
    operation_id="list_webhooks",
    summary="Who is told what",
    tags=["webhooks"],
    dependencies=ADMIN,
    response_model=work.Hooks,
    responses=may_go_wrong(),
)
def hooks(library: Seat, here: Here) -> Response:
    """All of them, without their secrets."""
    return told({"webhooks": [asdict(hook) for hook in here.hooks.listed(library)]})


@router.post(
    "/webhooks",
    operation_id="add_webhook",
    summary="Tell an address what happens",
    tags=["webhooks"],
    dependencies=ADMIN,
    status_code=201,
    response_model=work.HookMade,
    responses=may_go_wrong(409),
)
def add_hook(wanted: work.NewHook, library: Seat, here: Here, once: OnlyOnce) -> Response:
    """Signed, ids only. 422 where `[serve] hooks` does not allow the address. The secret is
    shown this once."""

    def make() -> Response:
        try:
            made, secret = here.hooks.add(wanted.url, wanted.events, library)
        except ConfigError as error:
            raise HTTPException(422, str(error)) from None
        return told({**asdict(made), "secret": secret}, 201)

    return once.reply(wanted, make)


@router.delete(
    "/webhooks/{hook}",
    operation_id="remove_webhook",
    summary="Tell an address nothing any more",
    tags=["webhooks"],
    dependencies=ADMIN,
    status_code=204,
    response_class=Response,
    responses=may_go_wrong(404),
)
def remove_hook(hook: Hook, library: Seat, here: Here) -> Response:
    """What waits to be told goes with it."""
    _the_hook(hook, library, here)
    here.hooks.remove(hook, library)
    return nothing()


@router.post(
    "/webhooks/{hook}/ping",
    operation_id="ping_webhook",
    summary="Tell an address something, to see that it listens",
    tags=["webhooks"],
    dependencies=ADMIN,
    status_code=202,
    response_model=work.Deliveries,
    responses=may_go_wrong(404),
)
def ping(hook: Hook, library: Seat, here: Here) -> Response:
    """It is sent in a moment; look at the deliveries."""
    _the_hook(hook, library, here)
    here.hooks.ping(hook, library)
    return told(_deliveries(hook, library, here), 202)


@router.get(
    "/webhooks/{hook}/deliveries",
    operation_id="list_deliveries",
    summary="What an address was told, and what waits",
    tags=["webhooks"],
    dependencies=ADMIN,
    response_model=work.Deliveries,
    responses=may_go_wrong(404),
)
def deliveries(hook: Hook, library: Seat, here: Here) -> Response:
    """The newest first."""
    _the_hook(hook, library, here)
    return told(_deliveries(hook, library, here))


def _the_hook(hook: str, library: Seat, here: Here) -> None:
    if hook not in {each.id for each in here.hooks.listed(library)}:
        raise HTTPException(404, NOTHING_HERE)


def _deliveries(hook: str, library: Seat, here: Here) -> dict[str, Any]:
    found = [asdict(each) for each in here.hooks.deliveries(library, hook)]
    for each in found:
        del each["body"], each["due"]
    return {"deliveries": found}
