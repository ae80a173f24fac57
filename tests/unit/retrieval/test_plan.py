"""A question becomes a plan. The promises of these tests are ours."""

from __future__ import annotations

from datetime import date

import pytest

from viewfinder.domain.errors import UsageError
from viewfinder.domain.search import Filters, LegKind, QueryPlan, Sequence, Shape
from viewfinder.domain.segment import Lane
from viewfinder.retrieval.asking import language
from viewfinder.retrieval.asking.plan import Vocabulary, describe, from_json, plan, to_json

TODAY = date(2026, 11, 20)


def read(question: str, **known: tuple[str, ...]) -> QueryPlan:
    return plan(question, today=TODAY, known=Vocabulary(**known))


def weight(made: QueryPlan, lane: Lane) -> float:
    return max((look.weight for look in made.lookups if lane in look.lanes), default=0.0)


@pytest.mark.parametrize(
    ("question", "left"),
    [
        ("show me the part where they open the valve", "they open the valve"),
        ("find every lighthouse", "lighthouse"),
        ("When does the pilot land the plane?", "the pilot land the plane"),
        ("Zeig mir alle Stellen, wo der Motor startet", "der Motor startet"),
        ("montre-moi les passages où il parle de la lune", "il parle de la lune"),
        ("muéstrame las escenas donde aparece un perro", "aparece un perro"),
    ],
)
def test_what_frames_a_question_is_not_looked_for(question: str, left: str) -> None:
    assert read(question).text == left


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("where is the red boat", "en"),
        ("red car", "en"),
        ("sans serif letters", "en"),
        ("Wo steht das Schiff im Hafen?", "de"),
        ("où est le bateau dans le port ?", "fr"),
        ("¿dónde está el barco?", "es"),
        ("", "en"),
    ],
)
def test_the_language_is_told_by_function_words(question: str, code: str) -> None:
    assert read(question).language == code
    assert language.detect(question) == code


@pytest.mark.parametrize(
    ("question", "phrase"),
    [
        ('when does she say "dark matter"?', "dark matter"),
        ("où voit-on « attention au chien » ?", "attention au chien"),
        ("Wo steht „Betreten verboten“?", "Betreten verboten"),
    ],
)
def test_quoted_words_must_occur_as_they_are(question: str, phrase: str) -> None:
    assert read(question).phrases == (phrase,)


def test_an_apostrophe_is_not_a_quotation() -> None:
    assert read("the students' heads and the teacher's hat").phrases == ()


@pytest.mark.parametrize(
    ("question", "excluded", "left"),
    [
        ("a beach without people", ("people",), "a beach"),
        ("harbour at night but no ships", ("ships",), "harbour at night"),
        ("drawings, no text, map or photo", ("text", "map", "photo"), "drawings"),
        ("a bench and nobody on it", ("person",), "a bench"),
        ("Strand ohne Menschen", ("Menschen",), "Strand"),
        ("une plage sans personne", ("personne",), "une plage"),
        ("playa sin gente en la arena", ("gente en la arena",), "playa"),
    ],
)
def test_what_must_not_be_there_is_taken_out(
    question: str, excluded: tuple[str, ...], left: str
) -> None:
    made = read(question)
    assert (made.exclude, made.text) == (excluded, left)


@pytest.mark.parametrize(
    ("question", "first", "second", "wanted"),
    [
        ("a dog barks, then a door opens", "a dog barks", "a door opens", "both"),
        ("first the oven, then the cake", "the oven", "the cake", "both"),
        ("a car then a motorcycle", "a car", "a motorcycle", "both"),
        ("laughing within 30 seconds after the joke", "the joke", "laughing", "second"),
        ("rain followed by sunshine", "rain", "sunshine", "both"),
        ("the ship before it sinks", "the ship", "it sinks", "first"),
        ("applause after the speech", "the speech", "applause", "second"),
        ("what happens before the explosion", "", "the explosion", "first"),
        ("zuerst der Ofen, dann der Kuchen", "der Ofen", "der Kuchen", "both"),
        ("d'abord le four, puis le gâteau", "le four", "le gâteau", "both"),
        ("primero el horno, luego el pastel", "el horno", "el pastel", "both"),
    ],
)
def test_order_in_time_is_read(question: str, first: str, second: str, wanted: str) -> None:
    order = read(question).sequence
    assert order is not None
    assert (order.first, order.second, order.wanted) == (first, second, wanted)


def test_order_has_a_limit_in_time() -> None:
    order = read("a dog barks, then a door opens within 30 s").sequence
    assert order == Sequence("a dog barks", "a door opens", 30.0, "both")


@pytest.mark.parametrize(
    ("question", "shape"),
    [
        ("how many boats are in the harbour", Shape.COUNT),
        ("number of boats in the harbour", Shape.COUNT),
        ("first time she mentions the budget", Shape.FIRST),
        ("letztes Mal, dass er lacht", Shape.LAST),
        ("longest shot of the sea", Shape.LONGEST),
        ("combien de bateaux sont dans le port", Shape.COUNT),
        ("¿cuántos barcos hay en el puerto?", Shape.COUNT),
        ("a boat in the harbour", Shape.MOMENTS),
    ],
)
def test_the_kind_of_result_is_read(question: str, shape: Shape) -> None:
    made = read(question)
    assert made.shape is shape
    assert made.text


@pytest.mark.parametrize(
    ("question", "filters"),
    [
        ("videos shorter than 2 minutes", Filters(max_duration_s=120.0)),
        (
            "clips longer than half an hour with subtitles",
            Filters(min_duration_s=1800.0, has=("subtitle",)),
        ),
        ("files without any audio track", Filters(lacks=("audio",))),
        ("portrait videos", Filters(orientation="portrait")),
        ("videos from 2023", Filters(after="2023-01-01", before="2024-01-01")),
        ("clips filmed in March 2022", Filters(after="2022-03-01", before="2022-04-01")),
        ("videos since yesterday", Filters(after="2026-11-19")),
        ("recordings in German", Filters(languages=("de",))),
        ("Videos ohne Ton", Filters(lacks=("audio",))),
        ("Filme, die kürzer als 90 Sekunden sind", Filters(max_duration_s=90.0)),
        ("vidéos de moins de 10 minutes", Filters(max_duration_s=600.0)),
        ("vídeos sin audio", Filters(lacks=("audio",))),
    ],
)
def test_facts_of_files_ask_for_files(question: str, filters: Filters) -> None:
    made = read(question)
    assert made.filters == filters
    assert (made.shape, made.text, made.lookups) == (Shape.VIDEOS, "", ())


def test_a_file_can_be_named_with_and_without_its_suffix() -> None:
    assert read("the valve in talk.mp4").filters.files == ("talk.mp4",)
    known = read("the valve in the video plant-tour", files=("plant-tour.mov",))
    assert known.filters.files == ("plant-tour.mov",)
    assert known.text == "the valve"


def test_a_duration_that_speaks_of_no_file_stays_in_the_question() -> None:
    made = read("he holds his breath under two minutes")
    assert made.filters == Filters()
    assert "two minutes" in made.text


@pytest.mark.parametrize(
    ("question", "like"),
    [
        ("like: sunset.jpg", "sunset.jpg"),
        ("similar to talk.mp4 at 1:23", "talk.mp4@83"),
        ("ähnlich wie talk.mp4 bei 0:05", "talk.mp4@5"),
    ],
)
def test_a_likeness_names_a_picture_or_a_moment(question: str, like: str) -> None:
    assert read(question).like == like


def test_a_voice_places_the_moment_and_another_track_answers() -> None:
    made = read("what is on screen while the voice says sales are falling?")
    assert (made.anchor, made.text) == ("sales are falling", "what is on screen")
    assert {lane for look in made.lookups for lane in look.lanes} >= {Lane.SPEECH}


def test_saying_something_alone_is_no_anchor() -> None:
    made = read("show me the part where they talk about dark matter")
    assert made.anchor is None
    assert made.text == "they talk about dark matter"


def test_words_of_a_track_raise_that_track() -> None:
    spoken = read("she says the bridge is safe")
    shown = read("slide with the budget")
    seen = read("a man wearing a red hat")
    assert weight(spoken, Lane.SPEECH) > weight(spoken, Lane.PICTURE)
    assert weight(shown, Lane.SCREEN_TEXT) > weight(shown, Lane.SPEECH)
    assert weight(seen, Lane.PICTURE) > weight(seen, Lane.SPEECH)


@pytest.mark.parametrize(
    "question",
    ["where does Maria Lopez speak", "a man named Tobias", "Wo spricht Frau Dr. Petersen?"],
)
def test_names_of_people_never_reach_the_picture(question: str) -> None:
    made = read(question)
    assert made.names
    seen = [look.text for look in made.lookups if look.kind is LegKind.PICTURE]
    assert not any(name in text for name in made.names for text in seen)
    assert any(name in made.text for name in made.names)


def test_german_nouns_are_not_names() -> None:
    assert read("Wie heißt der Titel auf der Folie der Professorin?").names == ()


def test_speakers_in_scope_are_known() -> None:
    made = read("what does Anna Berg think of the price", speakers=("Anna Berg", "Jo"))
    assert made.speakers == ("Anna Berg",)
    assert made.names == ()


def test_a_plan_prints() -> None:
    text = describe(read('A "red door" without people in talk.mp4'))
    for piece in ("red door", "people", "talk.mp4", "looks in", "speech"):
        assert piece in text


def test_a_plan_goes_to_json_and_back() -> None:
    made = read("first the oven, then the cake, in videos shorter than 2 minutes")
    assert from_json(to_json(made)) == made
    assert from_json('{"question": "x", "text": "x"}') == QueryPlan("x", "x")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"question": "x", "text": "x", "limits": 3}', "limit"),
        ('{"question": "x", "text": "x", "filters": {"file": []}}', "filters.file"),
        ('{"question": "x", "text": "x", "limit": "many"}', "limit"),
        ("[", "not JSON"),
        ("[]", "wrong"),
    ],
)
def test_a_plan_with_a_mistake_is_refused_by_name(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        from_json(text)
