"""A library of drawn clips with words, made without any model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from viewfinder.app.library import Library
from viewfinder.domain.annotation import Annotation, Track, TrackName
from viewfinder.domain.media import Video
from viewfinder.domain.provenance import Derivation, Tool
from viewfinder.domain.time import TimeSpan
from viewfinder.ingest.probe import probe
from viewfinder.ports import StageRecord

Said = tuple[float, float, str]


def put(
    library: Library,
    path: Path,
    words: Sequence[Said] = (),
    *,
    track: TrackName = TrackName.SPEECH,
    access: str | None = None,
) -> Video:
    """Add a file to a library with words that are said in it, and nothing else."""
    video = probe(path)
    library._store.commit_video(
        video, access=access, event=library._event("add", video=video.id)
    )
    made = Derivation((video.id,), Tool("by hand", "1"))
    notes = tuple(Annotation(TimeSpan.of_seconds(a, b), text, 0.9) for a, b, text in words)
    library._store.commit_stage(
        video.id,
        StageRecord("speech", made),
        tracks=[Track(track, made, notes)],
        event=library._event("derive", video=video.id),
    )
    return video
