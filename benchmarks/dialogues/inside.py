"""How sure must a match be inside one video? Questions held against videos with and without.

    python benchmarks/dialogues/inside.py LIBRARY QUERIES [--report FILE]

Each query of a ``viewfinder eval`` file is asked of every video that answers it, and of
two drawn at random (seed 0) that do not. The table says how often the best of three
moments reaches a confidence: what ``conversation.dialogue`` takes its thresholds from.
"""

from __future__ import annotations

import argparse
import random
from dataclasses import replace
from pathlib import Path

from viewfinder.app.library import Library
from viewfinder.evaluation import judgments

STEPS = (0.05, 0.08, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6)
OTHERS = 2


def best(library: Library, query: str, name: str) -> float:
    plan = library.plan(query)
    inside = replace(plan, filters=replace(plan.filters, files=(name,)))
    return max((m.confidence for m in library.search(inside).moments[:3]), default=0.0)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("library", type=Path)
    parser.add_argument("queries", type=Path)
    parser.add_argument("--report", type=Path)
    arguments = parser.parse_args()
    draw = random.Random(0)
    there: list[float] = []
    not_there: list[float] = []
    with Library.open(arguments.library) as library:
        names = sorted(video.name for video in library.videos())
        for judgment in judgments.read(arguments.queries):
            if judgment.expected == "refuse":
                continue
            answering = {relevant.file for relevant in judgment.relevant}
            there += [best(library, judgment.query, name) for name in sorted(answering)]
            others = draw.sample([n for n in names if n not in answering], OTHERS)
            not_there += [best(library, judgment.query, name) for name in others]
    rows = [
        f"| {step:.2f} | {100 * sum(c >= step for c in there) / len(there):.0f} "
        f"| {100 * sum(c >= step for c in not_there) / len(not_there):.0f} |"
        for step in STEPS
    ]
    text = "\n".join(
        [
            "# Confidence inside one video\n",
            f"`python benchmarks/dialogues/inside.py LIBRARY {arguments.queries.name}`\n",
            f"| at least | reached where the answer is, % of {len(there)} "
            f"| where it is not, % of {len(not_there)} |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )
    if arguments.report:
        arguments.report.write_text(text, "utf-8")
    print(text)


if __name__ == "__main__":
    main()
