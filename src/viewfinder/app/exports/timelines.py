"""Moments in forms that editing programs open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from viewfinder.app.editors import edl, fcpxml, markers, opentime, premiere, sequence, sources
from viewfinder.app.editors import timecode as labels
from viewfinder.app.editors.sequence import Marked
from viewfinder.app.editors.sources import Source
from viewfinder.app.exports import cues
from viewfinder.app.exports.desk import Desk, Exported
from viewfinder.domain.annotation import WORD_TRACKS, Track
from viewfinder.domain.errors import UsageError
from viewfinder.domain.media import Video, VideoId
from viewfinder.domain.policy import Scope
from viewfinder.domain.search import Moment, Support
from viewfinder.domain.time import to_ns
from viewfinder.governance import release

Write = Callable[[sequence.Sequence], str]
_KINDS: dict[str, tuple[Write, str, str]] = {
    "otio": (opentime.written, ".otio", "application/vnd.opentimelineio+json"),
    "fcpxml": (fcpxml.written, ".fcpxml", "application/xml"),
    "premiere": (premiere.written, ".xml", "application/xml"),
    "edl": (edl.written, ".edl", "text/plain"),
    "markers-resolve": (markers.resolve, ".markers.edl", "text/plain"),
    "markers-premiere": (markers.premiere, ".markers.csv", "text/csv"),
    "markers-avid": (markers.avid, ".markers.txt", "text/plain"),
    "table": (markers.table, ".csv", "text/csv"),
}
KINDS = tuple(_KINDS)
_TITLE = 60


def timeline(
    desk: Desk,
    moments: Sequence[Moment],
    kind: str,
    *,
    name: str,
    before_s: float,
    after_s: float,
    rate: str,
) -> Exported:
    """Return moments as a timeline; see ``Exports.timeline``."""
    scope = desk.admitted("export")
    if kind not in _KINDS:
        raise UsageError(f"no timeline of kind {kind!r}; there are {', '.join(KINDS)}")
    if not moments:
        raise UsageError("a timeline needs a moment at least")
    if not (0 <= before_s <= 3600 and 0 <= after_s <= 3600):
        raise UsageError("a handle is 0 to 3600 seconds long")
    wanted = _rate(rate)
    known = {video.id: video for video in desk.store.videos(scope=scope)}
    most = min(release.owed("at_most", scope.obligations), default=None)
    kept = _worded(desk, [one for one in moments[:most] if one.video in known], scope)
    read = {vid: sources.read(known[vid], desk.limits()) for vid in {m.video for m in kept}}
    marked = [
        Marked(
            read[moment.video],
            part,
            to_ns(before_s),
            to_ns(after_s),
            _title(moment, scope),
            _note(known[moment.video], moment, scope),
        )
        for moment in kept
        for part in desk.open_parts(known[moment.video], scope, moment.span)
    ]
    if not marked:
        raise UsageError("none of these moments can be taken out")
    desk.log("timeline", form=kind, videos=sorted(read), moments=len(marked))
    made = sequence.made(name or "viewfinder", _tied(marked), wanted)
    write, suffix, media_type = _KINDS[kind]
    try:
        text = write(made)
    except ValueError as error:
        raise UsageError(str(error)) from error
    return Exported(
        name=f"{_file_name(made.name)}{suffix}",
        media_type=media_type,
        content=text.encode(),
        notes=tuple(_notes(made, read, len(moments) - len(kept))),
        facts={
            "rate": made.rate.name,
            "clips": len(made.events),
            "frames": made.lasts,
            "sources": len(made.sources),
        },
    )


def _tied(marked: Sequence[Marked]) -> list[Marked]:
    """Return moments without handles that would reach into what the next part leaves out."""
    tied = list(marked)
    for n in range(len(tied) - 1):
        one, after = tied[n], tied[n + 1]
        same = one.source is after.source and (one.title, one.note) == (after.title, after.note)
        if same and one.span.end_ns <= after.span.start_ns:
            tied[n] = replace(one, after_ns=0)
            tied[n + 1] = replace(after, before_ns=0)
    return tied


def _rate(text: str) -> labels.Rate | None:
    try:
        return labels.rate_of(text) if text else None
    except ValueError as error:
        raise UsageError(str(error)) from error


def _worded(desk: Desk, moments: Sequence[Moment], scope: Scope) -> list[Moment]:
    """Return moments with what is said in them, where they were chosen by their time alone."""
    if "withhold_words" in scope.obligations:
        return list(moments)
    bare = {moment.video for moment in moments if not moment.supports}
    heard = {video: desk.store.tracks(video, scope=scope) for video in bare}
    return [
        moment if moment.supports else replace(moment, supports=_said(heard[moment.video], moment))
        for moment in moments
    ]


def _said(tracks: Sequence[Track], moment: Moment) -> tuple[Support, ...]:
    lanes = {id(note): track.name for track in tracks for note in track.annotations}
    return tuple(
        Support(lanes[id(note)], note.text, note.span, 0.0, note)
        for note in cues.words_of(tracks, moment.span)
    )


def _title(moment: Moment, scope: Scope) -> str:
    if "withhold_words" in scope.obligations:
        return "moment"
    for support in moment.supports:
        if support.text:
            words = " ".join(support.text.split())
            return words if len(words) <= _TITLE else words[: _TITLE - 1].rstrip() + "…"
    return "moment"


def _note(video: Video, moment: Moment, scope: Scope) -> str:
    where = f"{video.name} {moment.span}, sha256 {video.id[:16]}"
    if "withhold_words" in scope.obligations:
        return where
    said = [
        f'{s.track.value}: "{s.text}"' if s.track in WORD_TRACKS else f"{s.track.value}: {s.text}"
        for s in moment.supports[:3]
        if s.text
    ]
    return "; ".join([where, *said])


def _notes(made: sequence.Sequence, read: dict[VideoId, Source], left_out: int) -> list[str]:
    notes = []
    for source in read.values():
        name = source.video.name
        if source.is_variable:
            notes.append(
                f"{name}: frames come at uneven times; it is counted as {source.rate.name} "
                "frames per second, and places may be off by some frames in the editor. "
                "Exact clips of it are not."
            )
        if not source.has_timecode:
            notes.append(f"{name}: no timecode in the file, so it starts at 00:00:00:00")
    if left_out:
        notes.append(f"{left_out} moments are left out: not open to you, or more than you may take")
    rates = {source.rate.name for source in read.values() if source.width}
    if len(rates) > 1:
        notes.append(
            f"sources of {', '.join(sorted(rates))} frames per second in a sequence of "
            f"{made.rate.name}: places stay exact in each source, lengths are rounded to frames"
        )
    return notes


def _file_name(name: str) -> str:
    kept = "".join(c if c.isalnum() or c in "-_." else "_" for c in name).strip("._")
    return kept[:80] or "timeline"
