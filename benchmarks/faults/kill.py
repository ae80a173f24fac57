"""Kill -9 at random points of an ingest, resume, and compare with an undisturbed run.

    python benchmarks/faults/kill.py FILE... --kills 50 --report benchmarks/faults/kill.md

The whole process group dies: the main process, its workers and the decoders. After each
death the same command is given again; whenever it comes through, the library must be
equal to the undisturbed one (ids, words, vectors, notes, thumbnails) and sound.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from viewfinder.app.library import Library


def command(library: Path, files: list[str]) -> list[str]:
    base = [sys.executable, "-m", "viewfinder.surfaces.cli", "--library", str(library)]
    return [*base, "add", "--json", *files]


def contents(folder: Path) -> str:
    """Return a digest of everything that can be found in a library, times of work left out."""
    digest = hashlib.sha256()
    with Library.open(folder) as library:
        store = library._store  # the comparison goes below the public API
        scope = library._admitted("show")
        for video in store.videos(scope=scope):
            segments = store.segments_of(video.id, scope=scope)
            ids = [segment.id for segment in segments]
            digest.update(repr((video.id, video.duration_ns, segments)).encode())
            for space in sorted(store.spaces(), key=str):
                pooled = store.pooled(ids, space, scope=scope)
                details = store.details(ids, space, scope=scope)
                for key in ids:
                    if key in pooled:
                        digest.update(pooled[key].tobytes())
                    if key in details:
                        digest.update(details[key].rows.tobytes())
                        digest.update(details[key].spans_ns.tobytes())
            for track in sorted(store.tracks(video.id, scope=scope), key=repr):
                digest.update(repr(track).encode())
            for record in sorted(store.stages(video.id), key=lambda r: r.stage):
                digest.update(repr((record.stage, record.derivation, record.error)).encode())
    return digest.hexdigest()


def sound(folder: Path) -> bool:
    with sqlite3.connect(folder / "library.sqlite") as database:
        return database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def run(files: list[str], kills: int, seed: int) -> list[str]:
    chance = random.Random(seed)
    home = Path(tempfile.mkdtemp(prefix="viewfinder-kill-"))
    started = time.monotonic()
    subprocess.run(command(home / "calm", files), check=True, stdout=subprocess.DEVNULL)
    whole_s = time.monotonic() - started
    calm = contents(home / "calm")
    done = rounds = equal = intact = died = 0
    disturbed = home / "disturbed"
    while done < kills:
        process = subprocess.Popen(
            command(disturbed, files),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            process.wait(timeout=chance.uniform(0.2, whole_s * 0.6))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            done += 1
            died += 1
            continue
        rounds += 1
        equal += contents(disturbed) == calm
        intact += sound(disturbed)
        shutil.rmtree(disturbed)
    subprocess.run(command(disturbed, files), check=True, stdout=subprocess.DEVNULL)
    rounds += 1
    equal += contents(disturbed) == calm
    intact += sound(disturbed)
    shutil.rmtree(home)
    return [
        f"| kills | {died} |",
        f"| libraries finished after kills | {rounds} |",
        f"| equal to the undisturbed one | {equal} of {rounds} |",
        f"| integrity check clean | {intact} of {rounds} |",
        f"| undisturbed run, seconds on the clock | {whole_s:.0f} |",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--report")
    given = parser.parse_args()
    rows = run(given.files, given.kills, given.seed)
    names = " ".join(Path(name).name for name in given.files)
    text = "\n".join(
        [
            "# Killed in the middle",
            "",
            f"`python benchmarks/faults/kill.py {names} --kills {given.kills}`",
            "",
            "| | |",
            "|---|---|",
            *rows,
            "",
        ]
    )
    if given.report:
        Path(given.report).write_text(text)
    print(text)


if __name__ == "__main__":
    main()
