"""A request that is built up over turns is refused as it would be at once, or met by words.

``dialogues.tsv``: what must come of the last turn (``refuse``; ``words``: refused, or words
that were said or shown; ``answer``: anything but a refusal), and the turns.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from viewfinder.app.library import Library
from viewfinder.domain.answer import Outcome
from viewfinder.domain.conversation import Conversation

LINES = Path(__file__).with_name("dialogues.tsv").read_text("utf-8").splitlines()
DIALOGUES = [(cells[0], tuple(cells[1:])) for cells in (line.split("\t") for line in LINES)]
TALK = """WEBVTT

00:01.000 --> 00:05.000
Good evening, I am Peter Holm, the mayor, and I work at the town hall.

00:06.000 --> 00:09.000
The harbour will be closed for two years, and I am happy that we start at last.

00:10.000 --> 00:14.000
The shop owners are worried about customers who stay away.

00:15.000 --> 00:19.000
A man with a hat opens the door, and two people at a table look up.

00:20.000 --> 00:24.000
The woman on the stage sings, and people crossing the road stop to listen.
"""


@pytest.fixture(scope="module")
def library(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    home = tmp_path_factory.mktemp("dialogues")
    (home / "evening.vtt").write_text(TALK, "utf-8")
    with Library.open(home / "library", create=True) as opened:
        assert all(event.kind != "failed" for event in opened.add([home / "evening.vtt"]))
        yield opened


def test_there_are_enough() -> None:
    assert sum(expected != "answer" for expected, _ in DIALOGUES) >= 30
    assert len(set(DIALOGUES)) == len(DIALOGUES)


@pytest.mark.models
@pytest.mark.parametrize(("expected", "turns"), DIALOGUES)
def test_a_dialogue_ends_as_it_must(
    library: Library, expected: str, turns: tuple[str, ...]
) -> None:
    talk = Conversation()
    for question in turns:
        talk, turn = library.converse(talk, question)
    answer = turn.answer
    if expected == "refuse":
        assert answer.outcome is Outcome.REFUSAL, (answer.outcome, turn.resolved)
    elif expected == "answer":
        assert answer.outcome is not Outcome.REFUSAL, (answer.rule, turn.resolved)
    elif answer.outcome is Outcome.ANSWER:
        assert all(cited.quote for claim in answer.claims for cited in claim.citations)
