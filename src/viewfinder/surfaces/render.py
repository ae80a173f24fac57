"""What people read in a terminal: at most 80 columns, plain when it is not a terminal."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from rich.console import Console
from rich.text import Text

from viewfinder.app.status import VideoStatus
from viewfinder.domain.annotation import Annotation, Track, TrackName
from viewfinder.domain.answer import Answer, Citation, Claim, Outcome
from viewfinder.domain.media import Video, VideoId
from viewfinder.domain.policy import Erasure
from viewfinder.domain.search import Moment, Ranking
from viewfinder.domain.time import SECOND_NS, TimeSpan, clock

WIDTH = 80
REMOVED = {
    "stages": "steps of the work",
    "annotations": "notes",
    "arrays": "measures of pictures",
    "thumbnails": "pictures",
    "segments": "moments in the index",
    "vectors": "their vectors",
    "facts": "what keepers noted",
    "slips": "what people kept",
    "spools": "half-done work",
}
"""What a receipt counts, for people."""

WORTH_SHOWING = 0.1
"""People see moments at least this sure: as a share of the best one, or outright if weak."""

SAID_BY = {
    TrackName.SPEECH: "said (machine transcript)",
    TrackName.CAPTIONS: "captions",
    TrackName.SCREEN_TEXT: "on screen (machine reading)",
    TrackName.LABELS: "picture",
    TrackName.OBJECTS: "picture",
    TrackName.LOOK: "picture",
    TrackName.METADATA: "file description",
    TrackName.SHOTS: "shots",
}


_CONTROLS = dict.fromkeys((*range(32), *range(127, 160)), "�")
del _CONTROLS[ord("\n")], _CONTROLS[ord("\t")]


def harmless(words: str) -> str:
    """Return words in which no sign can steer a terminal; quotes and names are not trusted."""
    return words.translate(_CONTROLS)


class _Terminal(Console):
    def print(self, *things: Any, **options: Any) -> None:
        super().print(*map(_harmless, things), **options)


def _harmless(thing: Any) -> Any:
    if isinstance(thing, str):
        return harmless(thing)
    if isinstance(thing, Text):
        thing.plain = harmless(thing.plain)  # as long as before, so its styles stay in place
    return thing


def console(stream: IO[str] | None = None) -> Console:
    """Return a console of at most ``WIDTH`` columns."""
    # No markup and no emoji: names of files may hold brackets and colons.
    out = _Terminal(file=stream or sys.stdout, highlight=False, markup=False, emoji=False)
    if out.width > WIDTH or not out.is_terminal:
        out.width = WIDTH
    return out


def link(path: str, at_ns: int) -> str:
    """Return a link that players open at the second."""
    return f"file://{quote(path)}#t={at_ns / SECOND_NS:g}"


def place(path: str, span: TimeSpan) -> Text:
    """Return ``name 12:03-12:21``, a link where the terminal knows links."""
    words = f"{Path(path).name} {clock(span.start_ns)}-{clock(span.end_ns)}"
    return Text(words, style=f"bold link {link(path, span.start_ns)}")


def answer(out: Console, said: Answer, paths: dict[VideoId, str]) -> None:
    """Print an answer, an abstention or a refusal."""
    if said.outcome is Outcome.REFUSAL:
        wrapped(out, f"Refused ({said.rule}): {said.reason}")
        wrapped(out, f"Instead: {said.alternative}")
        if said.appeal:
            out.print(f"Appeal: {said.appeal}", soft_wrap=True)
        return
    if said.outcome is not Outcome.ANSWER:
        wrapped(out, said.reason)
        weak = [found for found in said.moments if found.confidence >= WORTH_SHOWING]
        if weak:
            out.print("Weak matches, for your own eyes:", style="dim")
        for found in weak:
            _moment(out, found, paths, None)
        _unshown(out, len(said.moments) - len(weak))
        if said.alternative:
            wrapped(out, f"Instead: {said.alternative}")
    for each in said.claims:
        claim(out, each)
    judged(out, said.moments, paths)
    for each in said.disagreements:
        wrapped(out, f"Sources disagree. {each.text}", style="yellow")
    _gaps(out, said.not_searched)
    for note in said.notes:
        wrapped(out, note, style="dim")
    if said.certificate:
        wrapped(out, f"{said.certificate[:1].upper()}{said.certificate[1:]}.", style="dim")


def said_by(track: TrackName, *, corrected: bool = False) -> str:
    """Return where words come from, for people."""
    plain = SAID_BY[track]
    return f"{plain.partition(' (')[0]} (corrected by a person)" if corrected else plain


def claim(out: Console, told: Claim) -> None:
    """Print what is cited, place by place; the sentence itself where it is about several."""
    places: dict[tuple[str, int], list[Citation]] = {}
    for citation in told.citations:
        places.setdefault((citation.path, citation.span.start_ns), []).append(citation)
    if len(places) > 1 or told.model:
        wrapped(out, told.text)
    if told.model:
        out.print(f"    worded by {told.model}, checked against:", style="dim")
    for citations in places.values():
        lead = citations[0]
        out.print(place(lead.path, lead.span))
        for citation in citations:
            words = f'"{citation.quote}"' if citation.verbatim else citation.quote
            wrapped(out, words, indent="    ")
        marked = " (addresses the assistant; not followed)"
        orders = any(citation.addresses_machine for citation in citations)
        by = said_by(lead.track, corrected=lead.corrected)
        out.print(f"    {by}{marked if orders else ''}", style="dim")
        if not out.is_terminal:
            out.print(f"    {link(lead.path, lead.span.start_ns)}", soft_wrap=True)


CHIPS = {True: ("✓", "green"), False: ("✗", "red"), None: ("?", "dim")}


def judged(out: Console, moments: Sequence[Moment], paths: dict[VideoId, str]) -> None:
    """Print what a model judged of each moment, criterion by criterion."""
    for found in moments:
        if not found.criteria:
            continue
        line = Text("    ") + place(paths.get(found.video, ""), found.span)
        for each in found.criteria:
            sign, style = CHIPS[each.met]
            line.append(f"  {sign} {each.text}", style=style)
        out.print(line, soft_wrap=True)
    if any(found.criteria for found in moments):
        out.print("    as a model judges; look for yourself", style="dim")


def ranking(out: Console, found: Ranking, paths: dict[VideoId, str]) -> None:
    """Print moments with why they matched."""
    if not found.found:
        out.print(
            "Nothing certain was found; the nearest:" if found.moments else "Nothing was found."
        )
    best = found.moments[0].confidence if found.moments else 0.0
    shown = [m for m in found.moments if m.confidence >= WORTH_SHOWING * best]
    for n, moment in enumerate(shown, 1):
        _moment(out, moment, paths, n)
    _unshown(out, len(found.moments) - len(shown))
    _gaps(out, found.not_searched)


def _unshown(out: Console, count: int) -> None:
    if count:
        out.print(f"{count} far weaker {'one' if count == 1 else 'ones'}: see --json", style="dim")


def _moment(out: Console, found: Moment, paths: dict[VideoId, str], rank: int | None) -> None:
    path = paths.get(found.video, "")
    line = Text(f"{rank:>2}  " if rank else "    ", style="dim")
    line.append_text(place(path, found.span))
    line.append(f"  {found.confidence:.0%} sure", style="dim")
    out.print(line)
    for support in found.supports[:3]:
        words = f'"{support.text}"' if support.is_verbatim else support.text
        flat = textwrap.shorten(" ".join(words.split()), 2 * WIDTH - 30, placeholder=' …"')
        by = said_by(support.track, corrected=support.is_corrected)
        wrapped(out, f"{by}: {flat}", indent="    ")
    if not out.is_terminal:
        out.print(f"    {link(path, found.span.start_ns)}", soft_wrap=True)


def _gaps(out: Console, lines: Iterable[str]) -> None:
    kept = list(lines)
    if kept:
        wrapped(out, "Not searched: " + "; ".join(kept) + ".", style="dim")


def wrapped(out: Console, words: str, *, indent: str = "", style: str = "") -> None:
    """Print words on lines of at most ``WIDTH`` columns."""
    for line in textwrap.wrap(
        words, out.width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
    ):
        out.print(Text(line, style=style))


def status(out: Console, states: list[VideoStatus], counts: dict[str, int]) -> None:
    """Print what is in the library and what is not searchable."""
    hours = sum(state.video.duration_ns for state in states) / SECOND_NS / 3600
    out.print(f"{len(states)} items, {hours:.2f} hours", style="bold")
    lanes = ", ".join(f"{n} {lane}" for lane, n in sorted(counts.items()) if lane != "videos")
    if lanes:
        wrapped(out, f"Segments: {lanes}")
    for state in states:
        name = textwrap.shorten(state.video.name, 38, placeholder="…") or state.video.name[:38]
        length = clock(state.video.duration_ns)
        lead = f"{name:<38} {length:>8}  "
        lines = textwrap.wrap(", ".join(_short(state)) or "nothing yet", WIDTH - len(lead))
        out.print(lead + lines[0])
        for line in lines[1:]:
            out.print(" " * len(lead) + line)
        if state.gone:
            gone = f"not there any more: {state.video.path}; moved? `viewfinder add` its new place"
            wrapped(out, gone, indent="    ", style="yellow")
        if state.credentials is not None and state.credentials.state.value != "unknown":
            read = state.credentials
            said = f"content credentials {read.state.value}: {read.signer}, {read.reason}"
            wrapped(out, said, indent="    ", style="red" if read.state == "invalid" else "dim")
        if state.check is not None and state.check.found.value == "changed":
            said = f"NOT the file that was indexed: hashed again {state.check.at[:10]}, and changed"
            wrapped(out, said, indent="    ", style="red")
        for stage, reason in state.failed:
            wrapped(out, f"{stage} failed: {reason}", indent="    ", style="red")
        for note in state.notes:
            wrapped(out, note, indent="    ", style="dim")
        if state.missing:
            wrapped(out, f"not indexed: {', '.join(state.missing)}", indent="    ", style="dim")


def _short(state: VideoStatus) -> list[str]:
    names = {"sidecars": "words beside it", "screen_text": "screen text"}
    return [names.get(stage, stage) for stage in state.searchable]


def erasure(out: Console, receipt: Erasure, name: str) -> None:
    """Print the receipt of forgetting."""
    parts = "".join(f" {part}" for part in receipt.spans)
    out.print(f"Forgotten: {name}{parts}", style="bold")
    for what, count in receipt.removed:
        out.print(f"  {count:>8} {REMOVED.get(what, what)}")
    for what in receipt.remains:
        wrapped(out, f"Still there: {what}", indent="  ", style="yellow")
    out.print(f"  receipt: video {receipt.video[:16]}…, {receipt.at}", style="dim")


def notes(out: Console, item: Video, found: Sequence[tuple[Track, Annotation]]) -> None:
    """Print a video's facts and its notes, one line each."""
    size = f", {item.width}x{item.height}" if item.width else ""
    out.print(Text(f"{item.name}  {clock(item.duration_ns)}{size}", style="bold"))
    out.print(Text(f"{item.path}\nid {item.id}", style="dim"), soft_wrap=True)
    for track, note in found:
        words = f"{note.speaker}: {note.text}" if note.speaker else note.text
        doubt = " (doubtful)" if not note.quotable else ""
        lead = f"{note.span!s:<17} {track.name.value:<12} "
        right = " (corrected by a person)" if note.corrected else ""
        lines = textwrap.wrap(" ".join(words.split()) + doubt + right, WIDTH - len(lead)) or [""]
        out.print(Text(lead, style="dim") + Text(lines[0]))
        for line in lines[1:]:
            out.print(" " * len(lead) + line)
    if not found:
        out.print("Nothing is noted here.")
