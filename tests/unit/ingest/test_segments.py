"""Segments follow shots and utterances, cover what they were cut from, and never change ids."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from viewfinder.adapters.encoders import hashing
from viewfinder.domain.annotation import Annotation, Region, Track, TrackName
from viewfinder.domain.media import MediaKind, Video, VideoId
from viewfinder.domain.provenance import Derivation, Tool
from viewfinder.domain.segment import EmbeddingSpace, Lane
from viewfinder.domain.time import SECOND_NS, TimeSpan
from viewfinder.ingest import embed
from viewfinder.ingest.segments import BLOCK_NS, PICTURE_NS, segments, shortened, split_evenly
from viewfinder.testing import fakes

VIDEO = Video(VideoId("ab" * 32), "/talks/budget_talk-2024.mp4", MediaKind.VIDEO, 120 * SECOND_NS)
MADE = Derivation((), Tool("test", "1"))


def track(name: TrackName, *notes: Annotation) -> Track:
    return Track(name, MADE, notes)


def said(start_s: float, end_s: float, text: str, speaker: str | None = None) -> Annotation:
    return Annotation(TimeSpan.of_seconds(start_s, end_s), text, speaker=speaker)


def lane(of: Lane, *tracks: Track) -> list[str]:
    return [s.text for s in segments(VIDEO, tracks) if s.lane is of]


def test_a_pause_ends_a_block_and_short_gaps_do_not() -> None:
    texts = lane(
        Lane.SPEECH,
        track(TrackName.SPEECH, said(0, 2, "one"), said(3, 5, "two"), said(20, 22, "three")),
    )
    assert texts == ["one\ntwo", "three"]


def test_a_speaker_is_named_once_per_turn() -> None:
    texts = lane(
        Lane.CAPTIONS,
        track(
            TrackName.CAPTIONS,
            said(0, 2, "hello", "Ann"),
            said(2, 4, "again", "Ann"),
            said(4, 6, "hi", "Bob"),
        ),
    )
    assert texts == ["Ann: hello\nagain\nBob: hi"]


def test_a_long_turn_is_told_sentence_by_sentence() -> None:
    note = said(0, 40, "First we look at the budget for this year. Then we vote. " * 3)
    parts = list(shortened(note))
    assert len(parts) == 6
    assert parts[0].span.start_ns == 0
    assert abs(parts[-1].span.end_ns - note.span.end_ns) <= SECOND_NS
    assert all(a.span.end_ns == b.span.start_ns for a, b in itertools.pairwise(parts))


def test_lines_on_screen_together_are_one_segment_in_reading_order() -> None:
    lower = Annotation(TimeSpan.of_seconds(1, 9), "below", region=Region(0.1, 0.5, 0.3, 0.1))
    upper = Annotation(TimeSpan.of_seconds(2, 9), "above", region=Region(0.1, 0.1, 0.3, 0.1))
    later = Annotation(TimeSpan.of_seconds(30, 35), "later", region=Region(0.1, 0.1, 0.3, 0.1))
    assert lane(Lane.SCREEN_TEXT, track(TrackName.SCREEN_TEXT, lower, upper, later)) == [
        "above\nbelow",
        "later",
    ]


def test_cells_beside_each_other_are_read_as_one_row() -> None:
    span = TimeSpan.of_seconds(1, 9)
    cells = [
        Annotation(span, "$99", region=Region(0.6, 0.31, 0.1, 0.05)),
        Annotation(span, "Growth", region=Region(0.1, 0.30, 0.2, 0.05)),
        Annotation(span, "Plan", region=Region(0.1, 0.20, 0.2, 0.05)),
    ]
    assert lane(Lane.SCREEN_TEXT, track(TrackName.SCREEN_TEXT, *cells)) == ["Plan\nGrowth | $99"]


def test_the_words_of_a_file_name_can_be_searched() -> None:
    assert "budget talk 2024" in lane(Lane.METADATA)[0]


@given(st.integers(1, 10**12), st.integers(0, 10**12))
def test_pieces_of_a_shot_cover_it_without_gaps_and_are_not_long(length: int, start: int) -> None:
    span = TimeSpan(start, start + length)
    pieces = list(split_evenly(span, PICTURE_NS))
    assert pieces[0].start_ns == span.start_ns
    assert pieces[-1].end_ns == span.end_ns
    assert all(a.end_ns == b.start_ns for a, b in itertools.pairwise(pieces))
    assert all(p.duration_ns <= PICTURE_NS * 6 / 5 + 1 for p in pieces)


@given(
    st.lists(st.tuples(st.integers(0, 600), st.integers(1, 40), st.integers(1, 120)), max_size=30)
)
def test_no_word_is_lost_and_ids_are_stable(notes: list[tuple[int, int, int]]) -> None:
    spoken = track(
        TrackName.SPEECH,
        *(said(at, at + length, " ".join(["word"] * count)) for at, length, count in notes),
    )
    cut = segments(VIDEO, [spoken])
    words = sum(len(s.text.split()) for s in cut if s.lane is Lane.SPEECH)
    assert words == sum(count for *_, count in notes)
    assert [s.id for s in cut] == [s.id for s in segments(VIDEO, [spoken])]
    assert len({s.id for s in cut}) == len(cut)
    for segment in cut:
        if segment.lane is Lane.SPEECH and len(segment.parts) > 1:
            assert segment.span.duration_ns <= BLOCK_NS


def test_picture_vectors_go_to_the_shots_they_were_seen_in() -> None:
    shots = track(TrackName.SHOTS, said(0, 4, ""), Annotation(TimeSpan.of_seconds(4, 8), ""))
    cut = segments(VIDEO, [shots])
    space = EmbeddingSpace("toy", "1", 2)
    rows = np.array([[127, 0], [0, 127]], np.int8)
    spans = np.array([[0, 4], [4, 8]], np.int64) * SECOND_NS
    got = embed.pictures(cut, space, rows, spans, np.array([True, True]))
    pictures = [n for n, s in enumerate(cut) if s.lane is Lane.PICTURE]
    assert got.vectors.rows[pictures].tolist() == [[1, 0], [0, 1]]
    assert [len(got.details[n].rows) for n in pictures] == [1, 1]


def test_a_token_carries_the_time_of_the_line_it_stands_in() -> None:
    spoken = track(TrackName.SPEECH, said(0, 2, "one two"), said(2, 4, "two three", "Ann"))
    cut = [s for s in segments(VIDEO, [spoken]) if s.lane is Lane.SPEECH]
    (detail,) = embed.tokens(cut, hashing.HashingEncoder(hashing.Config())).details
    starts = [int(s) // SECOND_NS for s, _ in detail.spans_ns]
    assert starts in ([0, 0, 0, 2, 2], [0, 0, 2, 2, 2])


def test_lines_that_never_stood_together_are_no_row() -> None:
    def line(text: str, x: float, start_s: float, end_s: float) -> Annotation:
        return Annotation(TimeSpan.of_seconds(start_s, end_s), text, 0.9, Region(x, 0.1, 0.2, 0.1))

    through = Annotation(TimeSpan.of_seconds(5, 30), "made with", 0.9, Region(0.1, 0.8, 0.3, 0.1))
    lines = [line("LIFT", 0.1, 7, 8), line("release", 0.5, 20, 26), through]
    track = Track(TrackName.SCREEN_TEXT, fakes.derivation("screen_text"), tuple(lines))
    cut = segments(fakes.video("one"), [track])
    texts = [text for s in cut if s.lane is Lane.SCREEN_TEXT for text in s.text.split("\n")]
    assert sorted(texts) == ["LIFT", "made with", "release"]
