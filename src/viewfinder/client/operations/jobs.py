"""Calls of the API: jobs.

Written by scripts/client.py from the OpenAPI document, not by hand.
"""

from __future__ import annotations

from collections.abc import Sequence

from viewfinder.client import request as wire


def list_jobs(
    *, cursor: str | None = wire.UNSET, limit: int = wire.UNSET
) -> wire.Request[wire.Json]:
    """What is being added.

    Your own, or all for who may add; the newest first.
    """
    return wire.Request(
        "GET", "/api/v1/jobs", wire.document, query={"cursor": cursor, "limit": limit}
    )


def add_footage(
    paths: Sequence[str],
    *,
    idempotency_key: str | None = wire.UNSET,
    fast: bool = wire.UNSET,
    only: Sequence[str] = wire.UNSET,
) -> wire.Request[wire.Json]:
    """Add files or folders of the server's machine.

    At home any path; else what lies in the folders that `[serve] roots` names. A file of yours is
    uploaded instead.
    """
    return wire.Request(
        "POST",
        "/api/v1/jobs",
        wire.document,
        headers={"Idempotency-Key": idempotency_key},
        json=wire.body(paths=paths, fast=fast, only=only),
    )


def get_job(job: str) -> wire.Request[wire.Json]:
    """How a job stands.

    File by file: stages done, what failed and why.
    """
    return wire.Request("GET", f"/api/v1/jobs/{wire.part(job)}", wire.document)


def cancel_job(job: str) -> wire.Request[wire.Json]:
    """Stop a job.

    Within a second or so; what was finished stays.
    """
    return wire.Request("POST", f"/api/v1/jobs/{wire.part(job)}/cancel", wire.document)


def retry_job(job: str) -> wire.Request[wire.Json]:
    """Do again what failed.

    And what was cancelled; 409 where there is nothing to do again.
    """
    return wire.Request("POST", f"/api/v1/jobs/{wire.part(job)}/retry", wire.document)


def follow_job(job: str) -> wire.Request[wire.Json]:
    """What happens in a job, as it happens.

    From the first event, or after `Last-Event-ID`.
    """
    return wire.Request("GET", f"/api/v1/jobs/{wire.part(job)}/events", wire.document)
