"""English speech to words with Moonshine tiny: quicker than Whisper, without word times.

The model works in proportion to the length of what is said, so each stretch of voice goes
in alone. It writes English whatever it hears: choose it for footage known to be English.
What it doubts can be found but not quoted (C26).

References:
    Jeffries et al., *Moonshine: Speech Recognition for Live Transcription and Voice
    Commands*, 2024. https://arxiv.org/abs/2410.15608
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewfinder.domain.annotation import Annotation, TrackName
from viewfinder.domain.errors import PluginUnavailable
from viewfinder.domain.media import SAMPLE_RATE_HZ, Clip
from viewfinder.domain.provenance import Digest, Tool
from viewfinder.domain.time import TimeSpan, to_ns
from viewfinder.ports import Annotator, Plugin

VERSION = "1"
FILES = ("encoder_model.onnx", "decoder_model_merged.onnx", "tokenizer.json", "silero_vad.onnx")
_BEGIN, _END = 1, 2
_TOKENS_PER_S = 6.5
"""No one speaks faster; beyond it the decoder is in a loop (Jeffries et al., section 4)."""
_VAD_SAMPLES = 512
_VAD_CONTEXT = 64
_LOOP = re.compile(r"\b(\S.{0,60}?)(?:\W+\1\b){3,}", re.IGNORECASE)

Sound = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Config:
    """Settings of the transcriber; those without a unit are fractions or counts.

    Attributes:
        folder: Where ``FILES`` lie.
        digests: Their SHA-256.
        cpu_threads: Threads of the model.
        voice_threshold: Probability of speech at which a stretch begins.
        voice_floor: Probability below which it ends.
        min_silence_s: Silence that ends a stretch.
        padding_s: Sound kept before and after a stretch.
        min_stretch_s: Shortest stretch that is listened to.
        max_stretch_s: Longest stretch, and so the longest annotation.
        quotable_confidence: Mean token probability from which words are quotable.
        dropped_confidence: The same, below which they are not even kept.
    """

    folder: Path
    digests: tuple[Digest, ...] = ()
    cpu_threads: int = 1
    voice_threshold: float = 0.5
    voice_floor: float = 0.35
    min_silence_s: float = 0.5
    padding_s: float = 0.2
    min_stretch_s: float = 0.3
    max_stretch_s: float = 12.0
    quotable_confidence: float = 0.75
    dropped_confidence: float = 0.4


class Moonshine:
    """Transcribes the sound of a clip, in English."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._models: tuple[Any, ...] | None = None

    @property
    def tool(self) -> Tool:
        return Tool("moonshine-tiny", VERSION, self.config.digests)

    @property
    def track(self) -> TrackName:
        return TrackName.SPEECH

    def annotate(self, clip: Clip) -> Iterator[Annotation]:
        """Yield one note per stretch of speech, in time order.

        Raises:
            PluginUnavailable: The library or a weight file is missing.
        """
        sound = clip.read_sound()
        if not len(sound):
            return
        for first, end in self._stretches(self._voice(sound), len(sound)):
            text, confidence = self._words(sound[first:end])
            if not text or confidence < self.config.dropped_confidence:
                continue
            start_ns = clip.span.start_ns + to_ns(first / SAMPLE_RATE_HZ)
            end_ns = clip.span.start_ns + to_ns(end / SAMPLE_RATE_HZ)
            is_loop = _LOOP.search(text) is not None
            yield Annotation(
                TimeSpan(start_ns, end_ns).clipped(clip.span),
                _LOOP.sub(r"\1", text),
                round(confidence, 3),
                language="en",
                quotable=confidence >= self.config.quotable_confidence and not is_loop,
            )

    def _open(self) -> tuple[Any, ...]:
        """Return encoder, decoder, tokenizer and voice detector, loaded once."""
        if self._models is not None:
            return self._models
        folder = Path(self.config.folder)
        missing = [name for name in FILES if not (folder / name).is_file()]
        if missing:
            raise PluginUnavailable(
                f"English speech needs {', '.join(missing)} in {str(folder)!r};"
                " `viewfinder models fetch moonshine-tiny` gets it"
            )
        try:
            import onnxruntime
            from tokenizers import Tokenizer
        except ImportError as error:
            raise PluginUnavailable(f"English speech needs the library {error.name!r}") from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.config.cpu_threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        encoder, decoder, voice = (
            onnxruntime.InferenceSession(str(folder / name), options, ["CPUExecutionProvider"])
            for name in (FILES[0], FILES[1], FILES[3])
        )
        self._models = encoder, decoder, Tokenizer.from_file(str(folder / FILES[2])), voice
        return self._models

    def _voice(self, sound: Sound) -> NDArray[np.float32]:
        """Return the probability of speech per ``_VAD_SAMPLES``."""
        *_, detector = self._open()
        padded = np.pad(sound, (_VAD_CONTEXT, -len(sound) % _VAD_SAMPLES))
        frames = np.lib.stride_tricks.sliding_window_view(padded, _VAD_CONTEXT + _VAD_SAMPLES)
        frames = frames[::_VAD_SAMPLES]
        h = c = np.zeros((1, 1, 128), np.float32)
        parts = []
        for at in range(0, len(frames), 10_000):  # 320 s at a time keep memory flat
            given = {"input": np.ascontiguousarray(frames[at : at + 10_000]), "h": h, "c": c}
            part, h, c = detector.run(None, given)
            parts.append(part.ravel())
        return np.concatenate(parts)

    def _stretches(self, voice: NDArray[np.float32], samples: int) -> Iterator[tuple[int, int]]:
        """Yield (first sample, sample after the last) of each stretch of speech."""
        silence = max(self.config.min_silence_s, 2 * self.config.padding_s) * SAMPLE_RATE_HZ
        padding = round(self.config.padding_s * SAMPLE_RATE_HZ)
        runs: list[list[int]] = []
        for at in np.flatnonzero(voice >= self.config.voice_floor).tolist():
            begin, end = at * _VAD_SAMPLES, (at + 1) * _VAD_SAMPLES
            if runs and begin - runs[-1][1] < silence:
                runs[-1][1] = end
            elif voice[at] >= self.config.voice_threshold:
                runs.append([begin, end])
        longest = round(self.config.max_stretch_s * SAMPLE_RATE_HZ)
        for begin, end in runs:
            first, end = max(0, begin - padding), min(samples, end + padding)
            while end - first > longest:  # cut where speech is least likely
                low, high = (
                    (first + longest // 2) // _VAD_SAMPLES,
                    (first + longest) // _VAD_SAMPLES,
                )
                cut = (low + int(np.argmin(voice[low:high]))) * _VAD_SAMPLES
                yield first, cut
                first = cut
            if end - first >= self.config.min_stretch_s * SAMPLE_RATE_HZ:
                yield first, end

    def _words(self, sound: Sound) -> tuple[str, float]:
        """Return what is said and the mean probability of its tokens."""
        encoder, decoder, tokenizer, _ = self._open()
        (hidden,) = encoder.run(None, {"input_values": sound[None]})
        kept = {
            given.name: np.zeros((1, given.shape[1], 0, given.shape[3]), np.float32)
            for given in decoder.get_inputs()
            if given.name.startswith("past_key_values")
        }
        tokens: list[int] = []
        chances: list[float] = []
        for step in range(max(4, round(len(sound) / SAMPLE_RATE_HZ * _TOKENS_PER_S))):
            logits, *present = decoder.run(
                None,
                {
                    "input_ids": np.array([[tokens[-1] if tokens else _BEGIN]], np.int64),
                    "encoder_hidden_states": hidden,
                    "use_cache_branch": np.array([step > 0]),
                    **kept,
                },
            )
            kept = {
                name: new if step == 0 or "decoder" in name else old
                for (name, old), new in zip(kept.items(), present, strict=True)
            }  # what comes from the encoder stays as it was after the first step
            row = logits[0, -1]
            token = int(row.argmax())
            chances.append(float(1 / np.exp(row - row[token]).sum()))
            if token == _END:
                break
            tokens.append(token)
        return tokenizer.decode(tokens).strip(), float(np.mean(chances))


plugin: Plugin[Config, Annotator] = Plugin(Config, Moonshine)
