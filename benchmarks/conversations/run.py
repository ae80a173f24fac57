"""What it costs to keep conversations: bytes and CPU per turn, and to forget a video.

    python benchmarks/conversations/run.py LIBRARY benchmarks/dialogues/own.jsonl --report FILE

LIBRARY is copied first. The turns are those of the dialogues, asked as a person would. CPU
is user and system time of this process; the wall time of a commit is mostly the disk's.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from viewfinder.app.library import Library
from viewfinder.domain.conversation import Conversation


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library", type=Path)
    parser.add_argument("dialogues", type=Path)
    parser.add_argument("--report", type=Path, required=True)
    parser.add_argument("--conversations", type=int, default=1_000)
    set_to = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "library"
        shutil.copytree(set_to.library, folder)
        lines = measured(folder, set_to.dialogues, set_to.conversations)
    command = f"python benchmarks/conversations/run.py LIBRARY {set_to.dialogues}"
    text = "\n".join(["# Kept conversations", "", f"`{command}`", "", *lines, ""])
    set_to.report.write_text(text, "utf-8")
    print(text)


def measured(folder: Path, dialogues: Path, many: int) -> list[str]:
    with Library.open(folder) as library:
        talks, asked_ms = asked(library, dialogues)
        turns = [turn for talk in talks for turn in talk.turns]
        size, keep_ms = kept(folder, library, talks)
        made = random.Random(1)
        more = [
            library.keep(Conversation(tuple(made.sample(turns, k=4))))
            for _ in range(many - len(talks))
        ]
        assert all(more)
        held = sum(
            any(video.id in heading.videos for heading in library.conversations())
            for video in library.videos()
        )
        begin = time.process_time()
        listed = len(library.conversations())
        list_ms = 1e3 * (time.process_time() - begin)
    rows = [
        "| | median | 95th percentile | n |",
        "|---|---|---|---|",
        row("bytes in the file for one turn (headings and tables within)", size),
        row("CPU ms to keep one turn", keep_ms),
        row("CPU ms of the whole turn before it is kept", asked_ms),
    ]
    said = f"{listed} conversations of {4} turns; {held} videos are in one or more."
    erased = [erasure(folder, number) for number in range(3)]
    rows += ["", said, f"CPU to list them: {list_ms:.0f} ms.", ""]
    table = ["| forgotten | with conversations | CPU s | wall s |", "|---|---|---|---|"]
    return [*rows, *table, *erased]


def asked(library: Library, dialogues: Path) -> tuple[list[Conversation], list[float]]:
    """Return the dialogues as conversations, and CPU ms for each turn."""
    talks, took = [], []
    for line in dialogues.read_text("utf-8").splitlines():
        talk = Conversation()
        for said in json.loads(line)["turns"]:
            begin = time.process_time()
            talk, _ = library.converse(talk, said["user"])
            took.append(1e3 * (time.process_time() - begin))
        talks.append(talk)
    return talks, took


def kept(
    folder: Path, library: Library, talks: Sequence[Conversation]
) -> tuple[list[float], list[float]]:
    """Keep conversations turn by turn; return bytes in use and CPU ms for each."""
    sizes, took = [], []
    for talk in talks:
        so_far: Conversation | None = Conversation(id=talk.id)
        for turn in talk.turns:
            assert so_far is not None
            before, begin = bytes_in_use(folder), time.process_time()
            so_far = library.keep(so_far.plus(turn))
            took.append(1e3 * (time.process_time() - begin))
            sizes.append(bytes_in_use(folder) - before)
    return sizes, took


def bytes_in_use(folder: Path) -> float:
    """Return the bytes of pages that hold something."""
    connection = sqlite3.connect(folder / "library.sqlite")
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    free = connection.execute("PRAGMA freelist_count").fetchone()[0]
    connection.close()
    return 4096.0 * (pages - free)


def erasure(folder: Path, number: int) -> str:
    with Library.open(folder) as library:
        held = sorted(
            library.videos(),
            key=lambda video: -sum(video.id in h.videos for h in library.conversations()),
        )
        video = held[0]
        begin, wall = time.process_time(), time.perf_counter()
        receipt = library.forget(video.id)
        cpu_s, wall_s = time.process_time() - begin, time.perf_counter() - wall
    gone = dict(receipt.removed)["conversations"]
    return f"| video {number + 1} | {gone} | {cpu_s:.2f} | {wall_s:.2f} |"


def row(what: str, values: Sequence[float]) -> str:
    high = statistics.quantiles(values, n=20)[-1]
    return f"| {what} | {statistics.median(values):,.1f} | {high:,.1f} | {len(values)} |"


if __name__ == "__main__":
    main()
