"""What every store must keep about forgetting parts of a video."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from viewfinder.domain import forgotten
from viewfinder.domain.annotation import Annotation, Track, TrackName
from viewfinder.domain.errors import StoreError
from viewfinder.domain.time import SECOND_NS, TimeSpan
from viewfinder.ports import Store
from viewfinder.testing import fakes, scopes
from viewfinder.testing.finality import Contract
from viewfinder.testing.scopes import EVERYTHING
from viewfinder.testing.stores.access import LEGS, SEALED, filled

GONE = (TimeSpan.of_seconds(2, 4), TimeSpan.of_seconds(6.5, 6.75))
LEFT = [0, 1, 4, 5, 7, 8, 9]


class StretchContract(Contract):
    """A store forgets parts of a video, and keeps the rest as it was."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> Store:
        raise NotImplementedError("return the store under test from a fixture of this name")

    def test_notes_that_reach_into_a_forgotten_part_are_gone(self, store: Store) -> None:
        one, two = filled(store), filled(store, "two")
        receipt = store.erase_stretches(one.id, GONE, event=fakes.event("forget"))
        for video, left in ((one, LEFT), (two, list(range(10)))):
            (track,) = store.tracks(video.id, scope=EVERYTHING)
            assert [int(note.span.start_s) for note in track.annotations] == left
        assert dict(receipt.removed)["annotations"] == 3
        assert (receipt.video, receipt.spans, receipt.remains) == (one.id, GONE, ())

    def test_the_index_goes_as_a_whole_and_can_be_made_again(self, store: Store) -> None:
        one = filled(store)
        store.erase_stretches(one.id, GONE, event=fakes.event("forget"))
        assert store.segments_of(one.id, scope=EVERYTHING) == []
        for leg in LEGS:
            assert store.search(leg, scope=EVERYTHING, limit=9) == []
        assert [record.stage for record in store.stages(one.id)] == ["speech"]
        cut = fakes.segments(one, "red again")
        index = [fakes.embedded(cut)]
        store.commit_index(one.id, fakes.record("index"), cut, index, event=fakes.event())
        for leg in LEGS:
            assert [hit.segment for hit in store.search(leg, scope=EVERYTHING, limit=9)]
        assert store.pooled([cut[0].id], fakes.SPACE, scope=EVERYTHING)

    def test_facts_of_the_file_as_a_whole_stay(self, store: Store) -> None:
        one = filled(store)
        notes = (
            Annotation(one.span, "title: one"),
            Annotation(TimeSpan.of_seconds(3, 5), "chapter: two"),
        )
        facts = Track(TrackName.METADATA, fakes.derivation("sidecars"), notes)
        record = fakes.record("sidecars")
        store.commit_stage(one.id, record, tracks=[facts], event=fakes.event())
        store.erase_stretches(one.id, GONE, event=fakes.event("forget"))
        kept = {t.name: t.annotations for t in store.tracks(one.id, scope=EVERYTHING)}
        assert kept[TrackName.METADATA] == notes[:1]
        assert store.videos(scope=EVERYTHING) == [one]

    def test_pictures_of_a_forgotten_part_are_gone(self, store: Store) -> None:
        one = filled(store)
        receipt = store.erase_stretches(one.id, GONE, event=fakes.event("forget"))
        given = {store.thumbnail(one.id, at * SECOND_NS, scope=EVERYTHING) for at in range(10)}
        assert given == {str(at).encode() for at in (0, 1, 4, 5, 6, 7, 8, 9)}
        assert dict(receipt.removed)["thumbnails"] == 2

    def test_rows_of_a_forgotten_part_are_gone_from_every_array_of_the_stage(
        self, store: Store
    ) -> None:
        one = filled(store)
        spans = np.array([[at, at + 1] for at in range(10)], np.int64) * SECOND_NS
        rows = np.arange(20, dtype=np.int8).reshape(10, 2)
        arrays: dict[str, NDArray[Any]] = {
            "spans_ns": spans,
            "rows": rows,
            "mean": np.ones(3, np.float32),
        }
        store.commit_stage(one.id, fakes.record("picture"), arrays=arrays, event=fakes.event())
        store.erase_stretches(one.id, GONE, event=fakes.event("forget"))
        kept = store.arrays(one.id, "picture", scope=EVERYTHING)
        assert (kept["spans_ns"][:, 0] // SECOND_NS).tolist() == LEFT
        assert kept["rows"].tolist() == rows[LEFT].tolist()
        assert kept["mean"].tolist() == [1, 1, 1]

    def test_arrays_that_do_not_say_their_times_are_gone_as_a_whole(self, store: Store) -> None:
        one = filled(store)
        rows = {"rows": np.ones((9, 2), np.int8)}
        store.commit_stage(one.id, fakes.record("picture"), arrays=rows, event=fakes.event())
        store.erase_stretches(one.id, GONE, event=fakes.event("forget"))
        assert store.arrays(one.id, "picture", scope=EVERYTHING) == {}

    def test_conversations_about_the_video_are_gone(self, store: Store) -> None:
        one, two = filled(store), filled(store, "two")
        for name, about in (("of one", "one"), ("of two", "two")):
            heading = fakes.heading(name, about)
            assert store.commit_conversation(heading, [b"x"], event=fakes.event("keep"))
        receipt = store.erase_stretches(one.id, GONE, event=fakes.event("forget"))
        listed = store.conversations(scope=EVERYTHING, principal="owner")
        assert [heading.videos for heading in listed] == [{two.id}]
        assert dict(receipt.removed)["conversations"] == 1
        again = fakes.heading("of one", "one")
        assert store.commit_conversation(again, [b"y"], event=fakes.event("keep"))
        kept = store.conversation(again.id, scope=EVERYTHING, principal="owner")
        assert kept is not None
        assert kept.bodies == (b"y",)

    def test_the_fact_that_it_was_forgotten_is_laid_down_with_it(self, store: Store) -> None:
        one = filled(store)
        store.commit_fact("hold", "{}", video=one.id, event=fakes.event())
        for span in GONE:
            said = (forgotten.KIND, forgotten.body([span]))
            store.erase_stretches(one.id, [span], fact=said, event=fakes.event("forget"))
        assert forgotten.spans_of(store.facts(forgotten.KIND), one.id) == GONE
        assert [fact.body for fact in store.facts("hold")] == ["{}"]
        store.erase(one.id, event=fakes.event("forget"))
        assert store.facts(forgotten.KIND) == []

    def test_the_key_of_a_video_is_renewed_each_time(self, store: Store) -> None:
        one = filled(store)
        counted = [store.renewals(one.id)]
        for span in GONE:
            store.erase_stretches(one.id, [span], event=fakes.event("forget"))
            counted.append(store.renewals(one.id))
        assert counted == [0, 1, 2]
        store.erase(one.id, event=fakes.event("forget"))
        assert store.renewals(one.id) == 0
        filled(store)
        assert store.renewals(one.id) == 0

    def test_classes_of_parts_stay_as_they_were(self, store: Store) -> None:
        one = filled(store)
        store.commit_access(one.id, "default", [SEALED], event=fakes.event())
        store.erase_stretches(one.id, GONE[1:], event=fakes.event("forget"))
        assert store.stretches(one.id) == [SEALED]
        (track,) = store.tracks(one.id, scope=scopes.classes("default"))
        assert [int(note.span.start_s) for note in track.annotations] == LEFT

    def test_parts_of_what_is_not_there_cannot_be_forgotten(self, store: Store) -> None:
        with pytest.raises(StoreError, match="no video"):
            store.erase_stretches(fakes.video_id("x"), GONE, event=fakes.event("forget"))

    def test_what_is_kept_can_be_read(self, store: Store) -> None:
        one = filled(store)
        store.commit_conversation(fakes.heading("talk", "one"), [b"x"], event=fakes.event("keep"))
        store.erase_stretches(one.id, GONE, event=fakes.event("forget"))
        assert store.unreadable() == ([], [])
