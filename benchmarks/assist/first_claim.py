"""How long until the first checked claim of a model is on the screen.

    python benchmarks/assist/first_claim.py LIBRARY QUERIES [--count N] [--threads N]

Asks questions about words (spoken, on screen) that the library answers, drawn with seed 1, with
drafting alone switched on, and times from the question to the first claim that was checked; the
search is in it, the loading of the model is not (one question before). Nothing is remembered
between questions but what the model's server keeps of its own instructions.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import time
from dataclasses import replace
from pathlib import Path
from statistics import median, quantiles

from viewfinder.app.asking.assisted import Progress
from viewfinder.app.config import Assist, Model
from viewfinder.app.library import Library
from viewfinder.domain.answer import Claim
from viewfinder.domain.conversation import Conversation

WORDY = ("spoken", "screen_text", "cross_modal")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("library", type=Path)
    parser.add_argument("queries", type=Path)
    parser.add_argument("--count", type=int, default=25)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    lines = arguments.queries.read_text("utf-8").splitlines()
    every = [q["query"] for q in map(json.loads, lines) if q["type"] in WORDY]
    random.Random(1).shuffle(every)
    took: list[float] = []
    ended: list[float] = []
    silent = 0
    with Library.open(arguments.library) as library:
        model = Model(name="gguf", threads=arguments.threads)
        library.config = replace(library.config, model=model, assist=Assist(draft=True))
        library.ask(every.pop())
        for question in every:
            if len(ended) >= arguments.count:
                break
            began, first, is_put = time.monotonic(), None, False
            for step in library.conversing(Conversation(), question):
                is_put = is_put or isinstance(step, Progress)
                if isinstance(step, Claim) and first is None:
                    first = time.monotonic() - began
            spent = time.monotonic() - began
            if not is_put:
                continue  # nothing was found, or no words: the model was not asked
            ended.append(spent)
            took += [first] if first is not None else []
            silent += first is None
    tenths = quantiles(took, n=10)
    print(
        f"first checked claim, s: p50 {median(took):.1f}, p90 {tenths[8]:.1f} (n = {len(took)}); "
        f"no claim held in {silent} of {len(ended)}, whole answer p50 {median(ended):.1f} s; "
        f"{arguments.threads} threads, load average {os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    main()
