"""Forgetting one video everywhere this library keeps anything of it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from viewfinder.domain.media import VideoId
from viewfinder.domain.policy import Erasure
from viewfinder.domain.provenance import AuditEvent
from viewfinder.ports import Store


def forget(store: Store, video: VideoId, *, spool: Path, event: AuditEvent) -> Erasure:
    """Erase rows, words, vectors, thumbnails and half-done work; return the receipt.

    The original file is never touched.
    """
    half_done = [path for path in spool.glob(f"{video}*") if path.is_dir()]
    for path in half_done:
        for file in path.rglob("*"):
            if file.is_file():
                _overwrite(file)
        shutil.rmtree(path)
    receipt = store.erase(video, event=event)
    return replace(receipt, removed=(*receipt.removed, ("spools", len(half_done))))


def _overwrite(file: Path) -> None:
    size = file.stat().st_size
    with file.open("r+b") as handle:
        for _ in range(0, size, 1 << 20):
            handle.write(bytes(min(1 << 20, size - handle.tell())))
