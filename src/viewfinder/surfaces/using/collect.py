"""``viewfinder collect``: named lists of moments."""

from __future__ import annotations

from typing import Any

import click

from viewfinder.app.library import Library
from viewfinder.app.using import Collection
from viewfinder.surfaces import documents, render
from viewfinder.surfaces.opening import json_option, with_library
from viewfinder.surfaces.using import places

_LIST = click.argument("collection", metavar="LIST")


@click.group(short_help="Keep moments in named lists.")
def collect() -> None:
    """Keep moments in named lists: your own until you share them.

    LIST is the name of a list, or its id. Each asker sees only the moments that they may
    see; forgetting a video takes its moments out of every list.
    """


@collect.command(short_help="Put a moment into a list, made where there is none.")
@_LIST
@click.argument("video")
@places.at_option
@places.until_option
@click.option("--note", default="", metavar="WORDS", help="What to remember about it.")
@with_library()
def add(library: Library, collection: str, video: str, at: str, to: str | None, note: str) -> None:
    """Put a moment of VIDEO at the end of LIST."""
    item, span = places.moment(library, video, at, to)
    mine = library.mine.collections
    if not any(collection in (c.id, c.name) for c in mine.all()):
        mine.make(collection)
    mine.put(collection, item, span, note)
    found = mine.find(collection)
    click.echo(render.harmless(f"{found.name}: {item.name} {span}, {found.count} moments"))


@collect.command("list", short_help="Show your lists.")
@json_option
@with_library()
def list_(library: Library, as_json: bool) -> int:
    """Show your lists, and those that others share."""
    found = library.mine.collections.all()
    if as_json:
        click.echo(documents.dumps({"collections": [_document(each) for each in found]}))
    else:
        for each in found:
            whose = f"  shared by {each.by}" if each.shared else ""
            click.echo(render.harmless(f"{each.id}  {each.count:>3}  {each.name}{whose}"))
    return 0 if found else 1


@collect.command(short_help="Show the moments of a list.")
@_LIST
@json_option
@with_library()
def show(library: Library, collection: str, as_json: bool) -> int:
    """Show the moments of LIST, in their order."""
    mine, paths = library.mine.collections, places.paths(library)
    found, items = mine.find(collection), mine.items(collection)
    if as_json:
        listed = [
            {
                "id": item.id,
                **places.document(item.video, paths.get(item.video, ""), item.span),
                "note": item.note,
                "at": item.at,
            }
            for item in items
        ]
        click.echo(documents.dumps({**_document(found), "moments": listed}))
        return 0 if items else 1
    out = render.console()
    for number, item in enumerate(items, 1):
        out.print(f"{number:>3}  ", render.place(paths.get(item.video, ""), item.span), end="")
        out.print(f"  {item.note}" if item.note else "", soft_wrap=True)
    return 0 if items else 1


def _document(found: Collection) -> dict[str, Any]:
    return {
        "id": found.id,
        "name": found.name,
        "by": found.by,
        "at": found.at,
        "shared": found.shared,
        "count": found.count,
    }


@collect.command(short_help="Take a moment out of a list.")
@_LIST
@click.argument("number")
@with_library()
def remove(library: Library, collection: str, number: str) -> None:
    """Take the moment with this NUMBER out of LIST."""
    for left in library.mine.collections.take_out(collection, number):
        click.echo(left)


@collect.command(short_help="Put a moment of a list in another place.")
@_LIST
@click.argument("number")
@click.argument("place", type=int)
@with_library()
def move(library: Library, collection: str, number: str, place: int) -> None:
    """Put the moment with this NUMBER of LIST in another PLACE, counted from 1."""
    library.mine.collections.move(collection, number, place)


@collect.command(short_help="Give a list another name.")
@_LIST
@click.argument("name")
@with_library()
def rename(library: Library, collection: str, name: str) -> None:
    """Give LIST another NAME."""
    library.mine.collections.rename(collection, name)


@collect.command(short_help="Let others see a list.")
@_LIST
@click.option("--stop", is_flag=True, help="Keep it to yourself again.")
@with_library()
def share(library: Library, collection: str, stop: bool) -> None:
    """Let everybody who may enter the library see LIST."""
    library.mine.collections.share(collection, shared=not stop)


@collect.command(short_help="Forget a list.")
@_LIST
@with_library()
def forget(library: Library, collection: str) -> None:
    """Forget LIST, to the byte; the footage stays."""
    for left in library.mine.collections.forget(collection):
        click.echo(left)
