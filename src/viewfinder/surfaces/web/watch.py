"""The page of one video: player, timeline, transcript, and what can be done with a stretch."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from viewfinder.app.exports import Exported, How
from viewfinder.app.library import Library, Refused
from viewfinder.app.serving.playing import PART_NS, Playback, Way
from viewfinder.app.viewing import Changed, Footage, Gone, Unknown
from viewfinder.domain.errors import UsageError
from viewfinder.domain.media import MediaKind, Video, VideoId
from viewfinder.domain.time import SECOND_NS, TimeSpan, read_clock, to_ns
from viewfinder.surfaces.answers import views, watching
from viewfinder.surfaces.http.identity import Asker, Here, Need, Seat, Who, needs
from viewfinder.surfaces.shapes.questions import LONGEST_QUESTION
from viewfinder.surfaces.web.forms import Notice, attempt
from viewfinder.surfaces.web.pages import filled, page
from viewfinder.surfaces.wire.replies import NOTHING_HERE

router = APIRouter(prefix="/videos", include_in_schema=False)
READ, WRITE, EXPORT = (Depends(needs(n)) for n in (Need.READ, Need.WRITE, Need.EXPORT))

_A_MOMENT_S = 10.0
Words = Annotated[str, Form(max_length=4000)]
Seconds = Annotated[float, Form(ge=0, le=1e7, allow_inf_nan=False)]


@router.get("/{video}", dependencies=[READ])
def watch(
    request: Request,
    library: Seat,
    here: Here,
    who: Who,
    video: str,
    t: Annotated[str, Query(max_length=60)] = "",
    q: Annotated[str, Query(max_length=LONGEST_QUESTION)] = "",
) -> HTMLResponse:
    """Return the page of a video.

    Args:
        request: Of the page.
        library: As the asker sees it.
        here: What the server keeps open.
        who: Who asks.
        video: Id.
        t: A time, or two with a comma: seconds, 1:23 or 0:01:23.
        q: A question whose hits are shown.
    """
    footage = _footage(library, video)
    item = footage.video
    found, refused = watching.hits(library, item, q)
    tracks = library.viewing.tracks(footage)
    state = next(iter(library.status({item.id})), None)
    playback, trouble = _playback(here, footage)
    lines = watching.lines(tracks, found)
    duration_s = item.duration_ns / SECOND_NS
    start_s, end_s = stretch(t, footage)
    return page(
        request,
        "watch.html",
        item=item,
        footage=footage,
        is_video=item.kind is MediaKind.VIDEO and footage.picture,
        is_offline=item.kind is MediaKind.OFFLINE,
        duration_s=duration_s,
        playback=playback,
        trouble=trouble,
        question=q.strip(),
        refused=refused.decision if refused else None,
        hits=found,
        lines=lines,
        shots=watching.shots(tracks),
        labels=watching.labels(tracks),
        about=watching.about(footage, state),
        gaps=watching.gaps(footage, state),
        collections=_collections(library, who),
        has_captions=bool(lines) and footage.words,
        told={
            "id": item.id,
            "name": item.name,
            "duration": duration_s,
            "rate": next((s.rate for s in item.streams if s.kind == "video" and s.rate), 25.0),
            "start": start_s,
            "end": end_s,
            "context": footage.context_s,
            "shots": watching.shots(tracks),
            "hits": [_hit(hit) for hit in found],
            "boxes": watching.boxes(tracks) if footage.picture else [],
            "partLength": PART_NS / SECOND_NS,
            "sprite": bool(item.kind is MediaKind.VIDEO),
            "question": q.strip(),
        },
    )


def _hit(hit: views.Shown) -> dict[str, object]:
    lead = hit.lead
    return {
        "start": hit.place.start_s,
        "end": hit.place.end_s,
        "share": round(hit.confidence, 3),
        "text": lead.text if lead else "",
    }


def _footage(library: Library, video: str) -> Footage:
    try:
        return library.viewing.footage(VideoId(video))
    except Unknown:
        raise HTTPException(404, NOTHING_HERE) from None


def _playback(here: Here, footage: Footage) -> tuple[Playback, str]:
    """Return how it is played, and why it is not where it cannot be."""
    if footage.video.kind is MediaKind.OFFLINE:
        return Playback(Way.NONE, ready=False), ""
    try:
        found = here.playing.playback(footage)
    except (Gone, Changed) as error:
        return Playback(Way.NONE, ready=False), str(error)
    return found, found.why if found.way is Way.NONE else ""


def stretch(text: str, footage: Footage) -> tuple[float | None, float | None]:
    """Return the seconds that an address names: where to begin, and where to stop.

    What is no time is left out; a stretch is never shorter than is owed.
    """
    try:
        times = [read_clock(part) for part in text.split(",")[:2] if part.strip()]
    except ValueError:
        return None, None
    if not times:
        return None, None
    last = footage.video.duration_ns
    start = min(times[0], last)
    if len(times) == 1 or times[1] <= start:
        return start / SECOND_NS, None
    end = min(times[1], last) if last else times[1]
    missing = max(0, footage.context_s * SECOND_NS - (end - start))
    start = max(0, start - missing // 2)
    end = min(last, max(end, start + footage.context_s * SECOND_NS)) if last else end
    return start / SECOND_NS, end / SECOND_NS


def _collections(library: Library, who: Asker) -> list[tuple[str, str]]:
    if Need.WRITE not in who.needs:
        return []
    try:
        return [(one.id, one.name) for one in library.mine.collections.all()]
    except Refused:
        return []


@router.post("/{video}/lines", dependencies=[WRITE])
def put_right(
    request: Request,
    library: Seat,
    video: str,
    at: Seconds,
    text: Words,
    track: Annotated[str, Form(max_length=40)],
    was: Words = "",
) -> HTMLResponse:
    """Put a line of the transcript right; return that line as it stands now."""
    footage = _footage(library, video)

    def correct() -> object:
        item, at_ns = footage.video, to_ns(at)
        return library.mine.corrections.put_right(
            item, at_ns, text, track=track or None, was=was or None
        )

    done = attempt(correct)
    if isinstance(done, Notice):
        return HTMLResponse(done.words or done.title, done.status, media_type="text/plain")
    kept = watching.lines(library.viewing.tracks(footage), [])
    line = min(kept, key=lambda one: (abs(one.start_s - at), one.text != text))
    return HTMLResponse(filled(request, "line.html", line=line))


@router.post("/{video}/collect", dependencies=[WRITE])
def collect(
    library: Seat,
    video: str,
    start: Seconds,
    end: Seconds,
    collection: Annotated[str, Form(max_length=100)] = "",
    name: Annotated[str, Form(max_length=200)] = "",
    note: Words = "",
) -> Response:
    """Put a stretch into a collection; into a new one where none is named."""
    item = _footage(library, video).video
    span = _span(item.duration_ns, start, end)

    def put() -> str:
        keeper = library.mine.collections
        where = collection or keeper.make(name.strip() or item.title or item.name).id
        keeper.put(where, item, span, note)
        return where

    done = attempt(put)
    if isinstance(done, Notice):
        raise HTTPException(done.status, done.words or done.title)
    return RedirectResponse(f"/collections/{done}", 303)


@router.post("/{video}/take", dependencies=[EXPORT])
def take(
    library: Seat,
    video: str,
    what: Annotated[str, Form(pattern="^(clip|copy|still|citation|vtt|srt)$")],
    start: Seconds,
    end: Seconds,
) -> Response:
    """Return a clip, a still, a citation sheet or subtitles of a stretch as a file."""
    item = _footage(library, video).video
    span = _span(item.duration_ns, start, end)
    if what in ("vtt", "srt"):
        text = library.export(item.id, what)
        return _file(f"{item.name.rpartition('.')[0]}.{what}", "text/plain", text.encode())
    with _made(library, what, item, span) as made:
        return _file(made.name, made.media_type, made.read())


def _made(library: Library, what: str, item: Video, span: TimeSpan) -> Exported:
    exports = library.exports
    if what == "still":
        return exports.still(item, span.start_ns)
    if what == "citation":
        return exports.citation(item, span)
    how = How.COPY if what == "copy" else How.EXACT
    return exports.clip(item, span, how=how)


def _file(name: str, media_type: str, content: bytes) -> Response:
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._- ") else "_" for c in name)
    headers = {
        "Content-Disposition": f'attachment; filename="{plain}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, media_type=media_type, headers=headers)


def _span(last_ns: int, start_s: float, end_s: float) -> TimeSpan:
    end_s = end_s if end_s > start_s else start_s + _A_MOMENT_S
    end = min(to_ns(end_s), last_ns) if last_ns else to_ns(end_s)
    start = to_ns(start_s)
    if start >= end:
        raise UsageError("the stretch lies beyond the end")
    return TimeSpan(start, end)
