"""Facts of files, held against videos. The promises are ours."""

from __future__ import annotations

import pytest

from viewfinder.domain.media import MediaKind, Stream, Video, VideoId
from viewfinder.domain.search import Filters
from viewfinder.domain.time import to_ns
from viewfinder.retrieval.asking import facts

TALL = Video(
    VideoId("a" * 64),
    "/footage/2023/Harbour Tour.mp4",
    MediaKind.VIDEO,
    to_ns(95.0),
    streams=(Stream(0, "video", "h264"), Stream(1, "audio", "aac")),
    width=1080,
    height=1920,
    created="2023-06-01T10:00:00Z",
)


@pytest.mark.parametrize(
    "filters",
    [
        Filters(),
        Filters(files=("harbour tour.mp4",)),
        Filters(files=("*.mp4",)),
        Filters(files=("*/2023/*",)),
        Filters(after="2023-06-01", before="2023-06-02"),
        Filters(min_duration_s=95.0, max_duration_s=95.0),
        Filters(orientation="portrait"),
        Filters(has=("audio", "picture"), lacks=("subtitle",)),
    ],
)
def test_a_video_that_meets_the_facts_stays(filters: Filters) -> None:
    assert facts.allow(filters, TALL)


@pytest.mark.parametrize(
    "filters",
    [
        Filters(files=("other.mp4",)),
        Filters(after="2023-06-02"),
        Filters(before="2023-06-01"),
        Filters(max_duration_s=90.0),
        Filters(min_duration_s=96.0),
        Filters(orientation="landscape"),
        Filters(lacks=("audio",)),
        Filters(has=("subtitle",)),
    ],
)
def test_a_video_that_does_not_meet_them_goes(filters: Filters) -> None:
    assert not facts.allow(filters, TALL)


def test_silence_nobody_listened_for_is_not_a_fact() -> None:
    assert not facts.allow(Filters(lacks=("speech",)), TALL)
    assert not facts.allow(Filters(has=("speech",)), TALL)
    assert facts.allow(Filters(lacks=("speech",)), TALL, spoken=False)
    assert facts.allow(Filters(has=("speech",)), TALL, spoken=True)


def test_without_a_date_no_date_fits() -> None:
    dateless = Video(VideoId("b" * 64), "x.mp4", MediaKind.VIDEO, to_ns(1))
    assert facts.allow(Filters(), dateless)
    assert not facts.allow(Filters(after="1970-01-01"), dateless)
    assert facts.orientation(dateless) is None
