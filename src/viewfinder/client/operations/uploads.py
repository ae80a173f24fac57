"""Calls of the API: uploads.

Written by scripts/client.py from the OpenAPI document, not by hand.
"""

from __future__ import annotations

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
