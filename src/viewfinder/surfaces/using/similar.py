"""``viewfinder similar``: moments like a moment."""

from __future__ import annotations

import click

from viewfinder.app.library import Library
from viewfinder.app.using import By
from viewfinder.domain.media import VideoId
from viewfinder.surfaces import documents, render
from viewfinder.surfaces.opening import json_option, with_library
from viewfinder.surfaces.using import places


@click.command(short_help="Find moments like a moment.")
@click.argument("video")
@places.at_option
@click.option(
    "--by",
    type=click.Choice([each.value for each in By]),
    default=By.BOTH.value,
    show_default=True,
    help="What should be alike.",
)
@click.option("--limit", type=click.IntRange(1, 100), default=10, show_default=True)
@json_option
@with_library()
def similar(library: Library, video: str, at: str, by: str, limit: int, as_json: bool) -> int:
    """Find moments that are like VIDEO at a time, by what is said, shown and seen there."""
    item, span = places.moment(library, video, at, at)
    found = library.mine.similar(item, span, by=By(by), limit=limit)
    paths = {VideoId(one): path for one, path in places.paths(library).items()}
    if as_json:
        click.echo(documents.dumps(documents.search(found, paths)))
    else:
        render.ranking(render.console(), found, paths)
    return 0 if found.moments else 1
