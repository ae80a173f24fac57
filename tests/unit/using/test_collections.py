"""Collections are their owner's, follow the scope, and lose what is forgotten."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from viewfinder.app.library import Library
from viewfinder.domain.errors import InputError, UsageError
from viewfinder.domain.media import Video
from viewfinder.domain.time import TimeSpan
from viewfinder.testing import fakes
from viewfinder.testing.settings import GOVERNED, LIGHT

AT = TimeSpan.of_seconds(1, 2)


def filled(library: Library, *names: str, access: str | None = None) -> list[Video]:
    videos = [fakes.video(name) for name in names]
    for video in videos:
        library._store.commit_video(video, access=access, event=fakes.event("add", video=video.id))
    return videos


def governed(folder: Path) -> None:
    (folder / "governance").mkdir(parents=True)
    (folder / "viewfinder.toml").write_text(GOVERNED)
    (folder / "governance" / "people.toml").write_text(
        '[[person]]\nname = "ada"\nroles = ["owner"]\n'
        '[[person]]\nname = "bob"\nroles = ["member"]\ncollections = ["default"]\n'
        '[[person]]\nname = "eve"\nroles = ["auditor"]\n'
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "viewfinder.toml").write_text(LIGHT)
    return tmp_path


def test_moments_are_kept_in_order_with_notes(folder: Path) -> None:
    with Library.open(folder, create=True) as library:
        one, two = filled(library, "one", "two")
        mine = library.mine.collections
        made = mine.make("  Harbour  takes ")
        assert made.name == "Harbour takes"
        mine.put("harbour takes", one, AT, "the best")
        mine.put(made.id, two, AT)
        again = mine.put(made.id[:6], one, AT, "better")
    with Library.open(folder) as library:
        mine = library.mine.collections
        assert [(i.video, i.note) for i in mine.items(made.id)] == [
            (one.id, "better"),
            (two.id, ""),
        ]
        assert mine.all()[0].count == mine.find(made.id).count == 2
        assert [i.video for i in mine.move(made.id, "2", 1)] == [two.id, one.id]
        assert mine.annotate(made.id, again.id, "good").note == "good"
        assert [(i.video, i.note) for i in mine.items(made.id)] == [(two.id, ""), (one.id, "good")]
        mine.take_out(made.id, "1")
        assert [i.video for i in mine.items(made.id)] == [one.id]
        assert mine.rename(made.id, "Docks").count == 1
        mine.forget("docks")
        assert mine.all() == []


def test_what_cannot_be_meant_is_said(folder: Path) -> None:
    with Library.open(folder, create=True) as library:
        (one,) = filled(library, "one")
        mine = library.mine.collections
        with pytest.raises(UsageError, match="needs a name"):
            mine.make("  ")
        mine.make("a")
        mine.make("a")
        with pytest.raises(InputError, match="may mean"):
            mine.find("a")
        with pytest.raises(InputError, match="no collection 'b'"):
            mine.find("b")
        made = mine.make("c")
        with pytest.raises(UsageError, match="outside"):
            mine.put("c", one, TimeSpan.of_seconds(99, 100))
        with pytest.raises(UsageError, match="at most"):
            mine.put("c", one, AT, "x" * 5000)
        item = mine.put("c", one, AT)
        with pytest.raises(UsageError, match="no place 2"):
            mine.move("c", item.id, 2)
        with pytest.raises(InputError, match="no moment 'x'"):
            mine.take_out(made.id, "x")


def test_a_collection_is_private_until_it_is_shared(tmp_path: Path) -> None:
    governed(tmp_path)
    with Library.open(tmp_path, create=True, principal="ada") as ada:
        one, two = filled(ada, "one", "two")
        ada._store.commit_video(two, access="cellar", event=fakes.event())
        made = ada.mine.collections.make("rushes")
        ada.mine.collections.put("rushes", one, AT)
        ada.mine.collections.put("rushes", two, AT, "the secret")
        bob = ada.for_asker("bob")
        assert bob.mine.collections.all() == []
        ada.mine.collections.share("rushes")
        (seen,) = bob.mine.collections.all()
        assert (seen.id, seen.by, seen.count) == (made.id, "ada", 1)
        assert [i.video for i in bob.mine.collections.items("rushes")] == [one.id]
        for change in (
            lambda: bob.mine.collections.put("rushes", one, AT),
            lambda: bob.mine.collections.rename("rushes", "mine"),
            lambda: bob.mine.collections.forget("rushes"),
            lambda: bob.mine.collections.take_out("rushes", "1"),
            lambda: bob.mine.collections.share("rushes", shared=False),
        ):
            with pytest.raises(InputError, match="ada's"):
                change()
        ada.mine.collections.share("rushes", shared=False)
        assert bob.mine.collections.all() == []


def test_forgetting_a_video_takes_its_moments_and_what_names_it(folder: Path) -> None:
    with Library.open(folder, create=True) as library:
        one, two = filled(library, "one", "two")
        mine = library.mine.collections
        mine.make("both")
        mine.put("both", one, AT, "see two.mp4 as well")
        mine.put("both", two, AT)
        mine.put("both", one, TimeSpan.of_seconds(5, 6))
        mine.make("all of two.mp4")
        library.forget(two.id)
        assert [c.name for c in mine.all()] == ["both"]
        assert [i.span.start_s for i in mine.items("both")] == [5.0]


def test_forgetting_a_part_takes_the_moments_in_it(folder: Path) -> None:
    with Library.open(folder, create=True) as library:
        (one,) = filled(library, "one")
        mine = library.mine.collections
        mine.make("list")
        mine.put("list", one, AT)
        mine.put("list", one, TimeSpan.of_seconds(30, 31))
        library.forget(one.id, spans=[TimeSpan.of_seconds(0, 10)])
        assert [i.span.start_s for i in mine.items("list")] == [30.0]


def test_each_change_is_a_line_in_the_log_without_words(folder: Path) -> None:
    with Library.open(folder, create=True) as library:
        (one,) = filled(library, "one")
        mine = library.mine.collections
        mine.make("confidential")
        mine.put("confidential", one, AT, "whistle")
        mine.take_out("confidential", "1")
        mine.forget("confidential")
        lines = [e.line for e in library._store.trail.entries() if '"collect"' in e.line]
    assert len(lines) == 4
    assert not any("confidential" in line or "whistle" in line for line in lines)


def test_a_forgotten_collection_cannot_be_read_from_a_copy(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    with Library.open(folder, create=True) as library:
        library.mine.collections.make("whistle")
    shutil.copytree(folder, copy)
    with Library.open(copy) as library:
        assert [c.name for c in library.mine.collections.all()] == ["whistle"]
    with Library.open(folder) as library:
        library.mine.collections.forget("whistle")
    shutil.copy(folder / "keys" / "data.keys", copy / "keys" / "data.keys")
    with Library.open(copy) as library:
        assert library.mine.collections.all() == []
