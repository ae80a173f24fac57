"""Ingests the picture lane of a folder of clips with the project's own parts, and keeps it."""

from __future__ import annotations

import pickle
import time
from dataclasses import dataclass, field
from pathlib import Path

import cv2

from viewfinder.adapters.annotators import labels, look, objects
from viewfinder.adapters.encoders import efficientnet
from viewfinder.domain.annotation import Track
from viewfinder.domain.media import Video
from viewfinder.domain.provenance import Derivation, Tool
from viewfinder.domain.segment import Detail, EmbeddingSpace, Lane, Segment
from viewfinder.ingest import decode, embed, pipeline, probe, segments


@dataclass
class Footage:
    """The picture lane of several videos.

    Attributes:
        videos: In order of name.
        segments: Of all videos.
        details: Of the segments, in the same order.
        cpu_s: CPU seconds by part.
        frames: How many frames were looked at.
    """

    space: EmbeddingSpace
    videos: list[Video] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    details: list[Detail] = field(default_factory=list)
    cpu_s: dict[str, float] = field(default_factory=dict)
    frames: int = 0


def read(clips: Path, weights: Path, keep: Path, *, crops: int = 4) -> Footage:
    """Return the footage of a folder; decoded and encoded once, then read from ``keep``."""
    kept = keep / f"footage-{crops}.pickle"
    if kept.exists():
        footage: Footage = pickle.loads(kept.read_bytes())  # our own file, written below
        return footage
    cv2.setNumThreads(1)
    folder = str(weights / "efficientnet-lite2")
    encoder = efficientnet.EfficientNetEncoder(efficientnet.Config(folder, crops=crops))
    tools = pipeline.PictureTools(
        encoder,
        labels.LabelAnnotator(labels.Config(folder)),
        (
            objects.ObjectAnnotator(objects.Config(str(weights / "ssd-mobilenet-v3"))),
            look.LookAnnotator(look.Config()),
        ),
    )
    footage = Footage(encoder.space)
    for path in sorted(clips.iterdir()):
        if path.suffix.lower() in {".json", ".vtt"} or path.is_dir():
            continue
        _add(footage, path, tools, keep / "spool" / path.name)
        print(path.name, footage.frames, flush=True)
    kept.write_bytes(pickle.dumps(footage))
    return footage


def _add(footage: Footage, path: Path, tools: pipeline.PictureTools, spool: Path) -> None:
    video = probe.probe(path)
    done = decode.reopen(video, spool, decode.Sampling())
    for item in decode.decode(video, path, spool) if done is None else [done]:
        if isinstance(item, decode.Decoded):
            done = item
    if done is None:
        raise SystemExit(f"{path} does not decode")
    derivation = Derivation((video.id,), Tool("benchmark", "1"))
    tracks: tuple[Track, ...] = ()
    arrays = {}
    for part in _timed_parts(footage, done, tools, derivation):
        if isinstance(part, tuple):
            tracks, arrays = part
    cut = segments.segments(video, (*done.tracks, *tracks))
    cut = [s for s in cut if s.lane is Lane.PICTURE]
    vectors = embed.pictures(
        cut, footage.space, arrays["rows"], arrays["spans_ns"], arrays["whole"]
    )
    footage.videos.append(video)
    footage.segments += cut
    footage.details += vectors.details
    footage.frames += len(done.clip.frame_times_ns)


def _timed_parts(footage, done, tools, derivation):  # type: ignore[no-untyped-def]
    started = time.process_time()
    yield from pipeline.look(done.clip, tools, derivation)
    spent = time.process_time() - started
    footage.cpu_s["picture"] = footage.cpu_s.get("picture", 0.0) + spent
