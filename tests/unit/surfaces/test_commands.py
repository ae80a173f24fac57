"""What is typed wrongly is said in words, before anything is made or begun."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from viewfinder.app.library import Library
from viewfinder.domain.errors import InputError, UsageError
from viewfinder.surfaces.cli import cli


def run(library: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--library", str(library), *arguments])


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    Library.open(folder, create=True).close()
    return folder


def test_a_mistyped_path_or_stage_makes_no_library(tmp_path: Path) -> None:
    folder = tmp_path / "library"
    assert isinstance(run(folder, "add", str(tmp_path / "nowhere")).exception, InputError)
    assert isinstance(run(folder, "add", "--only", "smell", str(tmp_path)).exception, UsageError)
    assert not folder.exists()


@pytest.mark.parametrize("question", ["", "   ", "?", '"', "🚀🚀"])
def test_a_question_without_a_word_is_not_asked(library: Path, question: str) -> None:
    for command in ("ask", "search"):
        done = run(library, command, question)
        assert isinstance(done.exception, UsageError)
        assert "ask something" in str(done.exception)


def test_a_question_that_is_no_text_is_understood_as_far_as_it_goes(library: Path) -> None:
    done = run(library, "search", "--plan", "a red car \udcff\udcfe")
    assert done.exit_code == 0
    assert "a red car" in done.output


def test_a_question_and_a_kept_plan_at_once_are_refused(library: Path, tmp_path: Path) -> None:
    done = run(library, "search", "--plan-file", str(tmp_path / "plan.json"), "a red car")
    assert "not both" in str(done.exception)


def test_a_report_that_cannot_be_written_is_said_before_anything_is_judged(
    library: Path, tmp_path: Path
) -> None:
    queries = tmp_path / "queries.jsonl"
    queries.write_text("")
    nowhere = str(tmp_path / "nowhere" / "report.md")
    done = run(library, "eval", str(queries), "--report", nowhere)
    assert isinstance(done.exception, InputError)
    assert "cannot write" in str(done.exception)
    assert "holds no queries" in str(run(library, "eval", str(queries)).exception)


def test_the_status_of_a_library_changes_nothing_in_it(library: Path) -> None:
    before = (library / "library.sqlite").read_bytes()
    done = run(library, "status")
    assert done.exit_code == 0
    assert "0 items" in done.output
    assert (library / "library.sqlite").read_bytes() == before


@pytest.mark.parametrize("broken", ["\udcff\udcfe", "\ud800"])
def test_a_question_in_another_coding_is_no_fault_of_the_library(
    library: Path, broken: str
) -> None:
    with Library.open(library) as opened:
        assert "a red car" in opened.describe(opened.plan(f"a red car {broken}"))


def test_a_collection_is_certified_only_for_what_it_held(library: Path, tmp_path: Path) -> None:
    talk = tmp_path / "talk.vtt"
    talk.write_text("WEBVTT\n\n00:01.000 --> 00:04.000\nThe ferry leaves at noon.\n")
    queries = tmp_path / "queries.jsonl"
    there = (
        '{"id": "a", "type": "t", "query": "the ferry leaves at noon", "relevant": '
        '[{"file": "talk.vtt", "start_s": 1, "end_s": 4, "grade": 2}]}\n'
    )
    absent = (
        '{"id": "b", "type": "t", "query": "penguins", "expected": "abstain", "relevant": []}\n'
    )
    queries.write_text(there + absent)
    assert "talk.vtt" in str(run(library, "calibrate", str(queries)).exception)
    assert run(library, "add", str(talk)).exit_code == 0
    done = run(library, "calibrate", str(queries))
    assert "not certified for this collection" in " ".join(done.output.split())
    with Library.open(library) as opened:
        kept = opened.calibration.certificate()
        assert kept is not None
        assert (kept.questions, kept.answerable, kept.threshold) == (2, 1, None)
        assert opened.ask("the ferry leaves at noon").certificate.endswith(
            "not certified for this collection"
        )
        [only] = opened.videos()
        opened.forget(only.id)
        assert opened.calibration.certificate() is None
