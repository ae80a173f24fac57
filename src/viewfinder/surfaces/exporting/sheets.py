"""``viewfinder sheet`` and ``viewfinder cite``."""

from __future__ import annotations

from pathlib import Path

import click

from viewfinder.app.library import Library
from viewfinder.domain.errors import UsageError
from viewfinder.surfaces.exporting import writing
from viewfinder.surfaces.opening import json_option, with_library

NOTHING = 1


@click.command(short_help="Take many frames out as one picture.")
@click.argument("video", required=False)
@click.option("--from-search", "question", metavar="QUESTION", help="Of the moments found by it.")
@writing.output_option
@click.option("--columns", type=click.IntRange(1, 12), default=4, show_default=True)
@json_option
@with_library()
def sheet(
    library: Library,
    video: str | None,
    question: str | None,
    output: str | None,
    columns: int,
    as_json: bool,
) -> int:
    """Take a contact sheet out: of VIDEO from start to end, or of the moments of a search."""
    if (video is None) == (question is None):
        raise UsageError("a VIDEO or a --from-search QUESTION, one of the two")
    kind = Path(output).suffix.lower().removeprefix(".") if output else "jpg"
    exports, named = library.exports, {"jpeg": "jpg"}.get(kind, kind)
    if video is not None:
        item = library.video(video, "export")
        made = exports.contact_sheet(item, kind=named, columns=columns)
    else:
        found = library.search(question or "")
        if not (found.found and found.moments):
            click.echo("Nothing was found.", err=True)
            return NOTHING
        moments, title = found.moments, question or ""
        made = exports.contact_sheet(moments, kind=named, columns=columns, title=title)
    writing.write(made, output, as_json=as_json)
    return 0


@click.command(short_help="Say where a stretch is from, and how to check it.")
@click.argument("video")
@click.argument("span", metavar="START-END")
@click.option(
    "--format",
    "kind",
    type=click.Choice(["txt", "json", "html"]),
    default="txt",
    show_default=True,
)
@click.option("-o", "--output", metavar="FILE", help="Write here instead of the terminal.")
@with_library()
def cite(library: Library, video: str, span: str, kind: str, output: str | None) -> None:
    """Write the citation sheet of a stretch of VIDEO, START-END as 1:23-1:41.

    It says what was said and shown there, by which track, how sure, under which rule it
    was released, and how to check it. `viewfinder clip` writes one beside every clip.
    """
    item = library.video(video, "export")
    writing.show(library.exports.citation(item, writing.span_of(span), kind=kind), output)
