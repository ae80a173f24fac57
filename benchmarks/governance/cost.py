"""What governance costs: the same questions and the same ingest with all of it, and with none.

    python benchmarks/governance/cost.py REAL QUERIES.jsonl CLIP... [--segments 100000] > report.md

*All of it*: a Cedar profile with people, purposes and 21 access classes, a sealed stretch in
every tenth video, every body encrypted under its video's key, every question and answer in
the Merkle log with its words sealed. *None*: one access class, nothing encrypted, and a gate
and a log that are replaced by nothing, which no setting can do. Questions alternate between
the two, so that other work on the machine hits both.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "latency"))
import run as latency

from viewfinder.app.intake.adding import Options
from viewfinder.app.library import Library
from viewfinder.domain.access import AccessClass, Stretch
from viewfinder.domain.policy import Decision, Scope
from viewfinder.domain.time import TimeSpan
from viewfinder.testing import fakes

COLLECTIONS = 20
PEOPLE = """
[[person]]
name = "kim"
roles = ["keeper"]
[[person]]
name = "ann"
roles = ["member"]
collections = [{every}]
"""
PURPOSE = '[[purpose]]\nname = "story"\nbasis = "consent"\n'


def governed(folder: Path) -> None:
    """Give every video a collection, and every tenth a sealed stretch."""
    with Library.open(folder) as library:
        store = library._store
        for number, video in enumerate(store.videos(scope=library._admitted("restrict"))):
            name = AccessClass(f"collection {number % COLLECTIONS}")
            parts = []
            if number % 10 == 0:
                sealed = AccessClass(name.collection, ("sealed",)).name
                parts = [Stretch(TimeSpan.of_seconds(60, 120), sealed)]
            store.commit_access(video.id, name.name, parts, event=fakes.event())
    home = folder / "governance"
    home.mkdir(exist_ok=True)
    every = ", ".join(f'"collection {n}"' for n in range(COLLECTIONS))
    (home / "people.toml").write_text(PEOPLE.format(every=every))
    (home / "purposes.toml").write_text(PURPOSE)
    (home / "profile.toml").write_text('profile = "news"\n')
    (folder / "viewfinder.toml").write_text('policy = "cedar"\n')


class Nothing:
    """Stands for a log that keeps nothing."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda *_, **__: ((), {}) if name == "asked" else []


def bare(library: Library) -> Library:
    """Take gate and log away."""
    whole = Scope._mint(None)
    library._gate.admit = lambda *_, **__: (Decision(True, "none"), whole)  # type: ignore[method-assign]
    library.logbook = Nothing()  # type: ignore[assignment]
    library._store.log = lambda *_, **__: None  # type: ignore[method-assign]
    return library


def cpu_ms(action: Callable[[], object]) -> float:
    started = time.process_time()
    action()
    return 1000 * (time.process_time() - started)


def questions(home: Path, real: Path, queries: Path, segments: int) -> list[str]:
    for name, encrypt in (("all", "true"), ("none", "false")):
        folder = home / name
        folder.mkdir()
        (folder / "viewfinder.toml").write_text(f"[keys]\nencrypt = {encrypt}\n")
        latency.build(real, folder, segments)
    governed(home / "all")
    asked = [json.loads(line)["query"] for line in queries.read_text().splitlines()]
    rows = []
    with (
        Library.open(home / "all", principal="ann", purpose="story") as full,
        Library.open(home / "none") as none,
    ):
        bare(none)
        kept = [q for q in asked if full.ask(q).outcome.value != "refusal"]
        for library in (full, none):
            for question in kept[:20]:
                library.ask(question)
        for name in ("search", "ask"):
            taken: dict[str, list[float]] = {"all": [], "none": []}
            for n, question in enumerate(kept):
                pair = [("all", full), ("none", none)]
                for which, library in pair if n % 2 else reversed(pair):
                    act = getattr(library, name)
                    taken[which].append(cpu_ms(lambda q=question, act=act: act(q)))
            rows.append(row(f"{name}, n = {len(kept)}", taken))
        gate = [cpu_ms(lambda q=q: full._gate.admit("ask", q)) for q in kept * 4]
        late = sorted(gate)[int(0.95 * len(gate))]
        rows.append(
            f"| decision alone, n = {len(gate)} | {statistics.median(gate):.2f} | | "
            f"p95 {late:.2f} |"
        )
    return rows


def row(name: str, taken: dict[str, list[float]]) -> str:
    full, none = statistics.median(taken["all"]), statistics.median(taken["none"])
    more = 100 * (sum(taken["all"]) / sum(taken["none"]) - 1)
    return f"| {name} | {full:.1f} | {none:.1f} | {more:+.0f} % in all |"


def ingest(home: Path, clips: list[Path], rounds: int) -> str:
    """Return the row for adding clips: children's CPU counts as well."""
    taken: dict[str, list[float]] = {"all": [], "none": []}
    for n in range(rounds):
        for which in ("all", "none") if n % 2 else ("none", "all"):
            folder = home / f"{which} {n}"
            folder.mkdir()
            settings = f"[keys]\nencrypt = {'true' if which == 'all' else 'false'}\n"
            (folder / "viewfinder.toml").write_text(settings)
            before = sum(os.times()[:4])
            with Library.open(folder, create=True) as library:
                if which == "none":
                    library._store.log = lambda *_, **__: None  # type: ignore[method-assign]
                list(library.add(clips, Options()))
            taken[which].append(1000 * (sum(os.times()[:4]) - before))
    return row(f"ingest of {len(clips)} clips, n = {rounds}", taken)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("real", type=Path)
    parser.add_argument("queries", type=Path)
    parser.add_argument("clips", type=Path, nargs="*")
    parser.add_argument("--segments", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        rows = questions(Path(home), given.real, given.queries, given.segments)
        if given.clips:
            rows.append(ingest(Path(home), given.clips, given.rounds))
    print(
        f"# What governance costs\n\n`scripts/bench governance`, {given.segments:,} segments, "
        f"load {os.getloadavg()[0]:.0f} when done. CPU milliseconds of one thread, medians; "
        "the last column compares the sums.\n\n"
        "| | all of it | none | more |\n|---|---|---|---|\n" + "\n".join(rows)
    )


if __name__ == "__main__":
    main()
