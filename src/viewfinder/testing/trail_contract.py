"""What every store's log must do: take a line with each effect, prove it, show every change."""

from __future__ import annotations

from pathlib import Path

import pytest

from viewfinder.domain.log import merkle
from viewfinder.domain.log.check import check
from viewfinder.domain.log.entry import BEGIN
from viewfinder.domain.provenance import AuditEvent, Sealed, digest_of
from viewfinder.ports import Store
from viewfinder.testing import fakes
from viewfinder.testing.finality import Contract


class TrailContract(Contract):
    """A log is a tree over canonical lines; the first opens it."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> Store:
        raise NotImplementedError("return the store under test from a fixture of this name")

    def test_an_unused_log_is_empty(self, store: Store) -> None:
        assert store.trail.head() == merkle.Head()
        assert list(store.trail.entries()) == []
        assert store.trail.last_settings() is None

    def test_each_effect_has_a_line_and_the_first_line_opens_the_log(self, store: Store) -> None:
        store.commit_video(fakes.video("one"), event=fakes.event("add", video="one"))
        store.log(fakes.event("search"))
        store.erase(fakes.video_id("one"), event=fakes.event("forget"))
        lines = [entry.document() for entry in store.trail.entries()]
        assert [line["action"] for line in lines] == [BEGIN, "add", "search", "forget"]
        assert [line["seq"] for line in lines] == [0, 1, 2, 3]
        assert lines[0]["subject"]["library"] == store.trail.library
        assert lines[1]["subject"] == {"video": "one"}

    def test_encrypted_words_come_back_and_their_digests_stand_in_the_line(
        self, store: Store
    ) -> None:
        words = (Sealed(("video:one", "talk:1"), "00", b"cipher"), Sealed(("a",), "01", b"text"))
        plain = fakes.event("ask")
        event = AuditEvent(
            plain.at, plain.action, plain.principal, plain.purpose, plain.subject, words
        )
        store.log(event)
        (entry,) = store.trail.entries(1)
        assert entry.sealed == (b"cipher", b"text")
        said = entry.document()["words"]
        assert [word["sealed"] for word in said] == [digest_of(b"cipher"), digest_of(b"text")]
        assert said[0]["of"] == ["video:one", "talk:1"]

    def test_the_head_is_the_tree_over_the_lines_and_proofs_hold(self, store: Store) -> None:
        for n in range(2 * merkle.TILE + 9):
            store.log(fakes.event("search", n=str(n)))
        trail = store.trail
        leaves = [entry.leaf for entry in trail.entries()]
        size, root = trail.head().size, trail.head().root
        assert size == len(leaves) == 2 * merkle.TILE + 10
        assert root == merkle.head_of(leaves).root == merkle.root(size, trail.nodes())
        for at in (0, 1, merkle.TILE - 1, merkle.TILE, size - 1):
            path = merkle.inclusion(at, size, trail.nodes())
            assert merkle.is_included(leaves[at], at, size, path, root)
        early = merkle.head_of(leaves[:300]).root
        path = merkle.consistency(300, size, trail.nodes())
        assert merkle.is_consistent(300, size, path, early, root)
        found = check(trail.entries(), head=trail.head(), tile=trail.tile, older=trail.older())
        assert (found.n, found.ok, found.root) == (size, True, root)

    def test_entries_can_be_read_from_anywhere(self, store: Store) -> None:
        for n in range(5):
            store.log(fakes.event("search", n=str(n)))
        assert [entry.seq for entry in store.trail.entries(2, 4)] == [2, 3]
        assert [entry.seq for entry in store.trail.entries(4)] == [4, 5]
        assert list(store.trail.entries(9)) == []

    def test_the_last_settings_are_found(self, store: Store) -> None:
        for n in range(3):
            store.log(fakes.event("settings", n=str(n)))
            store.log(fakes.event("search"))
        last = store.trail.last_settings()
        assert last is not None
        assert last.document()["subject"] == {"n": "2"}
