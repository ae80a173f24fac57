"""Does the log hold? Every line is hashed again, and all that was said about it compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from viewfinder.domain.log.checkpoint import Checkpoint
from viewfinder.domain.log.entry import BEFORE_THE_FIRST, BEGIN, Entry
from viewfinder.domain.log.merkle import TILE, Head
from viewfinder.domain.provenance import digest_of


@dataclass(frozen=True, slots=True)
class LogCheck:
    """What checking the whole log gave.

    Attributes:
        n: Entries found.
        ok: Nothing is wrong.
        first_bad: First entry that is, or may be, wrong; None where nothing is.
        problem: What is wrong, in words.
        root: Root over the entries found.
        older: Lines of the chain of hashes that came before.
    """

    n: int
    ok: bool
    first_bad: int | None = None
    problem: str = ""
    root: bytes = b""
    older: int = 0


class _Bad(Exception):
    def __init__(self, at: int, problem: str) -> None:
        super().__init__(problem)
        self.at = at


def check(
    entries: Iterable[Entry],
    *,
    head: Head,
    tile: Callable[[int], bytes],
    older: Iterable[tuple[str, str]] = (),
    older_head: tuple[int, str] = (0, BEFORE_THE_FIRST),
    checkpoints: Sequence[Checkpoint] = (),
) -> LogCheck:
    """Return whether the log holds.

    Args:
        entries: All of them, in order.
        head: What the store keeps as the head of the tree.
        tile: Gives the hash of a full tile, as the store keeps it; empty for none.
        older: Lines and hashes of the chain that came before.
        older_head: How many they are and the last hash, as the store keeps it; what the
            first entry says of them counts for more.
        checkpoints: What was said about this log earlier, kept by somebody else.
    """
    now, good, count = Head(), 0, 0
    try:
        chain = _chained(older)
        count = chain[0]
        wanted = _by_size(checkpoints)
        for entry in entries:
            document = _well_formed(entry, now.size)
            if entry.seq == 0:
                said = document["subject"]["older"]
                older_head = (said["lines"], said["head"])
            now, full = now.plus(entry.leaf)
            if full is not None:
                if tile(now.size // TILE - 1) != full:
                    raise _Bad(good, f"entries {good} to {now.size - 1} are not what was hashed")
                good = now.size
            known = wanted.pop(now.size, None)
            if known is not None and known.root != now.root:
                raise _Bad(0, f"the first {now.size} entries are not those of the checkpoint")
        if chain != older_head:
            raise _Bad(0, "the chain that came before this log is not what it was")
        _ends(now, head, good, max(wanted, default=0))
    except _Bad as bad:
        return LogCheck(now.size, False, bad.at, str(bad), now.root, count)
    return LogCheck(now.size, True, None, "", now.root, count)


def _by_size(checkpoints: Sequence[Checkpoint]) -> dict[int, Checkpoint]:
    wanted: dict[int, Checkpoint] = {}
    for checkpoint in checkpoints:
        if wanted.setdefault(checkpoint.size, checkpoint).root != checkpoint.root:
            raise _Bad(0, f"two checkpoints of {checkpoint.size} entries differ: the log forked")
    return wanted


def _ends(now: Head, head: Head, good: int, longest: int) -> None:
    """Compare the end of the log with what is known of it."""
    if now.size < max(head.size, longest):
        missing = max(head.size, longest) - now.size
        raise _Bad(now.size, f"{missing} entries are missing at the end")
    if now != head:
        raise _Bad(good, f"entries {good} to {max(now.size - 1, good)} are not what was hashed")


def _well_formed(entry: Entry, at: int) -> dict[str, Any]:
    if entry.seq != at:
        raise _Bad(at, f"entry {at} is missing, or out of order")
    try:
        document = entry.document()
        is_whole = document["seq"] == at and (document["action"] == BEGIN) == (at == 0)
        digests = [word["sealed"] for word in document.get("words", [])]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _Bad(at, f"entry {at} is not a line of a log") from error
    if not is_whole:
        raise _Bad(at, f"entry {at} does not say that it is entry {at}")
    if [digest_of(part) for part in entry.sealed] != digests:
        raise _Bad(at, f"the encrypted words of entry {at} are not what was logged")
    return document


def _chained(older: Iterable[tuple[str, str]]) -> tuple[int, str]:
    """Return how many lines a chain has, and its last hash."""
    n, previous = 0, BEFORE_THE_FIRST
    for n, (text, digest) in enumerate(older, 1):
        previous = digest_of(previous + text)
        if digest != previous:
            raise _Bad(0, f"line {n} of the chain that came before this log was changed")
    return n, previous
