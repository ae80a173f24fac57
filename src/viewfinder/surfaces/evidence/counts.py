"""``viewfinder log counts``: how much is asked, without telling who asks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import click

from viewfinder.app.library import Library
from viewfinder.app.papers import EPSILON, MOST
from viewfinder.domain.errors import UsageError
from viewfinder.surfaces import documents
from viewfinder.surfaces.opening import json_option, with_library

WEEK_DAYS = 7


@click.command(short_help="Count what was done day by day, with noise.")
@click.option("--since", metavar="DATE", help="From this day on; else a week.")
@click.option("--until", metavar="DATE", help="Up to this day; else yesterday (UTC).")
@json_option
@with_library()
def counts(library: Library, since: str | None, until: str | None, as_json: bool) -> None:
    """Count what was done, day by day, with noise: nobody's use can be read off it.

    A day is told once; asked again, the same numbers come. Nothing is ever suggested from
    what others asked.
    """
    last = _day(until) if until else datetime.now(UTC).date() - timedelta(days=1)
    first = _day(since) if since else last - timedelta(days=WEEK_DAYS - 1)
    days = library.papers.counts(first, last)
    privacy = {"epsilon": float(EPSILON), "delta": 0.0, "unit": "one person's day", "most": MOST}
    if as_json:
        rows = [{"day": each.day, "counts": each.counts} for each in days]
        click.echo(documents.dumps({"privacy": privacy, "days": rows}))
        return
    click.echo(f"{'':<10}  {'  '.join(f'{action:>8}' for action in days[0].counts)}")
    for each in days:
        click.echo(f"{each.day}  {'  '.join(f'{count:>8}' for count in each.counts.values())}")
    click.echo(
        f"With noise: epsilon {float(EPSILON):g}, delta 0, per person and day, of which {MOST} "
        "lines count."
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is no day; write it as 2027-01-31") from error
