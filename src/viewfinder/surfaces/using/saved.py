"""``viewfinder saved``: searches that are kept, and what is new since."""

from __future__ import annotations

from pathlib import Path

import click

from viewfinder.app.library import Library
from viewfinder.app.using import New, Run, Saved
from viewfinder.domain.errors import UsageError
from viewfinder.domain.media import VideoId
from viewfinder.surfaces import documents, render
from viewfinder.surfaces.opening import json_option, with_library
from viewfinder.surfaces.using import places

_SEARCH = click.argument("search", metavar="SEARCH")
_SAYS = {New.ADDED: "new: added since", New.RISEN: "new"}


@click.group(short_help="Keep searches, and see what is new.")
def saved() -> None:
    """Keep searches, and see what is new since you last ran them.

    SEARCH is the name of one, or its id. They are your own until you share them; each
    asker has a last run of their own.
    """


@saved.command(short_help="Keep a question, or a plan.")
@click.argument("words", nargs=-1)
@click.option("--name", default="", help="What to call it; else its words.")
@click.option(
    "--plan-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A plan as JSON, instead of words.",
)
@with_library()
def keep(library: Library, words: tuple[str, ...], name: str, plan_file: Path | None) -> None:
    """Keep the question in WORDS."""
    question = " ".join(words).strip()
    if bool(question) == (plan_file is not None):
        raise UsageError("give the words of a question, or --plan-file")
    search = library.read_plan(plan_file) if plan_file else question
    made = library.mine.searches.keep(search, name)
    click.echo(render.harmless(f"{made.id}  {made.name}"))


@saved.command("list", short_help="Show the searches that are kept.")
@json_option
@with_library()
def list_(library: Library, as_json: bool) -> int:
    """Show your searches, and those that others share."""
    found = library.mine.searches.all()
    if as_json:
        click.echo(documents.dumps({"searches": [_document(each) for each in found]}))
    else:
        for each in found:
            when = each.last_run[:16].replace("T", " ") or "never run"
            click.echo(render.harmless(f"{each.id}  {when:<16}  {each.name}"))
    return 0 if found else 1


@saved.command(short_help="Search again, and say what is new.")
@_SEARCH
@click.option("--peek", is_flag=True, help="Leave the last run as it is.")
@json_option
@with_library()
def run(library: Library, search: str, peek: bool, as_json: bool) -> int:
    """Search again; say which moments are new since the last run."""
    made = library.mine.searches.run(search, note=not peek)
    paths = {VideoId(video): path for video, path in places.paths(library).items()}
    if as_json:
        click.echo(documents.dumps(document(made, paths)))
    else:
        out = render.console()
        render.ranking(out, made.ranking, paths)
        for number, new in enumerate(made.new, 1):
            if new is not New.NOT:
                out.print(f"{number}: {_SAYS[new]}")
        if made.gone:
            out.print(f"{made.gone} of the last run are not among these any more")
    return 0 if made.ranking.found and made.ranking.moments else 1


def document(made: Run, paths: dict[VideoId, str]) -> dict[str, object]:
    """Return the document of ``viewfinder saved run --json``."""
    found = documents.search(made.ranking, paths)
    new = [{**each, "new": why.value} for each, why in zip(found["moments"], made.new, strict=True)]
    return {**found, "moments": new, "saved": _document(made.saved), "gone": made.gone}


def _document(found: Saved) -> dict[str, object]:
    return {
        "id": found.id,
        "name": found.name,
        "question": found.question,
        "by": found.by,
        "at": found.at,
        "shared": found.shared,
        "last_run": found.last_run,
    }


@saved.command(short_help="Let others see a search.")
@_SEARCH
@click.option("--stop", is_flag=True, help="Keep it to yourself again.")
@with_library()
def share(library: Library, search: str, stop: bool) -> None:
    """Let everybody who may enter the library see SEARCH."""
    library.mine.searches.share(search, shared=not stop)


@saved.command(short_help="Forget a search.")
@_SEARCH
@with_library()
def forget(library: Library, search: str) -> None:
    """Forget SEARCH and what it found, to the byte."""
    for left in library.mine.searches.forget(search):
        click.echo(left)
