"""Words as a stream of the file: mov_text in MP4, WebVTT in WebM, SubRip in Matroska."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import av

_CODECS = {"mp4": "mov_text", "mov": "mov_text", "m4a": "mov_text", "webm": "webvtt"}
_MS = Fraction(1, 1000)


Cue = tuple[int, int, str]
"""From when, until when, which words."""


def moved(cues: list[Cue], first_ns: int, end_ns: int, offset_ns: int) -> list[Cue]:
    """Return what stands in a part of the source, by the clock of a clip that holds it."""
    return [
        (
            max(starts, first_ns) - first_ns + offset_ns,
            min(ends, end_ns) - first_ns + offset_ns,
            text,
        )
        for starts, ends, text in cues
        if starts < end_ns and ends > first_ns
    ]


class Written:
    """Writes cues in time, each before the picture that it stands in."""

    def __init__(self, container: Any, kind: str) -> None:
        codec = _CODECS.get(kind, "subrip")
        self._container, self._is_mov = container, codec == "mov_text"
        self._stream = container.add_mux_stream(codec)
        self._stream.time_base = _MS
        self._left: list[Cue] = []
        self._ended_ms = 0

    def add(self, cues: list[Cue]) -> None:
        """Take more cues, by the clip's clock."""
        self._left = sorted((*self._left, *cues))

    def upto(self, at_ns: int) -> None:
        """Write the cues that begin by then."""
        while self._left and self._left[0][0] <= at_ns:
            start_ns, end_ns, text = self._left.pop(0)
            start_ms, end_ms = round(start_ns / 1e6), round(end_ns / 1e6)
            start_ms = max(start_ms, self._ended_ms) if self._is_mov else start_ms
            if end_ms <= start_ms:
                continue
            if self._is_mov and start_ms > self._ended_ms:
                self._put(self._ended_ms, start_ms, "")  # what stood there is taken away
            self._put(start_ms, end_ms, text)
            self._ended_ms = end_ms

    def _put(self, start_ms: int, end_ms: int, text: str) -> None:
        body = text.encode()
        packet = av.Packet(len(body).to_bytes(2, "big") + body if self._is_mov else body)
        packet.stream, packet.time_base = self._stream, _MS
        packet.pts = packet.dts = start_ms
        packet.duration = end_ms - start_ms
        self._container.mux(packet)
