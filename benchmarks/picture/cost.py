"""CPU milliseconds per sampled frame of each part of the picture lane, one thread.

OMP_NUM_THREADS=1 python benchmarks/picture/cost.py CLIP WEIGHTS
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import cv2

from viewfinder.adapters.annotators import labels, look, objects
from viewfinder.adapters.encoders import efficientnet
from viewfinder.domain.media import Clip
from viewfinder.ingest import decode, probe


def frames_of(path: Path, spool: Path) -> Clip:
    items = decode.decode(probe.probe(path), path, spool)
    return next(item for item in items if isinstance(item, decode.Decoded)).clip


def cost(name: str, work: Callable[[Any], Any], things: list[Any]) -> None:
    spent = []
    for thing in things:
        started = time.process_time()
        work(thing)
        spent.append(1000 * (time.process_time() - started))
    print(f"{name:34} {median(spent):6.1f} ms   n = {len(spent)}")


def main(path: Path, weights: Path) -> None:
    cv2.setNumThreads(1)
    lite = str(weights / "efficientnet-lite2")
    with tempfile.TemporaryDirectory() as spool:
        clip = frames_of(path, Path(spool))
        cost("read a frame from the spool", clip.read_frame, list(clip.frame_times_ns))
        pictures = [frame.pixels for frame in clip.frames()]
    for crops in (1, 4, 8):
        encoder = efficientnet.EfficientNetEncoder(efficientnet.Config(lite, crops=crops))
        cost(
            f"features of {crops} crops",
            lambda p, e=encoder: e.encode_images(e.crops(p)),  # type: ignore[misc]
            pictures,
        )
    reader = labels.LabelAnnotator(labels.Config(lite))
    four = efficientnet.EfficientNetEncoder(efficientnet.Config(lite))
    rows = [four.encode_images(four.crops(p)).rows for p in pictures]
    cost("labels of 4 crops", reader.probabilities, rows)
    finder = objects.ObjectAnnotator(objects.Config(str(weights / "ssd-mobilenet-v3")))
    cost("objects with boxes", finder.found, pictures)
    notes = look.LookAnnotator(look.Config())
    cost("look", lambda p: notes.facts(look._shrunk(p).small), pictures)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
