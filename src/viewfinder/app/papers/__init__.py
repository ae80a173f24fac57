"""Papers that those who keep a library owe to others: ``Library.papers``."""

from __future__ import annotations

from datetime import date
from typing import Any

from viewfinder.app.evidence import Desk
from viewfinder.app.papers import counting, documents
from viewfinder.app.papers.counting import EPSILON, MOST, Day

__all__ = ["EPSILON", "KINDS", "MOST", "Day", "Papers"]

KINDS = tuple(documents.TITLES)


class Papers:
    """Writes papers from the live library and the committed reports."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def document(self, kind: str) -> tuple[str, Any]:
        """Return a paper ("dpia", "fria", "system-card", "record"): as Markdown and as a document.

        Raises:
            UsageError: No such paper.
            Refused: The policy does not let this person look into how the library is kept.
        """
        made = documents.document(self._desk, kind)
        return documents.markdown(made), made

    def counts(self, since: date, until: date) -> list[Day]:
        """Return how much the library was used day by day, with noise; a day is told once.

        Raises:
            UsageError: A day that is not over, no days, or more than a year of them.
            Refused: The policy does not let this person look into how the library is used.
        """
        return counting.told(self._desk, since, until)
