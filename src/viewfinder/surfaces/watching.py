"""``add`` as a person sees it: bars in a terminal, plain lines elsewhere, a summary after."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from viewfinder.app.intake.adding import AddEvent, Options
from viewfinder.app.library import Library
from viewfinder.domain.media import VideoId
from viewfinder.domain.time import SECOND_NS, clock
from viewfinder.surfaces import documents, render


class Tally:
    """What happened so far, for the summary."""

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.failures: list[AddEvent] = []
        self.notes: list[AddEvent] = []
        self.worked: set[str] = set()
        self.cpu_s: defaultdict[str, float] = defaultdict(float)
        self.media_s: dict[str, float] = {}
        self.started = time.monotonic()

    def take(self, event: AddEvent) -> None:
        self.kinds[event.kind] += 1
        if event.kind in ("stage", "failed"):
            self.worked.add(event.path)
        if event.kind == "failed":
            self.failures.append(event)
        elif event.kind in ("note", "duplicate"):
            self.notes.append(event)
        if event.kind in ("stage", "failed") and event.stage:
            self.cpu_s[event.stage] += event.cpu_s
        if event.kind == "stage":
            self.media_s[event.path] = event.media_s


def watch(
    library: Library, paths: Sequence[str], options: Options, *, as_json: bool = False
) -> int:
    """Add and show; return how many things failed."""
    tally = Tally()
    events = library.add(paths, options)
    if as_json:
        for event in events:
            tally.take(event)
            click.echo(documents.dumps(documents.event(event)))
        return len(tally.failures)
    out = render.console()
    if out.is_terminal:
        _bars(out, library, events, tally)
    else:
        for event in events:
            tally.take(event)
            if line := _line(event, tally):
                out.print(line, soft_wrap=True)
    summary(out, tally)
    return len(tally.failures)


def _line(event: AddEvent, tally: Tally) -> str:
    name = Path(event.path).name
    if event.kind == "stage":
        pace = event.media_s / event.wall_s if event.wall_s else 0
        return f"{name}: {event.stage} done, {pace:.1f}x real time"
    if event.kind == "failed":
        return f"{name}: {event.stage} failed: {event.text}"
    if event.kind == "note":
        return f"{name}: {event.text}" if name else event.text
    if event.kind == "done":
        if event.path not in tally.worked:  # known, and nothing was to do
            return ""
        failed = any(event.path == failure.path for failure in tally.failures)
        return f"{name}: done, but for what failed" if failed else f"{name}: ready to search"
    return {
        "found": f"{name}: new, {clock(round(event.media_s * SECOND_NS))}",
        "moved": f"{name}: moved here, recognised",
        "duplicate": f"{name}: {event.text}",
    }.get(event.kind, "")


def _bars(out: Console, library: Library, events: Iterator[AddEvent], tally: Tally) -> None:
    progress = Progress(
        TextColumn("{task.fields[name]:<26.26}", markup=False),
        TextColumn("{task.fields[stage]:<11}"),
        BarColumn(bar_width=14),
        TextColumn("{task.fields[pace]:>6}"),
        TimeRemainingColumn(compact=True),
        console=out,
        transient=True,
    )
    lengths: dict[VideoId, tuple[str, float]] = {}
    with progress, _polling(library, progress, lengths):
        for event in events:
            tally.take(event)
            if event.video:
                lengths[event.video] = (Path(event.path).name, event.media_s)
            if event.kind in ("failed", "moved", "duplicate", "note", "done") and (
                line := _line(event, tally)
            ):
                progress.console.print(line, soft_wrap=True)


@contextmanager
def _polling(
    library: Library, progress: Progress, lengths: dict[VideoId, tuple[str, float]]
) -> Iterator[None]:
    """Draw a bar for each stage at work, from what the workers note down."""
    stop = threading.Event()
    thread = threading.Thread(target=_poll, args=(library, progress, lengths, stop), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _poll(
    library: Library,
    progress: Progress,
    lengths: dict[VideoId, tuple[str, float]],
    stop: threading.Event,
) -> None:
    bars: dict[tuple[str, str], tuple[TaskID, float]] = {}
    while not stop.wait(0.25):
        now = {(v, stage): at_ns for v, stage, at_ns in library.in_flight()}
        for key in set(bars) - set(now):
            progress.remove_task(bars.pop(key)[0])
        for key, at_ns in now.items():
            name, media_s = lengths.get(VideoId(key[0]), (key[0][:12], 0.0))
            if key not in bars:
                task = progress.add_task(
                    "", name=render.harmless(name), stage=key[1], pace="", total=media_s or None
                )
                bars[key] = (task, time.monotonic())
            task, began = bars[key]
            pace = at_ns / SECOND_NS / max(0.2, time.monotonic() - began)
            progress.update(task, completed=at_ns / SECOND_NS, pace=f"{pace:.1f}x")


def summary(out: Console, tally: Tally) -> None:
    """Print what came of it, what failed and where the time went."""
    media_s, wall_s = sum(tally.media_s.values()), time.monotonic() - tally.started
    parts = [
        f"{count} {word}"
        for kind, word in (
            ("found", "new"),
            ("known", "known"),
            ("moved", "moved"),
            ("duplicate", "duplicate"),
            ("failed", "failed"),
        )
        if (count := tally.kinds[kind])
    ]
    nothing = "no video, sound or transcript there"
    out.print(f"{', '.join(parts) or nothing} in {wall_s:.1f} s", style="bold")
    if media_s:
        spent = ", ".join(
            f"{stage} {cpu_s:.1f}"
            for stage, cpu_s in sorted(tally.cpu_s.items(), key=lambda pair: -pair[1])
            if cpu_s >= 0.05
        )
        out.print(
            f"{clock(round(media_s * SECOND_NS))} of footage, {media_s / wall_s:.1f}x real time; "
            f"CPU seconds: {spent or 'under 0.05'}"
        )
    for event in tally.failures:
        out.print(f"failed: {event.path}: {event.stage}: {event.text}", soft_wrap=True)
    if tally.failures:
        out.print(
            "What did not fail is searchable. Run the same command again to retry.",
            style="dim",
        )
