"""Contracts of the picture lane's models, and that they know a few things when they see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from viewfinder.adapters.annotators import labels, objects
from viewfinder.adapters.encoders import efficientnet, hashing, prototypes
from viewfinder.domain.errors import ConfigError, PluginUnavailable
from viewfinder.domain.media import Clip, Frame
from viewfinder.domain.segment import Vectors
from viewfinder.domain.time import TimeSpan, to_ns
from viewfinder.ports import Annotator, CropEncoder, FeatureAnnotator, TextEncoder
from viewfinder.testing import fakes
from viewfinder.testing.contracts import (
    AnnotatorContract,
    CropEncoderContract,
    FeatureAnnotatorContract,
    TextEncoderContract,
)


def ball() -> NDArray[np.uint8]:
    """Return a drawn orange: round, shaded, on white."""
    y, x = np.mgrid[0:240, 0:320].astype(np.float32)
    light = np.clip(1.2 - np.hypot(x - 140, y - 100) / 150, 0.3, 1)
    disc = np.hypot(x - 160, y - 120) < 90
    picture = np.full((240, 320, 3), 250, np.float32)
    picture[disc] = np.stack([light * 255, light * 140, light * 20], axis=2)[disc]
    return cv2.GaussianBlur(picture, (0, 0), 1.2).astype(np.uint8)


def folder(weights: Path, name: str) -> str:
    return str(weights / name)


@pytest.mark.models
class TestEfficientNet(CropEncoderContract):
    @pytest.fixture
    def encoder(self, weights: Path) -> CropEncoder:
        return efficientnet.plugin.build(efficientnet.Config(folder(weights, "efficientnet-lite2")))


@pytest.mark.models
class TestLabels(FeatureAnnotatorContract):
    @pytest.fixture
    def annotator(self, weights: Path) -> FeatureAnnotator:
        return labels.plugin.build(labels.Config(folder(weights, "efficientnet-lite2")))

    @pytest.fixture
    def features(self) -> NDArray[np.float32]:
        rows = np.random.default_rng(3).normal(size=(3, 4, 1280)).astype(np.float32)
        return rows / np.linalg.norm(rows, axis=2, keepdims=True)


@pytest.mark.models
class TestObjects(AnnotatorContract):
    @pytest.fixture
    def annotator(self, weights: Path) -> Annotator:
        return objects.plugin.build(objects.Config(folder(weights, "ssd-mobilenet-v3")))

    @pytest.fixture
    def clip(self) -> Clip:
        span = TimeSpan.of_seconds(0, 2)
        shown = replace(fakes.silent_clip(2), span=span, shots=(span,))
        frames = {0: ball(), to_ns(1): np.zeros((9, 300, 3), np.uint8)}
        return replace(
            shown,
            frame_times_ns=tuple(frames),
            read_frame=lambda at_ns: Frame(at_ns, frames[at_ns]),
        )


@pytest.mark.models
class TestPrototypes(TextEncoderContract):
    @pytest.fixture
    def encoder(self, weights: Path, tmp_path: Path) -> TextEncoder:
        text = hashing.plugin.build(hashing.Config())
        return prototypes.plugin.build(
            prototypes.Config((text,), folder(weights, "efficientnet-lite2"), (), str(tmp_path))
        )


@pytest.mark.models
def test_an_orange_is_named_and_boxed(weights: Path) -> None:
    lite = folder(weights, "efficientnet-lite2")
    seen = efficientnet.EfficientNetEncoder(efficientnet.Config(lite)).encode_images([ball()])
    probabilities = labels.LabelAnnotator(labels.Config(lite)).probabilities(seen.rows)
    assert probabilities.shape == (1, 1000)
    assert probabilities.sum() == pytest.approx(1, abs=1e-3)
    names = [
        line.split("\t")[0] for line in (Path(lite) / "classes.tsv").read_text("utf-8").splitlines()
    ]
    top = [names[n] for n in np.argsort(-probabilities[0])[:5]]
    assert {"orange", "lemon", "ping-pong ball", "croquet ball"} & set(top)
    ssd = folder(weights, "ssd-mobilenet-v3")
    found = objects.ObjectAnnotator(objects.Config(ssd)).found(ball())
    assert {"orange", "sports ball", "apple", "frisbee"} & {name for name, _, _ in found}


class Reader:
    """Text vectors that say which class is meant."""

    def __init__(self, names: Sequence[str]) -> None:
        self._inner = hashing.HashingEncoder(hashing.Config())
        self.space = self._inner.space
        self.read: list[str] = list(names)

    def encode_text(self, texts: Sequence[str]) -> Vectors:
        self.read += texts
        return self._inner.encode_text(texts)


def tiny_classifier(at: Path) -> str:
    """Write a classifier of three classes in five dimensions."""
    rng = np.random.default_rng(5)
    weight = rng.normal(size=(3, 5)).astype(np.float32)
    np.savez(
        at / "classifier.npz", weight=weight, bias=np.zeros(3, np.float32), mean=np.zeros(5, "f4")
    )
    rows = ["cat\tcat, house cat\ta small pet", "tree\ttree\ta tall plant", "sea\tsea\tmuch water"]
    (at / "classes.tsv").write_text("\n".join(rows) + "\n")
    return str(at)


def test_the_name_of_a_class_points_at_that_class(tmp_path: Path) -> None:
    made = prototypes.WordPrototypes(
        prototypes.Config((Reader([]),), tiny_classifier(tmp_path), (), "")
    )
    near = made.encode_text(["cat", "tree", "sea"]).rows @ made.landmarks.T
    assert near.argmax(axis=1).tolist() == [0, 1, 2]


def test_a_fit_is_kept_and_read_again_without_reading_the_classes(tmp_path: Path) -> None:
    config = prototypes.Config((Reader([]),), tiny_classifier(tmp_path), (), str(tmp_path / "k"))
    first = prototypes.WordPrototypes(config).encode_text(["cat"]).rows
    reader = Reader([])
    again = prototypes.WordPrototypes(replace(config, text=(reader,)))
    assert reader.read == []
    np.testing.assert_allclose(again.encode_text(["cat"]).rows, first, atol=2e-3)


def test_a_damaged_fit_is_made_anew(tmp_path: Path) -> None:
    config = prototypes.Config((Reader([]),), tiny_classifier(tmp_path), (), str(tmp_path / "k"))
    prototypes.WordPrototypes(config)
    (kept,) = (tmp_path / "k").iterdir()
    kept.write_bytes(kept.read_bytes()[:100])
    assert prototypes.WordPrototypes(config).encode_text(["cat"]).rows.shape == (1, 5)


def test_names_of_what_people_believe_are_not_noted(tmp_path: Path) -> None:
    tiny_classifier(tmp_path)
    (tmp_path / "classes.tsv").write_text("abaya\tabaya\tx\ntree\ttree\tx\nsea\tsea\tx\n")
    reader = labels.LabelAnnotator(labels.Config(str(tmp_path), floor=0.0))
    rows = np.random.default_rng(0).normal(size=(4, 1, 5)).astype(np.float32)
    clip = fakes.silent_clip(4)
    noted = reader.annotate_features(clip, [0, 1, 2, 3], rows)
    assert {note.text for note in noted if note.confidence > 0} <= {"tree", "sea"}


@pytest.mark.parametrize("build", [efficientnet, labels, objects])
def test_missing_weights_are_said_with_the_command_that_gets_them(
    build: object, tmp_path: Path
) -> None:
    plugin = build.plugin  # type: ignore[attr-defined]
    with pytest.raises(PluginUnavailable, match="viewfinder models fetch"):
        plugin.build(plugin.config(folder=str(tmp_path)))


def test_prototypes_without_a_text_encoder_say_so() -> None:
    with pytest.raises(PluginUnavailable, match="text encoder"):
        prototypes.plugin.build(prototypes.Config())


def test_impossible_settings_are_refused() -> None:
    with pytest.raises(ConfigError, match="crops"):
        efficientnet.plugin.build(efficientnet.Config(crops=3))
