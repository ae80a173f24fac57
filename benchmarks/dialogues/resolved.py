"""Is a follow-up understood as it was meant? Resolved questions held against judged ones.

    python benchmarks/dialogues/resolved.py LIBRARY DIALOGUES [DIALOGUES ...] [--report FILE]

``resolved.jsonl`` beside this file says for each turn that hangs on those before it what it
means: in words, and as ``step``, ``words`` (the content words of the question; each
alternative counts, words in brackets may be there) and ``target``:

- ``shown``: the video of the moment shown last comes first in what is searched or worked on
- ``label:N``: moment N of the last list of several
- ``turn:N``: what turn N showed
- ``among``: only videos shown last
- ``not shown``: any video but the one shown last
- ``file:NAME``: that video comes first
- ``all``: all videos, ``any``: not judged, since a wrong one shows in the moments

Two questions are equal in meaning if the step, the content words (stems, without function
words) and the target are equal; for "before" and "after" also the moment they start from
(``anchor``: the one shown last, or the ``same`` as in the turn before). Targets are relative
to what was shown, so a wrong search does not count against the resolving that follows it.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from viewfinder.app.library import Library
from viewfinder.domain.conversation import Conversation, Turn
from viewfinder.domain.words import terms
from viewfinder.evaluation import compare
from viewfinder.retrieval.asking import language

JUDGED = Path(__file__).with_name("resolved.jsonl")


@dataclass(frozen=True)
class Row:
    dialogue: str
    question: str
    meaning: str
    understood: str
    wrong: str


def content(text: str, code: str) -> set[str]:
    words = language.load(code)
    return {t for t in terms(text) if words.carries_content(t)}


def same_words(made: Turn, wanted: dict[str, Any]) -> bool:
    code = made.resolved.language
    got = content(made.resolved.text, code)
    for alternative in wanted["words"]:
        may = content(" ".join(re.findall(r"\(([^)]*)\)", alternative)), code)
        must = content(re.sub(r"\([^)]*\)", " ", alternative), code)
        if must <= got <= must | may:
            return True
    return False


def same_target(made: Turn, talk: Conversation, target: str, names: dict[str, str]) -> bool:
    limits = made.resolved.constraints
    videos = [m.video for m in made.resolved.moments[:1]] or list(limits.videos)
    videos = list(limits.videos) or videos
    showing = talk.showing.shown if talk.showing else ()
    kind, _, value = target.partition(":")
    if kind == "any":
        return True
    if kind == "all":
        return not limits.videos and not limits.not_videos
    if kind == "file":
        return bool(videos) and names[videos[0]] == value
    if kind == "turn":
        return made.resolved.moments == talk.turns[int(value)].shown
    if not showing:
        return False
    if kind == "label":
        lists = [t.shown for t in talk.turns if len(t.shown) > 1]
        listed = lists[-1] if lists else showing
        place = int(value) - 1 if int(value) > 0 else len(listed) - 1
        return made.resolved.moments == (listed[place],)
    if kind == "among":
        return bool(videos) and set(videos) <= {m.video for m in showing}
    if kind == "not shown":
        return showing[0].video in limits.not_videos
    return bool(videos) and videos[0] == showing[0].video


def same_anchor(made: Turn, talk: Conversation, anchor: str | None) -> bool:
    if anchor is None:
        return True
    if not made.resolved.moments or talk.showing is None:
        return False
    start = made.resolved.moments[0]
    if anchor == "same":
        return start == talk.showing.resolved.moments[0]
    lead = talk.showing.shown[0]
    return start.video == lead.video and start.span.overlap_ns(lead.span) > 0


def parts_of(dialogues: Path) -> list[str | None]:
    rows = map(json.loads, dialogues.read_text("utf-8").splitlines())
    return list(dict.fromkeys(row.get("part") for row in rows))


def judged(library: Library, dialogues: Path, part: str | None = None) -> list[Row]:
    wanted = {
        (row["dialogue"], row["turn"]): row
        for row in map(json.loads, JUDGED.read_text("utf-8").splitlines())
    }
    names = {video.id: video.name for video in library.videos()}
    rows: list[Row] = []
    for line in dialogues.read_text("utf-8").splitlines():
        dialogue = json.loads(line)
        if dialogue.get("part") != part:
            continue
        talk = Conversation()
        for number, asked in enumerate(dialogue["turns"]):
            before = talk
            talk, made = library.converse(talk, asked["user"])
            want = wanted.get((dialogue["id"], number))
            if want is None:
                continue
            steps = want["step"] if isinstance(want["step"], list) else [want["step"]]
            checks = {
                "step": made.resolved.step in steps,
                "words": same_words(made, want),
                "target": same_target(made, before, want["target"], names),
                "anchor": same_anchor(made, before, want.get("anchor")),
            }
            wrong = ", ".join(name for name, is_right in checks.items() if not is_right)
            understood = made.resolved.note or made.resolved.question
            rows.append(Row(dialogue["id"], asked["user"], want["meaning"], understood, wrong))
    return rows


def report(name: str, rows: Sequence[Row]) -> list[str]:
    mean = compare.mean([(row.dialogue, float(not row.wrong)) for row in rows])
    lines = [
        f"\n## {name}\n",
        f"Equal in meaning: {100 * mean.value:.0f} % [{100 * mean.low:.0f}, "
        f"{100 * mean.high:.0f}] of {len(rows)} turns.\n",
        "| dialogue | turn | means | understood as | differs in |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        if row.wrong:
            cells = (row.dialogue, row.question, row.meaning, row.understood, row.wrong)
            lines.append(f"| {' | '.join(cells)} |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("library", type=Path)
    parser.add_argument("dialogues", type=Path, nargs="+")
    parser.add_argument("--report", type=Path)
    arguments = parser.parse_args()
    given = " ".join(path.name for path in arguments.dialogues)
    lines = [
        "# Follow-ups, understood as they were meant\n",
        f"`python benchmarks/dialogues/resolved.py LIBRARY {given}`; rules only, no language"
        " model. The rule stands at the head of the program, the judged turns in"
        " `resolved.jsonl`. 95 % bootstrap intervals over dialogues; turns that differ are shown.",
    ]
    with Library.open(arguments.library) as library:
        for path in arguments.dialogues:
            for part in parts_of(path):
                title = path.name + (f", {part}" if part else "")
                lines += report(title, judged(library, path, part))
    text = "\n".join([*lines, ""])
    if arguments.report:
        arguments.report.write_text(text, "utf-8")
    print(text)


if __name__ == "__main__":
    main()
