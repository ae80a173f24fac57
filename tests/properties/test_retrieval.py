"""What holds for any ranking, any find and any plan. The promises are ours."""

from __future__ import annotations

import string
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewfinder.domain.annotation import TrackName
from viewfinder.domain.media import VideoId
from viewfinder.domain.search import (
    Filters,
    Hit,
    LegKind,
    Lookup,
    QueryPlan,
    Sequence,
    Shape,
    Support,
)
from viewfinder.domain.segment import Lane, SegmentId
from viewfinder.domain.time import TimeSpan
from viewfinder.retrieval import assemble, fuse
from viewfinder.retrieval.asking.plan import Vocabulary, from_json, plan, to_json
from viewfinder.retrieval.assemble import Find

TEXT = st.text(max_size=40)
WHOLE = TimeSpan.of_seconds(0, 600)

rankings = st.lists(
    st.tuples(
        st.lists(st.sampled_from("abcdefgh"), unique=True).map(
            lambda ids: [Hit(SegmentId(s), 1.0, rank) for rank, s in enumerate(ids, 1)]
        ),
        st.floats(0.1, 1.0),
    ),
    max_size=6,
)
spans = st.tuples(st.integers(0, 500), st.integers(1, 60)).map(
    lambda pair: TimeSpan.of_seconds(pair[0], pair[0] + pair[1])
)


@st.composite
def finds(draw: st.DrawFn) -> tuple[Find, float]:
    span = draw(spans)
    lane = draw(st.sampled_from(list(Lane)))
    support = Support(TrackName.SPEECH, draw(st.sampled_from("xyz")), span, 0.5)
    video = VideoId(draw(st.sampled_from("vw")))
    sure = draw(st.floats(0, 1))
    return Find(video, lane, span, draw(st.floats(-1, 1)), sure, (support,)), draw(st.floats(0, 1))


@given(rankings, st.randoms())
def test_fusion_does_not_care_for_the_order_of_the_lists(lists, random) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(lists)
    random.shuffle(shuffled)
    assert fuse.reciprocal_rank(lists) == fuse.reciprocal_rank(shuffled)


@given(rankings)
def test_fused_scores_stay_in_bounds(lists) -> None:  # type: ignore[no-untyped-def]
    most = sum(weight for _, weight in lists) / 61
    for score in fuse.reciprocal_rank(lists).values():
        assert 0 < score <= most * (1 + 1e-9)


@given(st.lists(st.floats(0, 1), max_size=6))
def test_more_witnesses_never_make_it_less_likely(confidences: list[float]) -> None:
    together = fuse.any_of(confidences)
    assert max(confidences, default=0.0) - 1e-12 <= together <= 1.0


@given(st.lists(finds(), max_size=15), st.integers(1, 10))
def test_moments_come_from_finds_and_lie_apart(found: list[tuple[Find, float]], limit: int) -> None:
    moments = assemble.moments(found, limit=limit)
    edges = {(find.video, find.span) for find, _ in found}
    assert len(moments) <= limit
    assert all((moment.video, moment.span) in edges for moment in moments)
    assert [m.score for m in moments] == sorted((m.score for m in moments), reverse=True)
    for n, one in enumerate(moments):
        for other in moments[:n]:
            if one.video == other.video:
                shorter = min(one.span.duration_ns, other.span.duration_ns)
                assert one.span.overlap_ns(other.span) <= 0.5 * shorter


@given(st.lists(finds(), max_size=15))
def test_the_order_of_finds_does_not_matter(found: list[tuple[Find, float]]) -> None:
    one = assemble.moments(found, limit=20)
    other = assemble.moments(found[::-1], limit=20)
    assert [(m.video, m.span) for m in one] == [(m.video, m.span) for m in other]
    assert [m.score for m in one] == pytest.approx([m.score for m in other])


@given(st.lists(finds(), max_size=10))
def test_moments_are_cut_to_their_video(found: list[tuple[Find, float]]) -> None:
    short = TimeSpan.of_seconds(0, 30)
    for moment in assemble.moments(found, limit=20):
        cut = assemble.bounded(moment, short)
        assert cut.span.clipped(short) == cut.span


plans = st.builds(
    QueryPlan,
    question=TEXT,
    text=TEXT,
    language=st.sampled_from(["en", "de", "fr", "es"]),
    lookups=st.lists(
        st.builds(
            Lookup,
            st.sampled_from(list(LegKind)),
            st.lists(st.sampled_from(list(Lane)), max_size=2).map(tuple),
            TEXT,
            st.floats(0, 1),
        ),
        max_size=3,
    ).map(tuple),
    phrases=st.lists(TEXT, max_size=2).map(tuple),
    exclude=st.lists(TEXT, max_size=2).map(tuple),
    names=st.lists(TEXT, max_size=2).map(tuple),
    speakers=st.lists(TEXT, max_size=2).map(tuple),
    anchor=st.none() | TEXT,
    filters=st.builds(
        Filters,
        files=st.lists(TEXT, max_size=2).map(tuple),
        min_duration_s=st.none() | st.floats(0, 1e6),
        lanes=st.lists(st.sampled_from(list(Lane)), max_size=2).map(tuple),
        orientation=st.none() | st.sampled_from(["portrait", "square"]),
    ),
    sequence=st.none() | st.builds(Sequence, TEXT, TEXT, st.floats(0, 1e4), st.just("both")),
    shape=st.sampled_from(list(Shape)),
    like=st.none() | TEXT,
    window_s=st.none() | st.floats(1, 600),
    limit=st.integers(1, 100),
)


@given(plans)
def test_any_plan_goes_to_json_and_back(made: QueryPlan) -> None:
    assert from_json(to_json(made)) == made


@given(st.text(alphabet=string.printable + "äéñ¿«»“”’", max_size=120))
def test_any_question_becomes_a_plan(question: str) -> None:
    from datetime import date

    made = plan(question, today=date(2026, 1, 1), known=Vocabulary(files=("a.mp4",)))
    assert made.question == question
    assert replace(made, question="") == replace(from_json(to_json(made)), question="")
