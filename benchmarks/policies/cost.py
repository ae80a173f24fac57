"""What a decision costs: CPU of deciding, and of the scope over the classes of a library.

    python benchmarks/policies/cost.py --report benchmarks/policies/cost.md

Requests are those of the suites, under their own profiles. One measurement is what the gate
does for a question that was read: decide about the library, then about each access class.
Reading the question (``governance.intents``) is measured beside it, with nothing remembered.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from viewfinder.adapters.policies.cedar import profiles
from viewfinder.app.tasks import suites
from viewfinder.domain.access import AccessClass
from viewfinder.governance import authorize, intents

BAR_MS = 5.0
REQUESTS = 1_200


def classes(count: int) -> list[str]:
    """Return access classes as libraries have them: collections with marks, dates and consent."""
    states = [
        {},
        {"labels": ("sealed",)},
        {"embargo": "2027-06-01T00:00:00+00:00"},
        {"consent": "given", "uses": ("export", "search"), "tier": "staff", "until": "2030-01-01"},
        {"consent": "withdrawn", "labels": ("minors", "tk-seasonal"), "rights": "no-export"},
    ]
    made = [
        AccessClass(f"collection-{n}", **state).name  # type: ignore[arg-type]
        for n in range(-(-count // len(states)))
        for state in states
    ]
    return made[:count]


def spent_ms(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return (time.process_time() - start) * 1e3


def row(name: str, ms: list[float], bar: str = "") -> str:
    ordered = sorted(ms)
    p95, p99 = (ordered[int(share * len(ordered))] for share in (0.95, 0.99))
    return f"| {name} | {len(ms)} | {statistics.median(ms):.2f} | {p95:.2f} | {p99:.2f} | {bar} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--report", type=Path)
    given = parser.parse_args()
    decides = {name: suites.policy(name) for name in profiles.names()}
    cases = [(name, c) for name in profiles.names() for c in suites.shipped(name).cases]
    chosen = [cases[n * len(cases) // REQUESTS] for n in range(REQUESTS)]
    asked = [
        (decides[name], replace(suites.request_of(case), intents=intents.read(case.question)))
        for name, case in chosen
    ]
    rows = [row("decide", [spent_ms(lambda p=p, r=r: p.decide(r)) for p, r in asked])]
    for count in (1, 10, 50, 200):
        known = classes(count)
        admit = [
            spent_ms(lambda p=p, r=r, known=known: (p.decide(r), p.scope(r, known)))
            for p, r in asked
        ]
        bar = f"{BAR_MS:g}" if count == 50 else ""
        rows.append(row(f"decide, and scope over {count} classes", admit, bar))
    reading = []
    for _, case in chosen:
        if case.question:
            intents.classify.cache_clear()
            reading.append(spent_ms(lambda case=case: intents.read(case.question)))
    rows.append(row("read a question", reading))
    known = classes(50)
    whole = []
    for policy, request in asked:
        intents.classify.cache_clear()
        whole.append(spent_ms(lambda p=policy, r=request: authorize.admit(p, r, known)))
    rows.append(row("the whole gate: read, decide, scope over 50 classes", whole))
    text = "\n".join(
        [
            "# What a decision costs",
            "",
            "`scripts/bench policies`; CPU milliseconds of one core",
            "",
            "| what | n | median | p95 | p99 | bar, p95 |",
            "|---|---|---|---|---|---|",
            *rows,
            "",
        ]
    )
    if given.report:
        given.report.write_text(text, "utf-8")
    print(text)


if __name__ == "__main__":
    main()
