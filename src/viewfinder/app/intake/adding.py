"""How footage gets into a library: what needs doing, in which order, and what came of it.

Work runs in the executor's processes; this module alone writes to the store, one
transaction per stage and video, so that whatever stops it, ``add`` goes on from there.
"""

from __future__ import annotations

import json
import shutil
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from viewfinder.app.config import Config
from viewfinder.app.intake import sources, work
from viewfinder.app.intake.sources import Source
from viewfinder.app.intake.work import Unit
from viewfinder.app.tools import Toolbox
from viewfinder.domain import correcting, forgotten
from viewfinder.domain import credentials as signed
from viewfinder.domain.access import class_of
from viewfinder.domain.annotation import Track, TrackName
from viewfinder.domain.errors import UsageError, ViewfinderError
from viewfinder.domain.media import MediaKind, Video, VideoId
from viewfinder.domain.policy import Scope
from viewfinder.domain.provenance import AuditEvent, Derivation, Tool, parameters
from viewfinder.domain.time import TimeSpan
from viewfinder.ingest import credentials, decode, pipeline
from viewfinder.ingest.beside import sidecars
from viewfinder.ingest.decode import Sampling
from viewfinder.ingest.pipeline import StageResult
from viewfinder.ingest.probe import identify, probe
from viewfinder.ingest.sandbox import Limits
from viewfinder.ports import Executor, Lost, StageRecord, Store

STAGES = ("speech", "screen_text", "picture", "joint")
"""What can be asked for with ``--only``; decode, sidecars and index follow from them."""
FAST_FRAMES_PER_S = 0.1
EXTRA = frozenset({"joint"})
"""Stages that are passed over in silence where their weights are not here."""

EventOf = Callable[..., AuditEvent]


@dataclass(frozen=True, slots=True)
class Options:
    """How an ``add`` runs.

    Attributes:
        fast: A first look: key frames, far apart, and the picture alone unless ``only``
            asks for more.
        only: Stages to run; empty means all.
        retry: Do again what failed before.
        anew: Take nothing as done; for ``units``, whose results are compared, never kept.
        beat_s: Say "beat" after so many seconds in which nothing was done, so that whoever
            listens can stop; 0 for never.
    """

    fast: bool = False
    only: tuple[str, ...] = ()
    retry: bool = True
    anew: bool = False
    beat_s: float = 0.0

    def stages(self) -> tuple[str, ...]:
        """Return the stages asked for.

        Raises:
            UsageError: A stage that does not exist.
        """
        unknown = sorted(set(self.only) - set(STAGES))
        if unknown:
            raise UsageError(f"no stage {unknown[0]!r}; there are {', '.join(STAGES)}")
        if self.only:
            return tuple(stage for stage in STAGES if stage in self.only)
        return ("picture",) if self.fast else STAGES


@dataclass(frozen=True, slots=True)
class AddEvent:
    """One thing that happened during an ``add``.

    Attributes:
        kind: found, known, moved, duplicate, stage, failed, note, done, beat.
        path: The file.
        video: Its id, once it has one.
        stage: Which stage, for stage and failed.
        text: What happened, in words.
        media_s: Length of the item in seconds.
        cpu_s: CPU seconds of the stage.
        wall_s: Seconds on the clock of the stage.
    """

    kind: str
    path: str
    video: VideoId | None = None
    stage: str = ""
    text: str = ""
    media_s: float = 0.0
    cpu_s: float = 0.0
    wall_s: float = 0.0


class Adding:
    """One run of ``add``. Iterate it; each item is an ``AddEvent``."""

    def __init__(
        self,
        store: Store,
        scope: Scope,
        tools: Toolbox,
        executor: Executor,
        config: Config,
        spools: Path,
        event: EventOf,
        options: Options,
        forgotten_of: Callable[[VideoId], Sequence[TimeSpan]],
        settling: AbstractContextManager[object],
    ) -> None:
        """Args:
        store: Where it is kept.
        scope: What the work may read.
        tools: What recognises.
        executor: Where work runs.
        config: Of the library.
        spools: Folder for half-done work.
        event: Makes a line for the log.
        options: How it runs.
        forgotten_of: Gives the parts of a video that were forgotten.
        settling: Held while something is committed; a forgetting waits for it.
        """
        self._store, self._scope, self._tools = store, scope, tools
        self._executor, self._config, self._spools = executor, config, spools
        self._event, self._options = event, options
        self._forgotten_of, self._settling = forgotten_of, settling
        self._wanted = options.stages()
        self._ready: deque[Unit] = deque()
        self._open: dict[VideoId, int] = {}
        self._missing: dict[str, str] = {}
        self._known: dict[VideoId, Video] = {}
        self._by_path: dict[str, VideoId] = {}

    def run(self, paths: Sequence[str | Path]) -> Iterator[AddEvent]:
        """Add what ``paths`` stand for; yield events as they happen.

        Raises:
            InputError: A path that stands for nothing; nothing is begun then.
            PluginUnavailable: Faces are to be covered, and nothing here can.
            StoreError: Another process adds to the same library.
        """
        sources.require(paths)
        if self._config.ingest.cover_faces or self._config.ingest.cover_faces_in:
            _ = self._tools.covering
        with self._store.writing():
            self._known = {v.id: v for v in self._store.videos(scope=self._scope)}
            self._by_path = {v.path: v.id for v in self._known.values()}
            yield from self._all(sources.expand(paths))
        for stage, reason in self._missing.items():
            kind = "failed" if stage in self._options.only else "note"
            yield AddEvent(kind, "", stage=stage, text=f"{stage} was left out: {reason}")

    def reindex(self, video: Video) -> str:
        """Cut and embed a video afresh from what is noted of it; return why not, or ""."""
        with self._store.writing():
            while True:
                unit = self._index_unit(video)
                result = work.run(unit)
                with self._settling:
                    if self._still_holds(unit):
                        self._commit(unit, result)
                        return result.record.error

    def units(self, video: Video) -> list[Unit]:
        """Return the work that is due for a video, decoding first, each unit by itself."""
        first = self._due(video)
        if not first and video.kind is MediaKind.OFFLINE:
            return []
        return [*first, *self._stages_due(video), self._index_unit(video)]

    def _all(self, waiting: Iterator[Source]) -> Iterator[AddEvent]:
        try:
            exhausted = False
            while True:
                while self._executor.in_flight < self._executor.capacity:
                    if self._ready:
                        self._executor.submit(work.run, self._ready.popleft())
                    elif exhausted:
                        break
                    elif (source := next(waiting, None)) is None:
                        exhausted = True
                    else:
                        yield from self._arrive(source)
                if not self._executor.in_flight:
                    break
                finished = self._executor.wait(self._options.beat_s or None)
                if finished is None:
                    yield AddEvent("beat", "")
                else:
                    yield from self._finish(*finished)
        finally:
            self._executor.close()

    # -- a file arrives ------------------------------------------------------------

    def _arrive(self, source: Source) -> Iterator[AddEvent]:
        path = str(source.path)
        try:
            sources.wait_until_still(source.path, self._config.ingest.wait_for_copy_s)
            video, news = self._recognise(source)
        except ViewfinderError as error:
            yield AddEvent("failed", path, stage="probe", text=str(error))
            return
        except OSError as error:
            yield AddEvent("failed", path, stage="probe", text=f"cannot read it: {error.strerror}")
            return
        told = f"the same bytes as {video.name!r}" if news == "duplicate" else news
        yield AddEvent(news, path, video.id, text=told, media_s=video.duration_ns / 1e9)
        if news == "duplicate":
            return
        yield from self._adopt_sidecars(video)
        units = self._due(video)
        if not units and not self._index_due(video):
            yield AddEvent("done", path, video.id, media_s=video.duration_ns / 1e9)
            return
        self._open[video.id] = 0
        self._enqueue(units or [self._index_unit(video)])

    def _recognise(self, source: Source) -> tuple[Video, str]:
        """Return the video of a file and what it is to this library."""
        stat = source.path.stat()
        mark = f"{stat.st_size}:{stat.st_mtime_ns}"
        known = self._known
        there = known.get(self._by_path.get(str(source.path), VideoId("")))
        if there is not None and there.seen_as == mark:
            return there, "known"
        if source.transcript:
            video = sidecars.offline_video(source.path)
        else:
            digest = identify(source.path)
            if digest in known:
                return self._seen_again(known[digest], source.path, mark)
            video = probe(source.path, known_as=digest, limits=self._limits())
        if video.id in known:
            return self._seen_again(known[video.id], source.path, mark)
        kept = self._keep(replace(video, seen_as=mark), "add")
        self._read_credentials(kept)
        return kept, "found"

    def _read_credentials(self, video: Video) -> None:
        if video.kind is not MediaKind.OFFLINE and credentials.can_read():
            found = credentials.read(Path(video.path), limits=self._limits())
            event = self._event("credentials", video=video.id, state=found.state.value)
            self._store.commit_fact(signed.KIND, signed.body(found), video=video.id, event=event)

    def _keep(self, video: Video, action: str) -> Video:
        self._store.commit_video(video, event=self._event(action, video=video.id))
        self._known[video.id] = video
        self._by_path[video.path] = video.id
        return video

    def _seen_again(self, video: Video, path: Path, mark: str) -> tuple[Video, str]:
        if video.path != str(path) and Path(video.path).exists():
            return video, "duplicate"
        news = "known" if video.path == str(path) else "moved"
        return self._keep(replace(video, path=str(path), seen_as=mark), "move"), news

    def _adopt_sidecars(self, video: Video) -> Iterator[AddEvent]:
        """Keep what lies beside the file; a transcript known by itself gets its pixels."""
        if video.kind is MediaKind.OFFLINE:
            tracks = [_transcript(video)]
        else:
            tracks = sidecars.sidecar_tracks(video, Path(video.path))
            for problem in sidecars.sidecar_problems(Path(video.path)):
                yield AddEvent("note", video.path, video.id, text=problem)
        inputs = tuple(digest for track in tracks for digest in track.derivation.inputs)
        derivation = Derivation(
            (video.id, *inputs), Tool("viewfinder-sidecars", pipeline.VERSION), parameters()
        )
        if self._record(video.id, "sidecars") == derivation or not (
            tracks or self._record(video.id, "sidecars")
        ):
            return
        orphans = [self._known[VideoId(i)] for i in inputs if VideoId(i) in self._known]
        for orphan in orphans:  # what was forgotten of the transcript alone stays so
            if orphan.id != video.id and (gone := self._forgotten_of(orphan.id)):
                said = self._event("forget", video=video.id)
                fact = forgotten.KIND, forgotten.body(gone)
                self._store.commit_fact(*fact, video=video.id, event=said)
        self._store.commit_stage(
            video.id,
            StageRecord("sidecars", derivation),
            tracks=self._without_forgotten(video, tracks),
            event=self._event("derive", video=video.id, stage="sidecars"),
        )
        for orphan in orphans:
            if orphan.kind is MediaKind.OFFLINE and orphan.id != video.id:
                self._store.erase(orphan.id, event=self._event("relink", video=orphan.id))
                del self._known[orphan.id]
                yield AddEvent(
                    "note", video.path, video.id, text=f"now holds the transcript {orphan.name}"
                )

    # -- what is due ---------------------------------------------------------------

    def _record(self, video: VideoId, stage: str) -> Derivation | None:
        """Return the derivation of a stage that succeeded."""
        if self._options.anew:
            return None
        for record in self._store.stages(video):
            if record.stage == stage and not record.error:
                return record.derivation
        return None

    def _due(self, video: Video) -> list[Unit]:
        """Return the first units of a video, empty where all that is wanted is there."""
        sampling = self._sampling(video)
        if video.kind is MediaKind.OFFLINE or not (sampling.picture or sampling.sound):
            return []
        stages = self._stages_due(video)
        first = self._unit(video, "decode", self._decode_derivation(video))
        decoded = self._record(video.id, "decode")
        if not stages and decoded is not None and self._is_enough(decoded, first.derivation):
            return []
        return [first]

    def _is_enough(self, kept: Derivation, wanted: Derivation) -> bool:
        """Tell whether a result may stay; a first look puts up with any, but for faces."""
        if kept == wanted:
            return True
        return self._options.fast and _covered_by(kept) == _covered_by(wanted)

    def _stages_due(self, video: Video) -> list[Unit]:
        due: list[Unit] = []
        for stage in self._affected(video):
            if not video.has("audio" if stage == "speech" else "video"):
                continue
            try:
                tools = self._tools.stage_tools(stage)
            except ViewfinderError as error:
                if stage not in EXTRA or stage in self._options.only:
                    self._missing.setdefault(stage, str(error))
                continue
            settings = {} if stage == "speech" else {"sampling": self._whole(video).settings()}
            derivation = pipeline.annotator_derivation(video, tools, **settings)
            kept = self._record(video.id, stage)
            if kept is None or not self._is_enough(kept, derivation):
                due.append(self._unit(video, stage, derivation))
        return due

    def _affected(self, video: Video) -> tuple[str, ...]:
        """Return the stages asked for, and those that saw faces which are to be covered."""
        by = self._sampling(video).faces_covered_by
        if not by:
            return self._wanted
        seen = {
            record.stage
            for record in self._store.stages(video.id)
            if record.stage != "speech"
            and not record.error
            and _covered_by(record.derivation) != by
        }
        return tuple(stage for stage in STAGES if stage in self._wanted or stage in seen)

    def _decode_derivation(self, video: Video) -> Derivation:
        return Derivation(
            (video.id,), decode.tool(), parameters(sampling=self._whole(video).settings())
        )

    def _whole(self, video: Video) -> Sampling:
        """Return the sampling by which results are known, whatever this run leaves out."""
        return replace(self._sampling(video), sound=True)

    def _unit(self, video: Video, stage: str, derivation: Derivation) -> Unit:
        return Unit(
            stage,
            video,
            self._spools / video.id,
            derivation,
            self._config.recognisers,
            self._sampling(video) if stage != "index" else decode.DEFAULT_SAMPLING,
            self._limits(),
            covering=self._tools.covering if stage == "decode" and self._covers(video) else None,
        )

    def _sampling(self, video: Video) -> Sampling:
        settings = self._config.ingest
        return Sampling(
            frames_per_s=min(settings.frames_per_s, FAST_FRAMES_PER_S)
            if self._options.fast
            else settings.frames_per_s,
            frame_side_px=settings.frame_side_px,
            picture=video.has("video"),
            sound=video.has("audio") and "speech" in self._wanted,
            key_frames_only=self._options.fast,
            faces_covered_by=self._tools.covering.by if self._covers(video) else "",
        )

    def _covers(self, video: Video) -> bool:
        """Tell whether faces of a video are to be covered: here, or in a collection of it."""
        settings = self._config.ingest
        parts = (part.access for part in self._store.stretches(video.id))
        return settings.cover_faces or any(
            class_of(access).collection in settings.cover_faces_in
            for access in (self._store.access_of(video.id), *parts)
        )

    def _limits(self) -> Limits:
        return Limits(memory_bytes=self._config.ingest.memory_bytes)

    def _enqueue(self, units: Sequence[Unit]) -> None:
        for unit in reversed(units):  # ahead of other videos: what is begun is finished first
            self._open[unit.video.id] = self._open.get(unit.video.id, 0) + 1
            self._ready.appendleft(unit)

    # -- a unit is done --------------------------------------------------------------

    def _finish(self, unit: Unit, result: StageResult | Lost) -> Iterator[AddEvent]:
        if isinstance(result, Lost):
            result = StageResult(StageRecord(unit.stage, unit.derivation, error=result.reason))
        video, record = unit.video, result.record
        with self._settling:
            is_there = self._store.is_there(video.id)
            still_holds = is_there and self._still_holds(unit)
            if still_holds:
                self._commit(unit, result)
        if not is_there:  # forgotten by somebody meanwhile
            yield from self._dropped(unit)
            return
        if not still_holds:
            self._ready.appendleft(self._index_unit(video))
            return
        yield AddEvent(
            "failed" if record.error else "stage",
            video.path,
            video.id,
            unit.stage,
            record.error,
            video.duration_ns / 1e9,
            record.cpu_s,
            record.wall_s,
        )
        for note in record.notes:
            yield AddEvent("note", video.path, video.id, unit.stage, note)
        if unit.stage == "decode" and not record.error:
            self._enqueue(self._stages_due(video))
        self._open[video.id] -= 1
        if self._open[video.id] == 0 and unit.stage != "index" and self._index_due(video):
            self._enqueue([self._index_unit(video)])
        if self._open[video.id] == 0:
            del self._open[video.id]
            shutil.rmtree(unit.spool, ignore_errors=True)
            yield AddEvent("done", video.path, video.id, media_s=video.duration_ns / 1e9)

    def _dropped(self, unit: Unit) -> Iterator[AddEvent]:
        """Let go of a video that was forgotten while it was worked on."""
        video = unit.video
        self._ready = deque(waiting for waiting in self._ready if waiting.video.id != video.id)
        self._known.pop(video.id, None)
        if self._open.pop(video.id, 0):
            yield AddEvent("failed", video.path, video.id, unit.stage, "it was forgotten meanwhile")
        shutil.rmtree(unit.spool, ignore_errors=True)

    def _still_holds(self, unit: Unit) -> bool:
        """Tell whether an index was made of what is noted now: people correct and forget."""
        if unit.stage != "index":
            return True
        return (
            unit.derivation == self._index_derivation(unit.video)
            and unit.tracks == self._noted(unit.video)
            and unit.access == self._store.access_of(unit.video.id)
            and unit.stretches == tuple(self._store.stretches(unit.video.id))
        )

    def _noted(self, video: Video) -> tuple[Track, ...]:
        """Return what is noted of a video, with what people put right in its place."""
        return tuple(correcting.corrected(self._store.tracks(video.id, scope=self._scope)))

    def _commit(self, unit: Unit, result: StageResult) -> None:
        event = self._event(
            "derive" if not result.record.error else "fail", video=unit.video.id, stage=unit.stage
        )
        if unit.stage == "index" and not result.record.error:
            self._store.commit_index(
                unit.video.id, result.record, result.segments, result.embedded, event=event
            )
            return
        thumbnails = result.thumbnails if self._config.ingest.thumbnails else {}
        gone = self._forgotten_of(unit.video.id)
        self._store.commit_stage(
            unit.video.id,
            result.record,
            tracks=self._without_forgotten(unit.video, result.tracks),
            thumbnails=forgotten.thumbnails_without(thumbnails, gone),
            arrays=forgotten.arrays_without(result.arrays, gone),
            event=event,
        )

    def _without_forgotten(self, video: Video, tracks: Sequence[Track]) -> tuple[Track, ...]:
        return forgotten.tracks_without(tracks, self._forgotten_of(video.id), video.span)

    def _index_derivation(self, video: Video) -> Derivation:
        records = [r for r in self._store.stages(video.id) if not r.error]
        spaces = [self._tools.words.space]
        if self._tools.multilingual is not None:
            spaces.append(self._tools.multilingual.space)
        access, stretches = self._store.access_of(video.id), self._store.stretches(video.id)
        return pipeline.index_derivation(video, records, spaces, access, tuple(stretches))

    def _index_due(self, video: Video) -> bool:
        return self._record(video.id, "index") != self._index_derivation(video)

    def _index_unit(self, video: Video) -> Unit:
        arrays = {
            stage: kept
            for stage in ("picture", "joint")
            if (kept := self._store.arrays(video.id, stage, scope=self._scope))
        }
        return replace(
            self._unit(video, "index", self._index_derivation(video)),
            tracks=self._noted(video),
            arrays=arrays,
            access=self._store.access_of(video.id),
            stretches=tuple(self._store.stretches(video.id)),
        )


def _covered_by(derivation: Derivation) -> str:
    """Return what covered the faces in what a stage looked at; "" for nothing."""
    sampling = json.loads(dict(derivation.parameters).get("sampling", "{}"))
    return str(sampling.get("faces_covered_by", ""))


def _transcript(video: Video) -> Track:
    """Return the words of an item that has nothing but words."""
    made = Derivation((video.id,), Tool("viewfinder-transcript", pipeline.VERSION))
    return Track(TrackName.CAPTIONS, made, tuple(sidecars.read_transcript(Path(video.path))))
