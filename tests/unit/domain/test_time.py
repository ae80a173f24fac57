"""Time spans are half open, ordered, and never negative."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewfinder.domain.time import TimeSpan, clock, to_ns

instants = st.integers(0, 10**13)
spans = st.tuples(instants, instants).map(lambda ab: TimeSpan(min(ab), max(ab)))


def test_a_span_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="not a time span"):
        TimeSpan(5, 4)


def test_touching_spans_do_not_overlap() -> None:
    first, second = TimeSpan(0, 10), TimeSpan(10, 20)
    assert first.overlap_ns(second) == 0
    assert first.gap_ns(second) == 0
    assert not first.holds(10)


@given(spans, spans)
def test_overlap_is_symmetric_and_no_longer_than_either(a: TimeSpan, b: TimeSpan) -> None:
    assert a.overlap_ns(b) == b.overlap_ns(a)
    assert a.overlap_ns(b) <= min(a.duration_ns, b.duration_ns)
    assert 0 <= a.iou(b) <= 1


@given(spans, spans)
def test_a_hull_holds_both_and_a_clip_stays_inside(a: TimeSpan, b: TimeSpan) -> None:
    hull = TimeSpan.hull([a, b])
    assert hull.overlap_ns(a) == a.duration_ns
    assert hull.overlap_ns(b) == b.duration_ns
    clipped = a.clipped(b)
    assert b.start_ns <= clipped.start_ns <= clipped.end_ns <= b.end_ns
    assert clipped.duration_ns == a.overlap_ns(b)


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "00:00"), (59.999, "00:59"), (723, "12:03"), (3661, "1:01:01")]
)
def test_a_clock_rounds_down_as_players_do(seconds: float, shown: str) -> None:
    assert clock(to_ns(seconds)) == shown
