"""Speech to words with Whisper: only where somebody speaks, and nothing invented.

Voice activity comes first (Silero VAD), so silence, noise and music cost next to nothing
and cannot become words. What Whisper then says is kept only where a voice is heard under
it; loops, guesses and words faster than anyone speaks can be found but not quoted (C26).

References:
    Radford et al., *Robust Speech Recognition via Large-Scale Weak Supervision*,
    ICML 2023. https://arxiv.org/abs/2212.04356
    Bain et al., *WhisperX: Time-Accurate Speech Transcription of Long-Form Audio*,
    Interspeech 2023, section 2 (cut and merge). https://arxiv.org/abs/2303.00747
    Koenecke et al., *Careless Whisper: Speech-to-Text Hallucination Harms*,
    FAccT 2024. https://doi.org/10.1145/3630106.3658996
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewfinder.domain.annotation import Annotation, TrackName, Word
from viewfinder.domain.errors import PluginUnavailable
from viewfinder.domain.media import SAMPLE_RATE_HZ, Clip
from viewfinder.domain.provenance import Digest, Tool
from viewfinder.domain.time import TimeSpan, to_ns
from viewfinder.ports import Annotator, Plugin

VERSION = "1"
FILES = ("model.bin", "config.json", "tokenizer.json", "vocabulary.txt", "silero_vad.onnx")
VAD_FRAME_S = 512 / SAMPLE_RATE_HZ
"""Silero gives one probability of speech for 512 samples."""

_SENTENCE_ENDS = (".", "?", "!", "…", "。", "？", "！")
_CLAUSE_ENDS = (",", ";", ":", "、", "，")
_NEAR_S = 0.2
"""How well the times of words are known."""

Sound = NDArray[np.float32]
Voice = NDArray[np.float32]
"""Probability of speech per ``VAD_FRAME_S``."""
Stretch = tuple[float, float]
"""Start and end in seconds of the clip's sound."""


@dataclass(frozen=True, slots=True)
class Config:
    """Settings of the transcriber; those without a unit are fractions or counts.

    Attributes:
        folder: Where ``FILES`` lie.
        digests: Their SHA-256.
        language: ISO 639-1 code; None listens to the first speech found.
        cpu_threads: Threads of the model.
        beam_size: Hypotheses kept while decoding.
        voice_threshold: Probability of speech at which a stretch begins.
        voice_floor: Probability below which it ends.
        min_silence_s: Silence that ends a stretch.
        padding_s: Sound kept before and after a stretch.
        max_gap_s: Longest silence inside one window.
        max_window_s: Longest window; the model hears at most 30 s.
        max_utterance_s: Longest annotation.
        pause_s: A pause between words that ends an annotation.
        min_language: Probability of the language below which nothing is quotable.
        quotable_confidence: Mean word probability from which words are quotable at once.
        min_confidence: The same, from which they are if a second listening hears them again.
        dropped_confidence: The same, below which they are not even kept.
        same_words: Likeness of two listenings, in words, from which they agree.
        min_logprob: Mean log probability of a window below which it is not quotable.
        max_compression: Length of a window's text over that of its zlib form, above which
            it is not quotable.
        min_voice_s: Voice heard per word, below which words are not quotable.
    """

    folder: Path
    digests: tuple[Digest, ...] = ()
    language: str | None = None
    cpu_threads: int = 1
    beam_size: int = 5
    voice_threshold: float = 0.5
    voice_floor: float = 0.35
    min_silence_s: float = 0.5
    padding_s: float = 0.2
    max_gap_s: float = 5.0
    max_window_s: float = 29.0
    max_utterance_s: float = 12.0
    pause_s: float = 1.0
    min_language: float = 0.5
    quotable_confidence: float = 0.65
    min_confidence: float = 0.4
    dropped_confidence: float = 0.25
    same_words: float = 0.85
    min_logprob: float = -1.0
    max_compression: float = 3.0
    min_voice_s: float = 0.06


@dataclass(frozen=True, slots=True)
class Heard:
    """One word as the model heard it.

    Attributes:
        text: With the space before it, where the language writes one.
        doubtful: Whether something speaks against the stretch it is from.
    """

    start_s: float
    end_s: float
    text: str
    probability: float
    doubtful: bool = False


class Whisper:
    """Transcribes the sound of a clip."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._models: tuple[Any, Any] | None = None

    @property
    def tool(self) -> Tool:
        made_by = f"{VERSION} (faster-whisper {version('faster-whisper')})"
        return Tool("whisper-base", made_by, self.config.digests)

    @property
    def track(self) -> TrackName:
        return TrackName.SPEECH

    def annotate(self, clip: Clip) -> Iterator[Annotation]:
        """Yield utterances in time order, as they are recognised.

        A clip without sound or without speech gives none.

        Raises:
            PluginUnavailable: The library or a weight file is missing.
        """
        sound = clip.read_sound()
        voice = self._voice(sound)
        speech = stretches(voice, len(sound) / SAMPLE_RATE_HZ, self.config)
        if not speech:
            return
        language, is_certain = self._language(sound, speech)
        for window in windows(speech, self.config):
            words = self._heard(sound, window, language)
            spoken = voiced(without_loops(words), voice, self.config)
            for utterance in utterances(spoken, self.config):
                note = _annotation(utterance, clip.span, language)
                if note.confidence >= self.config.dropped_confidence:
                    sure = (
                        is_certain
                        and is_plausible(utterance, voice, self.config)
                        and self._is_believed(utterance, sound, language)
                    )
                    yield replace(note, quotable=sure)

    def _open(self) -> tuple[Any, Any]:
        """Return the transcriber and the voice detector, loaded once."""
        if self._models is not None:
            return self._models
        folder = Path(self.config.folder)
        missing = [name for name in FILES if not (folder / name).is_file()]
        if missing:
            raise PluginUnavailable(
                f"speech needs {', '.join(missing)} in {str(folder)!r};"
                " `viewfinder models fetch whisper-base` gets it"
            )
        try:
            from faster_whisper import BatchedInferencePipeline, WhisperModel
            from faster_whisper.vad import SileroVADModel
        except ImportError as error:
            raise PluginUnavailable(f"speech needs the library {error.name!r}") from error
        threads = self.config.cpu_threads
        model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=threads)
        detector = SileroVADModel(str(folder / "silero_vad.onnx"))
        self._models = BatchedInferencePipeline(model), detector
        return self._models

    def _voice(self, sound: Sound) -> Voice:
        """Return the probability of speech over the sound."""
        if not len(sound):
            return np.zeros(0, np.float32)
        _, detector = self._open()
        block = 10_000 * 512  # 320 s at a time keep memory flat
        parts = (sound[at : at + block] for at in range(0, len(sound), block))
        return np.concatenate([detector(np.pad(p, (0, -len(p) % 512))).ravel() for p in parts])

    def _language(self, sound: Sound, speech: Sequence[Stretch]) -> tuple[str, bool]:
        """Return the language of the first two minutes of speech, and whether that is sure."""
        if self.config.language:
            return self.config.language, True
        first: list[NDArray[np.float32]] = []
        for start_s, end_s in speech:
            first.append(sound[_sample(start_s) : _sample(end_s)])
            if sum(map(len, first)) >= _sample(120):
                break
        pipeline, _ = self._open()
        name, probability, _ = pipeline.model.detect_language(
            np.concatenate(first), language_detection_segments=4
        )
        return str(name), bool(probability >= self.config.min_language)

    def _heard(self, sound: Sound, window: Stretch, language: str) -> list[Heard]:
        """Return the words of one window (several at a time cost as much, and memory)."""
        pipeline, _ = self._open()
        start_s, end_s = window
        parts, _ = pipeline.transcribe(
            sound,
            language=language,
            beam_size=self.config.beam_size,
            batch_size=1,
            word_timestamps=True,
            clip_timestamps=[{"start": start_s, "end": end_s}],
        )
        words: list[Heard] = []
        for part in parts:
            doubtful = (
                part.avg_logprob < self.config.min_logprob
                or part.compression_ratio > self.config.max_compression
            )
            words += [
                Heard(float(w.start), float(w.end), w.word, float(w.probability), doubtful)
                for w in part.words or ()
            ]
        return words

    def _is_believed(self, said: Sequence[Heard], sound: Sound, language: str) -> bool:
        """Tell whether the words are likely, or a second listening to them alone agrees."""
        confidence = _confidence(said)
        if not self.config.min_confidence <= confidence < self.config.quotable_confidence:
            return confidence >= self.config.quotable_confidence
        around = (
            max(0.0, said[0].start_s - _NEAR_S),
            min(len(sound) / SAMPLE_RATE_HZ, said[-1].end_s + _NEAR_S),
        )
        once = [_plain(word.text) for word in said]
        again = [_plain(word.text) for word in self._heard(sound, around, language)]
        return SequenceMatcher(None, once, again).ratio() >= self.config.same_words


def stretches(voice: Voice, duration_s: float, config: Config) -> list[Stretch]:
    """Return where somebody speaks, in order, none longer than ``max_window_s``.

    One too long is cut where speech is least likely in its second half.
    """
    found: list[Stretch] = []
    for first, end in _runs(voice, config):
        start_s = max(0.0, first * VAD_FRAME_S - config.padding_s)
        end_s = min(duration_s, end * VAD_FRAME_S + config.padding_s)
        while end_s - start_s > config.max_window_s:
            low = int((start_s + config.max_window_s / 2) / VAD_FRAME_S)
            high = int((start_s + config.max_window_s) / VAD_FRAME_S)
            cut_s = (low + int(np.argmin(voice[low:high]))) * VAD_FRAME_S
            found.append((start_s, cut_s))
            start_s = cut_s
        found.append((start_s, end_s))
    return found


def _runs(voice: Voice, config: Config) -> Iterator[tuple[int, int]]:
    """Yield (first frame, frame after the last) of each run of speech."""
    silence = max(config.min_silence_s, 2 * config.padding_s) / VAD_FRAME_S
    first, end = -1, 0
    for at in np.flatnonzero(voice >= config.voice_floor).tolist():
        if first >= 0 and at - end >= silence:
            yield first, end
            first = -1
        if first < 0 and voice[at] >= config.voice_threshold:
            first = at
        end = at + 1
    if first >= 0:
        yield first, end


def windows(speech: Sequence[Stretch], config: Config) -> list[Stretch]:
    """Return stretches merged into what the model hears at once."""
    merged: list[Stretch] = []
    for start_s, end_s in speech:
        is_near = bool(merged) and start_s - merged[-1][1] <= config.max_gap_s
        if is_near and end_s - merged[-1][0] <= config.max_window_s:
            merged[-1] = merged[-1][0], end_s
        else:
            merged.append((start_s, end_s))
    return merged


def without_loops(words: Sequence[Heard]) -> list[Heard]:
    """Return the words with each loop cut down to its first round, marked as doubtful.

    A loop is a phrase of up to eight words said four times without a break, or one word
    six times: what a stuck decoder writes.
    """
    plain = [_plain(word.text) for word in words]
    kept: list[Heard] = []
    at = 0
    while at < len(words):
        size, rounds = _loop(plain, at)
        if rounds:
            kept.extend(replace(word, doubtful=True) for word in words[at : at + size])
            at += size * rounds
        else:
            kept.append(words[at])
            at += 1
    return kept


def _plain(word: str) -> str:
    return word.strip(" ,.;:!?-'\"").casefold()


def _loop(plain: Sequence[str], at: int) -> tuple[int, int]:
    """Return size and rounds of the loop that begins at ``at``; 0 rounds if none does."""
    for size in range(1, 9):
        phrase, rounds = plain[at : at + size], 1
        while plain[at + size * rounds : at + size * (rounds + 1)] == phrase:
            rounds += 1
        if rounds >= (6 if size == 1 else 4):
            return size, rounds
    return 1, 0


def voiced(words: Sequence[Heard], voice: Voice, config: Config) -> list[Heard]:
    """Return the words under which a voice is heard, with their times drawn in to it.

    A likely word without one is kept where it leads without a break into a word that has
    one: the alignment places quiet first words too early.
    """
    placed = [_placed(word, voice, config) for word in words]
    kept: list[Heard] = []
    for k, word in enumerate(words):
        found = placed[k]
        if found is None and k + 1 < len(words) and word.probability >= config.min_confidence:
            after = placed[k + 1]
            if after is not None and words[k + 1].start_s - word.end_s <= _NEAR_S:
                found = replace(word, start_s=after.start_s, end_s=after.start_s)
        if found is not None:
            kept.append(found)
    return kept


def _placed(word: Heard, voice: Voice, config: Config) -> Heard | None:
    """Return the word at the last stretch of voice in its span, or None without a voice.

    The alignment gives a silence between two words to the second of them.
    """
    first, near = int(word.start_s / VAD_FRAME_S), round(_NEAR_S / VAD_FRAME_S)
    end = int(word.end_s / VAD_FRAME_S) + 1
    frames = first + np.flatnonzero(voice[first:end] >= config.voice_floor)
    if not len(frames):
        around = voice[max(0, first - near) : end + near]
        return word if np.any(around >= config.voice_floor) else None
    breaks = np.flatnonzero(np.diff(frames) > near)
    last_run = frames[breaks[-1] + 1 :] if len(breaks) else frames
    start_s = max(word.start_s, float(last_run[0]) * VAD_FRAME_S - _NEAR_S / 2)
    end_s = min(word.end_s, float(last_run[-1] + 1) * VAD_FRAME_S + _NEAR_S / 2)
    return replace(word, start_s=start_s, end_s=max(start_s, end_s))


def utterances(words: Sequence[Heard], config: Config) -> Iterator[list[Heard]]:
    """Yield runs of words that end with a sentence or before a pause.

    One longer than ``max_utterance_s`` is cut at a comma or at its longest pause.
    """
    run: list[Heard] = []
    for k, word in enumerate(words):
        run.append(word)
        is_last = k + 1 == len(words)
        if (
            is_last
            or word.text.rstrip("\"'”»)").endswith(_SENTENCE_ENDS)
            or words[k + 1].start_s - word.end_s >= config.pause_s
        ):
            yield from _cut(run, config.max_utterance_s)
            run = []


def _cut(run: list[Heard], longest_s: float) -> Iterator[list[Heard]]:
    duration_s = run[-1].end_s - run[0].start_s
    if duration_s <= longest_s or len(run) == 1:
        yield run
        return

    def worth(k: int) -> float:
        """How good it is to begin a new run at word ``k``."""
        pause_s = run[k].start_s - run[k - 1].end_s
        off_middle = abs((run[k].start_s - run[0].start_s) / duration_s - 0.5)
        return pause_s + 0.5 * run[k - 1].text.endswith(_CLAUSE_ENDS) - off_middle

    k = max(range(1, len(run)), key=worth)
    yield from _cut(run[:k], longest_s)
    yield from _cut(run[k:], longest_s)


def is_plausible(said: Sequence[Heard], voice: Voice, config: Config) -> bool:
    """Tell whether nothing but their probability can speak against these words."""
    part = voice[int(said[0].start_s / VAD_FRAME_S) : int(said[-1].end_s / VAD_FRAME_S) + 1]
    voiced_s = float(np.count_nonzero(part >= config.voice_floor)) * VAD_FRAME_S
    is_slow_enough = voiced_s >= config.min_voice_s * len(said)
    return is_slow_enough and not any(word.doubtful for word in said)


def _confidence(said: Sequence[Heard]) -> float:
    return sum(word.probability for word in said) / len(said)


def _annotation(said: Sequence[Heard], inside: TimeSpan, language: str) -> Annotation:
    def span(word: Heard) -> TimeSpan:
        start, end = inside.start_ns + to_ns(word.start_s), inside.start_ns + to_ns(word.end_s)
        return TimeSpan(start, max(start, end)).clipped(inside)

    words = tuple(Word(span(w), w.text.strip(), round(w.probability, 3)) for w in said)
    return Annotation(
        TimeSpan.hull(word.span for word in words),
        "".join(word.text for word in said).strip(),
        round(_confidence(said), 3),
        words=words,
        language=language,
    )


def _sample(at_s: float) -> int:
    return round(at_s * SAMPLE_RATE_HZ)


plugin: Plugin[Config, Annotator] = Plugin(Config, Whisper)
