"""Tiny frames with known cuts, drawn: textures like footage, moved, faded, lit and blurred."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

RATE = 25
HEIGHT_PX, WIDTH_PX = 90, 160


@dataclass
class Film:
    """Frames (n, 90, 160, 3) YUV, their times, and where the shots change."""

    name: str
    frames: NDArray[np.uint8]
    cuts: list[float] = field(default_factory=list)
    gradual: list[tuple[float, float]] = field(default_factory=list)

    @property
    def times_s(self) -> NDArray[np.float64]:
        return np.arange(len(self.frames)) / RATE


def texture(random: np.random.Generator, height: int, width: int) -> NDArray[np.float32]:
    """Return a BGR picture whose power falls as that of natural images, with a few objects."""
    layers = np.zeros((height, width, 3), np.float32)
    for octave in range(1, 7):
        coarse = random.normal(size=(2 + 2**octave, 3 + 2**octave, 3)).astype(np.float32)
        layers += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC) / 2**octave
    grey = layers.mean(axis=2, keepdims=True)
    layers = grey + (layers - grey) * random.uniform(0.2, 0.9)
    base = random.uniform(60, 180) + layers * random.uniform(30, 70)
    base += random.uniform(-25, 25, 3)
    for _ in range(int(random.integers(2, 8))):
        centre = (int(random.integers(0, width)), int(random.integers(0, height)))
        axes = (int(random.integers(4, width // 5)), int(random.integers(4, height // 4)))
        colour = tuple(float(c) for c in random.uniform(20, 235, 3))
        cv2.ellipse(base, centre, axes, float(random.uniform(0, 180)), 0, 360, colour, -1)
    return base


def shot(
    random: np.random.Generator, count: int, *, speed: float = 0.5, noise: float = 2.0
) -> NDArray[np.float32]:
    """Return frames of one camera over one texture, moving ``speed`` pixels a frame."""
    room = int(speed * count) + 30
    world = texture(random, HEIGHT_PX + 40, WIDTH_PX + room)
    sign = random.choice([-1, 1])
    frames = []
    for i in range(count):
        x = speed * (i if sign > 0 else count - 1 - i) + 5
        y = 20 + 6 * np.sin(i / 20)
        view = cv2.getRectSubPix(
            world, (WIDTH_PX, HEIGHT_PX), (x + WIDTH_PX / 2, y + HEIGHT_PX / 2)
        )
        frames.append(view + random.normal(0, noise, view.shape).astype(np.float32))
    return np.stack(frames)


def joined(name: str, shots: list[NDArray[np.float32]]) -> Film:
    lengths = np.cumsum([len(s) for s in shots])
    return Film(name, yuv(np.concatenate(shots)), [float(n) / RATE for n in lengths[:-1]])


def yuv(frames: NDArray[np.float32]) -> NDArray[np.uint8]:
    pixels = np.clip(frames, 0, 255).astype(np.uint8)
    return np.stack([cv2.cvtColor(p, cv2.COLOR_BGR2YUV) for p in pixels])


def hard(random: np.random.Generator) -> Film:
    return joined("hard cuts", [shot(random, int(random.integers(20, 90))) for _ in range(8)])


def pans(random: np.random.Generator) -> Film:
    speeds = random.uniform(4, 14, 6)
    return joined("fast pans", [shot(random, 50, speed=float(v)) for v in speeds])


def flashes(random: np.random.Generator) -> Film:
    shots = [shot(random, 70) for _ in range(4)]
    for frames in shots:
        first = int(random.integers(15, 50))
        for i in range(int(random.integers(1, 4))):
            frames[first + i] = frames[first + i] * 0.3 + random.uniform(150, 190)
    return joined("flashes", shots)


def dark(random: np.random.Generator) -> Film:
    shots = [
        (shot(random, 60, noise=0) * random.uniform(0.08, 0.25))
        + random.normal(0, 2, (60, 90, 160, 3))
        for _ in range(6)
    ]
    return joined("dark scenes", [s.astype(np.float32) for s in shots])


def fades(random: np.random.Generator) -> Film:
    shots = [shot(random, 90) for _ in range(4)]
    length = 15
    for i, frames in enumerate(shots):
        ramp = np.linspace(0, 1, length, dtype=np.float32)[:, None, None, None]
        if i:
            frames[:length] *= ramp
        if i < len(shots) - 1:
            frames[-length:] *= ramp[::-1]
    film = joined("fades through black", shots)
    film.gradual = [(c - length / RATE, c + length / RATE) for c in film.cuts]
    film.cuts = []
    return film


def dissolves(random: np.random.Generator) -> Film:
    shots = [shot(random, 90) for _ in range(4)]
    length = int(random.integers(8, 25))
    ramp = np.linspace(0, 1, length, dtype=np.float32)[:, None, None, None]
    frames = [shots[0]]
    spans = []
    for following in shots[1:]:
        before = frames[-1]
        mixed = before[-length:] * (1 - ramp) + following[:length] * ramp
        frames[-1] = before[:-length]
        start = sum(map(len, frames))
        spans.append((start / RATE, (start + length) / RATE))
        frames += [mixed, following[length:]]
    return Film("dissolves", yuv(np.concatenate(frames)), [], spans)


def slides(random: np.random.Generator) -> Film:
    """Slides that share their design; between cuts a pointer moves and a line appears."""
    background = np.full((HEIGHT_PX, WIDTH_PX, 3), float(random.choice([25, 240])), np.float32)
    ink = 235.0 if background[0, 0, 0] < 100 else 20.0
    shots = []
    for _ in range(6):
        page = background.copy()
        for line in range(int(random.integers(3, 7))):
            cv2.line(
                page,
                (12, 18 + 11 * line),
                (int(random.integers(50, 145)), 18 + 11 * line),
                (ink,) * 3,
                3,
            )
        if random.random() < 0.5:
            box = (int(random.integers(80, 110)), int(random.integers(20, 50)))
            colour = tuple(float(c) for c in random.uniform(30, 220, 3))
            cv2.rectangle(page, box, (box[0] + 40, box[1] + 30), colour, -1)
        frames = np.repeat(page[None], 75, 0)
        for i in range(20, 60):
            place = (10 + 2 * i, 70)
            cv2.rectangle(frames[i], place, (place[0] + 2, place[1] + 3), (ink,) * 3, -1)
        shots.append(frames)
    return joined("slides", shots)


def animated(random: np.random.Generator) -> Film:
    """Flat drawings with quick figures."""
    shots = []
    for _ in range(6):
        ground = tuple(float(c) for c in random.uniform(40, 230, 3))
        figures = [
            (
                random.uniform(0, 1, 2),
                random.normal(0, 0.03, 2),
                random.uniform(6, 22),
                random.uniform(20, 240, 3),
            )
            for _ in range(6)
        ]
        frames = np.empty((60, HEIGHT_PX, WIDTH_PX, 3), np.float32)
        for i in range(60):
            frames[i] = ground
            for place, step, radius, colour in figures:
                x, y = np.abs((place + step * i) % 2 - 1) * (WIDTH_PX, HEIGHT_PX)
                centre = (int(x), int(y))
                cv2.circle(frames[i], centre, int(radius), tuple(float(c) for c in colour), -1)
        shots.append(frames)
    return joined("animated", shots)


def still(random: np.random.Generator) -> Film:
    """A camera that watches: noise, light that changes slowly, somebody walks by."""
    frames = np.repeat(shot(random, 1, noise=0), 400, 0)
    for i in range(len(frames)):
        frames[i] *= 1 + 0.1 * np.sin(i / 60)
        frames[i] += random.normal(0, 4, frames[i].shape)
        x = (i * 2) % 260 - 50
        cv2.rectangle(frames[i], (x, 20), (x + 40, 90), (30, 40, 60), -1)
    return Film("watching camera", yuv(frames))


def shaken(random: np.random.Generator) -> Film:
    shots = []
    for _ in range(5):
        frames = shot(random, 60, speed=2.0)
        moved = []
        for frame in frames:
            dx, dy = random.normal(0, 5, 2)
            shift = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
            moved.append(
                cv2.warpAffine(frame, shift, (WIDTH_PX, HEIGHT_PX), borderMode=cv2.BORDER_REFLECT)
            )
        shots.append(np.stack(moved))
    return joined("shaken camera", shots)


KINDS: tuple[Callable[[np.random.Generator], Film], ...] = (
    hard, pans, flashes, dark, fades, dissolves, slides, animated, still, shaken,
)  # fmt: skip


def films(seeds: int, first: int = 0) -> Iterator[Film]:
    """Yield each kind of film ``seeds`` times; thresholds were chosen on seeds 0 to 2."""
    for number, kind in enumerate(KINDS):
        for seed in range(first, first + seeds):
            yield kind(np.random.default_rng([number, seed]))
