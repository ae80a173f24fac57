"""Derives clips again from their originals and counts what is equal, near or different.

usage: scripts/bench evidence CLIP... [--out benchmarks/evidence/report.md]

A library of the clips is made first, in a folder of its own, by processes of its own; then each
stage of each clip is run again in this process and compared with what is kept.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
from collections import Counter
from pathlib import Path

from viewfinder.app.evidence.comparing import tolerances
from viewfinder.app.library import Library

OUTCOMES = ("equal", "within tolerance", "different", "not comparable")


def main() -> None:
    given = argparse.ArgumentParser(usage=__doc__)
    given.add_argument("clips", nargs="+", type=Path)
    given.add_argument("--out", type=Path, default=Path(__file__).with_name("report.md"))
    arguments = given.parse_args()
    counts: dict[str, Counter[str]] = {}
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        with Library.open(Path(folder) / "library", create=True) as library:
            for event in library.add(arguments.clips):
                if event.kind == "failed":
                    print(f"failed: {event.path} {event.stage} {event.text}")
            videos = library.videos()
        with Library.open(Path(folder) / "library") as library:
            for video in videos:
                for done in library.evidence.rederive(video):
                    counts.setdefault(done.stage, Counter())[done.outcome] += 1
                    rows.append((video.name, done.stage, done.outcome, done.detail))
                    print(*rows[-1], flush=True)
    arguments.out.write_text(report(counts, rows, len(videos)), "utf-8")


def report(
    counts: dict[str, Counter[str]], rows: list[tuple[str, str, str, str]], clips: int
) -> str:
    total = sum(sum(each.values()) for each in counts.values())
    cpu_s = sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )
    lines = [
        "# Derived again",
        "",
        f"`scripts/bench evidence CLIP...`: {clips} clips, n = {total} (stage x clip), "
        f"{cpu_s:.0f} CPU s with making the library.",
        "The library is made by worker processes; here every stage runs again in another one, "
        "on the same machine.",
        "",
        f"| stage | {' | '.join(OUTCOMES)} | declared: words %, times s, cosine |",
        f"|---|{'---|' * (len(OUTCOMES) + 1)}",
    ]
    for stage, found in counts.items():
        allowed = tolerances()[stage]
        cells = " | ".join(str(found[outcome]) for outcome in OUTCOMES)
        lines.append(
            f"| {stage} | {cells} | {allowed.words_percent:g}, {allowed.times_s:g}, "
            f"{allowed.cosine:g} |"
        )
    whole: Counter[str] = sum(counts.values(), Counter())
    lines.append(f"| all | {' | '.join(str(whole[outcome]) for outcome in OUTCOMES)} | |")
    lines += ["", "What is not equal:", ""]
    lines += [f"* {name}, {s}: {o}, {d}" for name, s, o, d in rows if o != "equal"] or ["* nothing"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
