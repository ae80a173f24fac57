"""What the SQLite store does when the disk, another process or its own past is in the way."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from viewfinder.adapters.stores.sqlite import (
    Config,
    SqliteStore,
    database,
    parcels,
    verify_log,
    writes,
)
from viewfinder.domain.errors import StoreError
from viewfinder.domain.search import VectorLeg, WordLeg
from viewfinder.domain.segment import Lane
from viewfinder.testing import fakes
from viewfinder.testing.scopes import EVERYTHING
from viewfinder.testing.store_contract import put

RED = WordLeg((Lane.SPEECH,), (("red", 1.0),))
NEAR = VectorLeg((Lane.SPEECH,), fakes.SPACE, fakes.vector("red"))


def fill(store: SqliteStore, name: str, count: int = 3) -> None:
    owner = fakes.video(name)
    put(store, owner, fakes.segments(owner, *["red car"] * count), fakes.SPACE)


def names(store: SqliteStore) -> set[str | None]:
    return {video.title for video in store.videos(scope=EVERYTHING)}


def is_sound(folder: Path) -> bool:
    connection = sqlite3.connect(folder / "library.sqlite")
    answer = connection.execute("PRAGMA integrity_check").fetchone()[0]
    broken = connection.execute("PRAGMA foreign_key_check").fetchall()
    connection.close()
    return answer == "ok" and not broken and verify_log(folder).ok


@contextmanager
def without_rights() -> Iterator[None]:
    """Be somebody who may not write where root may."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(user)


@pytest.fixture
def read_only_folder() -> Iterator[Path]:
    """Give a library in a folder that nobody may write to."""
    top = Path(tempfile.mkdtemp())
    folder = top / "library"
    store = SqliteStore(Config(folder))
    fill(store, "one")
    store.close()
    top.chmod(0o755)
    (folder / "library.sqlite").chmod(0o444)
    (folder / "library.lock").unlink()
    folder.chmod(0o555)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(top)


# Disk


def test_a_full_disk_says_so_and_loses_nothing(tmp_path: Path) -> None:
    store = SqliteStore(Config(tmp_path))
    fill(store, "one")
    connection = store._database.connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + 4}")
    with pytest.raises(StoreError, match=r"the disk is full; nothing was lost: make room"):
        fill(store, "two", count=400)
    assert names(store) <= {"one", "two"}
    assert len(store.search(RED, scope=EVERYTHING, limit=9)) == 3
    connection.execute("PRAGMA max_page_count = 1000000")
    fill(store, "two", count=400)
    assert names(store) == {"one", "two"}
    store.close()
    assert is_sound(tmp_path)


def test_a_file_that_may_not_grow_fails_cleanly(tmp_path: Path) -> None:
    store = SqliteStore(Config(tmp_path))
    fill(store, "one")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    wal = (tmp_path / "library.sqlite-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (wal + 20_000, hard))
    try:
        with pytest.raises(StoreError, match=r"nothing"):
            fill(store, "two", count=400)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert len(store.search(NEAR, scope=EVERYTHING, limit=9)) == 3
    fill(store, "two", count=400)
    store.close()
    assert is_sound(tmp_path)


def test_a_read_only_library_can_be_searched_and_not_changed(read_only_folder: Path) -> None:
    with without_rights():
        store = SqliteStore(Config(read_only_folder, read_only=True))
        assert len(store.search(RED, scope=EVERYTHING, limit=9)) == 3
        assert len(store.search(NEAR, scope=EVERYTHING, limit=9)) == 3
        for change in (
            lambda: fill(store, "two"),
            lambda: store.log(fakes.event()),
            lambda: store.erase(fakes.video_id("one"), event=fakes.event()),
        ):
            with pytest.raises(StoreError, match=r"open for reading only"):
                change()
        store.close()
        assert verify_log(read_only_folder).ok


def test_a_folder_without_rights_says_so(read_only_folder: Path) -> None:
    with without_rights(), pytest.raises(StoreError, match=r"cannot be (opened|written)"):
        fill(SqliteStore(Config(read_only_folder)), "two")


def test_a_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match=r"cannot make the library folder"):
        SqliteStore(Config(tmp_path / "file" / "library"))


def test_a_missing_library_is_not_made_by_reading(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"no library at .* add a video"):
        SqliteStore(Config(tmp_path / "nowhere", read_only=True))
    assert not (tmp_path / "nowhere").exists()


# Damage


@pytest.mark.parametrize(
    "content", [b"not a database " * 300, b"SQLite format 3\x00" + b"x" * 9_000]
)
def test_a_file_that_is_no_library_says_so(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "library.sqlite").write_bytes(content)
    for read_only in (False, True):
        with pytest.raises(StoreError, match=r"restore a copy|another program"):
            SqliteStore(Config(tmp_path, read_only=read_only))
    assert (tmp_path / "library.sqlite").read_bytes() == content


def test_a_library_cut_short_says_so(tmp_path: Path) -> None:
    store = SqliteStore(Config(tmp_path))
    fill(store, "one", 300)
    store.close()
    file = tmp_path / "library.sqlite"
    os.truncate(file, file.stat().st_size // 2)
    with pytest.raises(StoreError, match=r"damaged"):
        SqliteStore(Config(tmp_path))


def test_a_damaged_body_says_so_and_the_rest_is_found(tmp_path: Path) -> None:
    store = SqliteStore(Config(tmp_path))
    fill(store, "one")
    fill(store, "two")
    store._database.connection.execute(
        "UPDATE bodies SET body = zeroblob(length(body)) WHERE no IN (SELECT p.body FROM parcels p "
        "JOIN videos v ON v.no = p.video WHERE v.id = ? AND p.kind = 'video')",
        (fakes.video_id("one"),),
    )
    with pytest.raises(StoreError, match=r"damaged .* forget this video and add it again"):
        store.videos(scope=EVERYTHING)
    store.erase(fakes.video_id("one"), event=fakes.event("forget"))
    assert names(store) == {"two"}
    store.close()


# Versions


def test_a_library_from_a_newer_version_is_refused(tmp_path: Path) -> None:
    store = SqliteStore(Config(tmp_path))
    store._database.connection.execute("PRAGMA user_version = 99")
    store.close()
    for read_only in (False, True):
        with pytest.raises(StoreError, match=r"version 99, newer .* upgrade viewfinder"):
            SqliteStore(Config(tmp_path, read_only=read_only))


def test_a_file_of_another_program_is_refused(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "library.sqlite")
    other.execute("CREATE TABLE mine (x)")
    other.close()
    with pytest.raises(StoreError, match=r"another program"):
        SqliteStore(Config(tmp_path))


def test_an_older_library_is_brought_forward_step_by_step(tmp_path: Path) -> None:
    """A step that does not exist yet: it stands for every one that will."""
    store = SqliteStore(Config(tmp_path))
    fill(store, "one")
    store.close()

    def add_column(connection: sqlite3.Connection) -> None:
        connection.execute("ALTER TABLE videos ADD COLUMN note TEXT NOT NULL DEFAULT 'new'")

    def fail(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM log")
        raise StoreError("no")

    connection = sqlite3.connect(tmp_path / "library.sqlite", isolation_level=None)
    steps = (*database.STEPS, add_column)
    with pytest.raises(StoreError, match=r"open it once for writing"):
        database.upgrade(connection, tmp_path, read_only=True, steps=steps, oldest=len(steps))
    with pytest.raises(StoreError, match=r"^no$"):
        database.upgrade(connection, tmp_path, read_only=False, steps=(*steps, fail))
    assert connection.execute("PRAGMA user_version").fetchone() == (len(steps),)
    assert connection.execute("SELECT note FROM videos").fetchall() == [("new",)]
    database.upgrade(connection, tmp_path, read_only=False, steps=steps)
    connection.close()
    with pytest.raises(StoreError, match=r"newer"):
        SqliteStore(Config(tmp_path))


def test_a_library_of_this_version_opens_as_it_was_left(tmp_path: Path) -> None:
    for _ in range(2):
        store = SqliteStore(Config(tmp_path))
        fill(store, "one")
        store.close()
    assert is_sound(tmp_path)


# Others


def test_a_second_adder_is_told_who_is_first_and_may_add_afterwards(tmp_path: Path) -> None:
    first, second = SqliteStore(Config(tmp_path)), SqliteStore(Config(tmp_path, wait_s=0.02))
    with first.writing():
        fill(first, "one")
        with pytest.raises(StoreError, match=rf"process \(id {os.getpid()}\) is adding"):
            fill(second, "two")
        second.log(fakes.event("search"))
        assert len(second.search(RED, scope=EVERYTHING, limit=9)) == 3
    fill(second, "two")
    assert names(first) == {"one", "two"}
    first.close()
    second.close()


def test_a_second_adder_waits_for_the_first(tmp_path: Path) -> None:
    first, second = SqliteStore(Config(tmp_path)), SqliteStore(Config(tmp_path, wait_s=30))
    waiting = threading.Thread(target=fill, args=(second, "two"))
    with first.writing():
        waiting.start()
        fill(first, "one")
        assert names(first) == {"one"}
    waiting.join()
    assert names(first) == {"one", "two"}
    first.close()
    second.close()


def test_a_locked_library_says_so(tmp_path: Path) -> None:
    store = SqliteStore(Config(tmp_path, wait_s=0.02))
    fill(store, "one")
    other = sqlite3.connect(tmp_path / "library.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match=r"another process kept it locked"):
        fill(store, "two")
    other.close()
    fill(store, "two")
    store.close()


def test_readers_see_a_change_at_their_next_search(tmp_path: Path) -> None:
    writer = SqliteStore(Config(tmp_path))
    fill(writer, "one")
    reader = SqliteStore(Config(tmp_path, read_only=True))
    assert len(reader.search(RED, scope=EVERYTHING, limit=9)) == 3
    fill(writer, "two")
    assert len(reader.search(RED, scope=EVERYTHING, limit=9)) == 6
    assert len(reader.search(NEAR, scope=EVERYTHING, limit=9)) == 6
    writer.erase(fakes.video_id("one"), event=fakes.event("forget"))
    assert len(reader.search(RED, scope=EVERYTHING, limit=9)) == 3
    assert len(reader.search(NEAR, scope=EVERYTHING, limit=9)) == 3
    reader.close()
    writer.close()


def test_threads_may_share_a_store(tmp_path: Path) -> None:
    store = SqliteStore(Config(tmp_path))
    fill(store, "one")
    counts: list[int] = []

    def read() -> None:
        for _ in range(20):
            counts.append(len(store.search(RED, scope=EVERYTHING, limit=99)))
            counts.append(len(store.search(NEAR, scope=EVERYTHING, limit=99)))

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for name in ("two", "three"):
        fill(store, name)
    for thread in threads:
        thread.join()
    assert len(counts) == 120
    assert set(counts) <= {3, 6, 9}
    store.close()


def test_many_changes_are_mirrored_afresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("viewfinder.adapters.stores.sqlite.mirror._DEAD_ROWS_AT_LEAST", 5)
    store = SqliteStore(Config(tmp_path))
    for turn in range(12):
        fill(store, "one", count=turn + 1)
        fill(store, "two", count=2)
        for leg in (RED, NEAR):
            assert len(store.search(leg, scope=EVERYTHING, limit=99)) == turn + 3
    store.close()


# The log


def test_a_log_line_and_its_effect_stand_or_fall_together(tmp_path: Path) -> None:
    store = SqliteStore(Config(tmp_path))
    fill(store, "one")
    store._database.connection.execute(
        "CREATE TRIGGER no_log BEFORE INSERT ON entries BEGIN SELECT RAISE(FAIL, 'no log'); END"
    )
    with pytest.raises(StoreError, match="no log"):
        fill(store, "two")
    with pytest.raises(StoreError, match="no log"):
        store.erase(fakes.video_id("one"), event=fakes.event("forget"))
    assert names(store) == {"one"}
    store.close()


# Kills

ADDING = """
    import sys
    from pathlib import Path
    from viewfinder.adapters.stores.sqlite import Config, SqliteStore
    from viewfinder.testing import fakes
    from viewfinder.testing.store_contract import put

    store = SqliteStore(Config(Path(sys.argv[1])))
    with store.writing():
        for at in range(1_000):
            owner = fakes.video(f"{at} of many")
            put(store, owner, fakes.segments(owner, *["red car"] * 40), fakes.SPACE)
            print(owner.title, flush=True)
"""


@pytest.mark.parametrize("after", [1, 4])
def test_a_killed_adder_loses_nothing_that_was_committed(tmp_path: Path, after: int) -> None:
    script = [sys.executable, "-c", textwrap.dedent(ADDING), str(tmp_path)]
    with subprocess.Popen(script, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = [process.stdout.readline().strip() for _ in range(after)]
        process.send_signal(signal.SIGKILL)
    store = SqliteStore(Config(tmp_path, wait_s=0.5))
    assert set(said) <= names(store)
    whole = [len(store.segments_of(fakes.video_id(name), scope=EVERYTHING)) for name in said]
    assert whole == [40] * after
    found = store.search(RED, scope=EVERYTHING, limit=9_999)
    assert len(found) == len(store.search(NEAR, scope=EVERYTHING, limit=9_999))
    assert len(found) % 40 == 0
    fill(store, "after")
    store.close()
    assert is_sound(tmp_path)


# Conversations


def before_conversations(folder: Path) -> None:
    """Make a library as it was made before it could keep conversations."""
    connection = sqlite3.connect(folder / "library.sqlite", isolation_level=None)
    connection.execute("PRAGMA page_size = 4096")
    database.upgrade(connection, folder, read_only=False, steps=database.STEPS[:1])
    writes.put_video(connection, fakes.video("one"), None)
    connection.close()


def test_a_library_from_before_conversations_opens_and_keeps_them(tmp_path: Path) -> None:
    before_conversations(tmp_path)
    old = SqliteStore(Config(tmp_path, read_only=True))
    assert names(old) == {"one"}
    assert old.conversations(scope=EVERYTHING, principal="owner") == []
    old.close()
    store = SqliteStore(Config(tmp_path))
    heading = fakes.heading("talk", "one")
    assert store.commit_conversation(heading, [b"x"], event=fakes.event("keep"))
    assert store.conversations(scope=EVERYTHING, principal="owner") == [heading]
    assert names(store) == {"one"}
    store.close()


def test_a_damaged_title_does_not_break_the_list(tmp_path: Path) -> None:
    store = SqliteStore(Config(tmp_path))
    for name in ("one", "two"):
        store.commit_conversation(fakes.heading(name), [b"x"], event=fakes.event("keep"))
    connection = store._database.connection
    connection.execute(
        "UPDATE bodies SET body = ? WHERE no = (SELECT min(heading) FROM conversations)",
        (parcels.wrapped(b"damage"),),
    )
    titles = [h.title for h in store.conversations(scope=EVERYTHING, principal="owner")]
    assert titles == ["what about two?", "(its title is damaged)"]
    store.close()


# What was read lately


def read_all(store: SqliteStore) -> set[str]:
    """Search, read what is found, and return what it says."""
    hits = [hit for leg in (RED, NEAR) for hit in store.search(leg, scope=EVERYTHING, limit=9)]
    found = store.segments(sorted({hit.segment for hit in hits}), scope=EVERYTHING)
    return {segment.id for segment in found}


def kept(store: SqliteStore) -> tuple[int, int]:
    return len(store._read), len(store._mirror.fine)


def test_nothing_that_was_read_lately_outlives_its_erasure(tmp_path: Path) -> None:
    store = SqliteStore(Config(tmp_path))
    fill(store, "one")
    fill(store, "two", 2)
    before = read_all(store)
    assert kept(store) == (5, 5)
    assert read_all(store) == before
    store.erase(fakes.video("one").id, event=fakes.event("forget"))
    assert kept(store) == (2, 2)
    assert read_all(store) < before
    store.close()


def test_what_another_process_erased_goes_at_the_next_read(tmp_path: Path) -> None:
    ours, theirs = SqliteStore(Config(tmp_path)), SqliteStore(Config(tmp_path))
    fill(ours, "one")
    read_all(ours)
    theirs.erase(fakes.video("one").id, event=fakes.event("forget"))
    assert not read_all(ours)
    fill(theirs, "two", 2)
    assert len(read_all(ours)) == 2
    assert kept(ours) == (2, 2)
    ours.close()
    theirs.close()


def test_a_video_that_is_indexed_anew_is_read_anew(tmp_path: Path) -> None:
    store = SqliteStore(Config(tmp_path))
    fill(store, "one")
    read_all(store)
    owner = fakes.video("one")
    put(store, owner, fakes.segments(owner, "red sun", "red moon"), fakes.SPACE)
    ids = [hit.segment for hit in store.search(RED, scope=EVERYTHING, limit=9)]
    assert {s.text for s in store.segments(ids, scope=EVERYTHING)} == {"red sun", "red moon"}
    store.close()


def test_who_reads_an_older_state_keeps_nothing(tmp_path: Path) -> None:
    store = SqliteStore(Config(tmp_path))
    fill(store, "one", 1)
    recent = parcels.Recent(1 << 20, bytes, 1)
    older, newer = (sqlite3.connect(tmp_path / "library.sqlite") for _ in range(2))
    older.execute("BEGIN")
    number, at = older.execute("SELECT no, indexed_at FROM videos").fetchone()
    store.erase_stretches(
        fakes.video("one").id, [fakes.video("one").span], event=fakes.event("forget")
    )
    newer.execute("BEGIN")
    recent.settle(newer)
    assert recent.take(older, "segment", "", [(number, at, 0)])
    assert not len(recent)
    older.close()
    newer.close()
    store.close()


def test_what_was_read_lately_takes_no_more_memory_than_it_may(tmp_path: Path) -> None:
    store = SqliteStore(Config(tmp_path))
    fill(store, "one", 30)
    with store._database.reading() as connection:
        number, at = connection.execute("SELECT no, indexed_at FROM videos").fetchone()
        recent = parcels.Recent(10 * 1_000, bytes, 1)
        for row in range(30):
            assert recent.take(connection, "segment", "", [(number, at, row)])
        assert 0 < len(recent) <= 30_000 // 1_000
        assert recent._size <= 5_000
    store.close()
