"""The Python and the query file that the docs show work as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from viewfinder.evaluation import judgments

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "use-from-python.md"
TALK = """WEBVTT

00:00:01.000 --> 00:00:06.000
Now to the budget: we spent less than we had.

00:02:10.000 --> 00:02:15.000
The harbour bridge was closed to cars at night.
"""


@pytest.mark.models
def test_the_page_on_python_runs_from_top_to_bottom(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "talks").mkdir()
    (tmp_path / "talks" / "council.vtt").write_text(TALK, "utf-8")
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), flags=re.DOTALL)
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), names)
    printed = capsys.readouterr().out
    assert "council.vtt" in printed
    assert "answer" in printed
    assert "we spent less than we had" in printed


def test_the_query_file_on_the_page_can_be_judged(tmp_path: Path) -> None:
    page = PAGE.with_name("evaluate.md").read_text("utf-8")
    shown = re.search(r"```json\n(.*?)```", page, flags=re.DOTALL)
    assert shown
    path = tmp_path / "queries.jsonl"
    path.write_text(shown[1], "utf-8")
    assert [judgment.expected for judgment in judgments.read(path)] == ["moments", "abstain"]
