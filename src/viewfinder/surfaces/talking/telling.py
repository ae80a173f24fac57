"""A turn of a conversation, printed for people."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from viewfinder.domain.answer import Claim, Outcome
from viewfinder.domain.conversation import Step, Turn
from viewfinder.domain.media import VideoId
from viewfinder.domain.time import clock
from viewfinder.surfaces import render
from viewfinder.surfaces.talking import waiting

PROMPT = "? "
LABELLED = 9
"""People are told the labels of so many moments."""

TOLD_FIRST = (Step.COUNT, Step.COMPARE, Step.LINES)
"""Turns whose first claim is a sentence about all moments."""


def turn(
    out: Console, made: Turn, paths: dict[VideoId, str], printed: Collection[Claim] = ()
) -> None:
    """Print a turn: how it was understood, then claim by claim, then the labels to go on with.

    Args:
        out: Where to.
        made: The turn.
        paths: Of videos.
        printed: Claims that were printed already, after how it was understood.
    """
    if not printed and made.answer.outcome is not Outcome.CLARIFICATION:
        waiting.understood(out, made.resolved.note)
    said = waiting.rest(made.answer, printed)
    if made.resolved.step in TOLD_FIRST and len(said.claims) > 1:
        out.print(said.claims[0].text, markup=False, soft_wrap=True)
        said = replace(said, claims=said.claims[1:])
    render.answer(out, said, paths)
    for choice in made.resolved.choices:
        out.print(f"  {choice.label}  {choice.text}", markup=False, soft_wrap=True)
    if made.answer.outcome is Outcome.ANSWER and len(made.shown) > 1:
        labels = "; ".join(
            f"{n} {Path(paths.get(m.video, '')).name} {clock(m.span.start_ns)}"
            for n, m in enumerate(made.shown[:LABELLED], 1)
        )
        out.print(f"moments: {labels}", style="dim", markup=False, soft_wrap=True)
