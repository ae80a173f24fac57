"""Plain facts of a frame are measured on drawn pictures whose facts are known."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from viewfinder.adapters.annotators import look, objects
from viewfinder.domain.annotation import Region
from viewfinder.domain.colours import COLOURS, split_colour
from viewfinder.domain.media import Clip, Frame
from viewfinder.domain.time import TimeSpan, to_ns
from viewfinder.ports import Annotator
from viewfinder.testing import fakes
from viewfinder.testing.contracts import AnnotatorContract

Pixels = NDArray[np.uint8]
RGB = {
    "black": (10, 10, 10),
    "white": (245, 245, 245),
    "grey": (130, 130, 130),
    "red": (200, 20, 20),
    "orange": (250, 140, 10),
    "yellow": (245, 230, 20),
    "green": (30, 150, 40),
    "blue": (30, 60, 200),
    "purple": (130, 30, 190),
    "pink": (250, 130, 170),
    "brown": (110, 70, 30),
}


def filled(colour: str) -> Pixels:
    return np.full((90, 160, 3), RGB[colour], np.uint8)


def soft(seed: int = 0) -> Pixels:
    """Return something like a photograph: soft shades everywhere."""
    noise = np.random.default_rng(seed).integers(0, 256, (12, 20, 3), np.uint8)
    return np.asarray(cv2.resize(noise, (160, 90), interpolation=cv2.INTER_CUBIC), np.uint8)


def slide() -> Pixels:
    page = filled("white")
    for row in range(20, 70, 12):
        cv2.putText(page, "Words on it", (15, row), cv2.FONT_HERSHEY_SIMPLEX, 0.35, (0, 0, 0), 1)
    return page


def clip(*frames: Pixels, shots: tuple[tuple[float, float], ...] = ()) -> Clip:
    """Return a clip with a frame every two seconds."""
    times = {to_ns(2.0 * n): pixels for n, pixels in enumerate(frames)}
    span = TimeSpan.of_seconds(0, 2 * len(frames))
    return replace(
        fakes.silent_clip(2 * len(frames)),
        span=span,
        shots=tuple(TimeSpan.of_seconds(*s) for s in shots) or (span,),
        frame_times_ns=tuple(times),
        read_frame=lambda at_ns: Frame(at_ns, times[at_ns]),
    )


def facts(pixels: Pixels) -> set[str]:
    return {note.text for note in look.LookAnnotator(look.Config()).annotate(clip(pixels))}


class TestLook(AnnotatorContract):
    @pytest.fixture
    def annotator(self) -> Annotator:
        return look.plugin.build(look.Config())

    @pytest.fixture
    def clip(self) -> Clip:
        return clip(soft(), soft(), slide(), filled("red"), shots=((0, 4), (4, 8)))


@pytest.mark.parametrize("colour", COLOURS)
def test_both_tables_give_each_basic_colour_its_word(colour: str) -> None:
    assert colour in facts(filled(colour))
    assert objects.colour_of(filled(colour), Region(0, 0, 1, 1), 0.5) == colour


def test_a_box_of_two_colours_has_none() -> None:
    half = filled("red")
    half[:, 80:] = RGB["blue"]
    assert objects.colour_of(half, Region(0, 0, 1, 1), 0.6) is None


def test_colour_words_come_off_names_again() -> None:
    assert split_colour("red car") == ("red", "car")
    assert split_colour("wine glass") == (None, "wine glass")
    assert split_colour("orange") == (None, "orange")


def test_dark_bright_and_colourless_pictures_are_told() -> None:
    assert {"dark", "black and white"} <= facts(filled("black"))
    assert {"bright", "black and white"} <= facts(filled("white"))
    assert not {"dark", "bright", "black and white"} & facts(soft())


def test_a_slide_is_told_from_a_photograph_and_from_an_empty_picture() -> None:
    assert "flat graphics" in facts(slide())
    assert "flat graphics" not in facts(soft())
    assert "flat graphics" not in facts(filled("white"))


def test_stillness_is_said_only_within_a_shot() -> None:
    notes = look.LookAnnotator(look.Config())
    same = [n.text for n in notes.annotate(clip(soft(), soft()))]
    cut = [n.text for n in notes.annotate(clip(soft(), soft(), shots=((0, 2), (2, 4))))]
    assert "still picture" in same
    assert "still picture" not in cut


def test_a_part_that_moves_leaves_the_camera_static_and_a_shift_does_not() -> None:
    moved = soft()
    moved[20:40, 20:50] = 0
    assert look.motion(grey(soft()), grey(moved))[0][0] == "static camera"
    assert look.motion(grey(soft()), grey(np.roll(soft(), 9, axis=1)))[0][0] == "moving camera"


def grey(pixels: Pixels) -> NDArray[np.float32]:
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.float32)


def test_a_frame_speaks_until_the_next_and_never_across_a_cut() -> None:
    spans = clip(soft(), soft(), soft(), shots=((0, 3.5), (3.5, 6))).stretches()
    assert spans == (
        TimeSpan.of_seconds(0, 1),
        TimeSpan.of_seconds(1, 3.5),
        TimeSpan.of_seconds(3.5, 6),
    )


def test_a_picture_that_was_not_sampled_again_still_holds() -> None:
    slow = replace(clip(soft(), soft()), frame_times_ns=(0, to_ns(20)), span=TimeSpan(0, to_ns(30)))
    slow = replace(slow, shots=(slow.span,))
    assert slow.stretches() == (TimeSpan.of_seconds(0, 19), TimeSpan.of_seconds(19, 30))
