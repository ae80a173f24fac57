"""A model may correct and reword a question; it widens nothing and invents nothing."""

import json
from collections.abc import Generator
from dataclasses import replace
from datetime import date
from itertools import count
from typing import Any, TypeVar

import pytest

from viewfinder.conversation.assist import plan, rewrite, steps
from viewfinder.conversation.assist.seat import LONGEST_REPLY, Assist, Unusable, Use, ask, pieces
from viewfinder.domain.answer import Answer, Outcome
from viewfinder.domain.conversation import Constraints, Conversation, Resolved, Step, Turn
from viewfinder.domain.errors import ModelError, PluginUnavailable
from viewfinder.domain.prompt import Prompt
from viewfinder.domain.search import LegKind, Moment, QueryPlan
from viewfinder.domain.time import TimeSpan
from viewfinder.retrieval.asking import plan as planning
from viewfinder.testing.fakes import video
from viewfinder.testing.models.scripted import Script, ScriptedModel

T = TypeVar("T")
FILM = video("harbour.mp4")


def assist(script: Script, *uses: Use) -> Assist:
    return Assist(ScriptedModel(script), lambda *_: "", frozenset(uses or Use))


def model_of(assisted: Assist) -> ScriptedModel:
    assert isinstance(assisted.model, ScriptedModel)
    return assisted.model


def rules(question: str) -> QueryPlan:
    return planning.plan(question, today=date(2026, 1, 1))


def reply(look_for: str, then: str = "") -> str:
    return json.dumps({"look_for": look_for, "then": then})


def value(steps_taken: Generator[Any, None, T]) -> T:
    """Return what a generator returns, its steps left aside."""
    while True:
        try:
            next(steps_taken)
        except StopIteration as end:
            made: T = end.value
            return made


# -- the reply ---------------------------------------------------------------------------


def test_a_reply_that_breaks_the_rules_is_told_so_once() -> None:
    asked = assist(["no idea", '```json\n{"a": 1}\n```'])
    assert ask(asked, Prompt("be exact", "?"), max_tokens=9, read=lambda found: found["a"]) == 1
    again = model_of(asked).asked[1].prompt
    assert again.instructions.startswith("be exact")
    assert "could not be used: it holds no JSON object" in again.instructions


def test_a_reply_that_breaks_the_rules_twice_is_of_no_use() -> None:
    with pytest.raises(Unusable):
        ask(assist(["{", "[[[["]), Prompt("", "?"), max_tokens=9, read=dict)


def test_a_reply_without_end_is_cut_and_the_model_stopped() -> None:
    class Endless(ScriptedModel):
        stopped = False

        def generate(self, prompt: Prompt, **options: Any) -> Generator[str, None, None]:
            try:
                for _ in count():
                    yield "{" * 100
            finally:
                self.stopped = True

    model = Endless([])
    endless = replace(assist([]), model=model)
    assert len("".join(pieces(endless, Prompt("", "?"), max_tokens=9))) <= LONGEST_REPLY
    assert model.stopped


def test_a_model_that_takes_too_long_has_failed() -> None:
    seconds = count(step=20)
    slow = replace(assist(["one two three"]), clock=lambda: float(next(seconds)), timeout_s=30)
    with pytest.raises(ModelError, match="within 30 s"):
        list(pieces(slow, Prompt("", "?"), max_tokens=9))


def test_a_model_whose_weights_went_missing_has_failed() -> None:
    gone = assist([PluginUnavailable("no model in 'there'")])
    with pytest.raises(ModelError, match="no model in"):
        list(pieces(gone, Prompt("", "?"), max_tokens=9))


# -- planning -----------------------------------------------------------------------------


def planned(question: str, *script: str) -> QueryPlan:
    base = rules(question)
    return plan.planned(base, plan.propose(assist(script), base))


def test_misspelt_words_are_corrected_and_nothing_else_changes() -> None:
    made = planned("whre is the lighthose with a red door", reply("lighthouse with a red door"))
    assert "lighthouse" in made.text
    assert "lighthose" not in made.text
    assert "whre" not in made.text.split() or "where" not in made.text.split()
    assert {look.text for look in made.lookups} == {made.text}


def test_an_order_in_time_needs_a_word_for_it() -> None:
    ordered = planned(
        "a boat lands, some time later people wave", reply("a boat lands", "people wave")
    )
    assert ordered.sequence
    assert (ordered.sequence.first, ordered.sequence.second) == ("a boat lands", "people wave")
    plain = planned("a boat where people wave", reply("a boat", "people wave"))
    assert plain.sequence is None


@pytest.mark.parametrize(
    "said",
    [
        reply("a red boat in harbour.mp4"),
        reply("a red boat at 12:00"),
        reply("the red boat of Ada Lovelace"),
        reply("boat"),
        reply(""),
        reply("a red boat " * 30),
        json.dumps({"look_for": ["a red boat"], "then": ""}),
        json.dumps({"sql": "drop table"}),
        "x" * 5_000,
        "{" * 3_000,
    ],
)
def test_what_the_question_does_not_say_is_of_no_use(said: str) -> None:
    with pytest.raises(Unusable):
        planned("a red boat with torn sails", said, said)


def test_a_name_does_not_reach_the_picture_however_it_is_written() -> None:
    question = "a man named Edgar Poe beside a lighthose"
    base = rules(question)
    assert base.names
    made = planned(question, reply("a man named edgar poe beside a lighthouse"))
    seen = [look.text for look in made.lookups if look.kind is LegKind.PICTURE]
    assert seen
    assert all("edgar" not in t.lower() and "poe" not in t.lower() for t in seen)
    assert all("lighthouse" in t for t in seen)


def test_a_model_names_no_file_and_widens_no_filter() -> None:
    base = replace(rules("a red baot"), filters=rules("a red boat in sea.mp4").filters)
    made = plan.planned(base, plan.Proposal("a red boat"))
    assert made.text == "a red boat"
    assert (made.filters, made.names, made.limit) == (base.filters, base.names, base.limit)


@pytest.mark.parametrize(
    "question",
    ['"a red baot"', "wo ist das rote Boot mit dem Segel?", "which videos have no sound?"],
)
def test_questions_that_do_not_hang_on_english_words_are_not_put_to_the_model(
    question: str,
) -> None:
    assert not plan.is_wanted(rules(question))


def test_words_that_the_policy_does_not_allow_are_not_looked_for() -> None:
    base = rules("a red baot")
    asked = assist([reply("a red boat")])
    _, made = value(steps.planned(steps.Helped(asked), base, lambda _: False))
    assert made == base


# -- rewording ----------------------------------------------------------------------------


def turn(question: str) -> Turn:
    shown = (Moment(FILM.id, TimeSpan.of_seconds(0, 9), 1.0, (), 0.9),)
    return Turn(question, Resolved(Step.SEARCH, question), Answer(Outcome.ANSWER, ""), shown)


TALK = Conversation((turn("the ferry to the island"),))
INSIDE = Constraints(videos=(FILM.id,))


def follow_up(text: str) -> Resolved:
    whole = f"{text} in harbour.mp4"
    topic = "the ferry to the island"
    return Resolved(Step.SEARCH, whole, text=text, topic=topic, constraints=INSIDE, note=whole)


def test_a_follow_up_is_worded_from_the_talk_and_its_constraints_stay() -> None:
    asked = assist([json.dumps({"question": "when does the ferry leave?"})])
    made = rewrite.rewritten(asked, "when does it leave?", follow_up("when does it leave"), TALK)
    assert made.text == "when does the ferry leave"
    assert made.question == "when does the ferry leave in harbour.mp4"
    assert made.constraints == INSIDE
    assert "model" in made.note
    told = model_of(asked).asked[0].prompt
    assert "1. the ferry to the island 2. when does it leave?" in told.question


@pytest.mark.parametrize(
    "said", ["when does the helicopter leave?", "the ferry", "", "who is the man?", 7, None]
)
def test_words_that_nobody_used_or_that_drop_the_question_are_of_no_use(said: object) -> None:
    asked = assist([json.dumps({"question": said})] * 2)
    with pytest.raises(Unusable):
        rewrite.rewritten(asked, "when does it leave?", follow_up("when does it leave"), TALK)


def test_only_a_follow_up_that_leans_on_the_talk_is_reworded() -> None:
    assert rewrite.is_unsure(follow_up("when does it leave"), TALK)
    assert not rewrite.is_unsure(follow_up("a lighthouse on a rock"), TALK)
    assert not rewrite.is_unsure(follow_up("when does it leave"), Conversation())
    worked = replace(follow_up("it"), step=Step.COUNT)
    assert not rewrite.is_unsure(worked, TALK)


def test_a_rewording_that_the_policy_does_not_allow_is_not_asked() -> None:
    asked = assist([json.dumps({"question": "when does the ferry leave?"})])
    plain = replace(turn("when does it leave?"), resolved=follow_up("when does it leave"))
    _, made = value(steps.reworded(steps.Helped(asked), plain, TALK, lambda _: False))
    assert made == plain.resolved
