"""Follow-ups as people type them: slips, capitals, thanks, in four languages, too early."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from viewfinder.conversation import followups, resolve, situation
from viewfinder.domain.answer import Answer, Outcome
from viewfinder.domain.conversation import (
    Choice,
    Constraints,
    Conversation,
    Resolved,
    Step,
    Turn,
)
from viewfinder.domain.media import VideoId
from viewfinder.domain.search import Moment
from viewfinder.domain.time import TimeSpan
from viewfinder.testing.fakes import video

BRIDGE, HARBOUR = video("bridge.mp4"), video("harbour.mp4")
VIDEOS = {v.id: v for v in (BRIDGE, HARBOUR)}
GONE = VideoId("f" * 64)


def moment(where: VideoId, start_s: float) -> Moment:
    return Moment(where, TimeSpan.of_seconds(start_s, start_s + 5), 1.0, (), 0.9)


def turn(
    question: str, *shown: Moment, outcome: Outcome = Outcome.ANSWER, language: str = "en"
) -> Turn:
    resolved = Resolved(Step.SEARCH, question, question, topic=question, language=language)
    return Turn(question, resolved, Answer(outcome, "", moments=shown), shown)


CARS = turn("cars", moment(BRIDGE.id, 10), moment(HARBOUR.id, 5))


def understood(question: str, *turns: Turn, finds: VideoId | None = None) -> Resolved:
    def locate(what: str, among: Sequence[VideoId]) -> VideoId | None:
        return finds

    return resolve.resolve(question, Conversation(turns), resolve.Known(VIDEOS, locate))


@pytest.mark.parametrize(
    ("question", "step"),
    [
        ("teh second one", Step.PICK),
        ("THE SECOND ONE", Step.PICK),
        ("could you please show me the second one, thanks", Step.PICK),
        ("Great, thank you! Now the second one please.", Step.PICK),
        ("waht happens afetr that", Step.AFTER),
        ("and befor that", Step.BEFORE),
        ("Nice. What is said right before that?", Step.BEFORE),
        ("whta is said frist?", Step.AFTER),
        ("WHY THIS ONE???", Step.WHY),
        ("compare teh first and the secnod", Step.COMPARE),
        ("can you summarise what we found?", Step.SUMMARY),
        ("hi, how many of those", Step.COUNT),
    ],
)
def test_a_follow_up_is_understood_however_it_is_typed(question: str, step: Step) -> None:
    assert understood(question, CARS).step is step


@pytest.mark.parametrize(
    "word", ["form", "three", "tree", "fist", "seconds", "shows", "clips", "least", "NASA", "Whte"]
)
def test_words_that_exist_are_left_as_they_are(word: str) -> None:
    assert followups.mended(f"a {word} here", followups.load("en")) == f"a {word} here"


@pytest.mark.parametrize(
    "remark",
    [
        *("thanks", "ok, thank you very much!", "never mind", "great, that's all", "I see."),
        *("no thanks", "that was very helpful, thanks", "hi", "bye", "cool", "forget it"),
        *("danke", "vielen Dank, das war's", "egal", "merci beaucoup", "laisse tomber"),
        *("gracias", "no importa", "muchas gracias, eso es todo"),
    ],
)
def test_a_remark_asks_for_nothing_and_leaves_the_talk_where_it_was(remark: str) -> None:
    made = understood(remark, CARS)
    assert (made.step, made.text, made.topic) == (Step.REMARK, "", "cars")
    said = Turn(remark, made, Answer(Outcome.ABSTENTION, made.note))
    assert understood("the second one", CARS, said).moments == (CARS.shown[1],)
    assert understood("only red ones", CARS, said).text == "red cars"


@pytest.mark.parametrize(
    "question",
    ["thanks to whom was it built?", "the cool car", "is that all he says?", "a good morning show"],
)
def test_a_question_with_the_words_of_a_remark_is_a_question(question: str) -> None:
    assert understood(question, CARS).step is not Step.REMARK


@pytest.mark.parametrize(
    "question",
    [
        *("the second one", "number 3", "and then?", "what happens right before that?", "why?"),
        *("how many of those?", "compare the first and the second", "again", "what is it?"),
        *("das zweite", "und davor?", "le deuxième", "et après ?", "el segundo", "¿y antes?"),
    ],
)
def test_a_follow_up_to_nothing_says_what_is_missing(question: str) -> None:
    made = understood(question)
    assert (made.step, made.choices, made.text) == (Step.CLARIFY, (), "")
    assert made.note


@pytest.mark.parametrize("question", ["42", "second world war", "the first snow", "after the war"])
def test_a_first_question_may_begin_like_a_follow_up(question: str) -> None:
    assert understood(question).step is Step.SEARCH


def test_a_label_that_was_not_given_is_asked_back_inside_a_question_too() -> None:
    made = understood("what does the seventh one say?", CARS)
    assert made.step is Step.CLARIFY
    assert [choice.label for choice in made.choices] == [1, 2]


def test_what_ends_like_a_courtesy_is_no_courtesy() -> None:
    assert understood("whom does she thank?", CARS).text == "whom does she thank"


@pytest.mark.parametrize(
    "said", ["no, not that, I meant the ferry", "wrong one, sorry, I meant the ferry"]
)
def test_a_correction_may_say_no_more_than_once(said: str) -> None:
    assert understood(said, CARS).text == "the ferry"


def test_there_is_where_the_talk_is() -> None:
    assert understood("what is being said there?", CARS).tied


@pytest.mark.parametrize("said", ["what is said in the video?", "was wird in dem Video gesagt?"])
def test_any_recording_is_no_description_of_one(said: str) -> None:
    assert understood(said, CARS, finds=HARBOUR.id).constraints.videos[0] == BRIDGE.id


def test_a_video_is_described_in_german_too() -> None:
    made = understood("und in dem Video mit der Fähre?", CARS, finds=HARBOUR.id)
    assert made.constraints.videos == (HARBOUR.id,)
    assert understood("fass zusammen, was wir gefunden haben", CARS).step is Step.SUMMARY


def asked_back() -> Turn:
    choices = (Choice(1, "bridge.mp4", BRIDGE.id), Choice(2, "harbour.mp4", HARBOUR.id))
    made = turn("show me the film", outcome=Outcome.CLARIFICATION)
    return replace(made, resolved=replace(made.resolved, step=Step.CLARIFY, choices=choices))


@pytest.mark.parametrize("reply", ["2", "the second one", "harbour", "the one with the ships"])
def test_a_choice_is_made_by_number_ordinal_name_or_words(reply: str) -> None:
    made = understood(reply, asked_back(), finds=HARBOUR.id)
    assert made.constraints.videos == (HARBOUR.id,)


def test_a_question_asked_back_is_dropped_by_another_question() -> None:
    made = understood("when does the ferry leave?", asked_back(), finds=HARBOUR.id)
    assert (made.step, made.constraints) == (Step.SEARCH, Constraints())


def test_a_video_erased_between_turns_is_in_no_constraint() -> None:
    held = replace(CARS.resolved, constraints=Constraints(videos=(GONE, BRIDGE.id)))
    made = understood("only red ones", replace(CARS, resolved=held))
    assert made.constraints.videos == (BRIDGE.id,)


def test_a_long_talk_is_looked_back_on_no_further_than_some_turns() -> None:
    talk = Conversation((CARS,) * 400)
    case = situation.Case(
        followups.read("the second one", followups.load("en")),
        followups.load("en"),
        talk,
        situation.Known(VIDEOS, lambda what, among: None),
    )
    assert len(case.alive().talk.turns) == situation.REMEMBERED


def test_what_a_pronoun_stands_for_is_told_beside_the_question() -> None:
    made = understood("what happens to it?", turn("the bird", moment(BRIDGE.id, 3)))
    assert made.question == f"what happens to it in {BRIDGE.name} (about: the bird)"
    assert made.text == "what happens to it"


def test_back_to_something_means_the_turn_that_used_its_words() -> None:
    later = turn("cars", moment(HARBOUR.id, 30))
    later = replace(later, question="and then?")
    made = understood("go back to the cars", CARS, later)
    assert made.moments == CARS.shown
