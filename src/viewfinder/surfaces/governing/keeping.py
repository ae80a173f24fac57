"""``viewfinder hold`` and ``viewfinder retention``: what must stay, and what must go."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from viewfinder.app.governing.holds import Hold
from viewfinder.app.governing.retention import Due, code
from viewfinder.app.library import Library
from viewfinder.surfaces import documents, render
from viewfinder.surfaces.opening import json_option, with_library

_REASON = click.option("--reason", default="", metavar="WORDS", help="Why; kept with the hold.")
_REVIEW = click.option(
    "--review", default="", metavar="DATE", help="Somebody has to look at it again by then."
)


@click.group(short_help="Keep footage from being forgotten.")
def hold() -> None:
    """Keep footage from being forgotten while a case needs it."""


@hold.command(short_help="Keep a video until the hold is released.")
@click.argument("video")
@click.option("--for-case", "case", default="", metavar="REF", help="For which case.")
@_REASON
@_REVIEW
@with_library()
def place(library: Library, video: str, case: str, reason: str, review: str) -> None:
    """Keep VIDEO until the hold is released."""
    item = library.video(video, "hold")
    made = library.governing.holds.place(item, case=case, reason=reason, review=review)
    click.echo(render.harmless(f"hold {made.no}: {item.name} for {made.case}"))


@hold.command("review", short_help="Say that a hold still stands.")
@click.argument("number", type=int)
@_REASON
@_REVIEW
@with_library()
def review_(library: Library, number: int, reason: str, review: str) -> None:
    """Say that hold NUMBER was looked at and still stands."""
    made = library.governing.holds.review(number, reason=reason, review=review)
    click.echo(f"hold {made.no} stands; to be reviewed by {made.review}")


@hold.command(short_help="Let go of a hold.")
@click.argument("number", type=int)
@_REASON
@with_library()
def release(library: Library, number: int, reason: str) -> None:
    """Let go of hold NUMBER."""
    held = library.governing.holds.release(number, reason=reason)
    click.echo(render.harmless(f"hold {held.no} for {held.case} is released"))


@hold.command("list", short_help="Show what is held.")
@click.option("--due", is_flag=True, help="Only those to be reviewed by now.")
@json_option
@with_library()
def list_(library: Library, due: bool, as_json: bool) -> int:
    """Show the holds that stand."""
    holds = library.governing.holds
    found = holds.due() if due else holds.standing()
    if as_json:
        click.echo(documents.dumps([asdict(one) for one in found]))
        return 0 if found else 1
    names = {video.id: video.name for video in library.videos("hold")}
    for one in found:
        click.echo(render.harmless(_told(one, names.get(one.video, one.video[:12]))))
    return 0 if found else 1


def _told(one: Hold, name: str) -> str:
    return f"{one.no}  {name}  for {one.case}: {one.reason} (review by {one.review})"


@click.group(short_help="Let go of what has stayed long enough.")
def retention() -> None:
    """Let go of what has stayed long enough, by the library's schedule.

    The schedule is governance/retention.toml in the library's folder. Nothing goes that
    was not shown first; what is held stays.
    """


@retention.command(short_help="Show what has to go by now.")
@click.option("--all", "every", is_flag=True, help="Also what has to go later.")
@json_option
@with_library()
def preview(library: Library, every: bool, as_json: bool) -> int:
    """Show what has to go by now, and the code under which it may."""
    keeper = library.governing.retention
    due, shown = keeper.over(), keeper.schedule()
    if not every:
        shown = due
    if as_json:
        rows = [document(one) for one in shown]
        click.echo(documents.dumps({"code": code(due), "due": len(due), "videos": rows}))
        return 0 if due else 1
    for one in shown:
        held = f" (held: {', '.join(h.case for h in one.held)})" if one.held else ""
        line = f"{one.goes[:10]}  {one.video.name}  {one.rule.name}: {one.rule.days} days{held}"
        click.echo(render.harmless(line))
    if due:
        click.echo(f"To forget these {len(due)}: viewfinder retention run {code(due)}")
    return 0 if due else 1


@retention.command(short_help="Forget what a preview showed.")
@click.argument("code")
@json_option
@with_library()
def run(library: Library, code: str, as_json: bool) -> None:
    """Forget what a preview showed under CODE; nothing else goes."""
    receipts = library.governing.retention.run(code)
    if as_json:
        click.echo(documents.dumps([documents.erasure(receipt) for receipt in receipts]))
    else:
        click.echo(f"{len(receipts)} forgotten")


def document(one: Due) -> dict[str, Any]:
    """Return one line of ``viewfinder retention preview --json``."""
    return {
        "video": one.video.id,
        "name": one.video.name,
        "added": one.added,
        "goes": one.goes,
        "rule": asdict(one.rule),
        "held": [asdict(held) for held in one.held],
    }
