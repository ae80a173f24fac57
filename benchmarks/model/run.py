"""How fast the local models answer, what they need, and how often a schema is kept.

    python benchmarks/model/run.py qwen-1.5b qwen-0.5b --report benchmarks/model/report.md

Thirty questions, each over six pieces of evidence of the kind the product hands out, asked
twice: for one sentence, and for JSON of a schema. Then the sentences are asked for again in
another order: is the reply the same? Speeds are of one reply alone; the first
reply of a model includes what it reads from disk and is left out of the medians.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from viewfinder.adapters.models.gguf import Config, GgufModel
from viewfinder.domain.prompt import Prompt
from viewfinder.weights import folder

PLACES = ("town hall", "harbour", "laboratory", "bridge", "classroom", "launch pad")
THINGS = ("a red car", "two dogs", "a white rocket", "an orange tent", "a blue lamp")
SAID = (
    "the {thing} was moved to the {place} on Monday, and nobody asked why",
    "on screen: {place} - 14:30 - {thing}",
    "we measured forty degrees near {thing} and thirty at the {place}",
    "so what you see behind me, at the {place}, is {thing}",
    "picture: {thing}, {place}, daylight",
    "let me come back to the {place} in a minute; first, {thing}",
)
SENTENCE = (
    "Answer the question in one sentence from the evidence. End with the id of the evidence"
    " in square brackets. If the evidence does not answer it, say so."
)
CLAIMS = (
    "Answer the question from the evidence, as JSON: a list of claims, each one sentence with"
    " the id of the evidence that says it. No claims if the evidence does not answer it."
)


@dataclass(frozen=True)
class Timing:
    first_s: float
    whole_s: float
    pieces: int
    cpu_s: float
    reply: str


def prompts(count: int = 30) -> list[Prompt]:
    """Return questions over evidence; the same every time."""
    draw = random.Random(20_260)
    made = []
    for _ in range(count):
        pairs = [(draw.choice(THINGS), draw.choice(PLACES)) for _ in SAID]
        evidence = tuple(
            (f"e{n}", form.format(thing=thing, place=place))
            for n, (form, (thing, place)) in enumerate(zip(SAID, pairs, strict=True), 1)
        )
        thing = draw.choice(pairs)[0]
        made.append(Prompt("", f"Where is {thing}?", evidence))
    return made


def schema(prompt: Prompt) -> str:
    claim = {
        "type": "object",
        "properties": {
            "text": {"type": "string", "maxLength": 200},
            "id": {"enum": [name for name, _ in prompt.evidence]},
        },
        "required": ["text", "id"],
        "additionalProperties": False,
    }
    claims = {"type": "array", "maxItems": 2, "items": claim}
    shape = {"type": "object", "properties": {"claims": claims}}
    return json.dumps({**shape, "required": ["claims"], "additionalProperties": False})


def timed(model: GgufModel, prompt: Prompt, max_tokens: int = 120) -> Timing:
    pid = model.pid
    before = sum(psutil.Process(pid).cpu_times()[:2]) if pid else 0.0
    started, first_s, pieces = time.monotonic(), 0.0, []
    for piece in model.generate(prompt, max_tokens=max_tokens, seed=1, timeout_s=600):
        first_s = first_s or time.monotonic() - started
        pieces.append(piece)
    whole_s = time.monotonic() - started
    cpu_s = sum(psutil.Process(model.pid).cpu_times()[:2]) - before
    return Timing(first_s, whole_s, len(pieces), cpu_s, "".join(pieces))


def is_valid(reply: str, prompt: Prompt) -> bool:
    """Tell whether a reply is whole JSON of the schema, with ids that were given."""
    try:
        claims = json.loads(reply)["claims"]
        ids = {name for name, _ in prompt.evidence}
        return len(claims) <= 2 and all(
            set(claim) == {"text", "id"} and claim["id"] in ids and len(claim["text"]) <= 200
            for claim in claims
        )
    except (ValueError, KeyError, TypeError):
        return False


def row(name: str, threads: int, few: int) -> str:
    found = folder.get(name)
    model = GgufModel(Config(str(found.path), found.digests, name, threads))
    asked = prompts()
    free = [Prompt(SENTENCE, p.question, p.evidence) for p in asked[:few]]
    typed = [Prompt(CLAIMS, p.question, p.evidence, schema(p)) for p in asked]
    opening = time.monotonic()
    timed(model, free[0], max_tokens=1)
    opening = time.monotonic() - opening
    sentences = [timed(model, prompt) for prompt in free]
    replies = [timed(model, prompt) for prompt in typed]
    order = list(range(len(free)))
    random.Random(1).shuffle(order)
    again = {at: timed(model, free[at]).reply for at in order}
    same = sum(again[at] == sentences[at].reply for at in order)
    valid = sum(is_valid(each.reply, p) for each, p in zip(replies, typed, strict=True))
    peak_mb = psutil.Process(model.pid).memory_full_info().uss / 1e6
    held_mb = psutil.Process(model.pid).memory_info().rss / 1e6
    model.close()
    pace = [(t.pieces - 1) / (t.whole_s - t.first_s) for t in sentences[1:] if t.pieces > 3]
    first = sorted(t.first_s for t in sentences[1:])
    return (
        f"| {name} | {threads} | {opening:.1f} | {statistics.median(first):.2f} "
        f"| {first[int(len(first) * 0.95)]:.2f} | {statistics.median(pace):.1f} "
        f"| {statistics.median(t.cpu_s for t in sentences[1:]):.1f} "
        f"| {statistics.median(t.whole_s for t in replies):.1f} | {valid}/{len(typed)} "
        f"| {same}/{len(free)} | {held_mb:.0f} | {peak_mb:.0f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="+")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--sentences", type=int, default=30, help="how many are also free text")
    parser.add_argument("--report", type=Path)
    given = parser.parse_args()
    head = (
        "# Local language models\n\n"
        f"`scripts/bench model`, n = {given.sentences} sentences and 30 JSON replies a model,"
        f" greedy; load of the machine at the start {os.getloadavg()[0]:.1f}"
        f" on {os.cpu_count()} cores.\n"
        "First words: from asking to the first piece, prompt of about 300 tokens read; its"
        " instructions are remembered from the prompt before.\n\n"
        "| model | threads | open, s | first words p50, s | p95, s | tokens/s p50 | CPU s a reply"
        " | JSON reply p50, s | JSON valid | same again | memory, MB | of it its own, MB |\n"
        "|---|---|---|---|---|---|---|---|---|---|---|---|\n"
    )
    rows = [row(name, given.threads, given.sentences) for name in given.names]
    text = head + "\n".join(rows) + "\n"
    if given.report:
        given.report.write_text(text, "utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
