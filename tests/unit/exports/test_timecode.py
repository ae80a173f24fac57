"""Timecode: against published labels, and back again from any frame."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from viewfinder.app.editors.timecode import Rate, rate_of

RATES = [
    "23.976",
    "24",
    "25",
    "29.97",
    "29.97df",
    "30",
    "48",
    "50",
    "59.94",
    "59.94df",
    "60",
    "119.88df",
    "120",
    "100",
    "12.5",
]

# Labels of a frame count, as SMPTE ST 12-1 has them: the first label after each minute but
# every tenth is ;02 (or ;04), and an hour of 29.97 has 107,892 frames.
KNOWN = [
    ("29.97df", 0, "00:00:00;00"),
    ("29.97df", 1799, "00:00:59;29"),
    ("29.97df", 1800, "00:01:00;02"),
    ("29.97df", 3597, "00:01:59;29"),
    ("29.97df", 3598, "00:02:00;02"),
    ("29.97df", 17981, "00:09:59;29"),
    ("29.97df", 17982, "00:10:00;00"),
    ("29.97df", 17982 + 1800, "00:11:00;02"),
    ("29.97df", 107892, "01:00:00;00"),
    ("29.97df", 10 * 107892, "10:00:00;00"),
    ("59.94df", 3599, "00:00:59;59"),
    ("59.94df", 3600, "00:01:00;04"),
    ("59.94df", 35964, "00:10:00;00"),
    ("59.94df", 215784, "01:00:00;00"),
    ("29.97", 1800, "00:01:00:00"),
    ("29.97", 108000, "01:00:00:00"),
    ("23.976", 86400, "01:00:00:00"),
    ("24", 86399, "00:59:59:23"),
    ("25", 90000, "01:00:00:00"),
    ("50", 180049, "01:00:00:49"),
    ("60", 216000, "01:00:00:00"),
    ("120", 119, "00:00:00:119"),
]


@pytest.mark.parametrize(("name", "frame", "label"), KNOWN)
def test_frames_have_their_published_labels(name: str, frame: int, label: str) -> None:
    rate = rate_of(name)
    assert rate.label(frame) == label
    assert rate.frame(label) == frame


@given(st.sampled_from(RATES), st.integers(0, 10_000_000))
@example("29.97df", 2589407)
@example("59.94df", 5178815)
def test_every_frame_of_a_day_comes_back_from_its_label(name: str, frame: int) -> None:
    rate = rate_of(name)
    assert rate.frame(rate.label(frame)) == frame % rate.day


@given(st.integers(0, 2_589_407))
def test_labels_that_drop_frame_leaves_out_are_never_given(frame: int) -> None:
    minutes, seconds, frames = (
        Rate(Fraction(30000, 1001), drop=True).label(frame).replace(";", ":").split(":")[1:]
    )
    assert int(minutes) % 10 == 0 or seconds != "00" or int(frames) >= 2


@given(st.integers(0, 2_589_407))
def test_drop_frame_keeps_up_with_the_clock_on_the_wall(frame: int) -> None:
    """It is off by less than 0.2 s anywhere in a day (3.6 s an hour without it)."""
    rate = rate_of("29.97df")
    hours, minutes, seconds, frames = map(int, rate.label(frame).replace(";", ":").split(":"))
    said = (hours * 60 + minutes) * 60 + seconds + frames / 30
    assert abs(said - float(rate.seconds(frame))) < 0.2


@given(st.sampled_from(RATES), st.integers(0, 5_000_000))
def test_a_frame_comes_back_from_its_time(name: str, frame: int) -> None:
    rate = rate_of(name)
    assert rate.frames(rate.ns(frame)) == frame


@pytest.mark.parametrize("label", ["00:01:00;00", "00:01:00;01", "23:59:00;01"])
def test_a_label_left_out_is_no_label(label: str) -> None:
    with pytest.raises(ValueError, match="leaves out"):
        rate_of("29.97df").frame(label)


@pytest.mark.parametrize("label", ["", "1:2", "00:00:00:25", "24:00:00:00", "00:60:00:00", "x"])
def test_what_is_no_timecode_is_said(label: str) -> None:
    with pytest.raises(ValueError, match="timecode"):
        rate_of("25").frame(label)


@pytest.mark.parametrize("name", ["25df", "24df", "23.976df", "0", "-25", "abc", "1/0", "5000"])
def test_what_is_no_rate_is_said(name: str) -> None:
    with pytest.raises(ValueError, match=r"rate|labels"):
        rate_of(name)


def test_rates_are_exact() -> None:
    assert rate_of("23.976").fps == rate_of("23.98").fps == Fraction(24000, 1001)
    assert [rate_of(name).name for name in RATES] == [n.replace("119.88", "119.88") for n in RATES]
