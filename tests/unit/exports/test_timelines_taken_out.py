"""Timelines of a library: timecode as the file bears it, duties honoured, words carried."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import opentimelineio as otio
import pytest

from viewfinder.app.editors import sources
from viewfinder.app.exports import Exports
from viewfinder.app.exports.timelines import KINDS
from viewfinder.app.library import Library, Refused
from viewfinder.domain.annotation import Annotation, TrackName
from viewfinder.domain.errors import UsageError
from viewfinder.domain.media import MediaKind, Video, VideoId
from viewfinder.domain.policy import Decision, Scope
from viewfinder.domain.search import Moment, Support
from viewfinder.domain.time import SECOND_NS, TimeSpan
from viewfinder.ingest.sandbox import DEFAULT
from viewfinder.testing.media import draw_clip

Put = Callable[..., Video]
NTSC = {"23.976": (24000, 1001), "29.97": (30000, 1001), "59.94": (60000, 1001)}


def filmed(path: Path, rate: str, timecode: str = "", frames: int = 60, **tags: str) -> Path:
    """Write a film of grey frames as a camera does: with a timecode track."""
    fps = Fraction(*NTSC.get(rate, (int(rate) if rate.isdigit() else 25, 1)))
    with av.open(str(path), "w") as container:
        if timecode:
            container.metadata["timecode"] = timecode
        container.metadata.update(tags)
        stream = container.add_stream("libx264", rate=fps)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.time_base = 1 / fps
        for n in range(frames):
            grey = np.full((48, 64, 3), n % 250, np.uint8)
            frame = av.VideoFrame.from_ndarray(grey, format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = n, 1 / fps
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("rate", "timecode", "suffix"),
    [
        ("25", "10:11:12:13", ".mp4"),
        ("24", "01:00:00:00", ".mov"),
        ("29.97", "00:59:59;28", ".mov"),
        ("29.97", "01:00:00:00", ".mp4"),
        ("59.94", "09:58:57;56", ".mov"),
        ("23.976", "23:59:59:23", ".mov"),
        ("50", "00:00:10:49", ".mov"),
    ],
)
def test_the_timecode_of_a_camera_is_read_from_its_track(
    rate: str, timecode: str, suffix: str, tmp_path: Path
) -> None:
    path = filmed(tmp_path / f"cam{suffix}", rate, timecode)
    read = sources.read(Video(VideoId("0" * 64), str(path), MediaKind.VIDEO, SECOND_NS), DEFAULT)
    assert read.has_timecode
    assert read.rate.fps == Fraction(*NTSC.get(rate, (int(float(rate)), 1)))
    assert read.rate.drop == (";" in timecode)
    assert read.rate.label(read.start) == timecode
    assert not read.is_variable


def test_a_real_camera_file_with_a_timecode_track_is_read(footage: Path) -> None:
    path = footage / "sam2_cups.mp4"
    read = sources.read(Video(VideoId("0" * 64), str(path), MediaKind.VIDEO, SECOND_NS), DEFAULT)
    assert read.has_timecode
    assert read.rate.label(read.start) == "00:00:00:00"


def test_a_place_in_a_file_is_its_start_timecode_and_the_frames_since(
    tmp_path: Path, shelf: Library, put: Put
) -> None:
    video = put(filmed(tmp_path / "A001.mov", "29.97", "00:59:59;20", frames=90))
    at = TimeSpan(round(20 * 1001 / 30000 * 1e9), round(50 * 1001 / 30000 * 1e9))
    made = shelf.exports.timeline([Moment(video.id, at, 1.0)], "edl", name="T")
    text = made.read().decode()
    assert "FCM: DROP FRAME" in text
    assert "A001     V     C        01:00:00;10 01:00:01;10 01:00:00;00 01:00:01;00" in text


def test_uneven_frames_are_told_and_counted_at_the_nearest_rate(tmp_path: Path, put: Put) -> None:
    source = draw_clip(tmp_path / "phone.mkv", seconds=8, variable_rate=True, rate=30)
    read = sources.read(put(source), DEFAULT)
    assert read.is_variable
    even = sources.read(put(draw_clip(tmp_path / "even.mkv", seconds=4, rate=30)), DEFAULT)
    assert (even.is_variable, even.rate.fps, even.has_timecode) == (False, 30, False)


def moment(video: Video, start_s: float, end_s: float, words: str = "") -> Moment:
    span = TimeSpan.of_seconds(start_s, end_s)
    part = Annotation(span, words)
    supports = (Support(TrackName.SPEECH, words, span, 0.9, part),) if words else ()
    return Moment(video.id, span, 1.0, supports)


@pytest.fixture
def two(tmp_path: Path, put: Put) -> list[Moment]:
    one = put(filmed(tmp_path / "one.mov", "25", "10:00:00:00"))
    other = put(filmed(tmp_path / "two.mp4", "23.976", "02:00:00:00"))
    first = moment(one, 0.4, 1.2, "the = harbour <opens>")
    return [first, moment(other, 0.5, 1.0, "at nine"), moment(one, 1.2, 2.0)]


def test_every_kind_carries_place_and_words(two: list[Moment], shelf: Library) -> None:
    for kind in KINDS:
        made = shelf.exports.timeline(two, kind, name="Harbour", before_s=0.2)
        text = made.read().decode()
        assert made.facts == {
            "rate": "25",
            "clips": 3,
            "frames": made.facts["frames"],
            "sources": 2,
        }
        assert made.name.startswith("Harbour.")
        assert "at nine" in text
        assert any("sources of 23.976, 25" in note for note in made.notes)
    lines = [line.document["subject"] for line in shelf.logbook.lines(action="export")]
    assert [(line["kind"], line["form"], line["moments"]) for line in lines] == [
        ("timeline", kind, 3) for kind in KINDS
    ]


def test_handles_stay_inside_the_file_and_the_marker_stays_at_the_moment(
    two: list[Moment], shelf: Library
) -> None:
    made = shelf.exports.timeline(two, "otio", before_s=1, after_s=0.4)
    read = otio.adapters.read_from_string(made.read().decode(), "otio_json")
    clips = list(read.tracks[0])
    assert [c.source_range.start_time.value for c in clips] == [900_000, 172_800, 900_005]
    assert [c.markers[0].marked_range.start_time.value for c in clips] == [
        900_010,
        172_812,
        900_030,
    ]
    assert clips[0].source_range.duration.value == 40


def test_duties_hold_for_timelines(
    two: list[Moment], within: Callable[[Scope], Exports], shelf: Library
) -> None:
    mute = within(Scope._mint(None, obligations=("withhold_words",)))
    for kind in KINDS:
        assert "nine" not in mute.timeline(two, kind).read().decode()
    most = within(Scope._mint(None, obligations=("at_most:1",))).timeline(two, "table")
    assert len(list(csv.reader(io.StringIO(most.read().decode())))) == 2
    assert "2 moments are left out" in " ".join(most.notes)
    with pytest.raises(UsageError, match="none of these"):
        within(Scope._mint(frozenset())).timeline(two, "otio")


def test_moments_chosen_by_their_time_bear_the_words_said_then(
    tmp_path: Path, put: Put, shelf: Library, within: Callable[[Scope], Exports]
) -> None:
    words = [(0.0, 1.0, "the ferry leaves"), (1.1, 1.9, "at nine")]
    video = put(filmed(tmp_path / "x.mov", "25"), words)
    chosen = [Moment(video.id, TimeSpan.of_seconds(1.2, 1.8), 0.0)]
    read = otio.adapters.read_from_string(
        shelf.exports.timeline(chosen, "otio").read().decode(), "otio_json"
    )
    (clip,) = read.tracks[0]
    assert clip.name == clip.markers[0].name == "at nine"
    assert video.name in clip.markers[0].comment
    assert 'speech: "at nine"' in clip.markers[0].comment
    mute = within(Scope._mint(None, obligations=("withhold_words",)))
    assert "at nine" not in mute.timeline(chosen, "otio").read().decode()


def test_a_table_holds_no_formula(tmp_path: Path, put: Put, shelf: Library) -> None:
    video = put(filmed(tmp_path / "x.mov", "25"))
    made = shelf.exports.timeline([moment(video, 0, 1, "=cmd|'/c calc'!A1")], "table")
    rows = list(csv.reader(io.StringIO(made.read().decode())))
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "@"))]


def test_what_makes_no_timeline_is_said(two: list[Moment], shelf: Library) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"kind": "avi"}, "no timeline of kind"),
        ({"rate": "25df"}, "drop no labels"),
        ({"before_s": 1e9}, "handle"),
        ({"moments": []}, "a moment at least"),
    ]
    for asked, named in wrong:
        given = {"moments": two, "kind": "otio", **asked}
        with pytest.raises(UsageError, match=named):
            shelf.exports.timeline(given.pop("moments"), given.pop("kind"), **given)


def test_reels_of_files_with_like_names_differ(tmp_path: Path, put: Put, shelf: Library) -> None:
    names = ("interview_monday.mov", "interview_tuesday.mov", "интервью.mov")
    clips = [put(filmed(tmp_path / n, "25", frames=30 + k)) for k, n in enumerate(names)]
    text = shelf.exports.timeline([moment(v, 0, 1) for v in clips], "edl").read().decode()
    reels = re.findall(r"^\d{3}  (\w+)", text, flags=re.MULTILINE)
    assert len(set(reels)) == 3
    assert reels[:2] == ["INTERVIE", "INTERVI2"]


def test_a_thousand_events_are_too_many_for_an_edl(
    tmp_path: Path, put: Put, shelf: Library
) -> None:
    video = put(filmed(tmp_path / "x.mov", "25"))
    with pytest.raises(UsageError, match="999 events"):
        shelf.exports.timeline([moment(video, 0, 1)] * 1000, "edl")


def test_a_library_that_lets_nothing_out_lets_no_timeline_out(
    two: list[Moment], shelf: Library
) -> None:
    def refuse(action: str) -> Scope:
        raise Refused(Decision(False, "no-export", f"no {action}"))

    exports = Exports(replace(shelf.exports._desk, admitted=refuse))
    calls: list[Callable[[], object]] = [
        lambda: exports.timeline(two, "otio"),
        lambda: exports.contact_sheet(two),
        lambda: exports.still(shelf.videos()[0], SECOND_NS),
        lambda: exports.clip(shelf.videos()[0], TimeSpan(0, SECOND_NS)),
        lambda: exports.citation(shelf.videos()[0], TimeSpan(0, SECOND_NS)),
    ]
    for call in calls:
        with pytest.raises(Refused, match="no export"):
            call()
