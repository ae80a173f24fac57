"""What stands on a page: questions, cited sentences, stills, and where each can be checked."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from viewfinder.domain.time import SECOND_NS, TimeSpan, clock

SAID_BY = {
    "speech": "heard by a machine",
    "captions": "captions",
    "screen_text": "read on screen by a machine",
    "labels": "seen by a machine",
    "objects": "seen by a machine",
    "look": "measured in the picture",
    "metadata": "facts of the file",
    "shots": "cuts",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where something can be checked.

    Attributes:
        name: Of the file.
        path: Of the file, for links.
        digest: SHA-256 of the file.
        span: When.
        track: Which track says so.
        quote: Words of the footage, or a plain fact; "" where none may be shown.
        verbatim: The quote is words of the footage.
        still: A JPEG or WebP of the picture there; None for none.
    """

    name: str
    path: str
    digest: str
    span: TimeSpan
    track: str
    quote: str = ""
    verbatim: bool = True
    still: bytes | None = None

    @property
    def link(self) -> str:
        """Return an address that players open at the second."""
        return f"file://{quote(self.path)}#t={self.span.start_ns / SECOND_NS:g}"

    @property
    def times(self) -> str:
        return f"{clock(self.span.start_ns)}–{clock(self.span.end_ns)}"

    @property
    def source(self) -> str:
        return SAID_BY.get(self.track, self.track)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A claim with its places; ``model`` names what worded it, "" for quotes and facts."""

    text: str
    places: tuple[Place, ...]
    model: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A question and what came of it.

    Attributes:
        question: As asked.
        lead: Lines before the sentences: how it was understood, why nothing is said.
        sentences: Cited.
        disagreements: Cited sentences about tracks that contradict each other.
        notes: What a reader should know: what was not searched, how sure it is.
    """

    question: str
    lead: tuple[str, ...] = ()
    sentences: tuple[Sentence, ...] = ()
    disagreements: tuple[Sentence, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """All of it.

    Attributes:
        title: Of the page.
        made: When, by what, for whom: one line.
        parts: In order.
        foot: What holds for all of it.
    """

    title: str
    made: str
    parts: tuple[Part, ...]
    foot: tuple[str, ...] = ()

    @property
    def files(self) -> tuple[tuple[str, str], ...]:
        """Return name and SHA-256 of every file that is cited, each once, by name."""
        said = (s for part in self.parts for s in (*part.sentences, *part.disagreements))
        return tuple(sorted({(place.name, place.digest) for s in said for place in s.places}))


def plain(words: str) -> str:
    """Return words on one line, without signs that steer anything."""
    kept = "".join(c if c.isprintable() else " " for c in words)
    return " ".join(kept.encode("utf-8", "replace").decode().split())
