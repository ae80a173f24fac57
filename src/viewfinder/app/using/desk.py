"""What the tools of somebody who uses a library work with, and how they keep things."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from viewfinder.domain.conversation import named_in
from viewfinder.domain.errors import InputError
from viewfinder.domain.media import Video, VideoId
from viewfinder.domain.policy import Scope
from viewfinder.domain.provenance import AuditEvent
from viewfinder.domain.search import QueryPlan, Ranking
from viewfinder.domain.slips import Slip, SlipId, SlipKind
from viewfinder.domain.time import TimeSpan
from viewfinder.ports import Store

ID_BYTES = 6


@dataclass(frozen=True, slots=True)
class Desk:
    """What there is to work with.

    Attributes:
        asker: Name of who works.
        store: Where everything is kept.
        admitted: Asks the policy about an action; gives the scope, or raises ``Refused``.
        event: Makes the line for the log.
        reindex: Cuts and embeds a video afresh; gives why not, or "".
        search: Finds moments, by a question or a plan.
        shred: Destroys the key of a slip and of what hangs on it.
    """

    asker: str
    store: Store
    admitted: Callable[[str], Scope]
    event: Callable[..., AuditEvent]
    reindex: Callable[[Video], str]
    search: Callable[[str | QueryPlan], Ranking]
    shred: Callable[[SlipId], object]

    def slip(
        self,
        kind: SlipKind,
        body: object,
        *,
        known: SlipId | None = None,
        of: SlipId | None = None,
        videos: Iterable[VideoId] = (),
        span: TimeSpan | None = None,
        words: str = "",
        shared: bool = False,
    ) -> Slip:
        """Return a slip of this asker, as it is now.

        Args:
            kind: What it is.
            body: Of what JSON knows.
            known: Id of the one that it replaces; a new one where None.
            of: What it hangs on.
            videos: Those it points at.
            span: The part of the one video that it is about.
            words: What a person wrote in it; a video whose file they name belongs to it.
            shared: Whether others see it.
        """
        there = self.store.videos(scope=self.admitted("show")) if words else []
        pointed = frozenset(videos)
        every = pointed | named_in(words, there)
        return Slip(
            known or SlipId(secrets.token_hex(ID_BYTES)),
            kind,
            now(),
            self.asker,
            json.dumps(body, ensure_ascii=False),
            of,
            every,
            span if every == pointed and len(every) == 1 else None,
            shared,
        )

    def slips(self, kind: SlipKind) -> list[Slip]:
        """Return what this asker may see of a kind, oldest first."""
        return self.store.slips(kind, scope=self.admitted("show"), principal=self.asker)

    def own(self, slip: Slip) -> Slip:
        """Return a slip that is the asker's own.

        Raises:
            InputError: It is somebody else's.
        """
        if slip.by != self.asker:
            raise InputError(f"this is {slip.by}'s; only they may change it")
        return slip

    def keep(self, slips: Sequence[Slip], action: str, **subject: object) -> None:
        """Keep slips, with a line in the log.

        Raises:
            InputError: What one points at was forgotten meanwhile.
        """
        self.admitted("show")
        ids = [slip.id for slip in slips]
        if not self.store.commit_slips(slips, event=self.event(action, slips=ids, **subject)):
            raise InputError("what this is about was forgotten just now")

    def forget(self, slip: Slip, action: str, **subject: object) -> tuple[str, ...]:
        """Forget a slip and what hangs on it; return what remains for now."""
        self.own(slip)
        event = self.event(action, slips=[slip.id], act="forget", **subject)
        remains = self.store.forget_slips([slip.id], event=event)
        if slip.of is None:
            self.shred(slip.id)
        return remains


def now() -> str:
    """Return the time now as slips keep it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def said(slip: Slip) -> dict[str, Any]:
    """Return what stands in a slip."""
    body: dict[str, Any] = json.loads(slip.body)
    return body


def meant(named: str, slips: Sequence[Slip], what: str, listing: str) -> Slip:
    """Return the slip of that id, the beginning of one, or name.

    Args:
        named: As people name it.
        slips: To choose from.
        what: The word for one of them.
        listing: The command that lists them.

    Raises:
        InputError: None, or more than one, is meant.
    """
    folded = named.strip().casefold()
    found = [s for s in slips if s.id == named]
    found = found or [s for s in slips if str(said(s).get("name", "")).casefold() == folded]
    found = found or [s for s in slips if len(named) >= 4 and s.id.startswith(named)]
    if len(found) == 1 and folded:
        return found[0]
    if found and folded:
        ids = ", ".join(slip.id for slip in found[:5])
        raise InputError(f"{named!r} may mean {ids}; give the id")
    raise InputError(f"no {what} {named!r} here; `{listing}` lists them")
