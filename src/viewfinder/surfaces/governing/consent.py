"""``viewfinder consent``: what those filmed agreed to, and how they take it back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from viewfinder.app.governing.consents import Given, Standing, State, Word
from viewfinder.app.library import Library
from viewfinder.domain.media import Video
from viewfinder.surfaces import documents, render
from viewfinder.surfaces.governing.access import span
from viewfinder.surfaces.opening import json_option, with_library

_PERSON = click.option(
    "--person", required=True, metavar="NAME", help="Person or group, as you name them."
)


@click.group(short_help="Note what those filmed agreed to.")
def consent() -> None:
    """Note what those filmed agreed to, and take it back for them.

    Names are those your institution uses; nobody is recognised. The next question obeys.
    """


@consent.command(short_help="Note that somebody agrees.")
@click.argument("video")
@_PERSON
@click.option("--from", "start", metavar="TIME", help="Only from there on.")
@click.option("--to", "end", metavar="TIME", help="Only up to there.")
@click.option(
    "--for", "uses", multiple=True, metavar="USE", default=("search",), help="search, export."
)
@click.option("--tier", default="public", show_default=True, help="public, research or staff.")
@click.option("--since", default="", metavar="DATE", help="Holds from then (UTC).")
@click.option("--until", default="", metavar="DATE", help="Ends then (UTC).")
@click.option("--note", default="", metavar="WORDS", help="Where the paper lies.")
@with_library()
def give(
    library: Library,
    video: str,
    person: str,
    start: str | None,
    end: str | None,
    uses: tuple[str, ...],
    tier: str,
    since: str,
    until: str,
    note: str,
) -> None:
    """Note that somebody agrees to uses of VIDEO, or of a part of it."""
    item = library.video(video, "consent")
    part = span(start, end, item.span) if start or end else None
    wanted = tuple(sorted(set(uses)))
    word = Word(person, State.GIVEN, part, wanted, tier, since, until, note)
    library.governing.consents.note(item, word)
    _show(library, item)


@consent.command(short_help="Note that somebody does not agree.")
@click.argument("video")
@_PERSON
@click.option("--from", "start", metavar="TIME", help="Only from there on.")
@click.option("--to", "end", metavar="TIME", help="Only up to there.")
@click.option("--note", default="", metavar="WORDS", help="Where the paper lies.")
@with_library()
def refuse(
    library: Library, video: str, person: str, start: str | None, end: str | None, note: str
) -> None:
    """Note that somebody does not agree to any use of VIDEO, or of a part of it."""
    item = library.video(video, "consent")
    part = span(start, end, item.span) if start or end else None
    library.governing.consents.note(item, Word(person, State.NONE, part, note=note))
    _show(library, item)


@consent.command(short_help="Take back what somebody gave.")
@click.argument("video", required=False)
@_PERSON
@click.option("--from", "start", metavar="TIME", help="Only from there on.")
@click.option("--to", "end", metavar="TIME", help="Only up to there.")
@with_library()
def withdraw(
    library: Library, video: str | None, person: str, start: str | None, end: str | None
) -> int:
    """Take back what somebody gave: for VIDEO, a part of it, or without VIDEO everywhere."""
    if video is None:
        touched = library.governing.consents.withdraw(person, library.videos("consent"))
        click.echo(f"withdrawn in {len(touched)} video{'s' * (len(touched) != 1)}")
        for item in touched:
            click.echo(f"  {item.name}")
        return 0 if touched else 1
    item = library.video(video, "consent")
    part = span(start, end, item.span) if start or end else None
    library.governing.consents.note(item, Word(person, State.WITHDRAWN, part))
    _show(library, item)
    return 0


@consent.command("list", short_help="Show what stands, today or on any day.")
@click.argument("video", required=False)
@click.option("--as-of", default="", metavar="DATE", help="As it stood then (UTC).")
@click.option("--history", is_flag=True, help="Every word in the order it was noted.")
@json_option
@with_library()
def list_(library: Library, video: str | None, as_of: str, history: bool, as_json: bool) -> int:
    """Show who agreed to what, for VIDEO or for all."""
    every = [library.video(video, "consent")] if video else library.videos("consent")
    names = {item.id: item.name for item in every}
    found: list[Given] | list[Standing]
    if history:
        found = [g for g in library.governing.consents.history(as_of=as_of) if g.video in names]
    else:
        found = [
            s for item in every for s in library.governing.consents.standing(item, as_of=as_of)
        ]
    if as_json:
        click.echo(documents.dumps([document(one, names[one.video]) for one in found]))
    else:
        out = render.console()
        for one in found:
            out.print(f"{names[one.video]} {_told(one)}", markup=False, soft_wrap=True)
    return 0 if found else 1


@consent.command("pack", short_help="Everything held about one person, in a folder.")
@_PERSON
@click.option(
    "-o", "--output", required=True, metavar="DIR", help="Write the files into this folder."
)
@with_library()
def pack_(library: Library, person: str, output: str) -> None:
    """Write what is held about one person: consent, parts, words noted there, who saw them.

    For a subject access request. The folder holds words of footage: hand it over with care.
    """
    for path in library.subject(person, Path(output)):
        click.echo(render.harmless(str(path)))


def _show(library: Library, item: Video) -> None:
    out = render.console()
    for one in library.governing.consents.standing(item):
        out.print(f"{item.name} {_told(one)}", markup=False, soft_wrap=True)


def _told(one: Given | Standing) -> str:
    word = one.word
    part = one.span if isinstance(one, Standing) else word.span
    said = f"{part or 'whole'}: {word.person}: consent {word.state}"
    if word.uses:
        said += f" for {', '.join(word.uses)}"
    if word.tier != "public":
        said += f", {word.tier} only"
    said += f", from {word.since}" if word.since else ""
    said += f", until {word.until}" if word.until else ""
    return f"{one.at[:19]} {said}" if isinstance(one, Given) else said


def document(one: Given | Standing, name: str) -> dict[str, Any]:
    """Return one line of ``viewfinder consent list --json``."""
    word = one.word
    part = one.span if isinstance(one, Standing) else word.span
    return {
        "video": one.video,
        "name": name,
        "person": word.person,
        "state": word.state.value,
        "start_s": part.start_s if part else None,
        "end_s": part.end_s if part else None,
        "for": list(word.uses),
        "tier": word.tier,
        "since": word.since,
        "until": word.until,
        "note": word.note,
        **({"at": one.at, "by": one.by} if isinstance(one, Given) else {}),
    }
