"""``viewfinder log``: what was done here, and how the other side can check it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from viewfinder.app.library import Library
from viewfinder.app.records import bundle
from viewfinder.app.records.logbook import Line
from viewfinder.domain.errors import UsageError
from viewfinder.surfaces import documents, render
from viewfinder.surfaces.opening import json_option, with_library

FOUND, NOTHING, _, WRONG = range(4)
LONGEST = 60
"""Moments of a line that people are shown."""


@click.group(short_help="What was done here, and how the other side can check it.")
def log() -> None:
    """What was done here, by whom and why; and how the other side can check it."""


@log.command("show", short_help="Show the lines of the log.")
@click.option("--video", metavar="VIDEO", help="Only lines about this video: name or id.")
@click.option("--principal", metavar="NAME", help="Only what this person did.")
@click.option("--action", metavar="ACTION", help="Only this: ask, show, export, forget, ...")
@click.option("--since", metavar="DATE", help="Only from this date or time on (UTC).")
@click.option("--words", is_flag=True, help="With what was asked and answered; for the owner.")
@json_option
@with_library(read_only=True)
def show(
    library: Library,
    video: str | None,
    principal: str | None,
    action: str | None,
    since: str | None,
    words: bool,
    as_json: bool,
) -> int:
    """Show the lines of the log, oldest first. Words that were shredded stay so."""
    lines = library.logbook.lines(
        video=library.in_log(video) if video else "",
        principal=principal or "",
        action=action or "",
        since=since or "",
        words=words,
    )
    return _shown(lines, as_json)


@log.command("who", short_help="Say who saw or exported a video, and when.")
@click.argument("video")
@json_option
@with_library(read_only=True)
def who(library: Library, video: str, as_json: bool) -> int:
    """Say who saw, asked about, exported or forgot a video, and when.

    VIDEO is a name or the beginning of an id; also of a video that was forgotten.
    """
    return _shown(library.logbook.who(library.in_log(video)), as_json)


def _shown(lines: Iterable[Line], as_json: bool) -> int:
    out = render.console()
    found = NOTHING
    for line in lines:
        found = FOUND
        if as_json:
            click.echo(documents.dumps(document(line)))
        else:
            _print(out, line)
    return found


def document(line: Line) -> dict[str, Any]:
    """Return a line as programs get it."""
    return {**line.document, "words": list(line.words)} if line.words else dict(line.document)


def _print(out: Any, line: Line) -> None:
    said = line.document
    at = said["at"].replace("T", " ")[:19]
    subject = dict(said["subject"])
    moments = subject.pop("moments", None)
    if moments is not None:
        subject["moments"] = len(moments)
    told = " ".join(f"{key}={_short(value)}" for key, value in sorted(subject.items()))
    out.print(f"{line.seq:>6}  {at}  {said['principal']}  {said['action']}", style="bold")
    render.wrapped(out, f"{said['purpose']}; {told}", indent="        ", style="dim")
    for part in line.words:
        words = "(shredded)" if part is None else documents.dumps(_plain(part))
        render.wrapped(out, words, indent="        ")


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else documents.dumps(value)
    return text[:12] if len(text) == 64 else text[:LONGEST]


def _plain(part: Any) -> Any:
    """Leave out how the question was understood and where quotes stand; --json has it."""
    if isinstance(part, dict) and "claims" in part:
        return [claim["text"] for claim in part["claims"]]
    return {k: v for k, v in part.items() if k != "plan"} if isinstance(part, dict) else part


@log.command("export", short_help="Write the log as the other side takes it.")
@click.argument("place", metavar="DIR")
@click.option("--video", metavar="VIDEO", help="Only lines about this video, each with its proof.")
@click.option("--words", is_flag=True, help="Also what was asked and answered.")
@click.option("--since", metavar="FILE", help="Also the proof that it grew from this checkpoint.")
@with_library()
def export(library: Library, place: str, video: str | None, words: bool, since: str | None) -> None:
    """Write lines, checkpoint and public key to a new folder DIR.

    The other side checks it with scripts/verify_log.py, which needs only Python.
    """
    count, size = bundle.export(
        library.logbook,
        Path(place),
        video=library.in_log(video) if video else "",
        words=words,
        earlier=bundle.read_checkpoint(Path(since)) if since else None,
    )
    click.echo(f"{count} of {size} lines written to {place}")


@log.command("prove", short_help="Prove that a line is in the log, or that it only grew.")
@click.argument("seq", type=int, required=False)
@click.option("--since", metavar="FILE", help="Prove that the log grew from this checkpoint.")
@with_library(read_only=True)
def prove(library: Library, seq: int | None, since: str | None) -> None:
    """Print the proof that line SEQ is in the log, or that it only grew, as JSON.

    scripts/verify_log.py checks what this prints.
    """
    if seq is None and since is None:
        raise UsageError("give the number of a line, or --since with a checkpoint")
    earlier = bundle.read_checkpoint(Path(since)) if since else None
    click.echo(documents.dumps(bundle.proof(library.logbook, seq, earlier)))


@log.command("verify", short_help="Check the whole log.")
@json_option
@with_library(read_only=True)
def verify(library: Library, as_json: bool) -> int:
    """Check every line, and all checkpoints that witnesses hold."""
    found = library.logbook.verify()
    known = library.logbook.behind() if found.ok else []
    if as_json:
        said = {
            "entries": found.n,
            "ok": found.ok,
            "first_bad": found.first_bad,
            "problem": found.problem,
            "root": found.root.hex(),
            "older": found.older,
            "witnesses": [{"folder": str(place), "entries": size} for place, size in known],
        }
        click.echo(documents.dumps(said))
        return FOUND if found.ok else WRONG
    if not found.ok:
        click.echo(f"THE LOG DOES NOT HOLD: {found.problem}")
        return WRONG
    click.echo(f"{found.n} lines, root {found.root.hex()}")
    if found.older:
        click.echo(f"{found.older} lines of the chain kept before them")
    for place, size in known:
        click.echo(f"witness {place}: knows {size} lines, {found.n - size} were added since")
    if not known:
        click.echo("no witness is set: nothing shows a log that was written anew as a whole")
    click.echo("Nothing is wrong.")
    return FOUND


@log.command("checkpoint", short_help="Sign how the log stands, and leave it with witnesses.")
@with_library()
def checkpoint(library: Library) -> None:
    """Sign how the log stands now, leave it with every witness, and print it."""
    made, places = library.logbook.checkpoint()
    click.echo(made.note, nl=False)
    for place in places:
        click.echo(f"left at {place}", err=True)


@log.command("key", short_help="Print the public key that signs the log.")
@with_library()
def key(library: Library) -> None:
    """Print the public key that signs the log: give it away before it is needed."""
    click.echo(library.logbook.public_key())
