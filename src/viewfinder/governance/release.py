"""The gate out: what a decision obliges us to do to evidence before anybody sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from viewfinder.domain.answer import Evidence

KNOWN_OBLIGATIONS = frozenset({"extractive_only", "withhold_words", "no_export", "no_pictures"})
"""``extractive_only``: no model may reword. ``withhold_words``: times only, no words.
``no_export``: nothing is written to a file. ``no_pictures``: no thumbnails."""


def release(evidence: Sequence[Evidence], obligations: Sequence[str]) -> list[Evidence]:
    """Return what may leave, in order.

    Doubtful recognitions keep their place and time and lose their words: they may be
    checked by ear and eye, never quoted.
    """
    withheld = "withhold_words" in obligations
    return [replace(e, text="") if withheld or e.doubtful else e for e in evidence]
