"""What shows where things come from, and that they are what they were: ``Library.evidence``."""

from __future__ import annotations

from typing import Any

from viewfinder.app.evidence import facts
from viewfinder.app.evidence.desk import Desk

__all__ = ["Desk", "Evidence"]


class Evidence:
    """The tools for those who have to show something to somebody who need not believe them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def facts(self) -> dict[str, Any]:
        """Return what anybody may know of this library."""
        return facts.facts(self._desk)
