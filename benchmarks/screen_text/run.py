"""What is read off the screen, what the gate loses, how sure readings are, and the cost.

    python benchmarks/screen_text/run.py --clips FOLDER --models FOLDER > \
        benchmarks/screen_text/report.md

``labels.json`` holds lines seen by eye: file, start s, end s, text. "Every frame" reads each
sampled frame in full, as if there were no glance and nothing known from the frame before.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from rapidfuzz import fuzz

from viewfinder.adapters.annotators import rapidocr
from viewfinder.adapters.annotators.rapidocr import Config, RapidOcr, Reading
from viewfinder.domain.annotation import Annotation
from viewfinder.domain.media import Clip
from viewfinder.domain.time import to_ns
from viewfinder.ingest.decode import Decoded, Sampling, decode
from viewfinder.ingest.probe import probe

LABELS = Path(__file__).with_name("labels.json")
WORDS = re.findall(
    r"\S+",
    "the quick server failed at login while quarterly pricing of paper boxes rose in April"
    " port 5432 December 2007 NASA MIT $149 terminal starter plan meeting agenda chapter",
)


def clips_in(folder: Path, spool: Path) -> Iterator[tuple[str, Clip]]:
    """Yield the decoded clips that hold a picture."""
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.suffix not in (".json", ".md"):
            video = probe(path)
            if video.has("video"):
                *_, decoded = decode(video, path, spool / path.name, sampling=Sampling(sound=False))
                assert isinstance(decoded, Decoded)
                yield path.name, decoded.clip


def read_in_full(reader: RapidOcr, pixels: NDArray[np.uint8]) -> list[Reading]:
    """Return the lines of one frame without glance or memory."""
    _, engine = reader._open()
    picture = np.ascontiguousarray(pixels[..., ::-1])
    boxes = rapidocr._boxes(engine, picture)
    if not len(boxes):
        return []
    read = engine.recognize_txt(engine.crop_text_regions(picture, boxes))
    regions = [rapidocr._region(box, pixels) for box in boxes]
    return [
        Reading(t, float(c), r) for t, c, r in zip(read.txts, read.scores, regions, strict=True)
    ]


def is_noted(text: str, at_ns: int, notes: list[Annotation]) -> bool:
    at_once = [n.text for n in notes if n.span.start_ns <= at_ns <= n.span.end_ns]
    return any(fuzz.partial_ratio(text, other) >= 85 for other in at_once)


def report_clips(reader: RapidOcr, folder: Path) -> dict[str, list[Annotation]]:
    print("| clip | seconds | frames | notes | CPU s per s | every frame | its lines | lost |")
    print("|---|---|---|---|---|---|---|---|")
    found: dict[str, list[Annotation]] = {}
    totals = np.zeros(7)
    with tempfile.TemporaryDirectory() as spool:
        for name, clip in clips_in(folder, Path(spool)):
            start_s = time.process_time()
            found[name] = list(reader.annotate(clip))
            gated_s = time.process_time() - start_s
            start_s = time.process_time()
            frames = [(f.at_ns, read_in_full(reader, f.pixels)) for f in clip.frames()]
            full_s = time.process_time() - start_s
            lines = [
                (at_ns, reading.text)
                for at_ns, readings in frames
                for reading in readings
                if reading.confidence >= reader.config.quotable_confidence
                and rapidocr.is_text(reading.text, reading.confidence)
            ]
            lost = [line for line in lines if not is_noted(line[1], line[0], found[name])]
            row = [clip.span.duration_s, len(frames), len(found[name]), gated_s, full_s]
            totals += [*row, len(lines), len(lost)]
            _print_row(name, np.array([*row, len(lines), len(lost)]))
    _print_row("all", totals)
    return found


def _print_row(name: str, row: NDArray[np.float64]) -> None:
    seconds, frames, notes, gated_s, full_s, lines, lost = row
    print(
        f"| {name} | {seconds:.1f} | {frames:.0f} | {notes:.0f} | {gated_s / seconds:.3f}"
        f" | {full_s / seconds:.3f} | {lines:.0f} | {lost:.0f} |"
    )


def report_labels(found: dict[str, list[Annotation]]) -> None:
    labels = json.loads(LABELS.read_text("utf-8"))
    missed = []
    edges = []
    for file, start_s, end_s, text in labels:
        hits = [
            note
            for note in found.get(file, [])
            if fuzz.partial_ratio(text, note.text) >= 95
            and note.span.start_ns < to_ns(end_s)
            and note.span.end_ns > to_ns(start_s)
        ]
        if hits:
            best = max(hits, key=lambda note: note.span.duration_ns)
            edges += [abs(best.span.start_s - start_s), abs(best.span.end_s - end_s)]
        else:
            missed.append(f"{text!r} ({file} {start_s}-{end_s} s)")
    print(
        f"{len(labels) - len(missed)} of {len(labels)} lines seen by eye are noted; not: ", end=""
    )
    print(", ".join(missed) + ".")
    print(
        f"Edges are off by {np.median(edges):.1f} s (median),"
        f" {np.quantile(edges, 0.9):.1f} s (90 %)."
    )


def drawn(random: np.random.Generator, size_px: int, words: int) -> tuple[Image.Image, str]:
    """Return a frame of 1280 x 720 with one line somewhere."""
    text = " ".join(random.choice(WORDS, words))
    dark, light = tuple(random.integers(0, 90, 3)), tuple(random.integers(160, 255, 3))
    back, ink = (dark, light) if random.random() < 0.5 else (light, dark)
    image = Image.new("RGB", (1280, 720), tuple(map(int, back)))
    place = int(random.integers(10, 700)), int(random.integers(10, 660))
    font = ImageFont.load_default(size_px)
    ImageDraw.Draw(image).text(place, text, tuple(map(int, ink)), font)
    return image, text


def spoiled(random: np.random.Generator, image: Image.Image) -> NDArray[np.uint8]:
    """Return the picture blurred, with noise, through a coarse JPEG."""
    image = image.filter(ImageFilter.GaussianBlur(float(random.uniform(0, 3))))
    noise = random.normal(0, random.uniform(0, 25), (*image.size[::-1], 1))
    image = Image.fromarray(np.clip(np.asarray(image) + noise, 0, 255).astype(np.uint8))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=int(random.integers(15, 90)))
    return np.asarray(Image.open(file))


def report_small_print(reader: RapidOcr) -> None:
    random = np.random.default_rng(5)
    print("| height of the font in a frame of 1280 x 720 | lone word read | lone line of 4 read |")
    print("|---|---|---|")
    for size_px in (10, 12, 14, 16, 20, 28):
        rates = []
        for words in (1, 4):
            trials = [drawn(random, size_px, words) for _ in range(20)]
            read = [" ".join(r.text for r in reader.read(np.asarray(i))) for i, _ in trials]
            rates.append(
                np.mean([fuzz.ratio(t, r) >= 90 for (_, t), r in zip(trials, read, strict=True)])
            )
        print(f"| {size_px} px | {rates[0]:.0%} | {rates[1]:.0%} |")


def report_confidence(reader: RapidOcr) -> None:
    random = np.random.default_rng(6)
    rows = []
    for _ in range(400):
        image, text = drawn(random, int(random.integers(10, 30)), 3)
        read = reader.read(spoiled(random, image))
        rows.extend((reading.confidence, fuzz.ratio(text, reading.text)) for reading in read)
    table = np.array(rows)
    print("| confidence | readings | exact | at least 90 % alike | mean likeness |")
    print("|---|---|---|---|---|")
    for low, high in ((0, 0.5), (0.5, 0.7), (0.7, 0.8), (0.8, 0.9), (0.9, 0.95), (0.95, 1.01)):
        part = table[(table[:, 0] >= low) & (table[:, 0] < high), 1]
        if len(part):
            print(
                f"| {low:g}-{min(high, 1):g} | {len(part)} | {np.mean(part == 100):.0%}"
                f" | {np.mean(part >= 90):.0%} | {part.mean():.0f} % |"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--models", type=Path, required=True)
    asked = parser.parse_args()
    reader = RapidOcr(Config(asked.models / "rapidocr"))
    reader.read(np.zeros((720, 1280, 3), np.uint8))  # load
    print("# On-screen text\n\nWritten by `python benchmarks/screen_text/run.py`, one thread.\n")
    found = report_clips(reader, asked.clips)
    print()
    report_labels(found)
    print("\n## Small print\n")
    report_small_print(reader)
    print("\n## What a confidence means\n\nDrawn lines, blurred, with noise, through JPEG.\n")
    report_confidence(reader)


if __name__ == "__main__":
    main()
