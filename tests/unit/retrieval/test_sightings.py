"""What recognisers named is held against the question, and said plainly."""

from __future__ import annotations

import pytest

from viewfinder.domain.annotation import Annotation, Region, TrackName
from viewfinder.domain.segment import Lane, Segment, segment_id
from viewfinder.domain.time import TimeSpan
from viewfinder.retrieval.asking import language
from viewfinder.retrieval.seeing import sightings
from viewfinder.retrieval.seeing.wordnet import lexicon
from viewfinder.testing import fakes

BOX = Region(0.1, 0.1, 0.2, 0.2)
EN = language.load("en")


def note(text: str, at_s: float, confidence: float = 0.9, *, boxed: bool = True) -> Annotation:
    span = TimeSpan.of_seconds(at_s, at_s + 2)
    return Annotation(span, text, confidence, BOX if boxed else None)


def segment(*notes: Annotation) -> Segment:
    video = fakes.video_id("a")
    span = TimeSpan.of_seconds(0, 10)
    return Segment(segment_id(video, Lane.PICTURE, 0), video, Lane.PICTURE, span, "", notes)


def asked(question: str, *exclude: str, code: str = "en") -> sightings.Wanted:
    words = language.load(code)
    terms = lexicon().terms(question, passed_over=words.function_words)
    return sightings.wanted(question, terms, exclude, words)


def test_a_named_class_counts_and_one_that_is_not_there_does_not() -> None:
    there = sightings.seen(asked("a car"), [segment(note("red car", 0))])[0]
    gone = sightings.seen(asked("a car"), [segment(note("dog", 0))])[0]
    assert there.named > 0.9
    assert gone.named == 0.0


def test_a_colour_belongs_to_the_thing_behind_it() -> None:
    red = sightings.seen(asked("red car"), [segment(note("red car", 0))])[0]
    blue = sightings.seen(asked("red car"), [segment(note("blue car", 0))])[0]
    assert red.coloured > blue.coloured == 0.0


@pytest.mark.parametrize(
    ("question", "code"), [("rotes Auto", "de"), ("voiture rouge", "fr"), ("coche rojo", "es")]
)
def test_colour_words_of_other_languages_are_known(question: str, code: str) -> None:
    assert asked(question, code=code).colours[0][0] == "red"


def test_a_number_asks_for_frames_with_exactly_so_many() -> None:
    two = segment(note("bottle", 0), note("bottle", 0), note("bottle", 4))
    assert sightings.seen(asked("two bottles"), [two])[0].counted == 0.5
    assert sightings.seen(asked("three bottles"), [two])[0].counted == 0.0
    assert asked("a bottle").counts == ()


def test_what_must_be_absent_counts_by_its_share_of_frames() -> None:
    half = segment(note("person", 0), note("bench", 4))
    assert sightings.seen(asked("a bench", "people"), [half])[0].unwanted == 0.5


def test_facts_are_plain_and_say_in_how_many_key_frames() -> None:
    held = segment(note("red car", 0), note("red car", 2), note("car", 4), note("dog", 6))
    first = sightings.supports(asked("red car"), held)[0]
    assert first.text == "a red car is visible, 2 of 4 key frames"
    assert first.track is TrackName.OBJECTS
    assert first.span == TimeSpan.of_seconds(0, 4)
    assert first.matched == ("car", "red")


def test_several_at_once_are_counted_in_the_fact() -> None:
    held = segment(note("person", 0), note("person", 0))
    assert sightings.supports(asked("people"), held)[0].text == (
        "2 people are visible, 1 of 1 key frames"
    )


def test_a_doubtful_label_is_never_said_as_a_fact() -> None:
    held = segment(note("espresso", 0, 0.4, boxed=False))
    assert sightings.supports(asked("espresso"), held) == ()
    sure = segment(note("espresso", 0, 0.62, boxed=False))
    assert sightings.supports(asked("espresso"), sure)[0].text == "looks like: espresso (0.62)"
