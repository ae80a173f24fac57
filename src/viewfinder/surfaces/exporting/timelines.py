"""``viewfinder timeline``."""

from __future__ import annotations

import click

from viewfinder.app.exports.timelines import KINDS
from viewfinder.app.library import Library
from viewfinder.domain.errors import UsageError
from viewfinder.domain.search import Moment
from viewfinder.surfaces.exporting import writing
from viewfinder.surfaces.opening import json_option, with_library

NOTHING = 1


@click.command(short_help="Take moments out for an editing program.")
@click.argument("places", metavar="[VIDEO START-END]...", nargs=-1)
@click.option("--from-search", "question", metavar="QUESTION", help="The moments found by it.")
@click.option("--limit", type=click.IntRange(1, 500), help="How many of them at most.")
@click.option(
    "--format",
    "kind",
    type=click.Choice(KINDS),
    default="otio",
    metavar="KIND",
    help=f"{', '.join(KINDS)}; otio where nothing is said.",
)
@click.option("--before", type=float, default=0.0, metavar="S", help="Handles before, in seconds.")
@click.option("--after", type=float, default=0.0, metavar="S", help="Handles after, in seconds.")
@click.option("--rate", default="", metavar="FPS", help="25, 23.976, 29.97df, ...")
@click.option("--name", default="", help="Of the timeline.")
@writing.output_option
@json_option
@with_library()
def timeline(
    library: Library,
    places: tuple[str, ...],
    question: str | None,
    limit: int | None,
    kind: str,
    before: float,
    after: float,
    rate: str,
    name: str,
    output: str | None,
    as_json: bool,
) -> int:
    """Take moments out as a timeline: those of a search, or stretches of videos.

    Every clip has the source's own timecode, handles where asked for, and a marker with
    where it is from and what is said there. The footage itself stays where it is.
    """
    if bool(places) == (question is not None) or len(places) % 2:
        raise UsageError("pairs of VIDEO START-END, or a --from-search QUESTION")
    moments = [
        Moment(library.video(video, "export").id, writing.span_of(span), 0.0)
        for video, span in zip(places[::2], places[1::2], strict=True)
    ]
    if question is not None:
        found = library.search(question, limit=limit)
        moments = list(found.moments) if found.found else []
    if not moments:
        click.echo("Nothing was found.", err=True)
        return NOTHING
    made = library.exports.timeline(
        moments,
        kind,
        name=name or question or "",
        before_s=before,
        after_s=after,
        rate=rate,
    )
    writing.write(made, output, as_json=as_json)
    return 0
