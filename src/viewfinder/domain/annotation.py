"""Notes on footage: what happens when, who or what says so, and how sure.

The shape follows the W3C Web Annotation model (target span, body, generator) and the
text tracks of WebVTT.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from viewfinder.domain.provenance import Derivation
from viewfinder.domain.time import TimeSpan


class TrackName(StrEnum):
    """The kinds of track; also the word a citation shows."""

    SHOTS = "shots"
    SPEECH = "speech"  # machine transcript
    CAPTIONS = "captions"  # subtitle file or stream, by people as far as we know
    SCREEN_TEXT = "screen_text"
    LABELS = "labels"
    OBJECTS = "objects"
    LOOK = "look"  # colour, brightness, camera
    METADATA = "metadata"


WORD_TRACKS = frozenset(
    {TrackName.SPEECH, TrackName.CAPTIONS, TrackName.SCREEN_TEXT, TrackName.METADATA}
)
"""Tracks whose notes are words that somebody said, wrote or showed."""


@dataclass(frozen=True, slots=True)
class Region:
    """A box as fractions of the upright frame; origin top left (COCO order x, y, w, h)."""

    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True, slots=True)
class Word:
    """One spoken word; confidence in [0, 1]."""

    span: TimeSpan
    text: str
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Correction:
    """That a person put words right.

    Attributes:
        was: The machine's words.
        by: Name of who did.
        at: When, ISO 8601, UTC.
    """

    was: str
    by: str
    at: str


@dataclass(frozen=True, slots=True)
class Annotation:
    """One note.

    Attributes:
        span: When it holds.
        text: Words said or shown, the name of a label or object, or a plain fact.
        confidence: In [0, 1], as the tool gives it; 1 for people's notes.
        region: Where in the picture, for text lines and objects.
        words: Word times, for speech.
        speaker: As the source names it; never recognised by us.
        language: ISO 639-1 code where known.
        quotable: False where the tool itself doubts the words (C26): found, never quoted.
        corrected: Who put the words right, and what the machine said; None for its own.
    """

    span: TimeSpan
    text: str
    confidence: float = 1.0
    region: Region | None = None
    words: tuple[Word, ...] = ()
    speaker: str | None = None
    language: str | None = None
    quotable: bool = True
    corrected: Correction | None = None


@dataclass(frozen=True, slots=True)
class Track:
    """One tool's notes on one video, in time order.

    Attributes:
        name: What kind of notes.
        derivation: From what and by what they were made.
        annotations: The notes.
    """

    name: TrackName
    derivation: Derivation
    annotations: tuple[Annotation, ...] = ()
