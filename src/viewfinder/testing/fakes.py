"""Small true values for tests: videos, notes, segments and vectors made from a few words."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from viewfinder.domain import words
from viewfinder.domain.annotation import Annotation, Region, Track, TrackName, Word
from viewfinder.domain.conversation import ConversationId, Heading
from viewfinder.domain.media import Clip, MediaKind, Stream, Video, VideoId
from viewfinder.domain.provenance import AuditEvent, Derivation, Tool, digest_of, parameters
from viewfinder.domain.segment import (
    Detail,
    Embedded,
    EmbeddingSpace,
    Lane,
    Segment,
    Vectors,
    detail_of,
    segment_id,
)
from viewfinder.domain.time import SECOND_NS, TimeSpan
from viewfinder.ports import StageRecord

SPACE = EmbeddingSpace("words", "1", 32)
OTHER_SPACE = EmbeddingSpace("looks", "1", 16)


def video_id(name: str) -> VideoId:
    return VideoId(digest_of(name))


def video(name: str, *, duration_s: float = 60.0) -> Video:
    """Return a video whose id depends on its name only."""
    return Video(
        id=video_id(name),
        path=f"/footage/{name}.mp4",
        kind=MediaKind.VIDEO,
        duration_ns=round(duration_s * SECOND_NS),
        size_bytes=1_000,
        streams=(Stream(0, "video", "h264", width=640, height=360, rate=25.0),),
        width=640,
        height=360,
        title=name,
        metadata=(("comment", f"about {name}"),),
    )


def event(action: str = "add", **subject: str) -> AuditEvent:
    kept = ", ".join(f'"{key}": "{value}"' for key, value in sorted(subject.items()))
    return AuditEvent("2026-01-01T00:00:00+00:00", action, "owner", "own footage", f"{{{kept}}}")


def derivation(stage: str = "speech", **settings: object) -> Derivation:
    return Derivation((digest_of("input"),), Tool(stage, "1", ("00",)), parameters(**settings))


def record(stage: str = "speech", error: str = "") -> StageRecord:
    return StageRecord(stage, derivation(stage), error, cpu_s=1.5, wall_s=2.25)


def note(text: str, start_s: float = 0.0, end_s: float = 1.0) -> Annotation:
    """Return an annotation with word times and a region."""
    span = TimeSpan.of_seconds(start_s, end_s)
    said = tuple(Word(span, word, 0.9) for word in text.split())
    return Annotation(span, text, 0.8, Region(0.1, 0.2, 0.3, 0.4), said, "Ada", "en", False)


def track(*texts: str, name: TrackName = TrackName.SPEECH, stage: str = "speech") -> Track:
    notes = tuple(note(text, at, at + 1) for at, text in enumerate(texts))
    return Track(name, derivation(stage), notes)


def segments(
    owner: Video, *texts: str, lane: Lane = Lane.SPEECH, access: str = "default", first: int = 0
) -> list[Segment]:
    """Return one segment of a second per text."""
    return [
        Segment(
            id=segment_id(owner.id, lane, at),
            video=owner.id,
            lane=lane,
            span=TimeSpan.of_seconds(at, at + 1),
            text=text,
            parts=(note(text, at, at + 1),),
            access=access,
        )
        for at, text in enumerate(texts, first)
    ]


def vector(
    text: str, space: EmbeddingSpace = SPACE
) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """Return a unit vector in which texts that share words are near; zero for no words."""
    row = np.zeros(space.dimensions)
    for term in words.terms(text):
        seed = int.from_bytes(hashlib.sha256(term.encode()).digest()[:4], "little")
        row += np.random.RandomState(seed).standard_normal(space.dimensions)
    length = np.linalg.norm(row)
    return (row / length if length else row).astype(np.float32)


def embedded(
    of: Sequence[Segment], space: EmbeddingSpace = SPACE, *, details: bool = True
) -> Embedded:
    """Return vectors of the segments' words, and one fine vector per word."""
    rows = [vector(segment.text, space) for segment in of]
    stacked = np.array(rows, np.float32).reshape(len(of), space.dimensions)
    fine = tuple(_detail(segment, space) for segment in of) if details else ()
    return Embedded(Vectors(space, stacked), fine)


def _detail(segment: Segment, space: EmbeddingSpace) -> Detail:
    rows = [vector(word, space) for word in segment.text.split()]
    spans = [(segment.span.start_ns, segment.span.end_ns)] * len(rows)
    return detail_of(
        np.array(rows, np.float32).reshape(len(rows), space.dimensions),
        np.array(spans, np.int64).reshape(len(rows), 2),
    )


def silent_clip(duration_s: float = 2.0) -> Clip:
    """Return a clip of silence without picture."""
    owner = video("silence", duration_s=duration_s)
    return Clip(owner, owner.span, read_sound=lambda: np.zeros(round(16_000 * duration_s), "f4"))


def heading(
    name: str, *videos: str, turns: int = 1, principal: str = "owner", changed: str = "2026-01-02"
) -> Heading:
    """Return the heading of a conversation about videos, all by name."""
    return Heading(
        id=ConversationId(digest_of(name)[:12]),
        title=f"what about {name}?",
        started="2026-01-01",
        changed=changed,
        principal=principal,
        turns=turns,
        videos=frozenset(map(video_id, videos)),
    )
