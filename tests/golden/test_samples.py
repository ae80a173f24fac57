"""The default models still note what they noted about the sample footage.

Expected values were written by this code and read by eye; ``scripts/golden`` writes them
again. Processors round differently, so words may differ a little and times by a hair.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

import golden

pytestmark = pytest.mark.models

EXPECTED: dict[str, golden.Notes] = json.loads(golden.EXPECTED.read_text("utf-8"))
FILES = sorted(EXPECTED)


@pytest.fixture(scope="module")
def noted(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, golden.Notes]:
    return golden.gather(tmp_path_factory.mktemp("golden"), weights / "samples")


def starts(rows: list[Any]) -> list[float]:
    return [start for start, _, _ in rows]


def words(rows: list[Any]) -> list[str]:
    return " ".join(text for _, _, text in rows).lower().split()


@pytest.mark.parametrize("name", FILES)
def test_shots_are_cut_where_they_were(noted: dict[str, golden.Notes], name: str) -> None:
    now, then = starts(noted[name]["shots"]), starts(EXPECTED[name]["shots"])
    assert now == pytest.approx(then, abs=0.1)


@pytest.mark.parametrize("name", FILES)
def test_words_are_heard_as_they_were(noted: dict[str, golden.Notes], name: str) -> None:
    now, then = words(noted[name]["speech"]), words(EXPECTED[name]["speech"])
    assert Levenshtein.distance(now, then) <= 0.1 * len(then)


def test_printed_lines_are_read_as_they_were(noted: dict[str, golden.Notes]) -> None:
    """Of the drawn clip only: what is read off a lecturer's blackboard is a guess."""
    now = noted["notices.mp4"]["screen_text"]
    for start, end, text in EXPECTED["notices.mp4"]["screen_text"]:
        assert any(
            fuzz.ratio(text.lower(), found.lower()) >= 85 and begun < end and start < ended
            for begun, ended, found in now
        ), f"{text!r} at {start} is not read any more: {now}"


@pytest.mark.parametrize("name", FILES)
def test_objects_are_seen_as_they_were(noted: dict[str, golden.Notes], name: str) -> None:
    now = {text for _, _, text in noted[name]["objects"]}
    then = {text for _, _, text in EXPECTED[name]["objects"]}
    assert len(now ^ then) <= 0.3 * len(now | then)
