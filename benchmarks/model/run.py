"""How fast the local models answer, what they need, and how often a schema is kept.

    python benchmarks/model/run.py qwen-1.5b qwen-0.5b --report benchmarks/model/report.md

Thirty questions, each over six pieces of evidence of the kind the product hands out, asked
twice: for one sentence, and for JSON of a schema. Then the sentences are asked for again in
another order: is the reply the same?

Speeds are in CPU seconds of the model's process, with one thread: those hold on a busy
machine too, and on a quiet one they are seconds. More threads share them, at best evenly.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
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
    first_cpu_s: float
    whole_cpu_s: float
    pieces: int
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
    before = cpu_s(model)
    first = 0.0
    pieces = []
    for piece in model.generate(prompt, max_tokens=max_tokens, seed=1, timeout_s=3600):
        first = first or cpu_s(model)
        pieces.append(piece)
    return Timing(first - before, cpu_s(model) - before, len(pieces), "".join(pieces))


def cpu_s(model: GgufModel) -> float:
    return sum(psutil.Process(model.pid).cpu_times()[:2]) if model.pid else 0.0


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


def row(name: str, few: int) -> str:
    found = folder.get(name)
    model = GgufModel(Config(str(found.path), found.digests, name, threads=1))
    asked = prompts()
    free = [Prompt(SENTENCE, p.question, p.evidence) for p in asked[:few]]
    typed = [Prompt(CLAIMS, p.question, p.evidence, schema(p)) for p in asked]
    opened = timed(model, Prompt("", ""), max_tokens=1)
    replies = [timed(model, prompt) for prompt in typed]
    sentences = [timed(model, prompt) for prompt in free]
    order = list(range(len(free)))
    random.Random(1).shuffle(order)
    same = sum(timed(model, free[at]).reply == sentences[at].reply for at in order)
    valid = sum(is_valid(each.reply, p) for each, p in zip(replies, typed, strict=True))
    memory = psutil.Process(model.pid).memory_full_info()
    model.close()
    warm = replies[1:]
    pace = [
        (t.pieces - 1) / (t.whole_cpu_s - t.first_cpu_s)
        for t in (*warm, *sentences)
        if t.whole_cpu_s > t.first_cpu_s
    ]
    first = sorted(t.first_cpu_s for t in warm)
    return (
        f"| {name} | {opened.whole_cpu_s:.1f} | {replies[0].first_cpu_s:.1f} "
        f"| {statistics.median(first):.1f} | {first[int(len(first) * 0.95)]:.1f} "
        f"| {statistics.median(pace):.1f} | {statistics.median(t.pieces for t in warm):.0f} "
        f"| {statistics.median(t.whole_cpu_s for t in warm):.1f} | {valid}/{len(typed)} "
        f"| {same}/{len(free)} | {memory.rss / 1e6:.0f} | {memory.uss / 1e6:.0f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="+")
    parser.add_argument("--sentences", type=int, default=30, help="how many are also free text")
    parser.add_argument("--report", type=Path)
    given = parser.parse_args()
    text = (
        "# Local language models\n\n"
        "`scripts/bench model`, greedy, one thread, times in CPU seconds;"
        f" n = 30 JSON replies and {given.sentences} sentences a model.\n"
        "First words: from asking to the first piece, over six pieces of evidence; cold with"
        " new instructions, warm with those of the prompt before.\n\n"
        "| model | open | first words, cold | warm, p50 | p95 | tokens a second, p50"
        " | tokens a JSON reply, p50 | JSON reply, p50 | JSON valid | same again"
        " | memory, MB | of it its own, MB |\n"
        "|---|---|---|---|---|---|---|---|---|---|---|---|\n"
    )
    for name in given.names:
        text += row(name, given.sentences) + "\n"
        if given.report:
            given.report.write_text(text, "utf-8")
    if not given.report:
        print(text)


if __name__ == "__main__":
    main()
