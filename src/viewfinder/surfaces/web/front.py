"""The page to ask from: a conversation, or a question by its address."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Query, Request, UploadFile
from fastapi.responses import RedirectResponse, Response

from viewfinder.app.library import Library, Refused
from viewfinder.domain.answer import Answer, Outcome
from viewfinder.domain.errors import InputError
from viewfinder.domain.media import VideoId
from viewfinder.domain.search import QueryPlan, Ranking
from viewfinder.surfaces.answers import plans, turns, views
from viewfinder.surfaces.http.identity import Need, Seat, Who, needs
from viewfinder.surfaces.shapes.questions import LONGEST_QUESTION
from viewfinder.surfaces.web.pages import filled, nothing, page
from viewfinder.surfaces.wire import pictures, streams
from viewfinder.surfaces.wire.replies import problem_event, too_busy

router = APIRouter(dependencies=[Depends(needs(Need.READ))], include_in_schema=False)

RECENT = 6
Asked = Annotated[str, Form(min_length=1, max_length=LONGEST_QUESTION)]
Id = Annotated[str, Form(max_length=64)]
Moment = Annotated[str, Query(pattern=r"^[0-9a-f]{64}@[0-9]{1,7}(\.[0-9]{1,6})?$")]


@router.get("/")
def front(
    request: Request, library: Seat, talk: Annotated[str, Query(max_length=64)] = ""
) -> Response:
    """Return the page to ask from, with a kept conversation where one is named."""
    if not talk:
        counts = library.counts()
        return page(request, "first.html") if not counts["videos"] else _ask_page(request, library)
    try:
        heading, kept = library.conversation(talk)
    except InputError:
        return nothing(request, "There is no such conversation of yours here.")
    shown = turns.all_of(kept, library)
    return _ask_page(request, library, shown=shown, talk=heading.id, heading=heading.title)


@router.get("/ask")
def ask(
    request: Request,
    library: Seat,
    q: Annotated[str, Query(max_length=LONGEST_QUESTION)] = "",
    text: Annotated[str, Query(max_length=LONGEST_QUESTION)] = "",
    changed: bool = False,
    keep: Annotated[tuple[str, ...], Query(max_length=100)] = (),
    like: Moment | None = None,
) -> Response:
    """Return the answer to a question by its address, to its changed plan, or the like of a
    moment."""
    if like is not None:
        return _alike(request, library, QueryPlan(f"similar to {like}", "", like=like), like)
    if not q.strip():
        return _ask_page(request, library)
    if changed:
        plan = plans.changed(library.plan(q), text, keep)
        return _answered(request, library, library.ask(plan), q)
    return _answered(request, library, library.ask(q), q, after=q)


@router.post("/talk")
def talk_on(
    request: Request,
    library: Seat,
    who: Who,
    question: Asked,
    talk: Id = "",
    after: Annotated[str, Form(max_length=LONGEST_QUESTION)] = "",
) -> Response:
    """Take a turn: as events where the page reads them, else return to the conversation."""
    last = request.headers.get("last-event-id")
    if not streams.wanted(request):
        done = turns.taken(library, turns.begun(library, talk, after), question)
        number = len(done.talk.turns)
        return RedirectResponse(f"/?talk={done.talk.id}#turn-{number}", 303)

    def make() -> streams.Make:
        return lambda: turns.events(
            library,
            turns.begun(library, talk, after),
            question,
            lambda name, **values: filled(request, name, **values),
        )

    kept: streams.Streams = request.app.state.streams
    library.enter()
    owner, state = ("page", who.name, who.purpose, who.case), library.generation()
    try:
        found = kept.resumed(owner, state, last)
        if found is None:
            found = kept.start(owner, state, make(), problem_event), 0
        return kept.response(*found)
    except streams.Busy:
        return too_busy()


@router.post("/ask/picture")
def ask_with_picture(
    request: Request,
    library: Seat,
    picture: Annotated[UploadFile, File()],
    question: Annotated[str, Form(max_length=LONGEST_QUESTION)] = "",
) -> Response:
    """Return the moments that resemble a picture."""
    with pictures.laid_down(library, picture.file) as path:
        if path is None:
            return page(
                request, "error.html", 413, title="Too large", detail="A picture may have 20 MB."
            )
        words = question.strip()
        made = library.plan(words) if words else QueryPlan("", "")
        try:
            return _alike(request, library, replace(made, like=str(path)))
        except InputError:  # its words name a file of the server
            return page(
                request,
                "error.html",
                400,
                title="This is no picture",
                detail="The file cannot be read as a picture: JPEG, PNG and WebP can.",
            )


# -- pages ------------------------------------------------------------------------------------


def _ask_page(
    request: Request,
    library: Library,
    *,
    shown: list[dict[str, object]] | None = None,
    talk: str = "",
    after: str = "",
    heading: str = "",
) -> Response:
    recent = list(dict.fromkeys(reversed(library.questions())))[:RECENT] if not shown else []
    return page(
        request,
        "ask.html",
        turns=shown or [],
        talk=talk,
        after=after,
        heading=heading,
        recent=recent,
        counts=_held(library) if not shown else "",
    )


def _answered(
    request: Request,
    library: Library,
    answer: Answer,
    question: str,
    *,
    after: str = "",
    is_asked: bool = True,
) -> Response:
    """Return the page of one answer; ``is_asked`` is False where no words ask it again."""
    turn = {
        "number": 1,
        "talk": "",
        "is_anew": False,
        "answer": views.view(answer, question, library)
        | {"link": f"{request.url.path}?{request.url.query}" * (request.method == "GET")}
        | ({} if is_asked else {"asked": ""}),
    }
    return _ask_page(request, library, shown=[turn], after=after, heading=question)


def _alike(
    request: Request, library: Library, plan: QueryPlan, moment: str | None = None
) -> Response:
    """Return what resembles a picture or a moment: moments, without a sentence about them."""
    try:
        found = library.search(plan)
    except Refused as refused:
        said = refused.decision
        answer = Answer(
            Outcome.REFUSAL,
            said.reason,
            rule=said.rule,
            alternative=said.alternative,
            appeal=said.appeal,
        )
    else:
        answer = _of_search(replace(found, plan=replace(found.plan, like=None)))
    question = f"Like your picture{': ' * bool(plan.text)}{plan.text}"
    if moment is not None:
        video, _, at = moment.partition("@")
        videos = {each.id: each for each in library.videos()}
        place = views.place(VideoId(video), float(at), float(at), videos)
        question = f"Like {place.name} at {float(at):.0f} s"
    return _answered(request, library, answer, question, is_asked=False)


def _of_search(found: Ranking) -> Answer:
    outcome = Outcome.ANSWER if found.found and found.moments else Outcome.ABSTENTION
    reason = "" if outcome is Outcome.ANSWER else "Nothing was found that resembles it."
    return Answer(
        outcome,
        reason,
        moments=found.moments,
        plan=found.plan,
        not_searched=found.not_searched,
        confidence=found.certainty,
        certificate=found.certificate,
    )


def _held(library: Library) -> str:
    videos = library.videos()
    hours = sum(video.duration_ns for video in videos) / 3.6e12
    length = f"{hours:.1f} hours" if hours >= 1 else f"{hours * 60:.0f} minutes"
    return f"{len(videos)} video{'s' * (len(videos) != 1)}, {length}, on this machine."
