"""Search and answers, whole or as they come.

An answer is streamed (server-sent events) by ``POST /ask/stream``, and by ``POST /ask`` and
``GET /ask?q=`` where the asker sends ``Accept: text/event-stream``. The first byte comes before
anything is looked for. Events of an answer, and of a turn of a conversation (``talks``):

    progress    {"text"}: what is being done, for a person who waits
    understood  {"question", "understood", "step", "topic"}: how a follow-up was read; in a
                conversation only, and before any claim
    claim       a cited sentence, as in ``claims`` of ``ask``; may be shown at once
    answer      the last one of an answer: the document of ``ask``, claims and all
    turn        the last one of a turn: the document of ``chat``, with its ``conversation``
    problem     the last one where it broke: a problem document (``title``, ``status``,
                ``detail``; refused by policy: ``rule``, ``alternative``, ``appeal``)

Each has an id. Whoever lost the connection sends the last one as ``Last-Event-ID`` with the same
request, and goes on there; nothing is asked again while the stream is kept (five minutes).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Query, Request, UploadFile
from fastapi.responses import Response

from viewfinder.app.asking.assisted import Progress
from viewfinder.app.library import Library
from viewfinder.domain.answer import Answer, Claim
from viewfinder.domain.conversation import Resolved
from viewfinder.domain.errors import InputError
from viewfinder.domain.search import QueryPlan, Ranking
from viewfinder.surfaces import documents
from viewfinder.surfaces.api.videos import the
from viewfinder.surfaces.http.identity import Asker, Need, Seat, Who, needs
from viewfinder.surfaces.http.problems import problem
from viewfinder.surfaces.shapes import questions as shapes
from viewfinder.surfaces.wire import pictures, streams
from viewfinder.surfaces.wire.replies import (
    may_go_wrong,
    paths,
    problem_event,
    sees_paths,
    shown,
    told,
    too_busy,
)
from viewfinder.surfaces.wire.streams import Event, Last, Stream, Streams

router = APIRouter(prefix="/api/v1", tags=["asking"], dependencies=[Depends(needs(Need.READ))])


EVENTS = {
    streams.MEDIA_TYPE: {
        "example": 'event: progress\ndata: {"text": "reading the question"}\nid: Xk3v.1\n\n'
    }
}
STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The document; with `Accept: text/event-stream` the events that lead to it.",
        "content": EVENTS,
    }
}


@router.post(
    "/plan",
    operation_id="plan",
    summary="Read a question as a plan",
    response_model=shapes.Planned,
    responses=may_go_wrong(),
)
def plan(asked: shapes.InWords, library: Seat) -> Response:
    """A question as data, which may be changed and sent to /search and /ask, and in words.

    Nothing is looked for.
    """
    made = library.plan(asked.question)
    return told(
        {
            "question": made.question,
            "plan": documents.plan(made),
            "words": library.describe(made),
        }
    )


@router.post(
    "/search",
    operation_id="search",
    summary="Find moments",
    response_model=shapes.Found,
    responses=may_go_wrong(),
)
def search(asked: shapes.Search, library: Seat, who: Who) -> Response:
    """Moments, best first, each with why it was found. `found` is false where nothing is certain
    enough; `moments` are then the nearest."""
    return told(_found(library, library.search(asked.value(), limit=asked.limit), who))


@router.post(
    "/search/image",
    operation_id="search_image",
    summary="Find what resembles a picture",
    response_model=shapes.Found,
    responses=may_go_wrong(413),
)
def search_image(
    library: Seat,
    who: Who,
    picture: Annotated[UploadFile, File(description="JPEG, PNG or WebP, at most 20 MB.")],
    question: Annotated[
        str, Form(max_length=shapes.LONGEST_QUESTION, description="Words that narrow it down.")
    ] = "",
    limit: Annotated[int, Form(ge=1, le=shapes.MOST_MOMENTS)] = 10,
) -> Response:
    """Moments that resemble a picture. The picture is not kept; faces in it are covered before
    it is looked at, and one that shows little but a face is refused."""
    with pictures.laid_down(library, picture.file) as path:
        if path is None:
            return problem(413, "Too large", "A picture may have 20 MB.")
        words = question.strip()
        made = library.plan(words) if words else QueryPlan("", "")
        try:
            found = library.search(replace(made, like=str(path)), limit=limit)
        except InputError:  # its words name a file of the server
            return problem(400, "InputError", "This is no picture that can be read.")
    return told(_found(library, replace(found, plan=replace(found.plan, like=None)), who))


@router.get(
    "/videos/{video}/similar",
    operation_id="similar_moments",
    summary="Find what resembles a moment",
    response_model=shapes.Found,
    responses=may_go_wrong(404),
)
def similar(
    video: Annotated[str, shapes.AnId],
    library: Seat,
    who: Who,
    at: Annotated[float, Query(ge=0, le=1e7, allow_inf_nan=False, description="Seconds.")],
    limit: Annotated[int, Query(ge=1, le=shapes.MOST_MOMENTS)] = 10,
) -> Response:
    """Moments anywhere in the library that look, or sound, like this one."""
    the(video, library)
    made = QueryPlan(f"similar to {video[:12]} at {at:g} s", "", like=f"{video}@{at:.3f}")
    return told(_found(library, library.search(made, limit=limit), who))


@router.post(
    "/ask",
    operation_id="ask",
    summary="Ask",
    response_model=shapes.Answered,
    responses={**may_go_wrong(), **STREAM},
)
def ask(
    asked: shapes.Question, request: Request, library: Seat, who: Who, last: Last = None
) -> Response:
    """An answer whose every sentence is cited, an abstention, or a refusal; 200 for all three."""
    if streams.wanted(request):
        return _streamed(asked.value(), request, library, who, last)
    return _answered(asked.value(), library, who)


@router.get(
    "/ask",
    operation_id="ask_by_address",
    summary="Ask, by an address that can be kept",
    response_model=shapes.Answered,
    responses={**may_go_wrong(), **STREAM},
)
def ask_by_address(
    q: Annotated[str, Query(min_length=1, max_length=shapes.LONGEST_QUESTION)],
    request: Request,
    library: Seat,
    who: Who,
    last: Last = None,
) -> Response:
    """The same as POST /ask, as a link; the question stands in histories and in logs of proxies."""
    if streams.wanted(request):
        return _streamed(q, request, library, who, last)
    return _answered(q, library, who)


@router.post(
    "/ask/stream",
    operation_id="ask_stream",
    summary="Ask, and read the answer as it comes",
    response_class=Response,
    responses={
        **may_go_wrong(),
        200: {
            "description": "Events: progress, claim, then answer or problem.",
            "content": EVENTS,
        },
    },
)
def ask_stream(
    asked: shapes.Question, request: Request, library: Seat, who: Who, last: Last = None
) -> Response:
    """Events: `progress`, `claim`, and at the end `answer` (the document of POST /ask) or
    `problem`. With `Last-Event-ID` it goes on after that event."""
    return _streamed(asked.value(), request, library, who, last)


def _found(library: Library, ranking: Ranking, who: Asker) -> object:
    return shown(documents.search(ranking, paths(library, who)), who)


def _answered(question: str | QueryPlan, library: Library, who: Asker) -> Response:
    said = library.ask(question)
    return told(shown(documents.ask(said, paths(library, who)), who))


# -- streams ----------------------------------------------------------------------------------


def _streamed(
    question: str | QueryPlan, request: Request, library: Library, who: Asker, last: str | None
) -> Response:
    return follow(request, library, who, last, lambda: _answering(question, library, who))


def follow(
    request: Request,
    library: Library,
    who: Asker,
    last: str | None,
    make: streams.Make,
    named: object = None,
) -> Response:
    """Return the stream that ``last`` is of, from there on; a new one where it is gone."""
    kept: Streams = request.app.state.streams
    library.enter()
    owner, state = owner_of(who), library.generation()
    found = kept.resumed(owner, state, last)
    try:
        if found is None:
            found = kept.start(owner, state, make, problem_event, named), 0
        return kept.response(*found)
    except streams.Busy:
        return too_busy()


def owner_of(who: Asker) -> tuple[str | None, str | None, str | None, bool]:
    """Return whose a stream is: one asker's, under one purpose."""
    return who.name, who.purpose, who.case, sees_paths(who)


def _answering(question: str | QueryPlan, library: Library, who: Asker) -> Iterator[Event]:
    yield Event("progress", {"text": "reading the question"})
    told_already: set[Claim] = set()
    for step in library.asking(question):
        if isinstance(step, Answer):
            yield from rest(step, told_already, who)
            yield Event("answer", shown(documents.ask(step, paths(library, who)), who))
        else:
            yield from under_way(step, told_already, who)


def under_way(
    step: Progress | Resolved | Claim, told_already: set[Claim], who: Asker
) -> Iterable[Event]:
    """Yield what a step on the way to an answer or a turn is told as."""
    if isinstance(step, Progress):
        yield Event("progress", {"text": step.text})
    elif isinstance(step, Claim):
        told_already.add(step)
        yield Event("claim", shown(documents.claim(step), who))
    else:
        yield Event(
            "understood",
            {
                "question": step.question,
                "understood": step.note,
                "step": step.step.value,
                "topic": step.topic,
            },
        )


def rest(said: Answer, told_already: set[Claim], who: Asker) -> Iterator[Event]:
    """Yield the claims of an answer that were not told on the way."""
    for claim in said.claims:
        if claim not in told_already:
            yield Event("claim", shown(documents.claim(claim), who))


__all__ = ["Stream", "follow", "owner_of", "rest", "router", "under_way"]
