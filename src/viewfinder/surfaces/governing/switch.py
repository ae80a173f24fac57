"""``viewfinder switch``: turns parts of a library off at once."""

from __future__ import annotations

from dataclasses import asdict

import click

from viewfinder.app.library import Library
from viewfinder.surfaces import documents, render
from viewfinder.surfaces.opening import json_option, with_library

_REASON = click.option("--reason", default="", metavar="WORDS", help="Why; kept with it.")


@click.group(short_help="Turn parts of the library off at once.")
def switch() -> None:
    """Turn parts of the library off at once, in every process that has it open.

    WHAT is all, model, lane:NAME (speech, captions, screen_text, picture, metadata) or
    collection:NAME.
    """


@switch.command(short_help="Turn something off.")
@click.argument("what")
@_REASON
@with_library()
def off(library: Library, what: str, reason: str) -> None:
    """Turn WHAT off."""
    library.governing.switching.turn(what, off=True, reason=reason)
    click.echo(render.harmless(f"{what} is off"))


@switch.command(short_help="Turn something on again.")
@click.argument("what")
@_REASON
@with_library()
def on(library: Library, what: str, reason: str) -> None:
    """Turn WHAT on again."""
    library.governing.switching.turn(what, off=False, reason=reason)
    click.echo(render.harmless(f"{what} is on"))


@switch.command("list", short_help="Show what is off.")
@json_option
@with_library()
def list_(library: Library, as_json: bool) -> int:
    """Show what is off, since when, by whom and why."""
    found = library.governing.switching.standing().off
    if as_json:
        click.echo(documents.dumps([asdict(one) for one in found]))
    else:
        for one in found:
            click.echo(
                render.harmless(f"{one.what}  since {one.at[:19]} by {one.by}: {one.reason}")
            )
    return 0 if found else 1
