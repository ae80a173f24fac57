"""``viewfinder judge``: whether a moment was relevant; a file of queries from what was said."""

from __future__ import annotations

from pathlib import Path

import click

from viewfinder.app.library import Library
from viewfinder.app.using import Judgement
from viewfinder.surfaces import documents, render
from viewfinder.surfaces.opening import json_option, with_library
from viewfinder.surfaces.using import places


@click.group(short_help="Say whether a moment was relevant.")
def judge() -> None:
    """Say whether a moment was relevant, and take it all out as queries for `eval`."""


@judge.command(short_help="Judge one moment for a question.")
@click.argument("question")
@click.argument("video")
@places.at_option
@places.until_option
@click.option("--not-relevant", is_flag=True, help="It does not answer the question.")
@click.option("--note", default="", metavar="WORDS", help="Why.")
@with_library()
def moment(
    library: Library,
    question: str,
    video: str,
    at: str,
    to: str | None,
    not_relevant: bool,
    note: str,
) -> None:
    """Say whether a moment of VIDEO answers QUESTION; another word of it replaces the first."""
    item, span = places.moment(library, video, at, to)
    made = library.mine.judgements.moment(
        question, item, span, relevant=not not_relevant, note=note
    )
    click.echo(f"{made.id}  {made.verdict.value}")


@judge.command("list", short_help="Show what you said.")
@json_option
@with_library()
def list_(library: Library, as_json: bool) -> int:
    """Show what you said of moments and answers."""
    found, paths = library.mine.judgements.all(), places.paths(library)
    if as_json:
        listed = [_document(each, paths) for each in found]
        click.echo(documents.dumps({"judgements": listed}))
    else:
        for each in found:
            where = f"{paths.get(each.video, '')} {each.span}" if each.video else "the answer"
            click.echo(
                render.harmless(f"{each.id}  {each.verdict.value}  {each.question!r}  {where}")
            )
    return 0 if found else 1


def _document(made: Judgement, paths: dict[str, str]) -> dict[str, object]:
    where: dict[str, object] = {}
    if made.video is not None and made.span is not None:
        where = places.document(made.video, paths.get(made.video, ""), made.span)
    return {
        "id": made.id,
        "question": made.question,
        "verdict": made.verdict.value,
        **where,
        "note": made.note,
        "by": made.by,
        "at": made.at,
    }


@judge.command(short_help="Take back what you said.")
@click.argument("judgement", metavar="ID")
@with_library()
def forget(library: Library, judgement: str) -> None:
    """Take back the judgement with this ID."""
    for left in library.mine.judgements.forget(judgement):
        click.echo(left)


@judge.command(short_help="Write them as queries that `eval` reads.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_library()
def export(library: Library, file: Path) -> None:
    """Write what was judged relevant to FILE, as queries that `viewfinder eval` reads."""
    library.write_export(file, library.mine.judgements.export())
