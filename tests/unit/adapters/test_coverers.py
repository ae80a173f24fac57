"""What covers faces: its contract, its arithmetic, and what it must never give away."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from viewfinder.adapters.coverers import centerface
from viewfinder.adapters.coverers.centerface import CenterFace, decoded
from viewfinder.domain.errors import PluginUnavailable
from viewfinder.ports import Covered, Coverer
from viewfinder.testing.contracts import CovererContract
from viewfinder.testing.media import draw_face
from viewfinder.testing.models import covering


@pytest.fixture(scope="module")
def coverer(weights: Path) -> CenterFace:
    folder = weights / "faces"
    if not (folder / "centerface.onnx").is_file():
        pytest.skip("the weights 'faces' are optional and not here")
    return CenterFace(centerface.Config(str(folder), ("0" * 64,)))


@pytest.mark.models
class TestCenterFace(CovererContract):
    @pytest.fixture
    def coverer(self, coverer: CenterFace) -> Coverer:
        return coverer

    @pytest.fixture
    def face(self) -> NDArray[np.uint8]:
        return draw_face(320, 240, 150)


class TestStandIn(CovererContract):
    @pytest.fixture
    def coverer(self) -> Coverer:
        return covering.plugin.build(covering.Config())

    @pytest.fixture
    def face(self) -> NDArray[np.uint8]:
        drawn = np.zeros((60, 80, 3), np.uint8)
        drawn[15:45, 20:60] = 255
        return drawn


def test_a_spot_of_the_grid_becomes_a_box_in_pixels() -> None:
    likeness, size, shift = (np.zeros((n, 8, 10), np.float32) for n in (1, 2, 2))
    likeness[0, 5, 3] = 0.9
    likeness[0, 1, 1] = 0.2
    size[:, 5, 3] = np.log([4.0, 2.0])  # 16 px high, 8 px wide
    shift[:, 5, 3] = 0.5, -0.25
    boxes, scores = decoded(likeness[0], size, shift, 0.5)
    np.testing.assert_allclose(boxes, [[9.0, 16.0, 17.0, 32.0]], atol=1e-5)
    np.testing.assert_allclose(scores, [0.9])
    boxes, scores = decoded(likeness[0], size, shift, 0.95)
    assert boxes.shape == (0, 4)
    assert scores.shape == (0,)


@pytest.mark.models
@pytest.mark.parametrize(("width", "height", "face_px"), [(1280, 720, 60), (480, 480, 432)])
def test_a_small_face_is_covered_and_one_that_fills_the_picture(
    coverer: CenterFace, width: int, height: int, face_px: int
) -> None:
    covered = coverer.cover(draw_face(width, height, face_px))
    assert covered.count == 1
    middle = covered.image[height // 2 - face_px // 4 : height // 2 + face_px // 4, width // 2]
    assert (middle == centerface.FILL).all()


def test_no_more_is_told_of_faces_than_how_many_and_how_much() -> None:
    assert [field.name for field in fields(Covered)] == ["image", "count", "share"]
    told = {name for name in dir(CenterFace) if not name.startswith("_")}
    assert told == {"cover", "tool"}


def test_missing_weights_are_named_with_the_way_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(PluginUnavailable, match="viewfinder models fetch faces"):
        CenterFace(centerface.Config(str(tmp_path)))
