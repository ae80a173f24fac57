"""The pictures of any stretch of a file: upright, small enough, covered and blanked as told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import av
import numpy as np

from viewfinder.ingest.worker import look, picture, streams
from viewfinder.ingest.worker.keep import Cover

_EVER_NS = 1 << 60
_TRIES_NS = (0, 15 * streams.SECOND_NS, 120 * streams.SECOND_NS)


def read(opened: streams.Opened, from_ns: int) -> Iterator[tuple[int, int, Any]]:
    """Yield (shown from, shown until, frame) from the one that is shown at ``from_ns``."""
    held: tuple[int, Any] | None = None
    for at_ns, frame in _from(opened, from_ns):
        if held is not None:
            if at_ns <= held[0]:
                continue
            if at_ns > from_ns:
                yield held[0], at_ns, held[1]
        held = at_ns, frame
    if held is not None:  # the last one stays
        yield held[0], _EVER_NS, held[1]


def _from(opened: streams.Opened, from_ns: int) -> Iterator[tuple[int, Any]]:
    """Yield decoded frames with their times, from a key frame at or before ``from_ns``."""
    for earlier_ns in _TRIES_NS:
        streams.seek(opened, max(0, from_ns - earlier_ns))
        frames = _decoded(opened)
        first = next(frames, None)
        if first is not None and (first[0] <= from_ns or not from_ns):
            yield first
            yield from frames
            return
    streams.seek(opened, 0)  # a file without an index may have to be read from its start
    yield from _decoded(opened)


def _decoded(opened: streams.Opened) -> Iterator[tuple[int, Any]]:
    packets = opened.container.demux(opened.picture)
    stream: Any = opened.picture
    step_ns = round(streams.SECOND_NS / (stream.average_rate or 25))
    last_ns = -step_ns
    while True:
        try:
            packet = next(packets, None)
        except av.error.FFmpegError:
            return
        if packet is None:
            return
        for frame in look.decoded(packet):
            stamp = frame.pts if frame.pts is not None else frame.dts
            known = stamp is not None and frame.time_base
            last_ns = opened.at_ns(stamp, frame.time_base) if known else last_ns + step_ns
            yield last_ns, frame


class Drawn:
    """Turns frames of libav into those that are encoded; the first one settles their size."""

    def __init__(
        self,
        stream: Any,
        most: tuple[int, int],
        cover: Cover | None,
        shut: Sequence[tuple[int, int]],
    ) -> None:
        self._stream, self._most, self._cover, self._shut = stream, most, cover, shut
        self.size: tuple[int, int] = (0, 0)

    def draw(self, frame: Any, shown: tuple[int, int]) -> Any:
        """Return the frame upright, as yuv420p; black where it is shown in a closed part."""
        shape = picture.shape_of(frame, self._stream)
        if self.size == (0, 0):
            self.size = fitted(shape.width_px, shape.height_px, self._most)
        width, height = self.size
        if any(start < shown[1] and shown[0] < end for start, end in self._shut):
            return _black(width, height)
        if shape.turn or self._cover:
            pixels = picture.upright(frame, shape, max(width, height))
            covered = self._cover(pixels) if self._cover else pixels
            made = av.VideoFrame.from_ndarray(np.ascontiguousarray(covered), "bgr24")
            made = made.reformat(width, height, "yuv420p")
        else:
            made = frame.reformat(width, height, "yuv420p", interpolation="BILINEAR")
        made.pict_type = 0  # or the encoder would make key frames where the file had them
        return made


def fitted(width: int, height: int, most: tuple[int, int]) -> tuple[int, int]:
    """Return an even size of that shape within ``most``, turned as the picture is."""
    long_px, short_px = most
    scale = min(1.0, long_px / max(width, height), short_px / min(width, height))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def _black(width: int, height: int) -> Any:
    planes = np.full((height * 3 // 2, width), 128, np.uint8)
    planes[:height] = 16
    return av.VideoFrame.from_ndarray(planes, "yuv420p")
