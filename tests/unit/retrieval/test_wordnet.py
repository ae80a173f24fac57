"""Nouns reach the classes that show them."""

from __future__ import annotations

import pytest

from viewfinder.retrieval.seeing.wordnet import CLIMB_COST, lexicon


@pytest.mark.parametrize(
    ("noun", "cls"),
    [
        ("vehicle", "car"),
        ("animal", "zebra"),
        ("dog", "beagle"),
        ("car", "car"),
        ("beverage", "espresso"),
        ("fruit", "banana"),
    ],
)
def test_a_general_word_means_every_class_below_it(noun: str, cls: str) -> None:
    assert lexicon().classes(noun)[cls] == 1.0


def test_a_word_with_no_class_of_its_own_means_what_stands_above_it_less_surely() -> None:
    assert lexicon().classes("woman")["person"] == pytest.approx(CLIMB_COST**2)


def test_an_unknown_word_means_nothing() -> None:
    assert lexicon().classes("quantum entanglement") == {}


def test_terms_come_in_order_longest_first_and_once() -> None:
    found = lexicon().terms("A pipe organ, two dogs and the dog", passed_over={"a", "two", "the"})
    assert [(term.text, term.noun) for term in found] == [
        ("pipe organ", "pipe organ"),
        ("dogs", "dog"),
    ]


@pytest.mark.parametrize(
    ("word", "noun"),
    [("buses", "bus"), ("strawberries", "strawberry"), ("women", "woman"), ("people", "people")],
)
def test_plurals_are_known(word: str, noun: str) -> None:
    assert lexicon().spelled(word) == noun


@pytest.mark.parametrize(("typed", "meant"), [("motorcyle", "motorcycle"), ("elefant", None)])
def test_one_slip_in_a_long_word_is_mended_and_no_more(typed: str, meant: str | None) -> None:
    found = [term.noun for term in lexicon().terms(typed)]
    assert found == ([meant] if meant else found)


def test_short_words_are_never_mended() -> None:
    assert lexicon().terms("cqt") == []
