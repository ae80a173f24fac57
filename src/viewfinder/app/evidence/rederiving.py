"""Runs stages again from the original, and compares what comes out with what is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from viewfinder.app.evidence import comparing
from viewfinder.app.evidence.comparing import Compared, tolerances
from viewfinder.app.evidence.desk import Desk
from viewfinder.app.intake import work
from viewfinder.app.intake.adding import STAGES, Options
from viewfinder.app.intake.work import Unit
from viewfinder.domain import forgotten
from viewfinder.domain.errors import InputError, UsageError
from viewfinder.domain.media import Video
from viewfinder.domain.policy import Scope
from viewfinder.domain.provenance import Derivation
from viewfinder.ingest.pipeline import StageResult

CAN = ("decode", *STAGES, "index")
CANNOT = "not comparable"


@dataclass(frozen=True, slots=True)
class Rederived:
    """What became of one stage.

    Attributes:
        stage: Which.
        outcome: "equal", "within tolerance", "different", or "not comparable".
        detail: How far it is off, or why it cannot be compared.
    """

    stage: str
    outcome: str
    detail: str = ""


def rederive(desk: Desk, video: Video, stage: str = "") -> Iterator[Rederived]:
    """Derive a video again, or one stage of it, and yield how each compares; logged.

    Nothing is kept. What was forgotten is left out on both sides.

    Raises:
        UsageError: No such stage.
        InputError: The original is not there.
    """
    if stage and stage not in CAN:
        raise UsageError(f"no stage {stage!r}; there are {', '.join(CAN)}")
    scope = desk.admitted("add")
    if not Path(video.path).is_file():
        raise InputError(f"{video.path!r} is not there, and nothing is derived without it")
    adding = desk.adding(scope, Options(anew=True))
    with TemporaryDirectory(prefix="viewfinder-") as spool:
        for unit in adding.units(video):
            if stage and unit.stage not in ("decode", stage):
                continue
            done = _again(desk, scope, replace(unit, spool=Path(spool)))
            if stage in ("", unit.stage):
                told = {"video": video.id, "stage": unit.stage, "outcome": done.outcome}
                desk.logbook.write("rederive", told)
                yield done


def _again(desk: Desk, scope: Scope, unit: Unit) -> Rederived:
    record = next((r for r in desk.store.stages(unit.video.id) if r.stage == unit.stage), None)
    if record is None or record.error:
        return Rederived(unit.stage, CANNOT, "nothing of it is kept")
    result = work.run(unit)
    if record.derivation != unit.derivation:
        return Rederived(unit.stage, CANNOT, _unlike(record.derivation, unit.derivation))
    if result.record.error:
        return Rederived(unit.stage, CANNOT, result.record.error)
    compare = _index if unit.stage == "index" else _stage
    compared = compare(desk, scope, unit, result)
    return Rederived(unit.stage, compared.outcome.value, compared.detail)


def _unlike(kept: Derivation, now: Derivation) -> str:
    if kept.tool != now.tool:
        return (
            f"made by {kept.tool.name} {kept.tool.version}, "
            f"here is {now.tool.name} {now.tool.version} or another weight"
        )
    return "made with other settings, or from other notes"


def _stage(desk: Desk, scope: Scope, unit: Unit, result: StageResult) -> Compared:
    video, store, allowed = unit.video, desk.store, tolerances()[unit.stage]
    gone = forgotten.spans_of(store.facts(forgotten.KIND), video.id)
    names = {track.name for track in result.tracks}
    made = {track.derivation.key for track in result.tracks}
    kept = [
        track
        for track in store.tracks(video.id, scope=scope)
        if track.name in names and track.derivation.key in made
    ]
    now = forgotten.tracks_without(result.tracks, gone, video.span)
    shown = result.thumbnails if desk.config.ingest.thumbnails else {}
    pictures = forgotten.thumbnails_without(shown, gone)
    return comparing.worst(
        [
            comparing.tracks(kept, now, allowed),
            comparing.arrays(
                store.arrays(video.id, unit.stage, scope=scope),
                forgotten.arrays_without(result.arrays, gone),
                allowed,
            ),
            comparing.pictures(
                {at_ns: store.thumbnail(video.id, at_ns, scope=scope) for at_ns in pictures},
                pictures,
            ),
        ]
    )


def _index(desk: Desk, scope: Scope, unit: Unit, result: StageResult) -> Compared:
    allowed = tolerances()["index"]
    kept = desk.store.segments_of(unit.video.id, scope=scope)
    before, after = (
        sorted((segment.text, segment.span) for segment in some) for some in (kept, result.segments)
    )
    parts = [comparing.spans(before, after, allowed)]
    ids = [segment.id for segment in result.segments]
    for embedded in result.embedded:
        space, rows = embedded.vectors.space, embedded.vectors.rows
        pooled = desk.store.pooled(ids, space, scope=scope)
        parts += [
            comparing.array(str(space), pooled[segment][None], row[None], allowed)
            for segment, row in zip(ids, rows, strict=True)
            if segment in pooled and row.any()
        ]
    return comparing.worst(parts)
