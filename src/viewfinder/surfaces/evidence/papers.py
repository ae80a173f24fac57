"""``viewfinder documents``: papers that an institution owes, from the live settings."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from viewfinder.app.library import Library
from viewfinder.app.papers import KINDS
from viewfinder.surfaces import documents as json_documents
from viewfinder.surfaces import render
from viewfinder.surfaces.opening import with_library


@click.command(short_help="Write an impact assessment, a system card, a record.")
@click.argument("kind", metavar="PAPER", type=click.Choice(KINDS))
@click.option(
    "--format", "form", type=click.Choice(["md", "json"]), default="md", show_default=True
)
@click.option("-o", "--output", metavar="FILE", help="Write here instead of the terminal.")
@with_library()
def documents(library: Library, kind: str, form: str, output: str | None) -> None:
    """Write PAPER (dpia, fria, system-card or record) from the live settings and rules.

    Figures come from committed reports, each with its hash. What only people can say is
    marked "needs a human". Not legal advice.
    """
    text, made = library.papers.document(kind)
    if form == "json":
        text = json_documents.dumps(made) + "\n"
    if output:
        library.write_export(Path(output), text)
    else:
        click.echo(render.harmless(text) if sys.stdout.isatty() else text, nl=False)
