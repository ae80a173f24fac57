"""What the log adds to a question: CPU of the line, its words and its commit, and of the rest.

    cp -R LIBRARY COPY && python benchmarks/log/cost.py COPY QUERIES.jsonl --report FILE

Every question of the file is asked and searched for. The log's part is all that happens in
``Logbook.write``: encrypting, hashing, the transaction. The rest of a question grows with
the library, the log's part does not.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path
from typing import Any

from viewfinder.app.library import Library, Refused
from viewfinder.app.records.logbook import Logbook

ASK_MS = 53
"""Median CPU of `ask` at 100,000 segments: benchmarks/latency/100000.md."""


class Clock:
    """Adds up the CPU of one method."""

    def __init__(self) -> None:
        self.spent_s = 0.0

    def around(self, name: str) -> None:
        method = getattr(Logbook, name)

        def timed(*given: Any, **named: Any) -> Any:
            start = time.process_time()
            try:
                return method(*given, **named)
            finally:
                self.spent_s += time.process_time() - start

        setattr(Logbook, name, timed)


def row(name: str, log_ms: list[float], all_ms: list[float]) -> str:
    log, whole = statistics.median(log_ms), statistics.median(all_ms)
    p95 = sorted(log_ms)[int(0.95 * len(log_ms))]
    share = log / (ASK_MS - log)
    return f"| {name}, n = {len(log_ms)} | {log:.2f} / {p95:.2f} | {whole:.0f} | {share:.1%} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library", type=Path)
    parser.add_argument("queries", type=Path)
    parser.add_argument("--report", type=Path)
    given = parser.parse_args()
    questions = [json.loads(line)["query"] for line in given.queries.read_text().splitlines()]
    clock = Clock()
    for name in ("write", "asked", "said"):
        clock.around(name)
    rows = []
    with Library.open(given.library) as library:
        for name in ("ask", "search"):
            log_ms, all_ms = [], []
            for turn in range(2):  # the first warms up
                for question in questions:
                    clock.spent_s, start = 0.0, time.process_time()
                    try:
                        getattr(library, name)(question)
                    except Refused:
                        continue
                    if turn:
                        log_ms.append(clock.spent_s * 1e3)
                        all_ms.append((time.process_time() - start) * 1e3)
            rows.append(row(name, log_ms, all_ms))
    text = "\n".join(
        [
            "# What the log adds",
            "",
            "`python benchmarks/log/cost.py LIBRARY dev.jsonl`",
            "",
            f"The share is of the {ASK_MS} ms that a question takes at 100,000 segments "
            "(benchmarks/latency/100000.md), the log's part taken off.",
            "",
            "| | CPU ms of the log, median / p95 | CPU ms of all, here | share at 100,000 |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )
    if given.report:
        given.report.write_text(text, "utf-8")
    print(text)


if __name__ == "__main__":
    main()
