"""A turn is answered through both gates, from what was shown and from its own video."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from viewfinder.conversation import dialogue, neighbours
from viewfinder.conversation.dialogue import Parts
from viewfinder.domain.annotation import Annotation, Track, TrackName
from viewfinder.domain.answer import Outcome
from viewfinder.domain.conversation import Constraints, Conversation, Resolved, Step, Turn
from viewfinder.domain.media import VideoId
from viewfinder.domain.policy import Decision
from viewfinder.domain.search import Moment, QueryPlan, Ranking, Support
from viewfinder.domain.time import TimeSpan
from viewfinder.testing.fakes import derivation, video

TALK, FILM = video("talk.mp4"), video("film.mp4")
VIDEOS = {v.id: v for v in (TALK, FILM)}


def note(text: str, start_s: float, end_s: float) -> Annotation:
    return Annotation(TimeSpan.of_seconds(start_s, end_s), text)


SPOKEN = (
    note("We never tested it above forty degrees.", 1, 5),
    note("Then the delivery waits until May.", 6, 9),
    note("Who tells the customer?", 12, 14),
)
TRACKS = (
    Track(TrackName.SPEECH, derivation(), SPOKEN),
    Track(TrackName.SHOTS, derivation("shots"), (note("", 0, 10), note("", 10, 60))),
    Track(
        TrackName.SCREEN_TEXT,
        derivation("screen_text"),
        (note("Delivery plan", 20, 25), note("Questions", 40, 45), note("ACME", 0, 60)),
    ),
)

Find = Callable[[QueryPlan, frozenset[VideoId] | None], Ranking]


def moment(said: Annotation, confidence: float = 0.9, where: VideoId = TALK.id) -> Moment:
    support = Support(TrackName.SPEECH, said.text, said.span, 0.9, said, matched=("delivery",))
    return Moment(where, said.span, 1.0, (support,), confidence)


def finding(*moments: Moment) -> Find:
    def find(plan: QueryPlan, among: frozenset[VideoId] | None) -> Ranking:
        kept = tuple(m for m in moments if among is None or m.video in among)
        return Ranking(plan, kept, found=bool(kept) and kept[0].confidence >= 0.5)

    return find


def parts(*moments: Moment, obligations: tuple[str, ...] = ()) -> Parts:
    return Parts(
        videos=VIDEOS,
        plan=lambda words: QueryPlan(words, words),
        find=finding(*moments),
        tracks=lambda video: TRACKS if video == TALK.id else (),
        searched={"videos": 2},
        obligations=obligations,
    )


def talked(*questions: str, with_parts: Parts) -> tuple[Conversation, list[Turn]]:
    talk = Conversation()
    for question in questions:
        talk = talk.plus(dialogue.converse(question, talk, lambda _: with_parts))
    return talk, list(talk.turns)


def test_what_is_said_next_is_the_next_utterance_with_its_citation() -> None:
    _, turns = talked(
        "when was it tested?", "what does she say next?", with_parts=parts(moment(SPOKEN[0]))
    )
    citation = turns[-1].answer.claims[0].citations[0]
    assert (citation.quote, citation.span) == (SPOKEN[1].text, SPOKEN[1].span)
    _, turns = talked(
        "who waits for the delivery?", "and before that?", with_parts=parts(moment(SPOKEN[1]))
    )
    assert turns[-1].answer.claims[0].citations[0].quote == SPOKEN[0].text


def test_after_that_goes_on_from_what_was_shown_last() -> None:
    _, turns = talked(
        "when was it tested?",
        "what does she say next?",
        "and what does she say after that?",
        with_parts=parts(moment(SPOKEN[0])),
    )
    assert turns[-1].answer.claims[0].citations[0].quote == SPOKEN[2].text


def test_nothing_after_the_last_words_is_said_to_be_nothing() -> None:
    last = note("Goodbye.", 58, 60)
    _, turns = talked("who says goodbye?", "and then?", with_parts=parts(moment(last)))
    assert turns[-1].answer.outcome is Outcome.ABSTENTION


def test_the_words_before_and_after_come_in_order() -> None:
    _, turns = talked(
        "the delivery", "show me the words before and after", with_parts=parts(moment(SPOKEN[1]))
    )
    quotes = [claim.citations[0].quote for claim in turns[-1].answer.claims]
    assert quotes == [said.text for said in SPOKEN]


def test_words_on_screen_are_listed_in_order_and_counted() -> None:
    asked = ("the delivery plan", "which words pop up, in order?", "how many are that?")
    _, turns = talked(*asked, with_parts=parts(moment(SPOKEN[1])))
    listed, counted = turns[1].answer, turns[2].answer
    assert [m.supports[0].text for m in listed.moments] == ["Delivery plan", "Questions"]
    assert counted.claims[0].text == "2 moments."
    assert len(counted.claims[0].citations) == 2


def test_why_names_the_words_that_matched() -> None:
    _, turns = talked("the delivery", "why this one?", with_parts=parts(moment(SPOKEN[1])))
    assert "matches delivery" in turns[-1].answer.claims[0].text


def test_every_claim_of_every_kind_of_turn_is_cited() -> None:
    asked = (
        "the delivery",
        "and then?",
        "why this one?",
        "how many of those?",
        "compare the first and the second",
        "show me the words before and after",
        "which words appear on screen?",
        "summarise what we found",
    )
    _, turns = talked(*asked, with_parts=parts(moment(SPOKEN[1]), moment(SPOKEN[2])))
    for made in turns:
        assert made.answer.outcome is Outcome.ANSWER, made.question
        assert all(claim.citations for claim in made.answer.claims)


@pytest.mark.parametrize("asked", ["why this one?", "and then?", "how many of those?"])
def test_words_that_must_be_withheld_leave_by_no_turn(asked: str) -> None:
    held = parts(moment(SPOKEN[1]), moment(SPOKEN[2]), obligations=("withhold_words",))
    talk = Conversation((replace(_told(), shown=(moment(SPOKEN[1]), moment(SPOKEN[2]))),))
    made = dialogue.converse(asked, talk, lambda _: held)
    assert "delivery" not in repr(made.answer.claims).casefold()
    assert "customer" not in repr(made.answer.claims).casefold()


def _told() -> Turn:
    made = dialogue.take(
        "the delivery",
        Resolved(Step.SEARCH, "the delivery", text="the delivery", topic="the delivery"),
        parts(moment(SPOKEN[1])),
    )
    assert made.answer.outcome is Outcome.ANSWER
    return made


def test_a_question_is_refused_by_its_words_as_understood_too() -> None:
    def admit(words: str) -> Decision | Parts:
        if "delivery" in words:
            return Decision(False, "no-delivery", "Not that.", "Ask another thing.")
        return parts(moment(SPOKEN[1]))

    talk = Conversation((_told(),))
    made = dialogue.converse("anywhere else?", talk, admit)
    assert (made.answer.outcome, made.answer.rule) == (Outcome.REFUSAL, "no-delivery")
    assert talk.plus(made).showing == talk.showing


def test_a_weak_match_answers_inside_the_one_video_in_focus_only() -> None:
    weak = moment(SPOKEN[2], confidence=0.3)
    inside = Resolved(
        Step.SEARCH,
        "",
        text="who is told",
        presupposes=True,
        constraints=Constraints(videos=(TALK.id,)),
    )
    everywhere = replace(inside, constraints=Constraints())
    whether = replace(inside, presupposes=False)
    outcomes = [dialogue.take("q", r, parts(weak)).answer.outcome for r in (inside, everywhere)]
    assert outcomes == [Outcome.ANSWER, Outcome.ABSTENTION]
    assert dialogue.take("q", whether, parts(weak)).answer.outcome is Outcome.ABSTENTION


def test_naming_only_a_kind_of_recording_gives_readings_and_takes_a_choice() -> None:
    two = parts(moment(SPOKEN[1]), moment(SPOKEN[1], where=FILM.id))
    _, turns = talked("find the meeting", "the second one", with_parts=two)
    assert turns[0].answer.outcome is Outcome.CLARIFICATION
    assert [choice.video for choice in turns[0].resolved.choices] == [TALK.id, FILM.id]
    assert turns[1].answer.outcome is Outcome.ANSWER
    assert {m.video for m in turns[1].answer.moments} == {FILM.id}


def test_one_reading_is_answered_and_not_asked_about() -> None:
    _, turns = talked("find the meeting", with_parts=parts(moment(SPOKEN[1])))
    assert turns[0].answer.outcome is Outcome.ANSWER


def test_only_those_with_text_on_screen_are_known_from_the_track() -> None:
    two = parts(moment(SPOKEN[1]), moment(SPOKEN[1], where=FILM.id))
    _, turns = talked("the delivery", "only the ones with text on screen", with_parts=two)
    assert {m.video for m in turns[1].answer.moments} == {TALK.id}
    assert turns[1].answer.claims[0].citations[0].track is TrackName.SCREEN_TEXT


def test_a_neighbouring_stretch_of_an_unbroken_shot_stays_short() -> None:
    anchor = Moment(TALK.id, TimeSpan.of_seconds(14, 20), 1.0)
    (after, *_) = neighbours.beside(
        anchor, Step.AFTER, TimeSpan.of_seconds(20, 60), TRACKS[1:2], None
    )
    assert after.span == TimeSpan.of_seconds(20, 30)


def test_whether_something_comes_later_is_not_answered_with_whatever_comes() -> None:
    _, turns = talked(
        "when was it tested?", "does it rain later?", with_parts=parts(moment(SPOKEN[0]))
    )
    assert turns[-1].answer.outcome is Outcome.ABSTENTION
