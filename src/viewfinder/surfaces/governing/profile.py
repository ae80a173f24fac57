"""``viewfinder profile``: how strict a library is."""

from __future__ import annotations

from dataclasses import asdict

import click

from viewfinder.app.governing.profiles import Profile, difference
from viewfinder.app.library import Library
from viewfinder.app.tasks import suites
from viewfinder.surfaces import documents, render
from viewfinder.surfaces.opening import json_option, with_library

LADDER = ("things, places, words", "names, in words", "people in an incident", "people")


@click.group(short_help="Show or change how strict the library is.")
def profile() -> None:
    """Show or change how strict the library is.

    A profile is made for one kind of institution. The first one makes the library governed:
    who takes it on becomes its owner. Stricter is one person's decision, looser takes two.
    """


@profile.command("list", short_help="Show all profiles.")
@json_option
@with_library()
def list_(library: Library, as_json: bool) -> None:
    """Show all profiles; * marks the one of this library."""
    keeper = library.governing.profiles
    if as_json:
        click.echo(documents.dumps([asdict(one) for one in keeper.all()]))
        return
    current = keeper.current().name
    for one in keeper.all():
        mark = "*" if one.name == current else " "
        click.echo(f"{mark} {one.name:<18} {one.title}: {LADDER[one.ladder]}; {one.answers}")


@profile.command(short_help="Show one profile.")
@click.argument("name", required=False)
@json_option
@with_library()
def show(library: Library, name: str | None, as_json: bool) -> None:
    """Show the profile NAME, or that of this library."""
    keeper = library.governing.profiles
    one = keeper.named(name) if name else keeper.current()
    if as_json:
        click.echo(documents.dumps(asdict(one)))
        return
    click.echo(f"{one.name}: {one.title}")
    click.echo(one.serves)
    for setting, value in _settings(one):
        click.echo(f"  {setting:<20} {value}")
    for note in one.notes:
        click.echo(f"  - {note}")


def _settings(one: Profile) -> list[tuple[str, str]]:
    days = f"{one.retention_days} days" if one.retention_days else "no end"
    needs = [
        name.removeprefix("needs_").replace("_", " ")
        for name, value in asdict(one).items()
        if name.startswith("needs_") and value
    ]
    return [
        ("questions on people", LADDER[one.ladder]),
        ("answers", one.answers),
        ("needs", ", ".join(needs) or "nothing"),
        ("owes", ", ".join(one.obligations) or "nothing"),
        ("kept for", days),
    ]


@profile.command(short_help="Show what differs between two profiles.")
@click.argument("one")
@click.argument("two")
@json_option
@with_library()
def diff(library: Library, one: str, two: str, as_json: bool) -> int:
    """Show what differs between the profiles ONE and TWO."""
    keeper = library.governing.profiles
    changes = difference(keeper.named(one), keeper.named(two))
    if as_json:
        click.echo(documents.dumps([asdict(change) for change in changes]))
    else:
        for change in changes:
            way = "looser" if change.looser else "stricter"
            click.echo(f"{change.setting:<20} {change.before} -> {change.after} ({way})")
    return 0 if changes else 1


@profile.command(short_help="Try the rules on their cases.")
@click.argument("name", required=False)
@json_option
@with_library()
def check(library: Library, name: str | None, as_json: bool) -> int:
    """Try the rules on the cases of the profile NAME, or of this library's.

    A case says who asks what of which footage, and what has to come of it. The library's
    own rules (governance/*.cedar) hold in it too: what they change is shown. Its own cases
    (governance/cases.toml) are tried as well. Exit code 1: a case came out otherwise.
    """
    name = name or library.governing.profiles.current().name
    tried, failed = suites.checked(library.folder, name)
    if as_json:
        rows = [asdict(one) for one in failed]
        click.echo(documents.dumps({"profile": name, "cases": tried, "failed": rows}))
        return 1 if failed else 0
    for one in failed:
        told = f"expected {one.expected or 'an answer'}, got {one.got or 'an answer'}"
        click.echo(render.harmless(f"{one.case}: {told}"))
    click.echo(f"{name}: {tried} cases, {len(failed)} came out otherwise")
    return 1 if failed else 0


@profile.command(short_help="Take a profile on.")
@click.argument("name")
@with_library()
def use(library: Library, name: str) -> None:
    """Take the profile NAME on; the next command obeys it."""
    changes = library.governing.profiles.use(name)
    for change in changes:
        way = "looser" if change.looser else "stricter"
        click.echo(f"{change.setting}: {change.before} -> {change.after} ({way})")
    click.echo(render.harmless(f"profile {name}"))
