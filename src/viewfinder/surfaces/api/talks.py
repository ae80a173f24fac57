"""Conversations: started, gone on with, read, taken out, forgotten, asked again.

Every turn is kept in the library as soon as it is answered (there is no conversation without
one). Events of a turn are told in ``asking``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request
from fastapi.responses import PlainTextResponse, Response

from viewfinder.app.library import Library
from viewfinder.domain.answer import Claim
from viewfinder.domain.conversation import Conversation, Heading, Turn
from viewfinder.domain.errors import InputError
from viewfinder.surfaces.api.asking import STREAM, follow, owner_of, rest, under_way
from viewfinder.surfaces.http.identity import Asker, Need, Seat, Who, needs
from viewfinder.surfaces.http.problems import problem
from viewfinder.surfaces.shapes import said
from viewfinder.surfaces.shapes.questions import InWords
from viewfinder.surfaces.talking import pages
from viewfinder.surfaces.wire import paging, streams, turns
from viewfinder.surfaces.wire.repeats import OnlyOnce
from viewfinder.surfaces.wire.replies import NOTHING_HERE, may_go_wrong, paths, shown, told
from viewfinder.surfaces.wire.streams import Event, Last

router = APIRouter(
    prefix="/api/v1/conversations",
    tags=["conversations"],
    dependencies=[Depends(needs(Need.READ))],
)

Id = Annotated[str, Path(pattern="^[0-9a-f]{12}$", description="Id of a kept conversation.")]
LOST = "This stream is over and not kept any more; read the conversation instead."


@router.get(
    "",
    operation_id="list_conversations",
    summary="List your conversations",
    response_model=said.Headings,
    responses=may_go_wrong(),
)
def conversations(
    library: Seat, who: Who, cursor: paging.Cursor = None, limit: paging.Limit = 100
) -> Response:
    """Your own, last changed first; one is seen only while every video that it holds is."""
    found = paging.page(
        library.conversations(),
        lambda heading: (heading.changed, heading.id),
        whose=who,
        of="conversations",
        cursor=cursor,
        limit=limit,
    )
    known = paths(library, who)
    listed = [pages.heading(heading, known) for heading in found.items]
    return told({"conversations": listed, "next": found.next})


@router.post(
    "",
    operation_id="start_conversation",
    summary="Start a conversation with its first question",
    response_model=said.TurnMade,
    responses={**may_go_wrong(409, 410), **STREAM},
)
def start(
    asked: InWords, request: Request, library: Seat, who: Who, once: OnlyOnce, last: Last = None
) -> Response:
    """The first turn; `conversation` is the id to go on with."""
    return _taken(asked, Conversation(), request, library, who, once, last)


@router.post(
    "/{conversation}/turns",
    operation_id="take_turn",
    summary="Ask on",
    response_model=said.TurnMade,
    responses={**may_go_wrong(404, 409, 410), **STREAM},
)
def turn(
    conversation: Id,
    asked: InWords,
    request: Request,
    library: Seat,
    who: Who,
    once: OnlyOnce,
    last: Last = None,
) -> Response:
    """One more turn: "and before that?", "the second one", "only the ones with text"."""
    _, talk = _read(library, conversation)
    return _taken(asked, talk, request, library, who, once, last)


@router.get(
    "/{conversation}",
    operation_id="get_conversation",
    summary="Read a conversation",
    response_model=said.Talk,
    responses=may_go_wrong(404),
)
def conversation(conversation: Id, library: Seat, who: Who) -> Response:
    """Every turn, as it was answered then."""
    return told(_document(_read(library, conversation)[1], library, who))


@router.get(
    "/{conversation}/export",
    operation_id="export_conversation",
    summary="Take a conversation out",
    dependencies=[Depends(needs(Need.EXPORT))],
    response_class=Response,
    responses={
        **may_go_wrong(404),
        200: {
            "description": "The conversation.",
            "content": {
                "text/markdown": {"schema": {"type": "string"}},
                "application/json": {"schema": {"$ref": "#/components/schemas/Talk"}},
            },
        },
    },
)
def export(
    conversation: Id,
    library: Seat,
    who: Who,
    kind: Annotated[Literal["md", "json"], Query(alias="format")] = "md",
) -> Response:
    """As a page whose links play at the second, or as JSON."""
    _heading(library, conversation)
    _, talk = library.export_conversation(conversation)
    if kind == "json":
        return told(_document(talk, library, who))
    return PlainTextResponse(pages.markdown(talk), media_type="text/markdown")


@router.delete(
    "/{conversation}",
    operation_id="forget_conversation",
    summary="Forget a conversation",
    response_model=said.Forgotten,
    responses=may_go_wrong(404),
)
def forget(conversation: Id, library: Seat) -> Response:
    """Erase it, to the byte. The videos stay. `remains` says what goes later, and when."""
    _heading(library, conversation)
    remains = library.forget_conversation(conversation)
    return told({"conversation": conversation, "remains": list(remains)})


@router.post(
    "/{conversation}/replay",
    operation_id="replay_conversation",
    summary="Ask a conversation again",
    response_model=said.Replay,
    responses=may_go_wrong(404),
)
def replay(conversation: Id, library: Seat) -> Response:
    """Ask the same questions again, from the start, and say turn by turn what differs."""
    _heading(library, conversation)
    turns = [
        {
            "turn": each.number,
            "question": each.question,
            "same": not each.differs,
            "differs": list(each.differs),
        }
        for each in library.replay(conversation)
    ]
    same = all(each["same"] for each in turns)
    return told({"conversation": conversation, "same": same, "turns": turns})


# -- parts ------------------------------------------------------------------------------------


def _heading(library: Library, named: str) -> Heading:
    found = next((h for h in library.conversations() if h.id == named), None)
    if found is None:
        raise HTTPException(404, NOTHING_HERE)
    return found


def _read(library: Library, named: str) -> tuple[Heading, Conversation]:
    _heading(library, named)
    return library.conversation(named)


def _document(talk: Conversation, library: Library, who: Asker) -> object:
    return shown(json.loads(pages.document(talk, paths(library, who))), who)


def _taken(
    asked: InWords,
    talk: Conversation,
    request: Request,
    library: Library,
    who: Asker,
    once: OnlyOnce,
    last: str | None,
) -> Response:
    if streams.wanted(request):
        if last is not None:
            return _resumed(request, library, who, last)
        name = (once.route, once.key, asked.question) if once.key else None
        coming = partial(_turning, asked.question, talk, library, who)
        return follow(request, library, who, None, coming, name)

    def make() -> Response:
        *_, end = _turning(asked.question, talk, library, who)
        return told(end.document)

    return once.reply(asked, make, library.generation())


def _resumed(request: Request, library: Library, who: Asker, last: str) -> Response:
    def lost() -> Iterator[Event]:
        raise InputError(LOST)

    kept = request.app.state.streams
    if kept.resumed(owner_of(who), library.generation(), last) is None:
        return problem(410, "Gone", LOST)
    return follow(request, library, who, last, lost)


def _turning(question: str, talk: Conversation, library: Library, who: Asker) -> Iterator[Event]:
    yield Event("progress", {"text": "reading the question"})
    told_already: set[Claim] = set()
    for step in turns.steps(library, talk, question):
        if isinstance(step, turns.Taken):
            anew = step.is_anew and bool(talk.turns)
            yield from rest(step.turn.answer, told_already, who)
            yield Event("turn", _turn(step.turn, step.talk, anew, library, who))
        else:
            yield from under_way(step, told_already, who)


def _turn(made: Turn, kept: Conversation, anew: bool, library: Library, who: Asker) -> object:
    document = shown(pages.turn(made, paths(library, who)), who)
    return {**document, "conversation": kept.id, "anew": anew}
