"""The meeting benchmark gives the numbers of its own scorer."""

from __future__ import annotations

import importlib.util
import json
import random
from pathlib import Path
from types import ModuleType

import pytest

from viewfinder.domain.errors import InputError
from viewfinder.evaluation import ami
from viewfinder.evaluation.ami import Line, Meeting

MEETING = Meeting(
    "M1",
    300.0,
    (("Ann", "we begin", 0.0, 4.0), ("Bo", "5 < 6 & so", 4.0, 9.5)),
    (("what begins", ((30.0, 90.0),)),),
)


@pytest.fixture
def benchmark_folder() -> Path:
    folder = Path(__file__).resolve().parents[4] / "shared" / "data" / "ami_qmsum"
    if not (folder / "score.py").is_file():
        pytest.skip(f"no benchmark in {folder}")
    return folder


def test_a_hit_overlaps_by_fifteen_seconds() -> None:
    def hit_at_one(start: float, end: float) -> float:
        return ami.score(Line(((start, end),)), MEETING.questions[0][1], 300.0)["hit@1"]

    assert hit_at_one(75, 135) == 1.0
    assert hit_at_one(75.1, 135.1) == 0.0


def test_long_answers_are_cut_to_their_middle_minute() -> None:
    assert ami.capped((0.0, 100.0)) == (20.0, 80.0)
    assert ami.capped((5.0, 65.0)) == (5.0, 65.0)


def test_the_same_moment_twice_earns_nothing() -> None:
    spans = ((0.0, 120.0),)
    once = ami.score(Line(((0.0, 60.0), (200.0, 260.0))), spans, 300.0)["nDCG@10"]
    twice = ami.score(Line(((0.0, 60.0), (5.0, 65.0))), spans, 300.0)["nDCG@10"]
    other = ami.score(Line(((0.0, 60.0), (60.0, 120.0))), spans, 300.0)["nDCG@10"]
    assert once == twice < other == 1.0


def test_a_transcript_becomes_webvtt_with_voices() -> None:
    text = ami.webvtt(MEETING)
    assert text.startswith("WEBVTT\n")
    assert "00:00:04.000 --> 00:00:09.500\n<v Bo>5 &lt; 6 &amp; so" in text


def test_a_question_without_an_answer_counts_as_missed() -> None:
    assert ami.evaluate([MEETING], {}, draws=20)["hit@10"].value == 0.0


def test_a_file_without_meetings_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"meeting": "x"}')
    with pytest.raises(InputError, match="no meetings"):
        ami.read(path)


def scorer(folder: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("ami_score", folder / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_our_numbers_are_those_of_the_benchmark(benchmark_folder: Path) -> None:
    """A standard's promise: the same definitions, on random answers, to the last digit."""
    theirs = scorer(benchmark_folder)
    draw = random.Random(3)
    for meeting in ami.read(benchmark_folder / "val.jsonl"):
        for n, (_, spans) in enumerate(meeting.questions):
            starts = [draw.uniform(0, meeting.duration_s - 5) for _ in range(10)]
            ranking = tuple((s, s + draw.choice([5, 60, 150])) for s in starts)
            line = Line(ranking, ranking[3:8] if n % 2 else ())
            row = json.loads(ami.run_file({(meeting.name, n): line}))
            expected = theirs.score_query(meeting.name, meeting.duration_s, list(spans), row)
            if spans:
                ours = ami.score(line, spans, meeting.duration_s)
                assert list(ours.values()) == pytest.approx(expected, abs=1e-12)
                assert list(ours) == theirs.NAMES
