"""Writes what was measured as a table for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from viewfinder.evaluation import compare
from viewfinder.evaluation.compare import Mean, Outcome
from viewfinder.evaluation.judgments import Judgment, System

COLUMNS = ("hit@1", "hit@5", "hit@1,IoU>=0.3", "hit@5,IoU>=0.3", "MRR@10", "nDCG@10", "mIoU@5")


@dataclass(frozen=True, slots=True)
class Report:
    """One evaluation, in both forms."""

    markdown: str
    table: dict[str, Any]


def evaluate(
    judgments: Sequence[Judgment], systems: Mapping[str, System], *, draws: int = 2000
) -> Report:
    """Judge systems over the same queries; the first is the one reported by type."""
    if not systems:
        raise ValueError("there is no system to judge")
    results = {name: compare.judge(judgments, system) for name, system in systems.items()}
    return written(results, draws=draws)


def written(results: Mapping[str, Sequence[Outcome]], *, draws: int = 2000) -> Report:
    """Write up outcomes by system."""
    first = next(iter(results))
    table: dict[str, Any] = {
        "systems": {n: _numbers(compare.summary(o, draws=draws)) for n, o in results.items()},
        "differences": {
            f"{first} - {name}": _numbers(compare.difference(results[first], o, draws=draws))
            for name, o in results.items()
            if name != first
        },
        "by_type": {
            kind: _numbers(compare.summary(o, draws=draws))
            for kind, o in compare.by_type(results[first]).items()
            if any(one.values for one in o)
        },
        "outcomes": {n: compare.outcomes_by_expectation(o) for n, o in results.items()},
        "outcomes_by_type": {
            kind: compare.outcomes_by_expectation(o)
            for kind, o in compare.by_type(results[first]).items()
        },
        "queries": [
            {
                "id": one.judgment.id,
                "type": one.judgment.type,
                "expected": one.judgment.expected,
                "outcome": one.outcome,
                **{name: round(value, 4) for name, value in one.values.items()},
            }
            for one in results[first]
        ],
    }
    return Report(_markdown(table, first), table)


def _numbers(means: Mapping[str, Mean]) -> dict[str, dict[str, float]]:
    return {
        name: {key: round(value, 4) for key, value in asdict(mean).items()}
        for name, mean in means.items()
    }


def _markdown(table: Mapping[str, Any], first: str) -> str:
    head = ["n", *(column.replace(">=", "≥") for column in COLUMNS)]
    lines = ["In %, with the 95 % bootstrap interval over videos.", ""]
    lines += _rows("system", head, table["systems"])
    lines += ["", f"`{first}` by type:", ""]
    lines += _rows("type", head, table["by_type"])
    lines += ["", "Done with what should have been done:", ""]
    lines += ["| system | expected | answered | abstained | refused |", "|---|---|---|---|---|"]
    for name, outcomes in table["outcomes"].items():
        for expected, row in outcomes.items():
            done = " | ".join(str(row.get(k, 0)) for k in ("moments", "abstain", "refuse"))
            lines.append(f"| {name} | {expected} | {done} |")
    return "\n".join(lines) + "\n"


def _rows(
    label: str, head: Sequence[str], rows: Mapping[str, Mapping[str, Mapping[str, float]]]
) -> list[str]:
    lines = [f"| {label} | {' | '.join(head)} |", "|" + "---|" * (len(head) + 1)]
    for name, means in rows.items():
        if means:
            cells = [str(int(next(iter(means.values()))["count"]))]
            cells += [_cell(means[column]) for column in COLUMNS]
            lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def _cell(mean: Mapping[str, float]) -> str:
    return f"{100 * mean['value']:.0f} [{100 * mean['low']:.0f}, {100 * mean['high']:.0f}]"
