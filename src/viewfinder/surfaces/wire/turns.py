"""A turn of a conversation, taken step by step and kept: for pages and the API alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from viewfinder.app.asking.assisted import Progress
from viewfinder.app.library import Library
from viewfinder.domain.answer import Claim
from viewfinder.domain.conversation import Conversation, Resolved, Turn
from viewfinder.domain.errors import InputError

GONE = "A video of this answer was forgotten just now. Ask again."


@dataclass(frozen=True, slots=True)
class Taken:
    """A turn that was made and kept.

    Attributes:
        talk: With the turn.
        turn: The turn.
        is_anew: It could not go on with what was said: that held footage forgotten since.
    """

    talk: Conversation
    turn: Turn
    is_anew: bool


def steps(
    library: Library, talk: Conversation, question: str
) -> Iterator[Progress | Resolved | Claim | Taken]:
    """Yield how a turn comes about; at the end the turn, which is kept then.

    Raises:
        InputError: Something in it was forgotten meanwhile.
    """
    before = len(talk.turns)
    for step in library.conversing(talk, question):
        if not isinstance(step, tuple):
            yield step
            continue
        after, made = step
        is_anew = len(after.turns) <= before
        kept = library.keep(after)
        if kept is None:
            is_anew, kept = True, library.keep(Conversation((made,)))
        if kept is None:
            raise InputError(GONE)
        yield Taken(kept, made, is_anew)
