"""The log end to end, without models: words, checkpoints, bundles, and whoever changes them."""

from __future__ import annotations

import base64
import json
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from viewfinder.adapters.stores.sqlite import Config as StoreConfig
from viewfinder.adapters.stores.sqlite import SqliteStore, database, verify_log
from viewfinder.app.config import Config, Log
from viewfinder.app.records import bundle
from viewfinder.app.records.logbook import Logbook
from viewfinder.domain.annotation import TrackName
from viewfinder.domain.answer import Answer, Citation, Claim, Outcome
from viewfinder.domain.errors import InputError, StoreError
from viewfinder.domain.keys import of_video
from viewfinder.domain.log.checkpoint import parsed
from viewfinder.domain.log.merkle import Head, leaf_hash
from viewfinder.domain.policy import OWN_FOOTAGE, OWNER, Principal
from viewfinder.domain.provenance import digest_of
from viewfinder.domain.time import TimeSpan
from viewfinder.governance.secrets import witness
from viewfinder.testing import fakes

ROOT = Path(__file__).resolve().parents[3]
VERIFIER = ROOT / "scripts" / "verify_log.py"
ONE, TWO = fakes.video_id("one"), fakes.video_id("two")


class Place:
    """A library's store and log, in a folder, with a witness."""

    def __init__(self, folder: Path, *, every: int = 1000) -> None:
        self.folder, self.witness = folder, folder / "witness"
        self.witness.mkdir(parents=True, exist_ok=True)
        self.store = SqliteStore(StoreConfig(folder))
        self.config = Config(log=Log(witnesses=("witness",), checkpoint_every=every))
        self.book = self.as_(OWNER)

    def as_(self, principal: Principal) -> Logbook:
        return Logbook(self.folder, self.config, self.store, principal, OWN_FOOTAGE)

    def fill(self, count: int) -> None:
        for n in range(count):
            words = [self.book.asked(f"question {n}"), *self.book.said(answer(n))]
            self.book.write("ask", {"moments": [[[ONE, TWO][n % 2], n, n + 1]]}, words)

    def sql(self, *statements: str) -> None:
        connection = sqlite3.connect(self.folder / "library.sqlite")
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        connection.close()


def answer(n: int) -> Answer:
    span = TimeSpan(n, n + 1)
    quote = Citation([ONE, TWO][n % 2], "/x.mp4", span, TrackName.SPEECH, f"secret word {n}")
    return Answer(Outcome.ANSWER, "", (Claim(f"it says {n}", (quote,)),))


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path / "library")
    yield made
    made.store.close()


def verified(*arguments: object) -> tuple[bool, str]:
    """Run the other side's checker, with nothing of ours within reach."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(VERIFIER), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={},
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode == 0, done.stdout + done.stderr


# Words


def test_words_are_nowhere_in_the_library_in_plain_and_the_owner_reads_them(place: Place) -> None:
    place.fill(4)
    place.book.draft("a draft never shown", [ONE])
    kept = b"".join(f.read_bytes() for f in place.folder.rglob("*") if f.is_file())
    for said in (b"question 1", b"secret word", b"it says", b"never shown"):
        assert said not in kept
    shown = [line.words for line in place.book.lines(words=True)]
    assert shown[2][0]["question"] == "question 1"
    assert shown[2][1]["claims"][0]["text"] == "it says 1"
    assert shown[-1] == ({"draft": "a draft never shown"},)


def test_forgetting_a_video_shreds_what_was_said_of_it_and_the_log_stays_whole(
    place: Place,
) -> None:
    place.fill(4)
    before = place.book.signed()
    assert place.book.shred(of_video(ONE))
    assert not place.book.shred(of_video(ONE))
    lines = list(place.book.lines(words=True))
    assert lines[1].words[0] is not None
    assert lines[1].words[1] is None
    assert lines[2].words[1] is not None
    assert [line.document["action"] for line in lines][-1] == "shred"
    assert place.book.verify().ok
    assert verify_log(place.folder).ok
    place.book.prove_growth(before, place.book.signed())


def test_only_the_owner_reads_words_and_others_see_their_own_lines(place: Place) -> None:
    place.fill(2)
    other = place.as_(Principal("paralegal", ("member",)))
    other.write("show", {"video": ONE})
    assert [line.document["principal"] for line in other.lines()] == ["paralegal"]
    for forbidden in (
        lambda: list(other.lines(words=True)),
        lambda: bundle.export(other, place.folder / "out"),
        lambda: other.prove(1),
    ):
        with pytest.raises(InputError, match=r"only the .*owner"):
            forbidden()
    assert other.prove(3)[1]["seq"] == 3


def test_lines_are_found_by_video_person_kind_and_time(place: Place) -> None:
    place.fill(4)
    place.as_(Principal("clerk")).write("export", {"video": ONE})
    book = place.book
    assert [line.seq for line in book.lines(video=ONE)] == [1, 3, 5]
    assert [line.seq for line in book.lines(principal="clerk")] == [5]
    assert [line.seq for line in book.lines(action="export")] == [5]
    assert list(book.lines(since="2999-01-01")) == []
    assert len(list(book.lines(since="2001-01-01"))) == 6
    book.write("derive", {"video": ONE, "stage": "speech"})
    assert [line.seq for line in book.who(ONE)] == [1, 3, 5]


def test_who_saw_a_video_includes_what_was_done_with_conversations_about_it(place: Place) -> None:
    book = place.book
    book.write("converse", {"moments": [[ONE, 0, 1]], "conversation": "aaaa11112222"})
    book.write("converse", {"moments": [[TWO, 0, 1]], "conversation": "bbbb11112222"})
    book.write("export", {"kind": "conversation", "conversation": "aaaa11112222"})
    book.write("export", {"kind": "conversation", "conversation": "bbbb11112222"})
    book.write("derive", {"video": ONE})
    assert [line.seq for line in book.who(ONE)] == [1, 3]


def test_an_auditor_sees_every_line_and_no_words(place: Place, tmp_path: Path) -> None:
    place.fill(3)
    auditor = place.as_(Principal("ombudsman", ("auditor",)))
    assert len(list(auditor.lines())) == 4
    bundle.export(auditor, tmp_path / "out")
    assert verified(tmp_path / "out")[0]
    with pytest.raises(InputError, match="only the owner"):
        bundle.export(auditor, tmp_path / "words", words=True)
    assert not (tmp_path / "words").exists()


def test_settings_are_logged_once_until_they_change(place: Place) -> None:
    class Policy:
        version = "1"

    policy: Any = Policy()
    for _ in range(3):
        place.book.introduce(policy)
    assert len(list(place.book.lines(action="settings"))) == 1
    Policy.version = "2"
    place.book.introduce(policy)
    assert len(list(place.book.lines(action="settings"))) == 2
    place.as_(Principal("clerk")).introduce(policy)
    assert [line.document["principal"] for line in place.book.lines(action="open")] == ["clerk"]


def test_what_canonical_json_cannot_hold_is_not_done(place: Place) -> None:
    with pytest.raises(StoreError, match="cannot be logged"):
        place.book.write("show", {"at": 2**60})
    assert place.store.trail.head() == Head()


# Checkpoints


def test_checkpoints_are_left_at_closing_and_after_so_many_lines(tmp_path: Path) -> None:
    place = Place(tmp_path, every=10)
    place.fill(25)
    place.book.close()
    place.book.close()
    sizes = [int(path.name[:12]) for path in sorted(place.witness.rglob("*.checkpoint"))]
    assert sizes == [11, 21, 26]
    assert place.book.behind() == [(place.witness, 26)]
    place.store.close()


def test_a_checkpoint_is_a_signed_note_that_others_can_read(place: Place) -> None:
    place.fill(3)
    made, (path,) = place.book.checkpoint()
    text = path.read_text("utf-8")
    origin, size, root, empty, signature, end = text.split("\n")
    assert (origin, size, empty, end) == (made.origin, "4", "", "")
    assert base64.b64decode(root) == place.store.trail.head().root
    name, shown_id, shown_key = place.book.public_key().split("+", 2)
    public = base64.b64decode(shown_key)
    assert (name, public[0]) == (origin, 1)
    assert signature.startswith(f"— {origin} ")
    raw = base64.b64decode(signature.split(" ")[2])
    assert raw[:4].hex() == shown_id
    assert witness.is_signed(parsed(text), public[1:])
    assert not witness.is_signed(replace(parsed(text), size=5), public[1:])
    for broken in (text[:-1], text.replace("\n4\n", "\nx\n"), "", text + "\n"):
        with pytest.raises(ValueError, match="not a checkpoint"):
            parsed(broken)


def test_a_witness_is_never_overwritten(place: Place) -> None:
    place.fill(3)
    made, (path,) = place.book.checkpoint()
    place.book.checkpoint()
    other = witness.signed(place.book.keyring, place.store.trail.library, made.size, bytes(32))
    with pytest.raises(InputError, match="rewritten"):
        witness.drop(other, place.witness)
    assert path.read_text() == made.note
    assert len(list(path.parent.iterdir())) == 1


def test_a_witness_that_cannot_be_reached_is_logged_and_keeps_nobody_waiting(place: Place) -> None:
    place.fill(1)
    shutil.rmtree(place.witness)
    place.book.close()
    assert next(place.book.lines(action="witness")).document["subject"]["failed"]
    with pytest.raises(InputError, match="witness"):
        place.book.checkpoint()


# Whoever changes the log


FLIPS: list[tuple[str, Callable[[Place], None]]] = [
    ("edit", lambda p: p.sql("UPDATE entries SET line = line || ' ' WHERE seq = 4")),
    ("delete", lambda p: p.sql("DELETE FROM entries WHERE seq = 3")),
    ("delete the first", lambda p: p.sql("DELETE FROM entries WHERE seq = 0")),
    ("cut", lambda p: p.sql("DELETE FROM entries WHERE seq > 7")),
    ("insert", lambda p: p.sql("INSERT INTO entries SELECT 500, line, NULL FROM entries LIMIT 1")),
    ("swap words", lambda p: p.sql(
        "UPDATE entries SET sealed = (SELECT sealed FROM entries WHERE seq = 1) WHERE seq = 2")),
    ("drop words", lambda p: p.sql("UPDATE entries SET sealed = NULL WHERE seq = 2")),
    ("exchange", lambda p: p.sql(
        "UPDATE entries SET line = (SELECT line FROM entries WHERE seq = 2) WHERE seq = 4")),
    ("tile", lambda p: p.sql("UPDATE tiles SET hash = zeroblob(32)")),
    ("head", lambda p: p.sql("UPDATE meta SET value = zeroblob(40) WHERE name = 'log_tree'")),
]  # fmt: skip


@pytest.mark.parametrize(("what", "change"), FLIPS, ids=[name for name, _ in FLIPS])
def test_a_change_of_the_file_is_found(
    what: str, change: Callable[[Place], None], place: Place
) -> None:
    place.fill(300)
    assert place.book.verify().ok
    change(place)
    assert not place.book.verify().ok


def rewritten(place: Place, lines: list[str]) -> None:
    """Write another log, with everything in the file as it should be: the work of an owner."""
    head = Head()
    tiles = []
    for line in lines:
        head, tile = head.plus(leaf_hash(line.encode()))
        tiles += [] if tile is None else [tile]
    connection = sqlite3.connect(place.folder / "library.sqlite")
    connection.execute("DELETE FROM entries")
    connection.execute("DELETE FROM tiles")
    connection.executemany("INSERT INTO entries VALUES (?, ?, NULL)", enumerate(lines))
    connection.executemany("INSERT INTO tiles VALUES (?, ?)", enumerate(tiles))
    connection.execute("UPDATE meta SET value = ? WHERE name = 'log_tree'", (head.to_bytes(),))
    connection.commit()
    connection.close()


@pytest.mark.parametrize("fork", [False, True], ids=["truncated", "forked"])
def test_a_log_rewritten_as_a_whole_is_found_by_a_witness_and_only_by_one(
    place: Place, fork: bool
) -> None:
    for n in range(20):
        place.book.write("show", {"video": ONE, "at": n})
    place.book.checkpoint()
    lines = [entry.line for entry in place.store.trail.entries()]
    rewritten(place, [line.replace(ONE, TWO) for line in lines] if fork else lines[:10])
    assert verify_log(place.folder).ok  # nothing in the file itself can show it
    assert not place.book.verify().ok


def test_two_witnesses_that_were_told_different_things_show_a_fork(place: Place) -> None:
    place.fill(3)
    made = place.book.signed()
    witness.drop(made, place.witness)
    other = place.folder / "second"
    other.mkdir()
    lie = witness.signed(place.book.keyring, place.store.trail.library, made.size, bytes(32))
    witness.drop(lie, other)
    place.config = replace(place.config, log=Log(witnesses=("witness", "second")))
    found = place.as_(OWNER).verify()
    assert not found.ok
    assert "forked" in found.problem


# The other side


@given(st.binary(max_size=80), st.binary(min_size=32, max_size=32), st.integers(0, 63))
def test_the_checker_knows_a_good_signature_from_a_bad_one(
    message: bytes, seed: bytes, at: int
) -> None:
    theirs = checker()
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = private.public_key().public_bytes_raw(), private.sign(message)
    assert theirs["is_signed"](public, message, signature)
    broken = bytearray(signature)
    broken[at] ^= 1
    for wrong in ((public, message + b"x", signature), (public, message, bytes(broken))):
        try:
            good = theirs["is_signed"](*wrong)
        except ValueError:
            good = False
        assert not good


def checker() -> dict[str, Any]:
    """Return the names of the other side's checker, to be called many times."""
    names: dict[str, Any] = {"__name__": "checker"}
    exec(compile(VERIFIER.read_text("utf-8"), VERIFIER.name, "exec"), names)
    return names


def test_the_checker_is_short_and_imports_nothing_of_ours() -> None:
    text = VERIFIER.read_text("utf-8")
    assert len(text.splitlines()) < 200
    imported = {
        line.split()[1].split(".")[0]
        for line in text.splitlines()
        if line.startswith(("import", "from"))
    }
    assert imported <= set(sys.stdlib_module_names)


def test_a_whole_log_is_checked_by_the_other_side(place: Place, tmp_path: Path) -> None:
    place.fill(6)
    early, (kept,) = place.book.checkpoint()
    place.fill(4)
    out = tmp_path / "out"
    assert bundle.export(place.book, out, words=True) == (12, 12)
    key = place.book.public_key()
    assert verified(out, "--key", key, "--checkpoint", kept) == (
        True,
        f"signed: 12 lines, root {parsed((out / 'checkpoint.txt').read_text()).root.hex()}\n"
        "12 of 12 lines, 1 earlier checkpoints: nothing is wrong\n",
    )
    assert early.size == 7
    with pytest.raises(InputError, match="cannot write"):
        bundle.export(place.book, out)


def test_the_lines_about_one_video_are_checked_without_the_others(
    place: Place, tmp_path: Path
) -> None:
    place.fill(9)
    early, (kept,) = place.book.checkpoint()
    place.fill(5)
    out = tmp_path / "out"
    count, size = bundle.export(place.book, out, video=ONE, earlier=early)
    assert (count, size) == (9, 16)
    assert TWO not in (out / "chosen.jsonl").read_text()
    good, said = verified(out, "--checkpoint", kept, "--key", place.book.public_key())
    assert good, said
    (out / "growth.json").unlink()
    assert not verified(out, "--checkpoint", kept)[0]


def test_one_line_can_be_proved_in_one_document(place: Place, tmp_path: Path) -> None:
    place.fill(9)
    early, (kept,) = place.book.checkpoint()
    place.fill(9)
    for n, asked in enumerate([(3, None), (None, early), (18, early)]):
        proof = tmp_path / f"{n}.json"
        proof.write_text(json.dumps(bundle.proof(place.book, *asked)))
        assert verified(proof, *(["--checkpoint", kept] if asked[1] else []))[0]
        document = json.loads(proof.read_text())
        name = "growth.json" if asked[0] is None else "chosen.jsonl"
        part = json.loads(document[name])
        part["proof"][0] = "00" * 32
        document[name] = json.dumps(part) + "\n"
        proof.write_text(json.dumps(document))
        assert not verified(proof)[0]
    with pytest.raises(InputError, match="no line 99"):
        place.book.prove(99)


def test_whatever_is_changed_in_what_was_handed_over_is_found(place: Place, tmp_path: Path) -> None:
    place.fill(30)
    _, (kept,) = place.book.checkpoint()
    place.fill(10)
    out = tmp_path / "out"
    bundle.export(place.book, out, words=True)
    names, chance = checker(), random.Random(4)
    lines = (out / "entries.jsonl").read_bytes().splitlines(keepends=True)
    arguments = [str(out), "--key", place.book.public_key(), "--checkpoint", str(kept)]
    names["main"](arguments)
    for n in range(60):
        wrong = mutated(lines, n, chance)
        (out / "entries.jsonl").write_bytes(b"".join(wrong))
        with pytest.raises((ValueError, KeyError, TypeError)):
            names["main"](arguments)
    (out / "entries.jsonl").write_bytes(b"".join(lines))
    for name in ("checkpoint.txt", "words.jsonl"):
        whole = (out / name).read_bytes()
        for _ in range(20):
            (out / name).write_bytes(flipped(whole, chance))
            try:
                names["main"](arguments)
            except (ValueError, KeyError, TypeError, IndexError):
                continue
            assert not digits_differ(whole, (out / name).read_bytes())
        (out / name).write_bytes(whole)


def mutated(lines: list[bytes], kind: int, chance: random.Random) -> list[bytes]:
    at = chance.randrange(len(lines) - 1)
    wrong = list(lines)
    match kind % 5:
        case 0:
            wrong[at] = flipped(wrong[at], chance)
        case 1:
            del wrong[at]
        case 2:
            wrong.insert(at, wrong[chance.randrange(len(wrong))])
        case 3:
            wrong[at], wrong[at + 1] = wrong[at + 1], wrong[at]
        case _:
            wrong = wrong[: at + 1]
    return wrong


def flipped(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    changed[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def digits_differ(one: bytes, other: bytes) -> bool:
    """Upper and lower case of a hexadecimal digit are the same digit; that is no change."""
    return one.lower() != other.lower()


# Libraries of before


def old_library(folder: Path, count: int) -> None:
    """Make a library whose log is a chain, as versions before the tree did."""
    folder.mkdir(exist_ok=True)
    path = folder / "library.sqlite"
    connection = sqlite3.connect(path, isolation_level=None)
    database.upgrade(connection, path, read_only=False, steps=database.STEPS[:2])
    last = "0" * 64
    for n in range(1, count + 1):
        text = json.dumps({"action": "add", "n": n})
        last = digest_of(last + text)
        connection.execute("INSERT INTO log VALUES (?, ?, ?)", (n, text, last))
    connection.execute("INSERT INTO meta VALUES ('log_head', ?)", (f"{count} {last}",))
    connection.close()


def test_the_chain_of_an_older_library_stays_readable_and_stands_under_the_first_line(
    tmp_path: Path,
) -> None:
    old_library(tmp_path / "library", 7)
    assert verify_log(tmp_path / "library").older == 7
    place = Place(tmp_path / "library")
    assert len(list(place.store.trail.older())) == 7
    assert place.book.verify().ok  # nothing written since
    place.fill(2)
    found = place.book.verify()
    assert (found.ok, found.n, found.older) == (True, 3, 7)
    out = tmp_path / "out"
    bundle.export(place.book, out)
    assert verified(out)[0]
    for damage in (
        "UPDATE log SET event = '{}' WHERE n = 3",
        "DELETE FROM log WHERE n = 7",
        "DELETE FROM log",
    ):
        copy = tmp_path / digest_of(damage)[:8]
        shutil.copytree(tmp_path / "library", copy)
        connection = sqlite3.connect(copy / "library.sqlite")
        connection.execute(damage)
        connection.commit()
        connection.close()
        assert not verify_log(copy).ok
    place.store.close()


def test_a_changed_chain_is_found_before_anything_new_is_written(tmp_path: Path) -> None:
    old_library(tmp_path, 4)
    connection = sqlite3.connect(tmp_path / "library.sqlite")
    connection.execute("DELETE FROM log WHERE n = 4")
    connection.commit()
    connection.close()
    assert not verify_log(tmp_path).ok
