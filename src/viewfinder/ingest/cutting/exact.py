"""A clip cut to the frame: decoded, drawn on where that is asked for, and encoded again.

Zero of the clip is its first frame. Where the source's frames come evenly the clip's do,
at the same rate; else each keeps its distance from the first. Sound is cut to the sample
at the same place, and is silent where the source has none.
"""

from __future__ import annotations

import heapq
from collections.abc import Generator, Iterator
from fractions import Fraction
from operator import itemgetter
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from viewfinder.ingest.cutting import frames, lettering, subtitles, timing
from viewfinder.ingest.cutting.heard import Heard
from viewfinder.ingest.cutting.writing import Packets, Part, encoder, muxer, options
from viewfinder.ingest.worker import Unreadable, cover, picture
from viewfinder.ingest.worker.keep import Cover

SECOND_NS = 1_000_000_000
FINE = Fraction(1, 90_000)
"""Units of stamps where frames come unevenly."""
_TOLD_EVERY_NS = SECOND_NS

_PICTURES: dict[str, tuple[tuple[str, dict[str, str]], ...]] = {
    "mp4": (
        ("libx264", {"preset": "fast", "crf": "18"}),
        ("libvpx-vp9", {"deadline": "good", "cpu-used": "4", "crf": "24", "b": "0"}),
        ("mpeg4", {"q:v": "3"}),
    ),
    "webm": (
        ("libvpx-vp9", {"deadline": "good", "cpu-used": "4", "crf": "24", "b": "0"}),
        ("libvpx", {"deadline": "good", "cpu-used": "4", "crf": "10", "b": "4000000"}),
    ),
}
_OF_KIND = {"mov": "mp4", "mkv": "mp4"}


def cut(path: Path, job: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Write the clip of a job; yield how far it is, and at last what it holds.

    Raises:
        Unreadable: Nothing of it decodes, or nothing here can encode it.
    """
    told = timing.timing(path, job["limits"])
    kind = job["kind"]
    family = _OF_KIND.get(kind, kind)
    with av.open(job["to"], "w", format=muxer(kind), options=options(kind)) as container:
        shown = heard = words = None
        if told["picture"] is not None and family in _PICTURES:
            shown = Shown(container, family, path, job, told["picture"])
        if told["sound"] is not None:
            heard = Heard(container, family, path, job)
        if shown is None and heard is None:
            raise Unreadable(f"it has nothing that a file of kind {kind} could hold")
        if job["stream"]:
            words = subtitles.Written(container, kind)
        writing = _parts(job, shown, heard, words)
        parts: list[Part] = []
        said_ns = 0
        while True:
            try:
                at_ns, packets = next(writing)
            except StopIteration as ended:
                parts = ended.value
                break
            for packet in packets:
                container.mux(packet)
            if at_ns - said_ns >= _TOLD_EVERY_NS:
                said_ns = at_ns
                yield {"at_ns": said_ns}
    if shown is not None and not shown.frames:
        raise Unreadable("no frame of that part can be decoded")
    yield {
        "parts": [[p.first_ns, p.end_ns] for p in parts],
        "frames": shown.frames if shown else 0,
        "rate": told["picture"]["rate"] if shown else None,
        "is_variable": bool(shown and told["picture"]["is_variable"]),
        "codecs": [t.codec for t in (shown, heard) if t],
        "timing": told,
        "size": list(shown.size) if shown else None,
    }


def _parts(
    job: dict[str, Any],
    shown: Shown | None,
    heard: Heard | None,
    words: subtitles.Written | None,
) -> Generator[tuple[int, list[Any]], None, list[Part]]:
    """Yield (time in the clip, packets) of all streams in order; return the parts."""
    parts: list[Part] = []
    offset_ns = 0
    for start_ns, end_ns in job["parts"]:
        part = Part(start_ns, end_ns, offset_ns)
        if shown is not None:
            part = shown.begin(part)
        parts.append(part)
        if words is not None:
            words.add(subtitles.moved(job["cues"], part.first_ns, part.end_ns, offset_ns))
        coming = [track.part(part) for track in (shown, heard) if track is not None]
        for at_ns, packets in heapq.merge(*coming, key=itemgetter(0)):
            if words is not None:
                words.upto(at_ns)
            yield at_ns, packets
        offset_ns += part.length_ns
    if words is not None:
        words.upto(offset_ns)
    for track in (shown, heard):
        if track is not None:
            yield offset_ns, track.flush()
    return parts


class Shown:
    """The picture, drawn on, covered and encoded.

    Attributes:
        frames: Written so far.
        size: Width and height in pixels, both even.
        codec: What encodes it.
    """

    def __init__(
        self,
        container: Any,
        family: str,
        path: Path,
        job: dict[str, Any],
        told: dict[str, Any],
    ) -> None:
        self._path, self._job = path, job
        self._rate = Fraction(*told["rate"])
        self._is_even = not told["is_variable"]
        self._step_ns = round(SECOND_NS / self._rate)
        self._base = 1 / self._rate if self._is_even else FINE
        self._cues = job["cues"] if job["burnt"] else []
        self._cover: Cover | None = cover.opened(job["cover"])
        self._coming: Iterator[tuple[int, Any, Any]] = iter(())
        self._last = -1
        self.frames = 0
        first = self._first(job["parts"][0][0])
        shape = picture.shape_of(first[1], first[2])
        self._turn = shape.turn
        self.size = (_even(shape.width_px), _even(shape.height_px))
        self.codec = encoder(tuple(name for name, _ in _PICTURES[family]))
        self._stream = container.add_stream(self.codec, rate=self._rate)
        self._stream.width, self._stream.height = self.size
        self._stream.pix_fmt = "yuv420p"
        self._stream.options = dict(dict(_PICTURES[family])[self.codec])
        context = self._stream.codec_context
        context.time_base, context.framerate = self._base, self._rate
        context.gop_size = max(1, round(self._rate * 2))
        context.thread_count = job["limits"]["threads"]
        _as_coloured(context, first[1])

    def _first(self, start_ns: int) -> tuple[int, Any, Any]:
        """Return the frame nearest to a place; what is shown there where it stands for long."""
        self._coming = frames.pictures(self._path, self._job["limits"], start_ns)
        first, after = next(self._coming, None), next(self._coming, None)
        if first is None:
            raise Unreadable("no frame of that part can be decoded")
        if after is not None and after[0] - start_ns < min(self._step_ns // 2, start_ns - first[0]):
            first, after = after, next(self._coming, None)
        self._coming = _chained(first, after, self._coming)
        return first

    def begin(self, part: Part) -> Part:
        """Go to a part; return it from its first frame to the end of its last."""
        first = self._first(part.first_ns)
        first_ns = first[0]
        if abs(first_ns - part.first_ns) > self._step_ns // 2 + 1_000_000:
            first_ns = part.first_ns  # one that stands for long, or the first there is
        end_ns = max(part.end_ns, first_ns + self._step_ns)
        if self._is_even:
            count = max(1, round((end_ns - first_ns) * self._rate / SECOND_NS))
            end_ns = first_ns + round(count * SECOND_NS / self._rate)
        return Part(first_ns, end_ns, part.offset_ns)

    def part(self, part: Part) -> Packets:
        """Yield the packets of a part."""
        for at_ns, frame, _ in self._coming:
            if at_ns >= part.end_ns - self._step_ns // 4:
                return
            place_ns = part.offset_ns + max(0, at_ns - part.first_ns)
            stamp = round(place_ns / SECOND_NS / self._base)
            if stamp <= self._last:
                continue
            made = self._made(frame, max(at_ns, part.first_ns))
            made.pts, made.time_base = stamp, self._base
            self._last = stamp
            self.frames += 1
            yield place_ns, self._stream.encode(made)

    def flush(self) -> list[Any]:
        packets: list[Any] = self._stream.encode(None)
        return packets

    def _made(self, frame: Any, at_ns: int) -> Any:
        width, height = self.size
        if self._turn == 0 and not self._cues and self._cover is None:
            return frame.reformat(width, height, "yuv420p", interpolation="BICUBIC")
        if self._turn in (90, 270):
            width, height = height, width
        flat = frame.reformat(width, height, "bgr24", interpolation="BICUBIC").to_ndarray()
        pixels = np.ascontiguousarray(np.rot90(flat, -self._turn // 90))
        if self._cover is not None:
            pixels = self._cover(pixels)
        if text := lettering.shown_at(self._cues, at_ns):
            pixels = _lettered(pixels, text)
        return av.VideoFrame.from_ndarray(pixels, format="bgr24").reformat(format="yuv420p")


def _chained(
    first: tuple[int, Any, Any], after: tuple[int, Any, Any] | None, rest: Iterator[Any]
) -> Iterator[tuple[int, Any, Any]]:
    yield first
    if after is not None:
        yield after
        yield from rest


def _even(pixels: int) -> int:
    return max(2, pixels - pixels % 2)


def _as_coloured(context: Any, frame: Any) -> None:
    """Let a stream say of its colours what the source says."""
    context.color_range = frame.color_range
    context.colorspace = frame.colorspace
    context.color_primaries = frame.color_primaries
    context.color_trc = frame.color_trc


def _lettered(pixels: NDArray[np.uint8], text: str) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    drawn, left, top = lettering.caption(text, width, height)
    over = np.asarray(drawn)[: height - top, : width - left]
    place = pixels[top : top + over.shape[0], left : left + over.shape[1]]
    share = over[:, :, 3:].astype(np.float32) / 255
    mixed = place * (1 - share) + over[:, :, 2::-1] * share
    out = pixels.copy()
    out[top : top + over.shape[0], left : left + over.shape[1]] = mixed.round().astype(np.uint8)
    return out
