"""The nouns as bytes: compact JSON, deflated. Arrays in it are positional, see each pair.

Word times are kept from the start of their annotation, which makes small numbers.
"""

from __future__ import annotations

import io
import json
import zlib
from dataclasses import asdict, astuple, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewfinder.domain.annotation import Annotation, Correction, Region, Track, TrackName, Word
from viewfinder.domain.errors import StoreError
from viewfinder.domain.media import MediaKind, Stream, Video, VideoId
from viewfinder.domain.provenance import Derivation, Tool
from viewfinder.domain.registry import Fact
from viewfinder.domain.segment import Detail
from viewfinder.domain.slips import Slip, SlipId, SlipKind
from viewfinder.domain.time import TimeSpan
from viewfinder.ports import StageRecord

_VIDEO_FIELDS = tuple(field.name for field in fields(Video))


def deflated(value: object) -> bytes:
    """Return JSON of ``value``, compressed."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=_plain)
    return zlib.compress(text.encode("utf-8", "surrogatepass"), 6)


_HEAD_BYTES = 64
"""Holds the two times that a segment begins with."""


def _plain(value: object) -> object:
    """Return a number of numpy, which some tools hand out, as Python's own."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{value!r} cannot be kept in a library")


def inflated(content: bytes | memoryview) -> Any:
    """Return the value that ``deflated`` took.

    Raises:
        StoreError: The bytes are not what was written.
    """
    try:
        return json.loads(zlib.decompress(content).decode("utf-8", "surrogatepass"))
    except (zlib.error, ValueError) as error:
        raise StoreError(
            f"part of the library is damaged ({error}): forget this video and add it again, "
            "or restore a copy"
        ) from error


def fact_of(no: int, kind: str, video: str | None, content: bytes | memoryview) -> Fact:
    at, by, said = inflated(content)
    return Fact(no, kind, at, by, said, None if video is None else VideoId(video))


def slip_bytes(slip: Slip) -> bytes:
    span = None if slip.span is None else [slip.span.start_ns, slip.span.end_ns]
    return deflated([slip.at, span, slip.body])


def slip_of(
    row: tuple[str, str, str, str, int], videos: frozenset[VideoId], content: bytes | memoryview
) -> Slip:
    """Return a slip of its row (id, kind, root, principal, shared), its videos and its body."""
    name, kind, root, by, shared = row
    at, span, body = inflated(content)
    return Slip(
        SlipId(name),
        SlipKind(kind),
        at,
        by,
        body,
        None if root == name else SlipId(root),
        videos,
        None if span is None else TimeSpan(*span),
        bool(shared),
    )


def video_bytes(video: Video) -> bytes:
    kept = asdict(video)
    kept["streams"] = [list(astuple(stream)) for stream in video.streams]
    return deflated(list(kept.values()))


def video_of(content: bytes | memoryview) -> Video:
    kept = dict(zip(_VIDEO_FIELDS, inflated(content), strict=True))
    kept["kind"] = MediaKind(kept["kind"])
    kept["streams"] = tuple(Stream(*stream) for stream in kept["streams"])
    kept["metadata"] = tuple((key, value) for key, value in kept["metadata"])
    return Video(**kept)


def _derivation_list(derivation: Derivation) -> list[Any]:
    tool = derivation.tool
    return [derivation.inputs, [tool.name, tool.version, tool.weights], derivation.parameters]


def _derivation_of(kept: list[Any]) -> Derivation:
    inputs, (name, version, weights), parameters = kept
    tool = Tool(name, version, tuple(weights))
    return Derivation(tuple(inputs), tool, tuple((key, value) for key, value in parameters))


def record_bytes(record: StageRecord) -> bytes:
    derivation = _derivation_list(record.derivation)
    kept = [record.stage, derivation, record.error, record.cpu_s, record.wall_s]
    return deflated([*kept, *record.notes])


def record_of(content: bytes | memoryview) -> StageRecord:
    stage, derivation, error, cpu_s, wall_s, *notes = inflated(content)
    return StageRecord(stage, _derivation_of(derivation), error, cpu_s, wall_s, tuple(notes))


def _annotation_list(note: Annotation) -> list[Any]:
    at = note.span.start_ns
    region = None
    if note.region is not None:
        region = [note.region.x, note.region.y, note.region.w, note.region.h]
    said = [
        [word.span.start_ns - at, word.span.duration_ns, word.text, word.confidence]
        for word in note.words
    ]
    kept = [at, note.span.duration_ns, note.text, note.confidence, region, said]
    kept += [note.speaker, note.language, note.quotable]
    right = note.corrected
    return kept if right is None else [*kept, [right.was, right.by, right.at]]


def _annotations_of(kept: list[list[Any]]) -> tuple[Annotation, ...]:
    """Return notes; those of one frame share their span. A search reads thousands."""
    spans: dict[tuple[int, int], TimeSpan] = {}
    notes = []
    for at, length, text, confidence, region, said, speaker, language, quotable, *more in kept:
        span = spans.get((at, length))
        if span is None:
            span = spans[at, length] = TimeSpan(at, at + length)
        where = None if region is None else Region(*region)
        spoken = tuple([_word_of(at, *word) for word in said]) if said else ()
        right = Correction(*more[0]) if more else None
        notes.append(
            Annotation(span, text, confidence, where, spoken, speaker, language, quotable, right)
        )
    return tuple(notes)


def _word_of(at: int, start: int, lasts: int, text: str, sure: float) -> Word:
    return Word(TimeSpan(at + start, at + start + lasts), text, sure)


def track_bytes(track: Track) -> bytes:
    notes = [_annotation_list(note) for note in track.annotations]
    return deflated([track.name, _derivation_list(track.derivation), notes])


def track_of(content: bytes | memoryview) -> Track:
    name, derivation, notes = inflated(content)
    return Track(TrackName(name), _derivation_of(derivation), _annotations_of(notes))


def segment_bytes(span: TimeSpan, text: str, parts: tuple[Annotation, ...]) -> bytes:
    """Return what a segment holds beside its address (video, lane, ordinal, access)."""
    notes = [_annotation_list(note) for note in parts]
    return deflated([span.start_ns, span.end_ns, text, notes])


def segment_of(content: bytes) -> tuple[TimeSpan, str, tuple[Annotation, ...]]:
    start_ns, end_ns, text, notes = inflated(content)
    return TimeSpan(start_ns, end_ns), text, _annotations_of(notes)


def span_of(content: bytes) -> TimeSpan:
    """Return the span alone of what ``segment_bytes`` made, without unpacking the rest."""
    try:
        head = zlib.decompressobj().decompress(content, _HEAD_BYTES)
        start_ns, end_ns = head[1:].split(b",")[:2]
        return TimeSpan(int(start_ns), int(end_ns))
    except (zlib.error, ValueError):
        return segment_of(content)[0]  # says what is wrong


def array_bytes(name: str, array: NDArray[Any]) -> bytes:
    """Return name and array (npy), compressed where that pays."""
    out = io.BytesIO()
    np.save(out, array, allow_pickle=False)
    raw = out.getvalue()
    small = zlib.compress(raw, 1)
    is_small = len(small) < 0.9 * len(raw)
    title = name.encode()
    head = bytes([is_small]) + len(title).to_bytes(4, "little") + title
    return head + (small if is_small else raw)


def array_of(content: memoryview) -> tuple[str, NDArray[Any]]:
    end = 5 + int.from_bytes(content[1:5], "little")
    raw = zlib.decompress(content[end:]) if content[0] else bytes(content[end:])
    return bytes(content[5:end]).decode(), np.load(io.BytesIO(raw), allow_pickle=False)


def detail_bytes(detail: Detail) -> bytes:
    """Return the count of rows, their spans, then the rows."""
    spans_ns = np.ascontiguousarray(detail.spans_ns, "<i8").tobytes()
    rows = np.ascontiguousarray(detail.rows, np.int8).tobytes()
    return len(detail.rows).to_bytes(4, "little") + spans_ns + rows


def detail_of(content: bytes, dimensions: int) -> Detail:
    count = int.from_bytes(content[:4], "little")
    spans_ns = np.frombuffer(content, "<i8", 2 * count, 4).reshape(count, 2)
    rows = np.frombuffer(content, np.int8, count * dimensions, 4 + 16 * count)
    return Detail(rows.reshape(count, dimensions), spans_ns.astype(np.int64, copy=False))


def heading_bytes(title: str, started: str, changed: str) -> bytes:
    return deflated([title, started, changed])


def heading_of(content: bytes | memoryview) -> tuple[str, str, str]:
    """Return title and times; where they are damaged, a title that says so and no times."""
    try:
        title, started, changed = inflated(content)
    except (StoreError, ValueError, TypeError):
        return "(its title is damaged)", "", ""
    return str(title), str(started), str(changed)
