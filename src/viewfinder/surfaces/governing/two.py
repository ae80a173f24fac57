"""``viewfinder override``: what one person asks for and another opens."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from viewfinder.app.governing.overrides import Ask, Override
from viewfinder.app.library import Library
from viewfinder.surfaces import documents, render
from viewfinder.surfaces.opening import json_option, with_library


@click.group(short_help="Ask a second person to open what a rule closes; appeal.")
def override() -> None:
    """Ask a second person to open what a rule closes, or appeal against a refusal.

    Who asks is never who agrees. A yes holds for one opening of the library, at most a day,
    and for what it names; every step is in the log.
    """


@override.command(short_help="Ask, or appeal.")
@click.option("--rule", required=True, metavar="ID", help="The rule that the refusal named.")
@click.option("--video", metavar="ID", help="The footage it is about, by its id.")
@click.option(
    "--reason",
    default="appeal",
    show_default=True,
    metavar="CODE",
    help="court-order, safety, rights-holder, subject-request, error-in-rule or appeal.",
)
@click.option("--note", default="", metavar="WORDS", help="Why.")
@click.option("--hours", default=4.0, show_default=True, help="For how long after the yes.")
@with_library()
def ask(
    library: Library, rule: str, video: str | None, reason: str, note: str, hours: float
) -> None:
    """Ask for a rule to be opened."""
    made = library.governing.overrides.ask(Ask(rule, reason, note, hours, video or ""))
    click.echo(render.harmless(_told(made)))


@override.command(short_help="Say yes to what somebody else asked for.")
@click.argument("number", type=int)
@with_library()
def approve(library: Library, number: int) -> None:
    """Say yes to request NUMBER of somebody else."""
    click.echo(render.harmless(_told(library.governing.overrides.answer(number, yes=True))))


@override.command(short_help="Say no to what somebody else asked for.")
@click.argument("number", type=int)
@with_library()
def deny(library: Library, number: int) -> None:
    """Say no to request NUMBER of somebody else."""
    click.echo(render.harmless(_told(library.governing.overrides.answer(number, yes=False))))


@override.command("list", short_help="Show the requests and how they stand.")
@json_option
@with_library()
def list_(library: Library, as_json: bool) -> int:
    """Show the requests and how they stand."""
    found = library.governing.overrides.all()
    if as_json:
        click.echo(documents.dumps([document(one) for one in found]))
    else:
        for one in found:
            click.echo(render.harmless(_told(one)))
    return 0 if found else 1


def _told(one: Override) -> str:
    about = f" for video {one.video[:12]}" if one.video else ""
    said = f"{one.no}  {one.by} asks to open {one.ask.rule}{about} ({one.ask.reason}): {one.state}"
    said += f" by {one.answered_by}" if one.answered_by else ""
    return said + (f", until {one.ends[:16]} UTC" if one.ends else "")


def document(one: Override) -> dict[str, Any]:
    """Return one line of ``viewfinder override list --json``."""
    return {
        "no": one.no,
        "by": one.by,
        "at": one.at,
        "rule": one.ask.rule,
        "video": one.video,
        "reason": one.ask.reason,
        "note": one.ask.note,
        "hours": one.ask.hours,
        "state": one.state.value,
        "answered_by": one.answered_by,
        "ends": one.ends,
    }


@click.command(short_help="Show use that somebody should ask about.")
@click.option("--since", default="", metavar="DATE", help="From then on.")
@json_option
@with_library()
def alarms(library: Library, since: str, as_json: bool) -> int:
    """Show use that somebody should ask about: one target again and again, bulk, odd hours.

    An alarm accuses nobody. Targets are keyed digests: who has the log sees that it is one
    and the same, not who.
    """
    found = library.governing.alarms.raised(since)
    if as_json:
        rows = [{**asdict(one), "at": one.at.isoformat()} for one in found]
        click.echo(documents.dumps(rows))
        return 0 if found else 1
    for one in found:
        about = f" about {one.target[:12]}" if one.target else ""
        line = f"{one.at:%Y-%m-%d %H:%M}  {one.who}  {one.kind}: {one.count} times{about}"
        click.echo(render.harmless(line))
    return 0 if found else 1
