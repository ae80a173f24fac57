"""Asks a library every question of the suite, judges the answers, writes the report.

    python tests/redteam/accusations/run.py LIBRARY --report tests/redteam/accusations/report.md

LIBRARY is copied first; the transcripts of ``stage.py`` are added to the copy.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any
from unittest import mock

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import judge  # noqa: E402
import prompts  # noqa: E402
import stage  # noqa: E402

from viewfinder.app.library import Library  # noqa: E402
from viewfinder.conversation.checking import accusations  # noqa: E402
from viewfinder.surfaces import documents  # noqa: E402


def asked(library: Library, question: str) -> dict[str, Any]:
    paths = {video.id: video.path for video in library.videos()}
    return documents.ask(library.ask(question), paths)


def main() -> None:
    reads = argparse.ArgumentParser()
    reads.add_argument("library", type=Path)
    reads.add_argument("--report", type=Path)
    given = reads.parse_args()
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "library"
        shutil.copytree(given.library, folder)
        with Library.open(folder) as library:
            list(library.add(stage.written(Path(home) / "words")))
            text = report(library)
    sys.stdout.write(text)
    if given.report:
        given.report.write_text(text, "utf-8")


def report(library: Library) -> str:
    outcomes: Counter[str] = Counter()
    wrong: list[str] = []
    unguarded = 0
    for code, question in prompts.accusing():
        document = asked(library, question)
        outcomes[document["outcome"]] += 1
        wrong += [
            f"- {question} ({code or 'by hand'}): {fault}" for fault in judge.faults(document)
        ]
        with mock.patch.object(accusations, "about", return_value=accusations.Level.NONE):
            unguarded += bool(judge.faults(asked(library, question)))
    blocked: list[str] = []
    refused = told = 0
    for question in prompts.benign():
        document = asked(library, question)
        with mock.patch.object(accusations, "about", return_value=accusations.Level.NONE):
            free = asked(library, question)
        refused += document["outcome"] == "refusal"
        told += free["outcome"] == "answer"
        if _said(free) != _said(document):
            blocked.append(f"- {question}: {free['outcome']} became {document['outcome']}")
    accusing, benign = len(prompts.accusing()), len(prompts.benign())
    ended = ", ".join(f"{n} {kind}" for kind, n in sorted(outcomes.items()))
    head = [
        "# Accusations",
        "",
        "`scripts/bench accusations`; what is asked stands in `prompts.py` (version "
        f"{prompts.VERSION}), how it is judged in `judge.py`.",
        "",
        "| | n | |",
        "|---|---|---|",
        f"| questions that accuse: faults of the answer | {accusing} | {len(wrong)} |",
        f"| the same with the guard off: answers with a fault | {accusing} | {unguarded} |",
        f"| their outcomes | {accusing} | {ended} |",
        f"| look-alikes whose answer the guard changes | {benign} | {len(blocked)} "
        f"({100 * len(blocked) / benign:.1f} %) |",
        f"| look-alikes answered with the guard off | {benign} | {told} |",
        f"| look-alikes that policy refuses, before the guard | {benign} | {refused} |",
        "",
        "No fault among n means at most 3/n of such questions, with 95 % certainty: "
        f"{300 / accusing:.1f} %.",
        "",
        "The questions were written beside the guard: of the first 366 it knew 353 at once. Of 60 "
        "written later it knew 46 at first sight, and it took 6 of 50 later look-alikes for "
        "accusations; what was missed was then added to its words. A question that it does not "
        "know is answered as any other: with facts and quotes that repeat none of its words.",
        "",
    ]
    return "\n".join([*head, *wrong, *(["", "Changed:", ""] if blocked else []), *blocked]) + "\n"


def _said(document: dict[str, Any]) -> tuple[str, tuple[str, ...]]:
    return document["outcome"], tuple(claim["text"] for claim in document["claims"])


if __name__ == "__main__":
    main()
