"""A look at a file: what it holds, how long it is, whether any of it decodes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av

from viewfinder.ingest.worker import Unreadable, picture, streams

_PACKETS = 500
_PACKETS_OF_ONE = 120


def look(path: Path, limits: dict[str, Any]) -> dict[str, Any]:
    """Return the facts of a file as JSON values.

    Raises:
        Unreadable: Not media, or nothing in it decodes.
    """
    opened = streams.open_file(path, limits)
    if opened.picture is None and opened.sound is None:
        raise Unreadable("it holds neither picture nor sound")
    first = _first_frames(opened)
    if not first:
        raise Unreadable(
            "nothing in it can be decoded; it is damaged, encrypted or not completely copied"
        )
    shape = None
    if "video" in first:
        shape = picture.shape_of(first["video"], opened.picture)
    container = opened.container
    duration_ns = None if container.duration is None else container.duration * 1000
    if duration_ns is None or not 0 < duration_ns <= limits["media_s"] * streams.SECOND_NS:
        duration_ns = _measured_ns(path, limits)
    return {
        "container": container.format.name,
        "kinds": sorted(first),
        "duration_ns": duration_ns,
        "width": shape.width_px if shape else None,
        "height": shape.height_px if shape else None,
        "rotation": shape.turn if shape else 0,
        "tags": dict(container.metadata),
        "streams": [_facts(s) for s in container.streams],
    }


def _first_frames(opened: streams.Opened) -> dict[str, Any]:
    """Return the first frame of picture and of sound that decodes, by kind."""
    first: dict[str, Any] = {}
    seen = {"video": 0, "audio": 0}
    chosen = [s for s in (opened.picture, opened.sound) if s is not None]
    for packet in _packets(opened.container, chosen):
        kind = packet.stream.type
        seen[kind] += 1
        if kind in first or seen[kind] > _PACKETS_OF_ONE:
            continue
        for frame in decoded(packet):
            first.setdefault(kind, frame)
        if len(first) == len(chosen):
            break
    return first


def decoded(packet: Any) -> list[Any]:
    """Return the frames of a packet; none where it is damaged."""
    try:
        return list(packet.decode())
    except MemoryError:
        raise
    except (av.error.FFmpegError, ValueError):
        return []


def _packets(container: Any, chosen: list[Any]) -> Iterator[Any]:
    try:
        for number, packet in enumerate(container.demux(chosen)):
            yield packet
            if number > _PACKETS:
                return
    except av.error.FFmpegError:
        return


def _measured_ns(path: Path, limits: dict[str, Any]) -> int:
    """Return the end of the last packet, for files whose header does not tell."""
    opened = streams.open_file(path, limits)
    end_ns = 0
    counts: dict[int, int] = {}
    try:
        for packet in opened.container.demux([s for s in (opened.picture, opened.sound) if s]):
            stamp = packet.pts if packet.pts is not None else packet.dts
            index = packet.stream.index
            counts[index] = counts.get(index, 0) + bool(packet.size)
            if stamp is not None:
                last = opened.at_ns(stamp + (packet.duration or 0), packet.time_base)
                if last <= limits["media_s"] * streams.SECOND_NS:
                    end_ns = max(end_ns, last)
    except av.error.FFmpegError:
        pass  # up to here it is measured
    picture_ = opened.picture
    if end_ns == 0 and picture_ is not None and picture_.guessed_rate:  # frames without stamps
        end_ns = round(counts.get(picture_.index, 0) / picture_.guessed_rate * streams.SECOND_NS)
    return end_ns


def _facts(stream: Any) -> dict[str, Any]:
    codec = stream.codec_context
    rate = getattr(stream, "average_rate", None) if stream.type == "video" else None
    return {
        "index": stream.index,
        "kind": stream.type,
        "codec": codec.name if codec else "unknown",
        "language": stream.language if stream.language not in (None, "und") else None,
        "width": codec.width if codec and stream.type == "video" else None,
        "height": codec.height if codec and stream.type == "video" else None,
        "rate": float(rate) if rate else None,
        "channels": codec.channels if codec and stream.type == "audio" else None,
        "sample_rate_hz": codec.sample_rate if codec and stream.type == "audio" else None,
    }
