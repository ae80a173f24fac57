"""The SQLite store answers as the memory store does, whatever was put and erased before."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from viewfinder.adapters.stores.memory import MemoryStore
from viewfinder.adapters.stores.sqlite import Config, SqliteStore, verify_log
from viewfinder.domain.media import Video
from viewfinder.domain.policy import Scope
from viewfinder.domain.search import Hit, Leg, VectorLeg, WordLeg
from viewfinder.domain.segment import Lane, Segment
from viewfinder.ports import Store
from viewfinder.testing import fakes, scopes

NAMES = ("one", "two", "three", "four", "five")
VOCABULARY = ("red", "blue", "car", "sky", "sea", "dog", "[Music]", "naïve", "")
CLASSES = ("default", "sealed", "press")
TOLERANCE = 1e-4

texts = st.lists(
    st.lists(st.sampled_from(VOCABULARY), max_size=6).map(" ".join), min_size=0, max_size=12
)
videos = st.sampled_from(NAMES).map(fakes.video)
classes = st.sampled_from(CLASSES)
lanes = st.sampled_from(list(Lane))
some_lanes = st.lists(lanes, min_size=1, unique=True).map(tuple)


@st.composite
def some_segments(draw: st.DrawFn, owner: Video) -> list[Segment]:
    """Draw segments of a video in one or two lanes, in any order, some sealed."""
    chosen = draw(st.lists(lanes, min_size=1, max_size=2, unique=True))
    made = [
        segment
        for lane in chosen
        for segment in fakes.segments(owner, *draw(texts), lane=lane, access=draw(classes))
    ]
    return draw(st.permutations(made))


some_scopes = st.one_of(
    st.just(scopes.EVERYTHING),
    st.lists(classes, unique=True).map(lambda names: scopes.classes(*names)),
    st.builds(
        lambda names, allowed: scopes.only([fakes.video_id(n) for n in names], allowed),
        st.lists(st.sampled_from(NAMES), unique=True),
        st.sampled_from([scopes.EVERYTHING, scopes.classes("default", "press")]),
    ),
)
terms = st.tuples(st.sampled_from([*VOCABULARY[:6], "music", "naiv", "unknown"]), st.floats(0.1, 2))
legs: st.SearchStrategy[Leg] = st.one_of(
    st.builds(WordLeg, some_lanes, st.lists(terms, max_size=4).map(tuple)),
    st.builds(
        lambda where, text: VectorLeg(where, fakes.SPACE, fakes.vector(text)),
        some_lanes,
        st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=3).map(" ".join),
    ),
)


def same(ours: list[Hit], theirs: list[Hit]) -> None:
    """Same length and scores; same ids, but for neighbours that tie within the tolerance."""
    assert len(ours) == len(theirs)
    for mine, other in zip(ours, theirs, strict=True):
        assert mine.score == pytest.approx(other.score, abs=TOLERANCE)
        assert mine.rank == other.rank
    last = theirs[-1].score if theirs else 0.0
    clear = {hit.segment for hit in theirs if hit.score > last + 2 * TOLERANCE}
    assert clear <= {hit.segment for hit in ours}


class StoresAgree(RuleBasedStateMachine):
    """Drives both stores through the same life."""

    @initialize()
    def open(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.memory: Store = MemoryStore()
        self.sqlite: Store = SqliteStore(Config(self.folder))
        self.other: Store | None = None

    @property
    def both(self) -> tuple[Store, Store]:
        return self.sqlite, self.memory

    @rule(owner=videos, access=st.none() | classes, data=st.data())
    def put(self, owner: Video, access: str | None, data: st.DataObject) -> None:
        segments = data.draw(some_segments(owner))
        spaces = data.draw(st.sampled_from([[fakes.SPACE], [fakes.SPACE, fakes.OTHER_SPACE], []]))
        embedded = [fakes.embedded(segments, space) for space in spaces]
        for store in self.both:
            store.commit_video(owner, access=access, event=fakes.event())
            for _ in range(data.draw(st.sampled_from([1, 2]), label="times")):
                store.commit_index(
                    owner.id, fakes.record("index"), segments, embedded, event=fakes.event()
                )

    @rule(owner=videos, access=classes)
    def seal(self, owner: Video, access: str) -> None:
        for store in self.both:
            store.commit_video(owner, access=access, event=fakes.event())

    @rule(owner=videos, said=texts)
    def note(self, owner: Video, said: list[str]) -> None:
        for store in self.both:
            store.commit_video(owner, event=fakes.event())
            store.commit_stage(
                owner.id,
                fakes.record(),
                tracks=[fakes.track(*said)],
                thumbnails={at: text.encode() for at, text in enumerate(said)},
                arrays={"x": np.arange(len(said))},
                event=fakes.event(),
            )

    @rule(owner=videos)
    def erase(self, owner: Video) -> None:
        receipts = [store.erase(owner.id, event=fakes.event("forget")) for store in self.both]
        assert receipts[0] == receipts[1]

    @rule()
    def open_again(self) -> None:
        self.sqlite.close()
        self.sqlite = SqliteStore(Config(self.folder))

    @rule(leg=legs, scope=some_scopes, limit=st.integers(1, 30))
    def search(self, leg: Leg, scope: Scope, limit: int) -> None:
        ours, theirs = (s.search(leg, scope=scope, limit=limit) for s in self.both)
        same(ours, theirs)
        for hit in ours:
            (segment,) = self.sqlite.segments([hit.segment], scope=scope)
            assert segment.lane in leg.lanes

    @rule(leg=legs, scope=some_scopes)
    def a_second_reader_sees_the_same(self, leg: Leg, scope: Scope) -> None:
        if self.other is None:
            self.other = SqliteStore(Config(self.folder, read_only=True))
        ours, theirs = (s.search(leg, scope=scope, limit=9) for s in (self.sqlite, self.other))
        assert ours == theirs

    @rule(scope=some_scopes, owner=videos)
    def read(self, scope: Scope, owner: Video) -> None:
        sqlite, memory = self.both
        ours, theirs = (store.segments_of(owner.id, scope=scope) for store in self.both)
        assert ours == theirs
        ids = [segment.id for segment in theirs][::-1]
        assert sqlite.segments(ids, scope=scope) == memory.segments(ids, scope=scope)
        assert sqlite.tracks(owner.id, scope=scope) == memory.tracks(owner.id, scope=scope)
        for at_ns in (0, 3, 100):
            shown = [store.thumbnail(owner.id, at_ns, scope=scope) for store in self.both]
            assert shown[0] == shown[1]
        for space in (fakes.SPACE, fakes.OTHER_SPACE):
            fine = [store.details(ids, space, scope=scope) for store in self.both]
            assert fine[0].keys() == fine[1].keys()
            for segment in fine[0]:
                np.testing.assert_array_equal(fine[0][segment].rows, fine[1][segment].rows)
            pooled = [store.pooled(ids, space, scope=scope) for store in self.both]
            assert pooled[0].keys() == pooled[1].keys()
            for segment in pooled[0]:
                np.testing.assert_allclose(pooled[0][segment], pooled[1][segment], atol=1e-4)

    @invariant()
    def the_same_is_there(self) -> None:
        sqlite, memory = self.both
        assert sqlite.spaces() == memory.spaces()
        for scope in (scopes.EVERYTHING, scopes.classes("default"), scopes.NOTHING):
            assert sqlite.counts(scope=scope) == memory.counts(scope=scope)
            assert sqlite.videos(scope=scope) == memory.videos(scope=scope)
        for name in NAMES:
            assert sqlite.stages(fakes.video_id(name)) == memory.stages(fakes.video_id(name))
            assert sqlite.access_of(fakes.video_id(name)) == memory.access_of(fakes.video_id(name))

    def teardown(self) -> None:
        if hasattr(self, "sqlite"):
            assert verify_log(self.folder).ok
            self.sqlite.close()
            if self.other is not None:
                self.other.close()
            shutil.rmtree(self.folder)


TestStoresAgree = StoresAgree.TestCase
TestStoresAgree.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)


def test_many_rows_are_ranked_alike(tmp_path: Path) -> None:
    """Enough rows that the scan over codes has to choose."""
    random = np.random.RandomState(3)
    stores: tuple[Store, Store] = (SqliteStore(Config(tmp_path)), MemoryStore())
    for name in NAMES:
        owner = fakes.video(name)
        said = [" ".join(random.choice(VOCABULARY[:6], random.randint(1, 9))) for _ in range(400)]
        segments = fakes.segments(owner, *said)
        for store in stores:
            store.commit_video(owner, event=fakes.event())
            index = [fakes.embedded(segments, details=False)]
            store.commit_index(owner.id, fakes.record(), segments, index, event=fakes.event())
    for text in ("red", "car sky", "blue sea dog"):
        for scope in (scopes.EVERYTHING, scopes.only([fakes.video_id("two")])):
            for limit in (1, 10, 100, 1999):
                near = VectorLeg((Lane.SPEECH,), fakes.SPACE, fakes.vector(text))
                said_leg = WordLeg((Lane.SPEECH,), tuple((t, 1.0) for t in text.split()))
                for leg in (near, said_leg):
                    same(*(s.search(leg, scope=scope, limit=limit) for s in stores))
    stores[0].close()
