"""Pairs in time. The promises are ours."""

from __future__ import annotations

import pytest

from viewfinder.domain.media import VideoId
from viewfinder.domain.search import Moment, Sequence
from viewfinder.domain.time import TimeSpan
from viewfinder.retrieval import order

V, W = VideoId("v" * 64), VideoId("w" * 64)
LENGTHS = {V: TimeSpan.of_seconds(0, 100), W: TimeSpan.of_seconds(0, 100)}


def moment(start_s: float, end_s: float, video: VideoId = V, score: float = 0.64) -> Moment:
    return Moment(video, TimeSpan.of_seconds(start_s, end_s), score, (), score)


def pairs(wanted: str, first: Moment, second: Moment, within_s: float = 60.0) -> list[Moment]:
    asked = Sequence("a", "b", within_s, wanted)
    return order.pairs(asked, [first], [second], LENGTHS)


@pytest.mark.parametrize(
    ("wanted", "span"), [("first", (10, 14)), ("second", (20, 24)), ("both", (10, 24))]
)
def test_a_pair_gives_the_side_that_is_wanted(wanted: str, span: tuple[float, float]) -> None:
    [found] = pairs(wanted, moment(10, 14), moment(20, 24))
    assert found.span == TimeSpan.of_seconds(*span)
    assert found.score == pytest.approx(0.64 * (1 - 0.5 * 6 / 60))


def test_the_wrong_order_another_video_or_too_long_a_wait_is_no_pair() -> None:
    assert pairs("both", moment(20, 24), moment(10, 14)) == []
    assert pairs("both", moment(10, 14), moment(20, 24, W)) == []
    assert pairs("both", moment(10, 14), moment(30, 34), within_s=10.0) == []


def test_what_happens_before_is_the_stretch_before() -> None:
    asked = Sequence("", "the bang", 60.0, "first")
    [found] = order.pairs(asked, [], [moment(30, 34)], LENGTHS)
    assert found.span == TimeSpan.of_seconds(20, 30)


def test_what_happens_after_ends_with_the_video() -> None:
    asked = Sequence("the bang", "", 60.0, "second")
    [found] = order.pairs(asked, [moment(90, 95)], [], LENGTHS)
    assert found.span == TimeSpan.of_seconds(95, 100)


def test_a_moment_without_partner_is_worth_less_than_a_pair() -> None:
    [single] = order.alone([moment(1, 2)])
    assert single.score < moment(1, 2).score
    assert single.confidence < moment(1, 2).confidence
