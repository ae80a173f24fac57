"""Videos: which there are, how far they can be searched, what is noted of them, forgetting."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import PlainTextResponse, Response

from viewfinder.app.library import Library
from viewfinder.app.records import receipts
from viewfinder.app.status import VideoStatus
from viewfinder.domain.annotation import Annotation, Track, TrackName
from viewfinder.domain.media import MediaKind, Video
from viewfinder.domain.time import TimeSpan, to_ns
from viewfinder.surfaces import documents
from viewfinder.surfaces.http.identity import Asker, Need, Seat, Who, needs
from viewfinder.surfaces.shapes import footage
from viewfinder.surfaces.shapes.questions import AnId
from viewfinder.surfaces.wire import paging
from viewfinder.surfaces.wire.repeats import OnlyOnce
from viewfinder.surfaces.wire.replies import (
    NOTHING_HERE,
    fresh,
    may_go_wrong,
    sees_paths,
    shown,
    told,
)

router = APIRouter(
    prefix="/api/v1/videos", tags=["videos"], dependencies=[Depends(needs(Need.READ))]
)

Id = Annotated[str, AnId]
At = Annotated[float | None, Query(ge=0, le=1e7, allow_inf_nan=False, description="Seconds.")]
SORTS: dict[str, Callable[[Video], tuple[Any, ...]]] = {
    "name": lambda v: (v.name.casefold(), v.id),
    "path": lambda v: (v.path, v.id),
    "created": lambda v: (v.created or "", v.id),
    "duration": lambda v: (v.duration_ns, v.id),
}
WORDS = (TrackName.CAPTIONS, TrackName.SPEECH)


@router.get(
    "",
    operation_id="list_videos",
    summary="List videos",
    response_model=footage.Videos,
    responses=may_go_wrong(304, 404),
)
def videos(
    request: Request,
    library: Seat,
    who: Who,
    name: Annotated[
        str, Query(max_length=300, description="Part of the file's name, or a pattern: `*.mp4`.")
    ] = "",
    kind: Annotated[MediaKind | None, Query()] = None,
    collection: Annotated[
        str, Query(pattern="^$|^[0-9a-f]{12}$", description="Only those with a moment in it.")
    ] = "",
    sort: Literal["name", "-name", "created", "-created", "duration", "-duration"] = "name",
    cursor: paging.Cursor = None,
    limit: paging.Limit = 100,
) -> Response:
    """Those you may see, each with how far it can be searched. `-` before an order turns it."""
    key = SORTS[sort.removeprefix("-")]
    found = [
        v for v in library.videos() if (not name or _named(v, name)) and kind in (None, v.kind)
    ]
    if collection:
        if collection not in {each.id for each in library.mine.collections.all()}:
            raise HTTPException(404, NOTHING_HERE)
        inside = {item.video for item in library.mine.collections.items(collection)}
        found = [video for video in found if video.id in inside]
    found.sort(key=key, reverse=sort.startswith("-"))
    page = paging.page(
        found,
        key,
        whose=who,
        of=f"videos {name!r} {kind} {collection} {sort}",
        cursor=cursor,
        limit=limit,
    )
    states = {state.video.id: state for state in library.status({v.id for v in page.items})}
    listed = [_state(states[v.id], who) for v in page.items if v.id in states]
    return fresh(request, {"videos": listed, "next": page.next, "total": len(found)})


def _named(video: Video, wanted: str) -> bool:
    known, asked = video.name.casefold(), wanted.casefold()
    return asked in known or fnmatch.fnmatchcase(known, asked)


@router.get(
    "/{video}",
    operation_id="get_video",
    summary="A video: what it is, how far it can be searched, which tracks there are",
    response_model=footage.Whole,
    responses=may_go_wrong(304, 404),
)
def video(video: Id, request: Request, library: Seat, who: Who) -> Response:
    """Stages that are done, missing or failed, and the tracks there are."""
    item = the(video, library)
    state = next(iter(library.status({item.id})), None)
    if state is None:
        raise HTTPException(404, NOTHING_HERE)
    tracks = [
        {
            "track": track.name.value,
            "tool": track.derivation.tool.name,
            "notes": len(track.annotations),
            "derivation": track.derivation.key,
        }
        for track in library.tracks(item.id)
    ]
    return fresh(request, {**_state(state, who), "tracks": tracks})


@router.get(
    "/{video}/notes",
    operation_id="get_notes",
    summary="What is noted of a video",
    response_model=footage.Notes,
    responses=may_go_wrong(404),
)
def notes(
    video: Id,
    library: Seat,
    who: Who,
    track: Annotated[TrackName | None, Query(description="Only this one.")] = None,
    start: At = None,
    end: At = None,
    cursor: paging.Cursor = None,
    limit: paging.Limit = 200,
) -> Response:
    """Notes of all tracks, or of one, that reach into a stretch of time; in time order."""
    item = the(video, library)
    span = _stretch(item, start, end)
    found = sorted(
        (
            (kept, number, note)
            for kept in library.tracks(item.id)
            if track in (None, kept.name)
            for number, note in enumerate(kept.annotations)
            if note.span.overlap_ns(span) or span.holds(note.span.start_ns)
        ),
        key=_place,
    )
    page = paging.page(
        found,
        _place,
        whose=who,
        of=f"notes {item.id} {track} {span}",
        cursor=cursor,
        limit=limit,
    )
    told_of = [_note(kept, note) for kept, _, note in page.items]
    return told({"video": item.id, "notes": told_of, "next": page.next})


@router.get(
    "/{video}/transcript",
    operation_id="get_transcript",
    summary="What is said in a video",
    response_model=footage.Transcript,
    responses=may_go_wrong(404),
)
def transcript(video: Id, library: Seat) -> Response:
    """Lines with their times: captions where there are, else the machine transcript."""
    item = the(video, library)
    tracks = library.tracks(item.id)
    track = next((t for name in WORDS for t in tracks if t.name is name and t.annotations), None)
    lines = [_line(note) for note in track.annotations] if track else []
    return told({"video": item.id, "track": track and track.name.value, "lines": lines})


@router.get(
    "/{video}/transcript.{kind}",
    operation_id="export_transcript",
    summary="Take the words of a video out as SRT, VTT or CSV",
    dependencies=[Depends(needs(Need.EXPORT))],
    response_class=Response,
    responses={
        **may_go_wrong(404),
        200: {
            "description": "The file.",
            "content": {
                kind: {"schema": {"type": "string"}}
                for kind in ("application/x-subrip", "text/vtt", "text/csv")
            },
        },
    },
)
def transcript_out(
    video: Id,
    kind: Literal["srt", "vtt", "csv"],
    library: Seat,
    track: Annotated[TrackName | None, Query(description="Only this one.")] = None,
) -> Response:
    """SRT and VTT take captions, else speech; CSV takes every track. It is logged as export."""
    item = the(video, library)
    text = library.export(item.id, kind, track=track)
    types = {"srt": "application/x-subrip", "vtt": "text/vtt", "csv": "text/csv"}
    headers = {"Content-Disposition": f'attachment; filename="{item.id[:12]}.{kind}"'}
    return PlainTextResponse(text, headers=headers, media_type=types[kind])


@router.get(
    "/{video}/shots",
    operation_id="get_shots",
    summary="The shots of a video",
    response_model=footage.Shots,
    responses=may_go_wrong(404),
)
def shots(video: Id, library: Seat) -> Response:
    """From cut to cut, in order."""
    item = the(video, library)
    spans = [
        note.span
        for track in library.tracks(item.id)
        if track.name is TrackName.SHOTS
        for note in track.annotations
    ]
    found = [{"shot": n, **_span(span)} for n, span in enumerate(sorted(spans), 1)]
    return told({"video": item.id, "shots": found})


@router.get(
    "/{video}/segments",
    operation_id="get_segments",
    summary="The pieces that a video is searched by",
    response_model=footage.Segments,
    responses=may_go_wrong(404),
)
def segments(
    video: Id, library: Seat, who: Who, cursor: paging.Cursor = None, limit: paging.Limit = 200
) -> Response:
    """In time order."""
    item = the(video, library)
    found = sorted(library.segments(item.id), key=lambda s: (s.span.start_ns, s.id))
    page = paging.page(
        found,
        lambda s: (s.span.start_ns, s.id),
        whose=who,
        of=f"segments {item.id}",
        cursor=cursor,
        limit=limit,
    )
    listed = [
        {"segment": s.id, "lane": s.lane.value, **_span(s.span), "text": s.text} for s in page.items
    ]
    return told({"video": item.id, "segments": listed, "next": page.next})


@router.post(
    "/{video}/forget",
    operation_id="forget_video",
    summary="Forget a video, or parts of it",
    dependencies=[Depends(needs(Need.GOVERN))],
    response_model=footage.Erased,
    responses=may_go_wrong(404, 409),
)
def forget(video: Id, wanted: footage.Forget, library: Seat, who: Who, once: OnlyOnce) -> Response:
    """Erase everything derived from it, to the byte; the file stays unless it is asked for.

    What a legal hold keeps stays (403). `receipt` can be checked by others, offline.
    """

    def make() -> Response:
        item = the(video, library, "forget")
        spans = [part.value() for part in wanted.parts]
        gone = library.forget(item.id, wanted.reason, spans=spans)
        deleted = []
        if wanted.delete_original:
            library.delete_original(item)
            deleted.append(item.id)
        receipt = receipts.receipt(library.logbook, [gone], deleted=deleted)
        return told(shown({**documents.erasure(gone), "receipt": receipt}, who))

    return once.reply(wanted, make)


# -- parts ------------------------------------------------------------------------------------


def the(video: str, library: Library, action: str = "show") -> Video:
    """Return the video of an id.

    Raises:
        HTTPException: 404, the same for one that is unknown and one that may not be seen.
    """
    found = next((item for item in library.videos(action) if item.id == video), None)
    if found is None:
        raise HTTPException(404, NOTHING_HERE)
    return found


def _state(state: VideoStatus, who: Asker) -> dict[str, Any]:
    document: dict[str, Any] = shown(documents.status(state), who)
    if not sees_paths(who):
        path, name = state.video.path, state.video.name
        document["failed"] = {k: v.replace(path, name) for k, v in document["failed"].items()}
        document["notes"] = [note.replace(path, name) for note in document["notes"]]
    return document


def _stretch(item: Video, start: float | None, end: float | None) -> TimeSpan:
    begins = 0 if start is None else to_ns(start)
    ends = max(item.duration_ns, begins) + 1 if end is None else to_ns(end)
    if ends <= begins:
        raise HTTPException(422, "`end` must come after `start`.")
    return TimeSpan(begins, ends)


def _place(found: tuple[Track, int, Annotation]) -> tuple[Any, ...]:
    track, number, note = found
    return note.span.start_ns, note.span.end_ns, track.name.value, track.derivation.key, number


def _span(span: TimeSpan) -> dict[str, float]:
    return {"start_s": round(span.start_s, 3), "end_s": round(span.end_s, 3)}


def _note(track: Track, note: Annotation) -> dict[str, Any]:
    box = note.region
    return {
        "track": track.name.value,
        "text": note.text,
        **_span(note.span),
        "confidence": round(note.confidence, 3),
        "tool": track.derivation.tool.name,
        "region": box and [round(value, 4) for value in (box.x, box.y, box.w, box.h)],
        "speaker": note.speaker,
        "language": note.language,
        "quotable": note.quotable,
    }


def _line(note: Annotation) -> dict[str, Any]:
    words: Iterable[Any] = (
        [*_span(word.span).values(), word.text, round(word.confidence, 3)] for word in note.words
    )
    return {
        **_span(note.span),
        "text": note.text,
        "speaker": note.speaker,
        "language": note.language,
        "doubtful": not note.quotable,
        "words": list(words),
    }
