"""Where those who keep a library work: what each of their tools needs, in one value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from viewfinder.domain.media import Video, VideoId
from viewfinder.domain.policy import Erasure, Scope
from viewfinder.domain.provenance import AuditEvent
from viewfinder.ports import Store


@dataclass(frozen=True, slots=True)
class Desk:
    """What there is to work with.

    Attributes:
        folder: Of the library.
        asker: Name of who works.
        store: Where everything is kept.
        admitted: Asks the policy about an action; gives the scope, or raises ``Refused``.
        event: Makes the line for the log.
        reindex: Cuts and embeds a video afresh; gives why not, or "".
        forget: Forgets a video, with the reason for the log.
        opened: Gives the ids of rules that a second person opened for this opening.
    """

    folder: Path
    asker: str
    store: Store
    admitted: Callable[[str], Scope]
    event: Callable[..., AuditEvent]
    reindex: Callable[[Video], str]
    forget: Callable[[VideoId, str], Erasure]
    opened: Callable[[], tuple[str, ...]]
