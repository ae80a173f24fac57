"""Reading judgments, judging systems, writing reports. The promises are ours."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from viewfinder.domain.errors import InputError
from viewfinder.domain.time import TimeSpan
from viewfinder.evaluation import baselines, compare, judgments, report
from viewfinder.evaluation.judgments import Judgment, Relevant, Response, Returned

SPAN = TimeSpan.of_seconds(10, 20)
JUDGED = [
    Judgment("q1", "spoken", "the storm", (Relevant("a.mp4", SPAN),)),
    Judgment("q2", "spoken", "the crane", (Relevant("b.mp4", SPAN),)),
    Judgment("q3", "absent", "penguins", (), "abstain"),
]


def knows_the_storm(query: str) -> Response:
    if "storm" in query:
        return Response((Returned("a.mp4", SPAN),))
    return Response((), "abstain")


def test_queries_are_read_with_all_that_answers_them(tmp_path: Path) -> None:
    path = tmp_path / "queries.jsonl"
    row = {
        "id": "q1",
        "type": "spoken",
        "query": "the storm",
        "relevant": [{"file": "a.mp4", "start_s": 10.0, "end_s": 20.0, "grade": 2}],
        "expected": "moments",
        "notes": "kept for people",
    }
    path.write_text(json.dumps(row) + "\n\n")
    assert judgments.read(path) == [JUDGED[0]]


@pytest.mark.parametrize(
    "line", ["{", "[]", '{"id": 1}', '{"id":1,"type":"x","query":"x","relevant":[]}']
)
def test_a_bad_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "queries.jsonl"
    path.write_text(line)
    with pytest.raises(InputError, match="line 1"):
        judgments.read(path)
    with pytest.raises(InputError, match="cannot read"):
        judgments.read(tmp_path / "none.jsonl")


def test_a_mean_has_an_interval_over_videos() -> None:
    found = compare.mean([("a", 1.0), ("a", 1.0), ("b", 0.0)], draws=200)
    assert found.value == pytest.approx(2 / 3)
    assert found.low == 0.0
    assert found.high == 1.0
    assert found.count == 3
    assert compare.mean([]).count == 0


def test_the_same_system_differs_from_itself_by_nothing() -> None:
    outcomes = compare.judge(JUDGED, knows_the_storm)
    for difference in compare.difference(outcomes, outcomes, draws=50).values():
        assert (difference.value, difference.low, difference.high) == (0, 0, 0)


def test_what_was_done_is_counted_beside_what_should_have_been() -> None:
    table = compare.outcomes_by_expectation(compare.judge(JUDGED, knows_the_storm))
    assert table["moments"] == {"moments": 1, "abstain": 1, "refuse": 0}
    assert table["abstain"] == {"moments": 0, "abstain": 1, "refuse": 0}


def test_a_report_holds_systems_types_and_outcomes() -> None:
    chance = baselines.chance({"a.mp4": TimeSpan.of_seconds(0, 60)})
    made = report.evaluate(JUDGED, {"ours": knows_the_storm, "chance": chance}, draws=50)
    assert made.table["systems"]["ours"]["hit@1"]["value"] == 0.5
    assert "ours - chance" in made.table["differences"]
    assert made.table["by_type"].keys() == {"spoken"}
    for piece in ("| ours |", "| chance |", "| spoken |", "abstained", "95 %"):
        assert piece in made.markdown
    json.dumps(made.table)
    with pytest.raises(ValueError, match="no system"):
        report.evaluate(JUDGED, {})


def test_chance_stays_inside_the_files_and_is_the_same_twice() -> None:
    lengths = {"a.mp4": TimeSpan.of_seconds(0, 60), "b.mp4": TimeSpan.of_seconds(0, 3)}
    system = baselines.chance(lengths)
    moments = system("x").moments
    assert moments == system("x").moments
    assert all(m.span.clipped(lengths[m.file]) == m.span for m in moments)


def test_bm25_ranks_what_is_said_and_abstains_without_a_word() -> None:
    said = [
        (Returned("a.mp4", TimeSpan.of_seconds(0, 5)), "the sea is calm"),
        (Returned("a.mp4", TimeSpan.of_seconds(5, 9)), "the storm broke the crane"),
    ]
    system = baselines.bm25_on_speech(said)
    assert system("a broken crane in the storm").moments[0] == said[1][0]
    assert system("penguins").outcome == "abstain"
    assert baselines.bm25_on_speech([])("x").moments == ()
