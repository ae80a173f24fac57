"""``viewfinder correct``: lines of a transcript, put right."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from viewfinder.app.library import Library
from viewfinder.app.using import Corrected
from viewfinder.domain.errors import UsageError
from viewfinder.domain.time import clock
from viewfinder.surfaces import documents, render
from viewfinder.surfaces.opening import json_option, with_library
from viewfinder.surfaces.using import places


@click.command(short_help="Put a line of a transcript right.")
@click.argument("video")
@click.argument("words", nargs=-1)
@click.option("--at", metavar="TIME", help='A time inside the line: "83" or "1:23".')
@click.option(
    "--track",
    type=click.Choice(["speech", "captions", "screen_text"]),
    help="Where several have a line at that time.",
)
@click.option("--was", metavar="WORDS", help="The line as it stands, where there are several.")
@click.option("--undo", is_flag=True, help="Give the machine's words their place back.")
@json_option
@with_library()
def correct(
    library: Library,
    video: str,
    words: tuple[str, ...],
    at: str | None,
    track: str | None,
    was: str | None,
    undo: bool,
    as_json: bool,
) -> int:
    """Put the line of VIDEO at a time right, with the right WORDS.

    Everybody finds, reads and quotes the right words from then on, marked as a person's;
    the machine's stay beside them. Without a time, what was put right is shown.
    """
    mine, item, said = library.mine.corrections, library.video(video), " ".join(words)
    if at is None:
        if said or undo:
            raise UsageError("say when with --at")
        found = mine.of(item)
        if as_json:
            click.echo(documents.dumps({"corrections": [_document(each) for each in found]}))
        else:
            for each in found:
                click.echo(render.harmless(_told(each)))
        return 0 if found else 1
    if undo == bool(said):
        raise UsageError("give the right words, or --undo")
    when = places.instant(at)
    if undo:
        made = mine.undo(item, when, track=track)
    else:
        made = mine.put_right(item, when, said, track=track, was=was)
    click.echo(
        documents.dumps(_document(made)) if as_json else render.harmless(_told(made, undo=undo))
    )
    return 0


def _told(each: Corrected, *, undo: bool = False) -> str:
    at, track = clock(each.span.start_ns), each.track.value
    if undo:
        return f"{at} {track}: again {each.was!r}"
    stale = "; the machine says something else there by now" if each.stale else ""
    return f"{at} {track}: {each.text!r} (the machine: {each.was!r}; by {each.by}{stale})"


def _document(each: Corrected) -> dict[str, Any]:
    kept = asdict(each)
    span = kept.pop("span")
    return {
        **kept,
        "start_s": round(span["start_ns"] / 1e9, 3),
        "end_s": round(span["end_ns"] / 1e9, 3),
    }
