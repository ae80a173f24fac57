"""What is done with what was found: judge it, collect it, compare it, take it out."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import StringConstraints

from viewfinder.app.exports import Exported
from viewfinder.app.library import Library
from viewfinder.app.using import Side, Verdict
from viewfinder.domain.annotation import WORD_TRACKS, TrackName
from viewfinder.domain.answer import Answer
from viewfinder.domain.errors import InputError
from viewfinder.domain.media import Video, VideoId
from viewfinder.domain.time import SECOND_NS, TimeSpan
from viewfinder.surfaces.answers import views
from viewfinder.surfaces.http.identity import Need, Seat, needs
from viewfinder.surfaces.shapes.questions import LONGEST_QUESTION
from viewfinder.surfaces.web.pages import filled, nothing, page

router = APIRouter(include_in_schema=False)
READ, WRITE = Depends(needs(Need.READ)), Depends(needs(Need.WRITE))

_S = r"[0-9]{1,7}(\.[0-9]{1,9})?"
_PATTERN = rf"^[0-9a-f]{{64}}@{_S}(-{_S})?$"
Stretch = Annotated[str, StringConstraints(pattern=_PATTERN)]
Seconds = Annotated[float, Query(ge=0, le=1e7, allow_inf_nan=False)]
LENGTH_NS = 10 * SECOND_NS
"""Of a moment of which only the beginning is given."""


@router.post("/judge", dependencies=[WRITE])
def judge(
    request: Request,
    library: Seat,
    question: Annotated[str, Form(min_length=1, max_length=LONGEST_QUESTION)],
    verdict: Annotated[Verdict, Form()],
    cited: Annotated[tuple[Stretch, ...], Form(max_length=50)] = (),
) -> Response:
    """Keep what somebody says of an answer, or of one moment of it."""
    spans = [_stretch(each) for each in cited]
    judgements = library.mine.judgements
    if verdict.of_answer:
        judgements.answer(question, spans, good=verdict.is_yes)
    else:
        for video, span in spans:
            judgements.moment(question, library.video(video), span, relevant=verdict.is_yes)
    if "application/json" in request.headers.get("accept", ""):
        return Response(status_code=204)
    return RedirectResponse("/history/judgements", 303)


@router.get("/collect", dependencies=[WRITE])
def choose_collection(
    request: Request,
    library: Seat,
    video: Annotated[str, Query(pattern="^[0-9a-f]{64}$")],
    start: Seconds,
    end: Seconds,
    part: bool = False,
) -> Response:
    """Return what asks into which collection a moment is to go."""
    videos = {each.id: each for each in library.videos()}
    if VideoId(video) not in videos:
        return nothing(request, "There is no such video that you may see.")
    values: dict[str, Any] = {
        "place": views.place(VideoId(video), start, end, videos),
        "collections": library.mine.collections.all(),
    }
    if part:
        return HTMLResponse(filled(request, "_collect.html", **values))
    return page(request, "collect.html", **values)


@router.post("/collect", dependencies=[WRITE])
def collect(
    request: Request,
    library: Seat,
    moment: Annotated[Stretch, Form()],
    collection: Annotated[str, Form(max_length=64)] = "",
    name: Annotated[str, Form(max_length=300)] = "",
    note: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Put a moment into a collection, or into one that is made for it."""
    video, span = _stretch(moment)
    found, keeper = library.video(video), library.mine.collections
    if not collection:
        collection = keeper.make(name).id
    span = TimeSpan(span.start_ns, min(span.end_ns, found.span.end_ns))
    keeper.put(collection, found, span, note)
    if "application/json" in request.headers.get("accept", ""):
        return Response(status_code=204)
    return RedirectResponse(f"/collections/{collection}", 303)


@router.get("/compare", dependencies=[READ])
def compare(
    request: Request,
    library: Seat,
    a: Annotated[str, Query(pattern=_PATTERN)],
    b: Annotated[str, Query(pattern=_PATTERN)],
) -> Response:
    """Return two moments side by side, with what is known of each and what they share."""
    videos = {video.id: video for video in library.videos()}
    asked = [_stretch(each) for each in (a, b)]
    if any(video not in videos for video, _ in asked):
        return nothing(request, "There is no such moment that you may see.")
    one, other = (_within(videos[video], span) for video, span in asked)
    found = library.mine.compare(one, other)
    sides = [
        _side(side, only)
        for side, only in ((found.one, found.only_one), (found.other, found.only_other))
    ]
    shared = {"words": found.shared_words, "things": found.shared_labels}
    return page(request, "compare.html", sides=sides, shared=shared)


def _side(side: Side, only: tuple[str, ...]) -> dict[str, Any]:
    span = side.span
    return {
        "place": views.place(side.video.id, span.start_s, span.end_s, {side.video.id: side.video}),
        "words": side.texts(*(WORD_TRACKS - {TrackName.METADATA})),
        "only": only,
    }


@router.get("/take", dependencies=[Depends(needs(Need.EXPORT))])
def take(
    request: Request,
    library: Seat,
    kind: Annotated[str, Query(max_length=40)],
    talk: Annotated[str, Query(max_length=64)] = "",
    number: Annotated[int, Query(ge=0, le=10_000)] = 0,
    q: Annotated[str, Query(max_length=LONGEST_QUESTION)] = "",
) -> Response:
    """Return an answer to keep elsewhere: as a page, or its moments as a timeline."""
    try:
        said, question = _said(library, talk, number, q)
    except InputError:
        return nothing(request, "There is no such answer of yours here.")
    if kind in ("md", "html", "pdf"):
        made = library.exports.answer(said, kind, question=question)
    else:
        made = library.exports.timeline(said.moments, kind, name=question)
    return _file(made)


def _said(library: Library, talk: str, number: int, question: str) -> tuple[Answer, str]:
    """Return an answer of a kept conversation, or the one to a question by itself."""
    if not talk:
        return library.ask(question), question
    turns = library.conversation(talk)[1].turns
    if not 1 <= number <= len(turns):
        raise InputError(f"conversation {talk!r} has {len(turns)} turns")
    return turns[number - 1].answer, turns[number - 1].question


def _file(made: Exported) -> Response:
    with made:
        content = made.read()
    named = f"attachment; filename*=UTF-8''{quote(made.name)}"
    headers = {"Content-Disposition": named, "Cache-Control": "private, no-store"}
    return Response(content, headers=headers, media_type=made.media_type)


def _stretch(told: str) -> tuple[VideoId, TimeSpan]:
    """Return what ``VIDEO@START-END`` means, in seconds; ten of them where no end is given."""
    video, _, span = told.partition("@")
    start, _, end = span.partition("-")
    begins = TimeSpan.of_seconds(float(start), float(start)).start_ns
    if not end:
        return VideoId(video), TimeSpan(begins, begins + LENGTH_NS)
    return VideoId(video), TimeSpan.of_seconds(float(start), max(float(start), float(end)))


def _within(video: Video, span: TimeSpan) -> tuple[Video, TimeSpan]:
    last = video.span.end_ns
    return video, TimeSpan(min(span.start_ns, last), min(span.end_ns, last))
