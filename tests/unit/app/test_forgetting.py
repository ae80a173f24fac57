"""What is forgotten cannot be read again: not here, not in a copy, not after a crash."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from viewfinder.app.library import Library
from viewfinder.app.records import forgetting
from viewfinder.domain.errors import StoreError
from viewfinder.domain.keys import of_video
from viewfinder.domain.media import Video
from viewfinder.testing import fakes
from viewfinder.testing.scopes import EVERYTHING

SECRET = "behind the old lighthouse"


def filled(folder: Path) -> Video:
    one = fakes.video("one")
    with Library.open(folder, create=True) as library:
        library._store.commit_video(one, event=fakes.event())
        library._store.commit_stage(
            one.id, fakes.record("speech"), tracks=[fakes.track(SECRET)], event=fakes.event()
        )
    return one


def every_byte(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_words_of_footage_lie_encrypted_on_the_disk(tmp_path: Path) -> None:
    filled(tmp_path)
    assert SECRET.encode() not in every_byte(tmp_path)
    with Library.open(tmp_path) as library:
        texts = [n.text for t in library.tracks(fakes.video_id("one")) for n in t.annotations]
    assert SECRET in texts


def test_a_copy_from_before_cannot_be_read_once_the_key_is_gone(tmp_path: Path) -> None:
    here, copy = tmp_path / "here", tmp_path / "copy"
    one = filled(here)
    shutil.copytree(here, copy)
    with Library.open(here) as library:
        library.forget(one.id)
    shutil.copy(here / "keys" / "data.keys", copy / "keys" / "data.keys")
    with Library.open(copy) as library, pytest.raises(StoreError, match="key is not here"):
        library._store.tracks(one.id, scope=EVERYTHING)


@pytest.mark.parametrize("moment", ["before the rows", "before the keys"])
def test_what_a_crash_left_half_forgotten_is_ended_by_the_next_who_opens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    one = filled(tmp_path)

    def crash(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    where = forgetting.forget if moment == "before the rows" else forgetting.Forgetting
    monkeypatch.setattr(where, "forget" if moment == "before the rows" else "_destroy", crash)
    with Library.open(tmp_path) as library, pytest.raises(KeyboardInterrupt):
        library.forget(one.id)
    monkeypatch.undo()
    with Library.open(tmp_path) as library:
        has_key = library.logbook.keyring.find(of_video(one.id)) is not None
        is_there = library._store.is_there(one.id)
        assert has_key == is_there == (moment == "before the rows")
        assert not (tmp_path / "keys" / forgetting.NOTE).exists()
        if is_there:
            assert library.tracks(one.id)


def test_the_receipt_counts_and_the_log_tells_what_went(tmp_path: Path) -> None:
    one = filled(tmp_path)
    with Library.open(tmp_path) as library:
        receipt = library.forget(one.id, "subject request 12")
        done = [line.document for line in library.logbook.lines()]
    assert dict(receipt.removed)["annotations"] == 1
    assert [d["subject"]["reason"] for d in done if d["action"] == "forget"] == [
        "subject request 12"
    ]
    assert [d["subject"]["of"] for d in done if d["action"] == "shred"] == [of_video(one.id)]
