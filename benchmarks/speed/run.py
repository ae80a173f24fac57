"""CPU seconds, pace and memory of ingest, stage by stage, beside decode and speech alone.

    python benchmarks/speed/run.py FILE... --report benchmarks/speed/report.md

For each file, one after the other in one run: (a) libav decoding alone, one thread;
(b) the speech recogniser alone on the sound; (c) `add` in full; (d) `add --fast`. The
ratio (c) / (a + b) is what the bar is about.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from viewfinder.app.library import Library
from viewfinder.domain.time import to_ns

ALONE = """
import sys, time, av
def decode(path):
    with av.open(path) as container:
        container.streams.video[0].thread_type = "AUTO"
        for _ in container.decode(video=0):
            pass
def speech(path):
    from faster_whisper import WhisperModel
    from viewfinder.weights.folder import get
    import numpy as np
    model = WhisperModel(str(get("whisper-base").path), compute_type="int8", cpu_threads=1)
    with av.open(path) as container:
        if not container.streams.audio:
            return
        resampler = av.AudioResampler("s16", "mono", 16000)
        frames = container.decode(audio=0)
        parts = [f.to_ndarray()[0] for frame in frames for f in resampler.resample(frame)]
    sound = np.concatenate(parts).astype("float32") / 32768
    for _ in model.transcribe(sound, beam_size=5, word_timestamps=True, vad_filter=True)[0]:
        pass
{"decode": decode, "speech": speech}[sys.argv[1]](sys.argv[2])
"""


def measured(arguments: list[str]) -> tuple[float, float, float, str]:
    """Return (CPU s, wall s, peak MB of all its processes together, output)."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    with tempfile.TemporaryFile("w+") as output:
        process = psutil.Popen(arguments, stdout=output, stderr=subprocess.DEVNULL)
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, _together_mb(process))
            time.sleep(0.3)
        wall = time.monotonic() - started
        output.seek(0)
        said = output.read()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, wall, peak, said


def _together_mb(process: psutil.Process) -> float:
    """Return the memory of a process and its children; shared pages are counted once."""
    total = 0
    for one in (process, *process.children(recursive=True)):
        with contextlib.suppress(psutil.Error):
            total += one.memory_full_info().pss
    return total / 1e6


def _thumbnail_bytes(library: Library) -> int:
    """Return what the small pictures take, each once."""
    seen = {
        picture
        for video in library.videos()
        for at_s in range(round(video.span.duration_s) + 1)
        if (picture := library.thumbnail(video.id, to_ns(at_s)))
    }
    return sum(len(picture) for picture in seen)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+")
    parser.add_argument("--long", help="A longer file, for the first look alone.")
    parser.add_argument("--report")
    given = parser.parse_args()
    lines = [
        "# Speed of ingest",
        "",
        f"`python benchmarks/speed/run.py {' '.join(Path(f).name for f in given.files)}`,"
        f" {os.cpu_count()} cores, n = 1 run a file.",
        "The 1080p25 clip is `make_clip.py`'s, of a lecture with speech throughout; its paces are"
        " those of one file alone, start-up of all processes and models included.",
        "",
        "| file | media s | decode alone, CPU s | speech alone, CPU s | full: CPU s | "
        "full: x real time | CPU ratio to decode + speech | fast: CPU s | fast: x real time | "
        "peak MB, all processes | index MB an hour, without thumbnails |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    stages: dict[str, dict[str, float]] = {}
    for file in given.files:
        with tempfile.TemporaryDirectory() as home:
            add = [sys.executable, "-m", "viewfinder.surfaces.cli", "--library"]
            decode, _, _, _ = measured([sys.executable, "-c", ALONE, "decode", file])
            speech, _, _, _ = measured([sys.executable, "-c", ALONE, "speech", file])
            fast, fast_wall, _, _ = measured(
                [*add, f"{home}/fast", "add", "--fast", "--json", file]
            )
            full, wall, peak, output = measured([*add, f"{home}/full", "add", "--json", file])
            size = sum(f.stat().st_size for f in Path(home, "full").iterdir() if f.is_file())
            with Library.open(f"{home}/full") as library:
                pictures = _thumbnail_bytes(library)
        events = [json.loads(line) for line in output.splitlines()]
        media = max(event.get("media_s", 0.0) for event in events)
        stages[Path(file).name] = {
            event["stage"]: event["cpu_s"] for event in events if event["kind"] == "stage"
        }
        lines.append(
            f"| {Path(file).name} | {media:.1f} | {decode:.1f} | {speech:.1f} | {full:.1f} | "
            f"{media / wall:.1f} | {full / max(0.01, decode + speech):.2f} | {fast:.1f} | "
            f"{media / fast_wall:.1f} | {peak:.0f} | {(size - pictures) / 1e6 * 3600 / media:.1f} |"
        )
    if given.long:
        with tempfile.TemporaryDirectory() as home:
            add = [sys.executable, "-m", "viewfinder.surfaces.cli", "--library", f"{home}/fast"]
            cpu, wall, _, output = measured([*add, "add", "--fast", "--json", given.long])
        media = max(json.loads(line).get("media_s", 0.0) for line in output.splitlines())
        lines += [
            "",
            f"A first look at {Path(given.long).name} (`repeat.py`), {media:.0f} s: "
            f"{cpu:.1f} CPU s, {media / wall:.0f}x real time with the start-up.",
        ]
    lines += ["", "CPU seconds by stage (start-up of workers not included):", ""]
    lines += [
        f"* {name}: " + ", ".join(f"{s} {c:.1f}" for s, c in costs.items())
        for name, costs in stages.items()
    ]
    text = "\n".join(lines) + "\n"
    if given.report:
        Path(given.report).write_text(text)
    print(text)


if __name__ == "__main__":
    main()
