"""A conversation as JSON and as Markdown, for taking it elsewhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from viewfinder.domain.answer import Claim, Outcome
from viewfinder.domain.conversation import Conversation, Heading, Turn
from viewfinder.domain.media import VideoId
from viewfinder.surfaces import documents, render


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


def heading(of: Heading, paths: dict[VideoId, str]) -> dict[str, Any]:
    """Return what a list says of a kept conversation."""
    return {
        "conversation": of.id,
        "title": of.title,
        "started": of.started,
        "changed": of.changed,
        "turns": of.turns,
        "videos": sorted(paths.get(video, "") for video in of.videos),
    }


def document(talk: Conversation, paths: dict[VideoId, str]) -> str:
    """Return a conversation as JSON."""
    turns = [turn(made, paths) for made in talk.turns]
    kept = {"conversation": talk.id, "started": talk.started} if talk.kept else {}
    return documents.dumps({**kept, "turns": turns}) + "\n"


def markdown(talk: Conversation) -> str:
    """Return a conversation as Markdown; every claim links to its moment."""
    lines = ["# Conversation", ""]
    if talk.started:
        lines += [f"Started {talk.started}, kept as {talk.id}.", ""]
    for made in talk.turns:
        lines += [f"## {_words(made.question)}", ""]
        if made.resolved.note:
            lines += [f"*understood as: {_words(made.resolved.note)}*", ""]
        if made.answer.outcome is not Outcome.ANSWER:
            lines += [f"{made.answer.outcome.value.capitalize()}: {made.answer.reason}", ""]
        if made.answer.alternative:
            lines += [f"Instead: {made.answer.alternative}", ""]
        lines += [f"{choice.label}. {_words(choice.text)}" for choice in made.resolved.choices]
        lines += [_item(claim) for claim in made.answer.claims]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _item(claim: Claim) -> str:
    links = ", ".join(
        f"[{_words(Path(c.path).name)} {c.span}]({render.link(c.path, c.span.start_ns)})"
        for c in claim.citations
    )
    return f"- {_words(claim.text)} ({links})"


def _words(text: str) -> str:
    """Return words as words: nothing in them is a link, a picture, a tag or a control."""
    plain = re.sub(r"([\\\[\]<>`])", r"\\\1", render.harmless(text).replace("\n", " "))
    return plain.replace("://", "&#58;//").replace("www.", "www&#46;")
