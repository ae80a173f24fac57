"""Whatever is changed in a log of any length is found; what cannot be, a checkpoint finds."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from viewfinder.adapters.stores.memory import MemoryTrail
from viewfinder.domain.log import merkle
from viewfinder.domain.log.check import LogCheck, check
from viewfinder.domain.log.checkpoint import Checkpoint
from viewfinder.domain.log.entry import Entry, packed, unpacked
from viewfinder.domain.provenance import AuditEvent, Sealed
from viewfinder.testing import fakes


def trail_of(count: int) -> MemoryTrail:
    trail = MemoryTrail()
    for n in range(count):
        plain = fakes.event("ask", n=str(n))
        words = (Sealed(("day",), "00", f"sealed {n}".encode()),) if n % 3 == 0 else ()
        trail.append(
            AuditEvent(plain.at, plain.action, plain.principal, plain.purpose, plain.subject, words)
        )
    return trail


LONG = trail_of(600)
LINES = list(LONG.entries())


def checked(entries: list[Entry], size: int, *checkpoints: Checkpoint) -> LogCheck:
    """Check lines against what a store keeps of a log of ``size``."""
    head = merkle.head_of([entry.leaf for entry in LINES[:size]])
    return check(
        entries,
        head=head,
        tile=lambda at: LONG.tile(at) if (at + 1) * merkle.TILE <= size else b"",
        checkpoints=checkpoints,
    )


@st.composite
def changes(draw: st.DrawFn) -> tuple[int, list[Entry]]:
    """Draw a size, and a log of that size with one change."""
    size = draw(st.integers(2, len(LINES)))
    lines = LINES[:size]
    at = draw(st.integers(0, size - 1))
    kind = draw(st.sampled_from(["edit", "delete", "insert", "swap", "cut", "words", "number"]))
    entry = lines[at]
    if kind == "edit":
        where = draw(st.integers(0, len(entry.line) - 1))
        sign = chr(ord(entry.line[where]) ^ 1 << draw(st.integers(0, 4)))
        lines[at] = replace(entry, line=entry.line[:where] + sign + entry.line[where + 1 :])
    elif kind == "delete":
        del lines[at]
    elif kind == "insert":
        lines.insert(at, draw(st.sampled_from(lines)))
    elif kind == "swap":
        other = draw(st.integers(0, size - 1).filter(lambda n: n != at))
        lines[at], lines[other] = lines[other], lines[at]
    elif kind == "cut":
        lines = lines[:at]
    elif kind == "words":
        lines[at] = replace(entry, sealed=(*entry.sealed, b"more"))
    else:
        lines[at] = replace(entry, seq=entry.seq + 1)
    return size, lines


@given(st.integers(0, len(LINES)))
def test_a_log_of_any_length_holds(size: int) -> None:
    found = checked(LINES[:size], size)
    assert (found.ok, found.n, found.first_bad) == (True, size, None)


@given(changes())
def test_every_change_is_found(change: tuple[int, list[Entry]]) -> None:
    size, lines = change
    found = checked(lines, size)
    assert not found.ok
    assert found.problem


@given(st.data(), st.integers(2, len(LINES)))
def test_a_log_that_was_cut_or_forked_as_a_whole_is_found_by_any_later_checkpoint(
    data: st.DataObject, size: int
) -> None:
    at = data.draw(st.integers(1, size - 1))
    known = data.draw(st.integers(at + 1, size))
    root = merkle.head_of([entry.leaf for entry in LINES[:known]]).root
    kept = Checkpoint("log", known, root)
    assert checked(LINES[:size], size, kept).ok
    cut = checked(LINES[:at], at, kept)
    assert (cut.ok, cut.first_bad) == (False, at)
    forked = [replace(e, line=e.line.replace("owner", "other")) for e in LINES[at:size]]
    lines = [*LINES[:at], *forked]
    head, tiles = merkle.Head(), []
    for entry in lines:
        head, tile = head.plus(entry.leaf)
        tiles += [] if tile is None else [tile]
    assert check(lines, head=head, tile=tiles.__getitem__).ok
    assert not check(lines, head=head, tile=tiles.__getitem__, checkpoints=[kept]).ok


@given(st.lists(st.binary(max_size=40), max_size=4))
def test_ciphertexts_come_back_as_they_were_packed(parts: list[bytes]) -> None:
    assert unpacked(packed(parts)) == tuple(parts)
