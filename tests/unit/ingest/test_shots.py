"""Cuts in drawn frames."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from viewfinder.ingest.shots import CutFinder

RATE = 25
SHAPE = (90, 160, 3)


def scene(seed: int) -> NDArray[np.float64]:
    """Return a picture with large and small detail."""
    random = np.random.default_rng(seed)
    picture = np.zeros(SHAPE)
    for blocks in (5, 10, 30):
        coarse = random.uniform(0, 255, (90 // blocks, 160 // blocks + 1, 3))
        picture += np.kron(coarse, np.ones((blocks, blocks, 1)))[:, :160] / 3
    return picture


def held(picture: NDArray[np.float64], count: int, seed: int = 0) -> list[NDArray[np.float64]]:
    random = np.random.default_rng(seed)
    return [picture + random.normal(0, 2, SHAPE) for _ in range(count)]


def cuts(frames: list[NDArray[np.float64]]) -> list[float]:
    finder: CutFinder[int] = CutFinder()
    found: list[int | None] = []
    items: list[int] = []
    for i, frame in enumerate(frames):
        small = np.clip(frame, 0, 255).astype(np.uint8)
        for item, begins_ns in finder.push(i, i * 1_000_000_000 // RATE, small):
            items.append(item)
            found.append(begins_ns)
    for item, begins_ns in finder.flush():
        items.append(item)
        found.append(begins_ns)
    assert items == list(range(len(frames)))  # every frame comes back, in order
    return [ns * RATE / 1e9 for ns in found if ns is not None]


def test_a_cut_is_found_at_the_first_frame_of_the_new_shot() -> None:
    assert cuts(held(scene(1), 30) + held(scene(2), 30)) == [30]


def test_noise_alone_is_no_cut() -> None:
    assert cuts(held(scene(1), 80)) == []


def test_a_dark_cut_is_a_cut() -> None:
    assert cuts(held(scene(1) * 0.12, 30) + held(scene(2) * 0.12, 30)) == [30]


def test_a_flash_is_no_cut() -> None:
    flash = [scene(1) * 0.3 + 170] * 2
    assert cuts(held(scene(1), 30) + flash + held(scene(1), 30)) == []


def test_light_that_goes_on_is_no_cut() -> None:
    assert cuts(held(scene(1) * 0.5, 30) + held(scene(1), 30)) == []


def test_a_moving_camera_is_no_cut() -> None:
    wide = np.concatenate([scene(1), scene(2), scene(3), scene(4)], axis=1)
    assert cuts([wide[:, 7 * i : 7 * i + 160] for i in range(60)]) == []


def test_a_page_that_turns_is_a_cut_and_a_pointer_is_not() -> None:
    page = np.full(SHAPE, 240.0)
    one, two = page.copy(), page.copy()
    for line in range(5):
        one[15 + 12 * line : 18 + 12 * line, 10:100] = 20
        two[12 + 14 * line : 15 + 14 * line, 30 : 150 - 10 * line] = 20
    frames = [one.copy() for _ in range(40)] + [two.copy() for _ in range(40)]
    for i in range(10, 30):
        frames[i][70:74, 3 * i : 3 * i + 3] = 0
    assert cuts(frames) == [40]


@pytest.mark.parametrize("length", [10, 20])
def test_a_dissolve_is_one_cut_inside_it(length: int) -> None:
    mixed = [
        scene(1) * (1 - part) + scene(2) * part
        for part in np.linspace(0, 1, length, endpoint=False)
    ]
    (at,) = cuts(held(scene(1), 40) + mixed + held(scene(2), 60))
    assert 40 <= at <= 40 + length


def test_a_fade_through_black_is_one_cut_inside_it() -> None:
    out = [scene(1) * part for part in np.linspace(1, 0, 12)]
    into = [scene(2) * part for part in np.linspace(0, 1, 12)]
    (at,) = cuts(held(scene(1), 40) + out + into + held(scene(2), 60))
    assert 40 <= at <= 64


def test_key_frames_are_judged_by_themselves() -> None:
    finder: CutFinder[int] = CutFinder(sparse=True)
    frames = [scene(1), scene(2), scene(3), scene(3)]
    verdicts = [
        v
        for i, frame in enumerate(frames)
        for v in finder.push(i, i * 5_000_000_000, frame.astype(np.uint8))
    ] + list(finder.flush())
    assert [item for item, begins_ns in verdicts if begins_ns is not None] == [1, 2]
