"""Subtitles as found in the wild, descriptions, chapters, and transcripts without footage."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewfinder.domain.annotation import TrackName
from viewfinder.domain.errors import InputError
from viewfinder.domain.media import MediaKind, Video, VideoId
from viewfinder.domain.provenance import digest_of
from viewfinder.domain.time import SECOND_NS, TimeSpan
from viewfinder.ingest.beside import cues, sidecars

VTT = """WEBVTT - a talk
Kind: captions
Language: en

NOTE this is
no cue

STYLE
::cue { color: red }

1
00:01.000 --> 00:04.500 align:start position:0%
<v Roger Bingham>We are in <i>New York</i> City &amp; so on

intro
00:00:05.000 --> 00:00:06.000
- Who?
- Me. <c.yellow>Now</c>

00:00:07.000 --> 00:00:08.000
<v.loud Mary>Hi</v> <v Esme>Hee!</v>
"""


def written(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def said(path: Path) -> list[tuple[float, float, str | None, str]]:
    notes = sidecars.read_transcript(path)
    return [(n.span.start_s, n.span.end_s, n.speaker, n.text) for n in notes]


def test_webvtt_gives_speakers_and_plain_text(tmp_path: Path) -> None:
    path = written(tmp_path / "talk.vtt", VTT)
    assert said(path) == [
        (1.0, 4.5, "Roger Bingham", "We are in New York City & so on"),
        (5.0, 6.0, None, "- Who? - Me. Now"),
        (7.0, 8.0, "Mary", "Hi"),
        (7.0, 8.0, "Esme", "Hee!"),
    ]
    assert {n.language for n in sidecars.read_transcript(path)} == {"en"}


def test_subrip_is_read_with_or_without_empty_lines(tmp_path: Path) -> None:
    text = (
        "1\r\n00:00:01,000 --> 00:00:02,500\r\n{\\an8}One\r\n"
        "2\r\n00:00:03,000 --> 00:00:04,000\r\nTwo"
    )
    assert said(written(tmp_path / "a.srt", text)) == [
        (1.0, 2.5, None, "One"),
        (3.0, 4.0, None, "Two"),
    ]


def test_substation_alpha_gives_names_and_leaves_drawings_out(tmp_path: Path) -> None:
    text = (
        "[Events]\n"
        "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
        "Dialogue: 0,0:00:01.50,0:00:03.00,Default,Ann,0,0,0,,{\\i1}Look,{\\i0} there\\Nit is\n"
        "Dialogue: 0,0:00:02.00,0:00:03.00,Default,,0,0,0,,{\\p1}m 0 0 l 10 10{\\p0}\n"
        "Comment: 0,0:00:04.00,0:00:05.00,Default,,0,0,0,,not said\n"
    )
    assert said(written(tmp_path / "a.ass", text)) == [(1.5, 3.0, "Ann", "Look, there it is")]


@pytest.mark.parametrize(
    "content",
    [
        "1\n00:00:01,000 --> 00:00:02,000\nZürich – déjà vu\n".encode("utf-8-sig"),
        "1\n00:00:01,000 --> 00:00:02,000\nZürich – déjà vu\n".encode("utf-16"),
        "1\n00:00:01,000 --> 00:00:02,000\nZürich – déjà vu\n".encode("utf-16-le"),
        "1\n00:00:01,000 --> 00:00:02,000\nZürich – déjà vu\n".encode("cp1252"),
    ],
)
def test_encodings_of_other_times_are_read(tmp_path: Path, content: bytes) -> None:
    assert said(written(tmp_path / "a.srt", content))[0][3] == "Zürich – déjà vu"


def test_one_broken_byte_does_not_change_the_rest(tmp_path: Path) -> None:
    content = "1\n00:00:01,000 --> 00:00:02,000\nÄpfel und Öl \xff für\n".encode().replace(
        b"\xc3\xbf", b"\xff"
    )
    assert said(written(tmp_path / "a.srt", content))[0][3] == "Äpfel und Öl \ufffd für"


def test_captions_that_roll_up_say_each_line_once(tmp_path: Path) -> None:
    text = (
        "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\n\u00a0\nso<00:00:00.500><c> today</c>\n\n"
        "00:00:02.000 --> 00:00:02.010\nso today\n\u00a0\n\n"
        "00:00:02.010 --> 00:00:04.000\nso today\nwe<00:00:02.500><c> build</c>\n"
    )
    assert [t for *_, t in said(written(tmp_path / "a.vtt", text))] == ["so today", "we build"]


def test_names_count_as_speakers_only_where_they_are_marked(tmp_path: Path) -> None:
    lines = ["NARRATOR: It was late.", "Note: this is a sentence.", "We meet at noon: be there."]
    text = "\n\n".join(
        f"{i}\n00:00:{i:02},000 --> 00:00:{i:02},900\n{line}" for i, line in enumerate(lines)
    )
    assert [(s, t) for *_, s, t in said(written(tmp_path / "a.srt", text))] == [
        ("NARRATOR", "It was late."),
        (None, "Note: this is a sentence."),
        (None, "We meet at noon: be there."),
    ]


def test_a_name_before_most_turns_is_a_speaker(tmp_path: Path) -> None:
    text = "\n\n".join(
        f"{i}\n00:00:{i:02},000 --> 00:00:{i:02},900\n{'Ann' if i % 2 else 'Bo'}: word {i}"
        for i in range(8)
    )
    assert {s for *_, s, _ in said(written(tmp_path / "a.srt", text))} == {"Ann", "Bo"}


def test_a_cue_that_ends_before_it_starts_lasts_to_the_next(tmp_path: Path) -> None:
    text = "00:05.000 --> 00:01.000\nlate\n\n00:06.000 --> 00:07.000\nnext\n"
    assert said(written(tmp_path / "a.vtt", text))[0][:2] == (5.0, 6.0)


@pytest.mark.parametrize("content", [b"", b"no cues here", bytes(range(256)) * 40, b"\0" * 100])
def test_what_holds_no_cue_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InputError, match=r"a\.srt"):
        sidecars.read_transcript(written(tmp_path / "a.srt", content))


def test_a_transcript_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.vtt"):
        sidecars.read_transcript(tmp_path / "gone.vtt")


@given(st.binary(max_size=400))
def test_any_bytes_give_cues_or_a_refusal(content: bytes) -> None:
    try:
        text = cues.text_of(content, "x")
    except InputError:
        return
    for found in (cues.of_text(text), cues.of_ass(text)):
        assert all(0 <= cue.start_ns < cue.end_ns for cue in found)


@given(st.text(max_size=200))
def test_plain_text_has_no_tags_and_one_line(text: str) -> None:
    assert "\n" not in cues.plain(text)
    assert "<i>" not in cues.plain(f"<i>{text}</i>") or "<i>" in text or "lt" in text


def test_a_transcript_is_an_item_of_its_own(tmp_path: Path) -> None:
    path = written(tmp_path / "meeting.vtt", VTT)
    video = sidecars.offline_video(path)
    assert video.kind is MediaKind.OFFLINE
    assert video.duration_ns == 8 * SECOND_NS
    assert video.id == digest_of(path.read_bytes())


def test_only_what_bears_the_name_of_the_media_lies_beside_it(tmp_path: Path) -> None:
    media = tmp_path / "talk.mp4"
    for name in (
        "talk.mp4", "talk.vtt", "talk.en.vtt", "talk.pt-BR.srt", "talk.mp4.ass", "talk.info.json",
        "talk.description", "talk2.vtt", "talk.part2.vtt", "talk.mkv", "talk.json", "other.srt",
    ):  # fmt: skip
        written(tmp_path / name, b"x")
    assert [p.name for p in sidecars.sidecar_paths(media)] == [
        "talk.description", "talk.en.vtt", "talk.info.json", "talk.mp4.ass", "talk.pt-BR.srt",
        "talk.vtt",
    ]  # fmt: skip


@pytest.fixture
def video() -> Video:
    return Video(VideoId("0" * 64), "/talk.mp4", MediaKind.VIDEO, 6 * SECOND_NS)


def test_sidecars_become_tracks_that_name_their_source(tmp_path: Path, video: Video) -> None:
    path = written(tmp_path / "talk.de.vtt", VTT)
    (track,) = sidecars.sidecar_tracks(video, tmp_path / "talk.mp4")
    assert track.name is TrackName.CAPTIONS
    assert track.derivation.inputs == (digest_of(path.read_bytes()),)
    assert {note.language for note in track.annotations} == {"de"}
    assert max(note.span.end_ns for note in track.annotations) <= video.duration_ns


def test_a_downloaders_info_becomes_facts_and_chapters(tmp_path: Path, video: Video) -> None:
    info = {
        "title": "Harbour",
        "uploader": "Port TV",
        "upload_date": "20240501",
        "description": "First.\n\nSecond part.",
        "tags": ["boats", "sea"],
        "chapters": [
            {"start_time": 0, "end_time": 2.5, "title": "Arrival"},
            {"start_time": "x", "end_time": None, "title": "broken"},
        ],
        "formats": [{"url": "not wanted"}],
    }
    written(tmp_path / "talk.info.json", json.dumps(info))
    (track,) = sidecars.sidecar_tracks(video, tmp_path / "talk.mp4")
    assert track.name is TrackName.METADATA
    assert {(n.text, n.span) for n in track.annotations} == {
        ("chapter: Arrival", TimeSpan.of_seconds(0, 2.5)),
        ("title: Harbour", video.span),
        ("uploader: Port TV", video.span),
        ("upload date: 2024-05-01", video.span),
        ("description: First.", video.span),
        ("description: Second part.", video.span),
        ("tags: boats, sea", video.span),
    }


def test_a_broken_sidecar_is_told_and_the_others_still_speak(tmp_path: Path, video: Video) -> None:
    written(tmp_path / "talk.info.json", b"{not json")
    written(tmp_path / "talk.srt", b"nothing")
    written(tmp_path / "talk.vtt", VTT)
    media = tmp_path / "talk.mp4"
    assert [t.name for t in sidecars.sidecar_tracks(video, media)] == [TrackName.CAPTIONS]
    problems = sidecars.sidecar_problems(media)
    assert len(problems) == 2
    assert "talk.info.json" in problems[0]
    assert "talk.srt" in problems[1]
