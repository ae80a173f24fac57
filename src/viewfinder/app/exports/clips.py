"""Clips: a stretch of a video as a file of its own."""

from __future__ import annotations

from enum import StrEnum


class How(StrEnum):
    """How a clip is cut."""

    COPY = "copy"
    EXACT = "exact"


class Captions(StrEnum):
    """Where the words of a clip go."""

    NONE = "none"
    BURNT = "burnt"
    SIDECAR = "sidecar"
    STREAM = "stream"
