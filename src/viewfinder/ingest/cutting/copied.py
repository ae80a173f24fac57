"""A clip without encoding: packets as they are, from the key frame before."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from viewfinder.ingest.cutting import subtitles, timing
from viewfinder.ingest.cutting.writing import muxer, options
from viewfinder.ingest.worker import Unreadable, streams

SECOND_NS = 1_000_000_000
_BEFORE_S = (0.0, 4.0, 30.0, None)  # as in ``frames``


def copied(path: Path, job: dict[str, Any]) -> dict[str, Any]:
    """Write the clip of a job; return what it really holds.

    Raises:
        Unreadable: It cannot be copied so: no key frame, no stamps, or the container takes
            no such stream.
    """
    (start_ns, end_ns), kind = job["parts"][0], job["kind"]
    first_ns, opened = _begun(path, job["limits"], start_ns)
    stream = opened.picture or opened.sound
    assert stream is not None
    try:
        with av.open(job["to"], "w", format=muxer(kind), options=options(kind)) as container:
            coming = [_packets(opened, stream, container, first_ns, end_ns)]
            if opened.picture is not None and opened.sound is not None:
                beside = streams.open_file(path, job["limits"])
                _seek(beside, beside.sound, first_ns - SECOND_NS)
                coming.append(_packets(beside, beside.sound, container, first_ns, end_ns))
            words = subtitles.Written(container, kind) if job["stream"] else None
            if words is not None:
                words.add(subtitles.moved(job["cues"], first_ns, end_ns, 0))
            ends_ns, count = _written(container, coming, words, first_ns)
    except (av.error.FFmpegError, ValueError) as error:
        raise Unreadable(
            f"its streams do not go into a file of kind {kind} as they are ({error}); "
            "cut it exactly, or name another kind"
        ) from error
    return {
        "parts": [[first_ns, max(ends_ns, first_ns)]],
        "frames": count,
        "codecs": [s.codec_context.name for s in (opened.picture, opened.sound) if s],
        "timing": timing.timing(path, job["limits"]),
    }


def _begun(path: Path, limits: dict[str, Any], start_ns: int) -> tuple[int, streams.Opened]:
    """Return when the key frame at or before a place is, and the file opened there."""
    for before_s in _BEFORE_S:
        opened = streams.open_file(path, limits)
        stream = opened.picture or opened.sound
        if stream is None:
            raise Unreadable("it holds neither picture nor sound")
        from_ns = 0 if before_s is None else start_ns - round(before_s * SECOND_NS)
        if from_ns > 0 and not _seek(opened, stream, from_ns):
            continue
        keys = []
        for packet in opened.container.demux(stream):
            if packet.size and packet.pts is None:
                raise Unreadable("its packets do not say when they are shown; cut it exactly")
            if packet.size and packet.is_keyframe:
                at_ns = opened.at_ns(packet.pts, packet.time_base)
                if at_ns > start_ns:
                    break
                keys.append(at_ns)
        if keys:
            again = streams.open_file(path, limits)
            if from_ns > 0:
                _seek(again, again.picture or again.sound, from_ns)
            return max(0, keys[-1]), again
        if from_ns <= 0:
            break
    again = streams.open_file(path, limits)
    return 0, again


def _seek(opened: streams.Opened, stream: Any, at_ns: int) -> bool:
    at_s = at_ns / SECOND_NS + float(opened.zero_s)
    if at_s <= 0:
        return True
    try:
        opened.container.seek(int(at_s / stream.time_base), stream=stream, backward=True)
    except (av.error.FFmpegError, OverflowError, ValueError):
        return False
    return True


def _packets(
    opened: streams.Opened, stream: Any, container: Any, first_ns: int, end_ns: int
) -> Iterator[tuple[int, Any, int, int]]:
    """Yield (decoding time, packet, shown from, shown until) of what lies between."""
    made = container.add_stream_from_template(stream)
    made.metadata.clear()
    zero = round((opened.zero_s + Fraction(first_ns, SECOND_NS)) / stream.time_base)
    is_picture = stream.type == "video"

    def coming() -> Iterator[tuple[int, Any, int, int]]:
        begun = False
        for packet in opened.container.demux(stream):
            if not packet.size or packet.pts is None:
                continue
            at_ns = opened.at_ns(packet.pts, packet.time_base)
            until_ns = at_ns + round((packet.duration or 0) * packet.time_base * SECOND_NS)
            order = packet.dts if packet.dts is not None else packet.pts
            order_ns = opened.at_ns(order, packet.time_base)
            if order_ns >= end_ns:
                return
            if is_picture:
                begun = begun or (packet.is_keyframe and at_ns >= first_ns - 1000)
                if not begun or at_ns < first_ns - 1000:
                    continue
            elif (at_ns + until_ns) // 2 < first_ns:
                continue
            packet.pts -= zero
            if packet.dts is not None:
                packet.dts -= zero
            packet.stream = made
            yield order_ns, packet, at_ns, until_ns

    return coming()


def _written(
    container: Any, coming: list[Any], words: subtitles.Written | None, first_ns: int
) -> tuple[int, int]:
    """Write what comes in order; return when it ends, and how many packets lead."""
    ends_ns = count = 0
    lead = None
    for order_ns, packet, _, until_ns in heapq.merge(*coming, key=lambda item: item[0]):
        lead = packet.stream.index if lead is None else lead
        count += packet.stream.index == 0
        ends_ns = max(ends_ns, until_ns) if packet.stream.index == 0 else ends_ns
        if words is not None:
            words.upto(order_ns - first_ns)
        container.mux(packet)
    return ends_ns, count
