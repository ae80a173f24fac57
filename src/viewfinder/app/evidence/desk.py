"""What the tools of evidence work with, in one value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from viewfinder.app.config import Config
from viewfinder.app.governing import Governing
from viewfinder.app.intake.adding import Adding, Options
from viewfinder.app.records.logbook import Logbook
from viewfinder.domain.policy import Scope
from viewfinder.domain.provenance import AuditEvent
from viewfinder.ports import PolicyEngine, Store


@dataclass(frozen=True, slots=True)
class Desk:
    """What there is to work with.

    Attributes:
        folder: Of the library.
        config: Its settings.
        store: Where everything is kept.
        logbook: The log.
        governing: What keepers laid down.
        policy: Gives who decides.
        admitted: Asks the policy about an action; gives the scope, or raises ``Refused``.
        permitted: The same, but gives None where it is not allowed, and logs nothing.
        event: Makes the line for the log.
        adding: Gives what derives things from originals.
        certified: Gives what tests of the answers here say, in words.
    """

    folder: Path
    config: Config
    store: Store
    logbook: Logbook
    governing: Governing
    policy: Callable[[], PolicyEngine]
    admitted: Callable[[str], Scope]
    permitted: Callable[[str], Scope | None]
    event: Callable[..., AuditEvent]
    adding: Callable[[Scope, Options], Adding]
    certified: Callable[[], str]
