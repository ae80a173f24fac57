"""Calls of the API: work.

Written by scripts/client.py from the OpenAPI document, not by hand.
"""

from __future__ import annotations

from collections.abc import Sequence

from viewfinder.client import request as wire


def upload_options() -> wire.Request[dict[str, str]]:
    """What uploads can do here.

    Version and extensions of tus, as headers.
    """
    return wire.Request("OPTIONS", "/api/v1/uploads", wire.headers)


def create_upload(
    upload_length: int, *, upload_metadata: str = wire.UNSET
) -> wire.Request[dict[str, str]]:
    """Begin an upload.

    `Location` is where its bytes go.
    """
    return wire.Request(
        "POST",
        "/api/v1/uploads",
        wire.headers,
        headers={
            "Tus-Resumable": "1.0.0",
            "Upload-Length": upload_length,
            "Upload-Metadata": upload_metadata,
        },
    )


def get_upload(upload: str) -> wire.Request[wire.Json]:
    """How far an upload is, as a document.

    The same as HEAD.
    """
    return wire.Request("GET", f"/api/v1/uploads/{wire.part(upload)}", wire.document)


def head_upload(upload: str) -> wire.Request[dict[str, str]]:
    """How far an upload is.

    `Upload-Offset`: go on there.
    """
    return wire.Request(
        "HEAD",
        f"/api/v1/uploads/{wire.part(upload)}",
        wire.headers,
        headers={
            "Tus-Resumable": "1.0.0",
        },
    )


def append_upload(
    upload: str, upload_offset: int, content: bytes, *, upload_checksum: str | None = wire.UNSET
) -> wire.Request[dict[str, str]]:
    """Send bytes of an upload.

    What came before a lost line is kept, unless there is a checksum.
    """
    return wire.Request(
        "PATCH",
        f"/api/v1/uploads/{wire.part(upload)}",
        wire.headers,
        headers={
            "Tus-Resumable": "1.0.0",
            "Content-Type": "application/offset+octet-stream",
            "Upload-Offset": upload_offset,
            "Upload-Checksum": upload_checksum,
        },
        content=content,
    )


def end_upload(upload: str) -> wire.Request[dict[str, str]]:
    """End an upload, and throw away what is here of it.

    A file that is whole already stays: its video is forgotten instead.
    """
    return wire.Request(
        "DELETE",
        f"/api/v1/uploads/{wire.part(upload)}",
        wire.headers,
        headers={
            "Tus-Resumable": "1.0.0",
        },
    )


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


def list_webhooks() -> wire.Request[wire.Json]:
    """Who is told what.

    All of them, without their secrets.
    """
    return wire.Request("GET", "/api/v1/webhooks", wire.document)


def add_webhook(
    url: str, events: Sequence[str], *, idempotency_key: str | None = wire.UNSET
) -> wire.Request[wire.Json]:
    """Tell an address what happens.

    Signed, ids only. 422 where `[serve] hooks` does not allow the address. The secret is shown
    this once.
    """
    return wire.Request(
        "POST",
        "/api/v1/webhooks",
        wire.document,
        headers={"Idempotency-Key": idempotency_key},
        json=wire.body(url=url, events=events),
    )


def remove_webhook(hook: str) -> wire.Request[None]:
    """Tell an address nothing any more.

    What waits to be told goes with it.
    """
    return wire.Request("DELETE", f"/api/v1/webhooks/{wire.part(hook)}", wire.nothing)


def ping_webhook(hook: str) -> wire.Request[wire.Json]:
    """Tell an address something, to see that it listens.

    It is sent in a moment; look at the deliveries.
    """
    return wire.Request("POST", f"/api/v1/webhooks/{wire.part(hook)}/ping", wire.document)


def list_deliveries(hook: str) -> wire.Request[wire.Json]:
    """What an address was told, and what waits.

    The newest first.
    """
    return wire.Request("GET", f"/api/v1/webhooks/{wire.part(hook)}/deliveries", wire.document)
