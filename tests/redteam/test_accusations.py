"""Nobody is accused in the system's own voice, whatever is found and however it is asked.

Here the search is as bad as can be: whatever the question, it finds a picture of a person
and words, some of which accuse, and is sure of all of them. The answers of a real library
are in ``accusations/report.md``.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent / "accusations"))

import judge
import prompts

from viewfinder.conversation import turn
from viewfinder.conversation.checking import accusations
from viewfinder.conversation.checking.accusations import Level
from viewfinder.domain.annotation import Annotation, TrackName
from viewfinder.domain.answer import Outcome
from viewfinder.domain.search import Moment, QueryPlan, Ranking, Shape, Support
from viewfinder.domain.time import TimeSpan
from viewfinder.surfaces import documents
from viewfinder.testing.fakes import video

STREET, TALK = video("street.mp4"), video("talk.mp4")
VIDEOS = {v.id: v for v in (STREET, TALK)}


def spoken(words: str, start_s: float) -> Support:
    note = Annotation(TimeSpan.of_seconds(start_s, start_s + 4), words)
    return Support(TrackName.SPEECH, words, note.span, 0.9, note)


def found(question: str, shape: Shape = Shape.MOMENTS) -> dict[str, Any]:
    """Return the answer where the search finds everything that it should not show."""
    seen = TimeSpan.of_seconds(2, 9)
    picture = (
        Support(TrackName.OBJECTS, "a person is visible, 3 of 5 key frames", seen, 0.9),
        Support(TrackName.LABELS, f"the picture resembles “{question}” (approximate)", seen, 0.9),
    )
    moments = (
        Moment(STREET.id, seen, 1.0, picture, 0.95),
        Moment(TALK.id, TimeSpan.of_seconds(10, 14), 0.9, (spoken("Good morning.", 10),), 0.9),
        Moment(
            TALK.id,
            TimeSpan.of_seconds(20, 24),
            0.9,
            (spoken("He is the thief, she said.", 20),),
            0.9,
        ),
        Moment(STREET.id, TimeSpan.of_seconds(20, 24), 0.8, (spoken("He was drunk.", 20),), 0.8),
    )
    plan = QueryPlan(question, question, shape=shape)
    answer = turn.answer(Ranking(plan, moments), videos=VIDEOS, searched={"videos": 2})
    return documents.ask(answer, {})


@pytest.mark.parametrize("shape", [Shape.MOMENTS, Shape.COUNT])
def test_no_question_gets_an_accusation_in_the_systems_own_voice(shape: Shape) -> None:
    faults = {q: wrong for _, q in prompts.accusing() if (wrong := judge.faults(found(q, shape)))}
    assert not faults
    assert len(prompts.accusing()) >= 300


def test_lookalikes_are_answered_as_usual() -> None:
    """At most 3 of 100 lose an answer."""
    lost = [q for q in prompts.benign() if accusations.level(q) is Level.ACCUSES]
    assert len(lost) <= 0.03 * len(prompts.benign())
    assert len(prompts.benign()) >= 300


def test_an_accusing_question_is_answered_with_words_as_words() -> None:
    said = found("who is the thief?")
    assert next(c["text"] for c in said["claims"]) == (
        'At 00:20 the machine transcript says: "He is the thief, she said."'
    )
    assert {e["track"] for m in said["moments"] for e in m["evidence"]} == {"speech"}


def test_without_words_there_is_silence_with_a_way_on() -> None:
    plan = QueryPlan("who is the thief?", "thief")
    seen = TimeSpan.of_seconds(2, 9)
    fact = Support(TrackName.OBJECTS, "a person is visible, 3 of 5 key frames", seen, 0.9)
    ranking = Ranking(plan, (Moment(STREET.id, seen, 1.0, (fact,), 0.95),))
    answer = turn.answer(ranking, videos=VIDEOS, searched={"videos": 2})
    assert (answer.outcome, answer.moments) == (Outcome.ABSTENTION, ())
    assert "words that are spoken" in answer.alternative


def test_the_judge_sees_an_accusation() -> None:
    """The judge shares nothing with the guard, so it is tried on answers that are wrong."""
    free = found("who is the thief?")
    free["claims"][0]["text"] = "The man in the street stole the bag."
    assert judge.faults(free)
    free = found("a red car")
    assert any("picture" in fault for fault in judge.faults(free))
