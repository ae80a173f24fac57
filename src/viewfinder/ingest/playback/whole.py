"""A file's streams as they are in a container that browsers read: nothing is encoded."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av

from viewfinder.ingest.worker import Unreadable, streams

_SAID_EVERY_S = 0.5


def make(path: Path, job: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Write ``whole.mp4`` or ``whole.webm``; yield how far it is as ``at_ns``.

    Raises:
        Unreadable: The streams do not go into that container.
    """
    opened = streams.open_file(path, job["limits"])
    target = Path(job["folder"]) / f"whole.{job['kind']}"
    fresh = target.with_suffix(".new")
    options = {"movflags": "faststart"} if job["kind"] == "mp4" else {"cues_to_front": "1"}
    said_s = time.monotonic()
    try:
        with av.open(str(fresh), "w", format=job["kind"], options=options) as out:
            for at_ns in _copied(opened, out):
                if time.monotonic() - said_s > _SAID_EVERY_S:
                    said_s = time.monotonic()
                    yield {"at_ns": at_ns}
    except (av.error.FFmpegError, ValueError) as error:
        fresh.unlink(missing_ok=True)
        raise Unreadable(f"its streams do not fit into {job['kind']} ({error})") from None
    fresh.replace(target)
    yield {"done": True}


def _copied(opened: streams.Opened, out: Any) -> Iterator[int]:
    chosen = [stream for stream in (opened.picture, opened.sound) if stream is not None]
    targets = {stream.index: out.add_stream_from_template(stream) for stream in chosen}
    for packet in opened.container.demux(chosen):
        if packet.dts is None or not packet.size:
            continue
        shift = round(opened.zero_s / packet.time_base)
        packet.dts -= shift
        if packet.pts is not None:
            packet.pts -= shift
        at_ns = round((packet.pts or packet.dts) * packet.time_base * streams.SECOND_NS)
        packet.stream = targets[packet.stream.index]
        out.mux(packet)
        yield at_ns
