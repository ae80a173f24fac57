"""``viewfinder restrict``: who may see a video, or a part of it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from viewfinder.app.governing.access import Change, Restrictions
from viewfinder.app.library import Library
from viewfinder.domain.access import AccessClass
from viewfinder.domain.errors import UsageError
from viewfinder.domain.time import TimeSpan, read_clock
from viewfinder.surfaces import documents, render
from viewfinder.surfaces.opening import json_option, with_library


@click.command(short_help="Say who may see a video, or a part of it.")
@click.argument("video")
@click.option("--from", "start", metavar="TIME", help="Only from there on: 83, 1:23, 0:01:23.")
@click.option("--to", "end", metavar="TIME", help="Only up to there.")
@click.option("--collection", metavar="NAME", help="Move it into this collection.")
@click.option("--label", "labels", multiple=True, metavar="WORD", help='Mark it, e.g. "sealed".')
@click.option("--unlabel", multiple=True, metavar="WORD", help="Take a mark away.")
@click.option("--embargo", metavar="DATE", help='Closed until then (UTC); "" lifts it.')
@click.option("--rights", metavar="WORDS", help="Whose it is, or under which licence.")
@json_option
@with_library()
def restrict(
    library: Library,
    video: str,
    start: str | None,
    end: str | None,
    collection: str | None,
    labels: tuple[str, ...],
    unlabel: tuple[str, ...],
    embargo: str | None,
    rights: str | None,
    as_json: bool,
) -> None:
    """Change the access class of VIDEO, or of a part of it; without options, show it.

    The next question obeys. What a class means is up to the policies of the library.
    """
    item = library.video(video, "restrict")
    change = Change(collection, labels, unlabel, embargo, rights)
    if change == Change():
        stands = library.governing.access.of(item)
    else:
        during = span(start, end, item.span) if start or end else None
        stands = library.governing.access.restrict(item, change, during=during)
    if as_json:
        click.echo(documents.dumps(document(stands)))
        return
    out = render.console()
    out.print(f"{item.name}: {told(stands.access)}", markup=False, soft_wrap=True)
    for part, what in stands.parts:
        out.print(f"  {part}: {told(what)}", markup=False, soft_wrap=True)


def span(start: str | None, end: str | None, whole: TimeSpan) -> TimeSpan:
    """Return the part between two times as typed.

    Raises:
        UsageError: One is no time, or the end comes first.
    """
    try:
        edges = (read_clock(start or "0"), read_clock(end) if end else whole.end_ns)
        return TimeSpan(*edges)
    except ValueError as error:
        raise UsageError(
            f"{start or 0} to {end or 'the end'} is no part of a video; write 83, 1:23 or 0:01:23"
        ) from error


def told(what: AccessClass) -> str:
    """Return an access class in words."""
    said = [f"collection {what.collection}"]
    said += [f"marked {', '.join(what.labels)}"] if what.labels else []
    said += [f"closed until {what.embargo}"] if what.embargo else []
    said += [f"rights: {what.rights}"] if what.rights else []
    if what.consent:
        uses = f" for {', '.join(what.uses)}" if what.uses else ""
        until = f" until {what.until}" if what.until else ""
        tier = f", {what.tier} only" if what.tier else ""
        said.append(f"consent {what.consent}{uses}{until}{tier}")
    return "; ".join(said)


def document(stands: Restrictions) -> dict[str, Any]:
    """Return the document of ``viewfinder restrict --json``."""
    return {
        "video": stands.video.id,
        "path": stands.video.path,
        "access": asdict(stands.access),
        "parts": [
            {"start_s": part.start_s, "end_s": part.end_s, "access": asdict(what)}
            for part, what in stands.parts
        ],
    }
