"""What people see while a language model works; a program that reads the output sees none of it."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import TypeVar

import click
from rich.console import Console

from viewfinder.app.asking.assisted import Progress, Sending
from viewfinder.domain.answer import Answer, Claim
from viewfinder.domain.conversation import Resolved
from viewfinder.surfaces import render

T = TypeVar("T")


def told(
    out: Console | None, coming: Iterator[Progress | Resolved | Claim | T]
) -> tuple[T, list[Claim]]:
    """Return what a turn ends with, and its claims that were printed on the way.

    Args:
        out: Where to print each claim as soon as it is checked; None prints nothing.
        coming: Steps, as ``Library.asking`` and ``conversing`` give them.
    """
    note, printed = "", list[Claim]()
    for step in coming:
        if isinstance(step, Progress):
            progress(step)
        elif isinstance(step, Resolved):
            note = step.note
        elif isinstance(step, Claim):
            if out is None:
                continue
            if not printed:
                understood(out, note)
            render.claim(out, step)
            printed.append(step)
        else:
            return step, printed
    raise AssertionError("a turn ends with an answer")


def understood(out: Console, note: str) -> None:
    """Print how a follow-up was understood, where something was read into it."""
    if note:
        out.print(f"understood as: {note}", style="dim", markup=False, soft_wrap=True)


def rest(said: Answer, printed: Collection[Claim]) -> Answer:
    """Return an answer without the claims that were printed already."""
    return replace(said, claims=tuple(c for c in said.claims if c not in printed))


def progress(step: Progress) -> None:
    """Print what the model is at, on standard error, where a person looks at it."""
    if sys.stderr.isatty():
        click.echo(click.style(step.text, dim=True), err=True)


def leaving(sent: Sending) -> None:
    """Say what is about to leave this machine, and to whom, before it does."""
    if sent.leaves_machine:
        click.echo(f"sending {sent.size_bytes} bytes to {sent.destination}", err=True)
