"""Stamps that run forward, whatever the file says."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from viewfinder.ingest.worker.clock import JUMP_NS, Clock

S = 1_000_000_000


def passed(stamps_s: list[float], most_s: int = 10_000) -> list[float]:
    clock: Clock[float] = Clock(most_s * S)
    out = [p for s in stamps_s for p in clock.take(round(s * S), s)]
    out += clock.flush()
    return [at_ns / S for at_ns, _ in out]


def test_steady_stamps_pass_unchanged() -> None:
    assert passed([0, 1, 2, 3]) == [0, 1, 2, 3]


def test_a_lone_wild_stamp_is_dropped() -> None:
    assert passed([0, 1, 500, 2, 3]) == [0, 1, 2, 3]


def test_a_gap_that_the_next_stamp_confirms_is_kept() -> None:
    assert passed([0, 1, 60, 61]) == [0, 1, 60, 61]


def test_a_slide_show_keeps_its_slow_pace() -> None:
    assert passed([0, 20, 40, 60]) == [0, 20, 40, 60]


def test_a_counter_that_begins_anew_goes_on_from_where_it_was() -> None:
    assert passed([30, 31, 32, 0, 1, 2]) == [30, 31, 32, 32, 33, 34]


def test_beyond_belief_is_not_believed() -> None:
    assert passed([0, 1, 20_000, 20_001], most_s=100)[:2] == [0, 1]
    assert all(at < 20_000 for at in passed([0, 1, 20_000, 20_001], most_s=100)[:2])


@given(st.lists(st.integers(0, 3600), max_size=30))
def test_time_never_jumps_back_by_more_than_the_doubt(stamps_s: list[int]) -> None:
    out = passed([float(s) for s in stamps_s])
    assert all(b - a >= -JUMP_NS / S for a, b in itertools.pairwise(out))
