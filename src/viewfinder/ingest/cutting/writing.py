"""What all clips share: a stretch of the source and its place in the clip, coders, containers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import av

from viewfinder.ingest.worker import Unreadable

_MUXERS = {"mkv": "matroska", "mka": "matroska", "m4a": "ipod", "ts": "mpegts"}
Packets = Iterator[tuple[int, list[Any]]]
"""When in the clip, and what is written then."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the source, from its first frame on, and where the clip holds it."""

    first_ns: int
    end_ns: int
    offset_ns: int

    @property
    def length_ns(self) -> int:
        return self.end_ns - self.first_ns


def muxer(kind: str) -> str:
    """Return what libav calls a container of this kind."""
    return _MUXERS.get(kind, kind)


def options(kind: str) -> dict[str, str]:
    """Return how a container is written: its index first, so that it plays while it comes."""
    return {"movflags": "+faststart"} if kind in ("mp4", "mov", "m4a") else {}


def encoder(kinds: tuple[str, ...]) -> str:
    """Return the first of these coders that is here.

    Raises:
        Unreadable: None is.
    """
    for name in kinds:
        try:
            av.codec.Codec(name, "w")
        except ValueError:
            continue
        return name
    raise Unreadable(f"nothing here can encode it: none of {', '.join(kinds)} is in libav")
