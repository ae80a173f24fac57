"""Shapes of videos and what is noted of them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints, model_validator

from viewfinder.domain.time import TimeSpan
from viewfinder.surfaces.shapes.questions import VIDEO, Seconds, example

Reason = Annotated[str, StringConstraints(max_length=1000)]

STATE: dict[str, Any] = {
    "video": VIDEO,
    "path": "talk.mp4",
    "kind": "video",
    "duration_s": 612.4,
    "title": "Weekly talk",
    "created": "2026-05-12T09:30:00Z",
    "width": 1920,
    "height": 1080,
    "streams": [
        {
            "index": 0,
            "kind": "video",
            "codec": "h264",
            "language": None,
            "width": 1920,
            "height": 1080,
            "rate": 25.0,
            "channels": None,
            "sample_rate_hz": None,
        }
    ],
    "searchable": ["speech", "screen_text", "picture"],
    "missing": [],
    "failed": {},
    "notes": [],
    "gone": False,
    "credentials": None,
    "original": {"at": "2026-11-20T13:00:00+00:00", "found": "ok"},
    "cpu_s": 81.5,
}
NOTE: dict[str, Any] = {
    "track": "speech",
    "text": "we never tested the battery",
    "start_s": 133.2,
    "end_s": 139.0,
    "confidence": 0.93,
    "tool": "whisper",
    "region": None,
    "speaker": None,
    "language": "en",
    "quotable": True,
}
TRACK: dict[str, Any] = {
    "track": "speech",
    "tool": "whisper",
    "notes": 214,
    "derivation": "9b1c",
}
SPAN: dict[str, Any] = {"start_s": 133.2, "end_s": 139.0}


class Stream(BaseModel):
    """One stream of a file."""

    model_config = example(STATE["streams"][0])

    index: int
    kind: str
    codec: str
    language: str | None = None
    width: int | None = None
    height: int | None = None
    rate: float | None = None
    channels: int | None = None
    sample_rate_hz: int | None = None


class State(BaseModel):
    """A video, and how far it can be searched."""

    model_config = example(STATE)

    video: str
    path: str = Field(description="Where the file lies; its name alone for who may not export.")
    kind: str
    duration_s: float
    title: str | None
    created: str | None
    width: int | None
    height: int | None
    streams: list[Stream]
    searchable: list[str]
    missing: list[str]
    failed: dict[str, str]
    notes: list[str]
    gone: bool
    credentials: dict[str, Any] | None
    original: dict[str, Any] | None
    cpu_s: float


class TrackShown(BaseModel):
    """One tool's notes on a video, counted."""

    model_config = example(TRACK)

    track: str
    tool: str
    notes: int
    derivation: str


class Whole(State):
    """A video with the tracks there are."""

    model_config = example({**STATE, "tracks": [TRACK]})

    tracks: list[TrackShown]


class Videos(BaseModel):
    """Videos, a page at a time."""

    model_config = example({"videos": [STATE], "next": None, "total": 1})

    videos: list[State]
    next: str | None
    total: int = Field(description="How many you may see that the filters let through.")


class Note(BaseModel):
    """One note of a track."""

    model_config = example(NOTE)

    track: str
    text: str
    start_s: float
    end_s: float
    confidence: float
    tool: str
    region: list[float] | None = Field(description="x, y, w, h as fractions of the frame.")
    speaker: str | None
    language: str | None
    quotable: bool = Field(description="False: the tool doubts the words; never quoted.")


class Notes(BaseModel):
    """Notes in time order, a page at a time."""

    model_config = example({"video": VIDEO, "notes": [NOTE], "next": None})

    video: str
    notes: list[Note]
    next: str | None


class Line(BaseModel):
    """Words said, as they stand."""

    model_config = example(
        {
            "start_s": 133.2,
            "end_s": 139.0,
            "text": "we never tested the battery",
            "speaker": None,
            "language": "en",
            "doubtful": False,
            "words": [[133.2, 133.5, "we", 0.99]],
        }
    )

    start_s: float
    end_s: float
    text: str
    speaker: str | None
    language: str | None
    doubtful: bool
    words: list[list[Any]] = Field(description="[start_s, end_s, word, confidence] each.")


class Transcript(BaseModel):
    """What is said in a video: captions where there are, else the machine transcript."""

    model_config = example(
        {
            "video": VIDEO,
            "track": "speech",
            "lines": [
                {
                    "start_s": 133.2,
                    "end_s": 139.0,
                    "text": "we never tested the battery",
                    "speaker": None,
                    "language": "en",
                    "doubtful": False,
                    "words": [],
                }
            ],
        }
    )

    video: str
    track: str | None = Field(description="`captions` or `speech`; null where there are no words.")
    lines: list[Line]


class Shot(BaseModel):
    """From one cut to the next."""

    model_config = example({"shot": 1, "start_s": 0.0, "end_s": 4.2})

    shot: int
    start_s: float
    end_s: float


class Shots(BaseModel):
    """The shots of a video."""

    model_config = example({"video": VIDEO, "shots": [{"shot": 1, "start_s": 0.0, "end_s": 4.2}]})

    video: str
    shots: list[Shot]


class Segment(BaseModel):
    """A piece that the video is searched by."""

    model_config = example({"segment": "5f2c/speech/00001", "lane": "speech", **SPAN, "text": "we"})

    segment: str
    lane: str
    start_s: float
    end_s: float
    text: str


class Segments(BaseModel):
    """The pieces that a video is searched by, a page at a time."""

    model_config = example(
        {
            "video": VIDEO,
            "segments": [{"segment": "5f2c/speech/00001", "lane": "speech", **SPAN, "text": "we"}],
            "next": None,
        }
    )

    video: str
    segments: list[Segment]
    next: str | None


class Part(BaseModel):
    """A part of a video, in seconds of the player's clock."""

    model_config = example(SPAN, closed=True)

    start_s: Seconds
    end_s: Seconds

    @model_validator(mode="after")
    def _forward(self) -> Part:
        if self.end_s <= self.start_s:
            raise ValueError("`end_s` must come after `start_s`")
        return self

    def value(self) -> TimeSpan:
        return TimeSpan.of_seconds(self.start_s, self.end_s)


class Forget(BaseModel):
    """What of a video to forget, and why."""

    model_config = example({"reason": "asked for by the person filmed", "parts": []}, closed=True)

    reason: Reason = ""
    parts: Annotated[
        tuple[Part, ...], Field(max_length=100, description="None for the whole video.")
    ] = ()
    delete_original: Annotated[bool, Field(description="Delete the file itself too.")] = False

    @model_validator(mode="after")
    def _a_file_goes_as_a_whole(self) -> Forget:
        if self.parts and self.delete_original:
            raise ValueError("a file goes as a whole: no `parts` with `delete_original`")
        return self


class Erased(BaseModel):
    """What went, and the signed receipt that shows it."""

    model_config = example(
        {
            "video": VIDEO,
            "at": "2026-11-20T13:00:00+00:00",
            "removed": {"segments": 84},
            "remains": [],
            "parts": [],
            "receipt": {
                "receipt.json": "{}",
                "chosen.jsonl": "",
                "checkpoint.txt": "",
                "key.txt": "",
            },
        }
    )

    video: str
    at: str
    removed: dict[str, int]
    remains: list[str]
    parts: list[dict[str, float]]
    receipt: dict[str, str] = Field(
        description="Files by name; `scripts/verify_log.py` checks them."
    )
