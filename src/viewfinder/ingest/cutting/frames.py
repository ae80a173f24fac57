"""Frames and sound of a file from a place on, wherever its key frames lie; and stills."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import cv2

from viewfinder.ingest.worker import Unreadable, cover, picture, streams
from viewfinder.ingest.worker.look import decoded

SECOND_NS = 1_000_000_000
_BEFORE_S = (0.0, 4.0, 30.0, None)
"""How far ahead of a place to begin, one after the other, until what comes first lies before
it: some containers find key frames only roughly. None is the beginning of the file."""
_SOUND_BEFORE_S = 1.0
"""Coders of sound need some of what comes before; and it lies elsewhere in the file."""
_FLAGS = {
    "jpg": [cv2.IMWRITE_JPEG_QUALITY, 92],
    "webp": [cv2.IMWRITE_WEBP_QUALITY, 88],
    "png": [cv2.IMWRITE_PNG_COMPRESSION, 6],
}
_ON_NS = 5 * SECOND_NS
"""How far a next place may lie to be reached by going on."""


def pictures(path: Path, limits: dict[str, Any], from_ns: int) -> Iterator[tuple[int, Any, Any]]:
    """Yield (time in ns, frame, stream) in order; the first is shown at ``from_ns``, or next.

    Raises:
        Unreadable: Not media, or there is no picture.
    """
    for before_s in _BEFORE_S:
        opened = streams.open_file(path, limits)
        stream = opened.picture
        if stream is None:
            raise Unreadable("it has no picture")
        if not _sought(opened, stream, from_ns, before_s):
            continue
        frames = _in_order(opened, stream)
        first = next(frames, None)
        if first is None or (first[0] > from_ns + SECOND_NS // 1000 and before_s is not None):
            if before_s is None:
                return
            continue
        held = first
        for at_ns, frame in frames:
            if held[0] >= from_ns or at_ns > from_ns:
                yield (*held, stream)
            held = (at_ns, frame)
        yield (*held, stream)
        return


def sounds(path: Path, limits: dict[str, Any], from_ns: int) -> Iterator[tuple[int, Any, Any]]:
    """Yield (time in ns, frame, stream) of the sound, from a little before a place on."""
    opened = streams.open_file(path, limits)
    stream = opened.sound
    if stream is None:
        return
    if not _sought(opened, stream, from_ns, _SOUND_BEFORE_S):
        opened = streams.open_file(path, limits)
        stream = opened.sound
        assert stream is not None
    yield from ((at_ns, frame, stream) for at_ns, frame in _in_order(opened, stream))


def _sought(opened: streams.Opened, stream: Any, from_ns: int, before_s: float | None) -> bool:
    """Go to a place, or stay at the beginning; tell whether that could be done."""
    if before_s is None or from_ns <= before_s * SECOND_NS:
        return True
    at_s = from_ns / SECOND_NS - before_s + float(opened.zero_s)
    try:
        opened.container.seek(int(at_s / stream.time_base), stream=stream, backward=True)
    except (av.error.FFmpegError, OverflowError, ValueError):
        return False
    return True


def _in_order(opened: streams.Opened, stream: Any) -> Iterator[tuple[int, Any]]:
    last_ns = -1
    try:
        for packet in opened.container.demux(stream):
            for frame in decoded(packet):
                if stream.type == "video" and frame.is_corrupt:
                    continue
                stamp = frame.pts if frame.pts is not None else frame.dts
                if stamp is None or frame.time_base is None:
                    continue
                at_ns = opened.at_ns(stamp, frame.time_base)
                if at_ns > last_ns or stream.type == "audio":
                    last_ns = at_ns
                    yield at_ns, frame
    except av.error.FFmpegError:
        return  # what comes before the damage is what there is


def stills(path: Path, job: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Write the frame shown at each time; yield which, when it is of, and its size.

    Raises:
        Unreadable: There is no picture.
    """
    covered = cover.opened(job["cover"])
    side_px = job["side_px"] or 1 << 20
    coming: Iterator[tuple[int, Any, Any]] = iter(())
    held: tuple[int, Any, Any] | None = None
    after: tuple[int, Any, Any] | None = None
    for number, wanted_ns in sorted(enumerate(job["times"]), key=lambda pair: pair[1]):
        if after is None or not held or not held[0] <= wanted_ns < after[0] + _ON_NS:
            coming = pictures(path, job["limits"], wanted_ns)
            held, after = next(coming, None), next(coming, None)
        while after is not None and after[0] <= wanted_ns:
            held, after = after, next(coming, None)
        if held is None:
            continue
        at_ns, frame, stream = held
        pixels = picture.upright(frame, picture.shape_of(frame, stream), side_px)
        if covered is not None:
            pixels = covered(pixels)
        ok, encoded = cv2.imencode(f".{job['kind']}", pixels, _FLAGS[job["kind"]])
        if not ok:
            raise Unreadable(f"a frame of it is too large for {job['kind']}")
        (Path(job["to"]) / f"{number}.{job['kind']}").write_bytes(encoded.tobytes())
        height, width = pixels.shape[:2]
        yield {"number": number, "at_ns": at_ns, "width": width, "height": height}
