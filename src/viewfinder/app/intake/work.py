"""One unit of ingest, as a worker process runs it.

A unit is a stage of a video. It reads the file or the spool, returns values, writes
nothing but the spool and a one-line progress file, and can be repeated at will.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from viewfinder.app.config import Recognisers
from viewfinder.app.tools import Toolbox, toolbox
from viewfinder.domain.access import Stretch
from viewfinder.domain.annotation import Track
from viewfinder.domain.errors import DecodeError, ViewfinderError
from viewfinder.domain.media import Clip, Video
from viewfinder.domain.provenance import Derivation
from viewfinder.ingest import decode, pipeline
from viewfinder.ingest.decode import Covering, Sampling
from viewfinder.ingest.pipeline import StageResult
from viewfinder.ingest.sandbox import Limits
from viewfinder.ports import StageRecord

PROGRESS_SUFFIX = ".progress"


@dataclass(frozen=True, slots=True)
class Unit:
    """One stage of one video, with everything a worker needs to do it.

    Attributes:
        stage: decode, speech, screen_text, picture, joint, index.
        video: Whose.
        spool: Folder of this video's half-done work.
        derivation: What this work will be known as.
        names: Which recognisers.
        sampling: How the file is sampled.
        limits: For the process that decodes.
        tracks: For the index: all notes of the video.
        arrays: For the index: the frame features, by stage.
        access: For the index: the access class of the video.
        stretches: For the index: parts of it with a class of their own.
        covering: For decode: what covers faces, where they are to be covered.
    """

    stage: str
    video: Video
    spool: Path
    derivation: Derivation
    names: Recognisers
    sampling: Sampling
    limits: Limits
    tracks: tuple[Track, ...] = ()
    arrays: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    access: str = "default"
    stretches: tuple[Stretch, ...] = ()
    covering: Covering | None = None


def run(unit: Unit) -> StageResult:
    """Do the work; a failure is a result with an error, so that the batch goes on."""
    started, cpu = time.monotonic(), _cpu_s()
    try:
        result = _STAGES[unit.stage](unit, toolbox(unit.names))
    except Exception as error:
        reason = str(error).strip() or "no reason given"
        if not isinstance(error, ViewfinderError):  # a recogniser stumbled: name the kind
            reason = f"{type(error).__name__}: {reason}"
        result = StageResult(StageRecord(unit.stage, unit.derivation, error=reason[:500]))
    record = replace(
        result.record, cpu_s=round(_cpu_s() - cpu, 3), wall_s=round(time.monotonic() - started, 3)
    )
    return replace(result, record=record)


def _cpu_s() -> float:
    own = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def _decode(unit: Unit, _: Toolbox) -> StageResult:
    unit.spool.mkdir(parents=True, exist_ok=True)
    items = decode.decode(
        unit.video,
        Path(unit.video.path),
        unit.spool,
        sampling=unit.sampling,
        limits=unit.limits,
        covering=unit.covering,
    )
    decoded = _last(unit, items)
    return StageResult(
        StageRecord(unit.stage, unit.derivation, notes=decoded.notes),
        tracks=decoded.tracks,
        thumbnails=decoded.thumbnails,
    )


def _speech(unit: Unit, tools: Toolbox) -> StageResult:
    track = _last(unit, pipeline.annotate(_clip(unit), tools.speech, unit.derivation))
    return StageResult(StageRecord(unit.stage, unit.derivation), tracks=(track,))


def _screen_text(unit: Unit, tools: Toolbox) -> StageResult:
    track = _last(unit, pipeline.annotate(_clip(unit), tools.screen_text, unit.derivation))
    return StageResult(StageRecord(unit.stage, unit.derivation), tracks=(track,))


def _picture(unit: Unit, tools: Toolbox) -> StageResult:
    tracks, arrays = _last(unit, pipeline.look(_clip(unit), tools.picture, unit.derivation))
    return StageResult(
        StageRecord(unit.stage, unit.derivation), tracks=tuple(tracks), arrays=arrays
    )


def _joint(unit: Unit, tools: Toolbox) -> StageResult:
    arrays = _last(unit, pipeline.encode(_clip(unit), tools.needed_joint))
    return StageResult(StageRecord(unit.stage, unit.derivation), arrays=arrays)


def _index(unit: Unit, tools: Toolbox) -> StageResult:
    segments, embedded = pipeline.index(
        unit.video,
        unit.tracks,
        unit.arrays,
        tools=tools.index_tools(unit.arrays),
        access=unit.access,
        stretches=unit.stretches,
    )
    return StageResult(
        StageRecord(unit.stage, unit.derivation), segments=segments, embedded=embedded
    )


_STAGES = {
    "decode": _decode,
    "speech": _speech,
    "screen_text": _screen_text,
    "picture": _picture,
    "joint": _joint,
    "index": _index,
}


def _clip(unit: Unit) -> Clip:
    decoded = decode.reopen(unit.video, unit.spool, unit.sampling)
    if decoded is None:
        raise DecodeError(f"the decoded frames of {unit.video.name!r} are gone; add it again")
    return decoded.clip


def _last(unit: Unit, items: Iterable[Any]) -> Any:
    """Return the last item; note progress on the way."""
    note = unit.spool / f"{unit.stage}{PROGRESS_SUFFIX}"
    last: Any = None
    written = 0.0
    for item in items:
        at_ns = getattr(item, "at_ns", None)
        if at_ns is None:
            last = item
        elif time.monotonic() - written > 0.2:
            note.write_text(str(at_ns))
            written = time.monotonic()
    note.unlink(missing_ok=True)
    return last


def in_flight(spools: Path) -> Iterator[tuple[str, str, int]]:
    """Yield (video id, stage, at_ns) of every stage that is working now."""
    for note in spools.glob(f"*/*{PROGRESS_SUFFIX}"):
        try:
            yield note.parent.name, note.name.removesuffix(PROGRESS_SUFFIX), int(note.read_text())
        except (OSError, ValueError):
            continue  # finished, or being written, between the listing and the reading
