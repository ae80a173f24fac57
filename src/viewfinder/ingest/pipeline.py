"""The stages of ingest, as functions from values to values.

``app.intake.work`` runs them in worker processes and ``app.library`` commits what they return;
nothing here writes to a store or knows a model by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewfinder.domain.access import Stretch
from viewfinder.domain.annotation import Annotation, Track
from viewfinder.domain.media import Clip, Video
from viewfinder.domain.provenance import Derivation, Tool, digest_of, parameters
from viewfinder.domain.segment import Embedded, EmbeddingSpace, Segment
from viewfinder.domain.time import SECOND_NS
from viewfinder.ingest import decode, embed, segments
from viewfinder.ports import (
    Annotator,
    CropEncoder,
    FeatureAnnotator,
    StageRecord,
    TextEncoder,
    TokenEncoder,
)

VERSION = "1"
"""Raised when a stage's own code changes what it gives for the same input."""

BATCH_FRAMES = 4


@dataclass(frozen=True, slots=True)
class StageResult:
    """What one stage of one video gives; it is committed as a whole."""

    record: StageRecord
    tracks: tuple[Track, ...] = ()
    thumbnails: Mapping[int, bytes] = field(default_factory=dict)
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    segments: tuple[Segment, ...] = ()
    embedded: tuple[Embedded, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a stage has come in the video."""

    at_ns: int


@dataclass(frozen=True, slots=True)
class PictureTools:
    """One network for vectors, a reader of labels off them, and annotators of frames."""

    encoder: CropEncoder
    labels: FeatureAnnotator
    annotators: tuple[Annotator, ...]

    @property
    def tools(self) -> tuple[Tool, ...]:
        return (self.encoder.tool, self.labels.tool, *(a.tool for a in self.annotators))


def annotator_derivation(video: Video, tools: Sequence[Tool], **settings: object) -> Derivation:
    """Return the derivation of a stage that reads the decoded video with these tools."""
    tool = Tool(
        "+".join(t.name for t in tools),
        "+".join(t.version for t in tools),
        tuple(digest for t in tools for digest in t.weights),
    )
    decoder = decode.tool().version
    return Derivation((video.id,), tool, parameters(pipeline=VERSION, decoder=decoder, **settings))


def annotate(
    clip: Clip, annotator: Annotator, derivation: Derivation
) -> Iterator[Progress | Track]:
    """Run one annotator; the last item is its track."""
    notes: list[Annotation] = []
    for note in annotator.annotate(clip):
        notes.append(note)
        yield Progress(note.span.end_ns)
    yield Track(annotator.track, derivation, _in_order(notes))


def _in_order(notes: Sequence[Annotation]) -> tuple[Annotation, ...]:
    return tuple(sorted(notes, key=lambda note: (note.span, note.text)))


def look(
    clip: Clip, tools: PictureTools, derivation: Derivation
) -> Iterator[Progress | tuple[tuple[Track, ...], dict[str, NDArray[Any]]]]:
    """Encode and annotate the sampled frames; the last item is (tracks, arrays).

    The arrays are ``rows`` (int8, crops of all frames), ``spans_ns`` and ``whole``; see
    ``embed.pictures``.
    """
    stacked = np.zeros((0, 0, 0), np.float32)
    for encoded in _encoded(clip, tools.encoder):
        if isinstance(encoded, Progress):
            yield encoded
        else:
            stacked = encoded
    if not len(stacked):
        yield (), {}
        return
    tracks = [
        Track(
            tools.labels.track,
            derivation,
            _in_order(tools.labels.annotate_features(clip, clip.frame_times_ns, stacked)),
        )
    ]
    for annotator in tools.annotators:
        for item in annotate(clip, annotator, derivation):
            if isinstance(item, Track):
                tracks.append(item)
            else:
                yield item
    yield tuple(tracks), _feature_arrays(clip, stacked)


def encode(clip: Clip, encoder: CropEncoder) -> Iterator[Progress | dict[str, NDArray[Any]]]:
    """Encode the sampled frames and note nothing; the last item is the arrays of ``look``."""
    for item in _encoded(clip, encoder):
        if isinstance(item, Progress):
            yield item
        else:
            yield _feature_arrays(clip, item) if len(item) else {}


def _encoded(clip: Clip, encoder: CropEncoder) -> Iterator[Progress | NDArray[np.float32]]:
    """Yield progress, and last the vectors: float32, shape (frames, crops, dimensions)."""
    features: list[NDArray[np.float32]] = []
    for start in range(0, len(clip.frame_times_ns), BATCH_FRAMES):
        times = clip.frame_times_ns[start : start + BATCH_FRAMES]
        crops = [encoder.crops(clip.read_frame(at_ns).pixels) for at_ns in times]
        rows = encoder.encode_images([crop for frame in crops for crop in frame]).rows
        features.extend(np.split(rows, len(crops)))
        yield Progress(times[-1])
    yield np.stack(features) if features else np.zeros((0, 0, 0), np.float32)


def _feature_arrays(clip: Clip, stacked: NDArray[np.float32]) -> dict[str, NDArray[Any]]:
    frames, crops, _ = stacked.shape
    stretches = [(span.start_ns, span.end_ns) for span in clip.stretches()]
    spans = np.repeat(np.array(stretches, np.int64), crops, axis=0)
    whole = np.tile(np.arange(crops) == 0, frames)
    rows = np.clip(np.rint(stacked.reshape(frames * crops, -1) * 127), -127, 127)
    return {"rows": rows.astype(np.int8), "spans_ns": spans, "whole": whole}


@dataclass(frozen=True, slots=True)
class IndexTools:
    """What gives segments their vectors.

    Attributes:
        words: Encoder of words and their tokens.
        meanings: Further encoders of words, one space each.
        pictures: The space of the arrays that each picture stage left, by stage.
    """

    words: TokenEncoder
    meanings: tuple[TextEncoder, ...] = ()
    pictures: Mapping[str, EmbeddingSpace] = field(default_factory=dict)


def index(
    video: Video,
    tracks: Sequence[Track],
    arrays: Mapping[str, Mapping[str, NDArray[Any]]],
    *,
    tools: IndexTools,
    access: str,
    stretches: Sequence[Stretch] = (),
) -> tuple[tuple[Segment, ...], tuple[Embedded, ...]]:
    """Cut the segments of one video and give them their vectors.

    Args:
        video: Whose.
        tracks: All its notes.
        arrays: What ``look`` and ``encode`` gave, by stage.
        tools: Encoders and spaces.
        access: Access class of the video.
        stretches: Parts of it that have a class of their own.
    """
    cut = tuple(segments.segments(video, tracks, access=access, stretches=stretches))
    embedded = [embed.tokens(cut, tools.words)]
    embedded += [embed.texts(cut, encoder) for encoder in tools.meanings]
    for stage, space in tools.pictures.items():
        kept = arrays.get(stage)
        if kept:
            embedded.append(
                embed.pictures(cut, space, kept["rows"], kept["spans_ns"], kept["whole"])
            )
    return cut, tuple(embedded)


def index_derivation(
    video: Video,
    records: Sequence[StageRecord],
    spaces: Sequence[EmbeddingSpace],
    access: str,
    stretches: Sequence[Stretch] = (),
) -> Derivation:
    """Return the derivation of the index: all that was noted, and the spaces used."""
    inputs = (video.id, *sorted(r.derivation.key for r in records if r.stage != "index"))
    facts = digest_of(repr((video.title, video.created, video.metadata, video.name)))
    parted: dict[str, object] = {"stretches": repr(stretches)} if stretches else {}
    return Derivation(
        (*inputs, facts),
        Tool("viewfinder-index", segments.VERSION, tuple(str(space) for space in spaces)),
        parameters(access=access, block_s=segments.BLOCK_NS / SECOND_NS, **parted),
    )
