"""How well and how dearly speech is heard: word errors, CPU, and words out of nothing.

    python benchmarks/speech/run.py FOOTAGE MODELS > benchmarks/speech/report.md

FOOTAGE holds ``clips/`` and ``transcripts/`` (``.vtt`` of the same name), MODELS the fetched
weights. ``--compare`` adds the settings tried against each other.
"""

from __future__ import annotations

import argparse
import re
import resource
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from viewfinder.adapters.annotators.whisper import Config, Whisper
from viewfinder.domain.annotation import Annotation
from viewfinder.domain.media import SAMPLE_RATE_HZ, Clip, MediaKind, Video, VideoId
from viewfinder.domain.time import to_ns

Sound = NDArray[np.float32]

NUMBERS = {
    word: value
    for value, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
} | {
    word: 10 * value
    for value, word in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2
    )
}


def plain_words(text: str) -> list[str]:
    """Return words for comparison: lower case, no notes in brackets, numbers as digits."""
    text = re.sub(r"\[[^]]*\]", " ", text.lower().replace("’", "'"))
    text = re.sub(r"(?<=\d),(?=\d)", "", text).replace("%", " percent ")
    found: list[str] = []
    for word in re.findall(r"[a-z]+(?:'[a-z]+)?|\d+", text):
        if word in ("dollar", "dollars"):
            continue  # "$29" and "29 dollars" stand in different places
        value = NUMBERS.get(word)
        last = int(found[-1]) if found and found[-1].isdigit() else None
        if word == "hundred" and last is not None:
            found[-1] = str(last * 100)
        elif word == "thousand" and last is not None:
            found[-1] = str(last * 1000)
        elif value is None:
            found.append(word)
        elif last is not None and last >= 20 and last % 10 == 0 and value < (last % 100 or 100):
            found[-1] = str(last + value)
        else:
            found.append(str(value))
    return found


def errors(reference: Sequence[str], heard: Sequence[str]) -> int:
    """Return the least number of words to insert, delete or replace (Levenshtein 1966)."""
    row = list(range(len(heard) + 1))
    for i, wanted in enumerate(reference, start=1):
        above, row = row, [i]
        for j, word in enumerate(heard, start=1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (wanted != word)))
    return row[-1]


def spoken(vtt: Path) -> list[str]:
    """Return the words of a WebVTT file."""
    blocks = vtt.read_text("utf-8").split("\n\n")
    cues = [block.splitlines() for block in blocks if "-->" in block]
    lines = [line for cue in cues for line in cue if "-->" not in line]
    return plain_words(" ".join(lines))


def sound_of(path: Path) -> Sound:
    """Return mono sound at the house rate; empty where the file has none."""
    with av.open(str(path)) as container:
        if not container.streams.audio:
            return np.zeros(0, np.float32)
        resampler = av.AudioResampler("fltp", "mono", SAMPLE_RATE_HZ)
        frames = [*container.decode(audio=0), None]
        parts = [part.to_ndarray()[0] for frame in frames for part in resampler.resample(frame)]
    return np.concatenate(parts).astype(np.float32)


def clip_of(sound: Sound) -> Clip:
    span_ns = to_ns(len(sound) / SAMPLE_RATE_HZ)
    video = Video(VideoId("0" * 64), "sound.wav", MediaKind.AUDIO, span_ns)
    return Clip(video, video.span, read_sound=lambda: sound)


def drawn(seconds: int = 75) -> Iterator[tuple[str, Sound]]:
    """Yield ten minutes of sound in which nobody speaks, from a fixed seed."""
    random = np.random.default_rng(20)
    n = seconds * SAMPLE_RATE_HZ
    t = np.arange(n) / SAMPLE_RATE_HZ
    white = random.standard_normal(n)

    def coloured(power: float) -> NDArray[np.float64]:
        spectrum = np.fft.rfft(white) / np.maximum(1, np.arange(n // 2 + 1)) ** (power / 2)
        noise = np.fft.irfft(spectrum, n)
        return np.asarray(noise / np.abs(noise).max())

    def note(hz: float) -> NDArray[np.float64]:
        return sum(np.sin(2 * np.pi * hz * k * t) / k for k in range(1, 6))  # type: ignore[return-value]

    steps = np.floor(t * 4).astype(int)
    melody = np.array(
        [220 * 2 ** (k / 12) for k in random.choice([0, 2, 4, 7, 9, 12], 4 * seconds)]
    )
    tune = np.sin(2 * np.pi * np.cumsum(melody[steps]) / SAMPLE_RATE_HZ) * np.exp(-6 * (t * 4 % 1))
    chords = note(110) + note(138.6) + note(164.8)
    drums = white * np.exp(-30 * (t * 2 % 1))
    syllables = np.clip(np.sin(2 * np.pi * 4 * t), 0, 1) * np.clip(
        np.sin(2 * np.pi * 0.4 * t), 0, 1
    )
    keys = white * (np.exp(-200 * (t * 5.3 % 1)) + np.exp(-150 * (t * 3.1 % 1)))
    sounds = {
        "silence": np.zeros(n),
        "white noise": 0.1 * white,
        "pink noise": 0.5 * coloured(1),
        "mains hum": 0.05 * note(50) + 0.005 * white,
        "sweeps and beeps": 0.3 * np.sin(2 * np.pi * 200 * t * (1 + t % 7)) * (t % 3 < 1.5),
        "tune, chords and drums": 0.2 * tune + 0.03 * chords + 0.1 * drums,
        "noise at the rate of syllables": 0.5 * coloured(1) * syllables * 3,
        "keys and clicks": 0.3 * keys,
    }
    for name, sound in sounds.items():
        yield name, sound.astype(np.float32)


@dataclass(frozen=True)
class Result:
    notes: list[Annotation]
    cpu_s: float
    wall_s: float


def transcribed(whisper: Whisper, sound: Sound) -> Result:
    cpu_s, wall_s = time.process_time(), time.perf_counter()
    notes = list(whisper.annotate(clip_of(sound)))
    return Result(notes, time.process_time() - cpu_s, time.perf_counter() - wall_s)


def words_in(notes: Iterable[Annotation]) -> int:
    return sum(len(note.words) for note in notes)


def report_words(whisper: Whisper, footage: Path) -> None:
    print("| clip | seconds | words | errors | WER | CPU s | CPU s per s of sound |")
    print("|---|---|---|---|---|---|---|")
    totals = np.zeros(4)
    for vtt in sorted((footage / "transcripts").glob("*.vtt")):
        clip = next((footage / "clips").glob(f"{vtt.stem}.*"))
        reference, sound = spoken(vtt), sound_of(clip)
        result = transcribed(whisper, sound)
        heard = plain_words(" ".join(note.text for note in result.notes))
        row = np.array(
            [len(sound) / SAMPLE_RATE_HZ, len(reference), errors(reference, heard), result.cpu_s]
        )
        totals += row
        print(_row(clip.name, row))
    print(_row("all", totals))


def _row(name: str, row: NDArray[np.float64]) -> str:
    seconds, words, wrong, cpu_s = row
    rate = f"{100 * wrong / words:.1f} %" if words else "none spoken"
    return (
        f"| {name} | {seconds:.0f} | {words:.0f} | {wrong:.0f} | {rate}"
        f" | {cpu_s:.1f} | {cpu_s / seconds:.3f} |"
    )


def report_nothing(whisper: Whisper, footage: Path) -> None:
    print("| sound without speech | seconds | quotable words | other words | CPU s |")
    print("|---|---|---|---|---|")
    known = {vtt.stem for vtt in (footage / "transcripts").glob("*.vtt") if spoken(vtt)}
    silent = [
        (path.name, sound)
        for path in sorted((footage / "clips").iterdir())
        if path.suffix not in (".json", ".md", "") and path.stem not in known
        if len(sound := sound_of(path))
    ]
    totals = np.zeros(4)
    for name, sound in [*drawn(), *silent]:
        result = transcribed(whisper, sound)
        quotable = words_in(note for note in result.notes if note.quotable)
        row = np.array(
            [len(sound) / SAMPLE_RATE_HZ, quotable, words_in(result.notes) - quotable, result.cpu_s]
        )
        totals += row
        print(f"| {name} | " + " | ".join(f"{value:.4g}" for value in row) + " |")
    print("| all | " + " | ".join(f"{value:.4g}" for value in totals) + " |")


def report_noise(whisper: Whisper, footage: Path) -> None:
    """Print what is quoted as noise rises: errors must be doubted, not quoted."""
    print("| signal over pink noise | words quotable | WER of the quotable | WER of the rest |")
    print("|---|---|---|---|")
    pink = dict(drawn(204))["pink noise"]
    vtt = max((footage / "transcripts").glob("*.vtt"), key=lambda path: path.stat().st_size)
    sound = sound_of(next((footage / "clips").glob(f"{vtt.stem}.*")))
    clean = transcribed(whisper, sound).notes
    for decibels in (20, 10, 5, 0, -5, -10):
        scale = np.sqrt(np.mean(sound**2) / np.mean(pink**2)) * 10 ** (-decibels / 20)
        notes = transcribed(whisper, sound + scale * pink[: len(sound)]).notes
        rates = [
            _rate_against(clean, [n for n in notes if n.quotable is sure]) for sure in (True, False)
        ]
        share = words_in(n for n in notes if n.quotable) / max(1, words_in(clean))
        print(f"| {decibels} dB | {share:.0%} | {rates[0]} | {rates[1]} |")


def _rate_against(clean: Sequence[Annotation], notes: Sequence[Annotation]) -> str:
    """Return the word error rate of notes against the clean words of the same seconds."""
    wrong = words = 0
    for note in notes:
        beside = [
            word.text
            for other in clean
            for word in other.words
            if note.span.start_ns <= word.span.middle_ns < note.span.end_ns
        ]
        reference = plain_words(" ".join(beside))
        wrong += errors(reference, plain_words(note.text))
        words += len(reference)
    return f"{wrong / words:.0%} of {words}" if words else "none"


def report_settings(config: Config, footage: Path) -> None:
    print("| settings | WER | CPU s | wall s |")
    print("|---|---|---|---|")
    trials = {
        "default": config,
        "beam 1": replace(config, beam_size=1),
        "two threads": replace(config, cpu_threads=2),
        "gap in a window <= 2 s": replace(config, max_gap_s=2.0),
        "voice threshold 0.3": replace(config, voice_threshold=0.3, voice_floor=0.15),
        "voice threshold 0.7": replace(config, voice_threshold=0.7, voice_floor=0.55),
        "padding 0.1 s": replace(config, padding_s=0.1),
        "padding 0.4 s": replace(config, padding_s=0.4),
    }
    vtts = sorted((footage / "transcripts").glob("*.vtt"))
    sounds = [sound_of(next((footage / "clips").glob(f"{vtt.stem}.*"))) for vtt in vtts]
    for name, trial in trials.items():
        whisper = Whisper(trial)
        transcribed(whisper, sounds[0])
        wrong = words = 0
        cpu_s = wall_s = 0.0
        for vtt, sound in zip(vtts, sounds, strict=True):
            result = transcribed(whisper, sound)
            reference = spoken(vtt)
            wrong += errors(reference, plain_words(" ".join(n.text for n in result.notes)))
            words += len(reference)
            cpu_s, wall_s = cpu_s + result.cpu_s, wall_s + result.wall_s
        print(f"| {name} | {wrong / words:.1%} | {cpu_s:.1f} | {wall_s:.1f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("footage", type=Path)
    parser.add_argument("models", type=Path)
    parser.add_argument("--compare", action="store_true")
    asked = parser.parse_args()
    config = Config(asked.models / "whisper-base")
    whisper = Whisper(config)
    print("# Speech\n\nWritten by `python benchmarks/speech/run.py FOOTAGE MODELS --compare`.\n")
    report_words(whisper, asked.footage)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\nPeak memory: {peak_mb:.0f} MB.\n\n## Words out of nothing\n")
    report_nothing(whisper, asked.footage)
    print("\n## Rising noise\n")
    report_noise(whisper, asked.footage)
    if asked.compare:
        print("\n## Settings\n")
        report_settings(config, asked.footage)


if __name__ == "__main__":
    main()
