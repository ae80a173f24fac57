"""What counts as the same when a stage is run again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from viewfinder.app.evidence import comparing, rederiving
from viewfinder.app.evidence.comparing import Compared, Outcome, Tolerance, tolerances
from viewfinder.domain.annotation import Track
from viewfinder.testing import fakes

LOOSE = Tolerance(words_percent=10.0, times_s=0.5, cosine=0.99)
WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]


def track(words: list[str], shift_s: float = 0.0) -> Track:
    made = fakes.track()
    notes = tuple(fakes.note(word, n + shift_s, n + 1 + shift_s) for n, word in enumerate(words))
    return replace(made, annotations=notes)


def outcome(words: list[str], shift_s: float = 0.0) -> Outcome:
    return comparing.tracks([track(WORDS)], [track(words, shift_s)], LOOSE).outcome


def test_every_stage_has_a_declared_tolerance() -> None:
    assert set(tolerances()) == set(rederiving.CAN)
    assert tolerances()["decode"] == Tolerance(0.0, 0.0, 1.0)


def test_notes_are_equal_within_or_different() -> None:
    assert outcome(WORDS) is Outcome.EQUAL
    assert outcome(WORDS, 0.4) is Outcome.WITHIN
    assert outcome(WORDS, 0.6) is Outcome.DIFFERENT
    assert outcome(["one", "too", *WORDS[2:]]) is Outcome.WITHIN
    assert outcome(["won", "too", *WORDS[2:]]) is Outcome.DIFFERENT
    assert outcome(WORDS[:-1]) is Outcome.WITHIN
    assert outcome([]) is Outcome.DIFFERENT
    assert comparing.tracks([track([])], [track(WORDS)], LOOSE).outcome is Outcome.DIFFERENT
    assert comparing.tracks([track(WORDS)], [], LOOSE).outcome is Outcome.DIFFERENT


def test_a_tighter_tolerance_never_allows_more() -> None:
    tight = Tolerance(0.0, 0.0, 1.0)
    for words, shift_s in ((WORDS, 0.0), (WORDS, 0.4), (WORDS[1:], 0.0), ([], 0.0)):
        loose = comparing.tracks([track(WORDS)], [track(words, shift_s)], LOOSE).outcome
        firm = comparing.tracks([track(WORDS)], [track(words, shift_s)], tight).outcome
        assert comparing.ORDER.index(firm) >= comparing.ORDER.index(loose)


def test_vectors_may_differ_a_little_and_counts_not_at_all() -> None:
    rows = np.eye(3, dtype=np.float32)
    near = rows + np.float32(0.01)
    far = rows[::-1].copy()
    same = {"rows": rows, "times": np.arange(3)}
    assert comparing.arrays(same, dict(same), LOOSE).outcome is Outcome.EQUAL
    assert comparing.arrays(same, {**same, "rows": near}, LOOSE).outcome is Outcome.WITHIN
    assert comparing.arrays(same, {**same, "rows": far}, LOOSE).outcome is Outcome.DIFFERENT
    later = {**same, "times": np.arange(3) + 1}
    assert comparing.arrays(same, later, LOOSE).outcome is Outcome.DIFFERENT
    assert comparing.arrays(same, {"rows": rows}, LOOSE).outcome is Outcome.DIFFERENT
    assert comparing.arrays(same, {**same, "rows": rows[:2]}, LOOSE).outcome is Outcome.DIFFERENT


def test_pictures_are_the_same_to_the_byte() -> None:
    assert comparing.pictures({1: b"a"}, {1: b"a"}).outcome is Outcome.EQUAL
    assert comparing.pictures({1: b"a"}, {1: b"b"}).outcome is Outcome.DIFFERENT


def test_the_worst_counts_and_says_why() -> None:
    some = [Compared(Outcome.EQUAL), Compared(Outcome.WITHIN, "a"), Compared(Outcome.WITHIN, "b")]
    assert comparing.worst(some) == Compared(Outcome.WITHIN, "a; b")
    assert comparing.worst([]) == comparing.EQUAL
