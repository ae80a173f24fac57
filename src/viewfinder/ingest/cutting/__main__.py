"""The front door of the process that cuts: one job in, answers out, then the end."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from viewfinder.ingest.worker import __main__ as worker


def _do(job: dict[str, Any]) -> Iterator[dict[str, Any]]:
    from viewfinder.ingest.cutting import copied, exact, frames, timing  # after the limits are set

    path = Path(job["path"])
    if job["do"] == "timing":
        yield timing.timing(path, job["limits"])
    elif job["do"] == "stills":
        yield from frames.stills(path, job)
    elif job["do"] == "sign":
        from viewfinder.ingest import credentials

        yield credentials.sign(path, job)
    elif job["do"] == "copy":
        yield copied.copied(path, job)
    else:
        yield from exact.cut(path, job)


if __name__ == "__main__":
    sys.exit(worker.main(_do))
