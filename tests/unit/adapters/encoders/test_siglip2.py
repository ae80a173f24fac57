"""The joint encoder agrees with the original on a model with random weights."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from viewfinder.adapters.encoders import siglip2
from viewfinder.domain.errors import ConfigError, PluginUnavailable
from viewfinder.ports import CropEncoder, TextEncoder
from viewfinder.testing.contracts import CropEncoderContract, TextEncoderContract

HERE = Path(__file__).parent / "siglip2"
TEXTS = (
    "a red car on a wet road",
    "Two Dogs and a CAT",
    "",
    "a text that is a good deal longer than the sixteen tokens which fit into this tower",
)
SIZES = ((48, 64, 1), (90, 31, 4), (32, 32, 9))


def towers(**settings: object) -> siglip2.JointTowers:
    config = {"folder": str(HERE), **settings}
    return siglip2.JointTowers(siglip2.Config(**config))  # type: ignore[arg-type]


def picture(height: int, width: int, seed: int) -> NDArray[np.uint8]:
    """Return the picture that ``siglip2/make.py`` gave the original."""
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    return ((x * (3 + seed) + y * (5 + c) + x * y // (7 + c)) % 256).astype(np.uint8)


def cosines(rows: NDArray[np.float32], reference: list[list[float]]) -> NDArray[np.float64]:
    theirs = np.array(reference)
    theirs /= np.linalg.norm(theirs, axis=1, keepdims=True)
    return np.einsum("nd,nd->n", rows, theirs)


class TestPictures(CropEncoderContract):
    @pytest.fixture
    def encoder(self) -> CropEncoder:
        return towers()


class TestTexts(TextEncoderContract):
    @pytest.fixture
    def encoder(self) -> TextEncoder:
        return towers()


def test_both_towers_agree_with_the_original() -> None:
    reference = json.loads((HERE / "reference.json").read_text())
    encoder = towers()
    seen = encoder.encode_images([picture(*size) for size in SIZES]).rows
    read = encoder.encode_text(TEXTS).rows
    assert cosines(seen, reference["pictures"]).min() > 0.9999
    assert cosines(read, reference["texts"]).min() > 0.9999


def test_the_check_would_notice_another_preparation() -> None:
    reference = json.loads((HERE / "reference.json").read_text())
    turned = [picture(*size)[:, ::-1].copy() for size in SIZES]
    seen = towers().encode_images(turned).rows
    assert cosines(seen, reference["pictures"]).min() < 0.999
    read = towers(lowercase=False).encode_text(TEXTS).rows
    assert cosines(read, reference["texts"]).min() < 0.9999


def test_words_and_pictures_share_one_space_that_names_its_settings() -> None:
    encoder = towers()
    assert encoder.encode_text(["x"]).space == encoder.encode_images([picture(9, 9, 1)]).space
    assert towers(lowercase=False).space != encoder.space


@pytest.mark.parametrize("settings", [{"text_length": 1}, {"threads": 0}])
def test_impossible_numbers_are_refused(settings: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match=str(next(iter(settings.values())))):
        towers(**settings)


def test_a_missing_file_is_said_with_a_way_on(tmp_path: Path) -> None:
    with pytest.raises(PluginUnavailable, match="viewfinder models"):
        towers(folder=str(tmp_path))


@pytest.mark.parametrize(
    ("settings", "shape"),
    [
        ({"size": {"shortest_edge": 20}, "do_center_crop": True, "crop_size": 16}, (3, 16, 16)),
        ({"size": 12}, (3, 12, 16)),
        ({"size": {"height": 10, "width": 8}}, (3, 10, 8)),
    ],
)
def test_preparation_follows_the_settings_of_other_models(
    settings: dict[str, object], shape: tuple[int, int, int]
) -> None:
    given = {"image_mean": [0, 0, 0], "image_std": [1, 1, 1], **settings}
    prepared = siglip2._Preparation.of(given).prepared(picture(30, 40, 2))
    assert prepared.shape == shape
    assert 0 <= prepared.min() <= prepared.max() <= 1
