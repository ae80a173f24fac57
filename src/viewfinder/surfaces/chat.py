"""``viewfinder chat``: a dialogue, for people line by line, for programs as JSON lines."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from viewfinder.app.library import Library
from viewfinder.domain.answer import Outcome
from viewfinder.domain.conversation import Conversation, Step, Turn
from viewfinder.domain.errors import ViewfinderError
from viewfinder.domain.media import VideoId
from viewfinder.domain.time import clock
from viewfinder.surfaces import documents, render

PROMPT = "? "
LEAVING = frozenset({"exit", "quit", "bye", "/quit", "/exit"})
ANEW = "/new"
LABELLED = 9
"""People are told the labels of so many moments."""

TOLD_FIRST = (Step.COUNT, Step.COMPARE, Step.LINES)
"""Turns whose first claim is a sentence about all moments."""

HELLO = (
    'Ask, then go on: "and before that?", "the second one", "only the ones with text".\n'
    f"{ANEW} starts anew, an empty line or Ctrl-D ends."
)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object per turn, for programs.")
@click.option(
    "--export",
    "export",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="Write the conversation here at the end: Markdown, or JSON where FILE ends in .json.",
)
@click.pass_obj
def chat(folder: Path, as_json: bool, export: str | None) -> int:
    """Ask, and ask on in half sentences.

    A follow-up is understood from what was said and shown. Reads one question per
    line from the keyboard or a pipe.
    """
    with Library.open(folder) as library:
        talk = _as_json(library) if as_json else _for_people(library)
        if export:
            paths = {video.id: video.path for video in library.videos()}
            whole = document(talk, paths) if export.endswith(".json") else markdown(talk)
            library.write_conversation(Path(export), whole)
    return 0


def _as_json(library: Library) -> Conversation:
    talk = Conversation()
    for question in _questions(""):
        if question == ANEW:
            talk = Conversation()
            continue
        try:
            talk, made = library.converse(talk, question)
        except ViewfinderError as error:
            said: dict[str, Any] = {"outcome": "error", "reason": str(error), "question": question}
        else:
            said = turn(made, {video.id: video.path for video in library.videos()})
        click.echo(documents.dumps(said))
        sys.stdout.flush()
    return talk


def _for_people(library: Library) -> Conversation:
    out = render.console()
    is_keyboard = sys.stdin.isatty()
    if is_keyboard:
        _line_editing()
        out.print(HELLO, style="dim")
    talk = Conversation()
    for question in _questions(PROMPT if is_keyboard else ""):
        if question == ANEW:
            talk = Conversation()
            continue
        if not is_keyboard:
            out.print(f"{PROMPT}{question}", style="bold", markup=False, soft_wrap=True)
        try:
            talk, made = library.converse(talk, question)
        except ViewfinderError as error:
            out.print(str(error), markup=False)
            continue
        _show(out, made, {video.id: video.path for video in library.videos()})
    return talk


def _line_editing() -> None:
    """Give the prompt arrows and history, where the system has them; kept in memory only."""
    try:
        import readline  # noqa: F401 - importing it is what turns it on
    except ImportError:
        return


def _questions(prompt: str) -> Iterator[str]:
    """Yield questions until the end: of the input, an empty line at a prompt, or "exit"."""
    while True:
        try:
            line = input(prompt).strip()
        except EOFError:
            return
        if line.casefold() in LEAVING or (prompt and not line):
            return
        if line:
            yield line


def _show(out: Console, made: Turn, paths: dict[VideoId, str]) -> None:
    if made.resolved.note and made.answer.outcome is not Outcome.CLARIFICATION:
        out.print(f"understood as: {made.resolved.note}", style="dim", markup=False, soft_wrap=True)
    said = made.answer
    if made.resolved.step in TOLD_FIRST and len(said.claims) > 1:
        out.print(said.claims[0].text, markup=False, soft_wrap=True)
        said = replace(said, claims=said.claims[1:])
    render.answer(out, said, paths)
    for choice in made.resolved.choices:
        out.print(f"  {choice.label}  {choice.text}", markup=False, soft_wrap=True)
    if made.answer.outcome is Outcome.ANSWER and len(made.shown) > 1:
        labels = "; ".join(
            f"{n} {Path(paths.get(m.video, '')).name} {clock(m.span.start_ns)}"
            for n, m in enumerate(made.shown[:LABELLED], 1)
        )
        out.print(f"moments: {labels}", style="dim", markup=False, soft_wrap=True)


def turn(made: Turn, paths: dict[VideoId, str]) -> dict[str, Any]:
    """Return the document of one turn: that of ``ask``, and how the question was understood."""
    limits = made.resolved.constraints
    return {
        "question": made.question,
        **documents.ask(made.answer, paths),
        "resolved": made.resolved.question,
        "understood": made.resolved.note,
        "step": made.resolved.step.value,
        "topic": made.resolved.topic,
        "constraints": {
            "videos": [paths.get(v, "") for v in limits.videos],
            "not_videos": [paths.get(v, "") for v in limits.not_videos],
            "start_s": limits.stretch.start_s if limits.stretch else None,
            "end_s": limits.stretch.end_s if limits.stretch else None,
            "track": limits.track.value if limits.track else None,
        },
        "choices": [{"label": c.label, "text": c.text} for c in made.resolved.choices],
        "shown": len(made.shown),
    }


def document(talk: Conversation, paths: dict[VideoId, str]) -> str:
    """Return a conversation as JSON."""
    return documents.dumps({"turns": [turn(made, paths) for made in talk.turns]}) + "\n"


def markdown(talk: Conversation) -> str:
    """Return a conversation as Markdown; every claim links to its moment."""
    lines = ["# Conversation", ""]
    for made in talk.turns:
        lines += [f"## {made.question}", ""]
        if made.resolved.note:
            lines += [f"*understood as: {made.resolved.note}*", ""]
        if made.answer.outcome is not Outcome.ANSWER:
            lines += [f"{made.answer.outcome.value.capitalize()}: {made.answer.reason}", ""]
        if made.answer.alternative:
            lines += [f"Instead: {made.answer.alternative}", ""]
        lines += [f"{choice.label}. {choice.text}" for choice in made.resolved.choices]
        for claim in made.answer.claims:
            links = ", ".join(
                f"[{Path(c.path).name} {c.span}]({render.link(c.path, c.span.start_ns)})"
                for c in claim.citations
            )
            lines.append(f"- {claim.text} ({links})")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"
