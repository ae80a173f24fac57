"""What the page of one video shows: its lines, shots, hits and boxes, and what is known of it."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from viewfinder.app.library import Library, Refused
from viewfinder.app.status import VideoStatus
from viewfinder.app.viewing import Footage
from viewfinder.domain.annotation import Annotation, Track, TrackName
from viewfinder.domain.media import MediaKind, Video
from viewfinder.domain.search import Moment
from viewfinder.surfaces.answers import views

HITS = 40
SURE = 0.5
_OVER = {TrackName.SCREEN_TEXT: "text", TrackName.OBJECTS: "object"}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the transcript.

    Attributes:
        pieces: (text, is cited) pairs.
        doubtful: The machine itself doubts the words: nothing of it is ever quoted.
        was: The machine's words, where a person put them right.
        by: Who did.
    """

    start_s: float
    end_s: float
    speaker: str
    pieces: tuple[tuple[str, bool], ...]
    track: str
    doubtful: bool = False
    was: str = ""
    by: str = ""

    @property
    def text(self) -> str:
        return "".join(piece for piece, _ in self.pieces)


def lines(tracks: Sequence[Track], hits: Sequence[views.Shown]) -> list[Line]:
    """Return the captions of a video, else what was heard, with cited words marked."""
    for name in (TrackName.CAPTIONS, TrackName.SPEECH):
        found = next((t for t in tracks if t.name is name and t.annotations), None)
        if found is not None:
            return [_line(note, name, hits) for note in found.annotations]
    return []


def _line(note: Annotation, name: TrackName, hits: Sequence[views.Shown]) -> Line:
    start_s, end_s = note.span.start_s, note.span.end_s
    cited = {
        piece
        for hit in hits
        for reason in hit.reasons
        if reason.track == views.TRACKS[name][0]
        and reason.start_s < end_s
        and start_s < reason.end_s
        for piece, is_marked in reason.pieces
        if is_marked
    }
    return Line(
        start_s,
        end_s,
        note.speaker or "",
        views.marked(note.text, cited),
        name.value,
        not note.quotable,
        note.corrected.was if note.corrected else "",
        note.corrected.by if note.corrected else "",
    )


def hits(library: Library, video: Video, question: str) -> tuple[list[views.Shown], Refused | None]:
    """Return where a question is answered in this video, in time order; or why it is not told."""
    if not question.strip():
        return [], None
    try:
        plan = library.plan(question)
        here = replace(plan.filters, files=(glob.escape(video.path),))
        ranking = library.search(replace(plan, filters=here), limit=HITS)
    except Refused as refused:
        return [], refused
    found: list[Moment] = [m for m in ranking.moments if m.video == video.id]
    cards = views.moments(found, {video.id: video})
    best = max((card.confidence for card in cards), default=0.0)
    kept = [card for card in cards if card.confidence >= views.WORTH_SHOWING * best]
    return sorted(kept, key=lambda card: (card.place.start_s, card.rank)), None


def shots(tracks: Sequence[Track]) -> list[tuple[float, float]]:
    return [
        (round(note.span.start_s, 3), round(note.span.end_s, 3))
        for track in tracks
        if track.name is TrackName.SHOTS
        for note in track.annotations
    ]


def boxes(tracks: Sequence[Track]) -> list[dict[str, Any]]:
    """Return what was read and seen where in the picture, in time order."""
    found = [
        {
            "kind": _OVER[track.name],
            "start": round(note.span.start_s, 3),
            "end": round(note.span.end_s, 3),
            "text": note.text,
            "box": [round(v, 4) for v in (region.x, region.y, region.w, region.h)],
        }
        for track in tracks
        if track.name in _OVER
        for note in track.annotations
        if (region := note.region) is not None and note.confidence >= SURE
    ]
    return sorted(found, key=lambda box: (box["start"], box["end"]))


def labels(tracks: Sequence[Track]) -> list[str]:
    """Return what a machine saw in it, most often seen first."""
    seen: dict[str, float] = {}
    for track in tracks:
        if track.name in (TrackName.LABELS, TrackName.OBJECTS):
            for note in track.annotations:
                if note.confidence >= SURE and note.text:
                    seen[note.text] = seen.get(note.text, 0.0) + note.span.duration_s
    return sorted(seen, key=lambda text: (-seen[text], text))[:20]


def about(footage: Footage, state: VideoStatus | None) -> list[tuple[str, str]]:
    """Return facts of the file, as (what, said) pairs."""
    video = footage.video
    told: list[tuple[str, str]] = []
    if video.title:
        told.append(("File", video.name))
    if video.created:
        told.append(("Recorded", video.created.replace("T", " ")[:16]))
    if video.width and video.height:
        rate = next((s.rate for s in video.streams if s.kind == "video" and s.rate), None)
        every = f", {rate:.2f}".rstrip("0").rstrip(".") + " frames per second" if rate else ""
        told.append(("Picture", f"{video.width} × {video.height}{every}"))
    codecs = [s.codec for s in video.streams if s.kind in ("video", "audio")]
    if codecs:
        told.append(("Codecs", ", ".join(dict.fromkeys(codecs))))
    if video.size_bytes:
        told.append(("Size", f"{video.size_bytes / 1e6:,.1f} MB"))
    told += [(key.replace("_", " ").capitalize(), value) for key, value in video.metadata[:12]]
    if state is not None and state.credentials is not None:
        read = state.credentials
        whose = f", signed by {read.signer}" if read.signer else ""
        trusted = "" if read.trusted or read.state.value != "valid" else " (not a trusted name)"
        if read.state.value != "unknown":
            told.append(("Content credentials", f"{read.state.value}{whose}{trusted}"))
    told.append(("SHA-256", video.id))
    return told


def gaps(footage: Footage, state: VideoStatus | None) -> list[str]:
    """Return what was not searched in it, what is damaged, and what is not shown."""
    said = []
    if state is not None:
        said += [f"{_STAGES.get(s, s)} is not searched yet" for s in state.missing]
        said += [f"{_STAGES.get(s, s)} could not be read: {why}" for s, why in state.failed]
        said += list(state.notes)
        if state.gone and footage.video.kind is not MediaKind.OFFLINE:
            said.append("the file is not where it was; what was found in it stays")
        if state.check is not None and state.check.found.value == "changed":
            said.append("the file is another one by now than the one that was indexed")
    return said


_STAGES = {"speech": "speech", "screen_text": "text on screen", "picture": "the picture"}
