"""Whatever moments go into a timeline come out of every format at the same frame."""

from __future__ import annotations

import csv
import io
from fractions import Fraction
from typing import Any
from xml.etree import ElementTree as Tree

import opentimelineio as otio
from hypothesis import given, settings
from hypothesis import strategies as st

from viewfinder.app.editors import edl, fcpxml, markers, opentime, premiere, sequence
from viewfinder.app.editors.sequence import Marked, Sequence
from viewfinder.app.editors.sources import Source
from viewfinder.app.editors.timecode import rate_of
from viewfinder.domain.media import MediaKind, Video, VideoId
from viewfinder.domain.time import SECOND_NS, TimeSpan

RATES = ("23.976", "24", "25", "29.97", "29.97df", "30", "50", "59.94", "59.94df", "60")
NAMES = ("a.mov", "Ünïcode & <tags>.mp4", "a long name of a file.mkv", "a.mp4", "…")


@st.composite
def source(draw: st.DrawFn, number: int, rate: str | None = None) -> Source:
    counts = rate_of(rate or draw(st.sampled_from(RATES)))
    length_ns = draw(st.integers(SECOND_NS // 10, 7200 * SECOND_NS))
    name = draw(st.sampled_from(NAMES))
    video = Video(VideoId(f"{number:064x}"), f"/film/{number}/{name}", MediaKind.VIDEO, length_ns)
    start = draw(st.integers(0, counts.day // 2))
    width, channels = draw(st.sampled_from([(1920, 2), (1280, 0), (640, 1)]))
    return Source(video, counts, start, 0, True, False, width, 1080, channels, 48000)


@st.composite
def marked(draw: st.DrawFn, *, one_rate: bool) -> list[Marked]:
    rate = draw(st.sampled_from(RATES)) if one_rate else None
    sources = [draw(source(n, rate)) for n in range(draw(st.integers(1, 3)))]
    moments = []
    for _ in range(draw(st.integers(1, 5))):
        of = draw(st.sampled_from(sources))
        start = draw(st.integers(0, of.video.duration_ns - 1))
        end = draw(st.integers(start, of.video.duration_ns))
        handles = draw(st.tuples(*(st.sampled_from([0, SECOND_NS // 2, 5 * SECOND_NS]),) * 2))
        note = draw(st.sampled_from(["", "words & <b>", "line\nbreak|pipe", "Привет"]))
        moments.append(Marked(of, TimeSpan(start, end), *handles, note[:9], note))
    return moments


def clips(timeline: Any) -> list[Any]:
    """Return the clips of the first track that has any."""
    track = next(t for t in timeline.tracks if any(isinstance(c, otio.schema.Clip) for c in t))
    return [item for item in track if isinstance(item, otio.schema.Clip)]


def frames(found: list[Any]) -> list[tuple[int, int]]:
    spans = [(c.source_range.start_time.value, c.source_range.duration.value) for c in found]
    assert all(float(value).is_integer() for pair in spans for value in pair)
    return [(int(start), int(length)) for start, length in spans]


def wanted(made: Sequence, *, media: bool = True) -> list[tuple[int, int]]:
    kept = [e for e in made.events if e.source.width] if media else list(made.events)
    return [(event.start, event.length) for event in kept]


@given(marked(one_rate=False))
def test_a_sequence_is_whole_and_inside_its_sources(moments: list[Marked]) -> None:
    made = sequence.made("T", moments)
    record = 0
    for event, one in zip(made.events, moments, strict=True):
        assert event.record == record
        record += event.lasts
        assert 0 <= event.first < event.first + event.length <= event.source.length
        assert 0 <= event.mark < event.mark + event.marked <= event.length
        # The mark is the frame nearest to the moment; at the very end the last one.
        at = one.source.rate.ns(event.first + event.mark)
        assert abs(at - one.span.start_ns) <= 1.5 * SECOND_NS / one.source.rate.fps
        drift = event.lasts / made.rate.fps - event.length / one.source.rate.fps
        assert abs(drift) <= 1 / made.rate.fps
    reels = [reel for reel, _ in made.sources]
    assert len(set(reels)) == len(reels)
    assert all(reel.isalnum() and len(reel) <= 8 for reel in reels)


@given(marked(one_rate=False))
@settings(max_examples=40)
def test_opentimelineio_reads_the_same_frames(moments: list[Marked]) -> None:
    made = sequence.made("T", moments)
    read = otio.adapters.read_from_string(opentime.written(made), "otio_json")
    assert frames(clips(read)) == wanted(made)
    for clip, event in zip(clips(read), made.events, strict=True):
        rate = clip.source_range.start_time.rate
        assert abs(rate - float(event.source.rate.fps)) < 1e-9
        assert clip.media_reference.target_url == event.source.url
        assert clip.markers[0].marked_range.start_time.value == event.start + event.mark
        label = otio.opentime.to_timecode(
            clip.source_range.start_time, rate, event.source.rate.drop
        )
        assert label == event.source.rate.label(event.start)
    assert read.global_start_time.value == made.start


@given(marked(one_rate=True))
@settings(max_examples=40)
def test_an_edl_holds_the_same_frames_as_its_adapter_reads_them(moments: list[Marked]) -> None:
    """One rate for all, as the format means it."""
    made = sequence.made("T", moments)
    text = edl.written(made)
    read = otio.adapters.read_from_string(text, "cmx_3600", rate=float(made.rate.fps))
    rows = [line.split() for line in text.splitlines() if line[:3].isdigit()]
    for row, event in zip(rows, made.events, strict=True):
        edges = [made.rate.frame(label) for label in row[-4:]]
        start, record = event.start % made.rate.day, made.start + event.record
        assert edges[0] == start
        assert edges[1] == (event.start + event.length) % made.rate.day
        assert edges[2:] == [record % made.rate.day, (record + event.lasts) % made.rate.day]
        assert row[1] == event.reel
    found = frames([c for t in read.tracks if t.kind == "Video" for c in t.find_clips()])
    assert found == [(e.start % made.rate.day, e.length) for e in made.events if e.source.width]


@given(marked(one_rate=False))
@settings(max_examples=40)
def test_an_edl_of_several_rates_keeps_clock_and_lengths(moments: list[Marked]) -> None:
    made = sequence.made("T", moments)
    text = edl.written(made)
    rows = [line.split() for line in text.splitlines() if line[:3].isdigit()]
    for row, event in zip(rows, made.events, strict=True):
        edges = [made.rate.frame(label) for label in row[-4:]]
        assert (edges[1] - edges[0]) % made.rate.day == event.lasts
        assert (edges[3] - edges[2]) % made.rate.day == event.lasts
        same = made.rate.fps == event.source.rate.fps
        assert same or row[-4][:8] == event.source.rate.label(event.start)[:8]
    exact = [line.split() for line in text.splitlines() if line.startswith("* SOURCE TIMECODE")]
    others = [e for e in made.events if e.source.rate != made.rate]
    for told, event in zip(exact, others, strict=True):
        assert event.source.rate.frame(told[3]) == event.start % event.source.rate.day


def seconds(text: str) -> Fraction:
    assert text.endswith("s")
    return Fraction(text[:-1])


@given(marked(one_rate=False))
@settings(max_examples=40)
def test_fcpxml_times_are_exact_and_on_frames(moments: list[Marked]) -> None:
    """Its adapter reads 29.97 as 29 frames per second, so times are read as what they are."""
    made = sequence.made("T", moments)
    root = Tree.fromstring(fcpxml.written(made))
    line = root.find(".//sequence")
    assert line is not None
    assert seconds(line.attrib["tcStart"]) * made.rate.fps == made.start
    assert seconds(line.attrib["duration"]) * made.rate.fps == made.lasts
    formats = {form.attrib["id"]: form for form in root.iter("format")}
    assets = {asset.attrib["id"]: asset for asset in root.iter("asset")}
    found = list(root.iter("asset-clip"))
    for clip, event in zip(found, made.events, strict=True):
        counts, asset = event.source.rate, assets[clip.attrib["ref"]]
        assert seconds(clip.attrib["start"]) * counts.fps == event.start
        assert seconds(clip.attrib["offset"]) * made.rate.fps == made.start + event.record
        assert seconds(clip.attrib["duration"]) * made.rate.fps == event.lasts
        assert seconds(asset.attrib["start"]) * counts.fps == event.source.start
        assert seconds(asset.attrib["duration"]) * counts.fps == event.source.length
        assert asset[0].attrib["src"] == event.source.url
        form = formats[asset.attrib["format"]]
        assert 1 / seconds(form.attrib["frameDuration"]) == counts.fps
        assert clip.attrib["tcFormat"] == ("DF" if counts.drop else "NDF")
        mark = clip.find("marker")
        assert mark is not None
        assert seconds(mark.attrib["start"]) * counts.fps == event.start + event.mark


@given(marked(one_rate=True))
@settings(max_examples=40)
def test_the_fcpxml_adapter_agrees_where_it_counts_right(moments: list[Marked]) -> None:
    made = sequence.made("T", moments)
    if made.rate.fps.denominator != 1:
        return  # it cuts 30000/1001 down to 29
    read = otio.adapters.read_from_string(fcpxml.written(made), "fcpx_xml")
    whole = (
        read
        if isinstance(read, otio.schema.Timeline)
        else read.find_children(descended_from_type=otio.schema.Timeline)[0]
    )
    for found, told in zip(frames(clips(whole)), wanted(made, media=False), strict=True):
        assert told[0] - found[0] in (0, 1)  # it cuts 484.9999 down, too
        assert told[1] - found[1] in (0, 1)


@given(marked(one_rate=True))
@settings(max_examples=40)
def test_premiere_xml_is_read_back_with_the_same_frames(moments: list[Marked]) -> None:
    made = sequence.made("T", moments)
    read = otio.adapters.read_from_string(premiere.written(made), "fcp_xml")
    timeline = read if isinstance(read, otio.schema.Timeline) else read[0]
    found = [c for t in timeline.tracks if t.kind == "Video" for c in t.find_clips()]
    assert frames(found) == wanted(made)
    assert timeline.global_start_time.value == made.start
    shown = [event for event in made.events if event.source.width]
    for clip, event in zip(found, shown, strict=True):
        assert clip.media_reference.target_url == event.source.url
        assert clip.media_reference.available_range.start_time.value == event.source.start
        assert clip.range_in_parent().start_time.value == event.record


@given(marked(one_rate=False))
@settings(max_examples=40)
def test_premiere_xml_counts_each_source_in_its_own_frames(moments: list[Marked]) -> None:
    """Its adapter takes lengths of other rates from the sequence, so the document is read."""
    made = sequence.made("T", moments)
    root = Tree.fromstring(premiere.written(made))
    found = root.findall("./sequence/media/video/track/clipitem")
    shown = [event for event in made.events if event.source.width]
    for clip, event in zip(found, shown, strict=True):
        counts = event.source.rate
        told = {
            name: int(clip.findtext(name) or "-1") or -1 for name in ("start", "end", "in", "out")
        }
        assert told == {
            "start": event.record or -1,
            "end": event.record + event.lasts,
            "in": event.first or -1,
            "out": event.first + event.length,
        }
        assert clip.findtext("rate/timebase") == str(counts.nominal)
        assert clip.findtext("rate/ntsc") == ("TRUE" if counts.fps.denominator == 1001 else "FALSE")
    files = [f for f in root.iter("file") if f.find("pathurl") is not None]
    for file, (_, source) in zip(files, made.sources, strict=True):
        assert file.findtext("pathurl") == source.url
        assert file.findtext("timecode/string") == source.rate.label(source.start)
        assert file.findtext("timecode/displayformat") == ("DF" if source.rate.drop else "NDF")


@given(marked(one_rate=True))
@settings(max_examples=40)
def test_lists_of_markers_name_the_frame(moments: list[Marked]) -> None:
    made = sequence.made("T", moments)
    of_one = markers.is_of_source(made)
    places = [e.start + e.mark if of_one else made.start + e.record + e.mark for e in made.events]
    day = made.rate.day
    table = list(csv.DictReader(io.StringIO(markers.premiere(made))))
    assert [made.rate.frame(row["In"]) for row in table] == [p % day for p in places]
    lengths = [made.rate.frame(row["Duration"]) for row in table]
    assert lengths == [e.marked % day for e in made.events]
    avid = [line.split("\t") for line in markers.avid(made).splitlines()]
    assert [made.rate.frame(row[1]) for row in avid] == [p % day for p in places]
    lines = [x.split() for x in markers.resolve(made).splitlines() if x[:3].isdigit()]
    assert [made.rate.frame(row[4]) for row in lines] == [p % day for p in places]
    whole = list(csv.DictReader(io.StringIO(markers.table(made))))
    for event, row in zip(made.events, whole, strict=True):
        assert event.source.rate.frame(row["source_in"]) == event.start % event.source.rate.day
