"""Teaches the second reader of questions, and writes what it learned into the package.

    python benchmarks/redteam/backstop.py --benign QUESTIONS.jsonl ...

Taught with the development halves of ``tests/redteam/requests``, the questions of
``benchmarks/abstention``, and ``taught.toml``, whose templates are filled at random. The
threshold is chosen by cross-validation over templates: the lowest at which rules and reader
together turn down at most ``OVER_AT_MOST`` of the look-alikes, and of each file that is
given with ``--benign`` at most ``BENIGN_AT_MOST``. Held-back halves are not read here.

References:
    Hosmer & Lemeshow, *Applied Logistic Regression*, 2nd ed., Wiley 2000, section 1.2.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewfinder.app.config import Recognisers
from viewfinder.app.tools import toolbox
from viewfinder.governance import intents
from viewfinder.governance.intents import backstop
from viewfinder.ports import TextEncoder

ROOT = Path(__file__).resolve().parents[2]
REQUESTS = ROOT / "tests" / "redteam" / "requests"
WRITTEN = ROOT / "src" / "viewfinder" / "governance" / "intents" / "backstop.json"
FILLED = 4
FOLDS = 5
RIDGE = 1.0
TAUGHT_WEIGHT = 0.5
"""Of a filled template beside a question that somebody wrote."""
OVER_AT_MOST, BENIGN_AT_MOST = 0.02, 0.003
KINDS = {
    "identity": "identity elsewhere private",
    "emotion": "emotion",
    "traits": "traits trait health orientation age beauty",
    "suspicion": "suspicion",
}
KIND_OF = {family: kind for kind, families in KINDS.items() for family in families.split()}
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """Attributes:
    text: The question.
    kind: "" for a harmless one, "other" for a request of several kinds.
    group: What is left out together in cross-validation.
    is_filled: It is a filled template.
    """

    text: str
    kind: str
    group: str
    is_filled: bool = False


def examples() -> list[Example]:
    return [*_requests(), *_templates(), *_questions()]


def _requests() -> Iterator[Example]:
    for expected in ("refuse", "answer"):
        for half in ("development", "wild_development"):
            for line in (REQUESTS / f"{expected}.{half}.tsv").read_text("utf-8").splitlines():
                _, family, _, text = line.split("\t")
                kind = KIND_OF.get(family, "other") if expected == "refuse" else ""
                yield Example(text, kind, text)


def _templates() -> Iterator[Example]:
    fill = random.Random(0)
    told = tomllib.loads((Path(__file__).parent / "taught.toml").read_text("utf-8"))
    for table in told.values():
        slots: dict[str, list[str]] = table.pop("slots")
        for name, lines in table.items():
            kind = KIND_OF.get(name, "")
            for line in lines.strip().splitlines():
                texts = {_filled(line, slots, fill): None for _ in range(FILLED)}
                yield from (Example(text, kind, line, is_filled=True) for text in texts)


def _filled(line: str, slots: dict[str, list[str]], fill: random.Random) -> str:
    return re.sub(r"\{(\w+)\}", lambda slot: fill.choice(slots[slot[1]]), line)


def _questions() -> Iterator[Example]:
    for line in (ROOT / "benchmarks/abstention/questions.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        yield Example(row["query"], "", row.get("within") or row["group"], is_filled=True)


def benign(path: Path) -> list[str]:
    """Return the harmless questions of a file of queries, dialogues or meetings."""
    found: list[str] = []
    for line in path.read_text("utf-8").splitlines():
        row: dict[str, Any] = json.loads(line)
        if "query" in row:
            found += [row["query"]] if row.get("expected") != "refuse" else []
        elif "meeting" in row:
            asked = (q for rows in row.values() if isinstance(rows, list) for q in rows)
            found += [q["query"] for q in asked if isinstance(q, dict) and "query" in q]
        else:
            found += [t["user"] for t in row["turns"] if t.get("expected") != "refuse"]
    return found


def matrix(encoders: Sequence[TextEncoder], texts: Sequence[str], names: Sequence[str]) -> Array:
    """Return a row of features per text."""
    rows = [
        backstop.features(backstop.vector(encoders, text), text, intents.notions(text), names)
        for text in texts
    ]
    return np.array(rows)


def learn(x: Array, y: Array, weight: Array) -> Array:
    """Return the weights of a logistic regression with ridge, by Newton's method."""
    ridge = np.full(x.shape[1], RIDGE)
    ridge[-1] = 1e-3
    found = np.zeros(x.shape[1])
    for _ in range(20):
        p = 1 / (1 + np.exp(-np.clip(x @ found, -30, 30)))
        slope = x.T @ (weight * (p - y)) + ridge * found
        curve = (x * (weight * p * (1 - p))[:, None]).T @ x + np.diag(ridge)
        step = np.linalg.solve(curve, slope)
        found -= step
        if np.abs(step).max() < 1e-6:
            break
    return found


def balanced(y: Array, given: Array) -> Array:
    """Return weights under which both classes count the same."""
    share = np.where(y > 0, given / given[y > 0].sum(), given / given[y == 0].sum())
    return np.asarray(share * len(y) / 2)


def crossed(x: Array, y: Array, given: Array, groups: Sequence[str]) -> Array:
    """Return for each row what those say that never saw its group."""
    numbers = {group: i for i, group in enumerate(dict.fromkeys(groups))}
    of_group = np.random.default_rng(0).integers(0, FOLDS, len(numbers))
    fold = np.array([of_group[numbers[group]] for group in groups])
    score = np.zeros(len(y))
    for left_out in range(FOLDS):
        rest = fold != left_out
        weights = learn(x[rest], y[rest], balanced(y[rest], given[rest]))
        score[~rest] = x[~rest] @ weights
    return score


def _silent(texts: Sequence[str]) -> NDArray[np.bool_]:
    """Tell of each text whether rules say nothing, and it does not ask for words."""
    quiet = []
    for text in texts:
        asked: list[str] = []
        intents.read(text, lambda part, *_, asked=asked: asked.append(part))
        quiet.append(bool(asked))
    return np.array(quiet)


def main() -> None:
    reads = argparse.ArgumentParser(description=__doc__)
    reads.add_argument("--benign", type=Path, nargs="*", default=[])
    given = reads.parse_args()
    tools = toolbox(Recognisers())
    if tools.multilingual is None:
        raise SystemExit("viewfinder models fetch use-multilingual")
    encoders = (tools.words, tools.multilingual)
    known = examples()
    texts = [example.text for example in known]
    names = sorted({name for text in texts for name in intents.notions(text)})
    x = matrix(encoders, texts, names)
    y = np.array([float(bool(example.kind)) for example in known])
    weight = np.array([TAUGHT_WEIGHT if example.is_filled else 1.0 for example in known])
    score = crossed(x, y, weight, [example.group for example in known])
    sure = learn(x, y, balanced(y, weight))
    silent = _silent(texts)
    written = np.array([not example.is_filled for example in known])
    alike, asked = (y == 0) & written, (y > 0) & written
    already = sum(bool([i for i in intents.read(t) if i.reason]) for t in np.array(texts)[alike])
    files = {path.name: benign(path) for path in given.benign}
    quiet = {name: _silent(lines) for name, lines in files.items()}
    scores = {name: matrix(encoders, lines, names) @ sure for name, lines in files.items()}
    threshold = 0.0
    for threshold in np.arange(0.5, 4.0, 0.1):
        hit = silent & (score > threshold)
        over = (already + hit[alike].sum()) / alike.sum()
        shares = {n: float((quiet[n] & (scores[n] > threshold)).mean()) for n in files}
        sys.stdout.write(
            f"{threshold:.1f}: look-alikes {over:.4f}, of {silent[asked].sum()} unseen"
            f" {hit[asked].sum()}, {shares}\n"
        )
        if over <= OVER_AT_MOST and all(share <= BENIGN_AT_MOST for share in shares.values()):
            break
    kinds = {}
    sorted_out = np.array([example.kind in KINDS for example in known])
    for kind in KINDS:
        own = np.array([float(e.kind == kind) for e in known])[sorted_out]
        kinds[kind] = learn(x[sorted_out], own, balanced(own, weight[sorted_out]))
    spaces = [encoder.space for encoder in encoders]
    told = {
        "spaces": [[space.name, space.revision, space.dimensions] for space in spaces],
        "notions": names,
        "threshold": round(float(threshold), 2),
        "sure": _short(sure),
        "kinds": {kind: _short(weights) for kind, weights in kinds.items()},
    }
    WRITTEN.write_text(json.dumps(told) + "\n", "utf-8")
    sys.stdout.write(f"{len(known)} questions; {WRITTEN}\n")


def _short(weights: Array) -> list[float]:
    return [round(float(weight), 4) for weight in weights]


if __name__ == "__main__":
    main()
