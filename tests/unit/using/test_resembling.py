"""What is like a moment is found by words and look, and two moments stand side by side."""

from __future__ import annotations

from pathlib import Path

import pytest

from viewfinder.app.library import Library
from viewfinder.app.using import By
from viewfinder.domain.annotation import Annotation, Track, TrackName
from viewfinder.domain.errors import UsageError
from viewfinder.domain.media import Video
from viewfinder.domain.time import TimeSpan
from viewfinder.testing import fakes
from viewfinder.testing.settings import LIGHT

AT = TimeSpan.of_seconds(0, 3)


def add(library: Library, name: str, *texts: str, label: str = "") -> Video:
    video = fakes.video(name)
    library._store.commit_video(video, event=library._event("add", video=video.id))
    notes = tuple(
        Annotation(TimeSpan.of_seconds(10 * n, 10 * n + 3), text) for n, text in enumerate(texts)
    )
    tracks = [Track(TrackName.SPEECH, fakes.derivation(), notes)]
    if label:
        tracks.append(Track(TrackName.LABELS, fakes.derivation(), (Annotation(AT, label, 0.9),)))
    library._store.commit_stage(video.id, fakes.record(), tracks=tracks, event=fakes.event())
    assert library._reindex(video) == ""
    return video


@pytest.fixture
def library(tmp_path: Path) -> Library:
    (tmp_path / "viewfinder.toml").write_text(LIGHT)
    return Library.open(tmp_path, create=True)


def test_a_moment_that_says_the_same_is_found_and_never_itself(library: Library) -> None:
    with library:
        one = add(library, "one", "the ferry leaves the harbour", "something else entirely")
        two = add(library, "two", "cooking with onions", "the harbour and the ferry")
        for by in (By.BOTH, By.WORDS):
            found = library.mine.similar(one, AT, by=by).moments
            assert (found[0].video, found[0].span.start_s) == (two.id, 10.0)
            assert not any(m.video == one.id and m.span.overlap_ns(AT) for m in found)
        assert library.mine.similar(one, AT, by=By.LOOK).moments == ()
        library.forget(one.id)
        with pytest.raises(UsageError, match="no video"):
            library.mine.similar(one, AT)


def test_two_moments_stand_side_by_side(library: Library) -> None:
    with library:
        one = add(library, "one", "the ferry leaves the harbour", label="boat")
        two = add(library, "two", "a ferry in the fog", label="fog")
        made = library.mine.compare((one, AT), (two, AT))
        assert made.shared_words == ("ferry",)
        assert (made.shared_labels, made.only_one, made.only_other) == ((), ("boat",), ("fog",))
        assert made.one.texts(TrackName.SPEECH) == ["the ferry leaves the harbour"]
