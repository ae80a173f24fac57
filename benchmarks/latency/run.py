"""The whole of `search` and `ask` in a large library, from the question to the answer.

    viewfinder --library REAL add CLIPS
    python benchmarks/latency/run.py REAL QUERIES.jsonl --segments 100000 --report FILE

The large library is made of the real one: each video again and again under new ids, some
words exchanged for others of the library, vectors turned by noise. Questions are those of
the file. CPU milliseconds of one thread; the filter allows one video in a hundred.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from viewfinder.app.library import Library, Refused
from viewfinder.domain.media import Video, VideoId
from viewfinder.domain.provenance import Derivation, Tool
from viewfinder.domain.segment import Detail, Embedded, Segment, SegmentId, Vectors, segment_id
from viewfinder.ports import StageRecord

RECORD = StageRecord("index", Derivation((), Tool("benchmark", "1")))
DETAILS_EVERY = {100_000: 10, 1_000_000: 100}


def copied(
    video: Video,
    segments: list[Segment],
    embedded: list[Embedded],
    n: int,
    words: list[str],
    detailed: bool,
) -> tuple[Video, list[Segment], list[Embedded]]:
    """Return the n-th variant of a video."""
    chance = random.Random(n)
    noise = np.random.default_rng(n)
    fresh = VideoId(hashlib.sha256(f"{video.id}{n}".encode()).hexdigest())
    path = f"/copies/{n % 100:02}/{n}-{video.name}"
    made = []
    for segment in segments:
        text = " ".join(
            chance.choice(words) if chance.random() < 0.3 else word for word in segment.text.split()
        )
        ordinal = int(segment.id.rsplit("/", 1)[1])
        made.append(
            replace(segment, id=segment_id(fresh, segment.lane, ordinal), video=fresh, text=text)
        )
    turned = []
    for one in embedded:
        rows = one.vectors.rows + noise.normal(0, 0.03, one.vectors.rows.shape).astype(np.float32)
        rows *= np.linalg.norm(one.vectors.rows, axis=1, keepdims=True) > 0
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        unit = rows / np.where(lengths > 0, lengths, 1)
        details = one.details if detailed else tuple(_none(d) for d in one.details)
        turned.append(Embedded(Vectors(one.vectors.space, unit.astype(np.float32)), details))
    return replace(video, id=fresh, path=path, seen_as=""), made, turned


def _none(detail: Detail) -> Detail:
    return Detail(detail.rows[:0], detail.spans_ns[:0])


def originals(library: Library) -> list[tuple[Video, list[Segment], list[Embedded]]]:
    store, scope = library._store, library._admitted("show")
    found = []
    for video in store.videos(scope=scope):
        segments = store.segments_of(video.id, scope=scope)
        ids: list[SegmentId] = [segment.id for segment in segments]
        embedded = []
        for space in store.spaces():
            pooled = store.pooled(ids, space, scope=scope)
            details = store.details(ids, space, scope=scope)
            empty = Detail(np.zeros((0, space.dimensions), np.int8), np.zeros((0, 2), np.int64))
            zero = np.zeros(space.dimensions, np.float32)
            rows = np.stack([pooled.get(key, zero) for key in ids])
            kept = tuple(details.get(key, empty) for key in ids) if details else ()
            embedded.append(Embedded(Vectors(space, rows.astype(np.float32)), kept))
        found.append((video, segments, embedded))
    return found


def build(real: Path, folder: Path, wanted: int) -> int:
    with Library.open(real) as library:
        given = originals(library)
    words = [w for _, segments, _ in given for s in segments for w in s.text.split()]
    every = DETAILS_EVERY.get(wanted, 1)
    made = n = 0
    with Library.open(folder, create=True) as library:
        store = library._store
        while made < wanted:
            for video, segments, embedded in given:
                fresh, cut, turned = copied(
                    video, segments, embedded, n, words, detailed=n % every == 0
                )
                store.commit_video(fresh, event=library._event("add", video=fresh.id))
                store.commit_index(
                    fresh.id, RECORD, cut, turned, event=library._event("derive", video=fresh.id)
                )
                made += len(cut)
            n += 1
    return made


def timed(action: Callable[[], object]) -> float:
    started = time.process_time()
    try:
        action()
    except Refused:
        return float("nan")
    return 1000 * (time.process_time() - started)


def shown(values: list[float]) -> str:
    kept = sorted(v for v in values if v == v)
    return f"{statistics.median(kept):.0f} / {kept[int(0.95 * (len(kept) - 1))]:.0f}"


def measure(folder: Path, questions: list[str]) -> list[tuple[str, str]]:
    with Library.open(folder) as library:
        started, cpu = time.monotonic(), time.process_time()
        library.search("a first question opens everything")
        opened = f"{time.monotonic() - started:.1f} ({time.process_time() - cpu:.1f})"
        plans = [library.plan(q) for q in questions if library.ask(q).outcome.value != "refusal"]
        narrow = [replace(p, filters=replace(p.filters, files=("*/copies/07/*",))) for p in plans]
        return [
            ("opening until a first search, wall s (CPU s)", opened),
            ("search, p50 / p95", shown([timed(lambda p=p: library.search(p)) for p in plans])),
            (
                "search with a 1 % filter, p50 / p95",
                shown([timed(lambda p=p: library.search(p)) for p in narrow]),
            ),
            ("ask, p50 / p95", shown([timed(lambda p=p: library.ask(p)) for p in plans])),
            ("questions", str(len(plans))),
        ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("real")
    parser.add_argument("queries")
    parser.add_argument("--segments", type=int, default=100_000)
    parser.add_argument("--folder", help="Keep the large library here, and use it if it is there.")
    parser.add_argument("--report")
    given = parser.parse_args()
    questions = [json.loads(line)["query"] for line in Path(given.queries).read_text().splitlines()]
    with tempfile.TemporaryDirectory() as home:
        folder = Path(given.folder or home) / "large"
        made = given.segments
        if not (folder / "library.sqlite").is_file():
            made = build(Path(given.real), folder, given.segments)
        size = (folder / "library.sqlite").stat().st_size / 1e6
        rows = [("segments", f"{made:,}"), ("library, MB", f"{size:.0f}")]
        rows += measure(folder, questions)
    every = DETAILS_EVERY.get(given.segments, 1)
    text = "\n".join(
        [
            f"# Search and answer at {given.segments:,} segments",
            "",
            f"`python benchmarks/latency/run.py LIBRARY {Path(given.queries).name}"
            f" --segments {given.segments}`",
            "",
            f"CPU milliseconds, one thread. Fine vectors in 1 of {every} copies.",
            "",
            "| | |",
            "|---|---|",
            *(f"| {name} | {value} |" for name, value in rows),
            "",
        ]
    )
    if given.report:
        Path(given.report).write_text(text)
    print(text)


if __name__ == "__main__":
    main()
