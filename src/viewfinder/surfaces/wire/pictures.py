"""A picture that somebody sends to ask with: laid down for as long as it is looked at."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from viewfinder.app.library import Library

PICTURE_BYTES = 20 * 1024 * 1024
CHUNK_BYTES = 256 * 1024


@contextmanager
def laid_down(library: Library, content: BinaryIO) -> Iterator[Path | None]:
    """Give the path of what was uploaded, for as long as it is looked at; None: too large."""
    folder = library.pictures_sent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / secrets.token_hex(16)
    size = 0
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            while chunk := content.read(CHUNK_BYTES):
                size += len(chunk)
                if size > PICTURE_BYTES:
                    break
                out.write(chunk)
        yield path if size <= PICTURE_BYTES else None
    finally:
        path.unlink(missing_ok=True)
