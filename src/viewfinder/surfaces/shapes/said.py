"""Shapes of conversations."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from viewfinder.surfaces.shapes.questions import ANSWER, Answered, example

TURN: dict[str, Any] = {
    **ANSWER,
    "question": "who tested the battery?",
    "resolved": "who tested the battery?",
    "understood": "",
    "step": "search",
    "topic": "battery",
    "constraints": {
        "videos": [],
        "not_videos": [],
        "start_s": None,
        "end_s": None,
        "track": None,
    },
    "choices": [],
    "shown": 1,
}
HEADING: dict[str, Any] = {
    "conversation": "0123456789ab",
    "title": "who tested the battery?",
    "started": "2026-11-20T13:00:00+00:00",
    "changed": "2026-11-20T13:02:00+00:00",
    "turns": 2,
    "videos": ["talk.mp4"],
}


class Constraints(BaseModel):
    """What was in force for a turn."""

    model_config = example(TURN["constraints"])

    videos: list[str]
    not_videos: list[str]
    start_s: float | None
    end_s: float | None
    track: str | None


class Choice(BaseModel):
    """One reading to choose from; the next question may be its label."""

    model_config = example({"label": 1, "text": "the talk of 12 May"})

    label: int
    text: str


class Turn(Answered):
    """One question and what came of it."""

    model_config = example(TURN)

    question: str
    resolved: str = Field(description="The question as it stands alone.")
    understood: str = Field(description="The same for people; empty where nothing was read into.")
    step: str
    topic: str
    constraints: Constraints
    choices: list[Choice]
    shown: int = Field(description="So many of `moments` have labels 1, 2, 3, ...")


class TurnMade(Turn):
    """A turn just made, with the conversation it is kept in."""

    model_config = example({**TURN, "conversation": "0123456789ab", "anew": False})

    conversation: str = Field(description="It changes where the talk began anew.")
    anew: bool = Field(description="What was said before is gone with a video; it began anew.")


class Heading(BaseModel):
    """What a list says of a kept conversation."""

    model_config = example(HEADING)

    conversation: str
    title: str
    started: str
    changed: str
    turns: int
    videos: list[str]


class Headings(BaseModel):
    """Kept conversations, last changed first."""

    model_config = example({"conversations": [HEADING], "next": None})

    conversations: list[Heading]
    next: str | None


class Talk(BaseModel):
    """A kept conversation, turn by turn, as it was answered then."""

    model_config = example(
        {"conversation": "0123456789ab", "started": HEADING["started"], "turns": [TURN]}
    )

    conversation: str
    started: str
    turns: list[Turn]


class Forgotten(BaseModel):
    """What was forgotten, and what remains of it for now."""

    model_config = example({"conversation": "0123456789ab", "remains": []})

    conversation: str
    remains: list[str]


class Replayed(BaseModel):
    """A turn asked again."""

    model_config = example(
        {"turn": 1, "question": "who tested the battery?", "same": True, "differs": []}
    )

    turn: int
    question: str
    same: bool
    differs: list[str]


class Replay(BaseModel):
    """A conversation asked again from its start."""

    model_config = example(
        {
            "conversation": "0123456789ab",
            "same": True,
            "turns": [
                {"turn": 1, "question": "who tested the battery?", "same": True, "differs": []}
            ],
        }
    )

    conversation: str
    same: bool
    turns: list[Replayed]
