"""A sealed part of a video shapes nothing outside it."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Sequence
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from viewfinder.adapters.stores import memory, sqlite
from viewfinder.domain.access import AccessClass, Stretch, class_of
from viewfinder.domain.annotation import Annotation, Track, TrackName
from viewfinder.domain.policy import Scope
from viewfinder.domain.search import VectorLeg, WordLeg
from viewfinder.domain.segment import WORD_LANES, Lane, Segment
from viewfinder.domain.time import TimeSpan
from viewfinder.ingest.segments import segments
from viewfinder.ports import Store
from viewfinder.testing import fakes, scopes

OWNER = fakes.video("one", duration_s=300)
SEALED = Stretch(TimeSpan.of_seconds(100, 160), "sealed")
OPEN = scopes.classes("default")
TRACKS = (
    TrackName.SPEECH,
    TrackName.CAPTIONS,
    TrackName.SCREEN_TEXT,
    TrackName.LABELS,
    TrackName.METADATA,
)

sentences = st.lists(st.sampled_from(["red", "sea", "a dog", "car"]), min_size=1).map(" ".join)


def notes(low_s: float, high_s: float) -> st.SearchStrategy[list[tuple[TrackName, Annotation]]]:
    """Give notes that touch [low, high)."""
    starts = st.floats(low_s, high_s - 0.5)
    lengths = st.floats(0.1, 40)
    one = st.builds(
        lambda name, text, start, length: (
            name,
            Annotation(TimeSpan.of_seconds(start, min(start + length, high_s)), text),
        ),
        st.sampled_from(TRACKS),
        sentences,
        starts,
        lengths,
    )
    return st.lists(one, max_size=25)


def tracks_of(
    *groups: Sequence[tuple[TrackName, Annotation]], shots: Sequence[float]
) -> list[Track]:
    edges = sorted({0.0, 300.0, *shots})
    cuts = [Annotation(TimeSpan.of_seconds(a, b), "shot") for a, b in itertools.pairwise(edges)]
    made = [Track(TrackName.SHOTS, fakes.derivation("decode"), tuple(cuts))]
    for name in TRACKS:
        kept = sorted((n for g in groups for t, n in g if t is name), key=lambda n: n.span)
        made.append(Track(name, fakes.derivation(name.value), tuple(kept)))
    return made


def essence(cut: Sequence[Segment]) -> list[tuple[object, ...]]:
    """Return all but the running numbers, which no answer shows."""
    return [(s.lane, s.span, s.text, s.parts) for s in cut if s.access == "default"]


def stored(store: Store, tracks: Sequence[Track]) -> Store:
    cut = segments(OWNER, tracks, stretches=[SEALED])
    store.commit_video(OWNER, event=fakes.event())
    store.commit_stage(OWNER.id, fakes.record("speech"), tracks=tracks, event=fakes.event())
    store.commit_access(OWNER.id, "default", [SEALED], event=fakes.event())
    store.commit_index(
        OWNER.id, fakes.record("index"), cut, [fakes.embedded(cut)], event=fakes.event()
    )
    return store


def answers(store: Store, scope: Scope) -> str:
    legs = (
        WordLeg(WORD_LANES, (("red", 1.0), ("dog", 0.5))),
        VectorLeg(tuple(Lane), fakes.SPACE, fakes.vector("red sea")),
    )
    found = []
    for leg in legs:
        hits = store.search(leg, scope=scope, limit=40)
        shown = {s.id: s for s in store.segments([h.segment for h in hits], scope=scope)}
        found += [(shown[h.segment].span, shown[h.segment].text, h.score.hex()) for h in hits]
    kept = [
        (t.name, t.annotations)
        for t in store.tracks(OWNER.id, scope=scope)
        if t.name is not TrackName.SHOTS
    ]
    return repr((found, kept, store.counts(scope=scope)))


@settings(max_examples=40, deadline=None)
@given(notes(0, 100), notes(160, 300), notes(100, 160), notes(100, 160))
def test_what_is_in_a_sealed_stretch_changes_no_segment_outside(
    before: list[tuple[TrackName, Annotation]],
    after: list[tuple[TrackName, Annotation]],
    inside: list[tuple[TrackName, Annotation]],
    other: list[tuple[TrackName, Annotation]],
) -> None:
    one = segments(OWNER, tracks_of(before, inside, after, shots=[90, 200]), stretches=[SEALED])
    two = segments(OWNER, tracks_of(before, other, after, shots=[90, 200]), stretches=[SEALED])
    assert essence(one) == essence(two)
    assert all(
        not s.span.overlap_ns(SEALED.span) or s.lane is Lane.METADATA
        for s in one
        if s.access == "default"
    )


@settings(max_examples=12, deadline=None)
@given(notes(0, 100), notes(160, 300), notes(100, 160), notes(100, 160))
def test_what_is_in_a_sealed_stretch_changes_no_answer_outside(
    before: list[tuple[TrackName, Annotation]],
    after: list[tuple[TrackName, Annotation]],
    inside: list[tuple[TrackName, Annotation]],
    other: list[tuple[TrackName, Annotation]],
) -> None:
    on_disk, plain = set(), set()
    for sealed in (inside, other, []):
        tracks = tracks_of(before, sealed, after, shots=[90, 200])
        with tempfile.TemporaryDirectory() as folder:
            disk = sqlite.SqliteStore(sqlite.Config(Path(folder)))
            on_disk.add(answers(stored(disk, tracks), OPEN))
            disk.close()
        plain.add(answers(stored(memory.MemoryStore(), tracks), OPEN))
    assert len(on_disk) == 1
    assert len(plain) == 1


names = st.text(min_size=1, max_size=8).filter(lambda s: not s.startswith("{"))


@given(
    names, st.lists(names, max_size=3), st.lists(names, max_size=3), st.sampled_from(["", "given"])
)
def test_the_name_of_an_access_class_says_all_of_it(
    collection: str, labels: list[str], uses: list[str], consent: str
) -> None:
    one = AccessClass(
        collection, tuple(sorted(set(labels))), "", "", consent, tuple(sorted(set(uses)))
    )
    assert class_of(one.name) == one
    shuffled = AccessClass(collection, tuple(reversed(labels)), "", "", consent, tuple(uses) * 2)
    assert shuffled.name == one.name
