"""A turn of a conversation that a page asks for: whole, or step by step as it is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from viewfinder.app.asking.assisted import Progress
from viewfinder.app.library import Library
from viewfinder.domain.answer import Claim
from viewfinder.domain.conversation import Conversation, Resolved, Turn
from viewfinder.surfaces.answers import views
from viewfinder.surfaces.wire.streams import Event
from viewfinder.surfaces.wire.turns import Taken, steps


def begun(library: Library, talk: str, after: str = "") -> Conversation:
    """Return the conversation to go on with.

    Args:
        library: As the asker sees it.
        talk: Id of a kept one; "" for none.
        after: What was asked by itself just before; where there is no conversation yet, one
            begins with it.

    Raises:
        InputError: None of that id.
    """
    if talk:
        return library.conversation(talk)[1]
    if after:
        return library.converse(Conversation(), after)[0]
    return Conversation()


def taken(library: Library, talk: Conversation, question: str) -> Taken:
    """Return the turn alone."""
    *_, last = steps(library, talk, question)
    assert isinstance(last, Taken)
    return last


def events(
    library: Library,
    talk: Conversation,
    question: str,
    filled: Callable[..., str],
) -> Iterator[Event]:
    """Yield a turn as events for a page, whose parts are filled in already.

    ``progress`` {text}, ``understood`` {text}, ``claim`` {html}, and at the end ``turn``
    {html, talk, number, outcome, is_anew}.

    Args:
        library: As the asker sees it.
        talk: What was said so far.
        question: In words.
        filled: Takes the name of a template and its values, returns its text.
    """
    yield Event("progress", {"text": "Reading the question"})
    for step in steps(library, talk, question):
        if isinstance(step, Progress):
            yield Event("progress", {"text": step.text})
        elif isinstance(step, Resolved):
            if step.note:
                yield Event("understood", {"text": step.note})
        elif isinstance(step, Claim):
            videos = {video.id: video for video in library.videos()}
            told = filled("claim.html", claim=views.said(step, videos))
            yield Event("claim", {"html": told})
        else:
            yield Event("turn", {"html": filled("turn.html", **of(step, library)), **_told(step)})


def all_of(talk: Conversation, library: Library) -> list[dict[str, Any]]:
    """Return what ``turn.html`` needs of each turn of a kept conversation."""
    return [_turn(n, talk, turn, library) for n, turn in enumerate(talk.turns, 1)]


def of(done: Taken, library: Library) -> dict[str, Any]:
    """Return what ``turn.html`` needs of the turn that was taken."""
    return _turn(len(done.talk.turns), done.talk, done.turn, library) | {"is_anew": done.is_anew}


def _turn(number: int, talk: Conversation, turn: Turn, library: Library) -> dict[str, Any]:
    return {
        "number": number,
        "talk": talk.id,
        "is_anew": False,
        "answer": views.view(turn, turn.question, library),
    }


def _told(done: Taken) -> dict[str, Any]:
    return {
        "talk": done.talk.id,
        "number": len(done.talk.turns),
        "outcome": done.turn.answer.outcome.value,
        "is_anew": done.is_anew,
    }
