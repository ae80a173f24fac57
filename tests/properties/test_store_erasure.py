"""After an erasure no byte of the video is left in any file of the library.

The canaries are looked for as text in UTF-8 and UTF-16, and as the very bytes that the
store keeps: compressed notes, codes, exact vectors, fine vectors, postings, thumbnails.
"""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import textwrap
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from viewfinder.adapters.stores.sqlite import Config, SqliteStore, parcels, verify_log, wire
from viewfinder.domain.conversation import Heading
from viewfinder.domain.media import Video, VideoId
from viewfinder.domain.segment import Embedded, EmbeddingSpace, Lane, Vectors, detail_of
from viewfinder.domain.time import TimeSpan
from viewfinder.testing import fakes
from viewfinder.testing.scopes import EVERYTHING

WINDOW = 16
"""Bytes that must coincide to count as left over."""


def fill(store: SqliteStore, name: str, count: int = 60, seed: int = 0) -> Video:
    """Add a video full of words, vectors and pictures that no other video has."""
    owner = fakes.video(name)
    chance = random.Random(f"{name} {seed}")
    said = [
        " ".join(f"{name}{chance.randrange(10**9):x}" for _ in range(chance.randrange(1, 20)))
        for _ in range(count)
    ]
    segments = fakes.segments(owner, *said) + fakes.segments(owner, *said, lane=Lane.CAPTIONS)
    rows = np.random.default_rng([seed, *name.encode()]).standard_normal(
        (len(segments), 48), np.float32
    )
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    fine = tuple(detail_of(rows[:9], np.zeros((len(rows[:9]), 2), np.int64)) for _ in segments)
    space = EmbeddingSpace("noise", "1", 48)
    store.commit_video(owner, event=fakes.event(video=owner.id))
    store.commit_stage(
        owner.id,
        fakes.record("speech", error=f"{name} broke"),
        tracks=[fakes.track(*said)],
        thumbnails={at: chance.randbytes(3_000) for at in range(8)},
        arrays={"features": np.frombuffer(chance.randbytes(40_000), np.int8)},
        event=fakes.event(video=owner.id),
    )
    store.commit_index(
        owner.id,
        fakes.record("index"),
        segments,
        [Embedded(Vectors(space, rows), fine)],
        event=fakes.event(video=owner.id),
    )
    return owner


def bodies(folder: Path, owner: Video | None = None) -> list[bytes]:
    """Return what the library keeps of one video, or of all."""
    connection = sqlite3.connect(f"file:{folder}/library.sqlite?mode=ro", uri=True)
    rows = connection.execute(
        "SELECT b.body FROM bodies b JOIN parcels p ON p.body = b.no JOIN videos v "
        "ON v.no = p.video WHERE v.id = coalesce(?, v.id)",
        (owner and owner.id,),
    ).fetchall()
    if owner is None:
        rows += connection.execute(
            "SELECT body FROM bodies WHERE no IN (SELECT body FROM conversation_turns "
            "UNION SELECT heading FROM conversations)"
        ).fetchall()
    kept = [bytes(parcels.unwrapped(connection, body)) for (body,) in rows]
    connection.close()
    return kept


def canaries(store: SqliteStore, folder: Path, owner: Video) -> list[bytes]:
    """Return pieces of all that the library holds of a video, and its words as plain text."""
    said = [s.text for s in store.segments_of(owner.id, scope=EVERYTHING) if len(s.text) > WINDOW]
    words = [text for some in (owner.path, *said) for text in some.split()]
    pieces = [word.encode(how) for word in words for how in ("utf-8", "utf-16-le")]
    random.Random(1).shuffle(pieces)
    del pieces[100:]
    for content in bodies(folder, owner):
        for start in range(0, len(content) - WINDOW, 3_001):
            piece = content[start : start + WINDOW]
            if len(set(piece)) > WINDOW // 2:  # runs of one number say nothing
                pieces.append(piece)
    return pieces


def talked(
    store: SqliteStore, name: str, *about: str, turns: int = 3, seed: int = 0
) -> tuple[Heading, list[bytes]]:
    """Keep a conversation turn by turn; return what of it must be gone one day.

    That is the words of its questions, plain here, and its title as the store has it.
    """
    chance = random.Random(f"{name} {seed}")
    pieces = []
    for n in range(1, turns + 1):
        words = [f"{name}?{chance.randrange(10**12):x}" for _ in range(chance.randrange(9, 1_200))]
        title = f"what of {words[0]}"
        heading = replace(fakes.heading(f"{name} {seed}", *about, turns=n), title=title)
        body = " ".join(words).encode()
        event = fakes.event("keep", conversation=heading.id)
        assert store.commit_conversation(heading, [body], event=event)
        pieces += [word.encode() for word in words[:40]]
        pieces.append(wire.heading_bytes(title, heading.started, heading.changed)[8:])
    return heading, pieces


def left_over(folder: Path, pieces: list[bytes]) -> list[tuple[str, bytes]]:
    """Return (file, piece) for every canary found in any file of the library.

    What videos that are still there hold as well, such as the start of every array, is no
    trace of the one that went.
    """
    alive = b"".join(bodies(folder))
    return [
        (file.name, piece)
        for file in folder.iterdir()
        for content in [file.read_bytes()]
        for piece in pieces
        if piece in content and piece not in alive
    ]


def test_no_byte_of_an_erased_video_is_left(tmp_path: Path) -> None:
    store = SqliteStore(Config(tmp_path))
    kept, gone, after = (fill(store, name) for name in ("kept", "gone", "after"))
    pieces = canaries(store, tmp_path, gone)
    assert len(pieces) > 120
    content = (tmp_path / "library.sqlite-wal").read_bytes()
    assert any(piece in content for piece in pieces), "the test cannot see what is there"
    receipt = store.erase(gone.id, event=fakes.event("forget", video=gone.id))
    assert receipt.remains == ()
    assert left_over(tmp_path, pieces) == []
    for other in (kept, after):
        assert len(store.segments_of(other.id, scope=EVERYTHING)) == 120
    store.close()
    assert left_over(tmp_path, pieces) == []
    assert verify_log(tmp_path).ok


def test_no_byte_of_a_conversation_that_quotes_an_erased_video_is_left(tmp_path: Path) -> None:
    store = SqliteStore(Config(tmp_path))
    for name in ("kept", "gone"):
        fill(store, name, count=9)
    about_both, pieces = talked(store, "both", "kept", "gone", turns=9)
    about_kept, others = talked(store, "other", "kept")
    wal = (tmp_path / "library.sqlite-wal").read_bytes()
    assert all(piece in wal for piece in pieces[-5:]), "the test cannot see what is there"
    receipt = store.erase(fakes.video_id("gone"), event=fakes.event("forget"))
    assert dict(receipt.removed)["conversations"] == 1
    assert left_over(tmp_path, pieces) == []
    assert store.conversations(scope=EVERYTHING, principal="owner") == [about_kept]
    assert store.forget_conversation(about_kept.id, event=fakes.event("forget")) == ()
    assert left_over(tmp_path, others) == []
    store.close()
    assert left_over(tmp_path, pieces + others) == []
    assert verify_log(tmp_path).ok
    content = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert about_both.id.encode() in content, "the log says which conversation was kept"


def test_a_title_that_another_replaced_is_gone_at_the_next_erasure(tmp_path: Path) -> None:
    store = SqliteStore(Config(tmp_path))
    heading, pieces = talked(store, "talk", turns=6)
    store.forget_conversation(heading.id, event=fakes.event("forget"))
    assert left_over(tmp_path, pieces) == []
    store.close()


def test_the_log_keeps_the_id_of_what_was_erased_and_nothing_else(tmp_path: Path) -> None:
    store = SqliteStore(Config(tmp_path))
    gone = fill(store, "gone")
    store.erase(gone.id, event=fakes.event("forget", video=gone.id))
    store.close()
    content = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert gone.id.encode() in content
    for word in (b"gone.mp4", b"about gone", b"gone broke"):
        assert word not in content


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_left_after_a_life_of_changes(tmp_path: Path, seed: int) -> None:
    """B-trees split and merge on the way; old copies in their gaps would show here."""
    chance = random.Random(seed)
    store = SqliteStore(Config(tmp_path))
    pieces: dict[str, list[bytes]] = {}
    for step in range(24):
        name = f"v{chance.randrange(12)}x"
        if name in pieces and chance.random() < 0.5:
            store.erase(fakes.video_id(name), event=fakes.event("forget"))
            assert left_over(tmp_path, pieces.pop(name)) == []
        else:
            owner = fill(store, name, chance.randrange(1, 16), seed=step)
            pieces.setdefault(name, []).extend(canaries(store, tmp_path, owner))
            _, words = talked(store, "talk", name, turns=chance.randrange(1, 6), seed=step)
            pieces[name].extend(words)
    for name, gone in pieces.items():
        store.erase(fakes.video_id(name), event=fakes.event("forget"))
        assert left_over(tmp_path, gone) == []
    store.close()


def test_what_a_stage_or_an_index_replaces_is_gone_at_the_next_erasure(tmp_path: Path) -> None:
    store = SqliteStore(Config(tmp_path))
    owner = fill(store, "first")
    pieces = canaries(store, tmp_path, owner)
    fill(store, "first", count=3, seed=1)
    store.erase(owner.id, event=fakes.event("forget"))
    assert left_over(tmp_path, pieces) == []
    store.close()


def test_no_body_touches_a_page_of_the_tree(tmp_path: Path) -> None:
    """Ours, resting on the file format: a b-tree page holds only zeros of each body."""
    store = SqliteStore(Config(tmp_path))
    connection = store._database.connection
    root = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'bodies'").fetchone()
    sizes = [*range(1, 40), 4_060, 4_075, 4_076, 4_077, 4_092, 8_168, 8_191, 16_363, 2**20 - 3]
    connection.executemany(
        "INSERT INTO bodies (body) VALUES (?)",
        [(parcels.wrapped(b"\xab" * size),) for size in sizes],
    )
    for (body,), size in zip(connection.execute("SELECT body FROM bodies"), sizes, strict=True):
        assert parcels.unwrapped(connection, body) == b"\xab" * size
    store.close()
    content = (tmp_path / "library.sqlite").read_bytes()
    pages = [content[at : at + 4096] for at in range(0, len(content), 4096)]
    leaves = [page for page in pages if page[0] == 0x0D and b"\xab" in page[8:]]
    assert pages[root[0] - 1][0] in (0x05, 0x0D)
    assert leaves == []


SCRIPT = """
    import os, signal, sys
    from pathlib import Path
    from viewfinder.adapters.stores.sqlite import Config, SqliteStore
    from viewfinder.adapters.stores.sqlite.database import Database
    from viewfinder.testing import fakes

    def die(self):
        os.kill(os.getpid(), signal.SIGKILL)

    Database.cut_wal = die
    store = SqliteStore(Config(Path(sys.argv[1])))
    store.erase(sys.argv[2], event=fakes.event("forget"))
"""


def killed_while_erasing(folder: Path, video: VideoId) -> None:
    script = [sys.executable, "-c", textwrap.dedent(SCRIPT), str(folder), video]
    assert subprocess.run(script, check=False).returncode == -signal.SIGKILL


def test_an_erasure_cut_short_by_a_kill_is_finished_at_the_next_opening(tmp_path: Path) -> None:
    store = SqliteStore(Config(tmp_path))
    gone = fill(store, "gone")
    pieces = canaries(store, tmp_path, gone) + talked(store, "talk", "gone")[1]
    store.close()
    killed_while_erasing(tmp_path, gone.id)
    wal = (tmp_path / "library.sqlite-wal").read_bytes()
    assert any(piece in wal for piece in pieces) or wal, "the kill came too late to test anything"
    store = SqliteStore(Config(tmp_path))
    assert store.videos(scope=EVERYTHING) == []
    assert left_over(tmp_path, pieces) == []
    store.close()
    assert verify_log(tmp_path).ok


def test_a_reader_that_blocks_is_named_in_the_receipt_and_the_rest_done_later(
    tmp_path: Path,
) -> None:
    store = SqliteStore(Config(tmp_path, wait_s=0.05))
    gone = fill(store, "gone")
    pieces = canaries(store, tmp_path, gone)
    reader = sqlite3.connect(tmp_path / "library.sqlite", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM videos").fetchone()
    receipt = store.erase(gone.id, event=fakes.event("forget"))
    assert len(receipt.remains) == 1
    assert "another process reads" in receipt.remains[0]
    assert store.videos(scope=EVERYTHING) == []
    reader.close()
    store.close()
    with_marker = SqliteStore(Config(tmp_path))
    assert left_over(tmp_path, pieces) == []
    with_marker.close()


def test_no_temporary_file_is_made_on_disk(tmp_path: Path) -> None:
    store = SqliteStore(Config(tmp_path))
    assert store._database.connection.execute("PRAGMA temp_store").fetchone()[0] == 2
    assert store._database.connection.execute("PRAGMA secure_delete").fetchone()[0] == 1
    store.close()
    assert {file.name for file in tmp_path.iterdir()} <= {"library.sqlite", "library.lock"}


def test_no_byte_of_a_forgotten_part_is_left(tmp_path: Path) -> None:
    store = SqliteStore(Config(tmp_path))
    owner, part = fill(store, "gone"), TimeSpan.of_seconds(10, 20)
    said = store.segments_of(owner.id, scope=EVERYTHING)
    inside = [s.text for s in said if part.overlap_ns(s.span)]
    outside = {w for s in said if not part.overlap_ns(s.span) for w in s.text.split()}
    pieces = [w.encode() for text in inside for w in text.split() if w not in outside]
    assert len(pieces) > 40
    receipt = store.erase_stretches(owner.id, [part], event=fakes.event("forget"))
    assert receipt.remains == ()
    assert left_over(tmp_path, pieces) == []
    assert dict(receipt.removed)["annotations"] == 10
    store.close()
    assert left_over(tmp_path, pieces) == []
    unpacked = b"".join(text for body in bodies(tmp_path, owner) for text in inflations(body))
    assert not any(piece in unpacked for piece in pieces)
    assert any(word.encode() in unpacked for word in outside)


def inflations(content: bytes) -> list[bytes]:
    try:
        return [zlib.decompress(content)]
    except zlib.error:
        return [content]


def test_an_erasure_gives_back_the_pages_it_freed(tmp_path: Path) -> None:
    store = SqliteStore(Config(tmp_path))
    for name in ("kept", "gone", "after"):
        fill(store, name)
    full = (tmp_path / "library.sqlite-wal").stat().st_size
    store.erase(fakes.video_id("gone"), event=fakes.event("forget"))
    connection = store._database.connection
    assert connection.execute("PRAGMA freelist_count").fetchone() == (0,)
    assert (tmp_path / "library.sqlite").stat().st_size < full
    assert len(store.videos(scope=EVERYTHING)) == 2
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    store.close()
