"""Byte ranges (RFC 9110, section 14): an open file, or the one range of it that was asked for."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from fastapi import Request
from fastapi.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from viewfinder.surfaces.http.problems import problem

_BLOCK_BYTES = 256 << 10
_ONE = re.compile(r"bytes=\s*(\d{0,18})-(\d{0,18})\s*")


def ranged(
    request: Request, file: BinaryIO, media_type: str, headers: Mapping[str, str], *, tag: str
) -> Response:
    """Return a file, or a range of it; it is closed afterwards.

    More than one range at a time is answered with all of the file, as the standard allows.

    Args:
        request: What was asked.
        file: Open for reading.
        media_type: Of the file.
        headers: More headers.
        tag: Names this very content (``ETag``).
    """
    size = os.fstat(file.fileno()).st_size
    etag = f'"{tag}"'
    said = {**headers, "Accept-Ranges": "bytes", "ETag": etag}
    if request.headers.get("if-none-match") in (etag, "*"):
        file.close()
        return Response(status_code=304, headers=said)
    asked = request.headers.get("range", "")
    if request.headers.get("if-range", etag) != etag:
        asked = ""  # another file than the one it has the rest of
    found = bounds(asked, size)
    if found is None:
        file.close()
        refusal = problem(416, "No such range", f"It has {size} bytes.")
        refusal.headers["Content-Range"] = f"bytes */{size}"
        return refusal
    start, end, is_part = found
    if is_part:
        said["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    said["Content-Length"] = str(end - start)
    status = 206 if is_part else 200
    if request.method == "HEAD":
        file.close()
        return Response(status_code=status, headers=said, media_type=media_type)
    held = _Held(os.dup(file.fileno()))
    file.close()
    return _Sent(held, start, end, status, said, media_type)


class _Held:
    """An open file that closes itself when nobody holds it any more, said or unsaid."""

    def __init__(self, number: int) -> None:
        self._number: int | None = number

    def read(self, size: int, at: int) -> bytes:
        return b"" if self._number is None else os.pread(self._number, size, at)

    def close(self) -> None:
        if self._number is not None:
            number, self._number = self._number, None
            os.close(number)

    __del__ = close


class _Sent(StreamingResponse):
    """A file on its way; it is closed also where whoever asked went away before it began."""

    def __init__(
        self,
        file: _Held,
        start: int,
        end: int,
        status: int,
        headers: Mapping[str, str],
        media_type: str,
    ) -> None:
        super().__init__(_blocks(file, start, end), status, headers, media_type)
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._file.close()


def bounds(asked: str, size: int) -> tuple[int, int, bool] | None:
    """Return first byte, end, and whether it is a range; None where it cannot be met.

    A header that is no range, or several, asks for everything.
    """
    said = _ONE.fullmatch(asked)
    if said is None or said.groups() == ("", ""):
        return 0, size, False
    first, last = said.groups()
    if not first:  # the last so many bytes
        start, end = max(0, size - int(last)), size
    else:
        start = int(first)
        end = min(size, int(last) + 1) if last else size
        if last and int(last) < start:
            return 0, size, False  # not a range at all: section 14.1.1
    return (start, end, True) if start < end else None


def _blocks(file: _Held, start: int, end: int) -> Iterator[bytes]:
    while start < end and (block := file.read(min(_BLOCK_BYTES, end - start), start)):
        start += len(block)
        yield block
