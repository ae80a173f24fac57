"""Can one tell which of two films a library forgot?

    python benchmarks/forgetting/membership.py --folder /some/empty/folder --report membership.md

Somebody holds two films, X and Y, of one kind and knows that one of them was
in the library and was forgotten. They have the whole folder, keys included. How often do
they rank the true one first (area under the curve, 0.5 is chance)? Once by the bytes of the
films' words, pictures and vectors; once by what the library answers; once by its free
pages, compared with the pages that X and Y take in a library of their own. And once they
have a library that forgot X and one that never had either, and go by the free pages.
As a control, the first two are asked of libraries that did not forget.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from viewfinder.adapters.stores.sqlite import Config, SqliteStore
from viewfinder.domain.keys import of_video
from viewfinder.domain.media import Video
from viewfinder.domain.search import WordLeg
from viewfinder.domain.segment import WORD_LANES
from viewfinder.domain.time import SECOND_NS
from viewfinder.governance.secrets.keys import KEY_BYTES, Keyring
from viewfinder.governance.secrets.vault import KeyedVault
from viewfinder.testing import fakes
from viewfinder.testing.scopes import EVERYTHING

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
import canaries  # noqa: E402 - it stands beside this file

VOCABULARY = [a + b + c for a in "bdfgklmnp" for b in "aeiou" for c in ("ra", "li", "no", "st")]
NEITHER = "free pages, against a library that had neither"
CONTROLS = ("control, nothing forgotten: bytes", "control, nothing forgotten: answers")

# -- membership -------------------------------------------------------------------------------


def film(name: str, chance: random.Random) -> tuple[Video, list[str]]:
    said = [" ".join(chance.choices(VOCABULARY, k=9)) for _ in range(chance.randrange(40, 80))]
    return fakes.video(name, duration_s=len(said)), said


def put(store: SqliteStore, video: Video, said: Sequence[str]) -> None:
    cut = fakes.segments(video, *said)
    store.commit_video(video, event=fakes.event())
    shown = {at * SECOND_NS: text.encode() * 40 for at, text in enumerate(said[:9])}
    store.commit_stage(
        video.id,
        fakes.record(),
        tracks=[fakes.track(*said)],
        thumbnails=shown,
        event=fakes.event(),
    )
    index = fakes.record("index")
    store.commit_index(video.id, index, cut, [fakes.embedded(cut)], event=fakes.event())


def lived(folder: Path, others: list[tuple[Video, list[str]]], one: object) -> Path:
    """Make a library that had ``one`` among the others and forgot it; None for never had."""
    keyring = Keyring(folder / "keys", bytes(KEY_BYTES))
    store = SqliteStore(Config(folder, vault=KeyedVault(lambda: keyring)))
    for at, other in enumerate(others):
        put(store, *other)
        if at == 1 and isinstance(one, tuple):
            put(store, *one)
    if isinstance(one, tuple):
        store.erase(one[0].id, event=fakes.event("forget"))
        keyring.destroy(of_video(one[0].id))
    store.close()
    return folder


def by_bytes(folder: Path, owned: tuple[Video, list[str]]) -> float:
    """Return the share of a film's lines, vectors and pictures of which a piece is left."""
    video, said = owned
    left = [*canaries.as_it_lies(folder), *_opened(folder)]
    together = b"\n".join(content for _, content in left)
    pieces = [line.encode()[:16] for line in said]
    pieces += [fakes.vector(line).tobytes()[:16] for line in said]
    pieces += [video.path.encode(), (video.title or "").encode() + b'"']
    return sum(piece in together for piece in pieces) / len(pieces)


def _opened(folder: Path) -> list[tuple[str, bytes]]:
    (folder / "keys" / "master.key").write_text(bytes(KEY_BYTES).hex())
    return list(canaries.decrypted(folder))


def by_answers(folder: Path, owned: tuple[Video, list[str]]) -> float:
    """Return how well the library answers the lines of a film."""
    keyring = Keyring(folder / "keys", bytes(KEY_BYTES))
    store = SqliteStore(Config(folder, vault=KeyedVault(lambda: keyring)))
    scores = []
    for line in owned[1][:10]:
        terms = tuple((word, 1.0) for word in line.split())
        hits = store.search(WordLeg(WORD_LANES, terms), scope=EVERYTHING, limit=5)
        scores.append(sum(hit.score for hit in hits))
    store.close()
    return sum(scores)


def sizes(folder: Path) -> tuple[int, int]:
    """Return the pages of the database, and how many of them are free."""
    with sqlite3.connect(f"file:{folder}/library.sqlite?mode=ro", uri=True) as connection:
        free = connection.execute("PRAGMA freelist_count").fetchone()[0]
    return (folder / "library.sqlite").stat().st_size // 4096, int(free)


def auc(positive: Sequence[float], negative: Sequence[float]) -> float:
    pairs = [(p > n) + 0.5 * (p == n) for p in positive for n in negative]
    return sum(pairs) / len(pairs)


def interval(positive: Sequence[float], negative: Sequence[float]) -> tuple[float, float]:
    chance = np.random.default_rng(1)
    at = [chance.integers(0, len(positive), len(positive)) for _ in range(1000)]
    drawn = [auc([positive[i] for i in k], [negative[i] for i in k]) for k in at]
    return float(np.percentile(drawn, 2.5)), float(np.percentile(drawn, 97.5))


def membership(folder: Path, trials: int) -> dict[str, tuple[float, float, float]]:
    """Return AUC and its interval, by what the attacker looks at."""
    names = ("bytes", "answers", "sizes", NEITHER, *CONTROLS)
    scores: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in names}
    for trial in range(trials):
        chance = random.Random(trial)
        others = [film(f"other {trial} {k}", chance) for k in range(4)]
        x, y = film(f"x {trial}", chance), film(f"y {trial}", chance)
        one, two, none = (
            lived(folder / f"{trial} {name}", others, had)
            for name, had in (("x", x), ("y", y), ("none", None))
        )
        # They own X and Y, so they know how many pages each would take.
        empty = sizes(lived(folder / f"{trial} empty", [], None))[0]
        long_x, long_y = (
            sizes(lived(folder / f"{trial} alone {name}", [had], None))[0] - empty
            for name, had in (("x", x), ("y", y))
        )
        for there, side in ((one, 0), (two, 1)):
            free = sizes(there)[1]
            scores["sizes"][side].append(float(abs(free - long_y) - abs(free - long_x)))
            scores["answers"][side].append(by_answers(there, x) - by_answers(there, y))
            scores["bytes"][side].append(by_bytes(there, x) - by_bytes(there, y))
        for had, side in ((x, 0), (y, 1)):
            there = lived(folder / f"{trial} kept {side}", [*others, had], None)
            scores[CONTROLS[0]][side].append(by_bytes(there, x) - by_bytes(there, y))
            scores[CONTROLS[1]][side].append(by_answers(there, x) - by_answers(there, y))
        for there, side in ((one, 0), (none, 1)):
            scores["free pages, against a library that had neither"][side].append(
                float(sizes(there)[1])
            )
    return {name: (auc(*both), *interval(*both)) for name, both in scores.items()}


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    given.add_argument("--folder", type=Path, required=True, help="scratch folder")
    given.add_argument("--report", type=Path)
    given.add_argument("--trials", type=int, default=30)
    asked = given.parse_args()
    lines = ["# Which of two was forgotten", "", "Written by `membership.py`; do not edit.", ""]
    lines += ["| told by | AUC | 95 % |", "|---|---|---|"]
    for name, (area, low, high) in membership(asked.folder, asked.trials).items():
        lines.append(f"| {name} | {area:.3f} | {low:.3f} to {high:.3f} |")
    lines += [
        "",
        f"n = {asked.trials} pairs of libraries.",
        "The log names what was forgotten by its id, a hash of the file: who has the file and the",
        "log is always certain (AUC 1).",
        "That is what the log is for.",
    ]
    text = "\n".join(lines) + "\n"
    print(text)
    if asked.report:
        asked.report.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
