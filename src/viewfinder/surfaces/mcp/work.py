"""What each tool does: asks the library, and gives a shape."""

from __future__ import annotations

from collections.abc import Callable

from viewfinder.app.library import Library
from viewfinder.app.using.marking import addresses_machine
from viewfinder.domain.annotation import TrackName
from viewfinder.domain.answer import Answer as Said
from viewfinder.domain.answer import Claim as Told
from viewfinder.domain.answer import Outcome
from viewfinder.domain.media import Video, VideoId
from viewfinder.domain.policy import Decision
from viewfinder.domain.search import Moment as Found
from viewfinder.domain.time import to_ns
from viewfinder.surfaces.mcp import shapes

LINES = 400
WORDY = (TrackName.CAPTIONS, TrackName.SPEECH)

Show = Callable[[str], object]
"""Called with words on how far the work is."""


def refusal(made: Decision) -> shapes.Refusal:
    return shapes.Refusal(
        rule=made.rule, reason=made.reason, alternative=made.alternative, appeal=made.appeal
    )


def videos(library: Library, name: str, limit: int) -> shapes.Videos:
    """Return what is there, by name."""
    found = [v for v in library.videos() if name.casefold() in v.name.casefold()]
    return shapes.Videos(videos=[_video(v) for v in found[:limit]], more=len(found) > limit)


def _video(item: Video) -> shapes.Video:
    return shapes.Video(
        video=item.id,
        name=item.name,
        title=item.title or "",
        duration_s=round(item.duration_ns / 1e9, 3),
        created=item.created or "",
    )


def search(library: Library, question: str, limit: int) -> shapes.Moments:
    """Return moments, best first."""
    found = library.search(question, limit=limit)
    names = _names(library)
    return shapes.Moments(
        found=found.found,
        certainty=round(found.certainty, 3),
        moments=[_moment(each, names) for each in found.moments],
        not_searched=list(found.not_searched),
    )


def _names(library: Library) -> dict[VideoId, str]:
    return {video.id: video.name for video in library.videos()}


def _moment(found: Found, names: dict[VideoId, str]) -> shapes.Moment:
    return shapes.Moment(
        video=found.video,
        name=names.get(found.video, ""),
        start_s=round(found.span.start_s, 3),
        end_s=round(found.span.end_s, 3),
        confidence=round(found.confidence, 3),
        evidence=[
            shapes.Evidence(
                track=each.track.value,
                words=each.text,
                start_s=round(each.span.start_s, 3),
                end_s=round(each.span.end_s, 3),
                verbatim=each.is_verbatim,
                corrected=each.is_corrected,
                addresses_assistant=each.is_verbatim and addresses_machine(each.text),
            )
            for each in found.supports
        ],
    )


def ask(library: Library, question: str, show: Show) -> shapes.Answer:
    """Return an answer; tell on the way how far it is."""
    said: Said | None = None
    for step in library.asking(question):
        if isinstance(step, Said):
            said = step
        elif isinstance(step, Told):
            show("a sentence was checked")
        else:
            show(str(getattr(step, "text", "") or "working"))
    assert said is not None
    made = shapes.Answer(
        outcome=said.outcome.value,
        reason=said.reason,
        claims=[_claim(each, _names(library)) for each in (*said.claims, *said.disagreements)],
        not_searched=list(said.not_searched),
        confidence=round(said.confidence, 3),
    )
    if said.outcome is Outcome.REFUSAL:
        made.refusal = shapes.Refusal(
            rule=said.rule, reason=said.reason, alternative=said.alternative, appeal=said.appeal
        )
    return made


def _claim(told: Told, names: dict[VideoId, str]) -> shapes.Claim:
    cited = [
        shapes.Citation(
            video=each.video,
            name=names.get(each.video, ""),
            start_s=round(each.span.start_s, 3),
            end_s=round(each.span.end_s, 3),
            track=each.track.value,
            quote=each.quote,
            verbatim=each.verbatim,
            corrected=each.corrected,
            addresses_assistant=each.addresses_machine,
        )
        for each in told.citations
    ]
    return shapes.Claim(sentence=told.text, citations=cited)


def transcript(
    library: Library, named: str, start_s: float, end_s: float | None, on_screen: bool
) -> shapes.Transcript:
    """Return lines in time order: captions where there are, else speech; or shown words."""
    video = library.video(named)
    tracks = library.tracks(video.id)
    has = {track.name for track in tracks if track.annotations}
    chosen = TrackName.SCREEN_TEXT if on_screen else next((n for n in WORDY if n in has), None)
    begin, end = to_ns(start_s), None if end_s is None else to_ns(end_s)
    notes = sorted(
        (
            note
            for track in tracks
            if track.name is chosen
            for note in track.annotations
            if note.span.end_ns > begin and (end is None or note.span.start_ns < end)
        ),
        key=lambda note: note.span,
    )
    lines = [
        shapes.Line(
            start_s=round(note.span.start_s, 3),
            end_s=round(note.span.end_s, 3),
            track=chosen.value if chosen else "",
            speaker=note.speaker or "",
            words=note.text,
            corrected=note.corrected is not None,
            addresses_assistant=addresses_machine(note.text),
        )
        for note in notes[:LINES]
    ]
    return shapes.Transcript(
        video=video.id, name=video.name, lines=lines, more=len(notes) > len(lines)
    )


def still(library: Library, named: str, at_s: float) -> tuple[shapes.Still, bytes | None]:
    """Return where a picture is from, and the picture as WebP; None for none."""
    video = library.video(named)
    picture = library.thumbnail(video.id, to_ns(at_s))
    made = shapes.Still(
        video=video.id, name=video.name, at_s=round(at_s, 3), shown=picture is not None
    )
    return made, picture
