"""Cuts the indexing units along shots and utterances.

Words go into blocks that are long enough to mean something on their own (about half a
minute); their parts keep the fine times, so that an answer can be as short as one line.
Pictures go into pieces of at most ten seconds that never cross a cut.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import PurePath

from viewfinder.domain.access import Stretch, access_at, is_of_file
from viewfinder.domain.annotation import Annotation, Region, Track, TrackName
from viewfinder.domain.media import Video
from viewfinder.domain.segment import Lane, Segment, segment_id
from viewfinder.domain.time import SECOND_NS, TimeSpan
from viewfinder.ingest.captions import caption

VERSION = "3"
"""Raised when the same notes would be cut otherwise."""

BLOCK_NS = 30 * SECOND_NS
BLOCK_WORDS = 90
PAUSE_NS = 3 * SECOND_NS
PART_NS = 12 * SECOND_NS
PICTURE_NS = 10 * SECOND_NS
SAME_ROW = 0.6

_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")


def segments(
    video: Video,
    tracks: Sequence[Track],
    *,
    access: str = "default",
    stretches: Sequence[Stretch] = (),
) -> list[Segment]:
    """Return the segments of one video, lane by lane, in time order within each.

    The same tracks always give the same segments with the same ids. Each stretch is cut
    as if it were alone, and so is what lies between: nothing in one shapes another.
    """
    made: dict[Lane, list[tuple[Piece, str]]] = {}
    for part, (name, notes) in enumerate(_apart(video, tracks, access, stretches)):
        cut = (
            (Lane.CAPTIONS, _blocks(notes.get(TrackName.CAPTIONS, []))),
            (Lane.SPEECH, _blocks(notes.get(TrackName.SPEECH, []))),
            (Lane.SCREEN_TEXT, _screens(notes.get(TrackName.SCREEN_TEXT, []))),
            (Lane.PICTURE, _pictures(notes)),
            (Lane.METADATA, _facts(video, notes.get(TrackName.METADATA, []), is_first=part == 0)),
        )
        for lane, pieces in cut:
            made.setdefault(lane, []).extend((piece, name) for piece in pieces)
    return [
        Segment(segment_id(video.id, lane, n), video.id, lane, span, text, parts, name)
        for lane, pieces in made.items()
        for n, ((span, text, parts), name) in enumerate(pieces)
    ]


Notes = dict[TrackName, list[Annotation]]


def _apart(
    video: Video, tracks: Sequence[Track], access: str, stretches: Sequence[Stretch]
) -> list[tuple[str, Notes]]:
    """Return notes by access class and run, what is about the whole file first."""
    parts: dict[tuple[int, str], Notes] = {(-1, access): {}}
    borders = sorted({at for s in stretches for at in (s.span.start_ns, s.span.end_ns)})
    for track in tracks:
        for note in track.annotations:
            pieces = [note]
            if track.name is TrackName.SHOTS:
                pieces = [replace(note, span=span) for span in _between(note.span, borders)]
            for piece in pieces:
                name = access_at(piece.span, stretches, access)
                run = bisect_right(borders, piece.span.start_ns) if stretches else -1
                key = (run, name)
                if is_of_file(track, piece, video.span):
                    key = (-1, access)
                parts.setdefault(key, {}).setdefault(track.name, []).append(piece)
    for part in parts.values():
        for notes in part.values():
            notes.sort(key=lambda note: (note.span, note.text))
    return [(name, parts[run, name]) for run, name in sorted(parts)]


def _between(span: TimeSpan, borders: Sequence[int]) -> list[TimeSpan]:
    """Return the parts of ``span`` that no border crosses."""
    inner = [at for at in borders if span.start_ns < at < span.end_ns]
    edges = [span.start_ns, *inner, span.end_ns]
    return [TimeSpan(*edge) for edge in pairwise(edges)]


Piece = tuple[TimeSpan, str, tuple[Annotation, ...]]


def _blocks(utterances: Iterable[Annotation]) -> Iterator[Piece]:
    """Join utterances into blocks; a long pause always ends one."""
    block: list[Annotation] = []
    words = ends_ns = 0
    for part in (short for note in utterances for short in shortened(note)):
        length = len(part.text.split())
        if block and (
            part.span.start_ns - ends_ns > PAUSE_NS
            or max(part.span.end_ns, ends_ns) - block[0].span.start_ns > BLOCK_NS
            or words + length > BLOCK_WORDS
        ):
            yield _block(block)
            block, words, ends_ns = [], 0, 0
        block.append(part)
        ends_ns = max(ends_ns, part.span.end_ns)
        words += length
    if block:
        yield _block(block)


def _block(parts: list[Annotation]) -> Piece:
    lines: list[str] = []
    speaker: str | None = None
    for part in parts:
        if part.speaker and part.speaker != speaker:
            lines.append(f"{part.speaker}: {part.text}")
        else:
            lines.append(part.text)
        speaker = part.speaker
    return TimeSpan.hull(p.span for p in parts), "\n".join(lines), tuple(parts)


def shortened(note: Annotation) -> Iterator[Annotation]:
    """Yield the note, or its sentences where it is too long to be one answer.

    Times come from the words where they are known, else from the share of characters.
    """
    if note.span.duration_ns <= PART_NS or len(note.text.split()) < 12:
        yield note
        return
    pieces = [p for p in _SENTENCE_END.split(note.text) if p]
    total = sum(len(p) for p in pieces)
    done, word_at = 0, 0
    for piece in pieces:
        count = len(piece.split())
        words = note.words[word_at : word_at + count] if note.words else ()
        word_at += count
        if words:
            span = TimeSpan.hull(w.span for w in words)
        else:
            start = note.span.start_ns + note.span.duration_ns * done // total
            end = note.span.start_ns + note.span.duration_ns * (done + len(piece)) // total
            span = TimeSpan(start, end)
        done += len(piece)
        yield replace(note, text=piece, span=span, words=words)


def _screens(lines: Sequence[Annotation]) -> Iterator[Piece]:
    """Group lines that are on screen together: they overlap for most of the shorter one."""
    groups: list[list[Annotation]] = []
    for line in lines:
        for group in reversed(groups[-4:]):
            shared = line.span.overlap_ns(TimeSpan.hull(g.span for g in group))
            shorter = min(line.span.duration_ns, min(g.span.duration_ns for g in group))
            if shared * 2 >= shorter and shared > 0:
                group.append(line)
                break
        else:
            groups.append([line])
    for group in groups:
        rows = _rows(group)
        yield (
            TimeSpan.hull(line.span for line in group),
            "\n".join(row.text for row in rows),
            tuple(rows),
        )


def _rows(lines: Sequence[Annotation]) -> list[Annotation]:
    """Return lines from top to bottom; cells beside each other are one row of a table."""
    rows: list[list[Annotation]] = []
    loose = [line for line in lines if line.region is None]
    for line in sorted(lines, key=lambda a: a.region.y if a.region else 0.0):
        if line.region is None:
            continue
        for row in rows:
            if _beside(row[-1].region or line.region, line.region) and _together(row, line):
                row.append(line)
                break
        else:
            rows.append([line])
    return [*loose, *(_row(row) for row in rows)]


def _beside(a: Region, b: Region) -> bool:
    """Tell whether two boxes share most of their height and nothing of their width."""
    shared = min(a.y + a.h, b.y + b.h) - max(a.y, b.y)
    apart = a.x + a.w <= b.x or b.x + b.w <= a.x
    return apart and shared > SAME_ROW * min(a.h, b.h)


def _together(row: Sequence[Annotation], line: Annotation) -> bool:
    """Tell whether a line stands beside each of a row for half of the shorter time at least."""
    return all(
        2 * line.span.overlap_ns(cell.span) >= min(line.span.duration_ns, cell.span.duration_ns)
        for cell in row
    )


def _row(cells: Sequence[Annotation]) -> Annotation:
    if len(cells) == 1:
        return cells[0]
    cells = sorted(cells, key=lambda a: a.region.x if a.region else 0.0)
    boxes = [cell.region for cell in cells if cell.region]
    left, top = min(b.x for b in boxes), min(b.y for b in boxes)
    right, low = max(b.x + b.w for b in boxes), max(b.y + b.h for b in boxes)
    return Annotation(
        TimeSpan.hull(cell.span for cell in cells),
        " | ".join(cell.text for cell in cells),
        min(cell.confidence for cell in cells),
        Region(left, top, right - left, low - top),
        quotable=all(cell.quotable for cell in cells),
        corrected=next((cell.corrected for cell in cells if cell.corrected), None),
    )


def _pictures(notes: Notes) -> Iterator[Piece]:
    seen = [
        note
        for name in (TrackName.OBJECTS, TrackName.LABELS, TrackName.LOOK)
        for note in notes.get(name, [])
    ]
    for shot in notes.get(TrackName.SHOTS, []):
        for span in split_evenly(shot.span, PICTURE_NS):
            parts = tuple(note for note in seen if note.span.overlap_ns(span) > 0)
            yield span, caption(parts), parts


def split_evenly(span: TimeSpan, longest_ns: int) -> Iterator[TimeSpan]:
    """Yield equal pieces no longer than ``longest_ns`` that cover ``span``.

    A piece may be up to a fifth longer where that saves a cut: twelve seconds stay one.
    """
    if not span.duration_ns:
        return
    pieces = max(1, -(-span.duration_ns * 5 // (longest_ns * 6)))
    for n in range(pieces):
        yield TimeSpan(
            span.start_ns + span.duration_ns * n // pieces,
            span.start_ns + span.duration_ns * (n + 1) // pieces,
        )


def _facts(video: Video, notes: Sequence[Annotation], *, is_first: bool) -> Iterator[Piece]:
    """One piece for the whole item, one for each chapter."""
    if not is_first:
        for chapter in notes:
            yield chapter.span, chapter.text, (chapter,)
        return
    whole = [n for n in notes if n.span == video.span or n.span.duration_ns == 0]
    name = re.sub(r"[_\W]+", " ", PurePath(video.name).stem).strip()
    lines = list(dict.fromkeys([video.title or "", name, *(n.text for n in whole)]))
    spoken_by = Annotation(video.span, " · ".join(line for line in lines if line))
    yield video.span, "\n".join(line for line in lines if line), (spoken_by,)
    for note in notes:
        if note not in whole:
            yield note.span, note.text, (note,)
