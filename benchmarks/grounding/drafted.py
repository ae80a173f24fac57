"""Judges the sentences of answers that a language model may word.

    python benchmarks/grounding/drafted.py ask CLIPS_LIBRARY QUERIES.jsonl MEETINGS.jsonl ROWS.jsonl
    python benchmarks/grounding/drafted.py report ROWS.jsonl LABELS.jsonl --out FILE

``ask`` puts the questions with drafting on, the 1.5B model, one thread, and keeps one line a
question, so that a run that was stopped goes on. Sentences that the rules wrote are judged by
``judging.py``; those that the model wrote are read by people, who leave a line for each in
LABELS: ``{"sentence": digest, "supported": bool, "bears": [bool, ...], "answers": bool}``.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import judging
from run import _source, added

from viewfinder.app.config import Assist, Model
from viewfinder.app.library import Library
from viewfinder.domain.answer import Answer
from viewfinder.domain.provenance import digest_of
from viewfinder.evaluation import ami
from viewfinder.evaluation.compare import Mean, mean

QUESTIONS = 1000


def main() -> None:
    reads = argparse.ArgumentParser()
    does = reads.add_subparsers(dest="does", required=True)
    ask = does.add_parser("ask")
    for name in ("clips", "queries", "meetings", "rows"):
        ask.add_argument(name, type=Path)
    ask.add_argument("--questions", type=int, default=QUESTIONS, help="over the meetings")
    tell = does.add_parser("report")
    tell.add_argument("rows", type=Path)
    tell.add_argument("labels", type=Path)
    tell.add_argument("--out", type=Path, required=True)
    given = reads.parse_args()
    if given.does == "report":
        text = report(_lines(given.rows), _lines(given.labels))
        given.out.write_text(text, "utf-8")
        sys.stdout.write(text)
        return
    done = {row["asked"] for row in _lines(given.rows)} if given.rows.is_file() else set()
    with tempfile.TemporaryDirectory() as home, given.rows.open("a", encoding="utf-8") as out:
        shutil.copytree(given.clips, Path(home) / "clips")
        for row in over_clips(Path(home) / "clips", given.queries, done):
            print(json.dumps(row, ensure_ascii=False), file=out, flush=True)
        told = [m for m in ami.read(given.meetings) if m.questions]
        for row in over_meetings(Path(home), told, given.questions, done):
            print(json.dumps(row, ensure_ascii=False), file=out, flush=True)


def over_clips(place: Path, queries: Path, done: set[str]) -> Iterator[dict[str, Any]]:
    with _drafting(Library.open(place)) as library:
        names = {video.id: video.name for video in library.videos()}
        tracks = {video: library.tracks(video) for video in names}
        for line in queries.read_text("utf-8").splitlines():
            asked = json.loads(line)
            if asked["query"] in done:
                continue
            said = library.ask(asked["query"])
            marks = [
                [_is_marked(c.span.start_s, c.span.end_s, names[c.video], asked) for c in cited]
                for cited in (claim.citations for claim in said.claims)
            ]
            yield _row("clips", asked["query"], said, tracks, marks)


def over_meetings(
    home: Path, told: list[ami.Meeting], count: int, done: set[str]
) -> Iterator[dict[str, Any]]:
    with _drafting(Library.open(home / "meetings", create=True)) as library:
        added(library, told, home / "vtt")
        held = {video.name: video.id for video in library.videos()}
        spoken = {held[f"{m.name}.vtt"]: _source(m) for m in told}
        asked = [(m.name, question) for m in told for question, _ in m.questions]
        random.Random(1).shuffle(asked)
        for name, question in asked[:count]:
            if question not in done:
                made = library.plan(question)
                only = replace(made, filters=replace(made.filters, files=(f"{name}.vtt",)))
                yield _row(f"meeting {name}", question, library.ask(only), spoken, None)


def _drafting(library: Library) -> Library:
    model = Model(name="gguf", threads=1, timeout_s=600, turn_s=3600)
    library.config = replace(library.config, model=model, assist=Assist(draft=True))
    return library


def _is_marked(start_s: float, end_s: float, name: str, asked: dict[str, Any]) -> bool:
    return any(
        r["file"] == name and r["start_s"] < end_s and start_s < r["end_s"]
        for r in asked["relevant"]
    )


def _row(
    where: str, question: str, said: Answer, sources: dict[Any, Any], marks: list[Any] | None
) -> dict[str, Any]:
    sentences = []
    for n, claim in enumerate(said.claims):
        cited = claim.citations
        verdict = judging.judged(
            claim, [sources.get(c.video, []) for c in cited], marks[n] if marks else None
        )
        sentences.append(
            {
                "text": claim.text,
                "by_model": bool(claim.model),
                "cites": [[str(c.video), c.span.start_s, c.span.end_s, c.quote] for c in cited],
                "supported": verdict.supported,
                "bears": list(verdict.bears),
                "mismatch": verdict.mismatch,
            }
        )
    return {
        "where": where,
        "asked": question,
        "outcome": said.outcome.value,
        "sentences": sentences,
        "notes": list(said.notes),
    }


def report(rows: list[dict[str, Any]], labels: list[dict[str, Any]]) -> str:
    read = {label["sentence"]: label for label in labels}
    told = [(row, s) for row in rows for s in row["sentences"]]
    for _, sentence in told:
        if sentence["by_model"]:
            sentence.update(read[digest_of(sentence["text"])[:12]])
    quoted = [s for _, s in told if not s["by_model"]]
    lines = [
        "# Grounding, with a model that may word answers",
        "",
        "`scripts/bench drafted`. How sentences are judged stands in `drafted.py`; the labels of "
        "those that the model wrote, in `drafted.jsonl`. Intervals: 95 %, bootstrap by video.",
        "",
        f"{len(rows)} questions, {sum(bool(r['sentences']) for r in rows)} answered; "
        f"{sum(s['mismatch'] for s in quoted)} of the rules' {len(quoted)} sentences differ from "
        "the source.",
        "",
        "| sentences | n | cited | citation precision | citation recall | answer the question |",
        "|---|---|---|---|---|---|",
        _line("all", told),
        _line("by the rules", [t for t in told if not t[1]["by_model"]]),
        _line("by the model", [t for t in told if t[1]["by_model"]]),
        "",
        "Sentences of the model that are not borne out:",
        "",
    ]
    lines += [f"- {s.get('why', '')}" for _, s in told if s["by_model"] and not s["supported"]] or [
        "- none"
    ]
    return "\n".join(lines) + "\n"


def _line(name: str, told: list[tuple[dict[str, Any], dict[str, Any]]]) -> str:
    if not told:
        return f"| {name} | 0 | | | | |"
    group = [(s["cites"][0][0] if s["cites"] else row["where"], s) for row, s in told]
    cited = sum(bool(s["cites"]) for _, s in group)
    bears = mean([(video, float(b)) for video, s in group for b in s["bears"]])
    borne = mean([(video, float(s["supported"])) for video, s in group])
    answering = [(video, float(s["answers"])) for video, s in group if "answers" in s]
    useful = _shown(mean(answering)) if answering else ""
    share = 100 * cited / len(told)
    return (
        f"| {name} | {len(told)} | {share:.0f} % | {_shown(bears)} | {_shown(borne)} | {useful} |"
    )


def _shown(value: Mean) -> str:
    return f"{value.value:.3f} [{value.low:.3f}, {value.high:.3f}]"


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


if __name__ == "__main__":
    main()
