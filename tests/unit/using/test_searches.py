"""A saved search tells what is new since it was last run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from viewfinder.app.library import Library
from viewfinder.app.using import New
from viewfinder.domain.annotation import Annotation, Track, TrackName
from viewfinder.domain.errors import InputError, UsageError
from viewfinder.domain.media import Video
from viewfinder.domain.time import TimeSpan
from viewfinder.testing import fakes
from viewfinder.testing.settings import LIGHT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "viewfinder.toml").write_text(LIGHT)
    return tmp_path


def add(library: Library, name: str, *texts: str) -> Video:
    video = fakes.video(name)
    if not library._store.is_there(video.id):
        library._store.commit_video(video, event=library._event("add", video=video.id))
    notes = tuple(
        Annotation(TimeSpan.of_seconds(10 * n, 10 * n + 3), text) for n, text in enumerate(texts)
    )
    track = Track(TrackName.SPEECH, fakes.derivation(), notes)
    library._store.commit_stage(
        video.id, fakes.record(), tracks=[track], event=library._event("derive", video=video.id)
    )
    assert library._reindex(video) == ""
    return video


def test_a_search_is_kept_and_run_again(folder: Path) -> None:
    with Library.open(folder, create=True) as library:
        one = add(library, "one", "a red car in the rain")
        mine = library.mine.searches
        mine.keep('"red car"', "cars")
        first = mine.run("cars")
        assert first.saved.last_run == ""
        assert [m.video for m in first.ranking.moments] == [one.id]
        assert first.new == (New.NOT,)
        again = mine.run("cars")
        assert again.new == (New.NOT,)
        assert again.saved.last_run
        two = add(library, "two", "the red car again")
        add(library, "one", "a red car in the rain", "nothing", "a red car leaves")
        third = mine.run("cars", note=False)
        new = {
            (m.video, m.span.start_s): n
            for m, n in zip(third.ranking.moments, third.new, strict=True)
        }
        assert new == {(one.id, 0.0): New.NOT, (one.id, 20.0): New.RISEN, (two.id, 0.0): New.ADDED}
        assert mine.run("cars").new == third.new
        assert set(mine.run("cars").new) == {New.NOT}
        library.forget(two.id)
        after = mine.run("cars")
        assert (set(after.new), after.gone) == ({New.NOT}, 0)
        add(library, "one", "a red car in the rain")
        assert mine.run("cars").gone == 1


def test_a_plan_is_kept_as_it_is(folder: Path) -> None:
    with Library.open(folder, create=True) as library:
        one = add(library, "one", "a red car", "a blue car")
        mine = library.mine.searches
        plan = replace(library.plan('"blue car"'), limit=1)
        kept = mine.keep(plan)
        assert (kept.name, kept.plan) == ('"blue car"', plan)
        assert [m.video for m in mine.run(kept.id).ranking.moments] == [one.id]
        assert mine.rename(kept.id, "blue").name == "blue"
        mine.forget("blue")
        assert mine.all() == []
        with pytest.raises(InputError, match="no saved search"):
            mine.run("blue")
        with pytest.raises(UsageError, match="needs a name"):
            mine.keep(" ")


def test_a_search_that_names_a_video_goes_with_it(folder: Path) -> None:
    with Library.open(folder, create=True) as library:
        one = add(library, "one", "a red car")
        mine = library.mine.searches
        mine.keep("cars in one.mp4")
        mine.keep("cars")
        library.forget(one.id)
        assert [s.name for s in mine.all()] == ["cars"]


def test_a_shared_search_has_a_last_run_for_each(folder: Path) -> None:
    with Library.open(folder, create=True) as library:
        add(library, "one", "a red car")
        mine = library.mine.searches
        mine.keep('"red car"', "cars", shared=True)
        mine.run("cars")
        other = Library(
            library.folder,
            library.config,
            library._store,
            principal=replace(library._principal, name="bob"),
        )
        assert other.mine.searches.find("cars").last_run == ""
        assert other.mine.searches.run("cars").new == (New.NOT,)
        assert other.mine.searches.find("cars").last_run
        with pytest.raises(InputError, match="owner's"):
            other.mine.searches.forget("cars")
        mine.share("cars", shared=False)
        assert other.mine.searches.all() == []
