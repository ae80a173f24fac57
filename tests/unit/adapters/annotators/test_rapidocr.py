"""On-screen text: lines over time without a model, and the reader on drawn frames."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from viewfinder.adapters.annotators import rapidocr
from viewfinder.adapters.annotators.rapidocr import Config, Line, RapidOcr, Reading
from viewfinder.domain.annotation import Annotation, Region
from viewfinder.domain.errors import PluginUnavailable
from viewfinder.domain.media import Clip, Frame
from viewfinder.domain.time import SECOND_NS, TimeSpan
from viewfinder.testing import fakes
from viewfinder.testing.contracts import AnnotatorContract

CONFIG = Config(Path("nowhere"))
HERE = Region(0.1, 0.1, 0.5, 0.1)
THERE = Region(0.1, 0.6, 0.5, 0.1)

Pixels = NDArray[np.uint8]


def seconds(start: int, end: int) -> TimeSpan:
    return TimeSpan(start * SECOND_NS, end * SECOND_NS)


def followed(*frames: list[Reading]) -> list[Line]:
    """Return the lines of frames that each stand for a second, in order of start."""
    lines: list[Line] = []
    ended: list[Line] = []
    for at, readings in enumerate(frames):
        lines, gone = rapidocr.follow(lines, readings, seconds(at, at + 1), CONFIG)
        ended += gone
    return sorted([*ended, *lines], key=lambda line: line.span)


class TestFollow:
    def test_a_line_that_stays_is_one_line(self) -> None:
        (line,) = followed(*[[Reading("port 5432", 0.99, HERE)]] * 4)
        assert line.span == seconds(0, 4)
        assert line.frames == 4

    def test_the_most_certain_reading_is_kept(self) -> None:
        (line,) = followed(
            [Reading("p0rt 5432", 0.75, HERE)],
            [Reading("port 5432", 0.99, HERE)],
            [Reading("port 5482", 0.8, HERE)],
        )
        assert line.best.text == "port 5432"

    def test_of_readings_as_certain_the_fuller_is_kept(self) -> None:
        (line,) = followed(
            [Reading("Peach Project pres", 1.0, HERE)],
            [Reading("Peach Project presents", 0.98, HERE)],
        )
        assert line.best.text == "Peach Project presents"

    def test_other_words_in_the_same_place_are_another_line(self) -> None:
        lines = followed([Reading("Revenue", 1.0, HERE)], [Reading("Pricing", 1.0, HERE)])
        assert [(line.best.text, line.span) for line in lines] == [
            ("Revenue", seconds(0, 1)),
            ("Pricing", seconds(1, 2)),
        ]

    def test_a_line_that_moves_is_followed(self) -> None:
        (line,) = followed(
            [Reading("Directed by nobody", 1.0, HERE)], [Reading("Directed by nobody", 1.0, THERE)]
        )
        assert line.span == seconds(0, 2)

    def test_the_same_word_twice_on_screen_is_two_lines(self) -> None:
        both = [Reading("Save", 1.0, HERE), Reading("Save", 1.0, THERE)]
        first, second = followed(both, both)
        assert {first.best.region, second.best.region} == {HERE, THERE}
        assert first.span == second.span == seconds(0, 2)

    def test_one_missed_frame_does_not_end_a_line_and_two_do(self) -> None:
        line = [Reading("Activities", 1.0, HERE)]
        assert len(followed(line, [], line)) == 1
        assert len(followed(line, [], [], line)) == 2


@pytest.mark.parametrize(
    ("text", "confidence", "expected"),
    [
        ("TAXI", 0.7, True),
        ("$29", 0.9, True),
        ("3", 0.95, True),
        ("3", 0.8, False),
        ("O", 0.99, False),
        ("一", 0.99, False),
        ("--", 0.99, False),
    ],
)
def test_marks_that_look_like_text_are_no_text(
    text: str, confidence: float, expected: bool
) -> None:
    assert rapidocr.is_text(text, confidence) is expected


def test_overlap_is_intersection_over_union() -> None:
    assert rapidocr.overlap(HERE, HERE) == pytest.approx(1)
    assert rapidocr.overlap(HERE, THERE) == 0
    assert rapidocr.overlap(Region(0, 0, 1, 1), Region(0.5, 0, 1, 1)) == pytest.approx(1 / 3)


def test_missing_weights_are_named_with_the_way_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(PluginUnavailable, match=r"det\.onnx, rec\.onnx.*viewfinder models fetch"):
        list(RapidOcr(Config(tmp_path)).annotate(slides()))


def drawn(*lines: str, size_px: int = 28, shape: tuple[int, int] = (360, 640)) -> Pixels:
    image = Image.new("RGB", (shape[1], shape[0]), (24, 40, 72))
    pen = ImageDraw.Draw(image)
    for row, text in enumerate(lines):
        place = (40, 30 + row * 2 * size_px)
        pen.text(place, text, fill=(240, 240, 230), font=ImageFont.load_default(size_px))
    return np.asarray(image)


def clip_of(frames: list[Pixels], *, shots: list[TimeSpan]) -> Clip:
    """Return a clip with a frame every two seconds, from the first second on."""
    times = tuple((2 * k + 1) * SECOND_NS for k in range(len(frames)))
    by_time = dict(zip(times, frames, strict=True))
    return Clip(
        fakes.video("slides"),
        TimeSpan.hull(shots),
        tuple(shots),
        times,
        lambda at_ns: Frame(at_ns, by_time[at_ns]),
    )


def slides() -> Clip:
    """Return two slides, three frames each, with a cut at 6 s."""
    first, second = drawn("Quarterly review", "port 5432"), drawn("Questions and answers")
    return clip_of([first] * 3 + [second] * 3, shots=[seconds(0, 6), seconds(6, 12)])


@pytest.fixture(scope="module")
def reader(weights: Path) -> RapidOcr:
    return RapidOcr(Config(weights / "rapidocr", digests=("0" * 64,)))


@pytest.mark.models
class TestModel:
    def test_slides_are_read_and_last_from_cut_to_cut(self, reader: RapidOcr) -> None:
        notes = list(reader.annotate(slides()))
        assert [(note.text, note.span, note.quotable) for note in notes] == [
            ("Quarterly review", seconds(0, 6), True),
            ("port 5432", seconds(0, 6), True),
            ("Questions and answers", seconds(6, 12), True),
        ]

    def test_boxes_lie_around_the_words(self, reader: RapidOcr) -> None:
        (note,) = reader.annotate(clip_of([drawn("Quarterly review")], shots=[seconds(0, 2)]))
        assert note.region is not None
        assert note.region.x == pytest.approx(40 / 640, abs=0.02)
        assert note.region.y == pytest.approx(30 / 360, abs=0.03)
        assert note.region.h < 0.15

    @pytest.mark.parametrize("size_px", [12, 16, 40])
    def test_small_words_in_a_large_frame_are_read(self, reader: RapidOcr, size_px: int) -> None:
        frame = drawn("collected 12 items", size_px=size_px, shape=(720, 1280))
        assert [reading.text for reading in reader.read(frame)] == ["collected 12 items"]

    def test_a_picture_without_words_gives_no_notes(self, reader: RapidOcr) -> None:
        y, x = np.mgrid[:360, :640]
        hills = np.stack([(np.sin(x / 90) + y / 90) * 60, y / 2, 255 - y / 2], axis=2)
        clip = clip_of([np.clip(hills, 0, 255).astype(np.uint8)] * 2, shots=[seconds(0, 4)])
        assert list(reader.annotate(clip)) == []

    def test_what_has_not_changed_is_taken_over_unread(self, reader: RapidOcr) -> None:
        before = drawn("Quarterly review", "port 5432")
        known = [Reading("as it was", r.confidence, r.region) for r in reader.read(before)]
        after = drawn("Quarterly review", "port 8080")
        texts = [reading.text for reading in reader.read(after, known, before)]
        assert texts == ["as it was", "port 8080"]

    def test_a_line_that_is_being_typed_ends_up_whole(self, reader: RapidOcr) -> None:
        typed = ("user@host:~$ ls", "user@host:~$ ls /us", "user@host:~$ ls /usr")
        clip = clip_of([drawn(text) for text in typed], shots=[seconds(0, 6)])
        assert [(note.text, note.span) for note in reader.annotate(clip)] == [
            ("user@host:~$ ls /usr", seconds(0, 6))
        ]

    @pytest.mark.parametrize("shape", [(1, 1), (2, 640), (360, 1), (31, 31)])
    def test_odd_frames_do_no_harm(self, reader: RapidOcr, shape: tuple[int, int]) -> None:
        assert reader.read(np.zeros((*shape, 3), np.uint8)) == []


@pytest.mark.models
class TestContract(AnnotatorContract):
    @pytest.fixture
    def annotator(self, reader: RapidOcr) -> RapidOcr:
        return reader

    @pytest.fixture
    def clip(self) -> Clip:
        return slides()


def test_notes_of_lines_too_uncertain_are_dropped_and_of_doubtful_ones_not_quotable() -> None:
    def note(confidence: float) -> list[Annotation]:
        line = Line(*[Reading("Revenue", confidence, HERE)] * 2, seconds(0, 1))
        return list(rapidocr._notes(line, CONFIG))

    assert note(0.6) == []
    assert [n.quotable for n in note(0.8) + note(0.95)] == [False, True]
