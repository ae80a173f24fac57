"""Access classes change over the whole of a video or a part, and nothing else does."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewfinder.domain.access import DEFAULT, AccessClass, Stretch, access_at, class_of
from viewfinder.domain.errors import PolicyError
from viewfinder.domain.time import TimeSpan
from viewfinder.governance.keeping.classes import Change, altered

WHOLE = TimeSpan(0, 100)
SEAL, UNSEAL = Change(labels=("sealed",)), Change(unlabel=("sealed",))


def test_a_change_of_a_part_leaves_the_video_as_it_is() -> None:
    access, parts = altered(DEFAULT, [], SEAL, whole=WHOLE, during=TimeSpan(10, 20))
    assert access == DEFAULT
    assert [part.span for part in parts] == [TimeSpan(10, 20)]
    assert class_of(parts[0].access).labels == ("sealed",)


def test_what_is_taken_back_leaves_no_part_behind() -> None:
    access, parts = altered(DEFAULT, [], SEAL, whole=WHOLE, during=TimeSpan(10, 20))
    assert altered(access, parts, UNSEAL, whole=WHOLE, during=TimeSpan(5, 30)) == (DEFAULT, [])


def test_neighbours_of_one_class_become_one_part() -> None:
    access, parts = altered(DEFAULT, [], SEAL, whole=WHOLE, during=TimeSpan(10, 20))
    _, joined = altered(access, parts, SEAL, whole=WHOLE, during=TimeSpan(20, 30))
    assert [part.span for part in joined] == [TimeSpan(10, 30)]


def test_a_change_of_the_whole_reaches_every_part() -> None:
    _, parts = altered(DEFAULT, [], SEAL, whole=WHOLE, during=TimeSpan(10, 20))
    access, moved = altered(DEFAULT, parts, Change(collection="news"), whole=WHOLE)
    assert class_of(access) == AccessClass("news")
    assert [class_of(part.access) for part in moved] == [AccessClass("news", ("sealed",))]


@given(
    st.lists(
        st.tuples(st.integers(0, 99), st.integers(1, 50), st.sampled_from("abc"), st.booleans()),
        max_size=12,
    )
)
def test_any_changes_leave_at_each_moment_what_they_would_leave_alone(
    changes: list[tuple[int, int, str, bool]],
) -> None:
    access: str = DEFAULT
    parts: list[Stretch] = []
    marks: list[set[str]] = [set() for _ in range(100)]
    for start, length, label, adds in changes:
        span = TimeSpan(start, min(100, start + length))
        change = Change(labels=(label,)) if adds else Change(unlabel=(label,))
        access, parts = altered(access, parts, change, whole=WHOLE, during=span)
        for at in range(span.start_ns, span.end_ns):
            marks[at] = marks[at] | {label} if adds else marks[at] - {label}
    for at, expected in enumerate(marks):
        name = access_at(TimeSpan(at, at + 1), parts, access)
        assert set(class_of(name).labels) == expected
    spans = [part.span for part in parts]
    assert all(one.end_ns <= two.start_ns for one, two in itertools.pairwise(spans))


def test_a_plain_word_is_a_collection() -> None:
    assert class_of("press") == AccessClass("press")


@pytest.mark.parametrize("name", ["{", '{"color": "red"}', '{"labels": 3}', "{}x"])
def test_what_is_no_access_class_is_said_so(name: str) -> None:
    with pytest.raises(PolicyError, match="no access class"):
        class_of(name)
