"""What may be said of a person only in the words of the footage, and as such."""

from __future__ import annotations

from collections.abc import Sequence

from viewfinder.domain.answer import Evidence


def voiced(own: str, cited: Sequence[Evidence]) -> str:  # noqa: ARG001 - follows
    """Return why a sentence may not be said in the system's own voice; empty where it may."""
    return ""
