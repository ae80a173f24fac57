"""What lies outside the scope leaves no trace in any answer, not in one bit of a score.

Our promise (access is decided before scoring): adding, changing, relabelling or erasing
videos out of scope leaves every response to the scope byte for byte as it was.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from viewfinder.adapters.stores import memory, sqlite
from viewfinder.domain.policy import Scope
from viewfinder.domain.search import Leg, VectorLeg, WordLeg
from viewfinder.domain.segment import WORD_LANES, Lane
from viewfinder.ports import Store
from viewfinder.testing import fakes, scopes

VOCABULARY = ("red", "blue", "car", "sky", "sea", "dog")
MINE = ("mine one", "mine two")
THEIRS = ("theirs one", "theirs two", "theirs three")

sentences = st.lists(st.sampled_from(VOCABULARY), max_size=7).map(" ".join)
lanes = st.sampled_from([Lane.SPEECH, Lane.SCREEN_TEXT])


def put(store: Store, name: str, said: list[str], access: str, lane: Lane = Lane.SPEECH) -> None:
    owner = fakes.video(name)
    store.commit_video(owner, access=access, event=fakes.event())
    segments = fakes.segments(owner, *said, lane=lane, access=access)
    embedded = [fakes.embedded(segments)] if segments else []
    store.commit_index(owner.id, fakes.record("index"), segments, embedded, event=fakes.event())
    store.commit_stage(
        owner.id,
        fakes.record("speech"),
        tracks=[fakes.track(*said)],
        thumbnails={0: said[0].encode() if said else b"-"},
        event=fakes.event(),
    )


def answers(store: Store, scope: Scope) -> str:
    """Return everything the scope can learn, floats to the last bit."""
    legs: list[Leg] = [
        WordLeg(where, tuple((t, w) for t, w in asked))
        for where in (WORD_LANES, (Lane.SPEECH,))
        for asked in ([("red", 1.0)], [("car", 0.3), ("red", 1.7), ("sea", 1.0), ("none", 1.0)])
    ]
    legs += [
        VectorLeg(where, fakes.SPACE, fakes.vector(text))
        for where in (tuple(Lane), (Lane.SPEECH,))
        for text in ("red", "blue sky sea")
    ]
    found = [
        [(h.segment, h.score.hex(), h.rank) for h in store.search(leg, scope=scope, limit=limit)]
        for leg in legs
        for limit in (1, 4, 50)
    ]
    ids = [
        segment.id
        for v in store.videos(scope=scope)
        for segment in store.segments_of(v.id, scope=scope)
    ]
    theirs = [segment.id for name in THEIRS for segment in fakes.segments(fakes.video(name), "x")]
    pooled = store.pooled([*ids, *theirs], fakes.SPACE, scope=scope)
    seen = [
        store.videos(scope=scope),
        store.counts(scope=scope),
        store.segments([*theirs, *ids], scope=scope),
        [store.tracks(fakes.video_id(n), scope=scope) for n in (*MINE, *THEIRS)],
        [store.thumbnail(fakes.video_id(n), 0, scope=scope) for n in (*MINE, *THEIRS)],
        sorted((i, row.tobytes()) for i, row in pooled.items()),
    ]
    return repr((found, seen))


changes = st.one_of(
    st.tuples(st.just("put"), st.sampled_from(THEIRS), st.lists(sentences, max_size=60), lanes),
    st.tuples(st.just("erase"), st.sampled_from(THEIRS), st.just([]), lanes),
    st.tuples(st.just("relabel"), st.sampled_from(THEIRS), st.just([]), lanes),
    st.tuples(st.just("crowd"), st.sampled_from(THEIRS), st.lists(sentences, min_size=1), lanes),
)


@pytest.fixture(params=["memory", "sqlite"])
def opened(request: pytest.FixtureRequest) -> Iterator[Callable[[], Store]]:
    """Give a maker of empty stores; what it made is closed afterwards."""
    made: list[tuple[Store, Path]] = []

    def make() -> Store:
        folder = Path(tempfile.mkdtemp())
        store: Store = (
            memory.MemoryStore()
            if request.param == "memory"
            else sqlite.SqliteStore(sqlite.Config(folder))
        )
        made.append((store, folder))
        return store

    yield make
    for store, folder in made:
        store.close()
        shutil.rmtree(folder)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    mine=st.lists(sentences, min_size=1, max_size=30),
    others=st.lists(changes, min_size=1, max_size=5),
    by_class=st.booleans(),
)
def test_changes_out_of_scope_change_nothing_in_scope(
    opened: Callable[[], Store],
    mine: list[str],
    others: list[tuple[str, str, list[str], Lane]],
    by_class: bool,
) -> None:
    store = opened()
    for name in MINE:
        put(store, name, mine, "default")
    scope = (
        scopes.classes("default")
        if by_class
        else scopes.only([fakes.video_id(name) for name in MINE])
    )
    before = answers(store, scope)
    for what, name, said, lane in others:
        if what == "erase":
            store.erase(fakes.video_id(name), event=fakes.event("forget"))
        elif what == "relabel":
            store.commit_video(fakes.video(name), access="press", event=fakes.event())
        else:
            put(store, name, said * (40 if what == "crowd" else 1), "sealed", lane)
        assert answers(store, scope) == before


def test_the_answer_does_not_depend_on_what_was_there_first(opened: Callable[[], Store]) -> None:
    """The same videos in scope, added before or after others, give the same bits."""
    said = [f"{a} {b} {c}" for a in VOCABULARY for b in VOCABULARY for c in VOCABULARY]
    scope, seen = scopes.classes("default"), set()
    for order in ((*MINE, *THEIRS), (*THEIRS, *MINE), (*reversed(MINE), *THEIRS)):
        store = opened()
        for name in order:
            put(store, name, said, "default" if name in MINE else "sealed")
        seen.add(answers(store, scope))
    assert len(seen) == 1
