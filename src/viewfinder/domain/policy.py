"""Who asks, why, what they may see, and what forgetting leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from viewfinder.domain.media import VideoId
from viewfinder.domain.time import TimeSpan


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks.

    Attributes:
        name: As the institution names them.
        roles: What they are here ("owner", "keeper", "member", "auditor", ...).
        collections: What they may see as members; roles may give more.
    """

    name: str
    roles: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Purpose:
    """What for. A purpose can be declared, so that it binds what may be asked under it.

    Attributes:
        name: "story", "disclosure", "own footage".
        case: Case or story reference.
        basis: Lawful basis, as the institution words it.
        collections: Only these; empty for all that the person may see anyway.
        begins: ISO 8601 date or time, UTC; "" for always.
        ends: The same; from then on the purpose holds no more.
        window_begins: Only footage recorded from then on, ISO 8601, UTC; "" for all.
        window_ends: The same; until then.
        is_declared: It stands in the library's own list of purposes.
    """

    name: str
    case: str | None = None
    basis: str = ""
    collections: tuple[str, ...] = ()
    begins: str = ""
    ends: str = ""
    window_begins: str = ""
    window_ends: str = ""
    is_declared: bool = False


OWNER = Principal("owner", ("owner",))
OWN_FOOTAGE = Purpose("own footage")


@dataclass(frozen=True, slots=True)
class Intent:
    """What a question asks for that rules care about, as read off its words.

    Attributes:
        rule: Id of the rule it falls under ("no-identification", "named-person", ...).
        reason: For the person asking, in their language; "" where no rule refuses it as such.
        alternative: What may be asked instead, in their language.
    """

    rule: str
    reason: str = ""
    alternative: str = ""


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """What somebody wants to do.

    Attributes:
        principal: Who.
        purpose: Why.
        action: add, search, ask, show, export, forget.
        text: The question, where there is one.
        at: When, ISO 8601, UTC; embargoes, consent and purposes are held against it.
        intents: What ``text`` asks for that rules care about; ``governance`` reads it off.
        overrides: Ids of rules that a second person opened for this request.
    """

    principal: Principal
    purpose: Purpose
    action: str
    text: str = ""
    at: str = ""
    intents: tuple[Intent, ...] = ()
    overrides: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """Permit or deny, with the rule, the reason and a lawful way on.

    Attributes:
        permitted: An unknown obligation makes this False at the gate.
        rule: Id of the rule that decided.
        reason: For the person asking.
        alternative: What may be asked instead; empty when permitted.
        obligations: What must be done on the way out (``governance.release`` knows them).
        appeal: The command that asks a second person; "" where nobody may open the rule.
    """

    permitted: bool
    rule: str
    reason: str = ""
    alternative: str = ""
    obligations: tuple[str, ...] = ()
    appeal: str = ""


@dataclass(frozen=True, slots=True, init=False)
class Scope:
    """The rules as a filter. Minted by a policy, narrowed by anybody, widened by nobody.

    Attributes:
        access: Names of the access classes that may be seen; None means every class.
        videos: Only these videos; None means all that ``access`` allows.
        obligations: See ``Decision``.
    """

    access: frozenset[str] | None
    videos: frozenset[VideoId] | None
    obligations: tuple[str, ...]

    def __init__(self, *_: Any, **__: Any) -> None:
        raise TypeError("a Scope is minted by a policy: ask PolicyEngine.scope")

    @classmethod
    def _mint(cls, access: frozenset[str] | None, *, obligations: tuple[str, ...] = ()) -> Scope:
        scope = object.__new__(cls)
        object.__setattr__(scope, "access", access)
        object.__setattr__(scope, "videos", None)
        object.__setattr__(scope, "obligations", obligations)
        return scope

    def narrowed(self, videos: frozenset[VideoId]) -> Scope:
        """Return this scope over at most ``videos``."""
        kept = videos if self.videos is None else self.videos & videos
        scope = Scope._mint(self.access, obligations=self.obligations)
        object.__setattr__(scope, "videos", kept)
        return scope

    def without(self, names: frozenset[str], every: frozenset[str]) -> Scope:
        """Return this scope without some of ``every`` access class there is."""
        kept = (every if self.access is None else self.access) - names
        scope = Scope._mint(kept, obligations=self.obligations)
        object.__setattr__(scope, "videos", self.videos)
        return scope

    def owing(self, obligations: tuple[str, ...]) -> Scope:
        """Return this scope with more to honour on the way out."""
        owed = tuple(sorted({*self.obligations, *obligations}))
        scope = Scope._mint(self.access, obligations=owed)
        object.__setattr__(scope, "videos", self.videos)
        return scope

    def allows(self, video: VideoId, access: str) -> bool:
        return (self.access is None or access in self.access) and (
            self.videos is None or video in self.videos
        )


@dataclass(frozen=True, slots=True)
class Erasure:
    """Receipt of forgetting one video, or parts of one.

    Attributes:
        video: What was forgotten.
        at: ISO 8601 time, UTC.
        removed: Counts of what went: segments, vectors, annotations, thumbnails, ...
        remains: What is still somewhere, and until when; empty means nothing.
        spans: Which parts; empty for the whole video.
    """

    video: VideoId
    at: str
    removed: tuple[tuple[str, int], ...]
    remains: tuple[str, ...] = ()
    spans: tuple[TimeSpan, ...] = ()
