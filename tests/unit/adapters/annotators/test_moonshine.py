"""English speech with Moonshine: loops without a model, and the model on sound."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from viewfinder.adapters.annotators import moonshine
from viewfinder.adapters.annotators.moonshine import Config, Moonshine
from viewfinder.domain.errors import PluginUnavailable
from viewfinder.domain.media import SAMPLE_RATE_HZ, Clip
from viewfinder.domain.time import TimeSpan
from viewfinder.testing import fakes
from viewfinder.testing.contracts import AnnotatorContract


def clip_of(sound: NDArray[np.float32]) -> Clip:
    span = TimeSpan.of_seconds(0, len(sound) / SAMPLE_RATE_HZ)
    return Clip(fakes.video("sound"), span, read_sound=lambda: sound)


@pytest.mark.parametrize(
    ("text", "is_loop"),
    [
        ("thank you, thank you, thank you, thank you, thank you", True),
        ("yeah yeah yeah yeah", True),
        ("no, no, no, that is not it", False),
        ("it was the best of times, it was the worst of times", False),
    ],
)
def test_a_phrase_said_four_times_running_is_a_loop(text: str, is_loop: bool) -> None:
    assert (moonshine._LOOP.search(text) is not None) is is_loop


def test_stretches_are_in_order_and_none_is_too_long() -> None:
    annotator = Moonshine(Config(Path("nowhere")))
    voice = np.zeros(3000, np.float32)
    voice[100:200] = voice[230:2000] = 0.9
    samples = len(voice) * 512
    found = list(annotator._stretches(voice, samples))
    edges = [edge for stretch in found for edge in stretch]
    assert edges == sorted(edges)
    assert len(found) > 3
    assert all(end - first <= 12 * SAMPLE_RATE_HZ for first, end in found)


def test_missing_weights_are_named_with_the_way_to_get_them(tmp_path: Path) -> None:
    sound = np.ones(SAMPLE_RATE_HZ, np.float32)
    with pytest.raises(PluginUnavailable, match=r"encoder_model.*viewfinder models fetch"):
        list(Moonshine(Config(tmp_path)).annotate(clip_of(sound)))


@pytest.fixture(scope="module")
def transcriber(weights: Path) -> Moonshine:
    folder = weights / "moonshine-tiny"
    if not all((folder / name).is_file() for name in moonshine.FILES):
        pytest.skip("moonshine-tiny is optional and not here")
    return Moonshine(Config(folder, digests=("0" * 64,)))


@pytest.fixture(scope="module")
def lecture(weights: Path) -> NDArray[np.float32]:
    """The first 16 s of the sample lecture."""
    with av.open(str(weights / "samples" / "physicsworks.webm")) as container:
        resampler = av.AudioResampler("fltp", "mono", SAMPLE_RATE_HZ)
        parts: list[NDArray[np.float32]] = []
        for frame in container.decode(audio=0):
            parts.extend(part.to_ndarray()[0] for part in resampler.resample(frame))
            if sum(map(len, parts)) > 16 * SAMPLE_RATE_HZ:
                break
    return np.concatenate(parts)[: 16 * SAMPLE_RATE_HZ]


@pytest.mark.models
class TestModel:
    def test_a_lecture_is_heard(self, transcriber: Moonshine, lecture: NDArray[np.float32]) -> None:
        notes = list(transcriber.annotate(clip_of(lecture)))
        heard = " ".join(note.text for note in notes).lower()
        assert "conservation of mechanical energy" in heard
        assert "pendulum" in heard

    def test_nothing_is_heard_in_noise_and_tones(self, transcriber: Moonshine) -> None:
        random = np.random.default_rng(3)
        t = np.arange(20 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
        for sound in (0.2 * random.standard_normal(len(t)), np.sin(440 * 2 * np.pi * t)):
            assert list(transcriber.annotate(clip_of(sound.astype(np.float32)))) == []


@pytest.mark.models
class TestContract(AnnotatorContract):
    @pytest.fixture
    def annotator(self, transcriber: Moonshine) -> Moonshine:
        return transcriber

    @pytest.fixture
    def clip(self, lecture: NDArray[np.float32]) -> Clip:
        return clip_of(lecture)
