"""Where faces are to be covered, no frame leaves the process that decodes otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from viewfinder.domain.errors import DecodeError
from viewfinder.ingest.decode import Covering, Decoded, Sampling, decode, reopen
from viewfinder.ingest.probe import probe
from viewfinder.ingest.sandbox import Limits
from viewfinder.testing.media import draw_clip, read_barcode
from viewfinder.testing.models.covering import FILL

OPEN = Sampling(frames_per_s=4.0)
SHUT = Sampling(frames_per_s=4.0, faces_covered_by="white")


def white(**settings: Any) -> Covering:
    """Return what takes the white of the bars in each frame for a face."""
    return Covering("viewfinder.testing.models.covering", "white", settings)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_clip(tmp_path_factory.mktemp("clip") / "a.mp4", seconds=2.0, cuts_s=(1.0,))


def decoded(path: Path, spool: Path, sampling: Sampling, covering: Covering | None) -> Decoded:
    *_, last = decode(
        probe(path), path, spool, sampling=sampling, limits=Limits(), covering=covering
    )
    assert isinstance(last, Decoded)
    return last


def pictures(made: Decoded) -> list[np.ndarray]:
    """Return every frame and every thumbnail."""
    small = (
        cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR_RGB)
        for content in made.thumbnails.values()
    )
    return [*(frame.pixels for frame in made.clip.frames()), *small]


def test_frames_and_thumbnails_are_covered_before_they_are_kept(clip: Path, tmp_path: Path) -> None:
    seen = pictures(decoded(clip, tmp_path / "open", OPEN, None))
    assert all(read_barcode(pixels) is not None for pixels in seen)
    hidden = pictures(decoded(clip, tmp_path / "shut", SHUT, white()))
    assert len(hidden) == len(seen)
    for pixels in hidden:
        assert read_barcode(pixels) is None
        assert (np.abs(pixels[-3:, : pixels.shape[1] // 4].astype(int) - FILL) < 12).all()


def test_what_was_decoded_uncovered_is_not_used_again(clip: Path, tmp_path: Path) -> None:
    decoded(clip, tmp_path / "spool", OPEN, None)
    assert reopen(probe(clip), tmp_path / "spool", SHUT) is None
    decoded(clip, tmp_path / "spool", SHUT, white())
    assert reopen(probe(clip), tmp_path / "spool", OPEN) is None


@pytest.mark.parametrize("covering", [white(breaks=True), Covering("viewfinder.nowhere", "white")])
def test_where_covering_fails_no_frame_is_kept(
    clip: Path, tmp_path: Path, covering: Covering
) -> None:
    with pytest.raises(DecodeError):
        decoded(clip, tmp_path / "spool", SHUT, covering)
    assert reopen(probe(clip), tmp_path / "spool", SHUT) is None
    kept = tmp_path / "spool" / "frames.bin"
    assert not kept.exists() or kept.stat().st_size == 0


@pytest.mark.parametrize(("sampling", "covering"), [(SHUT, None), (OPEN, white())])
def test_what_is_asked_for_and_what_is_at_hand_must_agree(
    clip: Path, tmp_path: Path, sampling: Sampling, covering: Covering | None
) -> None:
    with pytest.raises(DecodeError, match="cover its faces"):
        decoded(clip, tmp_path / "spool", sampling, covering)
    assert not (tmp_path / "spool").exists()


def test_a_library_that_covers_nothing_keeps_the_results_it_has() -> None:
    assert "faces_covered_by" not in OPEN.settings()
    assert SHUT.settings()["faces_covered_by"] == "white"
