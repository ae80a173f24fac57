"""The whole of `search`, `ask` and a turn of `chat` in a large library, question to answer.

    viewfinder --library REAL add CLIPS
    python benchmarks/latency/run.py REAL QUERIES.jsonl --segments 100000 --report FILE

The large library is made of the real one: its clips again and again, some words exchanged
for others of the library, vectors turned by noise, joined end to end into films of about
600 segments (half an hour). Questions are those of the file. CPU milliseconds of one
thread; the filter allows one video in a hundred.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import cycle
from pathlib import Path

import numpy as np

from viewfinder.app.library import Library, Refused
from viewfinder.domain.annotation import Annotation, Track, TrackName
from viewfinder.domain.conversation import Conversation
from viewfinder.domain.media import Video, VideoId
from viewfinder.domain.provenance import Derivation, Tool
from viewfinder.domain.segment import (
    Detail,
    Embedded,
    Lane,
    Segment,
    SegmentId,
    Vectors,
    segment_id,
)
from viewfinder.domain.time import TimeSpan
from viewfinder.ports import StageRecord

STAGES = ("decode", "speech", "screen_text", "picture", "index")
DETAILS_EVERY = {1_000_000: 10}
"""One clip in so many gets fine vectors, where all of them would not fit the disk."""
PER_FILM = 600
EXCHANGED = 0.3
NOISE = 0.03
FEW = ("*/copies/07/*",)

Clip = tuple[Video, list[Segment], list[Embedded], list[Track]]


MADE_BY = {
    TrackName.SPEECH: "speech",
    TrackName.CAPTIONS: "decode",
    TrackName.METADATA: "decode",
    TrackName.SCREEN_TEXT: "screen_text",
}
BENCHMARK = Derivation((), Tool("benchmark", "1"))


def record(stage: str) -> StageRecord:
    return StageRecord(stage, BENCHMARK)


def moved(span: TimeSpan, by_ns: int) -> TimeSpan:
    return TimeSpan(span.start_ns + by_ns, span.end_ns + by_ns)


def moved_part(part: Annotation, by_ns: int) -> Annotation:
    said = tuple(replace(word, span=moved(word.span, by_ns)) for word in part.words)
    return replace(part, span=moved(part.span, by_ns), words=said)


def turned(one: Embedded, noise: np.random.Generator, by_ns: int, detailed: bool) -> Embedded:
    """Return vectors moved a little, and their fine vectors at other times."""
    given = one.vectors.rows
    rows = given + NOISE * noise.standard_normal(given.shape, np.float32)
    rows *= np.linalg.norm(given, axis=1, keepdims=True) > 0
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit = np.asarray(rows / np.where(lengths > 0, lengths, 1), np.float32)
    details = tuple(
        Detail(d.rows, d.spans_ns + by_ns) if detailed else Detail(d.rows[:0], d.spans_ns[:0])
        for d in one.details
    )
    return Embedded(Vectors(one.vectors.space, unit), details)


def film(clips: Sequence[Clip], number: int, words: Sequence[str], every: int) -> Clip:
    """Return clips joined end to end as one video."""
    chance, noise = random.Random(number), np.random.default_rng(number)
    fresh = VideoId(hashlib.sha256(f"film {number}".encode()).hexdigest())
    path = f"/copies/{number % 100:02}/{number}-{clips[0][0].name}"
    cut: list[Segment] = []
    parts: list[list[Embedded]] = []
    noted: dict[TrackName, list[Annotation]] = {}
    ordinals: Counter[Lane] = Counter()
    at_ns = 0
    for n, (video, segments, embedded, tracks) in enumerate(clips):
        for track in tracks:
            notes = [moved_part(note, at_ns) for note in track.annotations]
            noted.setdefault(track.name, []).extend(notes)
        for segment in segments:
            text = " ".join(
                chance.choice(words) if chance.random() < EXCHANGED else word
                for word in segment.text.split()
            )
            cut.append(
                replace(
                    segment,
                    id=segment_id(fresh, segment.lane, ordinals[segment.lane]),
                    video=fresh,
                    span=moved(segment.span, at_ns),
                    text=text,
                    parts=tuple(moved_part(part, at_ns) for part in segment.parts),
                )
            )
            ordinals[segment.lane] += 1
        detailed = (number * 100 + n) % every == 0
        parts.append([turned(one, noise, at_ns, detailed) for one in embedded])
        at_ns += video.duration_ns
    joined = [
        Embedded(
            Vectors(of[0].vectors.space, np.concatenate([one.vectors.rows for one in of])),
            tuple(detail for one in of for detail in one.details),
        )
        for of in zip(*parts, strict=True)
    ]
    made = [Track(name, BENCHMARK, tuple(notes)) for name, notes in noted.items()]
    whole = replace(clips[0][0], id=fresh, path=path, seen_as="", duration_ns=at_ns)
    return whole, cut, joined, made


def originals(library: Library) -> list[Clip]:
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
            kept = tuple(details.get(key, empty) for key in ids)
            embedded.append(Embedded(Vectors(space, rows.astype(np.float32)), kept))
        found.append((video, segments, embedded, store.tracks(video.id, scope=scope)))
    return found


def build(real: Path, folder: Path, wanted: int) -> None:
    with Library.open(real) as library:
        given = originals(library)
    words = [w for _, segments, _, _ in given for s in segments for w in s.text.split()]
    every = DETAILS_EVERY.get(wanted, 1)
    endless = cycle(given)
    made = number = 0
    with Library.open(folder, create=True) as library:
        store = library._store
        while made < wanted:
            clips: list[Clip] = []
            while sum(len(segments) for _, segments, _, _ in clips) < PER_FILM:
                clips.append(next(endless))
            video, cut, joined, tracks = film(clips, number, words, every)
            store.commit_video(video, event=library._event("add", video=video.id))
            for stage in STAGES[:-1]:
                event = library._event("derive", video=video.id)
                own = [track for track in tracks if MADE_BY.get(track.name, "picture") == stage]
                store.commit_stage(video.id, record(stage), tracks=own, event=event)
            event = library._event("derive", video=video.id)
            store.commit_index(video.id, record("index"), cut, joined, event=event)
            made += len(cut)
            number += 1


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


FOLLOW_UPS = (
    ("the second one", "the second one"),
    ("before and after", "and what happens right after that?"),
    ("before and after", "what is said before that?"),
    ("the same video", "what does it look like there?"),
    ("the same video", "is there a dog in it?"),
    ("narrower", "only the ones with text on screen"),
    ("narrower", "only at night"),
    ("narrower", "which of those shows a person?"),
    ("wider", "anywhere else?"),
    ("wider", "in all videos"),
    ("another video, by what is in it", "and one in the telescope video?"),
    ("another video, by what is in it", "no, I meant the one with the bottles"),
    ("on what was shown", "why this one?"),
    ("on what was shown", "how many of those?"),
    ("on what was shown", "show me the words before and after"),
    ("on what was shown", "compare the first and the second"),
    ("on what was shown", "summarise what we found"),
    ("back", "go back to {question}"),
    ("another subject", "by the way, when is a red car seen?"),
    ("clarification", "find the meeting"),
    ("remark", "thanks"),
)
OPENINGS = 16


def turns(library: Library, questions: Sequence[str]) -> list[tuple[str, str]]:
    """Measure a turn of every kind, after each of some opening questions."""
    taken: dict[str, list[float]] = {}
    for opening in questions[:: max(1, len(questions) // OPENINGS)][:OPENINGS]:
        talk = Conversation()
        asked = [("opening", opening), *((k, q.format(question=opening)) for k, q in FOLLOW_UPS)]
        for kind, question in asked:
            started = time.process_time()
            talk, _ = library.converse(talk, question)
            taken.setdefault(kind, []).append(1000 * (time.process_time() - started))
    every = [each for some in taken.values() for each in some]
    rows = [(f"turn: {k}, p50 / p95, n = {len(some)}", shown(some)) for k, some in taken.items()]
    return [*rows, (f"turn: of any kind, p50 / p95, n = {len(every)}", shown(every))]


def measure(folder: Path, questions: list[str]) -> list[tuple[str, str]]:
    with Library.open(folder) as library:
        started, cpu = time.monotonic(), time.process_time()
        library.search("a first question opens everything")
        opened = f"{time.monotonic() - started:.1f} ({time.process_time() - cpu:.1f})"
        every = [library.plan(q) for q in questions if library.ask(q).outcome.value != "refusal"]
        rows = [("opening until a first search, wall s (CPU s)", opened)]
        held = library.counts()
        videos = held.pop("videos")
        rows.append(("segments", f"{sum(held.values()):,} in {videos:,} videos"))
        kinds = {
            "": [plan for plan in every if not plan.sequence],
            "A then B: ": [plan for plan in every if plan.sequence],
        }
        for kind, plans in kinds.items():
            narrow = [replace(p, filters=replace(p.filters, files=FEW)) for p in plans]
            for name, action in (("search", library.search), ("ask", library.ask)):
                words = [plan.question for plan in plans]
                for of, given in (("", words), (" with a 1 % filter", narrow)):
                    taken = [timed(lambda p=p, action=action: action(p)) for p in given]
                    rows.append((f"{kind}{name}{of}, p50 / p95, n = {len(given)}", shown(taken)))
        everything = [timed(lambda p=p: library.search(p.question)) for p in every]
        rows.append((f"all questions: search, p50 / p95, n = {len(every)}", shown(everything)))
        return rows + turns(library, [plan.question for plan in every])


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
        if not (folder / "library.sqlite").is_file():
            build(Path(given.real), folder, given.segments)
        size = (folder / "library.sqlite").stat().st_size / 1e6
        rows = [("library, MB", f"{size:.0f}"), *measure(folder, questions)]
    every = DETAILS_EVERY.get(given.segments, 1)
    load = os.getloadavg()[0]
    text = "\n".join(
        [
            f"# Search and answer at {given.segments:,} segments",
            "",
            "`OMP_NUM_THREADS=1 python benchmarks/latency/run.py LIBRARY"
            f" {Path(given.queries).name} --segments {given.segments}`",
            "",
            f"CPU milliseconds (user and system) on 1 of {os.cpu_count()} cores that others"
            f" use, too: load {load:.0f} when done. Films of about {PER_FILM} segments, joined of"
            f" turned copies of the clips; fine vectors in 1 of {every} clips. Without a filter a"
            " question comes as words, so its plan is in the time. “A then B” is three searches in"
            " one; the other rows are without those. A turn follows on the turns before it, in"
            " talks of 22 turns.",
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
