"""A sequence: moments one after the other, counted in frames of each source and of the whole.

Nothing here is rounded twice: a place in a source is a frame of that source, a place in the
sequence a frame of the sequence. Where both count alike, lengths are equal to the frame.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from collections.abc import Sequence as Many
from dataclasses import dataclass
from unicodedata import normalize

from viewfinder.app.editors.sources import Source
from viewfinder.app.editors.timecode import Rate
from viewfinder.domain.media import VideoId
from viewfinder.domain.time import TimeSpan

HOUR_S = 3600
"""Where sequences begin: 01:00:00:00, as is the custom."""
REEL = 8


@dataclass(frozen=True, slots=True)
class Marked:
    """What is to be put into a sequence.

    Attributes:
        source: Of which file.
        span: The moment itself, on the player's clock.
        before_ns: Handle before it.
        after_ns: Handle after it.
        title: A few words.
        note: Where it comes from, and the words.
    """

    source: Source
    span: TimeSpan
    before_ns: int = 0
    after_ns: int = 0
    title: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One clip of a sequence.

    Attributes:
        number: From 1.
        source: Of which file.
        first: Its first frame, counted from the first of the source.
        length: Frames of the source that it takes.
        record: Its first frame in the sequence, counted from the sequence's first.
        lasts: Frames of the sequence that it takes.
        mark: Where the moment itself begins, in frames of the source after ``first``.
        marked: How many frames of the source the moment itself takes.
        reel: Name of the source, eight letters and digits at most; no two have the same.
        title: A few words.
        note: Where it comes from, and the words.
    """

    number: int
    source: Source
    first: int
    length: int
    record: int
    lasts: int
    mark: int
    marked: int
    reel: str
    title: str
    note: str

    @property
    def start(self) -> int:
        """Number that its first frame bears in the source's timecode."""
        return self.source.start + self.first


@dataclass(frozen=True, slots=True)
class Sequence:
    """Clips one after the other.

    Attributes:
        name: Of the sequence.
        rate: Of its frames.
        start: Number that its first frame bears.
        events: In order.
    """

    name: str
    rate: Rate
    start: int
    events: tuple[Event, ...]

    @property
    def lasts(self) -> int:
        return sum(event.lasts for event in self.events)

    @property
    def sources(self) -> tuple[tuple[str, Source], ...]:
        """Return reel and source of each file, in order of first use."""
        found = {event.source.video.id: (event.reel, event.source) for event in self.events}
        return tuple(found.values())

    @property
    def size(self) -> tuple[int, int]:
        """Return the size of the first source with a picture; 1920 by 1080 where none has."""
        sizes = [(s.width, s.height) for _, s in self.sources if s.width and s.height]
        return sizes[0] if sizes else (1920, 1080)


def made(name: str, marked: Many[Marked], rate: Rate | None = None) -> Sequence:
    """Return a sequence of moments, in the order given.

    Args:
        name: Of the sequence.
        marked: The moments, at least one.
        rate: Of the sequence; that of most of the footage where None.
    """
    counted = rate or usual([(one.source, one.span.duration_ns) for one in marked])
    reels = named([one.source for one in marked])
    events: list[Event] = []
    record = 0
    for number, one in enumerate(marked, 1):
        source = one.source
        mark = min(source.frame(one.span.start_ns), source.length - 1)
        ends = min(max(mark + 1, source.frame(one.span.end_ns)), source.length)
        first = max(0, mark - source.rate.frames(one.before_ns))
        last = min(source.length, ends + source.rate.frames(one.after_ns))
        length = last - first
        same = source.rate.fps == counted.fps
        lasts = length if same else max(1, round(length * counted.fps / source.rate.fps))
        events.append(
            Event(
                number,
                source,
                first,
                length,
                record,
                lasts,
                mark - first,
                ends - mark,
                reels[source.video.id],
                one.title,
                one.note,
            )
        )
        record += lasts
    return Sequence(
        name,
        counted,
        counted.nominal * HOUR_S if not counted.drop else counted.frame("01:00:00;00"),
        tuple(events),
    )


def usual(footage: Many[tuple[Source, int]]) -> Rate:
    """Return the rate of most of the footage; sound alone has no say where there is picture."""
    seen: Counter[Rate] = Counter()
    for source, length_ns in footage:
        if source.width:
            seen[source.rate] += max(1, length_ns)
    if not seen:
        return footage[0][0].rate
    best = max(seen.values())
    return next(rate for rate, length in seen.items() if length == best)


def named(sources: Many[Source]) -> Mapping[VideoId, str]:
    """Return a reel name for each source: letters and digits, eight at most, all different."""
    names: dict[VideoId, str] = {}
    for source in sources:
        if source.video.id in names:
            continue
        text = source.reel or source.video.name.rpartition(".")[0] or source.video.name
        plain = normalize("NFKD", text).encode("ascii", "ignore").decode().upper()
        base = re.sub(r"[^A-Z0-9]+", "", plain)[:REEL] or source.video.id[:REEL].upper()
        name, count = base, 1
        while name in names.values() or name in ("AX", "BL", "BLACK"):
            count += 1
            name = f"{base[: REEL - len(str(count))]}{count}"
        names[source.video.id] = name
    return names
