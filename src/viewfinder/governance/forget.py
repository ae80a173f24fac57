"""Forgetting a video, or parts of one, everywhere this library keeps anything of it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from viewfinder.domain import forgotten
from viewfinder.domain.media import VideoId
from viewfinder.domain.policy import Erasure
from viewfinder.domain.provenance import AuditEvent
from viewfinder.domain.time import TimeSpan
from viewfinder.ports import Store


def forget(store: Store, video: VideoId, *, spool: Path, event: AuditEvent) -> Erasure:
    """Erase rows, words, vectors, thumbnails and half-done work; return the receipt.

    The original file is never touched.
    """
    half_done = clear(spool, video)
    receipt = store.erase(video, event=event)
    return replace(receipt, removed=(*receipt.removed, ("spools", half_done)))


def forget_stretches(
    store: Store, video: VideoId, spans: Sequence[TimeSpan], *, spool: Path, event: AuditEvent
) -> Erasure:
    """Erase what reaches into parts of a video, and lay down that it must not come back."""
    half_done = clear(spool, video)
    fact = forgotten.KIND, forgotten.body(spans)
    receipt = store.erase_stretches(video, spans, fact=fact, event=event)
    return replace(receipt, removed=(*receipt.removed, ("spools", half_done)))


def clear(spool: Path, video: VideoId) -> int:
    """Overwrite and delete half-done work of a video; return how many folders went."""
    half_done = [path for path in spool.glob(f"{video}*") if path.is_dir()]
    for path in half_done:
        for file in path.rglob("*"):
            if file.is_file():
                overwrite(file)
        shutil.rmtree(path)
    return len(half_done)


def overwrite(file: Path) -> None:
    """Write zeros over a file; what a disk keeps of its own accord is out of reach."""
    size = file.stat().st_size
    with file.open("r+b") as handle:
        for _ in range(0, size, 1 << 20):
            handle.write(bytes(min(1 << 20, size - handle.tell())))
