"""What the commands that take things out share: times as typed, files as written."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from viewfinder.app.exports import Exported
from viewfinder.domain.errors import InputError, UsageError
from viewfinder.domain.time import TimeSpan, read_clock
from viewfinder.surfaces import documents, render

output_option = click.option(
    "-o", "--output", metavar="FILE", help="Write here; else a new file named for what it holds."
)


def span_of(text: str) -> TimeSpan:
    """Return the stretch of "1:23-1:41".

    Raises:
        UsageError: It is none.
    """
    start, dash, end = text.replace("–", "-").partition("-")
    try:
        if dash:
            return TimeSpan(read_clock(start), read_clock(end))
    except ValueError:
        pass
    raise UsageError(f"{text!r} is no stretch of time; write 1:23-1:41")


def time_of(text: str) -> int:
    """Return the time of "1:23", in ns.

    Raises:
        UsageError: It is none.
    """
    try:
        return read_clock(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is not a time; use seconds, m:ss or h:mm:ss") from error


def write(made: Exported, output: str | None, *, as_json: bool = False) -> None:
    """Write what was made, and what belongs with it; tell what was written.

    Raises:
        InputError: It cannot be written, or would take the place of a file nobody named.
    """
    to = Path(output) if output else Path(made.name)
    if output is None and to.exists():
        raise InputError(f"{str(to)!r} is there already; -o names another, or writes over it")
    files = made.save(to)
    if as_json:
        told = {"files": [str(f) for f in files], "notes": list(made.notes), **made.facts}
        click.echo(documents.dumps(told))
        return
    out = render.console()
    for file in files:
        out.print(str(file), soft_wrap=True, markup=False, highlight=False)
    for note in made.notes:
        render.wrapped(out, note, indent="  ", style="dim")


def show(made: Exported, output: str | None) -> None:
    """Print text that was made, or write it to a file."""
    if output:
        write(made, output)
        return
    text = made.read().decode()
    click.echo(render.harmless(text) if sys.stdout.isatty() else text, nl=False)
