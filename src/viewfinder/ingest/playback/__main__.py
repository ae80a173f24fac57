"""The room's front door: see ``viewfinder.ingest.worker``, whose ways it has."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from viewfinder.ingest.worker.__main__ import main


def make(job: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Do the job named ``parts`` or ``whole``; yield what is ready, or how far it is."""
    from viewfinder.ingest.playback import parts, whole  # after the limits are set

    path = Path(job["path"])
    return parts.make(path, job) if job["do"] == "parts" else whole.make(path, job)


if __name__ == "__main__":
    sys.exit(main(make))
