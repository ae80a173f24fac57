"""A library of drawn clips with words, made without any model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from viewfinder.app.exports import Exports
from viewfinder.app.library import Library
from viewfinder.domain.annotation import Annotation, Track, TrackName
from viewfinder.domain.media import Video
from viewfinder.domain.policy import Scope
from viewfinder.domain.provenance import Derivation, Tool
from viewfinder.domain.time import TimeSpan
from viewfinder.ingest.probe import probe
from viewfinder.ports import StageRecord

Said = tuple[float, float, str]
Put = Callable[..., Video]
_PROBED: dict[Path, Video] = {}
"""Each drawn file is looked at once."""


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Library]:
    """An empty library, open."""
    with Library.open(tmp_path / "test.viewfinder", create=True) as made:
        yield made


@pytest.fixture
def put(shelf: Library) -> Put:
    """Adds a file with words that are said in it, and nothing else."""

    def added(
        path: Path, words: Sequence[Said] = (), *, track: TrackName = TrackName.SPEECH
    ) -> Video:
        if path not in _PROBED:
            _PROBED[path] = probe(path)
        video = _PROBED[path]
        shelf._store.commit_video(video, event=shelf._event("add", video=video.id))
        made = Derivation((video.id,), Tool("by hand", "1"))
        notes = tuple(Annotation(TimeSpan.of_seconds(a, b), text, 0.9) for a, b, text in words)
        shelf._store.commit_stage(
            video.id,
            StageRecord("speech", made),
            tracks=[Track(track, made, notes)],
            event=shelf._event("derive", video=video.id),
        )
        return video

    return added


@pytest.fixture
def within(shelf: Library) -> Callable[[Scope], Exports]:
    """Gives what a library's asker can take out whom the policy allows no more than a scope."""

    def limited(scope: Scope) -> Exports:
        return Exports(replace(shelf.exports._desk, admitted=lambda _: scope))

    return limited
