"""What stands around a moment in its own video: neighbouring shots, words, lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from viewfinder.domain.annotation import Annotation, Track, TrackName
from viewfinder.domain.conversation import Step
from viewfinder.domain.media import Video, VideoId
from viewfinder.domain.search import Moment, Support
from viewfinder.domain.time import SECOND_NS, TimeSpan

WORDS = (TrackName.SPEECH, TrackName.CAPTIONS)
SHOWN_TRACKS = (TrackName.SCREEN_TEXT, TrackName.SPEECH, TrackName.CAPTIONS)
LONGEST_NS = 10 * SECOND_NS
"""A neighbouring stretch of picture is at most this long; unbroken shots run for minutes."""
SHORTEST_NS = SECOND_NS
AROUND_NS = 15 * SECOND_NS
"""Words before and after a moment are taken from this far on each side."""
SURE = 0.5
PAUSE_NS = 3 * SECOND_NS
"""Lines of text further apart than this are two moments."""
SEVERAL = 5


def noted(
    tracks: Sequence[Track], names: Sequence[TrackName], *, least: float = SURE
) -> list[tuple[TrackName, Annotation]]:
    """Return the notes of some tracks with words, in time order."""
    found = [
        (track.name, note)
        for track in tracks
        if track.name in names
        for note in track.annotations
        if note.text.strip() and note.confidence >= least
    ]
    return sorted(found, key=lambda pair: (pair[1].span, pair[0]))


def moment(
    video: VideoId, span: TimeSpan, tracks: Sequence[Track], *, only: TrackName | None = None
) -> Moment:
    """Return a stretch as a moment, with the words and things noted in it, best fit first.

    Args:
        video: Whose.
        span: When.
        tracks: Everything noted about the video.
        only: Words of this track alone, with its captions where it is speech.
    """
    names = SHOWN_TRACKS if only is None else WORDS if only in WORDS else (only,)
    inside = [
        (name, note)
        for name, note in noted(tracks, names)
        if note.span.overlap_ns(span) * 2 >= min(note.span.duration_ns, span.duration_ns)
    ]
    # What fits the stretch comes before what stands there all the time, such as a watermark.
    inside.sort(key=lambda pair: -pair[1].span.iou(span))
    supports = [Support(name, note.text, note.span, 1.0, part=note) for name, note in inside]
    if only is None:
        supports.append(_picture(span, tracks))
    return Moment(video, span, 1.0, tuple(supports), confidence=1.0)


def opening(video: Video, tracks: Sequence[Track]) -> Moment:
    """Return the beginning of a video, for want of anything better to show of it."""
    first = TimeSpan(0, max(1, min(LONGEST_NS, video.span.end_ns)))
    return moment(video.id, first, tracks)


def _picture(span: TimeSpan, tracks: Sequence[Track]) -> Support:
    """Return what is surely visible in a stretch, or that it is the stretch meant."""
    things = dict.fromkeys(
        note.text
        for name, note in noted(tracks, (TrackName.OBJECTS,))
        if note.span.overlap_ns(span)
    )
    if things:
        text = f"recognised in the picture: {', '.join(list(things)[:SEVERAL])}"
        return Support(TrackName.OBJECTS, text, span, 0.5)
    return Support(TrackName.SHOTS, f"the picture from {span.start_s:.1f} s on", span, 0.5)


def beside(
    anchor: Moment, step: Step, stretch: TimeSpan, tracks: Sequence[Track], track: TrackName | None
) -> tuple[Moment, ...]:
    """Return what comes next to a moment, nearest first.

    Args:
        anchor: The moment.
        step: Before or after.
        stretch: What lies there, to the video's end or beginning.
        tracks: Everything noted about the video.
        track: Only what this track has; None takes the picture, then the words.
    """
    if track is None and stretch.duration_ns < SHORTEST_NS:
        half = _half(anchor, step)
        return (moment(anchor.video, half, tracks),) if half else ()
    said = _units(step, stretch, tracks, WORDS if track in (None, *WORDS) else (track,))
    if track is not None:
        return tuple(moment(anchor.video, span, tracks, only=track) for span in said[:2])
    shots = _pictured(step, stretch, tracks)
    spans = list(dict.fromkeys([*shots[:1], *said[:1], *shots[1:2]]))
    if _is_spoken(anchor) and said:
        spans = list(dict.fromkeys([*said[:2], *shots[:1]]))
    return tuple(moment(anchor.video, span, tracks) for span in spans)


def _is_spoken(anchor: Moment) -> bool:
    return bool(anchor.supports) and anchor.supports[0].track in WORDS


def _half(anchor: Moment, step: Step) -> TimeSpan | None:
    """Return the later (earlier) half of a moment with nothing after (before) it.

    Words have exact times, so there truly is nothing; a stretch of picture is as long as
    its shot, and what was asked about is somewhere in it.
    """
    if _is_spoken(anchor) or anchor.span.duration_ns < 2 * SHORTEST_NS:
        return None
    middle = anchor.span.middle_ns
    if step is Step.AFTER:
        return TimeSpan(middle, anchor.span.end_ns)
    return TimeSpan(anchor.span.start_ns, middle)


def _units(
    step: Step, stretch: TimeSpan, tracks: Sequence[Track], names: Sequence[TrackName]
) -> list[TimeSpan]:
    """Return the spans of notes inside a stretch, nearest to the moment first."""
    inside = dict.fromkeys(
        note.span
        for _, note in noted(tracks, names)
        if 2 * note.span.overlap_ns(stretch) >= note.span.duration_ns > 0
    )
    return sorted(inside, reverse=step is Step.BEFORE)


def _pictured(step: Step, stretch: TimeSpan, tracks: Sequence[Track]) -> list[TimeSpan]:
    """Return the shots inside a stretch, cut to ``LONGEST_NS`` at the moment's side."""
    shots = [note.span for t in tracks if t.name is TrackName.SHOTS for note in t.annotations]
    cut = [span.clipped(stretch) for span in sorted(shots) or [stretch]]
    kept = [span for span in cut if span.duration_ns >= SHORTEST_NS]
    if step is Step.AFTER:
        return [TimeSpan(s.start_ns, min(s.end_ns, s.start_ns + LONGEST_NS)) for s in kept]
    return [TimeSpan(max(s.start_ns, s.end_ns - LONGEST_NS), s.end_ns) for s in reversed(kept)]


def around(anchor: Moment, whole: TimeSpan, tracks: Sequence[Track]) -> Moment:
    """Return the words before, in and after a moment, as one moment."""
    span = TimeSpan(
        max(0, anchor.span.start_ns - AROUND_NS), anchor.span.end_ns + AROUND_NS
    ).clipped(whole)
    wide = moment(anchor.video, span, tracks, only=TrackName.SPEECH)
    return wide if wide.supports else moment(anchor.video, span, tracks, only=TrackName.SCREEN_TEXT)


def lines(video: VideoId, tracks: Sequence[Track], whole: TimeSpan) -> tuple[Moment, ...]:
    """Return each text that stands on screen, in the order of appearance, each once.

    What stands for most of the video (a watermark, a title bar) comes last.
    """
    first: dict[str, tuple[TrackName, Annotation]] = {}
    for name, note in noted(tracks, (TrackName.SCREEN_TEXT,)):
        if note.quotable and any(c.isalpha() for c in note.text):
            first.setdefault(note.text.casefold(), (name, note))
    stands = [(name, n) for name, n in first.values() if 2 * n.span.duration_ns > whole.duration_ns]
    comes = [pair for pair in first.values() if pair not in stands] or stands
    return tuple(
        Moment(video, n.span, 1.0, (Support(name, n.text, n.span, 1.0, part=n),), confidence=1.0)
        for name, n in comes
    )


def with_track(
    found: Sequence[Moment], video: VideoId, tracks: Sequence[Track], track: TrackName
) -> tuple[Moment, ...]:
    """Return the stretches of a video where a track has words; those in ``found`` first."""
    names = WORDS if track in WORDS else (track,)
    groups: list[list[Annotation]] = []
    for _, note in noted(tracks, names):
        if groups and note.span.gap_ns(TimeSpan.hull(n.span for n in groups[-1])) < PAUSE_NS:
            groups[-1].append(note)
        else:
            groups.append([note])
    spans = [TimeSpan.hull(n.span for n in group) for group in groups]
    held = [m.span for m in found if m.video == video]
    spans.sort(key=lambda span: (not any(span.overlap_ns(h) for h in held), -span.duration_ns))
    return tuple(moment(video, span, tracks, only=track) for span in spans)


def inside(found: Sequence[Moment], stretch: TimeSpan) -> tuple[Moment, ...]:
    """Return the moments that lie mostly inside a stretch, cut to it."""
    return tuple(
        replace(m, span=m.span.clipped(stretch))
        for m in found
        if 2 * m.span.overlap_ns(stretch) >= m.span.duration_ns and m.span.overlap_ns(stretch)
    )
