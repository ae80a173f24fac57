"""What every plug-in of a seat must do, as tests that cannot be overridden.

A plug-in's own test subclasses the contract of its seat and returns the plug-in from
one fixture::

    class TestMyStore(StoreContract):
        @pytest.fixture
        def store(self, tmp_path: Path) -> Store:
            return MyStore(Config(tmp_path))

A subclass that replaces one of the contract's tests raises ``TypeError`` when it is
defined, so a plug-in cannot pass by answering an easier question.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from viewfinder.domain.errors import StoreError
from viewfinder.domain.media import Clip, Video
from viewfinder.domain.policy import AccessRequest, Principal, Purpose
from viewfinder.domain.search import Hit, VectorLeg, WordLeg
from viewfinder.domain.segment import WORD_LANES, EmbeddingSpace, Lane, Segment
from viewfinder.ports import Annotator, PolicyEngine, Store, TextEncoder
from viewfinder.testing import fakes, scopes
from viewfinder.testing.scopes import EVERYTHING


class Contract:
    """Base of contracts: their tests are final."""

    def __init_subclass__(cls, **settings: Any) -> None:
        super().__init_subclass__(**settings)
        for base in cls.__mro__[1:]:
            if base is Contract or not issubclass(base, Contract):
                continue
            replaced = sorted(n for n in vars(base) if n.startswith("test") and n in vars(cls))
            if replaced:
                raise TypeError(
                    f"{cls.__name__} overrides {', '.join(replaced)} of {base.__name__}: "
                    "a contract test is final; make the plug-in keep the contract"
                )


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


class StoreContract(Contract):
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
        assert store.segments_of(one.id, scope=EVERYTHING) == sorted(first, key=lambda s: s.id)

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


class TextEncoderContract(Contract):
    """A text encoder gives unit rows of its space, the same for the same text."""

    @pytest.fixture
    def encoder(self) -> TextEncoder:
        raise NotImplementedError("return the encoder under test from a fixture of this name")

    def test_rows_are_unit_float32_of_the_space(self, encoder: TextEncoder) -> None:
        vectors = encoder.encode_text(["a red car", "the sea at night", "x"])
        assert vectors.space == encoder.space
        assert vectors.rows.shape == (3, encoder.space.dimensions)
        assert vectors.rows.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors.rows, axis=1), 1, atol=1e-4)

    def test_no_texts_give_no_rows(self, encoder: TextEncoder) -> None:
        assert encoder.encode_text([]).rows.shape == (0, encoder.space.dimensions)

    def test_the_company_of_a_text_does_not_change_its_vector(self, encoder: TextEncoder) -> None:
        alone = encoder.encode_text(["a red car"]).rows[0]
        together = encoder.encode_text(["the sea at night and much more of it", "a red car"]).rows
        np.testing.assert_allclose(together[1], alone, atol=2e-2)

    def test_the_same_text_gives_the_same_vector(self, encoder: TextEncoder) -> None:
        first, again = (encoder.encode_text(["a red car"]).rows for _ in range(2))
        np.testing.assert_array_equal(first, again)

    def test_any_text_is_taken(self, encoder: TextEncoder) -> None:
        strange = ["", " ", "\n", "日本語のテキスト", "🎬", "word " * 2_000, "\x00"]
        rows = encoder.encode_text(strange).rows
        assert rows.shape[0] == len(strange)
        assert np.isfinite(rows).all()


class AnnotatorContract(Contract):
    """An annotator yields notes in time order, inside the clip, and invents nothing."""

    @pytest.fixture
    def annotator(self) -> Annotator:
        raise NotImplementedError("return the annotator under test from a fixture of this name")

    @pytest.fixture
    def clip(self) -> Clip:
        """Return a clip that the annotator has something to say about; silence by default."""
        return fakes.silent_clip()

    def test_notes_are_in_order_and_inside_the_clip(self, annotator: Annotator, clip: Clip) -> None:
        notes = list(annotator.annotate(clip))
        starts = [note.span.start_ns for note in notes]
        assert starts == sorted(starts)
        assert all(note.span.clipped(clip.span) == note.span for note in notes)

    def test_confidence_and_regions_are_fractions(self, annotator: Annotator, clip: Clip) -> None:
        for note in annotator.annotate(clip):
            assert 0 <= note.confidence <= 1
            assert all(0 <= word.confidence <= 1 for word in note.words)
            if note.region is not None:
                box = note.region
                assert min(box.x, box.y, box.w, box.h) >= 0
                assert max(box.x + box.w, box.y + box.h) <= 1 + 1e-6

    def test_word_times_lie_inside_their_note(self, annotator: Annotator, clip: Clip) -> None:
        for note in annotator.annotate(clip):
            assert all(word.span.clipped(note.span) == word.span for word in note.words)

    def test_the_same_clip_gives_the_same_notes(self, annotator: Annotator, clip: Clip) -> None:
        assert list(annotator.annotate(clip)) == list(annotator.annotate(clip))

    def test_nothing_is_said_in_silence_without_picture(self, annotator: Annotator) -> None:
        assert list(annotator.annotate(fakes.silent_clip())) == []

    def test_the_tool_has_a_name_and_a_version(self, annotator: Annotator) -> None:
        assert annotator.tool.name
        assert annotator.tool.version
        assert annotator.track


class PolicyContract(Contract):
    """A policy answers with values, says why, and mints scopes that only shrink."""

    @pytest.fixture
    def policy(self) -> PolicyEngine:
        raise NotImplementedError("return the policy under test from a fixture of this name")

    @pytest.fixture
    def principal(self) -> Principal:
        """Return somebody the policy knows."""
        return Principal("owner", ("owner",))

    @pytest.fixture
    def purpose(self) -> Purpose:
        return Purpose("own footage")

    @pytest.mark.parametrize("action", ["add", "search", "ask", "show", "export", "forget"])
    def test_every_decision_names_its_rule_and_a_refusal_its_reason(
        self, policy: PolicyEngine, principal: Principal, purpose: Purpose, action: str
    ) -> None:
        decision = policy.decide(AccessRequest(principal, purpose, action))
        assert decision.rule
        assert decision.permitted or decision.reason

    def test_an_unknown_action_is_refused(
        self, policy: PolicyEngine, principal: Principal, purpose: Purpose
    ) -> None:
        decision = policy.decide(AccessRequest(principal, purpose, "no such action"))
        assert not decision.permitted

    def test_a_stranger_gets_a_decision_and_not_an_exception(self, policy: PolicyEngine) -> None:
        stranger, nothing = Principal("stranger"), Purpose("")
        decision = policy.decide(AccessRequest(stranger, nothing, "search", "who was there?"))
        assert decision.permitted or decision.reason
        scope = policy.scope(stranger, nothing)
        assert decision.permitted or scope.access == frozenset()

    def test_the_same_request_gets_the_same_decision_and_scope(
        self, policy: PolicyEngine, principal: Principal, purpose: Purpose
    ) -> None:
        request = AccessRequest(principal, purpose, "search", "red car")
        assert policy.decide(request) == policy.decide(request)
        assert policy.scope(principal, purpose) == policy.scope(principal, purpose)

    def test_a_narrowed_scope_allows_nothing_more(
        self, policy: PolicyEngine, principal: Principal, purpose: Purpose
    ) -> None:
        scope, one = policy.scope(principal, purpose), fakes.video_id("one")
        narrow = scope.narrowed(frozenset([one]))
        for access in ("default", "sealed"):
            assert not narrow.allows(fakes.video_id("two"), access)
            assert narrow.allows(one, access) <= scope.allows(one, access)
        assert not narrow.narrowed(frozenset()).allows(one, "default")
