"""A few seconds of a file as MP4 (H.264, AAC), from anywhere in it.

Parts follow each other without a gap: each begins with a key frame at its very start, and
their length is a whole number of AAC frames, whose neighbours are encoded along and left
out, so that the sound of two parts fits. A part's own clock begins at 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from viewfinder.ingest.playback import pictures
from viewfinder.ingest.playback.sound import RATE_HZ, Sound
from viewfinder.ingest.worker import Unreadable, cover, streams

AAC_SAMPLES = 1024
PART_SAMPLES = 300 * AAC_SAMPLES  # 6.4 s
PART_NS = PART_SAMPLES * streams.SECOND_NS // RATE_HZ
_BEFORE, _AFTER = 4, 2  # AAC frames encoded along on both sides
_TICKS_HZ = 90_000
_PICTURE = {
    "preset": "superfast", "crf": "24", "profile": "main", "level": "3.1",
    "bf": "0", "g": "9999", "sc_threshold": "0", "rc-lookahead": "5",
}  # fmt: skip
_MUX = {"movflags": "empty_moov+default_base_moof+frag_keyframe"}


def make(path: Path, job: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Write the parts ``first`` ... ``first + count - 1``; yield the number of each.

    Raises:
        Unreadable: Not media, or it holds nothing that may be played.
    """
    shut = [(int(a), int(b)) for a, b in job["shut"]]
    starts_ns = job["first"] * PART_NS
    seen = streams.open_file(path, job["limits"])
    if not job["picture"] or seen.picture is None:
        seen = None  # type: ignore[assignment]
    heard = streams.open_file(path, job["limits"])
    if seen is None and heard.sound is None:
        raise Unreadable("it holds nothing that may be played")
    frames = drawn = sound = None
    if seen is not None:
        frames = _Frames(pictures.read(seen, starts_ns))
        drawn = pictures.Drawn(seen.picture, tuple(job["most"]), cover.opened(job["cover"]), shut)
    if heard.sound is not None:
        before = job["first"] * PART_SAMPLES - _BEFORE * AAC_SAMPLES
        sound = Sound(heard, max(0, before))
    for number in range(job["first"], job["first"] + job["count"]):
        begins_ns = number * PART_NS
        ends_ns = min(begins_ns + PART_NS, job["duration_ns"])
        if ends_ns <= begins_ns:
            return
        target = Path(job["folder"]) / f"{number}.mp4"
        fresh = target.with_suffix(".new")
        with av.open(str(fresh), "w", format="mp4", options=_MUX) as out:
            packets = []
            if frames is not None and drawn is not None:
                packets += _picture(out, frames, drawn, begins_ns, ends_ns, job["fastest"])
            if sound is not None:
                packets += _sound(out, sound, number, ends_ns, shut)
            for packet in sorted(packets, key=lambda p: p.dts * p.time_base):
                out.mux(packet)
        fresh.replace(target)
        yield {"part": number}


class _Frames:
    """Frames with their stretches, of which the last one taken can be had again."""

    def __init__(self, frames: Iterator[tuple[int, int, Any]]) -> None:
        self._frames = frames
        self._held: tuple[int, int, Any] | None = None

    def during(self, start_ns: int, end_ns: int) -> Iterator[tuple[int, int, Any]]:
        """Yield what is shown between the two, in order."""
        while True:
            if self._held is None:
                self._held = next(self._frames, None)
            if self._held is None or self._held[0] >= end_ns:
                return
            if self._held[1] > start_ns:
                yield self._held
            if self._held[1] > end_ns:
                return  # it is shown in the next part too
            self._held = None


def _picture(
    out: Any,
    frames: _Frames,
    drawn: pictures.Drawn,
    begins_ns: int,
    ends_ns: int,
    fastest: int,
) -> list[Any]:
    stream: Any = None
    packets: list[Any] = []
    last_ns: int | None = None
    for at_ns, until_ns, frame in frames.during(begins_ns, ends_ns):
        shown_ns = begins_ns if last_ns is None else at_ns
        if last_ns is not None and shown_ns - last_ns < streams.SECOND_NS // fastest:
            continue
        made = drawn.draw(frame, (at_ns, until_ns))
        if stream is None:
            stream = out.add_stream("libx264", rate=30, options=_PICTURE)
            stream.width, stream.height = drawn.size
            stream.pix_fmt = "yuv420p"
            stream.codec_context.time_base = Fraction(1, _TICKS_HZ)
        last_ns = shown_ns
        made.pts = (shown_ns - begins_ns) * _TICKS_HZ // streams.SECOND_NS
        made.time_base = Fraction(1, _TICKS_HZ)
        packets += stream.encode(made)
    if stream is not None:
        packets += stream.encode(None)
    end = (ends_ns - begins_ns) * _TICKS_HZ // streams.SECOND_NS
    stamps = [int(packet.pts) for packet in packets] + [end]
    for packet, following in zip(packets, stamps[1:], strict=False):
        packet.duration = max(1, following - packet.pts)
    return packets


def _sound(
    out: Any, sound: Sound, number: int, ends_ns: int, shut: Sequence[tuple[int, int]]
) -> list[Any]:
    first = number * PART_SAMPLES
    start, end = first - _BEFORE * AAC_SAMPLES, first + PART_SAMPLES + _AFTER * AAC_SAMPLES
    samples = np.zeros((2, end - start), np.float32)
    samples[:, max(0, -start) :] = sound.take(max(0, start), end)
    for a_ns, b_ns in shut:
        a = a_ns * RATE_HZ // streams.SECOND_NS - start
        b = -(-b_ns * RATE_HZ // streams.SECOND_NS) - start
        samples[:, max(0, a) : max(0, b)] = 0
    stream = out.add_stream("aac", rate=RATE_HZ, layout="stereo")
    stream.bit_rate = 128_000
    packets: list[Any] = []
    for offset in range(0, samples.shape[1], AAC_SAMPLES):
        block = np.ascontiguousarray(samples[:, offset : offset + AAC_SAMPLES])
        frame = av.AudioFrame.from_ndarray(block, "fltp", layout="stereo")
        frame.sample_rate, frame.time_base = RATE_HZ, Fraction(1, RATE_HZ)
        frame.pts = offset - _BEFORE * AAC_SAMPLES
        packets += stream.encode(frame)
    packets += stream.encode(None)
    length = (ends_ns - number * PART_NS) * RATE_HZ // streams.SECOND_NS
    return [packet for packet in packets if 0 <= packet.pts < length]
