"""A stream's stamps made to run forward, whatever damage or splicing did to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")

JUMP_NS = 10_000_000_000
"""A step in time longer than this is doubted until the next stamp confirms it."""


@dataclass
class Clock(Generic[T]):
    """Passes (time, item) on in order; a lone wild stamp is dropped with its item.

    A jump forward that the next stamp confirms is a gap. A jump back that the next one
    confirms is a splice or a counter that began anew: time goes on from where it was.

    Attributes:
        most_ns: Times at or beyond are not believed.
        last_ns: Latest time passed on; None before the first.
        dropped: Items left out.
        splices_ns: Where the clock began anew.
    """

    most_ns: int
    last_ns: int | None = None
    dropped: int = 0
    splices_ns: list[int] = field(default_factory=list)
    _shift_ns: int = 0
    _doubted: tuple[int, T] | None = None

    def take(self, at_ns: int, item: T) -> Iterator[tuple[int, T]]:
        """Take the next item of the stream; yield those whose time is settled."""
        at_ns += self._shift_ns
        if self._doubted is not None:
            (held_ns, held), self._doubted = self._doubted, None
            if at_ns < held_ns or held_ns >= self.most_ns:
                self.dropped += 1
            else:
                at_ns += self._splice(held_ns)
                yield self._pass(max(held_ns, self.last_ns or 0), held)
        if self._is_wild(at_ns):
            self._doubted = (at_ns, item)
        else:
            yield self._pass(at_ns, item)

    def flush(self) -> Iterator[tuple[int, T]]:
        """Yield the last item where only the end of the stream left it in doubt."""
        if self._doubted is not None and (self.last_ns or 0) < self._doubted[0] < self.most_ns:
            yield self._pass(*self._doubted)
        self._doubted = None

    def _is_wild(self, at_ns: int) -> bool:
        return abs(at_ns - (self.last_ns or 0)) > JUMP_NS

    def _splice(self, held_ns: int) -> int:
        """Return by how much time moves on because the held stamp began anew."""
        if self.last_ns is None or held_ns >= self.last_ns:
            return 0
        self.splices_ns.append(self.last_ns)
        moved_ns = self.last_ns - held_ns
        self._shift_ns += moved_ns
        return moved_ns

    def _pass(self, at_ns: int, item: T) -> tuple[int, T]:
        self.last_ns = max(at_ns, self.last_ns or at_ns)
        return at_ns, item
