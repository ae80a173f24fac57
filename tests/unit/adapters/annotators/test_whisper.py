"""Speech: windows, loops, word times and what may be quoted; the model on sound."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from viewfinder.adapters.annotators import whisper
from viewfinder.adapters.annotators.whisper import Config, Heard, Whisper
from viewfinder.domain.errors import PluginUnavailable
from viewfinder.domain.media import SAMPLE_RATE_HZ, Clip
from viewfinder.domain.time import TimeSpan
from viewfinder.testing import fakes
from viewfinder.testing.contracts import AnnotatorContract

CONFIG = Config(Path("nowhere"))
FRAME_S = whisper.VAD_FRAME_S


def voice(seconds: float, *spoken: tuple[float, float]) -> NDArray[np.float32]:
    """Return probabilities of speech: 0.9 in the given stretches, else 0.05."""
    frames = np.full(round(seconds / FRAME_S), 0.05, np.float32)
    for start_s, end_s in spoken:
        frames[round(start_s / FRAME_S) : round(end_s / FRAME_S)] = 0.9
    return frames


def said(text: str, *, start_s: float = 0.0, each_s: float = 0.3, p: float = 0.9) -> list[Heard]:
    return [
        Heard(start_s + k * each_s, start_s + (k + 1) * each_s, f" {word}", p)
        for k, word in enumerate(text.split())
    ]


def texts(words: list[Heard]) -> str:
    return "".join(word.text for word in words).strip()


def clip_of(sound: NDArray[np.float32]) -> Clip:
    span = TimeSpan.of_seconds(0, len(sound) / SAMPLE_RATE_HZ)
    return Clip(fakes.video("sound"), span, read_sound=lambda: sound)


class TestStretches:
    def test_silence_has_none(self) -> None:
        assert whisper.stretches(voice(60), 60, CONFIG) == []

    def test_speech_is_kept_with_some_sound_around_it(self) -> None:
        (start_s, end_s), *rest = whisper.stretches(voice(60, (10, 20)), 60, CONFIG)
        assert not rest
        assert (start_s, end_s) == pytest.approx((9.8, 20.2), abs=FRAME_S)

    def test_a_short_silence_does_not_part_speech_and_a_long_one_does(self) -> None:
        assert len(whisper.stretches(voice(60, (1, 2), (2.3, 3)), 60, CONFIG)) == 1
        assert len(whisper.stretches(voice(60, (1, 2), (2.8, 3)), 60, CONFIG)) == 2

    def test_a_murmur_below_the_threshold_begins_nothing(self) -> None:
        frames = voice(10)
        frames[100:200] = 0.45
        assert whisper.stretches(frames, 10, CONFIG) == []

    def test_endless_speech_is_cut_where_speech_is_least_likely(self) -> None:
        frames = voice(60, (0, 60))
        frames[round(20 / FRAME_S)] = 0.4
        first, *_ = whisper.stretches(frames, 60, CONFIG)
        assert first[1] == pytest.approx(20, abs=2 * FRAME_S)

    @given(
        st.lists(st.tuples(st.floats(0, 110), st.floats(0.1, 60)), max_size=6),
        st.floats(120, 180),
    )
    def test_they_are_in_order_apart_inside_and_short_enough(
        self, spoken: list[tuple[float, float]], duration_s: float
    ) -> None:
        frames = voice(duration_s, *((a, min(a + b, duration_s)) for a, b in spoken))
        found = whisper.stretches(frames, duration_s, CONFIG)
        merged = whisper.windows(found, CONFIG)
        for parts in (found, merged):
            edges = [edge for part in parts for edge in part]
            assert edges == sorted(edges)
            assert all(0 <= edge <= duration_s for edge in edges)
            assert all(end - start <= CONFIG.max_window_s + 1e-6 for start, end in parts)


class TestWindows:
    def test_near_stretches_are_heard_together(self) -> None:
        assert whisper.windows([(0, 4), (6, 9), (30, 31)], CONFIG) == [(0, 9), (30, 31)]

    def test_a_window_never_grows_longer_than_the_model_hears(self) -> None:
        assert whisper.windows([(0, 20), (21, 28), (28.5, 40)], CONFIG) == [(0, 28), (28.5, 40)]


class TestLoops:
    def test_plain_speech_is_left_alone(self) -> None:
        words = said("no no no it was the age of wisdom it was the age of foolishness")
        assert whisper.without_loops(words) == words

    @pytest.mark.parametrize("phrase", ["yeah", "thank you", "Thanks for watching, bye."])
    def test_a_stuck_phrase_is_kept_once_and_doubted(self, phrase: str) -> None:
        words = said(f"so {f'{phrase} ' * 12} then")
        kept = whisper.without_loops(words)
        assert texts(kept) == f"so {phrase} then"
        assert [w.doubtful for w in kept] == [False, *[True] * len(phrase.split()), False]

    @given(st.lists(st.sampled_from(["a", "b", "c"]), max_size=40))
    def test_no_loop_is_left(self, plain: list[str]) -> None:
        once = whisper.without_loops(said(" ".join(plain)))
        assert len(once) <= len(plain)
        assert texts(once).split()[:1] == plain[:1]


class TestVoice:
    def test_words_over_silence_are_dropped(self) -> None:
        words = [*said("hello there", start_s=1), *said("thank you", start_s=8, p=0.4)]
        kept = whisper.voiced(words, voice(10, (1, 1.6)), CONFIG)
        assert texts(kept) == "hello there"

    def test_a_word_stretched_over_a_pause_moves_to_the_voice_after_it(self) -> None:
        words = [Heard(1.0, 1.6, " directory", 0.9), Heard(1.6, 5.4, " done.", 0.9)]
        kept = whisper.voiced(words, voice(10, (1.0, 1.7), (5.1, 5.6)), CONFIG)
        assert kept[0].end_s == pytest.approx(1.6)
        assert kept[1].start_s == pytest.approx(5.0, abs=0.05)

    def test_a_quiet_first_word_is_kept_at_the_word_it_leads_into(self) -> None:
        words = [Heard(1.0, 1.8, " I", 0.8), Heard(1.8, 3.0, " think", 0.9)]
        kept = whisper.voiced(words, voice(10, (2.7, 4.0)), CONFIG)
        assert texts(kept) == "I think"
        assert kept[0].start_s == kept[1].start_s


class TestUtterances:
    def test_they_end_with_sentences(self) -> None:
        cut = list(whisper.utterances(said("I see. Do you? Yes"), CONFIG))
        assert [texts(words) for words in cut] == ["I see.", "Do you?", "Yes"]

    def test_they_end_before_a_pause(self) -> None:
        words = [*said("business review", start_s=0), *said("here is the agenda", start_s=4)]
        assert [texts(w) for w in whisper.utterances(words, CONFIG)] == [
            "business review",
            "here is the agenda",
        ]

    def test_a_long_one_is_cut_at_a_comma(self) -> None:
        words = said("and so on " * 8 + "and on, " + "and then some " * 8, each_s=0.45)
        first, second = whisper.utterances(words, CONFIG)
        assert texts(first).endswith("on,")
        assert second[-1].end_s - second[0].start_s <= CONFIG.max_utterance_s

    @given(st.lists(st.sampled_from(["a", "b.", "c,"]), max_size=80), st.floats(0.05, 3))
    def test_no_word_is_lost_or_moved(self, plain: list[str], each_s: float) -> None:
        words = said(" ".join(plain), each_s=each_s)
        cut = list(whisper.utterances(words, CONFIG))
        assert [word for run in cut for word in run] == words
        assert all(
            run[-1].end_s - run[0].start_s <= CONFIG.max_utterance_s + 1e-6 or len(run) == 1
            for run in cut
        )


class TestPlausible:
    def test_words_at_the_pace_of_speech_are(self) -> None:
        assert whisper.is_plausible(said("we said this"), voice(5, (0, 1)), CONFIG)

    def test_words_faster_than_anyone_speaks_are_not(self) -> None:
        words = said("a whole sentence over a single click of sound", each_s=0.01)
        assert not whisper.is_plausible(words, voice(5, (0, 0.1)), CONFIG)

    def test_words_from_a_doubtful_window_are_not(self) -> None:
        words = [replace(word, doubtful=True) for word in said("so they say")]
        assert not whisper.is_plausible(words, voice(5, (0, 2)), CONFIG)


def test_missing_weights_are_named_with_the_way_to_get_them(tmp_path: Path) -> None:
    (tmp_path / "config.json").touch()
    tone = np.sin(np.arange(SAMPLE_RATE_HZ) / 10).astype(np.float32)
    with pytest.raises(PluginUnavailable, match=r"model\.bin.*viewfinder models fetch"):
        list(Whisper(Config(tmp_path)).annotate(clip_of(tone)))


def noises() -> dict[str, NDArray[np.float32]]:
    """Return half a minute each of sounds in which nobody speaks."""
    random = np.random.default_rng(7)
    n = 30 * SAMPLE_RATE_HZ
    t = np.arange(n) / SAMPLE_RATE_HZ
    white = random.standard_normal(n)
    beat = np.exp(-8 * (t * 2 % 1))
    tune = np.sin(2 * np.pi * 220 * 2 ** (np.floor(t * 4) % 5 / 12) * t)
    sounds = {
        "silence": np.zeros(n),
        "noise": 0.2 * white,
        "hum": 0.1 * np.sin(2 * np.pi * 50 * t),
        "music": 0.2 * tune + 0.2 * white * beat,
        "noise in syllables": 0.3 * white * np.clip(np.sin(2 * np.pi * 4 * t), 0, 1),
    }
    return {name: sound.astype(np.float32) for name, sound in sounds.items()}


@pytest.fixture(scope="module")
def transcriber(weights: Path) -> Whisper:
    return Whisper(Config(weights / "whisper-base", digests=("0" * 64,)))


@pytest.fixture(scope="module")
def lecture(weights: Path) -> NDArray[np.float32]:
    """The first 21 s of the sample lecture, from the zero of its sound."""
    with av.open(str(weights / "samples" / "physicsworks.webm")) as container:
        resampler = av.AudioResampler("fltp", "mono", SAMPLE_RATE_HZ)
        parts: list[NDArray[np.float32]] = []
        for frame in container.decode(audio=0):
            parts.extend(part.to_ndarray()[0] for part in resampler.resample(frame))
            if sum(map(len, parts)) > 21 * SAMPLE_RATE_HZ:
                break
    return np.concatenate(parts)[: 21 * SAMPLE_RATE_HZ]


@pytest.mark.models
class TestModel:
    @pytest.mark.parametrize("name", noises())
    def test_nothing_is_heard_where_nobody_speaks(self, transcriber: Whisper, name: str) -> None:
        assert list(transcriber.annotate(clip_of(noises()[name]))) == []

    def test_a_lecture_is_heard_word_by_word(
        self, transcriber: Whisper, lecture: NDArray[np.float32]
    ) -> None:
        notes = list(transcriber.annotate(clip_of(lecture)))
        heard = " ".join(note.text for note in notes).lower()
        assert "conservation of mechanical energy" in heard
        assert "pendulum" in heard
        assert {note.language for note in notes} == {"en"}
        assert all(note.quotable and note.confidence > 0.8 for note in notes)
        assert all(" ".join(w.text for w in note.words) == note.text for note in notes)

    def test_words_stand_where_they_are_said(
        self, transcriber: Whisper, lecture: NDArray[np.float32]
    ) -> None:
        """The pause before "I have here a pendulum" ends at 6.5 s, by the waveform."""
        shifted = np.concatenate([np.zeros(7 * SAMPLE_RATE_HZ, np.float32), lecture])
        for delay_s, sound in ((0, lecture), (7, shifted)):
            notes = list(transcriber.annotate(clip_of(sound)))
            pendulum = next(note for note in notes if "pendulum" in note.text)
            assert pendulum.span.start_s == pytest.approx(6.5 + delay_s, abs=0.3)

    def test_speech_played_backwards_is_not_quoted(
        self, transcriber: Whisper, lecture: NDArray[np.float32]
    ) -> None:
        notes = transcriber.annotate(clip_of(lecture[::-1].copy()))
        assert not any(note.quotable for note in notes)


@pytest.mark.models
class TestContract(AnnotatorContract):
    @pytest.fixture
    def annotator(self, transcriber: Whisper) -> Whisper:
        return transcriber

    @pytest.fixture
    def clip(self, lecture: NDArray[np.float32]) -> Clip:
        return clip_of(lecture)
