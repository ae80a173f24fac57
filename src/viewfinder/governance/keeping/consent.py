"""Consent as those filmed gave it, took it back, or never gave it.

Each word of a person (or a group, as the institution names them) about a video or a part
of it is a fact. At any point of the video the last word of each person counts; a stretch
is open only as far as everybody in it agrees.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from itertools import pairwise

from viewfinder.domain.access import AccessClass, Stretch
from viewfinder.domain.errors import UsageError
from viewfinder.domain.media import VideoId
from viewfinder.domain.registry import Fact
from viewfinder.domain.time import TimeSpan
from viewfinder.governance.keeping.classes import altered

KIND = "consent"
USES = ("search", "export")
TIERS = ("public", "research", "staff")
"""For whom, the widest first."""


class State(StrEnum):
    GIVEN = "given"
    WITHDRAWN = "withdrawn"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Word:
    """What one person said about a video, or a part of it.

    Attributes:
        person: Person or group, as the institution names them; never recognised by us.
        state: Given, taken back, or refused from the start.
        span: Which part; None for the whole video.
        uses: What for: some of ``USES``; empty unless given.
        tier: For whom: one of ``TIERS``.
        since: Holds from then (an embargo of their own), ISO 8601, UTC; "" for at once.
        until: Ends then; "" for no end.
        note: Where the paper lies, as the institution says it.
    """

    person: str
    state: State
    span: TimeSpan | None = None
    uses: tuple[str, ...] = ()
    tier: str = "public"
    since: str = ""
    until: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        if not self.person.strip():
            raise UsageError("a consent needs a name: --person, as your institution names them")
        if unknown := sorted(set(self.uses) - set(USES)):
            raise UsageError(f"no use {unknown[0]!r}; there are {', '.join(USES)}")
        if self.tier not in TIERS:
            raise UsageError(f"no tier {self.tier!r}; there are {', '.join(TIERS)}")


@dataclass(frozen=True, slots=True)
class Given:
    """A word as it was laid down."""

    no: int
    at: str
    by: str
    video: VideoId
    word: Word


def body(word: Word) -> str:
    """Return a word as the body of a fact."""
    said = asdict(word)
    said["span"] = None if word.span is None else [word.span.start_ns, word.span.end_ns]
    return json.dumps(said, sort_keys=True, ensure_ascii=False)


def read(facts: Iterable[Fact], *, as_of: str = "") -> list[Given]:
    """Return the words that facts hold, oldest first.

    Args:
        facts: Of this kind.
        as_of: Only those laid down up to this ISO 8601 time, UTC; "" for all.
    """
    found = []
    for fact in facts:
        if fact.video is None or (as_of and fact.at > as_of):
            continue
        said = json.loads(fact.body)
        span = None if said["span"] is None else TimeSpan(*said["span"])
        word = Word(
            **{**said, "state": State(said["state"]), "span": span, "uses": tuple(said["uses"])}
        )
        found.append(Given(fact.no, fact.at, fact.by, fact.video, word))
    return found


def standing(words: Sequence[Word], whole: TimeSpan) -> list[tuple[TimeSpan, tuple[Word, ...]]]:
    """Return the parts of a video with the last word of everybody there, in time order."""
    spans = [(word.span or whole).clipped(whole) for word in words]
    edges = sorted({at for span in (whole, *spans) for at in (span.start_ns, span.end_ns)})
    parts = []
    for edge in pairwise(edges):
        part, last = TimeSpan(*edge), dict[str, Word]()
        for word, span in zip(words, spans, strict=True):
            if span.overlap_ns(part):
                last[word.person] = word
        parts.append((part, tuple(last[person] for person in sorted(last))))
    return parts


def together(words: Sequence[Word], what: AccessClass) -> AccessClass:
    """Return an access class with the consent of everybody in it: the strictest of each."""
    states = {word.state for word in words}
    if not words:
        return replace(what, consent="", uses=(), tier="", since="", until="")
    if states != {State.GIVEN}:
        state = State.WITHDRAWN if State.WITHDRAWN in states else State.NONE
        return replace(what, consent=state.value, uses=(), tier="", since="", until="")
    uses = set.intersection(*(set(word.uses) for word in words))
    return replace(
        what,
        consent=State.GIVEN.value,
        uses=tuple(sorted(uses)),
        tier=max((word.tier for word in words), key=TIERS.index),
        since=max(word.since for word in words),
        until=min((word.until for word in words if word.until), default=""),
    )


def applied(
    access: str, stretches: Sequence[Stretch], words: Sequence[Word], whole: TimeSpan
) -> tuple[str, list[Stretch]]:
    """Return the class of a video and its stretches under the consent that stands."""
    access, kept = altered(access, stretches, lambda what: together((), what), whole=whole)
    for part, there in standing(words, whole):
        if not there:
            continue
        access, kept = altered(
            access,
            kept,
            lambda what, there=there: together(there, what),  # type: ignore[misc]
            whole=whole,
            during=part,
        )
    return access, kept
