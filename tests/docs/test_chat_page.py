"""Every follow-up in the table of docs/how-to/chat.md does what its row says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from viewfinder import Conversation, Library
from viewfinder.domain.answer import Outcome
from viewfinder.domain.conversation import Step, Turn

pytestmark = pytest.mark.models

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "chat.md"
ROWS = re.findall(r"^\| (`.+?`) \| .+ \|$", PAGE.read_text("utf-8"), flags=re.MULTILINE)
SHOWN = [words for row in ROWS for words in re.findall(r"`([^`]+)`", row)]

SAID = {
    "bridge": (
        "Welcome to the old bridge over the river.",
        "Cars have crossed the bridge since nineteen twenty.",
        "A ship passes below it at noon.",
        "At night the red lamps on the bridge are lit.",
        "Today cars must stop for people on foot.",
    ),
    "telescope": (
        "The telescope stands on a mountain.",
        "Its mirror is three metres wide.",
        "A countdown of ten seconds opens the dome.",
        "Red cars bring the visitors up the mountain road.",
    ),
    "trailer": (
        "Coming soon to your cinema.",
        "A film about bikes, cars and a long road.",
        "The countdown to the race has begun.",
    ),
}

CASES: dict[str, tuple[str, Step, str]] = {
    # follow-up: what was asked before it, the step, and what its words name in the end
    "the second one": ("cars", Step.PICK, ""),
    "number 3": ("cars", Step.PICK, ""),
    "the last one": ("cars", Step.PICK, ""),
    "and before that?": ("the ship at noon", Step.BEFORE, ""),
    "what happens right after?": ("the ship at noon", Step.AFTER, ""),
    "what is said first?": ("the ship at noon", Step.AFTER, ""),
    "how does it end?": ("the ship at noon", Step.BEFORE, ""),
    "what does she say next?": ("the ship at noon", Step.AFTER, ""),
    "does a ship appear after that?": ("since when do cars cross it?", Step.AFTER, "ship"),
    "only red ones": ("cars", Step.SEARCH, "red cars"),
    "without people": ("cars", Step.SEARCH, "cars without people"),
    "same but at night": ("the bridge", Step.SEARCH, "the bridge at night"),
    "only the ones with text on screen": ("cars", Step.SEARCH, "cars"),
    "which of those mentions a bike?": ("cars", Step.SEARCH, "mentions a bike"),
    "anywhere else?": ("the countdown", Step.SEARCH, "countdown"),
    "other countdowns?": ("the countdown", Step.SEARCH, "countdowns"),
    "anything else like that?": ("the countdown", Step.SEARCH, "countdown"),
    "in all videos": ("the countdown", Step.SEARCH, "countdown"),
    "no, I meant the other clip": ("the countdown", Step.CLARIFY, ""),  # three were shown
    "and one in the trailer?": ("the countdown of the dome", Step.SEARCH, "countdown"),
    "in the telescope video": ("the countdown to the race", Step.SEARCH, "countdown"),
    "go back to the bridge": ("the old bridge|the countdown", Step.PICK, ""),
    "by the way, how wide is the mirror?": ("cars", Step.SEARCH, "mirror"),
    "what about bikes?": ("cars", Step.SEARCH, "bikes"),
    "how many of those?": ("cars", Step.COUNT, ""),
    "which words appear on screen, in order?": ("cars", Step.LINES, ""),
    "why this one?": ("cars", Step.WHY, ""),
    "show me the words before and after": ("the ship at noon", Step.WORDS_AROUND, ""),
    "compare the first and the second": ("cars", Step.COMPARE, ""),
    "summarise what we found": ("cars", Step.SUMMARY, ""),
    "thanks": ("cars", Step.REMARK, ""),
    "never mind": ("cars", Step.REMARK, ""),
    "with speech": ("cars", Step.SEARCH, "cars"),
}
SILENT = (
    *("only the ones with text on screen", "which words appear on screen, in order?"),
    *("thanks", "never mind"),
)
"""There is no text on screen in transcripts; and nothing is asked."""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, weights: Path) -> Iterator[Library]:
    home = tmp_path_factory.mktemp("page")
    for name, lines in SAID.items():
        cues = [f"00:{5 * n:02}.000 --> 00:{5 * n + 4:02}.000\n{s}\n" for n, s in enumerate(lines)]
        (home / f"{name}.en.vtt").write_text("\n".join(["WEBVTT\n", *cues]), "utf-8")
    with Library.open(home / "library", create=True) as library:
        for event in library.add([home]):
            assert event.kind != "failed", event
        yield library


def asked(library: Library, *questions: str) -> tuple[Conversation, Turn]:
    talk = Conversation()
    for question in questions:
        talk, made = library.converse(talk, question)
    return talk, made


@pytest.mark.parametrize("follow_up", CASES)
def test_a_follow_up_of_the_page_does_what_its_row_says(library: Library, follow_up: str) -> None:
    before, step, about = CASES[follow_up]
    talk, made = asked(library, *before.split("|"), follow_up)
    assert talk.turns[-2].answer.outcome is Outcome.ANSWER, talk.turns[-2].answer
    assert made.resolved.step is step
    assert about in made.resolved.text
    wanted = Outcome.ABSTENTION if follow_up in SILENT else Outcome.ANSWER
    wanted = Outcome.CLARIFICATION if step is Step.CLARIFY else wanted
    assert made.answer.outcome is wanted, made.answer


def test_every_follow_up_of_the_page_is_tried() -> None:
    assert set(SHOWN) <= set(CASES)
    assert len(SHOWN) > 25


def test_the_video_shown_first_is_left(library: Library) -> None:
    talk, made = asked(library, "the countdown", "anywhere else?")
    first = talk.turns[0].shown[0].video
    assert made.shown
    assert first not in {m.video for m in made.shown}


def test_a_kind_of_recording_is_asked_back_and_chosen_in_each_way(library: Library) -> None:
    _, made = asked(library, "show me the recording")
    assert made.answer.outcome is Outcome.CLARIFICATION
    names = [choice.text for choice in made.resolved.choices]
    assert len(names) == len(SAID)
    telescope = next(n for n, name in enumerate(names, 1) if "telescope" in name)
    for reply in (str(telescope), "telescope", "the one with the mirror"):
        _, chosen = asked(library, "show me the recording", reply)
        assert library.video("telescope.en.vtt").id in chosen.resolved.constraints.videos, reply


def test_a_question_asked_back_is_dropped_by_another(library: Library) -> None:
    _, made = asked(library, "show me the recording", "how wide is the mirror?")
    assert made.answer.outcome is Outcome.ANSWER
    assert "three metres" in made.answer.claims[0].text


def test_labels_that_were_not_given_are_asked_back(library: Library) -> None:
    _, made = asked(library, "cars", "the ninth one")
    assert made.answer.outcome is Outcome.CLARIFICATION
    assert made.resolved.choices


def test_a_follow_up_to_nothing_says_what_is_missing(library: Library) -> None:
    for question in ("the second one", "and before that?", "why this one?", "how many of those?"):
        _, made = asked(library, question)
        assert made.answer.outcome is Outcome.CLARIFICATION
        assert "Nothing has been shown yet" in made.answer.reason
