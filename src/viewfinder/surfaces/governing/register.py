"""``viewfinder people`` and ``viewfinder purposes``: who is listed, and what for."""

from __future__ import annotations

from dataclasses import asdict

import click

from viewfinder.app.library import Library
from viewfinder.surfaces import documents, render
from viewfinder.surfaces.opening import json_option, with_library


@click.command(short_help="Show who is listed, and as what.")
@json_option
@with_library()
def people(library: Library, as_json: bool) -> int:
    """Show who is listed in governance/people.toml, and as what."""
    found = list(library.governing.register().people.values())
    if as_json:
        click.echo(documents.dumps([asdict(one) for one in found]))
        return 0 if found else 1
    for one in found:
        where = f" of {', '.join(one.collections)}" if one.collections else ""
        click.echo(render.harmless(f"{one.name}: {', '.join(one.roles) or 'nothing'}{where}"))
    return 0 if found else 1


@click.command(short_help="Show the declared purposes.")
@json_option
@with_library()
def purposes(library: Library, as_json: bool) -> int:
    """Show the purposes declared in governance/purposes.toml, and what they bind."""
    found = list(library.governing.register().purposes.values())
    if as_json:
        click.echo(documents.dumps([asdict(one) for one in found]))
        return 0 if found else 1
    for one in found:
        said = [one.name]
        said += [f"case {one.case}"] if one.case else []
        said += [one.basis] if one.basis else []
        said += [f"only {', '.join(one.collections)}"] if one.collections else []
        said += [f"from {one.begins}"] if one.begins else []
        said += [f"until {one.ends}"] if one.ends else []
        said += [f"footage from {one.window_begins}"] if one.window_begins else []
        said += [f"footage to {one.window_ends}"] if one.window_ends else []
        click.echo(render.harmless("; ".join(said)))
    return 0 if found else 1
