"""Papers that those who keep a library owe to others: ``Library.papers``."""

from __future__ import annotations

from typing import Any

from viewfinder.app.evidence import Desk
from viewfinder.app.papers import documents

__all__ = ["KINDS", "Papers"]

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
