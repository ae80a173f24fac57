"""The tree of the log: a standard's promise (RFC 6962), and ours that it grows cheaply."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewfinder.domain.log import merkle

# The reference tree of Certificate Transparency: eight leaves, and the root after each.
LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
}
CONSISTENCY = {
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
}


def nodes(leaves: list[bytes]) -> merkle.Nodes:
    """Full subtrees, with the hashes of tiles made as a store makes them."""
    head, tiles = merkle.Head(), []
    for leaf in leaves:
        head, tile = head.plus(leaf)
        if tile is not None:
            tiles.append(tile)
    return merkle.tiled(lambda start, stop: leaves[start:stop], lambda at: tiles[at])


def reference(leaves: list[bytes]) -> bytes:
    """The definition of RFC 6962, 2.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return merkle.node_hash(reference(leaves[:k]), reference(leaves[k:]))


HASHES = [merkle.leaf_hash(leaf) for leaf in LEAVES]
MANY = [merkle.leaf_hash(str(n).encode()) for n in range(1500)]


@pytest.mark.parametrize("size", range(9))
def test_the_reference_tree_has_the_roots_of_the_standard(size: int) -> None:
    assert merkle.head_of(HASHES[:size]).root.hex() == ROOTS[size]
    assert merkle.root(size, nodes(HASHES)).hex() == ROOTS[size]


@pytest.mark.parametrize(("case", "path"), INCLUSION.items())
def test_inclusion_proofs_are_those_of_the_standard(case: tuple[int, int], path: list[str]) -> None:
    assert [h.hex() for h in merkle.inclusion(*case, nodes(HASHES))] == path


@pytest.mark.parametrize(("case", "path"), CONSISTENCY.items())
def test_consistency_proofs_are_those_of_the_standard(
    case: tuple[int, int], path: list[str]
) -> None:
    assert [h.hex() for h in merkle.consistency(*case, nodes(HASHES))] == path


@given(st.integers(0, 1500))
def test_growing_leaf_by_leaf_gives_the_tree_of_the_definition(size: int) -> None:
    head = merkle.head_of(MANY[:size])
    assert head.root == reference(MANY[:size]) == merkle.root(size, nodes(MANY))
    assert merkle.Head.from_bytes(head.to_bytes()) == head


@given(st.data(), st.integers(1, 1499))
def test_every_leaf_can_be_proved_and_no_other_in_its_place(data: st.DataObject, size: int) -> None:
    at = data.draw(st.integers(0, size - 1))
    node, root = nodes(MANY), reference(MANY[:size])
    path = merkle.inclusion(at, size, node)
    assert len(path) <= 11
    assert merkle.is_included(MANY[at], at, size, path, root)
    assert not merkle.is_included(merkle.leaf_hash(b"other"), at, size, path, root)
    assert not merkle.is_included(MANY[at], at, size, path, reference(MANY[: size + 1]))
    assert not merkle.is_included(MANY[at], size, size, path, root)
    assert not merkle.is_included(MANY[at], at, size, [*path, MANY[0]], root)
    if path:
        assert not merkle.is_included(MANY[at], at, size, path[:-1], root)
        where = data.draw(st.integers(0, len(path) - 1))
        wrong = [*path[:where], MANY[-1], *path[where + 1 :]]
        assert not merkle.is_included(MANY[at], at, size, wrong, root)


@given(st.data(), st.integers(1, 1500))
def test_a_log_that_grew_can_be_proved_and_one_that_forked_cannot(
    data: st.DataObject, second: int
) -> None:
    first = data.draw(st.integers(0, second))
    before, after = reference(MANY[:first]), reference(MANY[:second])
    path = merkle.consistency(first, second, nodes(MANY))
    assert merkle.is_consistent(first, second, path, before, after)
    assert not merkle.is_consistent(second, first - 1, path, after, before)
    if first:
        forked = [merkle.leaf_hash(b"other"), *MANY[1:first]]
        assert not merkle.is_consistent(first, second, path, reference(forked), after)
    if path:
        assert not merkle.is_consistent(first, second, path[1:], before, after)
        assert not merkle.is_consistent(first, second, [*path, path[0]], before, after)


def test_what_cannot_be_proved_is_refused() -> None:
    for at, size in ((8, 8), (-1, 8), (0, 0)):
        with pytest.raises(ValueError, match="no leaf"):
            merkle.inclusion(at, size, nodes(HASHES))
    with pytest.raises(ValueError, match="cannot begin"):
        merkle.consistency(9, 8, nodes(HASHES))
    with pytest.raises(ValueError, match="cannot be the head"):
        merkle.Head.from_bytes(b"\0" * 7 + b"\3" + b"x" * 32)
