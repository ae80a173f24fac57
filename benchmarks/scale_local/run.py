"""How the SQLite store does at scale: build, size, opening, search, recall, erasure.

    python benchmarks/scale_local/run.py 100000 1000000 --folder /some/empty/folder

For each number of segments it draws a library (600 segments a video), adds it through
the store's own door, then measures in a fresh process. Times of search are CPU
milliseconds of one thread, wall beside them; "filter" narrows the scope to 1 % of the
videos; recall@10 compares with exact float32 on the same rows. Results go to
``results-<n>.json`` beside this file, and ``report.md`` is written from all of them.

The vectors are drawn as in video: 2,000 clusters of low rank, each video cut into scenes
of 5 to 40 near duplicates out of 8 clusters. The words follow Zipf's law, 6 to 24 a
segment. One segment in ``--details-every`` carries 25 fine vectors.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewfinder.adapters.stores.sqlite import Config, SqliteStore
from viewfinder.domain import words
from viewfinder.domain.annotation import Annotation, Word
from viewfinder.domain.media import MediaKind, Video, VideoId
from viewfinder.domain.policy import Scope
from viewfinder.domain.provenance import digest_of
from viewfinder.domain.search import Hit, Leg, VectorLeg, WordLeg
from viewfinder.domain.segment import (
    WORD_LANES,
    Detail,
    Embedded,
    EmbeddingSpace,
    Lane,
    Segment,
    Vectors,
    detail_of,
    segment_id,
)
from viewfinder.domain.time import SECOND_NS, TimeSpan
from viewfinder.testing import fakes
from viewfinder.testing.scopes import EVERYTHING, only

HERE = Path(__file__).parent
SPACE = EmbeddingSpace("synthetic", "1", 384)
PER_VIDEO = 600
CLUSTERS, RANK = 2_000, 24
VOCABULARY = 50_000
QUERIES = 200
FILTERED = 0.01


@dataclass(frozen=True)
class World:
    """What videos are drawn from."""

    centres: NDArray[np.float32]
    axes: NDArray[np.float32]
    vocabulary: list[str]
    chances: NDArray[np.float64]


def world() -> World:
    random = np.random.default_rng(1)
    centres = unit(random.standard_normal((CLUSTERS, SPACE.dimensions)).astype(np.float32))
    axes = random.standard_normal((CLUSTERS, RANK, SPACE.dimensions)).astype(np.float32) * 0.012
    syllables = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]
    vocabulary = [
        "".join(syllables[(at // 70**place) % 70] for place in range(2 + (at > 4_000)))
        for at in range(VOCABULARY)
    ]
    chances = 1 / np.arange(1, VOCABULARY + 1)
    return World(centres, axes, vocabulary, np.cumsum(chances / chances.sum()))


def unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def rows_of(drawn_from: World, number: int) -> NDArray[np.float32]:
    """Return the vectors of one video."""
    random = np.random.default_rng((2, number))
    own = random.integers(0, CLUSTERS, 8)
    parts: list[NDArray[np.float32]] = []
    left = PER_VIDEO
    while left:
        size = min(left, int(random.integers(5, 41)))
        cluster = int(random.choice(own))
        place = random.standard_normal(RANK).astype(np.float32) @ drawn_from.axes[cluster]
        noise = random.standard_normal((size, SPACE.dimensions)).astype(np.float32) * 0.01
        parts.append(drawn_from.centres[cluster] + place + noise)
        left -= size
    return unit(np.concatenate(parts))


def texts_of(drawn_from: World, number: int) -> list[str]:
    random = np.random.default_rng((3, number))
    lengths = random.integers(6, 25, PER_VIDEO)
    at = np.searchsorted(drawn_from.chances, random.random(int(lengths.sum())))
    said = [drawn_from.vocabulary[min(k, VOCABULARY - 1)] for k in at.tolist()]
    ends = np.cumsum(lengths).tolist()
    return [" ".join(said[end - n : end]) for end, n in zip(ends, lengths.tolist(), strict=True)]


def video_of(number: int) -> Video:
    vid = VideoId(digest_of(f"video {number}"))
    path = f"/footage/{number:06d}.mp4"
    return Video(vid, path, MediaKind.VIDEO, PER_VIDEO * 4 * SECOND_NS, size_bytes=10**8)


def segment_of(owner: Video, at: int, text: str) -> Segment:
    """Return one segment with word times, as speech has them."""
    span = TimeSpan(at * 4 * SECOND_NS, (at + 1) * 4 * SECOND_NS)
    said = text.split()
    step = span.duration_ns // len(said)
    spoken = tuple(
        Word(TimeSpan(span.start_ns + k * step, span.start_ns + (k + 1) * step), word, 0.9)
        for k, word in enumerate(said)
    )
    note = Annotation(span, text, 0.9, words=spoken, language="en")
    return Segment(
        segment_id(owner.id, Lane.SPEECH, at), owner.id, Lane.SPEECH, span, text, (note,)
    )


def details_of(rows: NDArray[np.float32], number: int, every: int) -> tuple[Detail, ...]:
    random = np.random.default_rng((4, number))
    none = detail_of(np.zeros((0, SPACE.dimensions), np.float32), np.zeros((0, 2), np.int64))
    fine = []
    for at, row in enumerate(rows):
        if every and at % every == 0:
            noise = random.standard_normal((25, SPACE.dimensions)).astype(np.float32) * 0.03
            spans = np.stack([np.arange(25), np.arange(1, 26)], axis=1) * 160_000_000
            fine.append(detail_of(unit(row + noise), spans.astype(np.int64)))
        else:
            fine.append(none)
    return tuple(fine)


@dataclass
class Exact:
    """The true best ten, gathered while the library is built."""

    queries: NDArray[np.float32]
    best: list[list[tuple[float, str]]]

    def see(self, segments: list[Segment], rows: NDArray[np.float32]) -> None:
        scores = rows @ self.queries.T
        for query, kept in enumerate(self.best):
            floor = kept[-1][0] if len(kept) == 10 else -2.0
            for at in np.flatnonzero(scores[:, query] > floor).tolist():
                kept.append((float(scores[at, query]), segments[at].id))
            kept.sort(key=lambda pair: (-pair[0], pair[1]))
            del kept[10:]


def queries_of(drawn_from: World, videos: int) -> NDArray[np.float32]:
    """Return perturbed rows: half near footage, half with a shift such as text has."""
    random = np.random.default_rng(5)
    gap = unit(random.standard_normal((1, SPACE.dimensions)).astype(np.float32))[0]
    rows = []
    for k in range(QUERIES):
        row = rows_of(drawn_from, int(random.integers(videos)))[int(random.integers(PER_VIDEO))]
        noise = random.standard_normal(SPACE.dimensions).astype(np.float32) * 0.02
        rows.append(row + noise + (0.5 * gap if k % 2 else 0))
    return unit(np.array(rows, np.float32))


def filtered(videos: int) -> frozenset[VideoId]:
    count = max(1, round(videos * FILTERED))
    picked = np.random.default_rng(6).choice(videos, count, replace=False)
    return frozenset(video_of(int(number)).id for number in picked)


def put(store: SqliteStore, owner: Video, segments: list[Segment], embedded: Embedded) -> None:
    store.commit_video(owner, event=fakes.event())
    store.commit_index(owner.id, fakes.record("index"), segments, [embedded], event=fakes.event())


def build(folder: Path, n: int, details_every: int) -> dict[str, Any]:
    drawn_from, videos = world(), n // PER_VIDEO
    queries, some = queries_of(drawn_from, videos), filtered(videos)
    everywhere = Exact(queries, [[] for _ in queries])
    inside = Exact(queries, [[] for _ in queries])
    store = SqliteStore(Config(folder))
    cpu_s = wall_s = 0.0
    with store.writing():
        for number in range(videos):
            owner, rows = video_of(number), rows_of(drawn_from, number)
            texts = texts_of(drawn_from, number)
            segments = [segment_of(owner, at, text) for at, text in enumerate(texts)]
            embedded = Embedded(Vectors(SPACE, rows), details_of(rows, number, details_every))
            cpu, wall = time.process_time(), time.perf_counter()
            put(store, owner, segments, embedded)
            cpu_s += time.process_time() - cpu
            wall_s += time.perf_counter() - wall
            everywhere.see(segments, rows)
            if owner.id in some:
                inside.see(segments, rows)
            if number % 200 == 0:
                print(f"  {number} of {videos} videos, {cpu_s:.0f} s CPU", flush=True)
    store.close()
    np.savez(
        folder / "exact.npz",
        all=[[s for _, s in best] for best in everywhere.best],
        some=[[s for _, s in best] for best in inside.best],
    )
    size = (folder / "library.sqlite").stat().st_size
    kinds = sqlite3.connect(folder / "library.sqlite").execute(
        "SELECT p.kind, sum(length(b.body)) FROM parcels p JOIN bodies b ON b.no = p.body "
        "GROUP BY p.kind"
    )
    return {
        "segments": videos * PER_VIDEO,
        "videos": videos,
        "build_cpu_s": round(cpu_s, 1),
        "build_wall_s": round(wall_s, 1),
        "file_mb": round(size / 1e6, 1),
        "mb_per_1000_segments": round(size / 1e3 / (videos * PER_VIDEO), 3),
        "kb_per_segment_by_kind": {
            kind: round(total / 1e3 / (videos * PER_VIDEO), 3) for kind, total in kinds
        },
    }


def timed(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Return (CPU ms, wall ms, result)."""
    cpu, wall = time.process_time(), time.perf_counter()
    result = work()
    return (time.process_time() - cpu) * 1e3, (time.perf_counter() - wall) * 1e3, result


def spread(pairs: list[tuple[float, float]]) -> dict[str, float]:
    cpu, wall = np.array(pairs).T
    return {
        "cpu_p50_ms": round(float(np.percentile(cpu, 50)), 2),
        "cpu_p95_ms": round(float(np.percentile(cpu, 95)), 2),
        "wall_p50_ms": round(float(np.percentile(wall, 50)), 2),
        "wall_p95_ms": round(float(np.percentile(wall, 95)), 2),
    }


def rss_mb() -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1e3


def measure(folder: Path, n: int, details_every: int) -> dict[str, Any]:
    drawn_from, videos = world(), n // PER_VIDEO
    queries, some = queries_of(drawn_from, videos), filtered(videos)
    random = np.random.default_rng(7)
    few, many = [], []
    for _ in range(QUERIES):
        texts = texts_of(drawn_from, int(random.integers(videos)))
        terms = words.terms(texts[int(random.integers(PER_VIDEO))])
        few.append(tuple((t, 1.0) for t in terms[: int(random.integers(2, 5))]))
        common = [words.term(drawn_from.vocabulary[k]) for k in random.integers(0, 12, 4)]
        many.append(tuple((t, 1.0) for t in [*terms[:4], *common]))
    before = rss_mb()
    cpu_ms, wall_ms, store = timed(lambda: SqliteStore(Config(folder)))
    result: dict[str, Any] = {"connect_wall_ms": round(wall_ms, 1)}
    legs: dict[str, list[Leg]] = {
        "words, 2-4 of a segment": [WordLeg(WORD_LANES, terms) for terms in few],
        "words, 4 of a segment and 4 of the 12 commonest": [
            WordLeg(WORD_LANES, terms) for terms in many
        ],
        "vectors": [VectorLeg((Lane.SPEECH,), SPACE, query) for query in queries],
    }
    first = [
        timed(lambda leg=kind[0]: store.search(leg, scope=EVERYTHING, limit=100))
        for kind in legs.values()
    ]
    result["first_words_wall_s"] = round(first[0][1] / 1e3, 2)
    result["first_vectors_wall_s"] = round(first[2][1] / 1e3, 2)
    result["open_wall_s"] = round((wall_ms + first[0][1] + first[2][1]) / 1e3, 2)
    result["open_cpu_s"] = round((cpu_ms + first[0][0] + first[2][0]) / 1e3, 2)
    result["rss_of_the_store_mb"] = round(rss_mb() - before)
    exact = np.load(folder / "exact.npz")
    result["search"], result["recall_at_10"] = {}, {}
    for scope_name, scope, truth in (
        ("everything", EVERYTHING, exact["all"]),
        ("1 % filter", only(some), exact["some"]),
    ):
        for kind, asked in legs.items():
            runs = [timed(lambda: search(store, scope, leg)) for leg in asked]  # noqa: B023
            result["search"][f"{kind}, {scope_name}"] = spread([(c, w) for c, w, _ in runs])
            if kind == "vectors":
                shares = [
                    len({h.segment for h in hits[:10]} & set(best)) / len(best)
                    for (_, _, (hits,)), best in zip(runs, truth.tolist(), strict=True)
                ]
                result["recall_at_10"][scope_name] = round(float(np.mean(shares)), 5)
        both = list(zip(legs["words, 2-4 of a segment"], legs["vectors"], strict=True))
        runs = [timed(lambda: search(store, scope, *pair)) for pair in both]  # noqa: B023
        result["search"][f"words and vectors, {scope_name}"] = spread([(c, w) for c, w, _ in runs])
    result |= reading(store, legs)
    result |= changing(store, videos, drawn_from, details_every)
    result["max_rss_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3)
    store.close()
    return result


def search(store: SqliteStore, scope: Scope, *legs: Leg) -> list[list[Hit]]:
    return [store.search(leg, scope=scope, limit=100) for leg in legs]


def reading(store: SqliteStore, legs: dict[str, list[Leg]]) -> dict[str, Any]:
    """Measure what assembly and reranking read: 100 segments, their details, the videos."""
    found = [
        [h.segment for h in store.search(leg, scope=EVERYTHING, limit=100)]
        for leg in legs["vectors"][:40]
    ]
    segments = [timed(lambda ids=ids: store.segments(ids, scope=EVERYTHING)) for ids in found]
    details = [timed(lambda ids=ids: store.details(ids, SPACE, scope=EVERYTHING)) for ids in found]
    videos = [timed(lambda: store.videos(scope=EVERYTHING)) for _ in range(5)]
    return {
        "reading": {
            "100 segments": spread([(c, w) for c, w, _ in segments]),
            "details of 100 segments": spread([(c, w) for c, w, _ in details]),
            "rows of fine vectors found": int(
                np.median([sum(len(d.rows) for d in r.values()) for _, _, r in details])
            ),
            "all videos, first": {"wall_ms": round(videos[0][1], 1)},
            "all videos, again": {"wall_ms": round(videos[1][1], 1)},
        }
    }


def changing(
    store: SqliteStore, videos: int, drawn_from: World, details_every: int
) -> dict[str, Any]:
    """Measure erasing videos and adding them again, and the first search after each."""
    erased, after, added = [], [], []
    for number in np.random.default_rng(8).choice(videos, 10, replace=False).tolist():
        owner, rows = video_of(number), rows_of(drawn_from, number)
        legs = (
            WordLeg(WORD_LANES, (("bada", 1.0),)),
            VectorLeg((Lane.SPEECH,), SPACE, rows[0]),
        )
        forget = fakes.event("forget")
        erased.append(timed(lambda: store.erase(owner.id, event=forget))[:2])  # noqa: B023
        after.append(timed(lambda: search(store, EVERYTHING, *legs))[:2])  # noqa: B023
        segments = [segment_of(owner, at, t) for at, t in enumerate(texts_of(drawn_from, number))]
        embedded = Embedded(Vectors(SPACE, rows), details_of(rows, number, details_every))
        put(store, owner, segments, embedded)
        added.append(timed(lambda: search(store, EVERYTHING, *legs))[:2])  # noqa: B023
    return {
        "erase_one_video": spread(erased),
        "first_search_after_erasing": spread(after),
        "first_search_after_adding": spread(added),
    }


def report() -> str:
    results = [json.loads(path.read_text()) for path in sorted(HERE.glob("results-*.json"))]
    results.sort(key=lambda r: r["segments"])
    lines = [
        "# The SQLite store at scale",
        "",
        "Written by `run.py`; do not edit.",
        f"Times of search are CPU milliseconds of one thread (p50 / p95, n = {QUERIES}), wall in",
        "brackets: that one is long where other work shares the cores, see the load below.",
        "",
        "| | " + " | ".join(f"{r['segments']:,} segments" for r in results) + " |",
        "|---|" + "---|" * len(results),
    ]

    def row(name: str, value: Callable[[dict[str, Any]], str]) -> None:
        lines.append(f"| {name} | " + " | ".join(value(r) for r in results) + " |")

    def times(found: dict[str, float]) -> str:
        return "{cpu_p50_ms} / {cpu_p95_ms} ({wall_p50_ms} / {wall_p95_ms})".format(**found)

    row("command", lambda r: f"`{r['command']}`")
    row("videos", lambda r: f"{r['videos']:,}")
    row("segments with 25 fine vectors", lambda r: r["details"])
    row("build, CPU s", lambda r: str(r["build_cpu_s"]))
    row("file, MB", lambda r: f"{r['file_mb']:,}")
    row("MB per 1,000 segments", lambda r: str(r["mb_per_1000_segments"]))
    row(
        "opening until words and vectors were searched, wall s (CPU s)",
        lambda r: f"{r['open_wall_s']} ({r['open_cpu_s']})",
    )
    row("memory of the store, MB", lambda r: f"{r['rss_of_the_store_mb']:,}")
    row("highest memory of the whole process, MB", lambda r: f"{r['max_rss_mb']:,}")
    for name in results[0]["search"]:
        row(f"search: {name}", lambda r, name=name: times(r["search"][name]))
    for name in results[0]["recall_at_10"]:
        row(f"recall@10, {name}", lambda r, name=name: str(r["recall_at_10"][name]))
    row("load 100 segments", lambda r: times(r["reading"]["100 segments"]))
    row("load their fine vectors", lambda r: times(r["reading"]["details of 100 segments"]))
    row("erase one video, to the byte", lambda r: times(r["erase_one_video"]))
    row("first search after erasing", lambda r: times(r["first_search_after_erasing"]))
    row("first search after adding", lambda r: times(r["first_search_after_adding"]))
    row("machine", lambda r: r["machine"])
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("segments", type=int, nargs="+")
    parser.add_argument("--folder", type=Path, required=True, help="scratch folder, on a real disk")
    parser.add_argument("--details-every", type=int, default=100, help="0 for none, 1 for all")
    parser.add_argument("--keep", action="store_true", help="keep a library that is there")
    parser.add_argument("--stage", choices=("build", "measure"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.stage:
        (n,) = given.segments
        stage = build if given.stage == "build" else measure
        print(json.dumps(stage(given.folder, n, given.details_every)))
        return
    for n in given.segments:
        folder = given.folder / str(n)
        if not given.keep:
            shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        built = folder / "built.json"
        if not built.exists():
            built.write_text(json.dumps(run("build", folder, n, given.details_every)))
        every = given.details_every
        result = {
            "command": "python benchmarks/scale_local/run.py "
            f"{n} --folder FOLDER --details-every {every}",
            "details": f"1 in {every}" if every else "none",
            "machine": f"{platform.machine()}, {os.cpu_count()} cores, load "
            f"{os.getloadavg()[0]:.0f}; SQLite {sqlite3.sqlite_version}, numpy {np.__version__}",
            **json.loads(built.read_text()),
            **run("measure", folder, n, every),
        }
        (HERE / f"results-{n}.json").write_text(json.dumps(result, indent=1) + "\n")
        (HERE / "report.md").write_text(report())
        if not given.keep:
            shutil.rmtree(folder)
    print(report())


def run(stage: str, folder: Path, n: int, every: int) -> dict[str, Any]:
    """Run one stage in a process of its own; its last line is the result."""
    command = [sys.executable, __file__, str(n), "--folder", str(folder), "--stage", stage]
    with subprocess.Popen(
        [*command, "--details-every", str(every)], stdout=subprocess.PIPE, text=True
    ) as process:
        line = ""
        for line in process.stdout or ():
            print(line if len(line) < 200 else "", end="", flush=True)
    if process.returncode:
        raise SystemExit(process.returncode)
    return dict(json.loads(line))


if __name__ == "__main__":
    main()
