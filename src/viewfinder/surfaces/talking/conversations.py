"""``viewfinder conversations``: list, show, export, forget and replay what was kept."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

import click

from viewfinder.app.library import Library
from viewfinder.domain.errors import UsageError
from viewfinder.domain.media import VideoId
from viewfinder.surfaces import documents, opening, render
from viewfinder.surfaces.talking import pages, telling

FOUND, NOTHING = 0, 1
TITLE_COLUMNS = 44

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
_one = click.argument("conversation", metavar="ID")


@click.group(
    invoke_without_command=True, short_help="List, show, export or forget kept conversations."
)
@_json
@click.pass_context
def conversations(context: click.Context, as_json: bool) -> int:
    """List the conversations that `viewfinder chat` kept, the last first.

    ID is the id as listed, the beginning of it, or the word last. One is listed while
    every video that it holds anything of is here, and is forgotten with any of them.
    """
    if context.invoked_subcommand:
        return FOUND
    with opening.library(context.obj, read_only=True) as library:
        headings, paths = library.conversations(), _paths(library)
    if as_json:
        listed = [pages.heading(heading, paths) for heading in headings]
        click.echo(documents.dumps({"conversations": listed}))
        return FOUND if headings else NOTHING
    out = render.console()
    for heading in headings:
        title = textwrap.shorten(heading.title, TITLE_COLUMNS, placeholder="…")
        when = heading.changed[:16].replace("T", " ")
        out.print(f"{heading.id}  {when}  {heading.turns:>3}  {title or heading.title[:20]}")
    if not headings:
        out.print("No conversation is kept here; `viewfinder chat` begins one.")
    return FOUND if headings else NOTHING


def _paths(library: Library) -> dict[VideoId, str]:
    return {video.id: video.path for video in library.videos()}


@conversations.command("show", short_help="Show every turn of one.")
@_one
@_json
@click.pass_obj
def show(folder: Path, conversation: str, as_json: bool) -> None:
    """Show every turn of a conversation, as it was answered then."""
    with opening.library(folder) as library:
        heading, talk = library.conversation(conversation)
        paths = _paths(library)
    if as_json:
        click.echo(pages.document(talk, paths), nl=False)
        return
    out = render.console()
    started = heading.started[:16].replace("T", " ")
    out.print(f"{heading.id}, started {started} UTC", style="dim")
    for made in talk.turns:
        out.print(f"{telling.PROMPT}{made.question}", style="bold", soft_wrap=True)
        telling.turn(out, made, paths)


@conversations.command("export", short_help="Take one out, with links that play at the second.")
@_one
@click.option(
    "--format",
    "kind",
    type=click.Choice(["md", "json", "html", "pdf"]),
    default="md",
    show_default=True,
    help="html and pdf are pages with stills; json is what chat --json printed.",
)
@click.option("-o", "--output", metavar="FILE", help="Write here instead of the terminal.")
@click.pass_obj
def export(folder: Path, conversation: str, kind: str, output: str | None) -> None:
    """Take a conversation out as a page whose links play at the second, or as JSON."""
    with opening.library(folder) as library:
        _, talk = library.export_conversation(conversation)
        if kind in ("html", "pdf"):
            if output is None:
                raise UsageError(f"name a file for the {kind} with -o")
            library.exports.answer(talk, kind).save(Path(output))
            return
        text = pages.markdown(talk) if kind == "md" else pages.document(talk, _paths(library))
        if output:
            library.write_export(Path(output), text)
            return
    click.echo(render.harmless(text) if sys.stdout.isatty() else text, nl=False)


@conversations.command("forget", short_help="Erase one, to the byte.")
@_one
@click.option("--yes", is_flag=True, help="Do not ask.")
@_json
@click.pass_obj
def forget(folder: Path, conversation: str, yes: bool, as_json: bool) -> int:
    """Erase a conversation, to the byte. The videos stay."""
    with opening.library(folder) as library:
        heading = library.find_conversation(conversation)
        if not (yes or _agreed(f"Forget conversation {heading.id} ({heading.title})?")):
            click.echo("Nothing was forgotten.", err=True)
            return NOTHING
        remains = library.forget_conversation(heading.id)
    if as_json:
        click.echo(documents.dumps({"conversation": heading.id, "remains": list(remains)}))
        return FOUND
    out = render.console()
    out.print(f"Forgotten: conversation {heading.id}, {heading.turns} turns", style="bold")
    for what in remains:
        render.wrapped(out, f"Still there: {what}", indent="  ", style="yellow")
    return FOUND


def _agreed(question: str) -> bool:
    try:
        return click.confirm(render.harmless(question), err=True)
    except click.Abort as nobody:
        raise UsageError("nothing was forgotten; --yes forgets without asking") from nobody


@conversations.command("replay", short_help="Ask the same again; say what differs.")
@_one
@_json
@click.pass_obj
def replay(folder: Path, conversation: str, as_json: bool) -> int:
    """Ask the same questions again, from the start, and say turn by turn what differs.

    Compared are the outcome, how the question was understood, the claims and the cited
    moments. Nothing differs while the videos, their index and viewfinder are the same.
    """
    out, differing = render.console(), 0
    with opening.library(folder) as library:
        for turn in library.replay(conversation):
            differing += bool(turn.differs)
            if as_json:
                said = {"turn": turn.number, "question": turn.question}
                same = {"same": not turn.differs, "differs": list(turn.differs)}
                click.echo(documents.dumps({**said, **same}))
                continue
            mark = "differs" if turn.differs else "same"
            out.print(f"{mark:<8} {turn.number:>3}  {turn.question}", soft_wrap=True)
            for what in turn.differs:
                render.wrapped(out, what, indent=" " * 14, style="yellow")
    return NOTHING if differing else FOUND
