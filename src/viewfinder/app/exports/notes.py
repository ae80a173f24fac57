"""A video's words and notes in the forms other tools read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict

from viewfinder.domain.annotation import Annotation, Track, TrackName
from viewfinder.domain.errors import InputError, UsageError
from viewfinder.domain.media import Video
from viewfinder.domain.time import SECOND_NS, TimeSpan, read_clock

_WORDS = (TrackName.CAPTIONS, TrackName.SPEECH)

SURE = 0.5


def export(video: Video, tracks: Sequence[Track], kind: str, *, track: str | None = None) -> str:
    """Return the notes of a video as srt, vtt, csv or json.

    Args:
        video: Whose.
        tracks: All of its tracks.
        kind: "srt", "vtt", "csv" or "json".
        track: Only this track. Without it, subtitles take captions, else speech.

    Raises:
        UsageError: No such kind or track name.
        InputError: The video has no such track.
    """
    chosen = _chosen(video, tracks, kind, track)
    if kind == "json":
        return json.dumps(
            {
                "video": video.id,
                "path": video.path,
                "tracks": [
                    {
                        "track": t.name.value,
                        "tool": asdict(t.derivation.tool),
                        "annotations": [_row(a) for a in t.annotations],
                    }
                    for t in chosen
                ],
            },
            ensure_ascii=False,
            indent=1,
        )
    if kind == "csv":
        return _table(chosen)
    return _subtitles([a for t in chosen for a in t.annotations], kind)


def _chosen(video: Video, tracks: Sequence[Track], kind: str, name: str | None) -> list[Track]:
    if name is not None and name not in set(TrackName):
        raise UsageError(f"no track {name!r}; there are {', '.join(TrackName)}")
    if name is not None:
        chosen = [t for t in tracks if t.name == name]
    elif kind in ("csv", "json"):
        chosen = list(tracks)
    else:
        chosen = next(
            (found for wanted in _WORDS if (found := [t for t in tracks if t.name is wanted])), []
        )[:1]
    if not any(t.annotations for t in chosen) and kind not in ("csv", "json"):
        raise InputError(f"{video.name!r} has no words to export as {kind}")
    return chosen


def _row(note: Annotation) -> dict[str, object]:
    row: dict[str, object] = {
        "start_s": round(note.span.start_s, 3),
        "end_s": round(note.span.end_s, 3),
        "text": note.text,
        "confidence": round(note.confidence, 3),
    }
    if note.region is not None:
        row["region"] = [round(v, 4) for v in asdict(note.region).values()]
    if note.speaker:
        row["speaker"] = note.speaker
    if note.language:
        row["language"] = note.language
    if not note.quotable:
        row["doubtful"] = True
    if note.words:
        row["words"] = [
            [round(w.span.start_s, 3), round(w.span.end_s, 3), w.text, round(w.confidence, 3)]
            for w in note.words
        ]
    return row


def _table(tracks: Sequence[Track]) -> str:
    out = io.StringIO()
    columns = ["track", "start_s", "end_s", "text", "confidence", "speaker", "language"]
    writer = csv.DictWriter(out, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for track in tracks:
        for note in track.annotations:
            writer.writerow({"track": track.name.value, **_row(note)})
    return out.getvalue()


def _subtitles(notes: Sequence[Annotation], kind: str) -> str:
    comma = "," if kind == "srt" else "."
    lines = [] if kind == "srt" else ["WEBVTT", ""]
    for n, note in enumerate(sorted(notes, key=lambda a: a.span), 1):
        start, end = (_stamp(at, comma) for at in (note.span.start_ns, note.span.end_ns))
        text = note.text.replace("-->", "->")
        if kind == "vtt":
            text = text.replace("&", "&amp;").replace("<", "&lt;")
            if note.speaker:
                text = f"<v {note.speaker}>{text}"
        elif note.speaker:
            text = f"{note.speaker}: {text}"
        lines += [str(n), f"{start} --> {end}", text, ""]
    return "\n".join(lines)


def _stamp(at_ns: int, comma: str) -> str:
    ms = at_ns // 1_000_000
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}{comma}{ms % 1000:03}"


Notes = list[tuple[Track, Annotation]]


def chosen(at: str | None, track: str | None) -> Callable[[Iterable[Track]], Notes]:
    """Return what picks notes out of tracks: in time order, each with its track.

    Args:
        at: Only notes within ten seconds of this time ("83", "1:23", "0:01:23.5").
        track: Only this track; without it, what a recogniser is less than half sure of is
            left out.

    Raises:
        UsageError: No such track, or not a time.
    """
    if track is not None and track not in set(TrackName):
        raise UsageError(f"no track {track!r}; there are {', '.join(TrackName)}")
    around = _around(at) if at is not None else None

    def pick(tracks: Iterable[Track]) -> Notes:
        found = [
            (kept, note)
            for kept in tracks
            if track is None or kept.name == track
            for note in kept.annotations
            if (track is not None or note.confidence >= SURE)
            and (around is None or note.span.overlap_ns(around) or around.holds(note.span.start_ns))
        ]
        return sorted(found, key=lambda pair: (pair[1].span, pair[0].name))

    return pick


def _around(at: str) -> TimeSpan:
    try:
        middle = read_clock(at)
    except ValueError as error:
        raise UsageError(f"{at!r} is not a time; use seconds, m:ss or h:mm:ss") from error
    return TimeSpan(max(0, middle - 10 * SECOND_NS), middle + 10 * SECOND_NS)
