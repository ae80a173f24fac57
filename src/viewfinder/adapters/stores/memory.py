"""The plain store: dictionaries and brute force, exact, gone when the process ends.

It is the oracle that the other stores are compared with, so it is written to be read,
not to be fast: no quantising, no index, every score computed for every segment in scope.

References:
    Robertson & Zaragoza, *The Probabilistic Relevance Framework: BM25 and Beyond*,
    Foundations and Trends in Information Retrieval 3(4), 2009, section 3.
    https://doi.org/10.1561/1500000019
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewfinder.domain import forgotten, words
from viewfinder.domain.access import Stretch, access_at, closed, opened
from viewfinder.domain.annotation import Track
from viewfinder.domain.conversation import ConversationId, Heading, Kept
from viewfinder.domain.errors import StoreError
from viewfinder.domain.log.entry import BEFORE_THE_FIRST, Entry, begin, entry_of
from viewfinder.domain.log.merkle import TILE, Head, Nodes, head_of, tiled
from viewfinder.domain.media import Video, VideoId
from viewfinder.domain.policy import Erasure, Scope
from viewfinder.domain.provenance import AuditEvent
from viewfinder.domain.registry import Fact
from viewfinder.domain.search import Hit, Leg, VectorLeg, WordLeg
from viewfinder.domain.segment import (
    Detail,
    Embedded,
    EmbeddingSpace,
    Lane,
    Segment,
    SegmentId,
    misfit,
)
from viewfinder.domain.slips import Slip, SlipId, SlipKind, reaches
from viewfinder.domain.time import TimeSpan
from viewfinder.ports import Plugin, StageRecord, Store

K1, B = 1.2, 0.75


@dataclass(frozen=True, slots=True)
class Config:
    """Nothing to set."""


@dataclass(slots=True)
class _Stage:
    record: StageRecord
    tracks: tuple[Track, ...] = ()
    thumbnails: dict[int, bytes] = field(default_factory=dict)
    arrays: dict[str, NDArray[Any]] = field(default_factory=dict)


@dataclass(slots=True)
class _Kept:
    """All that is known of one video."""

    video: Video
    access: str = "default"
    stretches: list[Stretch] = field(default_factory=list)
    is_classed: bool = False
    renewals: int = 0
    stages: dict[str, _Stage] = field(default_factory=dict)
    segments: dict[SegmentId, Segment] = field(default_factory=dict)
    terms: dict[SegmentId, Counter[str]] = field(default_factory=dict)
    vectors: dict[EmbeddingSpace, dict[SegmentId, NDArray[np.float32]]] = field(
        default_factory=dict
    )
    details: dict[EmbeddingSpace, dict[SegmentId, Detail]] = field(default_factory=dict)

    def reclass(self) -> None:
        """Give each segment the class that holds for its span."""
        for i, one in self.segments.items():
            is_whole = one.lane is Lane.METADATA and one.span == self.video.span
            name = self.access if is_whole else access_at(one.span, self.stretches, self.access)
            self.segments[i] = replace(one, access=name)


def _noted(kept: _Kept) -> int:
    return sum(len(t.annotations) for s in kept.stages.values() for t in s.tracks)


class MemoryTrail:
    """Implements ``ports.Trail``."""

    library = "memory"

    def __init__(self) -> None:
        self.events: list[AuditEvent] = []
        self._entries: list[Entry] = []
        self._leaves: list[bytes] = []

    def append(self, event: AuditEvent) -> None:
        made = entry_of(event, len(self._entries) or 1)
        new = [made] if self._entries else [begin(self.library, event), made]
        self.events.append(event)
        self._entries += new
        self._leaves += [entry.leaf for entry in new]

    def head(self) -> Head:
        return head_of(self._leaves)

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[Entry]:
        yield from self._entries[start:stop]

    def nodes(self) -> Nodes:
        return tiled(lambda start, stop: self._leaves[start:stop], self.tile)

    def tile(self, at: int) -> bytes:
        leaves = self._leaves[at * TILE : (at + 1) * TILE]
        return head_of(leaves).root if len(leaves) == TILE else b""

    def last_settings(self) -> Entry | None:
        said = (e for e in reversed(self._entries) if e.document()["action"] == "settings")
        return next(said, None)

    def older(self) -> Iterator[tuple[str, str]]:
        return iter(())

    def older_head(self) -> tuple[int, str]:
        return 0, BEFORE_THE_FIRST


class MemoryStore:
    """Implements ``ports.Store`` for one process."""

    def __init__(self, config: Config | None = None) -> None:
        self.config = config or Config()
        self.trail = MemoryTrail()
        self._videos: dict[VideoId, _Kept] = {}
        self._conversations: dict[ConversationId, Kept] = {}
        self._facts: list[Fact] = []
        self._slips: dict[SlipId, Slip] = {}
        self._laid_down = 0

    def writing(self) -> AbstractContextManager[None]:
        return nullcontext()

    def commit_video(self, video: Video, *, access: str | None = None, event: AuditEvent) -> None:
        for other in self._videos:
            if other != video.id and other[:16] == video.id[:16]:
                raise StoreError(f"two videos share the first 16 characters of {video.id!r}")
        kept = self._videos.setdefault(video.id, _Kept(video))
        kept.video = video
        kept.access = kept.access if access is None else access
        self.trail.append(event)

    def commit_access(
        self,
        video: VideoId,
        access: str,
        stretches: Sequence[Stretch],
        *,
        fact: tuple[str, str] | None = None,
        event: AuditEvent,
    ) -> None:
        kept = self._kept(video)
        kept.access, kept.stretches, kept.is_classed = access, list(stretches), True
        kept.reclass()
        if fact is not None:
            self._lay_down(*fact, video, event)
        self.trail.append(event)

    def commit_stage(
        self,
        video: VideoId,
        record: StageRecord,
        *,
        tracks: Sequence[Track] = (),
        thumbnails: Mapping[int, bytes] | None = None,
        arrays: Mapping[str, NDArray[Any]] | None = None,
        event: AuditEvent,
    ) -> None:
        copies = {name: np.array(array) for name, array in (arrays or {}).items()}
        self._kept(video).stages[record.stage] = _Stage(
            record, tuple(tracks), dict(thumbnails or {}), copies
        )
        self.trail.append(event)

    def commit_index(
        self,
        video: VideoId,
        record: StageRecord,
        segments: Sequence[Segment],
        embedded: Sequence[Embedded],
        *,
        event: AuditEvent,
    ) -> None:
        kept = self._kept(video)
        if wrong := misfit(video, segments, embedded):
            raise StoreError(wrong)
        kept.stages[record.stage] = _Stage(record)
        kept.segments = {s.id: s for s in sorted(segments, key=lambda s: s.id)}
        if kept.is_classed:
            kept.reclass()
        kept.terms = {s.id: Counter(words.terms(s.text)) for s in segments}
        kept.vectors, kept.details = {}, {}
        for item in embedded:
            rows = np.array(item.vectors.rows, np.float32)
            kept.vectors[item.vectors.space] = {
                s.id: row for s, row in zip(segments, rows, strict=True) if row.any()
            }
            kept.details[item.vectors.space] = {
                s.id: d for s, d in zip(segments, item.details, strict=False) if len(d.rows)
            }
        self.trail.append(event)

    def videos(self, *, scope: Scope) -> list[Video]:
        return sorted((kept.video for kept in self._open(scope)), key=lambda v: v.id)

    def access_of(self, video: VideoId) -> str:
        return self._videos[video].access if video in self._videos else "default"

    def is_there(self, video: VideoId) -> bool:
        return video in self._videos

    def stretches(self, video: VideoId) -> list[Stretch]:
        return list(self._videos[video].stretches) if video in self._videos else []

    def access_classes(self) -> list[str]:
        every = self._videos.values()
        return sorted({k.access for k in every} | {s.access for k in every for s in k.stretches})

    def stages(self, video: VideoId) -> list[StageRecord]:
        kept = self._videos.get(video)
        return [] if kept is None else [kept.stages[name].record for name in sorted(kept.stages)]

    def tracks(self, video: VideoId, *, scope: Scope) -> list[Track]:
        shut = self._shut(video, scope)
        return [
            opened(track, shut, whole=self._videos[video].video.span)
            for stage in self._stages(video, scope)
            for track in stage.tracks
        ]

    def arrays(self, video: VideoId, stage: str, *, scope: Scope) -> dict[str, NDArray[Any]]:
        if self._shut(video, scope):
            return {}
        found = [s.arrays for s in self._stages(video, scope) if s.record.stage == stage]
        return {name: array.copy() for arrays in found for name, array in arrays.items()}

    def thumbnail(self, video: VideoId, at_ns: int, *, scope: Scope) -> bytes | None:
        shut = self._shut(video, scope)
        times = [
            (abs(t - at_ns), t, s)
            for s in self._stages(video, scope)
            for t in s.thumbnails
            if not any(part.holds(t) for part in shut)
        ]
        if not times:
            return None
        _, at, stage = min(times, key=lambda found: (found[0], found[1], found[2].record.stage))
        return stage.thumbnails[at]

    def spaces(self) -> list[EmbeddingSpace]:
        found = {s for kept in self._videos.values() for s, rows in kept.vectors.items() if rows}
        return sorted(found, key=lambda s: (s.name, s.revision))

    def search(self, leg: Leg, *, scope: Scope, limit: int) -> list[Hit]:
        scores = self._by_words(leg, scope) if isinstance(leg, WordLeg) else self._near(leg, scope)
        best = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))[: max(limit, 0)]
        return [Hit(segment, score, rank) for rank, (segment, score) in enumerate(best, 1)]

    def _by_words(self, leg: WordLeg, scope: Scope) -> dict[SegmentId, float]:
        """Score by BM25 with every count taken inside scope and lanes."""
        shown = [
            (segment.id, kept.terms[segment.id])
            for kept, segment in self._shown(scope)
            if segment.lane in leg.lanes and kept.terms[segment.id]
        ]
        if not shown:
            return {}
        average = sum(terms.total() for _, terms in shown) / len(shown)
        scores: dict[SegmentId, float] = {}
        for term, weight in leg.terms:
            holding = sum(term in terms for _, terms in shown)
            idf = math.log(1 + (len(shown) - holding + 0.5) / (holding + 0.5))
            for segment, terms in shown:
                if term in terms and weight > 0:
                    count = terms[term]
                    norm = K1 * (1 - B + B * terms.total() / average)
                    gain = weight * idf * count * (K1 + 1) / (count + norm)
                    scores[segment] = scores.get(segment, 0.0) + gain
        return scores

    def _near(self, leg: VectorLeg, scope: Scope) -> dict[SegmentId, float]:
        """Score by inner product in float64 of the float32 rows."""
        if leg.vector.shape != (leg.space.dimensions,) or not np.isfinite(leg.vector).all():
            raise StoreError(
                f"a query of shape {leg.vector.shape} does not fit {leg.space}, or is not finite"
            )
        if not leg.vector.any():
            return {}
        query = leg.vector.astype(np.float64)
        return {
            segment.id: float((row.astype(np.float64) * query).sum())
            for kept, segment in self._shown(scope)
            if segment.lane in leg.lanes
            and (row := kept.vectors.get(leg.space, {}).get(segment.id)) is not None
        }

    def segments(self, ids: Sequence[SegmentId], *, scope: Scope) -> list[Segment]:
        shown = {segment.id: segment for _, segment in self._shown(scope)}
        return [shown[i] for i in ids if i in shown]

    def segments_of(
        self, video: VideoId, *, scope: Scope, during: TimeSpan | None = None
    ) -> list[Segment]:
        return [
            segment
            for _, segment in self._shown(scope)
            if segment.video == video and (during is None or segment.span.overlap_ns(during))
        ]

    def details(
        self, ids: Sequence[SegmentId], space: EmbeddingSpace, *, scope: Scope
    ) -> dict[SegmentId, Detail]:
        wanted = set(ids)
        return {
            segment.id: kept.details[space][segment.id]
            for kept, segment in self._shown(scope)
            if segment.id in wanted and segment.id in kept.details.get(space, {})
        }

    def pooled(
        self, ids: Sequence[SegmentId], space: EmbeddingSpace, *, scope: Scope
    ) -> dict[SegmentId, NDArray[np.float32]]:
        wanted = set(ids)
        return {
            segment.id: kept.vectors[space][segment.id].copy()
            for kept, segment in self._shown(scope)
            if segment.id in wanted and segment.id in kept.vectors.get(space, {})
        }

    def commit_fact(
        self, kind: str, body: str, *, video: VideoId | None = None, event: AuditEvent
    ) -> Fact:
        made = self._lay_down(kind, body, video, event)
        self.trail.append(event)
        return made

    def _lay_down(self, kind: str, body: str, video: VideoId | None, event: AuditEvent) -> Fact:
        if video is not None:
            self._kept(video)
        self._laid_down += 1
        self._facts.append(Fact(self._laid_down, kind, event.at, event.principal, body, video))
        return self._facts[-1]

    def facts(self, kind: str) -> list[Fact]:
        return [fact for fact in self._facts if fact.kind == kind]

    def counts(self, *, scope: Scope) -> dict[str, int]:
        lanes = Counter(segment.lane for _, segment in self._shown(scope))
        return {"videos": len(self._open(scope)), **{lane.value: lanes[lane] for lane in Lane}}

    def generation(self) -> int:
        return len(self.trail.events)

    def erase(self, video: VideoId, *, event: AuditEvent) -> Erasure:
        kept = self._videos.pop(video, None)
        talks = [c for c, k in self._conversations.items() if video in k.heading.videos]
        for talk in talks:
            del self._conversations[talk]
        about = [fact for fact in self._facts if fact.video == video]
        self._facts = [fact for fact in self._facts if fact.video != video]
        slips = self._drop_slips([s.id for s in self._slips.values() if video in s.videos])
        self.trail.append(event)
        stages = list(kept.stages.values()) if kept else []
        removed = {
            "videos": int(kept is not None),
            "stages": len(stages),
            "annotations": sum(len(t.annotations) for s in stages for t in s.tracks),
            "arrays": sum(len(s.arrays) for s in stages),
            "thumbnails": sum(len(s.thumbnails) for s in stages),
            "segments": len(kept.segments) if kept else 0,
            "vectors": sum(len(rows) for rows in kept.vectors.values()) if kept else 0,
            "conversations": len(talks),
            "facts": len(about),
            "slips": slips,
        }
        return Erasure(video, event.at, tuple(removed.items()))

    def erase_stretches(
        self,
        video: VideoId,
        spans: Sequence[TimeSpan],
        *,
        fact: tuple[str, str] | None = None,
        event: AuditEvent,
    ) -> Erasure:
        kept = self._kept(video)
        talks = [c for c, k in self._conversations.items() if video in k.heading.videos]
        for talk in talks:
            del self._conversations[talk]
        before = _noted(kept), sum(len(s.thumbnails) for s in kept.stages.values())
        gone = len(kept.segments), sum(map(len, kept.vectors.values()))
        kept.stages.pop("index", None)
        for stage in kept.stages.values():
            stage.tracks = forgotten.tracks_without(stage.tracks, spans, kept.video.span)
            stage.thumbnails = forgotten.thumbnails_without(stage.thumbnails, spans)
            stage.arrays = forgotten.arrays_without(stage.arrays, spans)
        kept.segments, kept.terms, kept.vectors, kept.details = {}, {}, {}, {}
        kept.renewals += 1
        if fact is not None:
            self._lay_down(*fact, video, event)
        about = [s.id for s in self._slips.values() if video in s.videos and reaches(s.span, spans)]
        slips = self._drop_slips(about)
        self.trail.append(event)
        removed = {
            "annotations": before[0] - _noted(kept),
            "thumbnails": before[1] - sum(len(s.thumbnails) for s in kept.stages.values()),
            "segments": gone[0],
            "vectors": gone[1],
            "conversations": len(talks),
            "slips": slips,
        }
        return Erasure(video, event.at, tuple(removed.items()), spans=tuple(spans))

    def renewals(self, video: VideoId) -> int:
        return self._videos[video].renewals if video in self._videos else 0

    def unreadable(self) -> tuple[list[VideoId], list[ConversationId]]:
        return [], []

    def encrypt(self) -> Iterator[int]:
        return iter(())

    def commit_conversation(
        self, heading: Heading, bodies: Sequence[bytes], *, event: AuditEvent
    ) -> bool:
        before = self._conversations.get(heading.id)
        held = before.bodies if before else ()
        videos = heading.videos | (before.heading.videos if before else frozenset())
        if (
            heading.turns != len(held) + len(bodies)
            or (before is not None and before.heading.principal != heading.principal)
            or not videos <= self._videos.keys()
        ):
            return False
        after = Kept(replace(heading, videos=videos), (*held, *bodies))
        self._conversations[heading.id] = after
        self.trail.append(event)
        return True

    def conversations(self, *, scope: Scope, principal: str) -> list[Heading]:
        headings = [kept.heading for kept in self._conversations.values()]
        shown = [h for h in headings if h.principal == principal and self._covers(scope, h)]
        return sorted(shown, key=lambda h: (h.changed, h.id), reverse=True)

    def _covers(self, scope: Scope, heading: Heading) -> bool:
        return all(
            scope.allows(v, self._videos[v].access) and not self._shut(v, scope)
            for v in heading.videos
        )

    def conversation(
        self, conversation: ConversationId, *, scope: Scope, principal: str
    ) -> Kept | None:
        shown = self.conversations(scope=scope, principal=principal)
        is_shown = conversation in {heading.id for heading in shown}
        return self._conversations[conversation] if is_shown else None

    def conversations_with(self, video: VideoId) -> list[ConversationId]:
        return sorted(c for c, kept in self._conversations.items() if video in kept.heading.videos)

    def forget_conversation(
        self, conversation: ConversationId, *, event: AuditEvent
    ) -> tuple[str, ...]:
        self._conversations.pop(conversation, None)
        self.trail.append(event)
        return ()

    def commit_slips(self, slips: Sequence[Slip], *, event: AuditEvent) -> bool:
        there = self._slips.keys() | {slip.id for slip in slips}
        for slip in slips:
            before = self._slips.get(slip.id)
            if (
                not slip.videos <= self._videos.keys()
                or (slip.of is not None and slip.of not in there)
                or (before is not None and before.by != slip.by)
            ):
                return False
        self._slips.update({slip.id: slip for slip in slips})
        self.trail.append(event)
        return True

    def slips(self, kind: SlipKind, *, scope: Scope, principal: str) -> list[Slip]:
        return [
            slip
            for slip in self._slips.values()
            if slip.kind is kind
            and (slip.by == principal or self._slips[slip.root].shared)
            and all(
                scope.allows(v, self._videos[v].access)
                and not reaches(slip.span, self._shut(v, scope))
                for v in slip.videos
            )
        ]

    def forget_slips(self, ids: Sequence[SlipId], *, event: AuditEvent) -> tuple[str, ...]:
        self._drop_slips(ids)
        self.trail.append(event)
        return ()

    def _drop_slips(self, ids: Sequence[SlipId]) -> int:
        gone = [s.id for s in self._slips.values() if s.id in ids or s.of in ids]
        for slip in gone:
            del self._slips[slip]
        return len(gone)

    def log(self, event: AuditEvent) -> None:
        self.trail.append(event)

    def close(self) -> None:
        """Nothing to close; what was kept stays until the object goes."""

    def _kept(self, video: VideoId) -> _Kept:
        if video not in self._videos:
            raise StoreError(f"no video {video!r} in this library: commit it before its stages")
        return self._videos[video]

    def _open(self, scope: Scope) -> list[_Kept]:
        """Return the videos in scope."""
        return [kept for v, kept in self._videos.items() if scope.allows(v, kept.access)]

    def _stages(self, video: VideoId, scope: Scope) -> list[_Stage]:
        kept = self._videos.get(video)
        if kept is None or not scope.allows(video, kept.access):
            return []
        return [kept.stages[name] for name in sorted(kept.stages)]

    def _shut(self, video: VideoId, scope: Scope) -> tuple[TimeSpan, ...]:
        return closed(self.stretches(video), scope)

    def _shown(self, scope: Scope) -> Iterator[tuple[_Kept, Segment]]:
        """Yield the segments in scope: both their video's class and their own are allowed."""
        for kept in self._open(scope):
            for segment in kept.segments.values():
                if scope.allows(segment.video, segment.access):
                    yield kept, segment


plugin: Plugin[Config, Store] = Plugin(Config, MemoryStore)
