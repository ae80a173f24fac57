"""What is searchable, what is not, and why: per video, and in one line for an answer."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from viewfinder.domain import credentials
from viewfinder.domain.annotation import TrackName
from viewfinder.domain.credentials import Credentials, State
from viewfinder.domain.media import MediaKind, Video, VideoId
from viewfinder.domain.policy import Scope
from viewfinder.governance.keeping import scrub
from viewfinder.governance.keeping.scrub import Check, Found
from viewfinder.ports import StageRecord, Store

_NEEDS = {"speech": "audio", "screen_text": "video", "picture": "video"}
_SAYS = {"speech": "speech", "screen_text": "on-screen text", "picture": "the picture"}


K = TypeVar("K", bound=Hashable | None)
T = TypeVar("T")
_KEPT = 64
"""For so many scopes it is kept."""


class Fresh(Generic[K, T]):
    """Something worked out for a scope or the like, anew only after the store changed.

    Threads may share it: one works it out, the others wait for that. Nothing that was worked
    out before a change is kept: something may have been forgotten with it.
    """

    def __init__(self, store: Store, work: Callable[[K], T]) -> None:
        self._store, self._work = store, work
        self._turn = threading.RLock()
        self._kept: tuple[int, dict[K, T]] = (0, {})

    def __call__(self, key: K, /) -> T:
        generation = self._store.generation()
        of, kept = self._kept
        if of == generation and key in kept:
            return kept[key]
        with self._turn:
            generation = self._store.generation()
            of, kept = self._kept
            if of != generation or len(kept) >= _KEPT:
                kept = {}
            if key not in kept:
                kept = {**kept, key: self._work(key)}
                self._kept = generation, kept
            return kept[key]


@dataclass(frozen=True, slots=True)
class VideoStatus:
    """What became of one video.

    Attributes:
        video: Which.
        searchable: Stages whose results can be searched.
        missing: Stages that were never run though the file has something for them.
        failed: Stage to reason.
        cpu_s: CPU seconds spent on it.
        notes: What the file lacks or where it is damaged.
        gone: The file is not where it was.
        check: What hashing the original again found last; None where that was never done.
        credentials: What its maker signed about it; None where that was never read.
    """

    video: Video
    searchable: tuple[str, ...]
    missing: tuple[str, ...]
    failed: tuple[tuple[str, str], ...]
    cpu_s: float
    notes: tuple[str, ...] = ()
    gone: bool = False
    check: Check | None = None
    credentials: Credentials | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What is noted of originals: the last check of each, and what its maker signed."""

    checks: Mapping[VideoId, Check]
    credentials: Mapping[VideoId, Credentials]


def known_of(store: Store) -> Known:
    """Return what is noted of all originals."""
    return Known(
        scrub.last(store.facts(scrub.KIND)), credentials.last(store.facts(credentials.KIND))
    )


def status_of(store: Store, video: Video, known: Known | None = None) -> VideoStatus:
    known = known_of(store) if known is None else known
    records = {record.stage: record for record in store.stages(video.id)}
    done = tuple(stage for stage in _NEEDS if stage in records and not records[stage].error)
    if "sidecars" in records:
        done = ("sidecars", *done)
    return VideoStatus(
        video=video,
        searchable=done if _indexed(records) else (),
        missing=tuple(
            stage for stage, stream in _NEEDS.items() if stage not in records and video.has(stream)
        ),
        failed=tuple((r.stage, r.error) for r in records.values() if r.error),
        cpu_s=sum(record.cpu_s for record in records.values()),
        notes=tuple(note for record in records.values() for note in record.notes),
        gone=not Path(video.path).exists(),
        check=known.checks.get(video.id),
        credentials=known.credentials.get(video.id),
    )


def _indexed(records: dict[str, StageRecord]) -> bool:
    return "index" in records and not records["index"].error


def not_searched(store: Store, scope: Scope) -> tuple[str, ...]:
    """Return what a search could not reach, one line for each kind of gap."""
    gaps: Counter[str] = Counter()
    examples: dict[str, str] = {}
    known = known_of(store)
    for video in store.videos(scope=scope):
        if (check := known.checks.get(video.id)) is not None and check.found is Found.CHANGED:
            gaps[_CHANGED] += 1
            examples.setdefault(_CHANGED, video.name)
        if (read := known.credentials.get(video.id)) is not None and read.state is State.INVALID:
            gaps[_UNSIGNED] += 1
            examples.setdefault(_UNSIGNED, video.name)
        if video.kind is MediaKind.OFFLINE:
            continue
        state = status_of(store, video, known)
        failed = dict(state.failed)
        for stage, stream in _NEEDS.items():
            if not video.has(stream) or (stage in state.searchable):
                continue
            why = "failed" if stage in failed or "decode" in failed else "not indexed"
            if stage == "speech" and _has_captions(store, video, scope):
                continue
            key = f"{_SAYS[stage]} {why}"
            gaps[key] += 1
            examples.setdefault(key, video.name)
    return tuple(
        f"{key} in {count} video{'s' if count > 1 else ''}{_EXAMPLE}{examples[key]})"
        for key, count in sorted(gaps.items())
    )


_EXAMPLE = " (e.g. "
_UNSIGNED = "content credentials do not hold"
_CHANGED = "the original is not the file that was indexed"


def without_examples(lines: Sequence[str]) -> tuple[str, ...]:
    """Return the lines of ``not_searched`` without the video that each names."""
    return tuple(line.partition(_EXAMPLE)[0] for line in lines)


def _has_captions(store: Store, video: Video, scope: Scope) -> bool:
    return any(
        track.name is TrackName.CAPTIONS and track.annotations
        for track in store.tracks(video.id, scope=scope)
    )
