"""What covering faces costs: what is found without them, CPU per frame, and what it misses.

    OMP_NUM_THREADS=1 python benchmarks/faces/run.py OPEN COVERED CLIPS QUERIES --report FILE

OPEN and COVERED are libraries of the same CLIPS, the second with ``cover_faces = true``.
Both are asked the picture questions of QUERIES, and every question beside them; the
difference is paired by question, with an interval drawn by video. The frames that ingest
keeps are then covered once more and counted. ``labels.jsonl`` lists frames somebody looked
at, and a spot inside each face seen there: where it is, and nothing of whose.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from viewfinder.app.config import Recognisers
from viewfinder.app.library import Library, Refused
from viewfinder.app.tools import toolbox
from viewfinder.domain.media import Clip
from viewfinder.evaluation import compare, judgments
from viewfinder.evaluation.compare import Mean, Outcome
from viewfinder.evaluation.judgments import Judgment, Response, Returned
from viewfinder.evaluation.measures import wilson
from viewfinder.ingest.decode import Decoded, Sampling, decode
from viewfinder.ingest.probe import probe
from viewfinder.ports import Coverer

HERE = Path(__file__).parent
PICTURE = frozenset(
    {
        *("visual_object", "visual_scene", "visual_attribute", "action", "count", "negation"),
        "temporal_order",
    }
)
MEASURES = ("hit@1", "hit@5", "nDCG@10")


@dataclass
class Counted:
    """What covering did with the frames of some clips."""

    frames: int = 0
    with_faces: int = 0
    looked_at: int = 0
    faces: int = 0
    covered: int = 0
    beside: int = 0
    cpu_s: tuple[float, ...] = ()


def asked(folder: Path, judged: Sequence[Judgment]) -> list[Outcome]:
    with Library.open(folder) as library:
        names = {video.id: video.name for video in library.videos()}

        def answer(query: str) -> Response:
            try:
                moments = library.search(query).moments
            except Refused:
                return Response((), "refuse")
            return Response(tuple(Returned(names[m.video], m.span) for m in moments), "moments")

        return compare.judge(judged, answer)


def clips(folder: Path) -> Iterator[tuple[str, Clip]]:
    """Yield each file's name and what ingest keeps of its picture."""
    for path in sorted(folder.iterdir()):
        if path.suffix == ".json":
            continue
        with tempfile.TemporaryDirectory() as spool:
            made = decode(probe(path), path, Path(spool), sampling=Sampling(sound=False))
            for item in made:
                if isinstance(item, Decoded):
                    yield path.name, item.clip


def counted(folder: Path, labels: dict[tuple[str, int], list[Any]], coverer: Coverer) -> Counted:
    so_far = Counted()
    for name, clip in clips(folder):
        for frame in clip.frames():
            started = time.process_time()
            covered = coverer.cover(frame.pixels)
            so_far.cpu_s += (time.process_time() - started,)
            so_far.frames += 1
            so_far.with_faces += covered.count > 0
            if (name, frame.at_ns) not in labels:
                continue
            height, width = frame.pixels.shape[:2]
            spots = [(int(y * height), int(x * width)) for x, y in labels[name, frame.at_ns]]
            hidden = sum(not (covered.image[at] != 127).any() for at in spots)
            so_far.looked_at += 1
            so_far.faces += len(spots)
            so_far.covered += hidden
            so_far.beside += covered.count > hidden
    return so_far


def row(name: str, open_: dict[str, Mean], shut: dict[str, Mean], lost: dict[str, Mean]) -> str:
    cells = [
        f"{open_[m].value:.3f} | {shut[m].value:.3f} | {lost[m].value:+.3f} "
        f"({lost[m].low:+.3f} to {lost[m].high:+.3f})"
        for m in MEASURES
    ]
    return f"| {name}, n = {open_[MEASURES[0]].count} | " + " | ".join(cells) + " |"


def ingest_cpu_s(folder: Path) -> float:
    """Return the CPU seconds that all stages of a library took."""
    with Library.open(folder) as library:
        videos = library.videos()
        return sum(r.cpu_s for video in videos for r in library._store.stages(video.id))


def report(
    open_: list[Outcome], shut: list[Outcome], seen: Counted, ingest_s: float, command: str
) -> str:
    def only(outcomes: list[Outcome], *, pictures: bool) -> list[Outcome]:
        return [o for o in outcomes if (o.judgment.type in PICTURE) or not pictures]

    rows = []
    for name, pictures in (("pictures", True), ("all questions with an answer", False)):
        pair = only(open_, pictures=pictures), only(shut, pictures=pictures)
        rows.append(
            row(
                name,
                compare.summary(pair[0]),
                compare.summary(pair[1]),
                compare.difference(pair[1], pair[0]),
            )
        )
    low, high = wilson(seen.covered, seen.faces)
    cpu_ms = [1000 * each for each in seen.cpu_s]
    return "\n".join(
        [
            "# What covering faces costs",
            "",
            f"`{command}`, the development clips.",
            "",
            "## What is found",
            "",
            "Open, covered, and the difference of the two, paired by question; 95 % interval",
            "by drawing videos.",
            "",
            "| questions | "
            + " | ".join(f"{m} open | covered | difference" for m in MEASURES)
            + " |",
            "|---|" + "---|" * (3 * len(MEASURES)),
            *rows,
            "",
            "## What is covered",
            "",
            "| | |",
            "|---|---|",
            f"| frames that ingest keeps | {seen.frames} |",
            f"| of these with something covered | {seen.with_faces} |",
            f"| CPU of a frame, median, p95 | {statistics.median(cpu_ms):.0f} ms, "
            f"{statistics.quantiles(cpu_ms, n=20)[-1]:.0f} ms |",
            f"| beside all CPU of an uncovered ingest | {sum(seen.cpu_s) / ingest_s:.1%} |",
            f"| frames somebody looked at | {seen.looked_at} |",
            f"| faces seen there | {seen.faces} |",
            f"| of these covered | {seen.covered}: {seen.covered / seen.faces:.0%}, "
            f"95 % interval {low:.0%} to {high:.0%} |",
            f"| frames where something else is covered too | {seen.beside} |",
            "",
            (HERE / "judged.md").read_text("utf-8").rstrip(),
            "",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    for name in ("open", "covered", "clips", "queries"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--report", type=Path, required=True)
    given = parser.parse_args()
    judged = judgments.read(given.queries)
    lines = (HERE / "labels.jsonl").read_text("utf-8").splitlines()
    labels = {(one["file"], one["at_ns"]): one["faces"] for one in map(json.loads, lines)}
    open_, shut = asked(given.open, judged), asked(given.covered, judged)
    seen = counted(given.clips, labels, toolbox(Recognisers()).coverer)
    given.report.write_text(
        report(open_, shut, seen, ingest_cpu_s(given.open), "scripts/bench faces"), "utf-8"
    )


if __name__ == "__main__":
    main()
