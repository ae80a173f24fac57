"""The log: changes found, lines appended and checked per second, kills, and what it costs.

    python benchmarks/log/run.py --report benchmarks/log/report.md

Changes are made to the file of a library and to a bundle as the other side has it, each
with the witness checkpoint that stood before. A cut and a fork come with everything else in
the file as it should be: what an owner can do. CPU seconds are user and system.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import random
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from viewfinder.adapters.stores.sqlite import Config as StoreConfig
from viewfinder.adapters.stores.sqlite import SqliteStore, chain, verify_log
from viewfinder.app.config import Config, Log
from viewfinder.app.records import bundle
from viewfinder.app.records.logbook import Logbook
from viewfinder.domain.log import merkle
from viewfinder.domain.log.merkle import Head
from viewfinder.domain.policy import OWN_FOOTAGE, OWNER
from viewfinder.testing import fakes

ROOT = Path(__file__).resolve().parents[2]
VERIFIER = ROOT / "scripts" / "verify_log.py"
KINDS = ("flip a bit", "delete", "insert", "reorder", "cut short", "fork")
MOMENTS = [[fakes.video_id(f"{n}"), n, n + 5_000_000_000] for n in range(10)]


def opened(folder: Path) -> tuple[SqliteStore, Logbook]:
    (folder / "witness").mkdir(parents=True, exist_ok=True)
    store = SqliteStore(StoreConfig(folder))
    config = Config(log=Log(witnesses=("witness",), checkpoint_every=10**9))
    return store, Logbook(folder, config, store, OWNER, OWN_FOOTAGE)


def ask(book: Logbook, n: int) -> None:
    words = [book.asked(f"who mentions the {n}th telescope?")]
    book.write("ask", {"moments": MOMENTS, "outcome": "answer", "n": n}, words)


# -- changes ---------------------------------------------------------------------------------


def flipped(line: bytes, chance: random.Random) -> bytes:
    changed = bytearray(line)
    changed[chance.randrange(len(line))] ^= 1 << chance.randrange(8)
    return bytes(changed)


Row = tuple[bytes, bytes | None]
"""A line and the encrypted words beside it."""


def changed(lines: list[Row], kind: str, chance: random.Random) -> list[Row]:
    """Return the lines after one change of that kind somewhere below the checkpoint."""
    at = chance.randrange(1, len(lines) - 1)
    wrong = list(lines)
    if kind == "flip a bit":
        line, sealed = wrong[at]
        if sealed and chance.random() < 0.3:
            wrong[at] = (line, flipped(sealed, chance))
        else:
            wrong[at] = (flipped(line, chance), sealed)
    elif kind == "delete":
        del wrong[at]
    elif kind == "insert":
        wrong.insert(at, chance.choice(lines))
    elif kind == "reorder":
        other = chance.choice([n for n in range(1, len(lines)) if n != at])
        wrong[at], wrong[other] = wrong[other], wrong[at]
    elif kind == "cut short":
        wrong = wrong[:at]
    else:  # another history from here on, in good order
        for n in range(at, len(wrong)):
            line, sealed = wrong[n]
            wrong[n] = (line.replace(b'"outcome":"answer"', b'"outcome":"nothing"'), sealed)
    return wrong


def put_lines(folder: Path, lines: list[Row], *, honest: bool) -> None:
    """Write lines into the library's file; with a head and tiles that fit them if not honest."""
    connection = sqlite3.connect(folder / "library.sqlite")
    connection.execute("DELETE FROM entries")
    connection.executemany(
        "INSERT INTO entries VALUES (?, CAST(? AS TEXT), ?)",
        [(n, line, sealed) for n, (line, sealed) in enumerate(lines)],
    )
    if not honest:
        head, tiles = Head(), []
        for line, _ in lines:
            head, tile = head.plus(merkle.leaf_hash(line))
            tiles += [] if tile is None else [tile]
        connection.execute("DELETE FROM tiles")
        connection.executemany("INSERT INTO tiles VALUES (?, ?)", enumerate(tiles))
        connection.execute("UPDATE meta SET value = ? WHERE name = 'log_tree'", (head.to_bytes(),))
    connection.commit()
    connection.close()


def mutations(home: Path, count: int, lines_kept: int) -> list[str]:
    """Return rows: how many changes of each kind were found, in the library and in a bundle."""
    chance = random.Random(11)
    store, book = opened(home / "library")
    for n in range(lines_kept):
        ask(book, n)
    _, (checkpoint,) = book.checkpoint()
    bundle.export(book, home / "bundle", words=True)
    store.close()
    names: dict[str, Any] = {"__name__": "checker"}
    exec(compile(VERIFIER.read_text("utf-8"), VERIFIER.name, "exec"), names)
    key = (home / "bundle" / "key.txt").read_text().strip()
    arguments = [str(home / "bundle"), "--key", key, "--checkpoint", str(checkpoint)]
    names["main"](arguments)
    given = (home / "bundle" / "entries.jsonl").read_bytes()
    whole = (home / "library" / "library.sqlite").read_bytes()
    connection = sqlite3.connect(home / "library" / "library.sqlite")
    lines = [
        (line.encode(), sealed)
        for line, sealed in connection.execute(
            f"SELECT line, sealed FROM entries WHERE seq < {lines_kept + 1} ORDER BY seq"
        )
    ]
    connection.close()
    ours, theirs, made = Counter[str](), Counter[str](), Counter[str]()
    for n in range(count):
        kind = KINDS[n % len(KINDS)]
        wrong = changed(lines, kind, chance)
        made[kind] += 1
        (home / "library" / "library.sqlite").write_bytes(whole)
        put_lines(home / "library", wrong, honest=kind not in ("cut short", "fork"))
        ours[kind] += not found_whole(home / "library")
        shown = changed([(line, None) for line in given.splitlines()], kind, chance)
        handed = b"".join(line + b"\n" for line, _ in shown)
        (home / "bundle" / "entries.jsonl").write_bytes(handed)
        theirs[kind] += not runs(names["main"], arguments)
    (home / "bundle" / "entries.jsonl").write_bytes(given)
    total = sum(made.values())
    rows = [f"| {kind} | {made[kind]} | {ours[kind]} | {theirs[kind]} |" for kind in KINDS]
    return [*rows, f"| together | {total} | {ours.total()} | {theirs.total()} |"]


def found_whole(folder: Path) -> bool:
    store, book = opened(folder)
    try:
        return book.verify().ok
    finally:
        store.close()


def runs(main: Callable[[list[str]], None], arguments: list[str]) -> bool:
    """Tell whether the other side's checker finds nothing wrong."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            main(arguments)
    except (OSError, ValueError, KeyError, IndexError, TypeError):
        return False
    return True


# -- speed -----------------------------------------------------------------------------------


def cpu_and_wall(work: Callable[[], object]) -> tuple[float, float]:
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - cpu, time.perf_counter() - wall


def appended(home: Path) -> list[str]:
    """Return rows: lines per second, one transaction each and many in one."""
    store, book = opened(home / "append")
    ask(book, 0)

    def one_each(count: int) -> None:
        for n in range(count):
            ask(book, n)

    def bare(count: int) -> None:
        for _ in range(count):
            store.log(fakes.event("show"))

    def in_one(count: int, size: int) -> None:
        for start in range(0, count, size):
            with store._database.changing() as connection:
                for n in range(start, start + size):
                    words = [book.asked(f"who mentions the {n}th telescope?")]
                    subject = {"moments": MOMENTS, "outcome": "answer", "n": n}
                    chain.append(connection, book.event("ask", subject, words))

    cases: list[tuple[str, int, Callable[[], None]]] = [
        ("a short line, one durable transaction each", 4_000, lambda: bare(4_000)),
        ("a question with words, one durable transaction each", 4_000, lambda: one_each(4_000)),
        ("a question with words, 100 in one transaction", 20_000, lambda: in_one(20_000, 100)),
        ("a question with words, 1,000 in one", 20_000, lambda: in_one(20_000, 1_000)),
    ]
    rows = []
    for name, count, work in cases:
        runs_of = [cpu_and_wall(work) for _ in range(3)]
        cpu = statistics.median(c for c, _ in runs_of)
        wall = statistics.median(w for _, w in runs_of)
        rows.append(f"| {name} | {count / wall:,.0f} | {cpu / count * 1e6:.0f} |")
    store.close()
    return rows


def checked(home: Path, count: int) -> list[str]:
    """Return rows: CPU seconds to check a long log, here and by the other side."""
    store, book = opened(home / "long")
    for start in range(0, count, 1000):
        with store._database.changing() as connection:
            for n in range(start, start + 1000):
                subject = {"moments": MOMENTS[:3], "outcome": "answer", "n": n}
                words = [book.asked("who mentions the telescope?")] if n % 10 == 0 else []
                chain.append(connection, book.event("ask", subject, words))
    bundle.export(book, home / "long-bundle")
    size = store.trail.head().size
    rows = []
    cpu, _ = cpu_and_wall(lambda: verify_log(home / "long"))
    rows.append(f"| `viewfinder log verify`, {size:,} lines | {cpu:.1f} s |")
    before = os.times()
    subprocess.run(
        [sys.executable, "-I", "-S", str(VERIFIER), str(home / "long-bundle")],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    after = os.times()
    cpu = after.children_user + after.children_system
    cpu -= before.children_user + before.children_system
    rows.append(f"| `scripts/verify_log.py`, {size:,} lines | {cpu:.1f} s |")
    nodes = store.trail.nodes()
    chance = random.Random(1)
    times = [
        cpu_and_wall(lambda: merkle.inclusion(chance.randrange(size), size, nodes))[0] * 1e3
        for _ in range(100)
    ]
    rows.append(f"| proof that a line is in it: first, median of 100 | {times[0]:.0f}, "
                f"{statistics.median(times):.2f} ms |")  # fmt: skip
    mb = (home / "long" / "library.sqlite").stat().st_size / 1e6
    rows.append(f"| the library's file, bytes per line | {mb * 1e6 / size:.0f} |")
    store.close()
    return rows


# -- kills -----------------------------------------------------------------------------------

WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, str(Path(sys.argv[2]).parent))
from run import ask, opened
from viewfinder.testing import fakes

store, book = opened(Path(sys.argv[1]))
print("ready", flush=True)
start = store.trail.head().size
for n in range(start, start + 100_000):
    owner = fakes.video(f"video {n}")
    store.commit_video(owner, event=book.event("add", {"video": owner.id}))
    ask(book, n)
    print(n, owner.id, flush=True)
    if n % 5 == 0:
        store.erase(owner.id, event=book.event("forget", {"video": owner.id}))
        print("gone", owner.id, flush=True)
"""


def kills(home: Path, count: int) -> list[str]:
    """Kill a process that commits effects; compare what is there with what the log says."""
    chance = random.Random(5)
    folder = home / "killed"
    unlogged = unsaid = unsound = shown_only = 0
    for n in range(count):
        if n % 20 == 0:
            shutil.rmtree(folder, ignore_errors=True)
            said: list[list[str]] = []
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(folder), str(Path(__file__).resolve())],
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(chance.uniform(0.0, 0.25))
        os.killpg(process.pid, signal.SIGKILL)
        said += [line.split() for line in process.stdout.read().splitlines() if " " in line]
        process.wait()
        store, book = opened(folder)
        there = {row[0] for row in store._database.connection.execute("SELECT id FROM videos")}
        logged = [line.document for line in book.lines()]
        added = {d["subject"]["video"] for d in logged if d["action"] == "add"}
        gone = {d["subject"]["video"] for d in logged if d["action"] == "forget"}
        asked = {d["subject"]["n"] for d in logged if d["action"] == "ask"}
        unlogged += len(there - added) + len((added - gone) - there)
        unsaid += sum(1 for a, v in said if a != "gone" and (v not in added or int(a) not in asked))
        shown_only += sum(1 for a, v in said if a == "gone" and v not in gone)
        unsound += not book.verify().ok
        store.close()
    return [
        f"| kills | {count} |",
        f"| effects without their line, or lines without their effect | {unlogged} |",
        f"| effects shown to somebody that the log does not know | {unsaid + shown_only} |",
        f"| logs that do not check | {unsound} |",
    ]  # fmt: skip


def report(given: argparse.Namespace) -> str:
    home = Path(tempfile.mkdtemp(prefix="viewfinder-log-"))
    try:
        return "\n".join(
            [
                "# The log",
                "",
                f"`python benchmarks/log/run.py --mutations {given.mutations} "
                f"--lines {given.lines} --kills {given.kills}`",
                "",
                "## Changes found",
                "",
                "Lines below a checkpoint that a witness keeps, changed in the library's file "
                "and in what the other side was given (there, too, the key and that checkpoint "
                "are its own).",
                "A cut and a fork come with a tree that fits them: without the witness nothing "
                "in the file could show them.",
                "",
                "| change | made | found by `log verify` | found by `verify_log.py` |",
                "|---|---|---|---|",
                *mutations(home, given.mutations, 300),
                "",
                "## Lines appended",
                "",
                "SQLite with WAL and `synchronous = FULL`: a transaction ends when its bytes are "
                "on the disk, so one line each waits for the disk each time; medians of 3 runs.",
                "",
                "| | lines per second, wall | CPU microseconds per line |",
                "|---|---|---|",
                *appended(home),
                "",
                "## A long log checked",
                "",
                "| | CPU |",
                "|---|---|",
                *checked(home, given.lines),
                "",
                "## Killed",
                "",
                "A process that adds, asks and forgets, each an effect with its line, is killed "
                "(SIGKILL) at a random time; the next goes on in the same library, 20 times.",
                "",
                "| | |",
                "|---|---|",
                *kills(home, given.kills),
                "",
            ]
        )
    finally:
        shutil.rmtree(home)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mutations", type=int, default=1000)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--report", type=Path)
    given = parser.parse_args()
    text = report(given)
    if given.report:
        given.report.write_text(text, "utf-8")
    print(text)


if __name__ == "__main__":
    main()
