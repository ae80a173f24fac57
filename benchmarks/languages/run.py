"""Questions in English, German, French and Spanish, over footage in each of them.

    python benchmarks/languages/run.py LIBRARY QUERIES [--report FILE]

Two sets. ``clips.jsonl`` translates questions of QUERIES (the development questions over the
clips of LIBRARY, English footage mostly) into three languages. ``talks.json`` holds three
short talks in four languages and 22 questions in each: every language is asked of every
other, over libraries of transcripts made on the spot. A hit is that of ``viewfinder eval``.
Columns without the multilingual encoder are measured with ``multilingual = ""``.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from viewfinder.app.library import Library, Refused
from viewfinder.domain.time import TimeSpan
from viewfinder.evaluation import compare, judgments
from viewfinder.evaluation.judgments import Relevant, Returned
from viewfinder.evaluation.measures import first_hit

HERE = Path(__file__).parent
CODES = ("en", "de", "fr", "es")
SECONDS = 6
SETTINGS = {"with": "", "without": '[recognisers]\nmultilingual = ""\n'}

Ranks = list[tuple[str, int | None]]
Said = dict[tuple[str, str], Ranks]


def rank(library: Library, question: str, relevant: Sequence[Relevant]) -> int | None:
    names = {video.id: video.name for video in library.videos()}
    try:
        ranking = library.search(question, limit=10)
    except Refused:  # wrongly: none of them asks for what policies refuse
        return None
    return first_hit([Returned(names[m.video], m.span) for m in ranking.moments], relevant)


def share(ranks: Ranks, first: int) -> str:
    mean = compare.mean([(home, float(r is not None and r <= first)) for home, r in ranks])
    return f"{100 * mean.value:.0f} [{100 * mean.low:.0f}, {100 * mean.high:.0f}]"


def over_clips(library: Library, queries: Path) -> dict[str, Ranks]:
    asked = {j.id: j for j in judgments.read(queries)}
    found: dict[str, Ranks] = {code: [] for code in CODES}
    for line in (HERE / "clips.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        judged = asked[row["of"]]
        for code in CODES:
            question = judged.query if code == "en" else row[code]
            home = judged.relevant[0].file
            found[code].append((home, rank(library, question, judged.relevant)))
    return found


def stamp(seconds: int) -> str:
    return f"00:{seconds // 60:02}:{seconds % 60:02}.000"


def talks(folder: Path, code: str, said: Sequence[Sequence[str]]) -> None:
    folder.mkdir()
    for number, lines in enumerate(said):
        cues = [
            f"{stamp(SECONDS * n)} --> {stamp(SECONDS * n + SECONDS - 1)}\n{line}\n"
            for n, line in enumerate(lines)
        ]
        text = "\n".join(["WEBVTT\n", *cues])
        (folder / f"{number}.{code}.vtt").write_text(text, "utf-8")


def over_talks(home: Path, setting: str) -> Said:
    given = json.loads((HERE / "talks.json").read_text("utf-8"))
    found: Said = {}
    for spoken, said in given["talks"].items():
        talks(home / f"{spoken}-talks", spoken, said)
        place = home / spoken
        with Library.open(place, create=True):
            pass
        if setting:
            (place / "viewfinder.toml").write_text(setting, "utf-8")
        with Library.open(place) as library:
            for _ in library.add([home / f"{spoken}-talks"]):
                pass
            for asking in CODES:
                ranks: Ranks = []
                for row in given["questions"]:
                    talk, line = map(int, row["line"].split("."))
                    at = TimeSpan.of_seconds(SECONDS * line, SECONDS * line + SECONDS - 1)
                    relevant = [Relevant(f"{talk}.{spoken}.vtt", at, 2)]
                    ranks.append((row["line"], rank(library, row[asking], relevant)))
                found[asking, spoken] = ranks
    return found


def report(
    clips: dict[str, dict[str, Ranks]], said: dict[str, dict[tuple[str, str], Ranks]]
) -> str:
    lines = [
        "# Languages of questions and of footage\n",
        "`python benchmarks/languages/run.py LIBRARY dev.jsonl`; 95 % bootstrap intervals over"
        " videos (clips) and questions (talks). With the multilingual encoder, and without it.\n",
        f"Translated questions over the clips, n = {len(clips['with']['en'])} in each language:\n",
        "| question | hit@1, % | hit@5, % | hit@1 without | hit@5 without |",
        "|---|---|---|---|---|",
    ]
    for code in CODES:
        cells = [share(clips[s][code], k) for s in SETTINGS for k in (1, 5)]
        lines.append(f"| {code} | {' | '.join(cells)} |")
    lines += [
        "\nTalks, n = 22 questions each:\n",
        "| question | footage | hit@1, % | hit@5, % | hit@1 without | hit@5 without |",
        "|---|---|---|---|---|---|",
    ]
    for spoken in CODES:
        for asking in CODES:
            cells = [share(said[s][asking, spoken], k) for s in SETTINGS for k in (1, 5)]
            lines.append(f"| {asking} | {spoken} | {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("library", type=Path)
    parser.add_argument("queries", type=Path)
    parser.add_argument("--report", type=Path)
    arguments = parser.parse_args()
    clips: dict[str, dict[str, Ranks]] = {}
    said: dict[str, Said] = {}
    for name, setting in SETTINGS.items():
        with tempfile.TemporaryDirectory() as scratch:
            home = Path(scratch)
            shutil.copytree(arguments.library, home / "clips")
            if setting:
                (home / "clips" / "viewfinder.toml").write_text(setting, "utf-8")
            with Library.open(home / "clips") as library:
                clips[name] = over_clips(library, arguments.queries)
            said[name] = over_talks(home, setting)
    text = report(clips, said)
    if arguments.report:
        arguments.report.write_text(text, "utf-8")
    print(text)


if __name__ == "__main__":
    main()
