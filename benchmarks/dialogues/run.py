"""Dialogues over a library: is each turn done with as it should be, and is the moment there?

    python benchmarks/dialogues/run.py LIBRARY DIALOGUES [--part PART] [--report FILE]

DIALOGUES is JSON Lines: ``id`` and ``turns`` with ``user``, ``expected`` (moments, abstain,
refuse or clarify) and ``relevant``. A hit is that of ``viewfinder eval``. Turns of one
dialogue hang together, so the 95 % intervals are drawn over whole dialogues. With PART only
dialogues whose ``part`` it is: ``own.jsonl`` has "development" and "held back".
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from viewfinder.app.library import Library
from viewfinder.domain.answer import Outcome
from viewfinder.domain.conversation import Conversation, Step, Turn
from viewfinder.domain.time import TimeSpan
from viewfinder.evaluation import compare
from viewfinder.evaluation.judgments import Relevant, Returned
from viewfinder.evaluation.measures import first_hit

EXPECTED = {
    Outcome.ANSWER: "moments",
    Outcome.ABSTENTION: "abstain",
    Outcome.REFUSAL: "refuse",
    Outcome.CLARIFICATION: "clarify",
}
FIRST = 3


@dataclass(frozen=True)
class Judged:
    """One turn: what was done, and the rank of the first hit where there is one."""

    dialogue: str
    kind: str
    question: str
    understood: str
    expected: str
    done: str
    rank: int | None
    cpu_s: float

    @property
    def is_right(self) -> bool:
        return self.expected == self.done

    @property
    def is_hit(self) -> bool:
        return self.rank is not None and self.rank <= FIRST


def kind_of(made: Turn, number: int) -> str:
    """Return the row of the table a turn belongs to, from how it was understood."""
    if made.answer.outcome is Outcome.REFUSAL:
        return "refused"
    if number == 0:
        return "opening question"
    if made.resolved.step in (Step.BEFORE, Step.AFTER):
        return "before and after"
    if made.resolved.step is Step.CLARIFY:
        return "clarification"
    if made.resolved.step is not Step.SEARCH:
        return "work on what was shown"
    limits = made.resolved.constraints
    return "question about what is in focus" if limits.videos else "narrower, wider, new subject"


def judged(library: Library, dialogues: Path, part: str | None = None) -> list[Judged]:
    names = {video.id: video.name for video in library.videos()}
    rows: list[Judged] = []
    for line in dialogues.read_text("utf-8").splitlines():
        dialogue = json.loads(line)
        if part not in (None, dialogue.get("part")):
            continue
        talk = Conversation()
        for number, wanted in enumerate(dialogue["turns"]):
            began = time.process_time()
            talk, made = library.converse(talk, wanted["user"])
            spent = time.process_time() - began
            relevant = [
                Relevant(r["file"], TimeSpan.of_seconds(r["start_s"], r["end_s"]), r["grade"])
                for r in wanted["relevant"]
            ]
            returned = [Returned(names[m.video], m.span) for m in made.answer.moments]
            rows.append(
                Judged(
                    dialogue["id"],
                    kind_of(made, number),
                    wanted["user"],
                    made.resolved.note,
                    wanted["expected"],
                    EXPECTED[made.answer.outcome],
                    first_hit(returned, relevant),
                    spent,
                )
            )
    return rows


def share(rows: Sequence[Judged], of: Callable[[Judged], bool]) -> str:
    if not rows:
        return "-"
    mean = compare.mean([(row.dialogue, float(of(row))) for row in rows])
    return f"{100 * mean.value:.0f} [{100 * mean.low:.0f}, {100 * mean.high:.0f}]"


def table(rows: Sequence[Judged]) -> list[str]:
    kinds: dict[str, list[Judged]] = defaultdict(list)
    for row in rows:
        kinds[row.kind].append(row)
    lines = [
        "| kind of turn | n | outcome right, % | answerable | hit@3, % |",
        "|---|---|---|---|---|",
    ]
    for kind, some in [*sorted(kinds.items()), ("all", list(rows))]:
        answerable = [row for row in some if row.expected == "moments"]
        lines.append(
            f"| {kind} | {len(some)} | {share(some, lambda r: r.is_right)} "
            f"| {len(answerable)} | {share(answerable, lambda r: r.is_hit)} |"
        )
    return lines


def crossed(rows: Sequence[Judged]) -> list[str]:
    names = list(EXPECTED.values())
    lines = [f"| expected | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for wanted in names:
        counts = [sum(r.expected == wanted and r.done == done for r in rows) for done in names]
        lines.append(f"| {wanted} | {' | '.join(map(str, counts))} |")
    return lines


def missed(rows: Sequence[Judged]) -> list[str]:
    lines = [
        "| dialogue | turn | understood as | expected | done | hit |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        if not row.is_right or (row.expected == "moments" and not row.is_hit):
            hit = "-" if row.expected != "moments" else "yes" if row.is_hit else "no"
            lines.append(
                f"| {row.dialogue} | {row.question} | {row.understood} | {row.expected} "
                f"| {row.done} | {hit} |"
            )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("library", type=Path)
    parser.add_argument("dialogues", type=Path)
    parser.add_argument("--part")
    parser.add_argument("--report", type=Path)
    arguments = parser.parse_args()
    with Library.open(arguments.library) as library:
        library.ask("warm up")
        rows = judged(library, arguments.dialogues, arguments.part)
    dialogues = len({row.dialogue for row in rows})
    of_part = f", {arguments.part}" if arguments.part else ""
    option = f' --part "{arguments.part}"' if arguments.part else ""
    text = "\n".join(
        [
            f"# Dialogues of {arguments.dialogues.name}{of_part}\n",
            f"`python benchmarks/dialogues/run.py LIBRARY {arguments.dialogues.name}{option}`, "
            f"{dialogues} dialogues, {len(rows)} turns, rules only, no language model.",
            "Shares with the 95 % bootstrap interval over dialogues; a kind of turn is what it "
            "was understood as.\n",
            *table(rows),
            "\nWhat was done, by what should have been done:\n",
            *crossed(rows),
            f"\nCPU time of a turn, median {1000 * median(r.cpu_s for r in rows):.0f} ms "
            f"(n = {len(rows)}), most {1000 * max(r.cpu_s for r in rows):.0f} ms.\n",
            "Turns that went wrong, or whose moment is not among the first three:\n",
            *missed(rows),
            "",
        ]
    )
    if arguments.report:
        arguments.report.write_text(text, "utf-8")
    print(text)


if __name__ == "__main__":
    main()
