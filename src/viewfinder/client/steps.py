"""Work of several calls, written once for both clients: uploads, downloads, long lists.

Each is a generator that yields a request and is sent its reply; a client drives it. Where a
request fails, the failure is thrown in, so that the generator may try another way.

References:
    tus resumable upload protocol 1.0. https://tus.io/protocols/resumable-upload
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from viewfinder.client.request import ApiError, Json, Reply, Request

T = TypeVar("T")
Steps = Generator[Request[Reply], Reply, T]

PIECE_BYTES = 4 * 1024 * 1024
TRIES = 5
"""So often in a row an upload may fail before it gives up."""
_TUS = {"Tus-Resumable": "1.0.0"}
_UPLOADS = "/api/v1/uploads"


def _reply(reply: Reply) -> Reply:
    return reply


def upload(
    file: BinaryIO,
    size: int,
    name: str,
    *,
    lost: type[Exception],
    resume: str = "",
    show: Callable[[int], object] | None = None,
) -> Steps[Json]:
    """Send a file piece by piece, from where it stopped before.

    Args:
        file: Open for reading bytes; can seek.
        size: Its length in bytes.
        name: What the video is called.
        lost: What is thrown in where a connection breaks.
        resume: Path of an upload that was begun; a new one where empty.
        show: Called with the bytes that the server has.

    Returns:
        ``upload`` (its path), and ``job`` and ``video`` where the server names them.
    """
    if not resume:
        told = base64.b64encode(name.encode()).decode()
        begun = {**_TUS, "Upload-Length": size, "Upload-Metadata": f"filename {told}"}
        reply = yield Request("POST", _UPLOADS, _reply, headers=begun)
        resume = "/" + reply.headers["location"].partition("://")[2].partition("/")[2]
        if not reply.headers["location"].startswith("http"):
            resume = reply.headers["location"]
        offset = 0
    else:
        offset = yield from _offset(resume)
        reply = Reply(200, {}, b"")
    failures = 0
    while offset < size:
        file.seek(offset)
        piece = file.read(PIECE_BYTES)
        sent = {**_TUS, "Upload-Offset": offset, "Content-Type": "application/offset+octet-stream"}
        try:
            reply = yield Request("PATCH", resume, _reply, headers=sent, content=piece)
            offset, failures = int(reply.headers["upload-offset"]), 0
        except (lost, ApiError) as error:
            failures += 1
            if failures >= TRIES or (
                isinstance(error, ApiError) and error.status not in (409, 423)
            ):
                raise
            offset = yield from _offset(resume)
        if show is not None:
            show(offset)
    named = {"job": "viewfinder-job", "video": "viewfinder-video"}
    held = {key: reply.headers[header] for key, header in named.items() if header in reply.headers}
    return {"upload": resume, **held}


def _offset(path: str) -> Steps[int]:
    reply = yield Request("HEAD", path, _reply, headers=_TUS)
    return int(reply.headers["upload-offset"])


def download(request: Request[Any], to: Path) -> Steps[Path]:
    """Write a body to a file, range by range; what a broken run wrote is gone on with.

    It is written beside, as ``NAME.part``, and takes its name when it is whole.
    """
    part = to.with_name(f"{to.name}.part")
    tag = to.with_name(f"{to.name}.etag")
    known = tag.read_text("utf-8") if tag.exists() and part.exists() else ""
    done = part.stat().st_size if known else 0
    with part.open("ab" if known else "wb") as file:
        while True:
            asked = {"Range": f"bytes={done}-{done + PIECE_BYTES - 1}"}
            if known:
                asked["If-Range"] = known
            reply = yield Request("GET", request.path, _reply, query=request.query, headers=asked)
            if reply.status != 206:  # another file by now, or a server without ranges
                file.seek(0)
                file.truncate()
                file.write(reply.content)
                break
            known = known or reply.headers.get("etag", "")
            if known and not done:
                tag.write_text(known, "utf-8")
            file.write(reply.content)
            file.flush()
            done += len(reply.content)
            total = int(reply.headers["content-range"].rpartition("/")[2])
            if done >= total:
                break
    tag.unlink(missing_ok=True)
    part.replace(to)
    return to


def pages(request: Callable[[Any], Request[Json]], rows: str) -> Generator[Any, Json, list[Json]]:
    """Collect the rows of a list that comes a page at a time."""
    found: list[Json] = []
    cursor: Any = None
    while True:
        page = yield request(cursor)
        found += page[rows]
        cursor = page.get("next")
        if not cursor:
            return found
