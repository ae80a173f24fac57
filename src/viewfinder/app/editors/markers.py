"""Lists of markers.

Moments of one source are marked in that source's own timecode, so that the list can be
laid over the source itself; moments of several in that of a sequence of them.

References:
    Blackmagic Design, *DaVinci Resolve Reference Manual*, "Importing and exporting markers".
    Adobe, *Premiere Pro User Guide*, "Export markers".
    Avid, *Media Composer Editing Guide*, "Importing and exporting markers".
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from viewfinder.app.editors.sequence import Event, Sequence
from viewfinder.app.editors.timecode import Rate

_WIDE = 500


def is_of_source(sequence: Sequence) -> bool:
    """Tell whether markers are laid over one source, not over the sequence."""
    return len(sequence.sources) == 1


def _placed(sequence: Sequence) -> Iterator[tuple[Event, Rate, int, int]]:
    """Yield each event with the rate that counts, its first frame, and how many it lasts."""
    for event in sequence.events:
        counts = event.source.rate
        if is_of_source(sequence):
            yield event, counts, event.start + event.mark, event.marked
        else:
            scale = sequence.rate.fps / counts.fps
            first = sequence.start + event.record + round(event.mark * scale)
            yield event, sequence.rate, first, max(1, round(event.marked * scale))


def resolve(sequence: Sequence) -> str:
    """Return an EDL of markers, as DaVinci Resolve imports and exports them."""
    drop = any(rate.drop for _, rate, _, _ in _placed(sequence))
    lines = [f"TITLE: {_plain(sequence.name)}", f"FCM: {'' if drop else 'NON-'}DROP FRAME", ""]
    for event, rate, first, lasts in _placed(sequence):
        edges = " ".join(rate.label(at) for at in (first, first + 1) * 2)
        said = f"{_plain(event.note).replace('|', '/')} "
        name = _plain(event.title or "moment").replace("|", "/")
        lines += [
            f"{event.number:03}  001      V     C        {edges}  ",
            f"{said}|C:ResolveColorGreen |M:{name} |D:{lasts}",
            "",
        ]
    return "\n".join(lines)


def premiere(sequence: Sequence) -> str:
    """Return a table of markers with the columns that Premiere Pro exports."""
    rows = [
        [
            _cell(event.title or "moment"),
            _cell(event.note),
            rate.label(first),
            rate.label(first + lasts),
            rate.label(lasts),
            "Comment",
        ]
        for event, rate, first, lasts in _placed(sequence)
    ]
    head = ["Marker Name", "Description", "In", "Out", "Duration", "Marker Type"]
    return _table([head, *rows], ",")


def avid(sequence: Sequence) -> str:
    """Return lines of name, timecode, track, colour and words, as Media Composer imports."""
    rows = []
    for event, rate, first, lasts in _placed(sequence):
        track = "V1" if event.source.width else "A1"
        words = _plain(f"{event.title}: {event.note}" if event.title else event.note)
        rows.append(["viewfinder", rate.label(first), track, "green", words, str(lasts)])
    return "".join("\t".join(row) + "\n" for row in rows)


def table(sequence: Sequence) -> str:
    """Return everything there is to say of each moment, for any program that reads tables."""
    head = [
        *("number", "title", "file", "sha256", "reel", "rate", "source_in", "source_out"),
        *("source_in_s", "record_in", "record_out", "note"),
    ]
    rows = []
    for event in sequence.events:
        counts, record = event.source.rate, sequence.start + event.record
        at_s = event.source.first_ns / 1e9 + float(counts.seconds(event.first))
        rows.append(
            [
                str(event.number),
                _cell(event.title),
                _cell(event.source.video.name),
                event.source.video.id,
                event.reel,
                counts.name,
                counts.label(event.start),
                counts.label(event.start + event.length),
                f"{at_s:.3f}",
                sequence.rate.label(record),
                sequence.rate.label(record + event.lasts),
                _cell(event.note),
            ]
        )
    return _table([head, *rows], ",")


def _table(rows: list[list[str]], comma: str) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=comma, lineterminator="\n").writerows(rows)
    return out.getvalue()


def _cell(words: str) -> str:
    """Return words for a table; what a spreadsheet would take for a formula is words too."""
    plain = _plain(words)
    return f"'{plain}" if plain.startswith(("=", "+", "-", "@")) else plain


def _plain(words: str) -> str:
    shown = "".join(c if c.isprintable() else " " for c in words)
    return " ".join(shown.split())[:_WIDE]
