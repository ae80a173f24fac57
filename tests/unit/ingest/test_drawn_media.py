"""The synthetic footage itself: what it says is what was drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewfinder.ingest.decode import Decoded, decode
from viewfinder.ingest.probe import probe
from viewfinder.testing.media import Script, damage, draw_sample, frame_pixels, read_barcode


@given(st.integers(0, 2**24 - 1))
def test_the_block_code_reads_back_to_the_millisecond(at_ms: int) -> None:
    pixels = frame_pixels(Script(seconds=1.0), at_ms / 1000)
    assert read_barcode(pixels) == at_ms


def test_a_picture_without_the_code_has_none() -> None:
    assert read_barcode(np.full((90, 160, 3), 90, np.uint8)) is None


def test_the_sample_of_the_first_tour_has_its_four_shots(tmp_path: Path) -> None:
    path = draw_sample(tmp_path / "sample.mp4")
    video = probe(path)
    *_, last = decode(video, path, tmp_path / "spool")
    assert isinstance(last, Decoded)
    assert [shot.start_s for shot in last.clip.shots] == [0.0, 4.0, 10.0, 16.0]
    assert video.title == "Harbour morning"
    assert path.stat().st_size < 4_000_000


def test_a_kind_of_damage_that_is_not_known_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no damage named"):
        damage(tmp_path / "a.mp4", "moth-eaten")
