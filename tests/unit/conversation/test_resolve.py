"""A follow-up is understood from what was said and shown, and shows how."""

from collections.abc import Sequence

import pytest

from viewfinder.conversation import resolve
from viewfinder.domain.answer import Answer, Outcome
from viewfinder.domain.conversation import Constraints, Conversation, Resolved, Step, Turn
from viewfinder.domain.media import VideoId
from viewfinder.domain.search import Moment, QueryPlan
from viewfinder.domain.time import TimeSpan
from viewfinder.testing.fakes import video

BRIDGE, HARBOUR, TRAILER = video("bridge.mp4"), video("harbour.mp4"), video("trailer.mp4")
VIDEOS = {v.id: v for v in (BRIDGE, HARBOUR, TRAILER)}


def nowhere(what: str, among: Sequence[VideoId]) -> VideoId | None:
    return None


def moment(where: VideoId, start_s: float, end_s: float, confidence: float = 0.9) -> Moment:
    return Moment(where, TimeSpan.of_seconds(start_s, end_s), 1.0, (), confidence)


def turn(
    question: str,
    *shown: Moment,
    topic: str = "",
    step: Step = Step.SEARCH,
    outcome: Outcome = Outcome.ANSWER,
    language: str = "en",
) -> Turn:
    resolved = Resolved(
        step, question, text=question, topic=topic or question, moments=shown[:1], language=language
    )
    plan = QueryPlan(question, question, language)
    return Turn(question, resolved, Answer(outcome, "", moments=shown, plan=plan), shown)


CARS = turn("cars", moment(BRIDGE.id, 10, 20), moment(HARBOUR.id, 5, 9))


def understood(question: str, *turns: Turn) -> Resolved:
    return resolve.resolve(question, Conversation(turns), resolve.Known(VIDEOS, nowhere))


def test_a_first_question_is_asked_as_it_stands() -> None:
    made = understood("where is the bridge?")
    assert (made.step, made.text, made.note) == (Step.SEARCH, "where is the bridge", "")
    assert made.constraints == Constraints()


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("only red ones", "red cars"),
        ("and only the red ones please", "red cars"),
        ("not the animated ones", "cars, without animated"),
        ("without people", "cars without people"),
        ("exclude the drawings", "cars, without drawings"),
        ("only those outdoors", "cars outdoors"),
        ("only with a driver", "cars with a driver"),
        ("same but at night", "cars at night"),
        ("ok, just trucks", "cars with trucks"),
    ],
)
def test_a_wish_is_added_to_the_topic(question: str, text: str) -> None:
    made = understood(question, CARS)
    assert (made.step, made.text) == (Step.SEARCH, text)
    assert made.note == text


@pytest.mark.parametrize(
    ("question", "label"),
    [
        ("the second one", 2),
        ("show me number 2", 2),
        ("the first clip", 1),
        ("jump to the last one", 2),
        ("1", 1),
    ],
)
def test_an_ordinal_picks_a_shown_moment(question: str, label: int) -> None:
    made = understood(question, CARS)
    assert made.step is Step.PICK
    assert made.moments == (CARS.shown[label - 1],)


def test_labels_point_at_the_last_list_after_one_of_it_was_picked() -> None:
    picked = turn("the first one", CARS.shown[0], step=Step.PICK)
    assert understood("the second one", CARS, picked).moments == (CARS.shown[1],)


def test_a_label_that_was_not_shown_asks_back_with_what_was() -> None:
    made = understood("the fifth one", CARS)
    assert made.step is Step.CLARIFY
    assert [choice.label for choice in made.choices] == [1, 2]


@pytest.mark.parametrize(
    ("question", "step", "start_s", "end_s"),
    [
        ("and before that?", Step.BEFORE, 0, 10),
        ("what happens right after that?", Step.AFTER, 20, 60),
        ("and then?", Step.AFTER, 20, 60),
        ("what comes next?", Step.AFTER, 20, 60),
    ],
)
def test_before_and_after_stay_in_the_video_of_the_last_moment(
    question: str, step: Step, start_s: float, end_s: float
) -> None:
    made = understood(question, CARS)
    assert (made.step, made.text) == (step, "")
    assert made.constraints.videos == (BRIDGE.id,)
    assert made.constraints.stretch == TimeSpan.of_seconds(start_s, end_s)


def test_what_is_asked_of_the_time_after_is_kept() -> None:
    made = understood("does a ship appear after that?", CARS)
    assert (made.step, made.text) == (Step.AFTER, "does a ship appear")


def test_what_she_says_next_is_asked_of_the_words() -> None:
    made = understood("what does she say next?", CARS)
    assert made.step is Step.AFTER
    assert made.constraints.track == "speech"


def test_next_to_him_is_a_place_and_not_a_time() -> None:
    assert understood("what is next to him?", CARS).step is Step.SEARCH


def test_a_bare_before_repeats_the_question_about_after_from_the_same_moment() -> None:
    after = turn("what happens after that?", moment(BRIDGE.id, 20, 25), step=Step.AFTER)
    after = Turn(
        after.question,
        Resolved(Step.AFTER, "", moments=(CARS.shown[0],)),
        after.answer,
        after.shown,
    )
    made = understood("and before?", CARS, after)
    assert made.constraints.stretch == TimeSpan.of_seconds(0, 10)
    assert understood("and then?", CARS, after).constraints.stretch == TimeSpan.of_seconds(25, 60)


@pytest.mark.parametrize(
    ("question", "step"),
    [
        ("why this one?", Step.WHY),
        ("compare the first and the second", Step.COMPARE),
        ("what is the difference between them?", Step.COMPARE),
        ("show me the words before and after", Step.WORDS_AROUND),
        ("how many of those?", Step.COUNT),
        ("how many are that?", Step.COUNT),
        ("which words pop up, in order?", Step.LINES),
        ("summarise what we found", Step.SUMMARY),
    ],
)
def test_work_on_what_was_shown_needs_no_search(question: str, step: Step) -> None:
    made = understood(question, CARS)
    assert (made.step, made.text) == (step, "")
    assert made.moments


def test_anywhere_else_leaves_the_video_that_was_shown_first() -> None:
    made = understood("anywhere else?", CARS)
    assert (made.text, made.constraints) == ("cars", Constraints(not_videos=(BRIDGE.id,)))


def test_in_all_videos_lifts_the_limits() -> None:
    assert understood("in all videos", CARS).constraints == Constraints()


def test_the_other_clip_is_the_other_of_two() -> None:
    made = understood("no, I meant the other clip", CARS)
    assert (made.step, made.moments) == (Step.PICK, (CARS.shown[1],))


def test_the_other_clip_of_three_asks_which() -> None:
    three = turn("cars", *(moment(v, 1, 5) for v in VIDEOS))
    made = understood("no, I meant the other one", three)
    assert made.step is Step.CLARIFY
    assert len(made.choices) == 2


def test_going_back_finds_the_turn_by_what_it_was_about() -> None:
    bridge = turn("the old bridge", moment(BRIDGE.id, 1, 5))
    ship = turn("a white ship", moment(HARBOUR.id, 7, 9))
    made = understood("go back to the bridge", bridge, ship)
    assert (made.step, made.moments) == (Step.PICK, bridge.shown)
    asked = understood("back to the bridge: who crosses it?", bridge, ship)
    assert (asked.text, asked.constraints.videos) == ("who crosses it", (BRIDGE.id,))


def test_a_pronoun_keeps_the_question_in_focus_and_a_request_leaves_it() -> None:
    bridge = turn("the old bridge", moment(BRIDGE.id, 1, 5))
    assert understood("how long is it?", bridge).constraints.videos == (BRIDGE.id,)
    assert understood("show me a white ship", bridge).constraints == Constraints()
    assert understood("by the way, who is on the ship?", bridge).constraints == Constraints()


def test_a_video_is_known_by_its_name() -> None:
    made = understood("and one in the trailer?", CARS)
    assert (made.text, made.constraints.videos) == ("cars", (TRAILER.id,))


def test_naming_only_a_kind_of_recording_asks_which() -> None:
    assert understood("find the meeting").step is Step.CLARIFY
    assert understood("find the meeting about the budget").step is Step.SEARCH


def test_a_refused_question_leaves_the_talk_where_it_was() -> None:
    refused = turn("who is she?", outcome=Outcome.REFUSAL)
    assert understood("and before that?", CARS, refused).constraints.videos == (BRIDGE.id,)


def test_a_video_that_was_forgotten_is_not_spoken_of() -> None:
    gone = turn("a gone film", moment(VideoId("f" * 64), 1, 2))
    asked = understood("and before that?", gone)
    assert (asked.step, asked.choices) == (Step.CLARIFY, ())


@pytest.mark.parametrize(
    ("question", "step", "language"),
    [
        ("und davor?", Step.BEFORE, "de"),
        ("was passiert danach?", Step.AFTER, "de"),
        ("der zweite", Step.PICK, "de"),
        ("warum das?", Step.WHY, "de"),
        ("et après ?", Step.AFTER, "fr"),
        ("la deuxième", Step.PICK, "fr"),
        ("¿y antes?", Step.BEFORE, "es"),
        ("el segundo", Step.PICK, "es"),
        ("¿qué pasa después?", Step.AFTER, "es"),
    ],
)
def test_common_follow_ups_are_known_in_four_languages(
    question: str, step: Step, language: str
) -> None:
    talk = turn("cars", *CARS.shown, language=language)
    assert understood(question, talk).step is step


def test_the_next_one_counts_from_the_one_picked_last() -> None:
    three = turn("cars", *(moment(v, 1, 5) for v in VIDEOS))
    picked = turn("the second one", three.shown[1], step=Step.PICK)
    assert understood("the next one", three).moments == (three.shown[1],)
    assert understood("the next one", three, picked).moments == (three.shown[2],)
    assert understood("the previous one", three, picked).moments == (three.shown[0],)


@pytest.mark.parametrize(
    ("question", "step"),
    [
        ("the next slide", Step.AFTER),
        ("go on", Step.AFTER),
        ("the previous scene", Step.BEFORE),
        ("how does it end?", Step.BEFORE),
        ("what happens at the beginning?", Step.AFTER),
    ],
)
def test_parts_and_ends_of_the_video_need_no_words_to_look_for(question: str, step: Step) -> None:
    made = understood(question, CARS)
    assert (made.step, made.text, made.constraints.videos) == (step, "", (BRIDGE.id,))


def test_another_thing_is_asked_where_the_first_was() -> None:
    assert understood("and trucks?", CARS).constraints == Constraints()
    made = understood("what about trucks?", CARS)
    assert (made.text, made.constraints) == ("trucks", Constraints())


def test_when_alone_shows_the_same_again() -> None:
    made = understood("when was that?", CARS)
    assert (made.step, made.moments) == (Step.PICK, CARS.shown)


@pytest.mark.parametrize("question", ["another one", "anything else?", "show me more", "others?"])
def test_asking_for_more_keeps_the_topic(question: str) -> None:
    assert understood(question, CARS).text == "cars"


def test_which_ones_asks_among_what_was_shown() -> None:
    made = understood("which ones have people in them?", CARS)
    assert made.constraints.videos == (BRIDGE.id, HARBOUR.id)


def test_a_wish_after_an_exclusion_is_not_a_part_of_it() -> None:
    made = understood("only red ones", turn("cars", *CARS.shown, topic="cars, without drawings"))
    assert made.text == "red cars, without drawings"


@pytest.mark.parametrize(
    "question",
    [
        "find her in other videos",
        "anywhere else he appears?",
        "in which other clips is this man?",
        "ist dieser Mann auch in anderen Videos zu sehen?",
    ],
)
def test_one_person_in_other_footage_is_put_to_the_policy_as_such(question: str) -> None:
    assert understood(question, CARS).text == "the same person in other videos"


def test_one_thing_in_other_footage_is_not_a_person() -> None:
    assert "person" not in understood("is it anywhere else?", CARS).text
    assert "person" not in understood("does she say it in other words?", CARS).text
    assert "person" not in understood("anywhere else she mentions the price?", CARS).text
