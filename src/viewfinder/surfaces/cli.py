"""``viewfinder`` on the command line: parse, call ``Library``, print.

Exit codes: 0 found or done, 1 nothing found, 2 wrong usage, 3 something is wrong with what
was given (a file, a folder, the library), 4 refused by policy, 5 our own fault.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, ParamSpec

import click

from viewfinder.app.config import library_folder
from viewfinder.app.intake import sources
from viewfinder.app.intake.adding import STAGES, Options
from viewfinder.app.library import Library, Refused
from viewfinder.domain.answer import Outcome
from viewfinder.domain.errors import UsageError, ViewfinderError
from viewfinder.domain.media import VideoId
from viewfinder.domain.search import QueryPlan
from viewfinder.surfaces import documents, opening, render
from viewfinder.surfaces.opening import json_option, with_library
from viewfinder.surfaces.sections import Sectioned
from viewfinder.surfaces.talking import waiting
from viewfinder.surfaces.watching import watch

FOUND, NOTHING, USAGE, INPUT, REFUSED, INTERNAL = range(6)

P = ParamSpec("P")


def main() -> NoReturn:
    """Run the command line and leave with its exit code."""
    try:
        code = cli(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else FOUND)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help() if error.ctx else str(error))
        sys.exit(USAGE)
    except click.UsageError as error:
        error.show()
        sys.exit(USAGE)
    except (click.Abort, KeyboardInterrupt):
        click.echo("\nStopped. What was finished is kept; the same command goes on.", err=True)
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FOUND)
    except UsageError as error:
        _complain(str(error))
        sys.exit(USAGE)
    except Refused as error:
        _complain(f"refused ({error.decision.rule}): {error}")
        _advise("Instead", error.decision.alternative)
        _advise("Appeal", error.decision.appeal)
        sys.exit(REFUSED)
    except ViewfinderError as error:
        _complain(str(error))
        sys.exit(INPUT)
    except Exception as error:
        if os.environ.get("VIEWFINDER_DEBUG"):
            traceback.print_exc()
        _complain(f"this is a bug in viewfinder: {type(error).__name__}: {error}")
        _complain("Run again with VIEWFINDER_DEBUG=1 and report what it prints.")
        sys.exit(INTERNAL)


def _advise(lead: str, words: str) -> None:
    if words:
        click.echo(render.harmless(f"{lead}: {words}"), err=True)


def _complain(words: str) -> None:
    click.echo(render.harmless(f"viewfinder: {words}"), err=True)


@click.group(
    cls=Sectioned,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
)
@click.option(
    "--library",
    "folder",
    metavar="DIR",
    help="The library's folder. Also VIEWFINDER_LIBRARY; else ~/Videos/library.viewfinder.",
)
@click.option(
    "--as",
    "name",
    metavar="NAME",
    envvar="VIEWFINDER_AS",
    help="Who asks, in a library with policies; else the user logged in.",
)
@click.option(
    "--purpose",
    metavar="NAME",
    envvar="VIEWFINDER_PURPOSE",
    help="What for: one of the library's declared purposes.",
)
@click.option("--case", metavar="REF", envvar="VIEWFINDER_CASE", help="Case or story reference.")
@click.option(
    "--override", type=int, metavar="N", help="Use what a second person opened, this once."
)
@click.version_option(package_name="viewfinder", prog_name="viewfinder")
@click.pass_context
def cli(
    context: click.Context,
    folder: str | None,
    name: str | None,
    purpose: str | None,
    case: str | None,
    override: int | None,
) -> None:
    """Ask your footage in plain language and get the exact moments."""
    context.obj = library_folder(folder)
    context.meta[opening.ASKER] = opening.Asker(name, purpose, case, override)


def _paths(library: Library) -> dict[VideoId, str]:
    return {video.id: video.path for video in library.videos()}


@cli.command()
@click.argument("paths", nargs=-1, required=True)
@click.option("--fast", is_flag=True, help="A first look: the picture alone, from key frames.")
@click.option(
    "--only",
    metavar="STAGES",
    help=f"Only these, comma-separated: {', '.join(STAGES)} (text = screen_text).",
)
@json_option
@click.pass_obj
def add(folder: Path, paths: tuple[str, ...], fast: bool, only: str | None, as_json: bool) -> int:
    """Add files, folders or patterns. Run it again to go on or to add what is missing."""
    names = tuple(
        {"text": "screen_text"}.get(name.strip(), name.strip())
        for name in (only or "").split(",")
        if name.strip()
    )
    options = Options(fast=fast, only=names)
    options.stages()
    sources.require(paths)  # a mistyped path makes no library
    with opening.library(folder, create=True) as library:
        return INPUT if watch(library, paths, options, as_json=as_json) else FOUND


@cli.command()
@json_option
@with_library(read_only=True)
def status(library: Library, as_json: bool) -> None:
    """Show what is here, what is searchable, and what failed."""
    states = library.status()
    if as_json:
        click.echo(
            documents.dumps(
                {"counts": library.counts(), "videos": [documents.status(s) for s in states]}
            )
        )
        return
    render.status(render.console(), states, library.counts())


def _question(library: Library, words: tuple[str, ...], plan_file: str | None) -> str | QueryPlan:
    question = " ".join(words).strip()
    if plan_file:
        if question:
            raise UsageError("a question or a --plan-file, not both")
        return library.read_plan(Path(plan_file))
    if not any(sign.isalnum() for sign in question):
        raise UsageError('ask something, for example: viewfinder ask "who mentions the budget?"')
    return question


def _asking(command: Callable[..., Any]) -> Callable[..., Any]:
    for decorate in (
        click.option("--plan", "show_plan", is_flag=True, help="Show the plan; search nothing."),
        click.option(
            "--plan-file", metavar="FILE", help="Replay a plan that --plan --json printed."
        ),
        click.argument("question", nargs=-1),
        json_option,
    ):
        command = decorate(command)
    return command


def _show_plan(library: Library, question: str | QueryPlan, as_json: bool) -> None:
    plan = library.plan(question) if isinstance(question, str) else question
    click.echo(documents.dumps(documents.plan(plan)) if as_json else library.describe(plan))


@cli.command()
@_asking
@click.option("--limit", type=click.IntRange(1, 1000), help="How many moments at most.")
@with_library()
def search(
    library: Library,
    question: tuple[str, ...],
    plan_file: str | None,
    show_plan: bool,
    as_json: bool,
    limit: int | None,
) -> int:
    """Find moments, best first, with why each matched."""
    asked = _question(library, question, plan_file)
    if show_plan:
        _show_plan(library, asked, as_json)
        return FOUND
    try:
        found = library.search(asked, limit=limit)
    except Refused as refusal:
        if not as_json:
            raise
        click.echo(documents.dumps(documents.refused(" ".join(question), refusal.decision)))
        return REFUSED
    if as_json:
        click.echo(documents.dumps(documents.search(found, _paths(library))))
    else:
        render.ranking(render.console(), found, _paths(library))
    return FOUND if found.found and found.moments else NOTHING


@cli.command(short_help="Answer in quotes and facts, or say it is not there.")
@_asking
@click.option("--save", metavar="FILE", help="Also write it as a page: .md, .html or .pdf.")
@with_library()
def ask(
    library: Library,
    question: tuple[str, ...],
    plan_file: str | None,
    show_plan: bool,
    as_json: bool,
    save: str | None,
) -> int:
    """Answer in quotes and plain facts, each with its moment; or say that it is not there."""
    asked = _question(library, question, plan_file)
    if show_plan:
        _show_plan(library, asked, as_json)
        return FOUND
    out = None if as_json else render.console()
    said, printed = waiting.told(out, library.asking(asked, waiting.leaving))
    if out is None:
        click.echo(documents.dumps(documents.ask(said, _paths(library))))
    else:
        render.answer(out, waiting.rest(said, printed), _paths(library))
    if save and said.outcome is not Outcome.REFUSAL:
        kind = Path(save).suffix.lower().removeprefix(".")
        library.exports.answer(said, kind, question=" ".join(question)).save(Path(save))
    return {Outcome.ANSWER: FOUND, Outcome.REFUSAL: REFUSED}.get(said.outcome, NOTHING)


@cli.command(short_help="Show what is known about one video.")
@click.argument("video")
@click.option("--at", metavar="TIME", help="Only around this time: seconds, m:ss or h:mm:ss.")
@click.option("--track", "track", help="Only this track: speech, captions, screen_text, ...")
@json_option
@with_library()
def show(library: Library, video: str, at: str | None, track: str | None, as_json: bool) -> int:
    """Show what is known about one video: its facts and its notes with their times."""
    notes = library.notes(video, at=at, track=track)
    item = library.video(video)
    if as_json:
        click.echo(documents.dumps(documents.notes(item, notes)))
    else:
        render.notes(render.console(), item, notes)
    return FOUND if notes else NOTHING


@cli.command(short_help="Take words and notes out as a file.")
@click.argument("video")
@click.option(
    "--format",
    "kind",
    type=click.Choice(["srt", "vtt", "csv", "json"]),
    default="srt",
    show_default=True,
    help="srt and vtt hold words; csv and json hold every track.",
)
@click.option("--track", help="Only this track.")
@click.option("-o", "--output", metavar="FILE", help="Write here instead of the terminal.")
@with_library()
def export(library: Library, video: str, kind: str, track: str | None, output: str | None) -> None:
    """Take a video's words and notes out as subtitles, a table or JSON."""
    text = library.export(video, kind, track=track)
    if output:
        library.write_export(Path(output), text)
    else:
        click.echo(render.harmless(text) if sys.stdout.isatty() else text, nl=False)


from viewfinder.surfaces import (  # noqa: E402 - they join here
    chat,
    evidence,
    exporting,
    governing,
    upkeep,
    using,
)
from viewfinder.surfaces.mcp.command import mcp  # noqa: E402
from viewfinder.surfaces.server import people as server_people  # noqa: E402
from viewfinder.surfaces.server.command import serve  # noqa: E402
from viewfinder.surfaces.talking import conversations  # noqa: E402

cli.add_command(chat.chat)
cli.add_command(serve)
cli.add_command(server_people.accounts)
cli.add_command(server_people.tokens)
cli.add_command(conversations.conversations)
upkeep.join(cli)
governing.join(cli)
evidence.join(cli)
exporting.join(cli)
using.join(cli)
cli.add_command(mcp)

if __name__ == "__main__":
    main()
