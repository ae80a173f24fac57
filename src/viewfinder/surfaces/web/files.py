"""The files that pages load: style, modules, icons."""

from __future__ import annotations

import gzip
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles

from viewfinder.surfaces.web.pages import STATIC, edition

FOREVER = "public, max-age=31536000, immutable"
_TEXT = frozenset({".css", ".js", ".svg", ".txt"})


class Files(StaticFiles):
    """Files of a folder, small where the browser takes gzip."""

    def __init__(self, caching: str) -> None:
        super().__init__(directory=STATIC)
        self._caching = caching

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Any,
        status_code: int = 200,
    ) -> Response:
        made = super().file_response(full_path, stat_result, scope, status_code)
        made.headers["Cache-Control"] = self._caching
        made.headers["Vary"] = "Accept-Encoding"
        path = Path(full_path)
        if made.status_code != status_code or path.suffix not in _TEXT or not _takes_gzip(scope):
            return made
        kept = {
            name: value
            for name, value in made.headers.items()
            if name not in ("content-length", "accept-ranges")
        }
        small = _small(path, stat_result.st_mtime_ns)
        return Response(small, status_code, {**kept, "content-encoding": "gzip"})


def join(app: FastAPI) -> None:
    """Serve them: to be kept under the name of this edition, to be asked for anew under none."""
    app.mount(f"/static/{edition()}", Files(FOREVER), name="edition")
    app.mount("/static", Files("no-cache"), name="static")


def _takes_gzip(scope: Any) -> bool:
    return any(name == b"accept-encoding" and b"gzip" in value for name, value in scope["headers"])


@lru_cache(maxsize=128)
def _small(path: Path, changed_ns: int) -> bytes:
    return gzip.compress(path.read_bytes(), 9, mtime=0)
