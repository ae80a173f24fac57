"""What every store must do: keep, find within the scope, forget."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from viewfinder.domain.access import Stretch
from viewfinder.domain.errors import StoreError
from viewfinder.domain.media import Video
from viewfinder.domain.policy import Scope
from viewfinder.domain.search import Hit, VectorLeg, WordLeg
from viewfinder.domain.segment import WORD_LANES, EmbeddingSpace, Lane, Segment
from viewfinder.domain.time import TimeSpan
from viewfinder.ports import Store
from viewfinder.testing import fakes, scopes
from viewfinder.testing.scopes import EVERYTHING
from viewfinder.testing.stores.access import AccessContract
from viewfinder.testing.stores.slips import SlipContract
from viewfinder.testing.stores.stretches import StretchContract
from viewfinder.testing.trail_contract import TrailContract


def put(
    store: Store,
    owner: Video,
    segments: Sequence[Segment],
    *spaces: EmbeddingSpace,
    access: str = "default",
) -> None:
    """Add a video with segments, and their vectors in each space."""
    store.commit_video(owner, access=access, event=fakes.event())
    index = [fakes.embedded(segments, space) for space in spaces]
    store.commit_index(owner.id, fakes.record("index"), segments, index, event=fakes.event())


def words(*terms: str, lanes: tuple[Lane, ...] = WORD_LANES) -> WordLeg:
    return WordLeg(lanes, tuple((term, 1.0) for term in terms))


def near(text: str, lanes: tuple[Lane, ...] = tuple(Lane)) -> VectorLeg:
    return VectorLeg(lanes, fakes.SPACE, fakes.vector(text))


def found(hits: Sequence[Hit]) -> list[str]:
    return [hit.segment for hit in hits]


class StoreContract(AccessContract, StretchContract, SlipContract, TrailContract):
    """A store keeps, finds within the scope, and forgets."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> Store:
        raise NotImplementedError("return the store under test from a fixture of this name")

    # Keeping

    def test_a_video_comes_back_as_it_was(self, store: Store) -> None:
        one = fakes.video("one")
        store.commit_video(one, event=fakes.event())
        assert store.videos(scope=EVERYTHING) == [one]

    def test_a_video_committed_again_is_one_video_with_its_new_path(self, store: Store) -> None:
        one = fakes.video("one")
        put(store, one, fakes.segments(one, "hello"))
        moved = Video(one.id, "/elsewhere/one.mp4", one.kind, one.duration_ns)
        store.commit_video(moved, event=fakes.event())
        assert store.videos(scope=EVERYTHING) == [moved]
        assert len(store.search(words("hello"), scope=EVERYTHING, limit=9)) == 1

    def test_videos_come_in_order_of_id(self, store: Store) -> None:
        for name in ("one", "two", "three"):
            store.commit_video(fakes.video(name), event=fakes.event())
        ids = [video.id for video in store.videos(scope=EVERYTHING)]
        assert ids == sorted(ids)
        assert len(ids) == 3

    def test_a_video_keeps_its_access_class_until_another_is_given(self, store: Store) -> None:
        one = fakes.video("one")
        assert store.access_of(one.id) == "default"
        store.commit_video(one, access="sealed", event=fakes.event())
        store.commit_video(one, event=fakes.event())
        assert store.access_of(one.id) == "sealed"
        store.commit_video(one, access="default", event=fakes.event())
        assert store.access_of(one.id) == "default"

    def test_every_change_raises_the_generation_and_a_question_does_not(self, store: Store) -> None:
        one = fakes.video("one")
        seen = [store.generation()]
        store.commit_video(one, event=fakes.event())
        seen.append(store.generation())
        store.commit_stage(one.id, fakes.record("speech"), event=fakes.event())
        seen.append(store.generation())
        put(store, one, fakes.segments(one, "hello"))
        seen.append(store.generation())
        store.search(words("hello"), scope=EVERYTHING, limit=9)
        assert store.generation() == seen[-1]
        store.erase(one.id, event=fakes.event())
        seen.append(store.generation())
        assert sorted(set(seen)) == seen

    def test_a_stage_comes_back_as_it_was(self, store: Store) -> None:
        one, track = fakes.video("one"), fakes.track("hello there", "")
        frames = np.arange(12, dtype=np.float16).reshape(3, 4)
        store.commit_video(one, event=fakes.event())
        store.commit_stage(
            one.id,
            fakes.record("speech"),
            tracks=[track],
            thumbnails={0: b"first", 10: b"second"},
            arrays={"features": frames, "none": np.zeros((0, 4), np.int8)},
            event=fakes.event(),
        )
        assert store.stages(one.id) == [fakes.record("speech")]
        assert store.tracks(one.id, scope=EVERYTHING) == [track]
        kept = store.arrays(one.id, "speech", scope=EVERYTHING)
        assert set(kept) == {"features", "none"}
        np.testing.assert_array_equal(kept["features"], frames)
        assert kept["features"].dtype == np.float16
        assert kept["none"].shape == (0, 4)
        assert store.arrays(one.id, "picture", scope=EVERYTHING) == {}

    def test_the_nearest_thumbnail_is_shown(self, store: Store) -> None:
        one = fakes.video("one")
        store.commit_video(one, event=fakes.event())
        assert store.thumbnail(one.id, 0, scope=EVERYTHING) is None
        pictures = {at * 1_000: b"%d" % at * 3_000 for at in range(40)}
        store.commit_stage(one.id, fakes.record(), thumbnails=pictures, event=fakes.event())
        for at_ns, best in ((0, 0), (1_400, 1), (1_600, 2), (17_501, 18), (10**12, 39)):
            assert store.thumbnail(one.id, at_ns, scope=EVERYTHING) == pictures[best * 1_000]

    def test_a_stage_replaces_what_it_left_before_and_nothing_else(self, store: Store) -> None:
        one = fakes.video("one")
        store.commit_video(one, event=fakes.event())
        other = fakes.track("kept", stage="text")
        store.commit_stage(one.id, fakes.record("text"), tracks=[other], event=fakes.event())
        store.commit_stage(
            one.id,
            fakes.record("speech"),
            tracks=[fakes.track("old")],
            thumbnails={0: b"old"},
            arrays={"old": np.zeros(1)},
            event=fakes.event(),
        )
        failed = fakes.record("speech", error="no sound")
        store.commit_stage(one.id, failed, event=fakes.event())
        assert store.tracks(one.id, scope=EVERYTHING) == [other]
        assert store.thumbnail(one.id, 0, scope=EVERYTHING) is None
        assert store.arrays(one.id, "speech", scope=EVERYTHING) == {}
        assert store.stages(one.id) == [failed, fakes.record("text")]

    def test_a_stage_of_an_unknown_video_is_refused(self, store: Store) -> None:
        with pytest.raises(StoreError, match="no video"):
            store.commit_stage(fakes.video_id("x"), fakes.record(), event=fakes.event())
        with pytest.raises(StoreError, match="no video"):
            store.commit_index(fakes.video_id("x"), fakes.record(), [], [], event=fakes.event())

    def test_segments_come_back_as_they_were_in_the_order_asked(self, store: Store) -> None:
        one, two = fakes.video("one"), fakes.video("two")
        first = fakes.segments(one, "hello", "", "naïve café") + fakes.segments(
            one, "sign", lane=Lane.SCREEN_TEXT, access="sealed"
        )
        put(store, one, first)
        put(store, two, fakes.segments(two, "other"))
        asked = [first[2].id, fakes.segments(two, "other")[0].id, first[0].id, first[3].id]
        kept = store.segments([*asked, "0/speech/1", "x"], scope=EVERYTHING)  # type: ignore[list-item]
        assert [segment.id for segment in kept] == asked
        assert kept[0] == first[2]
        assert kept[3] == first[3]
        every = sorted(first, key=lambda s: s.id)
        assert store.segments_of(one.id, scope=EVERYTHING) == every
        during = first[2].span
        there = [segment for segment in every if segment.span.overlap_ns(during)]
        assert store.segments_of(one.id, scope=EVERYTHING, during=during) == there

    def test_an_index_replaces_all_segments_and_vectors(self, store: Store) -> None:
        one = fakes.video("one")
        put(store, one, fakes.segments(one, "old", "older", first=3), fakes.SPACE)
        new = fakes.segments(one, "new")
        put(store, one, new, fakes.OTHER_SPACE)
        assert store.segments_of(one.id, scope=EVERYTHING) == new
        assert store.search(words("old"), scope=EVERYTHING, limit=9) == []
        assert store.search(near("old"), scope=EVERYTHING, limit=9) == []
        assert store.spaces() == [fakes.OTHER_SPACE]

    def test_committing_twice_is_committing_once(self, store: Store) -> None:
        one = fakes.video("one")
        new = fakes.segments(one, "red apple", "green apple")
        put(store, one, new, fakes.SPACE)
        before = [
            store.search(leg, scope=EVERYTHING, limit=9) for leg in (words("appl"), near("apple"))
        ]
        put(store, one, new, fakes.SPACE)
        after = [
            store.search(leg, scope=EVERYTHING, limit=9) for leg in (words("appl"), near("apple"))
        ]
        assert before == after
        assert store.counts(scope=EVERYTHING)["speech"] == 2

    def test_segments_of_another_video_or_with_foreign_ids_are_refused(self, store: Store) -> None:
        one, two = fakes.video("one"), fakes.video("two")
        store.commit_video(one, event=fakes.event())
        twice = fakes.segments(one, "a") * 2
        for wrong in (fakes.segments(two, "a"), twice):
            with pytest.raises(StoreError):
                store.commit_index(one.id, fakes.record(), wrong, [], event=fakes.event())
        assert store.segments_of(one.id, scope=EVERYTHING) == []

    def test_vectors_that_do_not_fit_are_refused_and_nothing_changes(self, store: Store) -> None:
        one = fakes.video("one")
        put(store, one, fakes.segments(one, "kept"), fakes.SPACE)
        new = fakes.segments(one, "a", "b")
        broken = fakes.embedded(new)
        broken.vectors.rows[0, 0] = np.nan
        for wrong in (fakes.embedded(new[:1]), broken):
            with pytest.raises(StoreError):
                store.commit_index(one.id, fakes.record(), new, [wrong], event=fakes.event())
        assert [s.text for s in store.segments_of(one.id, scope=EVERYTHING)] == ["kept"]

    # Finding

    def test_words_find_segments_best_first(self, store: Store) -> None:
        one = fakes.video("one")
        texts = ("the red car", "a red red red car here", "nothing", "blue")
        put(store, one, fakes.segments(one, *texts))
        hits = store.search(words("red"), scope=EVERYTHING, limit=9)
        assert found(hits) == [f"{one.id[:16]}/speech/00001", f"{one.id[:16]}/speech/00000"]
        assert [hit.rank for hit in hits] == [1, 2]
        assert hits[0].score > hits[1].score > 0

    def test_a_rare_word_counts_more_than_a_common_one(self, store: Store) -> None:
        one = fakes.video("one")
        put(store, one, fakes.segments(one, "common rare", "common one", "common two"))
        hits = store.search(words("common", "rare"), scope=EVERYTHING, limit=9)
        assert hits[0].segment.endswith("/00000")
        assert hits[0].score > 2 * hits[1].score

    def test_word_scores_are_those_of_bm25(self, store: Store) -> None:
        """Worked by hand: N = 2, df = 1, lengths 2 and 4, k1 = 1.2, b = 0.75."""
        one = fakes.video("one")
        put(store, one, fakes.segments(one, "red car", "blue car blue sky"))
        leg = WordLeg(WORD_LANES, (("blue", 0.5),))
        (hit,) = store.search(leg, scope=EVERYTHING, limit=9)
        idf = np.log(1 + (2 - 1 + 0.5) / (1 + 0.5))
        norm = 1.2 * (1 - 0.75 + 0.75 * 4 / 3)
        assert hit.score == pytest.approx(0.5 * idf * 2 * 2.2 / (2 + norm))

    def test_vectors_find_what_is_near_best_first(self, store: Store) -> None:
        one = fakes.video("one")
        put(store, one, fakes.segments(one, "red car", "red", "blue sky"), fakes.SPACE)
        hits = store.search(near("red"), scope=EVERYTHING, limit=2)
        assert [hit.segment[-1] for hit in hits] == ["1", "0"]
        assert hits[0].score == pytest.approx(1, abs=0.002)

    def test_a_zero_vector_is_never_found(self, store: Store) -> None:
        one = fakes.video("one")
        put(store, one, fakes.segments(one, "red", ""), fakes.SPACE)
        assert len(store.search(near("red"), scope=EVERYTHING, limit=9)) == 1

    def test_a_zero_query_finds_nothing_and_a_broken_one_is_refused(self, store: Store) -> None:
        one = fakes.video("one")
        put(store, one, fakes.segments(one, "red"), fakes.SPACE)
        assert store.search(near(""), scope=EVERYTHING, limit=9) == []
        wrong = np.full(fakes.SPACE.dimensions, np.nan, np.float32)
        for query in (wrong, np.ones(3, np.float32)):
            leg = VectorLeg(tuple(Lane), fakes.SPACE, query)
            with pytest.raises(StoreError, match="does not fit"):
                store.search(leg, scope=EVERYTHING, limit=9)

    def test_vectors_of_another_space_are_not_compared(self, store: Store) -> None:
        one = fakes.video("one")
        put(store, one, fakes.segments(one, "red"), fakes.OTHER_SPACE)
        assert store.search(near("red"), scope=EVERYTHING, limit=9) == []

    def test_a_leg_looks_in_its_lanes_only(self, store: Store) -> None:
        one = fakes.video("one")
        both = fakes.segments(one, "red") + fakes.segments(one, "red", lane=Lane.SCREEN_TEXT)
        put(store, one, both, fakes.SPACE)
        for leg in (words("red", lanes=(Lane.SPEECH,)), near("red", (Lane.SPEECH,))):
            assert found(store.search(leg, scope=EVERYTHING, limit=9)) == [both[0].id]

    def test_ties_come_in_order_of_id(self, store: Store) -> None:
        for name in ("one", "two", "three", "four"):
            owner = fakes.video(name)
            put(store, owner, fakes.segments(owner, *["red car"] * 40), fakes.SPACE)
        for leg in (words("red"), near("red car")):
            every = found(store.search(leg, scope=EVERYTHING, limit=160))
            assert every == sorted(every)
            assert len(every) == 160
            assert found(store.search(leg, scope=EVERYTHING, limit=50)) == every[:50]

    def test_a_limit_of_zero_and_an_empty_store_find_nothing(self, store: Store) -> None:
        one = fakes.video("one")
        for leg in (words("red"), near("red")):
            assert store.search(leg, scope=EVERYTHING, limit=9) == []
        put(store, one, fakes.segments(one, "red"), fakes.SPACE)
        for leg in (words("red"), near("red")):
            assert store.search(leg, scope=EVERYTHING, limit=0) == []

    def test_pooled_vectors_and_details_come_back(self, store: Store) -> None:
        one = fakes.video("one")
        new = fakes.segments(one, "red car", "", "blue")
        put(store, one, new, fakes.SPACE)
        ids = [segment.id for segment in new]
        pooled = store.pooled(ids, fakes.SPACE, scope=EVERYTHING)
        assert set(pooled) == {ids[0], ids[2]}
        assert float(pooled[ids[0]] @ fakes.vector("red car")) == pytest.approx(1, abs=1e-3)
        assert pooled[ids[0]].dtype == np.float32
        details = store.details(ids, fakes.SPACE, scope=EVERYTHING)
        assert set(details) == {ids[0], ids[2]}
        wanted = fakes.embedded(new).details[0]
        np.testing.assert_array_equal(details[ids[0]].rows, wanted.rows)
        np.testing.assert_array_equal(details[ids[0]].spans_ns, wanted.spans_ns)
        assert store.pooled(ids, fakes.OTHER_SPACE, scope=EVERYTHING) == {}
        assert store.details(ids, fakes.OTHER_SPACE, scope=EVERYTHING) == {}

    # Scope

    def test_scope_is_applied_before_limit(self, store: Store) -> None:
        near_one, far_one = fakes.video("near"), fakes.video("far")
        put(store, near_one, fakes.segments(near_one, *["red"] * 200), fakes.SPACE)
        put(store, far_one, fakes.segments(far_one, *["red and much else"] * 5), fakes.SPACE)
        for leg in (words("red"), near("red")):
            hits = store.search(leg, scope=scopes.only([far_one.id]), limit=5)
            assert len(hits) == 5
            assert all(hit.segment.startswith(far_one.id[:16]) for hit in hits)

    def test_nothing_outside_the_scope_is_given(self, store: Store) -> None:
        shown, sealed = fakes.video("shown"), fakes.video("sealed")
        put(store, shown, fakes.segments(shown, "red"), fakes.SPACE)
        hidden = fakes.segments(sealed, "red", access="sealed")
        put(store, sealed, hidden, fakes.SPACE, access="sealed")
        store.commit_stage(
            sealed.id,
            fakes.record(),
            tracks=[fakes.track("red")],
            thumbnails={0: b"x"},
            arrays={"x": np.zeros(1)},
            event=fakes.event(),
        )
        scope, ids = scopes.classes("default"), [hidden[0].id]
        assert [video.id for video in store.videos(scope=scope)] == [shown.id]
        assert store.tracks(sealed.id, scope=scope) == []
        assert store.arrays(sealed.id, "speech", scope=scope) == {}
        assert store.thumbnail(sealed.id, 0, scope=scope) is None
        assert store.segments(ids, scope=scope) == []
        assert store.segments_of(sealed.id, scope=scope) == []
        assert store.details(ids, fakes.SPACE, scope=scope) == {}
        assert store.pooled(ids, fakes.SPACE, scope=scope) == {}
        assert store.counts(scope=scope) == store.counts(scope=scopes.only([shown.id]))
        for leg in (words("red"), near("red")):
            for narrow in (scope, scopes.only([sealed.id], scope), scopes.NOTHING):
                assert ids[0] not in found(store.search(leg, scope=narrow, limit=9))

    def test_a_sealed_segment_of_an_open_video_is_hidden(self, store: Store) -> None:
        one = fakes.video("one")
        hidden = fakes.segments(one, "red", first=5, access="sealed")
        put(store, one, fakes.segments(one, "red") + hidden, fakes.SPACE)
        scope = scopes.classes("default")
        for leg in (words("red"), near("red")):
            assert found(store.search(leg, scope=scope, limit=9)) == [f"{one.id[:16]}/speech/00000"]
        assert store.segments([hidden[0].id], scope=scope) == []
        assert len(store.segments_of(one.id, scope=scope)) == 1
        assert store.counts(scope=scope)["speech"] == 1

    def test_a_changed_access_class_holds_at_once(self, store: Store) -> None:
        one = fakes.video("one")
        put(store, one, fakes.segments(one, "red"), fakes.SPACE)
        scope = scopes.classes("default")
        assert store.search(words("red"), scope=scope, limit=9)
        store.commit_video(one, access="sealed", event=fakes.event())
        assert store.search(words("red"), scope=scope, limit=9) == []
        assert store.search(near("red"), scope=scope, limit=9) == []

    def test_what_is_out_of_scope_changes_no_score(self, store: Store) -> None:
        shown, sealed = fakes.video("shown"), fakes.video("sealed")
        put(store, shown, fakes.segments(shown, "red car", "blue car", "red"), fakes.SPACE)
        scope, legs = scopes.classes("default"), (words("red", "car"), near("red"))
        before = [store.search(leg, scope=scope, limit=9) for leg in legs]
        hidden = fakes.segments(sealed, *["red red car"] * 300, access="sealed")
        put(store, sealed, hidden, fakes.SPACE, access="sealed")
        assert [store.search(leg, scope=scope, limit=9) for leg in legs] == before

    def test_counts_are_those_of_the_scope(self, store: Store) -> None:
        one, two = fakes.video("one"), fakes.video("two")
        put(store, one, fakes.segments(one, "a", "b"))
        put(store, two, fakes.segments(two, "c", lane=Lane.METADATA))
        assert store.counts(scope=scopes.only([one.id])) == {
            "videos": 1,
            **{lane.value: 0 for lane in Lane},
            "speech": 2,
        }

    # Forgetting

    def test_what_is_erased_cannot_be_found_by_any_leg(self, store: Store) -> None:
        one, two = fakes.video("one"), fakes.video("two")
        gone = fakes.segments(one, "red car")
        put(store, one, gone, fakes.SPACE)
        put(store, two, fakes.segments(two, "red sky"), fakes.SPACE)
        store.commit_stage(
            one.id,
            fakes.record(),
            tracks=[fakes.track("red")],
            thumbnails={0: b"x"},
            arrays={"x": np.zeros(1)},
            event=fakes.event(),
        )
        for leg in (words("red"), near("red")):
            assert len(store.search(leg, scope=EVERYTHING, limit=9)) == 2
        store.erase(one.id, event=fakes.event("forget"))
        for leg in (words("red"), near("red")):
            assert len(store.search(leg, scope=EVERYTHING, limit=9)) == 1
        ids = [gone[0].id]
        assert store.search(words("car"), scope=EVERYTHING, limit=9) == []
        assert [video.id for video in store.videos(scope=EVERYTHING)] == [two.id]
        assert store.stages(one.id) == []
        assert store.tracks(one.id, scope=EVERYTHING) == []
        assert store.arrays(one.id, "speech", scope=EVERYTHING) == {}
        assert store.thumbnail(one.id, 0, scope=EVERYTHING) is None
        assert store.segments(ids, scope=EVERYTHING) == []
        assert store.details(ids, fakes.SPACE, scope=EVERYTHING) == {}
        assert store.pooled(ids, fakes.SPACE, scope=EVERYTHING) == {}
        assert store.counts(scope=EVERYTHING)["videos"] == 1

    def test_the_receipt_says_what_went(self, store: Store) -> None:
        one = fakes.video("one")
        put(store, one, fakes.segments(one, "red", "", "car"), fakes.SPACE, fakes.OTHER_SPACE)
        store.commit_stage(
            one.id,
            fakes.record(),
            tracks=[fakes.track("a", "b"), fakes.track("c")],
            thumbnails={0: b"x", 1: b"y"},
            arrays={"x": np.zeros(1)},
            event=fakes.event(),
        )
        receipt = store.erase(one.id, event=fakes.event("forget"))
        assert receipt.video == one.id
        assert receipt.remains == ()
        assert dict(receipt.removed) == {
            "videos": 1,
            "stages": 2,
            "annotations": 3,
            "arrays": 1,
            "thumbnails": 2,
            "segments": 3,
            "vectors": 4,
            "conversations": 0,
            "facts": 0,
            "slips": 0,
        }

    def test_erasing_what_is_not_there_removes_nothing(self, store: Store) -> None:
        receipt = store.erase(fakes.video_id("never"), event=fakes.event("forget"))
        assert not any(count for _, count in receipt.removed)

    def test_an_erased_video_can_be_added_again(self, store: Store) -> None:
        one = fakes.video("one")
        put(store, one, fakes.segments(one, "old word"), fakes.SPACE)
        store.erase(one.id, event=fakes.event("forget"))
        put(store, one, fakes.segments(one, "new"), fakes.SPACE)
        assert store.search(words("old"), scope=EVERYTHING, limit=9) == []
        assert len(store.search(words("new"), scope=EVERYTHING, limit=9)) == 1
        assert len(store.search(near("new"), scope=EVERYTHING, limit=9)) == 1

    def test_a_line_can_be_logged_and_a_batch_written(self, store: Store) -> None:
        store.log(fakes.event("search"))
        with store.writing():
            store.commit_video(fakes.video("one"), event=fakes.event())
        assert len(store.videos(scope=EVERYTHING)) == 1

    # Conversations

    def test_a_conversation_comes_back_as_it_was(self, store: Store) -> None:
        store.commit_video(fakes.video("one"), event=fakes.event())
        first = fakes.heading("talk", turns=2)
        assert store.commit_conversation(first, [b"hello", b""], event=fakes.event("keep"))
        later = fakes.heading("talk", "one", turns=3, changed="2026-01-03")
        assert store.commit_conversation(later, [b"x" * 20_000], event=fakes.event("keep"))
        kept = store.conversation(first.id, scope=EVERYTHING, principal="owner")
        assert kept is not None
        assert kept.heading == later
        assert kept.bodies == (b"hello", b"", b"x" * 20_000)
        assert store.conversations(scope=EVERYTHING, principal="owner") == [later]

    def test_conversations_are_listed_last_changed_first(self, store: Store) -> None:
        made = [fakes.heading(str(n), changed=f"2026-01-0{n}") for n in (2, 3, 1)]
        for heading in made:
            assert store.commit_conversation(heading, [b"x"], event=fakes.event("keep"))
        listed = store.conversations(scope=EVERYTHING, principal="owner")
        assert listed == [made[1], made[0], made[2]]

    def test_a_conversation_of_another_is_neither_listed_nor_shown_nor_continued(
        self, store: Store
    ) -> None:
        mine = fakes.heading("talk")
        assert store.commit_conversation(mine, [b"x"], event=fakes.event("keep"))
        assert store.conversations(scope=EVERYTHING, principal="guest") == []
        assert store.conversation(mine.id, scope=EVERYTHING, principal="guest") is None
        theirs = fakes.heading("talk", turns=2, principal="guest")
        assert not store.commit_conversation(theirs, [b"y"], event=fakes.event("keep"))
        assert store.conversations(scope=EVERYTHING, principal="owner") == [mine]

    def test_a_conversation_is_in_scope_only_with_every_video_it_holds(self, store: Store) -> None:
        store.commit_video(fakes.video("one"), event=fakes.event())
        store.commit_video(fakes.video("two"), access="sealed", event=fakes.event())
        both = fakes.heading("both", "one", "two")
        one = fakes.heading("one", "one")
        none = fakes.heading("none")
        for heading in (both, one, none):
            assert store.commit_conversation(heading, [b"x"], event=fakes.event("keep"))

        def listed(scope: Scope) -> set[str]:
            return {h.title for h in store.conversations(scope=scope, principal="owner")}

        assert listed(EVERYTHING) == {both.title, one.title, none.title}
        for scope in (scopes.classes("default"), scopes.only([fakes.video_id("one")])):
            assert listed(scope) == {one.title, none.title}
            assert store.conversation(both.id, scope=scope, principal="owner") is None
        assert listed(scopes.NOTHING) == {none.title}
        closed = [Stretch(TimeSpan(0, 5), "sealed")]
        store.commit_access(fakes.video_id("one"), "default", closed, event=fakes.event())
        assert listed(scopes.classes("default")) == {none.title}
        assert one.title in listed(scopes.classes("default", "sealed"))

    def test_turns_are_added_only_where_the_last_ones_are(self, store: Store) -> None:
        assert not store.commit_conversation(
            fakes.heading("talk", turns=3), [b"third"], event=fakes.event("keep")
        )
        first = fakes.heading("talk", turns=1)
        assert store.commit_conversation(first, [b"first"], event=fakes.event("keep"))
        assert not store.commit_conversation(first, [b"again"], event=fakes.event("keep"))
        kept = store.conversation(first.id, scope=EVERYTHING, principal="owner")
        assert kept is not None
        assert kept.bodies == (b"first",)

    def test_a_conversation_goes_with_any_video_it_holds(self, store: Store) -> None:
        for name in ("one", "two"):
            store.commit_video(fakes.video(name), event=fakes.event())
        both, two = fakes.heading("both", "one", "two"), fakes.heading("two", "two")
        for heading in (both, two):
            assert store.commit_conversation(heading, [b"x"], event=fakes.event("keep"))
        receipt = store.erase(fakes.video_id("one"), event=fakes.event("forget"))
        assert dict(receipt.removed)["conversations"] == 1
        assert store.conversations(scope=EVERYTHING, principal="owner") == [two]
        assert store.conversation(both.id, scope=EVERYTHING, principal="owner") is None

    def test_what_was_forgotten_does_not_come_back_through_a_conversation(
        self, store: Store
    ) -> None:
        store.commit_video(fakes.video("one"), event=fakes.event())
        first = fakes.heading("talk", "one")
        assert store.commit_conversation(first, [b"x"], event=fakes.event("keep"))
        store.erase(fakes.video_id("one"), event=fakes.event("forget"))
        for heading in (fakes.heading("talk", turns=2), first, fakes.heading("other", "one")):
            assert not store.commit_conversation(heading, [b"y"], event=fakes.event("keep"))
        assert store.conversations(scope=EVERYTHING, principal="owner") == []

    def test_a_forgotten_conversation_is_gone_and_others_stay(self, store: Store) -> None:
        store.commit_video(fakes.video("one"), event=fakes.event())
        gone, stays = fakes.heading("gone", "one"), fakes.heading("stays", "one")
        for heading in (gone, stays):
            assert store.commit_conversation(heading, [b"x"], event=fakes.event("keep"))
        assert store.forget_conversation(gone.id, event=fakes.event("forget")) == ()
        assert store.conversation(gone.id, scope=EVERYTHING, principal="owner") is None
        assert store.conversations(scope=EVERYTHING, principal="owner") == [stays]
        assert store.forget_conversation(gone.id, event=fakes.event("forget")) == ()

    def test_a_conversation_changes_nothing_that_is_searched(self, store: Store) -> None:
        one = fakes.video("one")
        put(store, one, fakes.segments(one, "red car"), fakes.SPACE)
        before = store.search(words("red"), scope=EVERYTHING, limit=9)
        store.commit_conversation(fakes.heading("red", "one"), [b"red"], event=fakes.event("keep"))
        assert store.search(words("red"), scope=EVERYTHING, limit=9) == before
        assert store.counts(scope=EVERYTHING)["speech"] == 1
