"""A Merkle tree over the lines of the log: roots, proofs, and how they are checked.

A *perfect* subtree of level k covers 2**k leaves, from a multiple of 2**k on. It never
changes once it is full, and every root and proof is made of such subtrees.

References:
    Laurie, Langley & Kasper, *Certificate Transparency*, RFC 6962, section 2.1.
    https://www.rfc-editor.org/rfc/rfc6962
    Laurie, Messeri & Stradling, *Certificate Transparency Version 2.0*, RFC 9162,
    sections 2.1.3.2 and 2.1.4.2 (how proofs are checked).
    https://www.rfc-editor.org/rfc/rfc9162
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

HASH_BYTES = 32
TILE_LEVEL = 8
"""Stores keep the hash of every full subtree of this level; what is below is hashed anew."""
TILE = 1 << TILE_LEVEL

Nodes = Callable[[int, int], bytes]
"""Gives the hash of the full subtree of a level that stands at an index on that level."""


def leaf_hash(content: bytes) -> bytes:
    return sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Head:
    """All that must be known of a tree to add a leaf: its full subtrees, largest first.

    Attributes:
        size: How many leaves.
        peaks: Hashes of the perfect subtrees that the leaves fall into, one per 1 in the
            binary form of ``size``.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def plus(self, leaf: bytes) -> tuple[Head, bytes | None]:
        """Return the tree with one leaf more, and the hash of the tile that it filled, if any.

        Args:
            leaf: Hash of the leaf.
        """
        peaks, tile, full = list(self.peaks), None, leaf
        level, left = 0, self.size
        while left & 1:
            full = node_hash(peaks.pop(), full)
            left >>= 1
            level += 1
            if level == TILE_LEVEL:
                tile = full
        return Head(self.size + 1, (*peaks, full)), tile

    @property
    def root(self) -> bytes:
        """The root over all leaves."""
        if not self.peaks:
            return sha256(b"").digest()
        *rest, root = self.peaks
        for peak in reversed(rest):
            root = node_hash(peak, root)
        return root

    def to_bytes(self) -> bytes:
        return self.size.to_bytes(8, "big") + b"".join(self.peaks)

    @classmethod
    def from_bytes(cls, content: bytes) -> Head:
        """Return what ``to_bytes`` took.

        Raises:
            ValueError: It cannot be what ``to_bytes`` gave.
        """
        size = int.from_bytes(content[:8], "big")
        peaks = tuple(content[at : at + HASH_BYTES] for at in range(8, len(content), HASH_BYTES))
        if len(content) != 8 + HASH_BYTES * size.bit_count():
            raise ValueError(f"{len(content)} bytes cannot be the head of {size} leaves")
        return cls(size, peaks)


def head_of(leaves: Sequence[bytes]) -> Head:
    """Return the tree over hashes of leaves."""
    head = Head()
    for leaf in leaves:
        head, _ = head.plus(leaf)
    return head


def tiled(leaves: Callable[[int, int], Sequence[bytes]], tile: Callable[[int], bytes]) -> Nodes:
    """Return nodes from leaf hashes (start, stop) and the hashes of full tiles."""
    below = lru_cache(maxsize=8)(lambda at: tuple(leaves(at * TILE, (at + 1) * TILE)))

    @lru_cache(maxsize=1 << 16)
    def node(level: int, at: int) -> bytes:
        if level == TILE_LEVEL:
            return tile(at)
        if level == 0:
            return below(at // TILE)[at % TILE]
        return node_hash(node(level - 1, 2 * at), node(level - 1, 2 * at + 1))

    return node


def root(size: int, node: Nodes) -> bytes:
    """Return the root over the first ``size`` leaves."""
    return _over(0, size, node) if size else sha256(b"").digest()


def _over(start: int, stop: int, node: Nodes) -> bytes:
    """Return the hash over leaves [start, stop), a subtree of some tree."""
    count = stop - start
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return node(level, start >> level)
    middle = start + _split(count)
    return node_hash(_over(start, middle, node), _over(middle, stop, node))


def _split(count: int) -> int:
    """Return the largest power of two below ``count``."""
    return 1 << (count - 1).bit_length() - 1


def inclusion(at: int, size: int, node: Nodes) -> list[bytes]:
    """Return the proof that leaf ``at`` is in the tree of ``size`` leaves (RFC 6962, 2.1.1).

    Raises:
        ValueError: No such leaf.
    """
    if not 0 <= at < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {at}")
    path: list[bytes] = []
    start, stop = 0, size
    while stop - start > 1:
        middle = start + _split(stop - start)
        if at < middle:
            path.append(_over(middle, stop, node))
            stop = middle
        else:
            path.append(_over(start, middle, node))
            start = middle
    return path[::-1]


def consistency(first: int, second: int, node: Nodes) -> list[bytes]:
    """Return the proof that the tree of ``second`` leaves begins with that of ``first``.

    RFC 6962, 2.1.2. Empty where ``first`` is 0 or equals ``second``.

    Raises:
        ValueError: ``first`` is larger, or negative.
    """
    if not 0 <= first <= second:
        raise ValueError(f"a tree of {second} leaves cannot begin with {first}")
    if first in (0, second):
        return []
    path: list[bytes] = []
    start, stop, is_known = 0, second, True
    while first != stop:
        middle = start + _split(stop - start)
        if first <= middle:
            path.append(_over(middle, stop, node))
            stop = middle
        else:
            path.append(_over(start, middle, node))
            start, is_known = middle, False
    if not is_known:
        path.append(_over(start, stop, node))
    return path[::-1]


def is_included(leaf: bytes, at: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Check an inclusion proof (RFC 9162, 2.1.3.2)."""
    if not 0 <= at < size:
        return False
    here, last, found = at, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if here & 1 or here == last:
            found = node_hash(sibling, found)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        here, last = here >> 1, last >> 1
    return last == 0 and found == root


def is_consistent(
    first: int, second: int, path: Sequence[bytes], first_root: bytes, second_root: bytes
) -> bool:
    """Check a consistency proof (RFC 9162, 2.1.4.2)."""
    if not 0 <= first <= second:
        return False
    if first == second:
        return not path and first_root == second_root
    if first == 0:
        return not path and first_root == sha256(b"").digest()
    steps = [first_root, *path] if first & (first - 1) == 0 else list(path)
    if not steps:
        return False
    here, last = first - 1, second - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    old = new = steps[0]
    for sibling in steps[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        here, last = here >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root
