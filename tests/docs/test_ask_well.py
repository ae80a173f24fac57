"""Every question that the page on asking well shows is understood as more than its words."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from viewfinder.domain.search import QueryPlan
from viewfinder.retrieval.asking import plan as planning

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "ask-well.md"
QUESTIONS = re.findall(r"^\| `([^`]+)` \|", PAGE.read_text("utf-8"), flags=re.MULTILINE)
PLAIN = QueryPlan("", "")


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_on_the_page_gives_a_plan_that_differs(question: str) -> None:
    made = planning.plan(question, today=date(2026, 11, 20))
    special = ("phrases", "exclude", "filters", "sequence", "shape", "like")
    understood = [name for name in special if getattr(made, name) != getattr(PLAIN, name)]
    weights = {lookup.weight for lookup in made.lookups if lookup.lanes != ("metadata",)}
    assert understood or len(weights) > 1, planning.describe(made)


def test_the_page_shows_questions() -> None:
    assert len(QUESTIONS) > 10
