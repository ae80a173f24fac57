"""Conversations that a library keeps: written turn by turn, read, forgotten, asked again.

A turn is kept as deflated JSON of its dataclasses. pydantic reads it back and checks every
value, since the bytes may be those of another version or of a damaged disk.
"""

from __future__ import annotations

import json
import secrets
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import numpy as np
from pydantic import TypeAdapter, ValidationError

from viewfinder.app.status import without_examples
from viewfinder.domain import forgotten
from viewfinder.domain.annotation import WORD_TRACKS, TrackName
from viewfinder.domain.conversation import (
    Conversation,
    ConversationId,
    Heading,
    Kept,
    Turn,
    touched,
)
from viewfinder.domain.errors import InputError, StoreError
from viewfinder.domain.policy import Principal, Scope
from viewfinder.domain.provenance import AuditEvent
from viewfinder.ports import Store

LAST = "last"
ID_BYTES = 6
FORMAT = 1
"""Of the bytes of a turn. Fields that are added with a default need no new one."""

TITLE_CHARACTERS = 300
HISTORY = 500


@dataclass(frozen=True, slots=True)
class Replayed:
    """A turn asked again.

    Attributes:
        number: From 1.
        question: As asked.
        differs: What is not as it was, in words; empty where all is the same.
    """

    number: int
    question: str
    differs: tuple[str, ...] = ()


_OF_PARTS = frozenset({*WORD_TRACKS, TrackName.LABELS, TrackName.OBJECTS} - {TrackName.METADATA})
"""Tracks whose notes are of a part of a video, and say so by their span."""


def quotes_forgotten(store: Store, turns: Sequence[Turn]) -> bool:
    """Tell whether turns hold notes of parts that were forgotten since."""
    facts = store.facts(forgotten.KIND)
    if not facts:
        return False
    gone = {fact.video: forgotten.spans_of(facts, fact.video) for fact in facts if fact.video}
    shown = [m for t in turns for m in (*t.shown, *t.resolved.moments, *t.answer.moments)]
    found = [(m.video, s.track, s.span) for m in shown for s in m.supports]
    cited = [c for t in turns for claim in t.answer.claims for c in claim.citations]
    found += [(c.video, c.track, c.span) for c in cited]
    return any(
        track in _OF_PARTS and any(part.overlap_ns(span) for part in gone.get(video, ()))
        for video, track, span in found
    )


def named(talk: Conversation) -> Conversation:
    """Return the conversation with an id: the log knows it by one before it is kept."""
    return talk if talk.id else replace(talk, id=ConversationId(secrets.token_hex(ID_BYTES)))


@dataclass(frozen=True, slots=True)
class Talks:
    """What a library does with the conversations of one principal.

    Attributes:
        store: Where they are kept.
        principal: Whose.
        admitted: Takes an action through the gate in.
        event: Makes a line for the log.
        shred: Makes unreadable what the log sealed of a conversation.
    """

    store: Store
    principal: Principal
    admitted: Callable[[str], Scope]
    event: Callable[..., AuditEvent]
    shred: Callable[[ConversationId], object]

    def headings(self) -> list[Heading]:
        """Return what is kept, last changed first."""
        scope = self.admitted("show")
        return self.store.conversations(scope=scope, principal=self.principal.name)

    def heading(self, named: str) -> Heading:
        """Return the one of that id, of the beginning of one, or the last.

        Raises:
            InputError: None, or more than one, is meant.
        """
        headings = self.headings()
        meant = headings[:1] if named == LAST else [h for h in headings if h.id.startswith(named)]
        if len(meant) == 1 and named:
            return meant[0]
        if meant and named:
            ids = ", ".join(h.id for h in meant[:5])
            raise InputError(f"{named!r} may mean {ids}; give more of it")
        raise InputError(f"no conversation {named!r} here; `viewfinder conversations` lists them")

    def read(self, named: str, *, action: str = "show") -> tuple[Heading, Conversation]:
        """Return a kept conversation, and log that it was shown or exported.

        Raises:
            InputError: None, or more than one, is meant.
            StoreError: It cannot be read.
        """
        scope = self.admitted(action)
        heading = self.heading(named)
        self.store.log(self.event(action, conversation=heading.id))
        kept = self.store.conversation(heading.id, scope=scope, principal=self.principal.name)
        if kept is None:
            raise InputError(f"conversation {named!r} was forgotten just now")
        return kept.heading, talk_of(kept)

    def keep(self, talk: Conversation) -> Conversation | None:
        """Keep the turns that are not kept yet; None where what they hold was forgotten.

        Where another process went on with it, this becomes a conversation of its own.
        """
        if talk.kept == len(talk.turns):
            return talk
        after = self._committed(talk)
        if after is None and talk.id in {heading.id for heading in self.headings()}:
            after = self._committed(replace(talk, id=None, kept=0))
        return after

    def _committed(self, talk: Conversation) -> Conversation | None:
        new = [_without_names(turn) for turn in talk.turns[talk.kept :]]
        if quotes_forgotten(self.store, new):
            return None
        now = datetime.now(UTC).isoformat(timespec="seconds")
        known = self.store.videos(scope=self.admitted("show"))
        heading = Heading(
            id=talk.id or ConversationId(secrets.token_hex(ID_BYTES)),
            title=talk.turns[0].question[:TITLE_CHARACTERS],
            started=talk.started or now,
            changed=now,
            principal=self.principal.name,
            turns=len(talk.turns),
            videos=touched(new, known),
        )
        line = self.event("keep", conversation=heading.id, turns=heading.turns)
        if not self.store.commit_conversation(heading, [body_of(t) for t in new], event=line):
            return None
        return replace(talk, id=heading.id, started=heading.started, kept=heading.turns)

    def forget(self, named: str) -> tuple[str, ...]:
        """Forget one, to the byte; return what remains for now."""
        self.admitted("forget")
        heading = self.heading(named)
        line = self.event("forget", conversation=heading.id)
        remains = self.store.forget_conversation(heading.id, event=line)
        self.shred(heading.id)
        return remains

    def questions(self, limit: int = HISTORY) -> list[str]:
        """Return the last questions that were kept, oldest first."""
        scope, found = self.admitted("show"), list[str]()
        for heading in self.headings():
            if len(found) >= limit:
                break
            kept = self.store.conversation(heading.id, scope=scope, principal=self.principal.name)
            for body in reversed(kept.bodies if kept else ()):
                question = _question_of(body)
                if question:
                    found.append(question)
        return found[limit - 1 :: -1] if len(found) >= limit else found[::-1]


class Keeping:
    """The part of ``Library`` that keeps conversations."""

    @property
    def _talks(self) -> Talks:
        raise NotImplementedError

    def converse(self, talk: Conversation, question: str) -> tuple[Conversation, Turn]:
        raise NotImplementedError

    def keep(self, talk: Conversation) -> Conversation | None:
        """Keep a conversation, or what was said since it was last kept.

        It is kept until it, or a video that it shows, quotes, cites, names or is limited to,
        is forgotten. Returns it with its id; None, and nothing is kept, where something in
        it was forgotten meanwhile.
        """
        return self._talks.keep(talk)

    def conversations(self) -> list[Heading]:
        """Return your own that are kept, last changed first.

        One is seen only while every video that it holds anything of may be.
        """
        return self._talks.headings()

    def conversation(self, named: str) -> tuple[Heading, Conversation]:
        """Return a kept conversation, to be shown or gone on with.

        Args:
            named: Its id, the beginning of it, or "last".

        Raises:
            InputError: None, or more than one, is meant.
            StoreError: It cannot be read.
        """
        return self._talks.read(named)

    def export_conversation(self, named: str) -> tuple[Heading, Conversation]:
        """Return a kept conversation to be written elsewhere, if policy allows."""
        return self._talks.read(named, action="export")

    def find_conversation(self, named: str) -> Heading:
        """Return the heading alone of a kept conversation; see ``conversation``."""
        return self._talks.heading(named)

    def forget_conversation(self, named: str) -> tuple[str, ...]:
        """Erase a conversation, to the byte; return what remains for now, and until when."""
        return self._talks.forget(named)

    def replay(self, named: str) -> Iterator[Replayed]:
        """Ask the questions of a kept conversation again; yield turn by turn what differs."""
        _, talk = self.conversation(named)
        yield from replayed(talk, self.converse)

    def questions(self) -> list[str]:
        """Return the last questions of your kept conversations, oldest first."""
        return self._talks.questions()


def replayed(
    talk: Conversation, ask: Callable[[Conversation, str], tuple[Conversation, Turn]]
) -> Iterator[Replayed]:
    """Ask the questions of a conversation again, from an empty one; tell what differs."""
    again = Conversation()
    for number, was in enumerate(talk.turns, 1):
        again, now = ask(again, was.question)
        yield Replayed(number, was.question, differences(was, now))


def differences(was: Turn, now: Turn) -> tuple[str, ...]:
    """Return in words what differs: outcome, understanding, claims, cited moments."""
    found = []
    if was.answer.outcome != now.answer.outcome:
        found.append(f"outcome: {was.answer.outcome.value}, now {now.answer.outcome.value}")
    if _understood(was) != _understood(now):
        words = was.resolved.question, now.resolved.question
        same = "under other limits" if words[0] == words[1] else f"now as {words[1]!r}"
        found.append(f"understood as {words[0]!r}, {same}")
    said = [[claim.text for claim in turn.answer.claims] for turn in (was, now)]
    if said[0] != said[1]:
        found.append(_changed("claims", said[0], said[1]))
    cited = [
        [f"{c.video[:12]} {c.span}" for claim in turn.answer.claims for c in claim.citations]
        for turn in (was, now)
    ]
    if cited[0] != cited[1]:
        found.append(_changed("cited moments", cited[0], cited[1]))
    return tuple(found)


def _understood(turn: Turn) -> tuple[object, ...]:
    meant = turn.resolved
    return meant.step, meant.question, meant.text, meant.constraints, meant.choices


def _changed(what: str, was: Sequence[str], now: Sequence[str]) -> str:
    gone, new = len(set(was) - set(now)), len(set(now) - set(was))
    detail = f"{gone} gone, {new} new" if gone or new else "in another order"
    return f"{what}: {detail}"


# -- bytes ------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[Turn]:
    return TypeAdapter(Turn)


def body_of(turn: Turn) -> bytes:
    """Return the bytes of a turn. Text that is no UTF-8 (names of files) is kept too."""
    value = {"format": FORMAT, "turn": _adapter().dump_python(turn, warnings=False)}
    text = json.dumps(value, separators=(",", ":"), default=_plain)
    return zlib.compress(text.encode("ascii"), 6)


def turn_of(body: bytes) -> Turn:
    """Return the turn that ``body_of`` took.

    Raises:
        ValueError: The bytes are damaged, or of a form that this version does not know.
    """
    return _adapter().validate_python(_value_of(body)["turn"])


def talk_of(kept: Kept) -> Conversation:
    """Return a kept conversation.

    Raises:
        StoreError: A turn cannot be read.
    """
    heading, turns = kept.heading, list[Turn]()
    for number, body in enumerate(kept.bodies, 1):
        try:
            turns.append(turn_of(body))
        except (ValueError, RecursionError) as error:
            wrong = error.errors()[0]["msg"] if isinstance(error, ValidationError) else error
            raise StoreError(
                f"turn {number} of conversation {heading.id} cannot be read ({wrong}): upgrade "
                "viewfinder if a newer one wrote it, or forget it with "
                f"`viewfinder conversations forget {heading.id}`"
            ) from error
    return Conversation(tuple(turns), heading.id, heading.started, heading.turns)


def _value_of(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(zlib.decompress(body))
    except zlib.error as error:
        raise ValueError(f"damaged: {error}") from error
    if not isinstance(value, dict) or value.get("format") != FORMAT or "turn" not in value:
        raise ValueError("of an unknown form")
    return value


def _question_of(body: bytes) -> str:
    """Return the question alone, without checking the rest; "" where it cannot be read."""
    try:
        return str(_value_of(body)["turn"]["question"])
    except (ValueError, LookupError, TypeError, RecursionError):
        return ""


def _plain(value: object) -> object:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{value!r} cannot be kept in a conversation")


def _without_names(turn: Turn) -> Turn:
    """Leave out the examples among what was not searched.

    They name videos that the conversation is not about, and it would have to go with them.
    """
    answer = turn.answer
    return replace(turn, answer=replace(answer, not_searched=without_examples(answer.not_searched)))
