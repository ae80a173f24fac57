"""``viewfinder chat``: a dialogue, for people line by line, for programs as JSON lines."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from viewfinder.app.library import Library
from viewfinder.domain.answer import Claim
from viewfinder.domain.conversation import Conversation, Heading, Turn
from viewfinder.domain.errors import InputError, UsageError, ViewfinderError
from viewfinder.domain.media import VideoId
from viewfinder.domain.time import clock
from viewfinder.surfaces import documents, opening, render
from viewfinder.surfaces.talking import pages, pictures, telling, waiting
from viewfinder.surfaces.talking.telling import PROMPT

LEAVING = frozenset({"exit", "quit", "bye", "/quit", "/exit"})
ANEW = "/new"
PICTURED = 4
"""So many moments are shown as pictures."""

HELLO = (
    'Ask, then go on: "and before that?", "the second one", "only the ones with text".\n'
    f"{ANEW} starts anew, Ctrl-C stops an answer, an empty line or Ctrl-D ends."
)
KEEPS = "Kept in this library; `viewfinder conversations` lists, shows and forgets."
KEEPS_NOT = "Nothing of this is kept (--no-keep)."
BEGUN_ANEW = "(what was said before is forgotten, with a video it held; this starts anew)"


@dataclass(slots=True)
class Session:
    """A dialogue at work.

    Attributes:
        library: What is asked.
        keeps: Whether each turn is kept as soon as it is answered.
        talk: What was said so far.
        how: How the terminal takes pictures; None for none.
    """

    library: Library
    keeps: bool
    talk: Conversation = field(default_factory=Conversation)
    how: pictures.Protocol | None = None

    def take(self, question: str, out: Console | None = None) -> tuple[Turn, bool, list[Claim]]:
        """Return the turn, whether the talk began anew with it, and claims printed already.

        With ``out``, claims that a model worded are printed there as they come.
        """
        before = len(self.talk.turns)
        coming = self.library.conversing(self.talk, question, waiting.leaving)
        (talk, made), printed = waiting.told(out, coming)
        anew = len(talk.turns) <= before
        if self.keeps:
            kept = self.library.keep(talk)
            if kept is None:
                anew, kept = True, self.library.keep(Conversation((made,)))
            if kept is None:
                raise InputError("a video of this answer was forgotten just now: ask again")
            talk = kept
        self.talk = talk
        return made, anew, printed

    def paths(self) -> dict[VideoId, str]:
        return {video.id: video.path for video in self.library.videos()}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object per turn, for programs.")
@click.option("--resume", metavar="ID", help='Go on with a kept conversation, or with the "last".')
@click.option("--keep/--no-keep", default=True, help="Keep each turn in the library (default).")
@click.option(
    "--pictures/--no-pictures",
    "shows",
    default=None,
    help="Small pictures of the moments; by default where the terminal can.",
)
@click.option(
    "--export",
    "export",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="Write the conversation here at the end: Markdown, or JSON where FILE ends in .json.",
)
@click.pass_obj
def chat(
    folder: Path,
    as_json: bool,
    resume: str | None,
    keep: bool,
    shows: bool | None,
    export: str | None,
) -> int:
    """Ask, and ask on in half sentences.

    A follow-up is understood from what was said and shown. Reads one question per
    line from the keyboard or a pipe. Each turn is kept in the library as it is made:
    see `viewfinder conversations`.
    """
    how = None if as_json else _pictures(shows)
    with opening.library(folder) as library:
        heading, talk = library.conversation(resume) if resume else (None, Conversation())
        session = Session(library, keep, talk, how)
        if as_json:
            _as_json(session)
        else:
            _for_people(session, heading)
        if export:
            is_json = export.endswith(".json")
            whole = (
                pages.document(session.talk, session.paths())
                if is_json
                else pages.markdown(session.talk)
            )
            library.write_conversation(Path(export), whole, session.talk)
    return 0


def _pictures(wanted: bool | None) -> pictures.Protocol | None:
    """Return how to show pictures; never where a file or another program reads the output."""
    how = pictures.protocol(os.environ) if sys.stdout.isatty() else None
    if wanted and how is None:
        raise UsageError(
            "this terminal is not known to show pictures (kitty, iTerm2 and WezTerm are, "
            "outside tmux); leave out --pictures"
        )
    return None if wanted is False else how


def _as_json(session: Session) -> None:
    while (question := _question("")) is not None:
        if question == ANEW:
            session.talk = Conversation()
            continue
        try:
            made, *_ = session.take(question)
        except ViewfinderError as error:
            said: dict[str, Any] = {"outcome": "error", "reason": str(error), "question": question}
        else:
            said = pages.turn(made, session.paths())
        kept = session.talk.id if session.keeps else None
        click.echo(documents.dumps({**said, "conversation": kept}))
        sys.stdout.flush()


def _for_people(session: Session, resumed: Heading | None) -> None:
    out = render.console()
    is_keyboard = sys.stdin.isatty()
    if is_keyboard:
        _line_editing(session.library.questions())
        out.print(HELLO, style="dim")
        out.print(KEEPS if session.keeps else KEEPS_NOT, style="dim")
    if resumed is not None:
        turns = f"{resumed.turns} turn{'s' * (resumed.turns != 1)}"
        out.print(f"Going on with {resumed.id} ({turns}): {resumed.title}", soft_wrap=True)
    while True:
        try:
            question = _question(PROMPT if is_keyboard else "")
            if question is None:
                break
            if question == ANEW:
                session.talk = Conversation()
                continue
            if not is_keyboard:
                out.print(f"{PROMPT}{question}", style="bold", markup=False, soft_wrap=True)
            _told(out, session, question)
        except KeyboardInterrupt:
            if not is_keyboard:
                raise
            out.print("\n(stopped; what was said before still holds)", style="dim")
    if session.talk.id and session.keeps and not is_keyboard:
        click.echo(f"{KEEPS} This is {session.talk.id}.", err=True)


def _told(out: Console, session: Session, question: str) -> None:
    try:
        made, anew, printed = session.take(question, out)
        if anew:
            out.print(BEGUN_ANEW, style="dim", soft_wrap=True)
        paths = session.paths()
        telling.turn(out, made, paths, printed)
        if session.how is not None:
            _show_pictures(out, session.library, made, paths, session.how)
    except ViewfinderError as error:
        out.print(str(error), markup=False)


def _line_editing(history: list[str]) -> None:
    """Give the prompt arrows and what was asked before, where the system has them.

    There is no file of history beside the library: what is forgotten there is forgotten.
    """
    try:
        import readline
    except ImportError:
        return
    for question in history:
        readline.add_history(question)


def _question(prompt: str) -> str | None:
    """Return the next question; None at the end: of the input, an empty line, or "exit"."""
    while True:
        try:
            line = input(prompt).strip()
        except EOFError:
            return None
        if line.casefold() in LEAVING or (prompt and not line):
            return None
        if line:
            return line


def _show_pictures(
    out: Console,
    library: Library,
    made: Turn,
    paths: dict[VideoId, str],
    how: pictures.Protocol,
) -> None:
    """Show the first moments that have labels; those without a picture are left out."""
    for n, moment in enumerate(made.shown[:PICTURED], 1):
        picture = library.thumbnail(moment.video, moment.span.middle_ns)
        signs = pictures.escape(picture, how) if picture else ""
        if signs:
            out.file.write(f"{signs}\n")
            out.file.flush()
            name = Path(paths.get(moment.video, "")).name
            out.print(f"{n}  {name} {clock(moment.span.start_ns)}", style="dim", soft_wrap=True)
