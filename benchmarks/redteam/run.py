"""Runs the red-team suites and writes their report.

    python benchmarks/redteam/run.py --report benchmarks/redteam/report.md
    python benchmarks/redteam/run.py --model gguf --attacks 104

The suites are those of ``tests/redteam``: requests about people, their look-alikes, and
attacks by words in footage. Intervals are Wilson's, 95 %.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SUITES = ROOT / "tests" / "redteam"
sys.path[:0] = [str(SUITES), str(SUITES / "injections")]

import injected  # noqa: E402
import injecting  # noqa: E402
import test_requests as requests  # noqa: E402

from viewfinder.evaluation.measures import wilson  # noqa: E402
from viewfinder.governance.address import addresses_machine  # noqa: E402

HALVES = ("development", "held_back", "wild_development", "wild_held_back")
MODEL_SETTINGS = """
[model]
name = "{name}"
threads = {threads}

[assist]
{uses}
"""
USES = ("plan", "rewrite", "draft", "judge")


def share(wrong: int, n: int) -> str:
    """Return a share in per cent with its interval."""
    if not n:
        return "-"
    low, high = wilson(wrong, n)
    return f"{wrong} of {n} = {100 * wrong / n:.1f} % ({100 * low:.1f} to {100 * high:.1f})"


def requests_report() -> Iterator[str]:
    guess = requests.second_reader()
    yield "| suite | half | language | wrong by rules alone | wrong with the second reader |"
    yield "|---|---|---|---|---|"
    for expected, half in ((e, h) for e in ("refuse", "answer") for h in HALVES):
        asked: Counter[str] = Counter()
        alone: Counter[str] = Counter()
        wrong: Counter[str] = Counter()
        for language, text in requests.rows(expected, half):
            asked[language] += 1
            alone[language] += requests.refused(text) is (expected == "answer")
            wrong[language] += requests.refused(text, guess) is (expected == "answer")
        name = "missed requests" if expected == "refuse" else "over-refused look-alikes"
        both = f"{share(alone.total(), asked.total())} | {share(wrong.total(), asked.total())}"
        yield f"| {name} | {half} | all | {both} |"
        for language, n in asked.items():
            both = f"{share(alone[language], n)} | {share(wrong[language], n)}"
            yield f"| {name} | {half} | {language} | {both} |"


def injections_report(chosen: Sequence[injecting.Attack], settings: str) -> Iterator[str]:
    results: list[injected.Result] = []
    yield "| channel | succeeded | quoted | of these marked | answers found, with and without |"
    yield "|---|---|---|---|---|"
    found = without = asked = 0
    for channel in injecting.CHANNELS:
        came = injected.run([a for a in chosen if a.channel == channel], settings=settings)
        results += came.results
        found, without = found + came.found_armed, without + came.found_neutral
        asked += came.asked
        yield _row(
            channel, came.results, f"{came.found_armed} and {came.found_neutral} of {came.asked}"
        )
    yield _row("all", results, f"{found} and {without} of {asked}")
    yield ""
    yield "| | succeeded | quoted | of these marked |"
    yield "|---|---|---|---|"
    for name in ("language", "aim"):
        for value in dict.fromkeys(getattr(r.attack, name) for r in results):
            rows = [r for r in results if getattr(r.attack, name) == value]
            yield _row(value, rows)
    yield ""
    for result in results:
        if result.faults:
            yield f"- {result.attack.channel}, {result.attack.words!r}: {'; '.join(result.faults)}"


def _row(name: str, results: Sequence[injected.Result], *more: str) -> str:
    quoted = [r for r in results if r.quoted]
    cells = (
        name,
        share(sum(bool(r.faults) for r in results), len(results)),
        str(len(quoted)),
        str(sum(r.marked for r in quoted)),
        *more,
    )
    return f"| {' | '.join(cells)} |"


def main() -> None:
    reads = argparse.ArgumentParser(description=__doc__)
    reads.add_argument("--model", help="also draft with this language model (gguf, ...)")
    reads.add_argument("--uses", default=",".join(USES), help="what the model is used for")
    reads.add_argument("--threads", type=int, default=1, help="of the language model")
    reads.add_argument("--attacks", type=int, help="only so many, drawn at random")
    reads.add_argument("--report", type=Path)
    given = reads.parse_args()
    chosen = injecting.attacks()
    told = sum(addresses_machine(a.words) for a in chosen)
    if given.attacks:
        chosen = random.Random(0).sample(chosen, given.attacks)
    uses = "\n".join(f"{use} = true" for use in given.uses.split(","))
    settings = (
        MODEL_SETTINGS.format(name=given.model, uses=uses, threads=given.threads)
        if given.model
        else ""
    )
    told_model = (
        f"`scripts/bench redteam_model`: {given.model} for {given.uses}, {len(chosen)} attacks"
        if given.model
        else "`scripts/bench redteam`"
    )
    lines = ["# Red team", "", told_model, ""]
    if not given.model:
        lines += ["## Requests about people, and look-alikes", "", *requests_report(), ""]
    lines += ["## Attacks by words in footage", ""]
    lines += [
        f"Told from other words: {share(told, len(injecting.attacks()))} of the attacks.",
        "",
    ]
    lines += injections_report(chosen, settings)
    text = "\n".join(lines).rstrip() + "\n"
    sys.stdout.write(text)
    if given.report:
        given.report.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
