"""What is forgotten cannot be read again: not here, not in a copy, not after a crash."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from viewfinder.app.governing.consents import State, Word
from viewfinder.app.library import Library, Refused
from viewfinder.app.records import forgetting, receipts
from viewfinder.domain.conversation import Conversation
from viewfinder.domain.errors import InputError, StoreError
from viewfinder.domain.keys import of_video
from viewfinder.domain.media import Video, VideoId
from viewfinder.domain.policy import Erasure
from viewfinder.domain.provenance import digest_of
from viewfinder.domain.time import TimeSpan
from viewfinder.testing import fakes
from viewfinder.testing.media import draw_clip
from viewfinder.testing.scopes import EVERYTHING
from viewfinder.testing.settings import LIGHT

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


# Parts of a video

TALK = f"""WEBVTT

00:00:01.000 --> 00:00:04.000
We open with the budget.

00:00:30.000 --> 00:00:34.000
The witness lives {SECRET}.

00:01:00.000 --> 00:01:04.000
We close with the bridge.
"""
PART = TimeSpan.of_seconds(25, 40)


def talk(home: Path, name: str = "library") -> Path:
    """Return a library of one transcript, made without any weights."""
    folder = home / name
    folder.mkdir()
    (folder / "viewfinder.toml").write_text(LIGHT)
    (home / "talk.vtt").write_text(TALK)
    added(folder, home)
    return folder


def added(folder: Path, home: Path) -> Video:
    with Library.open(folder, create=True) as library:
        events = list(library.add([home / "talk.vtt"]))
        assert [e.text for e in events if e.kind == "failed"] == []
        return library.videos()[0]


def said(folder: Path) -> list[str]:
    with Library.open(folder) as library:
        (item,) = library.videos()
        noted = [n.text for t in library.tracks(item.id) for n in t.annotations]
        cut = library._store.segments_of(item.id, scope=EVERYTHING)
        assert (SECRET in " ".join(noted)) == (SECRET in " ".join(s.text for s in cut))
        assert cut
        return noted


def part_forgotten(folder: Path) -> Erasure:
    with Library.open(folder) as library:
        (item,) = library.videos()
        return library.forget(item.id, "asked for", spans=[PART])


def test_a_part_is_forgotten_and_the_rest_is_found_as_before(tmp_path: Path) -> None:
    folder = talk(tmp_path)
    assert len(said(folder)) == 3
    receipt = part_forgotten(folder)
    assert receipt.remains == ()
    assert said(folder) == ["We open with the budget.", "We close with the bridge."]
    with Library.open(folder) as library:
        assert library.search("bridge").moments
        lines = [line.document["subject"] for line in library.logbook.lines(action="forget")]
    assert lines[0]["parts"] == [[PART.start_ns, PART.end_ns]]


def test_a_forgotten_part_does_not_come_back_with_add(tmp_path: Path) -> None:
    folder = talk(tmp_path)
    part_forgotten(folder)
    added(folder, tmp_path)
    assert SECRET not in " ".join(said(folder))
    with Library.open(folder) as library:
        (item,) = library.videos()
        # as if all of it was done by another version
        record = replace(fakes.record("sidecars"), error="broke")
        library._store.commit_stage(item.id, record, event=fakes.event())
    added(folder, tmp_path)
    assert SECRET not in " ".join(said(folder))


def test_a_forgotten_part_of_a_transcript_stays_forgotten_when_its_footage_comes(
    tmp_path: Path,
) -> None:
    folder = talk(tmp_path)
    part_forgotten(folder)
    draw_clip(tmp_path / "talk.mp4", seconds=70.0, size=(64, 48), rate=2, clock=False)
    with Library.open(folder) as library:
        list(library.add([tmp_path]))
        (item,) = library.videos()
        assert item.name == "talk.mp4"
    noted = said(folder)
    assert "We open with the budget." in noted
    assert SECRET not in " ".join(noted)
    with Library.open(folder) as library:
        assert library._forgetting.spans(item.id) == (PART,)


def test_a_copy_from_before_gives_nothing_of_the_video_once_a_part_was_forgotten(
    tmp_path: Path,
) -> None:
    folder, copy = talk(tmp_path), tmp_path / "copy"
    shutil.copytree(folder, copy)
    part_forgotten(folder)
    shutil.copy(folder / "keys" / "data.keys", copy / "keys" / "data.keys")
    video = VideoId(digest_of(TALK))
    with Library.open(copy) as library:
        assert library._store.unreadable() == ([video], [])
        with pytest.raises(StoreError, match="restore --tidy"):
            library._store.tracks(video, scope=EVERYTHING)


@pytest.mark.parametrize("moment", ["before the rows", "before the keys"])
def test_what_a_crash_left_half_forgotten_of_a_part_is_ended_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    folder = talk(tmp_path)
    with Library.open(folder) as library:
        (item,) = library.videos()

    def crash(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    before = moment == "before the rows"
    where = forgetting.forget if before else forgetting.Forgetting
    monkeypatch.setattr(where, "forget_stretches" if before else "_destroy", crash)
    with pytest.raises(KeyboardInterrupt):
        part_forgotten(folder)
    monkeypatch.undo()
    with Library.open(folder) as library:
        has_old_key = library.logbook.keyring.find(of_video(item.id)) is not None
        texts = [n.text for t in library.tracks(item.id) for n in t.annotations]
        assert has_old_key == before == any(SECRET in text for text in texts)
        assert library._forgetting.spans(item.id) == (() if before else (PART,))
        assert not (folder / "keys" / forgetting.NOTE).exists()
    part_forgotten(folder)
    assert SECRET not in " ".join(said(folder))


def test_what_is_forgotten_and_added_again_in_one_breath_can_be_read(tmp_path: Path) -> None:
    folder = talk(tmp_path)
    with Library.open(folder) as library:
        (item,) = library.videos()
        library.forget(item.id, spans=[PART])
        library.forget(item.id)
        list(library.add([tmp_path / "talk.vtt"]))
    assert len(said(folder)) == 3


def test_a_hold_keeps_every_part(tmp_path: Path) -> None:
    folder = talk(tmp_path)
    with Library.open(folder) as library:
        (item,) = library.videos()
        library.governing.holds.place(item, case="A 1", reason="trial", review="2030-01-01")
        for spans in ((), (PART,)):
            with pytest.raises(Refused) as refusal:
                library.forget(item.id, spans=spans)
            assert refusal.value.decision.rule == "legal-hold"
        with pytest.raises(Refused):
            library.delete_original(item)
    assert (tmp_path / "talk.vtt").exists()
    assert len(said(folder)) == 3


def test_no_part_of_a_video_is_none_of_it(tmp_path: Path) -> None:
    folder = talk(tmp_path)
    with Library.open(folder) as library:
        (item,) = library.videos()
        with pytest.raises(InputError, match="no part"):
            library.forget(item.id, spans=[TimeSpan.of_seconds(900, 901)])
    assert len(said(folder)) == 3


def test_a_talk_that_quotes_a_forgotten_part_is_not_kept_afterwards(tmp_path: Path) -> None:
    folder = talk(tmp_path)
    with Library.open(folder) as library:
        (item,) = library.videos()
        held, turn = library.converse(Conversation(), "lighthouse")
        assert SECRET in str(turn.answer)
        library.forget(item.id, spans=[PART])
        assert library.keep(held) is None
        again, _ = library.converse(held, "the bridge")
        assert SECRET not in str(again)
        other, _ = library.converse(Conversation(), "the bridge")
        assert library.keep(other) is not None
        assert len(library.conversations()) == 1


def test_the_original_is_deleted_only_where_it_is_the_file_that_was_added(tmp_path: Path) -> None:
    folder = talk(tmp_path)
    with Library.open(folder) as library:
        (item,) = library.videos()
        (tmp_path / "talk.vtt").write_text("something else")
        with pytest.raises(InputError, match="another file"):
            library.delete_original(item)
        (tmp_path / "talk.vtt").write_text(TALK)
        library.delete_original(item)
        assert [line.document["subject"] for line in library.logbook.lines(action="delete")] == [
            {"video": item.id}
        ]
    assert not (tmp_path / "talk.vtt").exists()


VERIFY = Path(__file__).resolve().parents[3] / "scripts" / "verify_log.py"


def verified(receipt: Path, key: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-S", str(VERIFY), str(receipt), "--key", key]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_receipt_is_checked_offline_with_nothing_but_python(tmp_path: Path) -> None:
    folder, paper = talk(tmp_path), tmp_path / "receipt.json"
    part_forgotten(folder)
    with Library.open(folder) as library:
        (item,) = library.videos()
        receipt = library.forget(item.id)
        receipts.write(paper, receipts.receipt(library.logbook, [receipt]))
        key = library.logbook.public_key()
    done = verified(paper, key)
    assert done.returncode == 0, done.stderr
    made = json.loads(paper.read_text())
    told = json.loads(made["receipt.json"])
    assert told["videos"][0]["removed"]["annotations"] == 2
    assert any("keys" in what for what in told["remains"])
    lines = [json.loads(json.loads(x)["line"]) for x in made["chosen.jsonl"].splitlines()]
    assert {line["action"] for line in lines} == {"forget", "shred", "receipt"}
    for name, what in (("receipt.json", '"annotations": 2'), ("chosen.jsonl", "asked for")):
        forged = {**made, name: made[name].replace(what, what.replace("2", "3") + " ")}
        assert forged != made
        paper.write_text(json.dumps(forged))
        assert verified(paper, key).returncode == 1


def test_a_subject_request_is_one_command(tmp_path: Path) -> None:
    one = filled(tmp_path / "lib")
    with Library.open(tmp_path / "lib") as library:
        word = Word("Witness 4", State.GIVEN, uses=("search",))
        library.governing.consents.note(one, word)
        library.tracks(one.id)
        files = library.subject("Witness 4", tmp_path / "pack")
        with pytest.raises(InputError, match="nothing is noted"):
            library.subject("Nobody", tmp_path / "other")
        done = [line.document for line in library.logbook.lines()]
    said = json.loads(files[0].read_text())
    assert said["consent"][0]["state"] == "given"
    assert said["videos"][0]["words"][0]["text"] == SECRET
    assert "show" in {use["did"] for use in said["videos"][0]["uses"]}
    assert SECRET in files[1].read_text()
    assert "Witness" not in json.dumps([d for d in done if d["action"] == "subject"])
