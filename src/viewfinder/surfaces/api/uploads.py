"""Footage in, a piece at a time: tus 1.0 with creation, termination, expiration and checksum.

    POST   /api/v1/uploads        Upload-Length, Upload-Metadata -> 201, Location
    HEAD   /api/v1/uploads/{id}   -> Upload-Offset
    PATCH  /api/v1/uploads/{id}   Upload-Offset and bytes -> 204, Upload-Offset
    DELETE /api/v1/uploads/{id}   -> 204

With the last byte a job adds the file: ``Viewfinder-Job`` names it, ``Viewfinder-Video`` the video
that it becomes.

References:
    tus resumable upload protocol 1.0. https://tus.io/protocols/resumable-upload
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Annotated, Any

from anyio import from_thread  # noqa: TID251 - a body comes in on the loop of the server
from fastapi import APIRouter, Depends, Header, HTTPException, Path, Request
from fastapi.responses import Response
from starlette.requests import ClientDisconnect

from viewfinder.app.serving import uploads as engine
from viewfinder.app.serving.uploads import CHECKSUMS, Upload
from viewfinder.surfaces.api.jobs import whose
from viewfinder.surfaces.http.identity import Asker, Here, Need, Who, needs
from viewfinder.surfaces.http.problems import Stopped
from viewfinder.surfaces.shapes import work
from viewfinder.surfaces.wire.replies import NOTHING_HERE, may_go_wrong, told

router = APIRouter(
    prefix="/api/v1/uploads", tags=["uploads"], dependencies=[Depends(needs(Need.WRITE))]
)

VERSION = "1.0.0"
EXTENSIONS = "creation,termination,expiration,checksum"
PIECE = "application/offset+octet-stream"
LARGEST_BYTES = 2**53
TUS = {"Tus-Resumable": VERSION, "Cache-Control": "no-store"}

Id = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="Of an upload.")]
Spoken = Annotated[
    str | None, Header(alias="Tus-Resumable", description="1.0.0", examples=[VERSION])
]
Offset = Annotated[int, Header(alias="Upload-Offset", ge=0, le=LARGEST_BYTES)]
Length = Annotated[int, Header(alias="Upload-Length", ge=1, le=LARGEST_BYTES)]
ENDED: dict[int | str, dict[str, Any]] = {
    **may_go_wrong(404, 409, 410, 412, 413, 415),
    423: {"description": "Somebody is sending bytes of it right now."},
    460: {"description": "The bytes do not have the checksum that was given; none was kept."},
}


@router.options(
    "",
    operation_id="upload_options",
    summary="What uploads can do here",
    status_code=204,
    response_class=Response,
    responses=may_go_wrong(),
)
def options() -> Response:
    """Version and extensions of tus, as headers."""
    headers = {
        "Tus-Resumable": VERSION,
        "Tus-Version": VERSION,
        "Tus-Extension": EXTENSIONS,
        "Tus-Checksum-Algorithm": ",".join(CHECKSUMS),
    }
    return Response(status_code=204, headers=headers)


@router.post(
    "",
    operation_id="create_upload",
    summary="Begin an upload",
    status_code=201,
    response_class=Response,
    responses=may_go_wrong(412, 413),
)
def create(
    here: Here,
    who: Who,
    length: Length,
    metadata: Annotated[
        str,
        Header(
            alias="Upload-Metadata",
            max_length=4000,
            description="`filename` and its value in base64.",
            examples=["filename dGFsay5tcDQ="],
        ),
    ] = "",
    spoken: Spoken = None,
) -> Response:
    """`Location` is where its bytes go."""
    _speaks(spoken)
    try:
        made = here.uploads.create(whose(who), length, _metadata(metadata))
    except engine.TooLarge as error:
        raise Stopped(413, "Too large", str(error), TUS) from None
    headers = {**_standing(made), "Location": f"/api/v1/uploads/{made.id}"}
    return Response(status_code=201, headers=headers)


@router.head(
    "/{upload}",
    operation_id="head_upload",
    summary="How far an upload is",
    response_class=Response,
    responses=may_go_wrong(404, 410, 412),
)
def head(upload: Id, here: Here, who: Who, spoken: Spoken = None) -> Response:
    """`Upload-Offset`: go on there."""
    _speaks(spoken)
    return Response(headers=_standing(_the(upload, here, who)))


@router.get(
    "/{upload}",
    operation_id="get_upload",
    summary="How far an upload is, as a document",
    response_model=work.Upload,
    responses=may_go_wrong(404, 410),
)
def get(upload: Id, here: Here, who: Who) -> Response:
    """The same as HEAD."""
    held = _the(upload, here, who)
    expires = datetime.fromtimestamp(held.expires, UTC).isoformat(timespec="seconds")
    return told(
        {
            "id": held.id,
            "name": held.name,
            "length": held.length,
            "offset": held.offset,
            "expires": expires,
            "video": held.sha256 or None,
            "job": held.job or None,
        }
    )


@router.patch(
    "/{upload}",
    operation_id="append_upload",
    summary="Send bytes of an upload",
    status_code=204,
    response_class=Response,
    responses=ENDED,
    openapi_extra={
        "requestBody": {
            "content": {PIECE: {"schema": {"type": "string", "format": "binary"}}},
            "required": True,
        }
    },
)
def append(
    upload: Id,
    request: Request,
    here: Here,
    who: Who,
    offset: Offset,
    checksum: Annotated[
        str | None,
        Header(
            alias="Upload-Checksum",
            max_length=200,
            description="Algorithm (sha256, sha1, md5) and digest in base64.",
        ),
    ] = None,
    spoken: Spoken = None,
) -> Response:
    """What came before a lost line is kept, unless there is a checksum."""
    _speaks(spoken)
    if request.headers.get("content-type", "").partition(";")[0].strip() != PIECE:
        raise Stopped(415, "Not a piece", f"Bytes are sent as {PIECE}.", TUS)
    _the(upload, here, who)
    check = _checksum(checksum)
    try:
        after = here.uploads.append(whose(who), upload, offset, _chunks(request), checksum=check)
    except engine.NoUpload:
        raise Stopped(404, "Not Found", NOTHING_HERE, TUS) from None
    except engine.InUse as error:
        raise Stopped(423, "In use", str(error), TUS) from None
    except engine.WrongOffset as error:
        raise Stopped(409, "Wrong offset", str(error), TUS) from None
    except engine.TooLarge as error:
        raise Stopped(413, "Too large", str(error), TUS) from None
    except engine.WrongChecksum as error:
        raise Stopped(460, "Wrong checksum", str(error), TUS) from None
    return Response(status_code=204, headers=_standing(after))


@router.delete(
    "/{upload}",
    operation_id="end_upload",
    summary="End an upload, and throw away what is here of it",
    status_code=204,
    response_class=Response,
    responses={**may_go_wrong(404, 410, 412), 423: ENDED[423]},
)
def end(upload: Id, here: Here, who: Who, spoken: Spoken = None) -> Response:
    """A file that is whole already stays: its video is forgotten instead."""
    _speaks(spoken)
    _the(upload, here, who)
    try:
        here.uploads.terminate(whose(who), upload)
    except engine.InUse as error:
        raise Stopped(423, "In use", str(error), TUS) from None
    return Response(status_code=204, headers=TUS)


# -- parts ------------------------------------------------------------------------------------


def _speaks(version: str | None) -> None:
    if version != VERSION:
        headers = {**TUS, "Tus-Version": VERSION}
        raise Stopped(412, "Another tus", f"Send Tus-Resumable: {VERSION}.", headers)


def _the(upload: str, here: Here, who: Asker) -> Upload:
    try:
        return here.uploads.head(whose(who), upload)
    except engine.NoUpload:
        raise Stopped(404, "Not Found", NOTHING_HERE, TUS) from None


def _standing(upload: Upload) -> dict[str, str]:
    headers = {
        **TUS,
        "Upload-Offset": str(upload.offset),
        "Upload-Length": str(upload.length),
        "Upload-Expires": formatdate(upload.expires, usegmt=True),
    }
    if upload.metadata:
        pairs = (
            f"{key} {base64.b64encode(value.encode()).decode()}".strip()
            for key, value in upload.metadata.items()
        )
        headers["Upload-Metadata"] = ",".join(pairs)
    if upload.job:
        headers |= {"Viewfinder-Job": upload.job, "Viewfinder-Video": upload.sha256}
    return headers


def _metadata(given: str) -> dict[str, str]:
    found = {}
    for pair in filter(None, (each.strip() for each in given.split(","))):
        key, _, value = pair.partition(" ")
        try:
            found[key] = base64.b64decode(value, validate=True).decode("utf-8")
        except (binascii.Error, ValueError):
            detail = f"Upload-Metadata: the value of {key[:60]!r} is no UTF-8 in base64."
            raise HTTPException(400, detail) from None
    if not all(key.isascii() and key.isprintable() for key in found):
        raise HTTPException(400, "Upload-Metadata: keys are printable ASCII.")
    return found


def _checksum(given: str | None) -> tuple[str, bytes] | None:
    if given is None:
        return None
    algorithm, _, value = given.partition(" ")
    if algorithm not in CHECKSUMS:
        raise HTTPException(400, f"Upload-Checksum: one of {', '.join(CHECKSUMS)}.")
    try:
        return algorithm, base64.b64decode(value, validate=True)
    except binascii.Error:
        raise HTTPException(400, "Upload-Checksum: the digest is no base64.") from None


def _chunks(request: Request) -> Iterator[bytes]:
    """Yield the bytes of a request as they come; end where the line is lost.

    The endpoint runs on a thread of the server's; each piece is waited for in its loop.
    """
    coming = request.stream()
    while True:
        try:
            yield from_thread.run(coming.__anext__)
        except (StopAsyncIteration, ClientDisconnect):
            return
