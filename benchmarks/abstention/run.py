"""Fits the certainty of answers, chooses the shipped thresholds, and writes the report.

    python benchmarks/abstention/run.py CLIPS_LIBRARY DATA [--meetings DIR] [--asked FILE]

CLIPS_LIBRARY holds the development clips; DATA holds ``queries/dev.jsonl`` and
``ami_qmsum``. The meetings are added as transcripts to a library in DIR. With --asked the
answers noted there are used again if the file is there, else written.

A question, its video and its series of meetings are always in one fold. Weights, the
rescaling of the chance and the threshold are learned on nine folds and judged on the
tenth, ten times; only then are they learned on everything, and shipped.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import asking
import numpy as np
from numpy.typing import NDArray
from report import report

from viewfinder.app.library import Library
from viewfinder.evaluation import ami, calibration
from viewfinder.retrieval import certainty

HERE = Path(__file__).parent
SHIPPED = Path(certainty.__file__).with_name("certainty.toml")
TOLERATED = (0.01, 0.02, 0.05, 0.10, 0.20)
AIM = 0.9
"""The threshold is set where nine tenths of the tolerated share is reached: it was chosen by
looking, and what was looked at flatters."""
FOLDS = 10
HALF = 0.5
"""What an answer counts in fitting whose question has an answer, but elsewhere."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Table:
    """What was asked, as arrays; rows in the same order."""

    asked: tuple[asking.Asked, ...]
    names: tuple[str, ...]
    signs: Floats
    there: Floats
    held: Floats

    @property
    def groups(self) -> list[str]:
        return [one.group for one in self.asked]

    def rows(self, chosen: NDArray[np.bool_]) -> Table:
        kept = tuple(one for one, keep in zip(self.asked, chosen, strict=True) if keep)
        return Table(kept, self.names, self.signs[chosen], self.there[chosen], self.held[chosen])


@dataclass(frozen=True)
class Fitted:
    """Weights with the scales they were fitted at; see ``certainty.Weight``."""

    names: tuple[str, ...]
    weights: Floats
    means: Floats
    spreads: Floats

    def chance(self, table: Table) -> Floats:
        scaled = _scaled(table.signs, self.means, self.spreads)
        made = 1 / (1 + np.exp(-np.clip(scaled @ self.weights, -30, 30)))
        return np.where(np.isnan(table.signs).all(axis=1), 0.0, made)


def tabled(asked: Sequence[asking.Asked]) -> Table:
    """Return the answers as arrays; a sign that an answer has not is NaN."""
    names = tuple(sorted({name for one in asked for name, _ in one.signs}))
    signs = np.full((len(asked), len(names)), np.nan)
    for row, one in zip(signs, asked, strict=True):
        for name, value in one.signs:
            row[names.index(name)] = value
    return Table(
        tuple(asked),
        names,
        signs,
        np.array([one.answerable for one in asked], float),
        np.array([one.answerable and one.held for one in asked], float),
    )


def _scaled(signs: Floats, means: Floats, spreads: Floats) -> Floats:
    return np.nan_to_num((signs - means) / spreads, nan=0.0)


def fitted(table: Table, *, folds: int = 5) -> Fitted:
    """Return weights for "it is there".

    An answer that cites the right place counts whole, one that cites another place half;
    what comes out is then stretched and moved to be the chance that it is there, on
    chances made by weights that had not seen the row.
    """
    first = _graded(table)
    unseen = crossed(table, _graded, folds=folds, seed=1)
    odds = np.log(np.clip(unseen, 1e-6, 1 - 1e-6) / np.clip(1 - unseen, 1e-6, 1 - 1e-6))
    seen = unseen > 0
    both = np.stack([odds, np.ones(len(odds))], axis=1)[seen]
    stretch, move = calibration.fit(both, table.there[seen], free=(0, 1))
    weights = first.weights * stretch
    weights += np.array(["." not in name for name in table.names]) * move
    return Fitted(first.names, weights, first.means, first.spreads)


def _graded(table: Table) -> Fitted:
    is_kind = np.array(["." not in name for name in table.names])
    known = ~np.isnan(table.signs)
    counts = np.maximum(known.sum(axis=0), 1)
    means = np.where(is_kind, 0.0, np.nansum(table.signs, axis=0) / counts)
    around = np.where(known, table.signs - means, 0.0)
    spreads = np.where(is_kind, 1.0, np.sqrt((around**2).sum(axis=0) / counts))
    spreads = np.where(spreads > 1e-6, spreads, 1.0)
    wanted = np.where((table.there > 0) & (table.held == 0), HALF, table.there)
    free = np.flatnonzero(is_kind).tolist()
    weights = calibration.fit(_scaled(table.signs, means, spreads), wanted, free=free)
    return Fitted(table.names, weights, means, spreads)


def crossed(
    table: Table, learn: Callable[[Table], Fitted], *, folds: int = FOLDS, seed: int = 0
) -> Floats:
    """Return the chance of each row by weights learned without its fold."""
    fold = calibration.folds(table.groups, folds, seed=seed)
    chance = np.zeros(len(table.asked))
    for n in range(folds):
        out = fold == n
        chance[out] = learn(table.rows(~out)).chance(table.rows(out))
    return chance


def threshold(chance: Floats, there: Floats, tolerated: float) -> float:
    """Return the least certainty at which few enough questions without an answer get one."""
    false = np.sort(chance[there == 0])
    allowed = int(AIM * tolerated * len(false))
    return float(np.nextafter(false[len(false) - allowed - 1], 1.0))


@dataclass(frozen=True)
class HeldBack:
    """What came out on the folds that nothing was learned on.

    Attributes:
        chance: Of each row.
        given: Tolerated share to whether each row was answered at its fold's threshold.
    """

    chance: Floats
    given: dict[float, NDArray[np.bool_]]


def held_back(table: Table, *, seed: int = 0) -> HeldBack:
    fold = calibration.folds(table.groups, FOLDS, seed=seed)
    chance = np.zeros(len(table.asked))
    given = {share: np.zeros(len(table.asked), bool) for share in TOLERATED}
    for n in range(FOLDS):
        out = fold == n
        learned = table.rows(~out)
        chance[out] = fitted(learned).chance(table.rows(out))
        unseen = crossed(learned, fitted, folds=5, seed=seed)
        for share in TOLERATED:
            given[share][out] = chance[out] >= threshold(unseen, learned.there, share)
    return HeldBack(chance, given)


def ship(table: Table) -> str:
    """Return the text of ``certainty.toml``: weights and thresholds learned on everything."""
    model = fitted(table)
    chance = crossed(table, fitted)
    lines = [
        "# What each sign of an answer is worth, and from which certainty on one is given.",
        "# Made by `scripts/bench abstention`; see benchmarks/abstention/report.md.",
        "",
        f'name = "{len(table.asked)} questions"',
        "",
        "[signs]",
    ]
    for n, name in enumerate(table.names):
        if "." not in name:
            lines.append(f'"{name}" = {{ weight = {model.weights[n]:.4f} }}')
        elif model.weights[n] > 0:
            lines.append(
                f'"{name}" = {{ weight = {model.weights[n]:.4f}, mean = {model.means[n]:.4f}, '
                f"spread = {model.spreads[n]:.4f} }}"
            )
    lines += [
        "# Likeness to a picture was not asked for here: it is as certain as it is alike.",
        '"likeness.belief" = { weight = 1.0 }',
        "",
        "# Share of questions without an answer that may be answered, and least certainty.",
        "[thresholds]",
    ]
    for share in TOLERATED:
        lines.append(f'"{share:.2f}" = {threshold(chance, table.there, share):.4f}')
    return "\n".join(lines) + "\n"


def ask_all(clips: Path, data: Path, folder: Path) -> list[asking.Asked]:
    """Ask everything of two libraries; the one of meetings is made where there is none."""
    over_clips = [
        *asking.own(HERE / "questions.jsonl"),
        *asking.development(data / "queries" / "dev.jsonl"),
    ]
    told = asking.meetings(data / "ami_qmsum")
    questions = [*over_clips, *asking.taken_out(over_clips), *asking.of_meetings(told)]
    files = folder / "transcripts"
    files.mkdir(parents=True, exist_ok=True)
    for meeting in told:
        (files / f"{meeting.name}.vtt").write_text(ami.webvtt(meeting), "utf-8")
    with Library.open(clips) as shown, Library.open(folder, create=True) as heard:
        for event in heard.add([files]):
            if event.kind == "failed":
                raise SystemExit(f"{event.path}: {event.text}")
        places = {"clips": shown, "meetings": heard}
        made = [asking.ask(places[question.collection], question) for question in questions]
    return [one for one in made if one is not None]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clips", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--meetings", type=Path)
    parser.add_argument("--asked", type=Path)
    given = parser.parse_args()
    if given.asked and given.asked.is_file():
        rows: list[dict[str, Any]] = json.loads(given.asked.read_text("utf-8"))
        asked = [asking.from_json(row) for row in rows]
    else:
        with tempfile.TemporaryDirectory() as scratch:
            asked = ask_all(given.clips, given.data, given.meetings or Path(scratch))
        if given.asked:
            given.asked.write_text(json.dumps([asdict(one) for one in asked]), "utf-8")
    table = tabled(asked)
    SHIPPED.write_text(ship(table), "utf-8")
    certainty.shipped.cache_clear()
    (HERE / "report.md").write_text(report(table, held_back(table), certainty.shipped()), "utf-8")


if __name__ == "__main__":
    main()
