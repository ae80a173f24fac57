"""What each use of the language model changes: rules alone, and with each use by itself.

    python benchmarks/assist/run.py LIBRARY DIALOGUES QUERIES [--report FILE]
        [--use plan --use draft ...] [--sample N] [--replies FOLDER] [--threads N] [--drafts FILE]

Every question goes through ``Library.conversing``, a query as the first of a conversation, with
the 1.5B model of ``viewfinder models fetch qwen-1.5b``. Replies are the same for the same prompt
(greedy, fixed seed), so ``--replies`` keeps them in a folder: an interrupted run goes on, and its
counts stay. Dialogues hang together and queries share a video: 95 % intervals are drawn
over those. ``--sample`` takes so many of the queries, drawn with seed 1. ``--drafts`` gets the
sentences that were told, each with its quotes, to be read and labelled.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from viewfinder.app.config import Assist, Model
from viewfinder.app.library import Library
from viewfinder.domain.answer import Answer, Outcome
from viewfinder.domain.conversation import Conversation
from viewfinder.domain.prompt import Prompt
from viewfinder.domain.provenance import Tool, digest_of
from viewfinder.domain.search import Moment
from viewfinder.domain.time import TimeSpan
from viewfinder.evaluation import compare
from viewfinder.evaluation.judgments import Relevant, Returned
from viewfinder.evaluation.measures import first_hit
from viewfinder.ports import LanguageModel

USES = ("plan", "rewrite", "judge", "draft")
FIRST = 3
EXPECTED = {
    Outcome.ANSWER: "moments",
    Outcome.ABSTENTION: "abstain",
    Outcome.REFUSAL: "refuse",
    Outcome.CLARIFICATION: "clarify",
}


class Remembering:
    """A model whose replies are kept in a folder, by what was asked."""

    def __init__(self, model: LanguageModel, folder: Path | None) -> None:
        self._model, self._folder = model, folder
        self.calls = 0
        if folder:
            folder.mkdir(parents=True, exist_ok=True)

    @property
    def tool(self) -> Tool:
        return self._model.tool

    @property
    def destination(self) -> str:
        return self._model.destination

    def generate(
        self, prompt: Prompt, *, max_tokens: int, seed: int, timeout_s: float
    ) -> Iterator[str]:
        self.calls += 1
        asked = json.dumps([asdict(prompt), max_tokens, seed, self.tool.name], ensure_ascii=False)
        kept = self._folder / digest_of(asked) if self._folder else None
        if kept and kept.is_file():
            yield kept.read_text("utf-8")
            return
        said = []
        options: Any = {"max_tokens": max_tokens, "seed": seed, "timeout_s": timeout_s}
        for piece in self._model.generate(prompt, **options):
            said.append(piece)
            yield piece
        if kept:
            kept.write_text("".join(said), "utf-8")


@dataclass(frozen=True)
class Row:
    """One question: what should have been done, what was, and where the first hit stands."""

    group: str
    question: str
    expected: str
    done: str
    rank: int | None
    places: tuple[tuple[str, int], ...]
    claims: tuple[str, ...]
    notes: tuple[str, ...]
    worded: tuple[dict[str, Any], ...] = ()
    judged: tuple[tuple[bool, bool | None], ...] = ()
    reordered: int | None = None

    @property
    def is_right(self) -> bool:
        return self.expected == self.done

    @property
    def is_hit(self) -> bool:
        return self.rank is not None and self.rank <= FIRST


class Bench:
    """A library that is asked with one use of the model at a time."""

    def __init__(self, library: Library, model: LanguageModel, replies: Path | None) -> None:
        self.library, self.model = library, Remembering(model, replies)
        self.names = {video.id: video.name for video in library.videos()}
        self.written = 0
        keep = library.logbook.draft

        def draft(text: str, videos: Any, talk: str | None = None) -> None:
            self.written += 1
            keep(text, videos, talk)

        vars(library.logbook)["draft"] = draft
        vars(library)["model_for_turn"] = lambda _show=None: self.model

    def use(self, *uses: str) -> None:
        assist = Assist(**dict.fromkeys(uses, True))
        self.library.config = replace(self.library.config, assist=assist)

    def dialogues(self, path: Path) -> list[Row]:
        rows = []
        for line in path.read_text("utf-8").splitlines():
            told = json.loads(line)
            talk = Conversation()
            for wanted in told["turns"]:
                talk, made = self.library.converse(talk, wanted["user"])
                rows.append(self._row(told["id"], wanted["user"], wanted, made.answer))
        return rows

    def queries(self, path: Path, sample: int) -> list[Row]:
        every = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        if sample and sample < len(every):
            every = random.Random(1).sample(every, sample)
        rows = []
        for wanted in every:
            group = wanted["relevant"][0]["file"] if wanted["relevant"] else wanted["id"]
            _, made = self.library.converse(Conversation(), wanted["query"])
            rows.append(self._row(group, wanted["query"], wanted, made.answer))
        return rows

    def _row(self, group: str, question: str, wanted: dict[str, Any], said: Answer) -> Row:
        relevant = [
            Relevant(r["file"], TimeSpan.of_seconds(r["start_s"], r["end_s"]), r["grade"])
            for r in wanted["relevant"]
        ]
        returned = [Returned(self.names[m.video], m.span) for m in said.moments]
        cited = {
            (m.video, m.span.start_ns)
            for claim in said.claims
            for c in claim.citations
            for m in said.moments
            if m.video == c.video and any(s.span == c.span for s in m.supports)
        }
        return Row(
            group,
            question,
            wanted["expected"],
            EXPECTED[said.outcome],
            first_hit(returned, relevant),
            tuple(sorted(cited)),
            tuple(claim.text for claim in said.claims),
            said.notes,
            tuple(
                {"question": question, "claim": c.text, "quotes": [at.quote for at in c.citations]}
                for c in said.claims
                if c.model
            ),
            tuple(
                (first_hit([at], relevant) is not None, met(m))
                for m, at in zip(said.moments, returned, strict=True)
                if m.criteria
            ),
            first_hit([Returned(self.names[m.video], m.span) for m in by_verdict(said)], relevant),
        )


def met(moment: Moment) -> bool | None:
    """Return whether all criteria are met, None where that is unclear."""
    said = [c.met for c in moment.criteria]
    return False if False in said else None if None in said else True


def by_verdict(said: Answer) -> list[Moment]:
    """Return the moments as they would stand if verdicts ordered them."""
    judged = [m for m in said.moments if m.criteria]
    fewest = sorted(judged, key=lambda m: [c.met for c in m.criteria].count(False))
    return [*fewest, *(m for m in said.moments if not m.criteria)]


def verdicts(rows: Sequence[Row]) -> str:
    asked = [r for r in rows if r.expected == "moments"]
    marks = [(r.group, hit, said) for r in asked for hit, said in r.judged]
    parts = []
    for said, words in ((True, "all met"), (None, "unclear"), (False, "not met")):
        these = [(group, float(hit)) for group, hit, got in marks if got is said]
        parts.append(f"{words}: {share(these)} % are right (n = {len(these)})")
    mrr = compare.mean([(r.group, 1 / r.reordered if r.reordered else 0.0) for r in asked])
    top = share([(r.group, float(bool(r.reordered and r.reordered <= FIRST))) for r in asked])
    return (
        f"{'; '.join(parts)}; moments in the order of verdicts: hit@3 {top}, "
        f"MRR {mrr.value:.3f} [{mrr.low:.3f}, {mrr.high:.3f}]"
    )


def share(rows: Sequence[tuple[str, float]]) -> str:
    if not rows:
        return "-"
    mean = compare.mean(rows)
    return f"{100 * mean.value:.1f} [{100 * mean.low:.1f}, {100 * mean.high:.1f}]"


def line(name: str, rows: Sequence[Row], base: Sequence[Row]) -> str:
    asked = [r for r in rows if r.expected == "moments"]
    not_there = [r for r in rows if r.expected == "abstain"]
    better = sum(r.is_right and not b.is_right for r, b in zip(rows, base, strict=True))
    worse = sum(b.is_right and not r.is_right for r, b in zip(rows, base, strict=True))
    pairs = [(r, b) for r, b in zip(rows, base, strict=True) if r.expected == "moments"]
    up = sum(r.is_hit and not b.is_hit for r, b in pairs)
    down = sum(b.is_hit and not r.is_hit for r, b in pairs)
    right = share([(r.group, float(r.is_right)) for r in rows])
    hit = share([(r.group, float(r.is_hit)) for r in asked])
    reciprocal = [(r.group, 1 / r.rank if r.rank else 0.0) for r in asked]
    mrr = compare.mean(reciprocal)
    return (
        f"| {name} | {len(rows)} | {right} | +{better} -{worse} | {len(asked)} | {hit} "
        f"| +{up} -{down} | {mrr.value:.3f} [{mrr.low:.3f}, {mrr.high:.3f}] "
        f"| {sum(r.done == 'moments' for r in not_there)} of {len(not_there)} "
        f"| {sum(r.places == b.places for r, b in zip(rows, base, strict=True))} |"
    )


HEAD = (
    "| | n | outcome right, % | turned | answerable | hit@3, % | turned | MRR "
    "| answered, though not there | same moments cited |\n"
    "|---|---|---|---|---|---|---|---|---|---|"
)


def changed(name: str, rows: Sequence[Row], base: Sequence[Row]) -> Iterator[str]:
    for row, was in zip(rows, base, strict=True):
        if (row.done, row.is_hit) != (was.done, was.is_hit):
            yield (
                f"| {name} | {row.question} | {row.expected} | {was.done}, rank {was.rank} "
                f"| {row.done}, rank {row.rank} |"
            )


def measured(bench: Bench, arguments: argparse.Namespace) -> tuple[list[str], list[str]]:
    sets = {"dialogues": bench.dialogues, "queries": lambda p: bench.queries(p, arguments.sample)}
    tables: list[str] = []
    turned: list[str] = []
    for kind, ask in sets.items():
        path = getattr(arguments, kind)
        bench.use()
        base = ask(path)
        tables += [f"\n## {path.name}\n", HEAD, line("rules", base, base)]
        for use in arguments.use or USES:
            if use == "rewrite" and kind == "queries":
                continue
            bench.use(use)
            calls, written = bench.model.calls, bench.written
            rows = ask(path)
            tables.append(line(f"+ {use}", rows, base))
            silent = sum(bool(r.notes) for r in rows)
            turned += changed(f"{kind}, + {use}", rows, base)
            if use == "draft":
                told = [w for row in rows for w in row.worded]
                turned.append(
                    f"| {kind}, + draft | {bench.written - written} sentences drafted, "
                    f"{len(told)} held and told | | | |"
                )
                if arguments.drafts:
                    with arguments.drafts.open("a", encoding="utf-8") as out:
                        out.writelines(json.dumps(w, ensure_ascii=False) + "\n" for w in told)
            if use == "judge":
                turned.append(f"| {kind}, + judge | {verdicts(rows)} | | | |")
            turned.append(
                f"| {kind}, + {use} | {bench.model.calls - calls} replies; "
                f"{silent} turns with a note that rules alone answered | | | |"
            )
    return tables, turned


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("library", type=Path)
    parser.add_argument("dialogues", type=Path)
    parser.add_argument("queries", type=Path)
    parser.add_argument("--use", action="append", choices=USES)
    parser.add_argument("--sample", type=int, default=0)
    parser.add_argument("--replies", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--drafts", type=Path)
    parser.add_argument("--report", type=Path)
    arguments = parser.parse_args()
    with Library.open(arguments.library) as library:
        library.config = replace(
            library.config,
            model=Model(name="gguf", threads=arguments.threads, timeout_s=600, turn_s=3600),
        )
        opened = library.model_for_turn()
        assert opened is not None
        library.ask("warm up")
        bench = Bench(library, opened._model, arguments.replies)
        tables, turned = measured(bench, arguments)
    text = "\n".join(
        [
            *tables,
            "\nTurned (right or hit before and not now, or the other way round):\n",
            "| set, use | question | expected | rules | now |\n|---|---|---|---|---|",
            *turned,
            "",
        ]
    )
    if arguments.report:
        arguments.report.write_text(text, "utf-8")
    print(text)


if __name__ == "__main__":
    main()
