"""A backup gives back what is still wanted, and nothing that was forgotten since."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from viewfinder.adapters.stores.sqlite import Config, SqliteStore
from viewfinder.app.library import Library
from viewfinder.app.records import backup
from viewfinder.domain.conversation import Conversation, ConversationId
from viewfinder.domain.errors import InputError, StoreError
from viewfinder.domain.media import VideoId
from viewfinder.domain.provenance import digest_of
from viewfinder.domain.time import TimeSpan
from viewfinder.testing import fakes
from viewfinder.testing.scopes import EVERYTHING
from viewfinder.testing.settings import LIGHT

WORDS = {"harbour": "The ferry waits in the harbour.", "witness": "She lives by the lighthouse."}
PART = TimeSpan.of_seconds(0, 5)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A library of two transcripts and a conversation about one of them."""
    folder = tmp_path / "library"
    (folder / "governance").mkdir(parents=True)
    (folder / "viewfinder.toml").write_text(LIGHT)
    (folder / "governance" / "people.toml").write_text('[[person]]\nname = "kim"\nroles = []\n')
    for name, words in WORDS.items():
        text = f"WEBVTT\n\n00:01.000 --> 00:04.000\n{words}\n\n00:10.000 --> 00:12.000\nEnd.\n"
        (tmp_path / f"{name}.vtt").write_text(text)
    with Library.open(folder, create=True) as library:
        list(library.add([tmp_path / f"{name}.vtt" for name in WORDS]))
        talk, _ = library.converse(Conversation(), "lighthouse")
        assert library.keep(talk)
    return folder


def copied(folder: Path) -> Path:
    with Library.open(folder) as library:
        library.backup(folder.with_name("backup"))
    return folder.with_name("backup")


def names(folder: Path) -> list[str]:
    with Library.open(folder) as library:
        for item in library.videos():
            assert library.tracks(item.id)
        return [item.name for item in library.videos()]


def forget(folder: Path, name: str, *spans: TimeSpan) -> VideoId:
    with Library.open(folder) as library:
        item = library.video(name)
        library.forget(item.id, spans=spans)
        return item.id


def test_a_backup_holds_everything_but_the_keys(folder: Path) -> None:
    made = copied(folder)
    manifest = backup.read(made)
    files = {str(p.relative_to(made)) for p in made.rglob("*") if p.is_file()}
    assert files == {*manifest.files, "manifest.json"}
    assert {"library.sqlite", "viewfinder.toml", "governance/people.toml"} < files
    assert "keys" not in {path.name for path in made.iterdir()}
    store = SqliteStore(Config(made, read_only=True))
    with pytest.raises(StoreError, match="key is not here"):
        store.videos(scope=EVERYTHING)
    store.close()


def test_a_backup_goes_where_nothing_is_and_not_into_the_library(folder: Path) -> None:
    copied(folder)
    with Library.open(folder) as library:
        for where in (folder.with_name("backup"), folder / "inside"):
            with pytest.raises(InputError, match=r"not empty|lies in"):
                library.backup(where)


def test_a_library_that_was_lost_comes_back_with_its_keys(folder: Path, tmp_path: Path) -> None:
    made = copied(folder)
    before = names(folder)
    (folder / "keys").rename(tmp_path / "keys")
    shutil.rmtree(folder)
    with pytest.raises(InputError, match="--keys"):
        backup.restore(made, folder, replace=False, keys=None)
    done = backup.restore(made, folder, replace=False, keys=tmp_path / "keys")
    assert done.tidied == backup.Tidied()
    assert names(folder) == before
    with Library.open(folder) as library:
        assert library.search("ferry").moments
        assert len(library.conversations()) == 1
        (line,) = library.logbook.lines(action="restore")
        assert line.document["subject"]["entries"] == done.manifest.entries
        assert library.logbook.verify().ok


def test_what_was_forgotten_after_the_backup_is_erased_from_it_again(folder: Path) -> None:
    made = copied(folder)
    gone = forget(folder, "witness")
    done = backup.restore(made, folder, replace=True, keys=None)
    assert done.tidied.videos == (gone,)
    assert done.newest > done.manifest.entries
    assert names(folder) == ["harbour.vtt"]
    with Library.open(folder) as library:
        assert library.conversations() == []
        told = [line.document["subject"] for line in library.logbook.lines(action="forget")]
        assert [(said["video"], said["reason"]) for said in told] == [
            (gone, "its key was destroyed after the backup was made")
        ]


def test_a_part_forgotten_after_the_backup_does_not_come_back_with_it(
    folder: Path, tmp_path: Path
) -> None:
    made = copied(folder)
    gone = forget(folder, "witness", PART)
    done = backup.restore(made, folder, replace=True, keys=None)
    assert done.tidied.videos == (gone,)
    with Library.open(folder) as library:
        list(library.add([tmp_path / "witness.vtt"]))
        texts = [n.text for t in library.tracks(gone) for n in t.annotations]
    assert texts == ["End."]


def test_a_conversation_forgotten_after_the_backup_is_erased_from_it_again(folder: Path) -> None:
    made = copied(folder)
    with Library.open(folder) as library:
        gone = library.find_conversation("last").id
        library.forget_conversation("last")
    done = backup.restore(made, folder, replace=True, keys=None)
    assert done.tidied == backup.Tidied((), (ConversationId(gone),))
    with Library.open(folder) as library:
        assert library.conversations() == []
        assert len(library.videos()) == 2


def test_a_damaged_backup_changes_nothing(folder: Path) -> None:
    made = copied(folder)
    content = bytearray((made / "library.sqlite").read_bytes())
    content[5_000] ^= 1
    (made / "library.sqlite").write_bytes(content)
    with pytest.raises(InputError, match="damaged"):
        backup.restore(made, folder, replace=True, keys=None)
    assert len(names(folder)) == 2
    for other in (folder, folder / "keys"):
        with pytest.raises(InputError, match="no backup"):
            backup.restore(other, folder, replace=True, keys=None)


@pytest.mark.parametrize("name", ["keys/data.keys", "../x", "governance/../keys/x", "/etc/x"])
def test_a_backup_that_reaches_elsewhere_is_none(folder: Path, name: str) -> None:
    made = copied(folder)
    manifest = json.loads((made / "manifest.json").read_text())
    manifest["files"][name] = digest_of("")
    (made / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(InputError, match="belongs in none"):
        backup.restore(made, folder, replace=True, keys=None)


def test_a_library_that_is_there_is_not_replaced_unasked(folder: Path) -> None:
    made = copied(folder)
    with pytest.raises(InputError, match="--replace"):
        backup.restore(made, folder, replace=False, keys=None)


def test_keys_of_before_do_not_replace_those_of_today(folder: Path, tmp_path: Path) -> None:
    made = copied(folder)
    shutil.copytree(folder / "keys", tmp_path / "old")
    gone = forget(folder, "witness")
    with pytest.raises(InputError, match="know what was forgotten"):
        backup.restore(made, folder, replace=True, keys=tmp_path / "old")
    assert gone not in names(folder)


def test_tidying_erases_what_has_no_key_and_nothing_else(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    gone = forget(folder, "witness")
    shutil.rmtree(copy / "keys")
    with pytest.raises(InputError, match="put the folder"):
        backup.tidy(copy)
    shutil.copytree(folder / "keys", copy / "keys")
    assert backup.unreadable(copy).videos == (gone,)
    assert backup.tidy(copy).videos == (gone,)
    assert backup.unreadable(copy) == backup.Tidied()
    assert names(copy) == ["harbour.vtt"]


def test_what_lay_open_is_encrypted_later_and_the_rest_left_alone(tmp_path: Path) -> None:
    (tmp_path / "viewfinder.toml").write_text(LIGHT + "[keys]\nencrypt = false\n")
    one, two = fakes.video("one"), fakes.video("two")
    with Library.open(tmp_path, create=True) as library:
        store = library._store
        for video in (one, two):
            store.commit_video(video, event=fakes.event())
            said = [fakes.track(f"lighthouse of {video.title}")]
            store.commit_stage(video.id, fakes.record(), tracks=said, event=fakes.event())
        store.commit_fact("remark", "{}", video=one.id, event=fakes.event())
        store.commit_fact("note", "{}", event=fakes.event())
        body = (b"plain words " * 99, b"more")
        heading = fakes.heading("talk", "one", turns=2)
        store.commit_conversation(heading, body, event=fakes.event("keep"))
        with pytest.raises(StoreError, match="encryption is off"):
            list(library.encrypt())
    assert b"plain words" in (tmp_path / "library.sqlite").read_bytes()
    (tmp_path / "viewfinder.toml").write_text(LIGHT)
    with Library.open(tmp_path) as library:
        steps = library.encrypt()
        next(steps)
        steps.close()  # stopped after the first video
    with Library.open(tmp_path) as library:
        assert sum(library.encrypt()) > 0
        assert sum(library.encrypt()) == 0
        kept = library._store.conversation(heading.id, scope=EVERYTHING, principal="owner")
        assert kept is not None
        assert kept.bodies == body
        assert [f.body for f in library._store.facts("remark")] == ["{}"]
        assert len(library._store.videos(scope=EVERYTHING)) == 2
        library.forget(one.id)
        assert [video.id for video in library.videos()] == [two.id]
    left = b"".join(p.read_bytes() for p in tmp_path.iterdir() if p.is_file())
    assert b"plain words" not in left
    assert b"lighthouse" not in left


def test_the_manifest_is_json_that_names_the_log(folder: Path) -> None:
    said = json.loads((copied(folder) / "manifest.json").read_text())
    with Library.open(folder) as library:
        origin = library.logbook.public_key().split("+")[0]
    assert said["library"] == origin
    assert len(said["root"]) == len(digest_of("")) == 64
