"""How access classes of a video change: some facts, over the whole or over a part."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from viewfinder.domain.access import AccessClass, Stretch, class_of
from viewfinder.domain.time import TimeSpan

Alter = Callable[[AccessClass], AccessClass]


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be different; None and empty leave things as they are.

    Attributes:
        collection: Move it there.
        labels: Add these.
        unlabel: Take these away.
        embargo: ISO 8601 date or time, UTC; "" lifts it.
        rights: Whose, or under which licence; "" says nothing any more.
    """

    collection: str | None = None
    labels: tuple[str, ...] = ()
    unlabel: tuple[str, ...] = ()
    embargo: str | None = None
    rights: str | None = None

    def __call__(self, what: AccessClass) -> AccessClass:
        kept = (set(what.labels) | set(self.labels)) - set(self.unlabel)
        return replace(
            what,
            collection=what.collection if self.collection is None else self.collection,
            labels=tuple(sorted(kept)),
            embargo=what.embargo if self.embargo is None else self.embargo,
            rights=what.rights if self.rights is None else self.rights,
        )


def altered(
    access: str,
    stretches: Sequence[Stretch],
    alter: Alter,
    *,
    whole: TimeSpan,
    during: TimeSpan | None = None,
) -> tuple[str, list[Stretch]]:
    """Return the class of a video and its stretches after a change.

    Args:
        access: Class of the video.
        stretches: Parts with a class of their own; they do not overlap.
        alter: What changes.
        whole: The video.
        during: Only this part of it; None for all of it.
    """
    if during is None or (during.start_ns <= whole.start_ns and during.end_ns >= whole.end_ns):
        after = alter(class_of(access)).name
        kept = [replace(s, access=alter(class_of(s.access)).name) for s in stretches]
        return after, _joined(kept, after)
    inner = during.clipped(whole)
    borders = {at for s in stretches for at in (s.span.start_ns, s.span.end_ns)}
    borders |= {whole.start_ns, whole.end_ns, inner.start_ns, inner.end_ns}
    cut = []
    for edge in pairwise(sorted(borders)):
        span = TimeSpan(*edge)
        name = next((s.access for s in stretches if s.span.overlap_ns(span)), access)
        if inner.overlap_ns(span):
            name = alter(class_of(name)).name
        cut.append(Stretch(span, name))
    return access, _joined(cut, access)


def _joined(cut: Sequence[Stretch], access: str) -> list[Stretch]:
    """Return the stretches that differ from the video, neighbours of one class as one."""
    kept: list[Stretch] = []
    for part in cut:
        if part.access == access:
            continue
        last = kept[-1] if kept else None
        if last and last.access == part.access and last.span.end_ns == part.span.start_ns:
            kept[-1] = Stretch(TimeSpan(last.span.start_ns, part.span.end_ns), part.access)
        else:
            kept.append(part)
    return kept
