"""Words and tables of what came out on the folds that were held back."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from viewfinder.app.tasks.calibrate import DOUBT, RISK, START, STEP
from viewfinder.evaluation import calibration
from viewfinder.retrieval import certainty

if TYPE_CHECKING:
    from run import HeldBack, Table

SPLITS = 200
RESAMPLES = 1000
SHIPPED = certainty.TOLERATED
BEFORE = 0.5
"""Confidence of the first moment from which on an answer was given before."""
FEW = 0.25

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def report(table: Table, back: HeldBack, model: certainty.Model) -> str:
    """Return the whole report as Markdown."""
    parts = [
        _head(table),
        _outcomes(table, back),
        _levels(table, back),
        _by_type(table, back),
        _calibrated(table, back),
        _certified(table, back),
        _signs(table, model),
        _falsely(table, back),
    ]
    return "\n".join(parts)


def _head(table: Table) -> str:
    spent = [one.search_s * 1000 for one in table.asked]
    return (
        "# To answer or not\n\n"
        "`scripts/bench abstention`; `benchmarks/abstention/README.md` says how the questions "
        "were made and checked.\n\n"
        f"{len(table.asked)} questions: {_counted(table, 1)} that have an answer where they are "
        f"asked, {_counted(table, 0)} that have none. Every figure is of folds that were held "
        f"back (ten, by video and by series of meetings); 95 % intervals are of {RESAMPLES} "
        "bootstrap samples of videos and series.\n\n"
        f"CPU time of a search, signs and certainty included: median "
        f"{statistics.median(spent):.0f} ms (n = {len(spent)}).\n"
    )


def _counted(table: Table, there: int) -> str:
    chosen = [one for one in table.asked if one.answerable == bool(there)]
    clips = sum(one.collection == "clips" for one in chosen)
    return f"{len(chosen)} ({clips} over clips, {len(chosen) - clips} in meetings)"


def _collections(table: Table) -> list[tuple[str, Flags]]:
    home = np.array([one.collection for one in table.asked])
    return [
        ("all", np.ones(len(home), bool)),
        ("clips", home == "clips"),
        ("meetings", home == "meetings"),
        ("development queries", np.array([one.id.startswith("d") for one in table.asked])),
    ]


def _interval(table: Table, chosen: Flags, given: Flags) -> str:
    """Return a share in %, with its interval over groups."""
    if not chosen.any():
        return "-"
    groups: dict[str, list[bool]] = defaultdict(list)
    for one, counts, answered in zip(table.asked, chosen, given, strict=True):
        if counts:
            groups[one.group].append(bool(answered))
    sums = np.array([(sum(g), len(g)) for g in groups.values()], float)
    rng = np.random.default_rng(0)
    drawn = sums[rng.integers(0, len(sums), (RESAMPLES, len(sums)))].sum(axis=1)
    low, high = np.quantile(drawn[:, 0] / drawn[:, 1], [0.025, 0.975])
    return f"{100 * given[chosen].mean():.1f} [{100 * low:.1f}, {100 * high:.1f}]"


def _rows(lines: Iterable[Iterable[object]]) -> str:
    return "".join("| " + " | ".join(map(str, line)) + " |\n" for line in lines)


def _outcomes(table: Table, back: HeldBack) -> str:
    before = np.array([one.belief >= BEFORE for one in table.asked])
    given = back.given[SHIPPED]
    rows = []
    for name, chosen in _collections(table):
        without, having = chosen & (table.there < 1), chosen & (table.there > 0)
        rows.append(
            (
                name,
                int(without.sum()),
                _interval(table, without, given),
                _interval(table, without, before),
                int(having.sum()),
                _interval(table, having, given),
                _interval(table, having, before),
            )
        )
    return (
        "## Strict and mild\n\n"
        "In %: questions without an answer that got one, and questions with an answer that got "
        "one. *Strict*: from the certainty on that is shipped for 5 % false answers; so it is "
        "where there are only words, where `answers.false_answers` is set, and, with a "
        "threshold of its own, where the collection is certified. *Mild*: where the first "
        "moment's confidence is 0.5; so it is where pictures are searched and nothing is "
        "set.\n\n"
        "| | no answer, n | strict | mild | an answer, n | strict | mild |\n"
        "|---|---|---|---|---|---|---|\n" + _rows(rows)
    )


def _levels(table: Table, back: HeldBack) -> str:
    rows = []
    for share, given in back.given.items():
        line: list[object] = [f"{100 * share:.0f}"]
        for _, chosen in _collections(table):
            line.append(f"{100 * given[chosen & (table.there < 1)].mean():.1f}")
            line.append(f"{100 * given[chosen & (table.there > 0)].mean():.1f}")
        line.append(f"{100 * table.held[given & (table.there > 0)].mean():.0f}")
        rows.append(line)
    areas = ", ".join(
        f"{name} {calibration.area(back.chance[chosen], table.there[chosen]):.3f}"
        for name, chosen in _collections(table)[:3]
    )
    return (
        "## Risk and coverage\n\n"
        "Thresholds for other shares of false answers (setting `answers.false_answers`), in %: "
        "false answers, answered. The last column: answers to questions that have one that "
        "cite a right place.\n\n"
        "| tolerated | all, false | answered | clips, false | answered | meetings, false | "
        "answered | dev, false | answered | right place |\n"
        "|---|---|---|---|---|---|---|---|---|---|\n" + _rows(rows) + "\n"
        f"Area under the curve of risk over coverage (AURC; the share of questions that have "
        f"no answer is the floor of no skill): {areas}.\n"
    )


def _by_type(table: Table, back: HeldBack) -> str:
    kinds = sorted({(one.answerable, one.collection, one.type) for one in table.asked})
    rows = []
    for answerable, collection, kind in kinds:
        chosen = np.array(
            [
                (o.answerable, o.collection, o.type) == (answerable, collection, kind)
                for o in table.asked
            ]
        )
        line = [kind, collection, "yes" if answerable else "no", int(chosen.sum())]
        line += [f"{100 * back.given[s][chosen].mean():.0f}" for s in (0.05, 0.1, 0.2)]
        rows.append(line)
    return (
        "## By kind of question\n\nAnswered, in %, at the thresholds for 5, 10 and 20 % false "
        "answers.\n\n| kind | where | has an answer | n | 5 | 10 | 20 |\n"
        "|---|---|---|---|---|---|---|\n" + _rows(rows)
    )


def _calibrated(table: Table, back: HeldBack) -> str:
    rows = []
    for name, chosen in _collections(table)[:3]:
        chance, there = back.chance[chosen], table.there[chosen]
        rows.append(
            (
                name,
                int(chosen.sum()),
                f"{calibration.expected_error(chance, there):.3f}",
                f"{calibration.separation(chance, there):.3f}",
            )
        )
    order = np.argsort(back.chance, kind="stable")
    bins = [
        (f"{back.chance[part].mean():.2f}", f"{table.there[part].mean():.2f}", len(part))
        for part in np.array_split(order, calibration.BINS)
    ]
    return (
        "## Is the chance a chance?\n\nExpected calibration error over 15 bins of equally many, "
        "and how often an answerable question is the more certain one of two (AUROC).\n\n"
        "| | n | ECE | AUROC |\n|---|---|---|---|\n" + _rows(rows) + "\n"
        "| certainty, mean of the bin | questions that have an answer | n |\n|---|---|---|\n"
        + _rows(bins)
        + "\nThe chance is that of a question drawn like these, of which nearly half have an "
        "answer. Where people ask mostly for what is there, it is too low; `viewfinder "
        "calibrate` tests a collection on its own questions.\n"
    )


def _certified(table: Table, back: HeldBack) -> str:
    rows = []
    splits: list[tuple[str, Callable[[np.random.Generator], Flags]]] = [
        ("questions", lambda rng: rng.random(len(table.asked)) < 0.5),
        ("videos and series", lambda rng: _by_group(table, rng)),
    ]
    for name, chosen in _collections(table)[:3]:
        for how, split in splits:
            rows.append((name, how, *_tried(table, back.chance, chosen, split)))
        few = _tried(table, back.chance, chosen, splits[0][1], kept=FEW)
        rows.append((name, "questions, few unanswerable", *few))
    return (
        "## Do certificates hold?\n\n"
        f"{SPLITS} times, the questions were split in two halves; learn-then-test certified a "
        "threshold on one (at most 5 % of the answers have nothing to find, at 95 %), and the "
        "other half told the risk at it. *Broken*: splits with a certificate although the other "
        "half has a risk of more than 5 %, as a share of all splits: what the certificate "
        "bounds by 5 %, plus the noise of the other half. *Few unanswerable*: only a quarter of "
        "the questions without an answer are kept, drawn anew each time, as in a collection "
        "that is mostly asked for what it holds.\n\n"
        "| of | split by | certified | broken | risk there | answered of answerable |\n"
        "|---|---|---|---|---|---|\n" + _rows(rows)
    )


def _by_group(table: Table, rng: np.random.Generator) -> Flags:
    names = sorted(set(table.groups))
    mine = {name for name, first in zip(names, rng.random(len(names)) < 0.5, strict=True) if first}
    return np.array([group in mine for group in table.groups])


def _tried(
    table: Table,
    chance: Floats,
    chosen: Flags,
    split: Callable[[np.random.Generator], Flags],
    kept: float = 1.0,
) -> tuple[str, str, str, str]:
    rng = np.random.default_rng(0)
    risks: list[float] = []
    answered: list[float] = []
    for _ in range(SPLITS):
        first = split(rng)
        drawn = chosen & ((table.there > 0) | (rng.random(len(chance)) < kept))
        ours, others = drawn & first, drawn & ~first
        made = calibration.certify(
            chance[ours], table.there[ours], risk=RISK, doubt=DOUBT, starts=(START,), step=STEP
        )
        if made.threshold is None:
            continue
        given = others & (chance >= made.threshold)
        errors, answers = int((given & (table.there < 1)).sum()), int(given.sum())
        risks.append(errors / max(answers, 1))
        answered.append((answers - errors) / max(int((others & (table.there > 0)).sum()), 1))
    if not risks:
        return f"0 of {SPLITS}", "0 %", "-", "-"
    return (
        f"{len(risks)} of {SPLITS}",
        f"{100 * sum(risk > RISK for risk in risks) / SPLITS:.1f} %",
        f"{100 * np.mean(risks):.1f} %",
        f"{100 * np.mean(answered):.0f} %",
    )


def _signs(table: Table, model: certainty.Model) -> str:
    rows = []
    for n, name in enumerate(table.names):
        if "." not in name:
            continue
        known = ~np.isnan(table.signs[:, n])
        alone = calibration.separation(table.signs[known, n], table.there[known])
        weight = model.weights.get(name)
        rows.append(
            (name, int(known.sum()), f"{alone:.3f}", f"{weight.weight:.2f}" if weight else "0")
        )
    return (
        "## The signs\n\nAUROC of each alone, and its weight per standard deviation "
        "(`src/viewfinder/retrieval/certainty.toml`).\n\n| sign | n | AUROC | weight |\n"
        "|---|---|---|---|\n" + _rows(rows)
    )


def _falsely(table: Table, back: HeldBack) -> str:
    given = back.given[SHIPPED] & (table.there < 1)
    order = [n for n in np.argsort(-back.chance) if given[n]]
    rows = [
        (table.asked[n].query.replace("|", "/"), table.asked[n].type, f"{back.chance[n]:.2f}")
        for n in order
    ]
    return "## Answered falsely\n\n| question | kind | certainty |\n|---|---|---|\n" + _rows(rows)
