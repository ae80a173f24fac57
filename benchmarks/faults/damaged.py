"""Damaged files through probe and decode: what becomes of them.

    python benchmarks/faults/damaged.py [--count 200] [--report benchmarks/faults/damaged.md]

A file may end in a clear error, as a part with a note that says so, or whole (many bits
can flip in a film unseen). A crash of the caller or a hang is a failure of ours.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from viewfinder.domain.errors import DecodeError, ProbeError
from viewfinder.ingest.decode import Decoded, decode
from viewfinder.ingest.probe import probe
from viewfinder.testing import media

OUTCOMES = ("error", "partial", "complete", "crash", "hang")
HANG_S = 120.0
ONCE = ("8K", "still for 600 s", "one pixel", "no frames", "zero bytes", "text", "twice")


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--count", type=int, default=200)
    asked.add_argument("--report", type=Path, default=Path(__file__).with_name("damaged.md"))
    options = asked.parse_args()
    table: dict[str, Counter[str]] = defaultdict(Counter)
    says: dict[str, Counter[str]] = defaultdict(Counter)
    slowest_s = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for kind, path in variants(Path(folder), options.count):
            began = time.monotonic()
            outcome, words = fate(path, Path(folder) / "spool")
            took_s = time.monotonic() - began
            slowest_s = max(slowest_s, took_s)
            table[kind]["hang" if took_s > HANG_S else outcome] += 1
            says[kind][words.replace(path.name, "FILE")] += 1
            path.unlink()
    report = written(table, says, slowest_s, options.count)
    options.report.write_text(report, encoding="utf-8")
    print(report)
    return sum(row["crash"] + row["hang"] for row in table.values())


def variants(folder: Path, count: int) -> Iterator[tuple[str, Path]]:
    """Yield ``count`` (kind, file): every kind of damage, on three containers, by seeds."""
    whole = [
        media.draw_clip(
            folder / f"whole{suffix}",
            seconds=6.0,
            cuts_s=(2.0, 4.0),
            tones=(media.Tone(1.0, 5.0),),
        )
        for suffix in (".mp4", ".webm", ".avi", ".mkv", ".mpg")
    ]
    seed = 0
    made = 0
    while made < count:
        for kind in media.DAMAGE:
            if made >= count or (kind in ONCE and seed >= len(whole)):
                continue
            if kind in media.DRAWN and seed:
                continue
            yield kind, media.damage(whole[seed % len(whole)], kind, seed)
            made += 1
        seed += 1


def fate(path: Path, spool: Path) -> tuple[str, str]:
    """Return what became of one file, and the words said about it."""
    try:
        video = probe(path)
        *_, last = decode(video, path, spool)
    except (ProbeError, DecodeError) as error:
        return "error", str(error)
    except Exception as error:  # this is what is counted
        return "crash", f"{type(error).__name__}: {error}"
    assert isinstance(last, Decoded)
    for at_ns in last.clip.frame_times_ns:
        last.clip.read_frame(at_ns)
    last.clip.read_sound()
    return ("partial", "; ".join(last.notes)) if last.notes else ("complete", "")


def written(
    table: dict[str, Counter[str]],
    says: dict[str, Counter[str]],
    slowest_s: float,
    count: int,
) -> str:
    lines = [
        "# Damaged files",
        "",
        f"`python benchmarks/faults/damaged.py --count {count}`",
        "",
        f"n = {count}. Slowest file {slowest_s:.1f} s on the clock. Every worker ran under its "
        "limits: 2 GB of memory, 60 s of processor and 20 s more for each second of footage.",
        "",
        "| kind | n | " + " | ".join(OUTCOMES) + " | said, for instance |",
        "|---|---|" + "---|" * (len(OUTCOMES) + 1),
    ]
    for kind, row in table.items():
        counts = " | ".join(str(row[outcome]) for outcome in OUTCOMES)
        words = next((w for w, _ in says[kind].most_common() if w), "")
        lines.append(f"| {kind} | {row.total()} | {counts} | {words} |")
    totals = " | ".join(str(sum(row[o] for row in table.values())) for o in OUTCOMES)
    lines.append(f"| all | {count} | {totals} | |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
