"""Measures the picture lane alone on the picture questions of a set of clips.

    OMP_NUM_THREADS=1 python benchmarks/picture/run.py CLIPS QUERIES WEIGHTS KEEP \\
        [--crops 4] [--set AROUND_SAY=0] ...

``--set`` changes a constant of ``retrieval.picture`` for this run.

A hit is a returned moment that overlaps a gold span by at least half of the shorter of
the two and is no longer than 15 s or twice the gold span, whichever is more. One moment
per file is returned. Intervals are bootstraps over videos.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import footage

from viewfinder.adapters.encoders import prototypes, sentence, universal
from viewfinder.domain.search import QueryPlan
from viewfinder.domain.time import TimeSpan
from viewfinder.retrieval.asking.plan import plan
from viewfinder.retrieval.seeing import picture

TYPES = (
    "visual_object",
    "visual_scene",
    "visual_attribute",
    "action",
    "count",
    "negation",
    "temporal_order",
)
TODAY = date(2026, 11, 20)


@dataclass(frozen=True)
class Found:
    """A moment as returned."""

    file: str
    span: TimeSpan
    absolute: float


def is_hit(question: dict[str, Any], found: Found, *, iou: float | None = None) -> bool:
    for gold in question["relevant"]:
        if gold["file"] != found.file:
            continue
        span = TimeSpan.of_seconds(gold["start_s"], gold["end_s"])
        if iou is not None:
            if span.iou(found.span) >= iou:
                return True
            continue
        shorter = min(span.duration_ns, found.span.duration_ns)
        shared = span.overlap_ns(found.span)
        longest = max(15.0, 2 * span.duration_s)
        if shared * 2 >= shorter and shared and found.span.duration_s <= longest:
            return True
    return False


class Lane:
    """The footage with everything that reads words, opened once."""

    def __init__(self, seen: footage.Footage, weights: Path, keep: Path) -> None:
        self.seen = seen
        self.names = {video.id: video.name for video in seen.videos}
        english = sentence.SentenceEncoder(sentence.Config(str(weights / "minilm")))
        many = universal.UniversalEncoder(universal.Config(str(weights / "use")))
        folder = str(weights / "efficientnet-lite2")
        self.of = {}
        for name, encoders in (("en", (english, many)), ("other", (many,))):
            protos = [
                prototypes.WordPrototypes(prototypes.Config((e,), folder, (), str(keep)))
                for e in encoders
            ]
            self.of[name] = picture.readers(protos, encoders)
        self.captions = {
            e.space: {
                s.id: row
                for s, row in zip(
                    seen.segments, e.encode_text([s.text for s in seen.segments]).rows, strict=True
                )
            }
            for e in (english, many)
        }
        self.details = {s.id: d for s, d in zip(seen.segments, seen.details, strict=True)}

    def search(self, question: str) -> list[Found]:
        made = plan(question, today=TODAY)
        return self.ranked(made)

    def ranked(self, made: QueryPlan) -> list[Found]:
        scores = picture.score(
            made.text,
            language=made.language,
            exclude=made.exclude,
            segments=self.seen.segments,
            details=self.details,
            captions=self.captions,
            readers=self.of["en" if made.language == "en" else "other"],
        )
        order = sorted(self.seen.segments, key=lambda s: (-scores[s.id].relative, s.id))
        best = max(s.absolute for s in scores.values())
        files: dict[str, Found] = {}
        for segment in order:
            name = self.names[segment.video]
            files.setdefault(name, Found(name, segment.span, best))
        return list(files.values())


def bootstrap(hits: np.ndarray, videos: list[str], draws: int = 2000) -> tuple[float, float]:
    """Return the 95 % interval of a mean, drawing videos (of a question's first gold span)."""
    rng = np.random.default_rng(7)
    groups: dict[str, list[int]] = {}
    for n, video in enumerate(videos):
        groups.setdefault(video, []).append(n)
    keys = list(groups)
    means = [
        hits[[n for k in rng.integers(0, len(keys), len(keys)) for n in groups[keys[k]]]].mean()
        for _ in range(draws)
    ]
    return float(np.percentile(means, 2.5)), float(np.percentile(means, 97.5))


def table(questions: list[dict[str, Any]], found: list[list[Found]]) -> list[str]:
    pairs = list(zip(questions, found, strict=True))
    files = [{g["file"] for g in q["relevant"]} for q in questions]
    columns = [
        *([any(is_hit(q, m) for m in ms[:k]) for q, ms in pairs] for k in (1, 3, 5)),
        *([any(is_hit(q, m, iou=0.3) for m in ms[:k]) for q, ms in pairs] for k in (1, 3, 5)),
        *(
            [any(m.file in f for m in ms[:k]) for f, ms in zip(files, found, strict=True)]
            for k in (1, 3, 5)
        ),
    ]
    hits = np.array(columns, float).T
    kinds = np.array([q["type"] for q in questions])
    lines = [
        "| questions | n | hit@1/3/5 | IoU>=0.3 @1/3/5 | file @1/3/5 |",
        "|---|---|---|---|---|",
    ]
    for kind in ("all", *TYPES):
        chosen = hits if kind == "all" else hits[kinds == kind]
        if len(chosen):
            m = [f"{100 * v:.0f}" for v in chosen.mean(axis=0)]
            cells = " | ".join("/".join(m[i : i + 3]) for i in (0, 3, 6))
            lines.append(f"| {kind} | {len(chosen)} | {cells} |")
    videos = [q["relevant"][0]["file"] for q in questions]
    for name, column in (("hit@1", 0), ("hit@3", 1), ("hit@5", 2)):
        low, high = bootstrap(hits[:, column], videos)
        lines.append(f"\n{name}: 95 % interval over videos {100 * low:.0f}-{100 * high:.0f}")
    return lines


def abstention(answerable: list[float], absent: list[float]) -> list[str]:
    lines = []
    pairs = [(a > b) + 0.5 * (a == b) for a in answerable for b in absent]
    lines.append(f"AUC of the best absolute score: {np.mean(pairs):.2f}")
    for share in (10, 20, 30):
        cut = float(np.percentile(answerable, share))
        lines.append(
            f"{share} % of answerable turned down (below {cut:.3f}): "
            f"{100 * np.mean([b < cut for b in absent]):.0f} % of absent turned down"
        )
    low, none = (100 * np.mean([a < 0.5 for a in group]) for group in (answerable, absent))
    return [*lines, f"as shipped (0.5): {low:.0f} % of answerable, {none:.0f} % of absent"]


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("clips", "queries", "weights", "keep"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--crops", type=int, default=4)
    parser.add_argument("--set", action="append", default=[], metavar="NAME=NUMBER")
    args = parser.parse_args()
    for setting in args.set:
        name, _, value = setting.partition("=")
        getattr(picture, name)
        setattr(picture, name, float(value))
    lines = args.queries.read_text(encoding="utf-8").splitlines()
    asked = [json.loads(line) for line in lines if line]
    questions = [q for q in asked if q["type"] in TYPES]
    absent = [q for q in asked if q["type"] == "not_in_collection"]
    seen = footage.read(args.clips, args.weights, args.keep, crops=args.crops)
    lane = Lane(seen, args.weights, args.keep)
    started = time.process_time()
    found = [lane.search(q["query"]) for q in questions]
    spent = (time.process_time() - started) / len(questions)
    print("\n".join(table(questions, found)))
    there = [f[0].absolute for f in found]
    plain = (Path(__file__).parent / "absent.txt").read_text(encoding="utf-8").splitlines()
    for name, asked_for in (
        ("not_in_collection of the query file", [q["query"] for q in absent]),
        ("absent.txt (true of the development clips)", plain),
    ):
        print(f"\n{name}, n = {len(asked_for)}:")
        print("\n".join(abstention(there, [lane.search(q)[0].absolute for q in asked_for])))
    seconds = sum(v.duration_ns for v in seen.videos) / 1e9
    cost = seen.cpu_s["picture"]
    print(f"{len(seen.segments)} segments, {seen.frames} frames, {seconds:.0f} s of video")
    print(
        f"ingest: {1000 * cost / seen.frames:.0f} ms CPU a frame, {cost / seconds:.3f} s a second"
    )
    print(f"question: {1000 * spent:.0f} ms CPU")


if __name__ == "__main__":
    main()
