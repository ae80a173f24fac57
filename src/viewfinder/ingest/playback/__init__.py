"""Copies of footage that browsers can play, made inside the sandbox.

``parts`` encodes a few seconds at a time, from anywhere in the file; ``whole`` puts the
streams as they are into another container. Nothing here is imported by the parent process.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any


def make(path: Path, job: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Do the job named ``parts`` or ``whole``; yield what is ready, or how far it is."""
    from viewfinder.ingest.playback import parts, whole

    return parts.make(path, job) if job["do"] == "parts" else whole.make(path, job)
