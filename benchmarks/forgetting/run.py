"""Forgetting: canaries, membership, and how long it takes at 1,000 hours.

    python benchmarks/forgetting/run.py --folder /some/empty/folder --report report.md

*Canaries*: see ``canaries.py``; libraries of different seeds, the whole video and a part of
it forgotten, looked for in every byte of the library and of a backup restored afterwards,
also after decrypting all that opens with the keys at hand.

*Time*: 1,000 videos of an hour and 100 segments each, encrypted; ten are forgotten, and a
part of ten others, through the library's own door: log, keys and index included.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from viewfinder.adapters.stores.sqlite import SqliteStore
from viewfinder.app.library import Library
from viewfinder.app.records import backup
from viewfinder.domain.annotation import Annotation, Track, TrackName
from viewfinder.domain.time import SECOND_NS, TimeSpan
from viewfinder.testing import fakes

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
import canaries  # noqa: E402 - it stands beside this file

VOCABULARY = [a + b + c for a in "bdfgklmnp" for b in "aeiou" for c in ("ra", "li", "no", "st")]


# -- canaries ---------------------------------------------------------------------------------


def hunted(folder: Path, seed: int, *, part: bool) -> tuple[int, int, int, int]:
    """Return how many canaries were planted, seen before, found after, found in the backup."""
    here, copy, again = folder / "library", folder / "backup", folder / "again"
    video, planted = canaries.plant(here, seed)
    gone = [canary for canary in planted if canary.in_part or not part]
    before = canaries.found(here, gone)
    with Library.open(here) as library:
        library.backup(copy)
        library.forget(video.id, spans=[canaries.PART] if part else ())
        while_open = canaries.found(here, gone)
    after = while_open | canaries.found(here, gone)
    backup.restore(copy, again, replace=False, keys=here / "keys")
    return len(gone), len(before), len(after), len(canaries.found(again, planted))


# -- time -------------------------------------------------------------------------------------


def hours(folder: Path, videos: int, per_video: int = 100) -> Path:
    """Make an encrypted library of hour-long videos."""
    folder.mkdir(parents=True)
    (folder / "viewfinder.toml").write_text(canaries.SETTINGS)
    chance = random.Random(1)
    with Library.open(folder, create=True) as library:
        store = library._store
        with store.writing():
            for number in range(videos):
                put_hour(library, store, number, per_video, chance)
                if number % 100 == 0:
                    print(f"  {number} of {videos} videos", flush=True)
    return folder


def put_hour(
    library: Library, store: object, number: int, per_video: int, chance: random.Random
) -> None:
    video = fakes.video(f"hour {number}", duration_s=3_600)
    step = 3_600 / per_video
    notes = [
        Annotation(
            TimeSpan.of_seconds(at * step, at * step + step * 0.9),
            " ".join(chance.choices(VOCABULARY, k=40)) + ".",
        )
        for at in range(per_video)
    ]
    track = Track(TrackName.SPEECH, fakes.derivation(), tuple(notes))
    rows = np.frombuffer(chance.randbytes(1_800 * 640), np.int8).reshape(1_800, 640)
    spans = np.array([[at * 2, at * 2 + 2] for at in range(1_800)], np.int64) * SECOND_NS
    assert isinstance(store, SqliteStore)
    store.commit_video(video, event=library._event("add", video=video.id))
    store.commit_stage(
        video.id,
        fakes.record(),
        tracks=[track],
        thumbnails={at * 30 * SECOND_NS: chance.randbytes(4_000) for at in range(120)},
        arrays={"rows": rows, "spans_ns": spans},
        event=library._event("derive", video=video.id),
    )
    assert library._reindex(video) == ""


def timed(work: Callable[[], object]) -> tuple[float, float]:
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - cpu, time.perf_counter() - wall


def forgetting_times(folder: Path, videos: int) -> dict[str, list[tuple[float, float]]]:
    chance = random.Random(2)
    picked = [fakes.video_id(f"hour {n}") for n in chance.sample(range(videos), 20)]
    part = [TimeSpan.of_seconds(600, 1_200)]
    with Library.open(folder) as library:
        whole = [timed(lambda v=v: library.forget(v)) for v in picked[:10]]
        parts = [timed(lambda v=v: library.forget(v, spans=part)) for v in picked[10:]]
        segments = library.counts()["speech"]
        assert segments > 0
    return {"a video": whole, "ten minutes of a video, indexed anew": parts}


# -- report -----------------------------------------------------------------------------------


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    given.add_argument("--folder", type=Path, required=True, help="scratch folder")
    given.add_argument("--report", type=Path)
    given.add_argument("--seeds", type=int, default=5)
    given.add_argument("--videos", type=int, default=1_000)
    asked = given.parse_args()
    lines = ["# Forgetting", "", "Written by `run.py`, which says what was done; do not edit.", ""]
    lines += ["| canaries | planted | seen before | left | in a restored backup |"]
    lines += ["|---|---|---|---|---|"]
    for name, part in (("a video is forgotten", False), ("a part of it", True)):
        rows = [
            hunted(asked.folder / f"{name} {seed}", seed, part=part) for seed in range(asked.seeds)
        ]
        counts = [sum(column) for column in zip(*rows, strict=True)]
        lines.append(f"| {name}, {asked.seeds} libraries | " + " | ".join(map(str, counts)) + " |")
    print("\n".join(lines), flush=True)
    lines += ["", "Not seen before: vectors as float32; they are kept as small integers.", ""]
    folder = hours(asked.folder / "hours", asked.videos)
    size = (folder / "library.sqlite").stat().st_size / 1e6
    lines += [f"{asked.videos:,} hours, {asked.videos * 100:,} segments, {size:,.0f} MB:", ""]
    lines += ["| forgetting | CPU s, median | CPU s, worst | wall s, worst |", "|---|---|---|---|"]
    for name, pairs in forgetting_times(folder, asked.videos).items():
        cpu, wall = zip(*pairs, strict=True)
        told = f"{np.median(cpu):.2f} | {max(cpu):.2f} | {max(wall):.2f}"
        lines.append(f"| {name}, n = {len(pairs)} | {told} |")
    machine = f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    lines += ["", "The index is made with the hashing encoder; others take as long as in `add`."]
    lines += ["", f"Python {platform.python_version()}, {machine}."]
    text = "\n".join(lines) + "\n"
    print(text)
    if asked.report:
        asked.report.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
