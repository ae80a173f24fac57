"""A quote is what is stored, after the declared normalisation and no other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewfinder.conversation.checking import quotes
from viewfinder.domain.annotation import Annotation, Word
from viewfinder.domain.time import TimeSpan

STORED = "We never tested it above 40 degrees. It costs 15 dollars, not more."


@pytest.mark.parametrize(
    "quote",
    [
        STORED,
        "WE NEVER  tested it\nabove 40 degrees",
        "“We never tested it above 40 degrees.”",
        "We never tested it above 40 degrees. It costs …",
        "Ｗe never tested it",
    ],
)
def test_case_space_punctuation_and_compatible_characters_make_no_difference(quote: str) -> None:
    assert quotes.mismatch(quote, STORED) == ""


@pytest.mark.parametrize(
    ("quote", "why"),
    [
        ("We never tried it above 40 degrees", "a word"),
        ("We tested it above 40 degrees", "a negation"),
        ("It costs not 15 dollars, not more", "a negation"),
        ("We never tested it above 45 degrees", "a number"),
        ("tested it above 40 degrees", "'never' is lost"),
        ("It costs 15 dollars", "'not' is lost"),
        ("We never … above 40 degrees", "in the middle"),
        ("Bananas grow in clusters", "is not what"),
        ("", "no words"),
    ],
)
def test_what_differs_is_named(quote: str, why: str) -> None:
    assert why in quotes.mismatch(quote, STORED)


@pytest.mark.parametrize(
    ("quote", "stored"),
    [
        ("we're here", "were here"),
        ("1.5 volts", "15 volts"),
        ("-5 degrees", "5 degrees"),
        ("5 %", "5"),
        ("fifteen", "15"),
        ("er kommt", "er kommt nicht"),
        ("il vient", "il ne vient jamais"),
        ("lo hizo", "nunca lo hizo"),
    ],
)
def test_what_means_something_else_is_something_else(quote: str, stored: str) -> None:
    assert quotes.mismatch(quote, stored)


def test_a_cut_quote_says_so_at_its_end() -> None:
    long = "word " * 100
    cut = quotes.shortened(long)
    assert cut.endswith("word …")
    assert quotes.mismatch(cut, long) == ""


def test_signs_of_scripts_without_spaces_are_words() -> None:
    assert quotes.mismatch("你好", "他说你好吗") == ""
    assert quotes.mismatch("你不好", "他说你好吗")


def test_words_across_the_edge_of_an_interval_count_as_inside() -> None:
    words = tuple(Word(TimeSpan(n * 10, n * 10 + 10), w) for n, w in enumerate("abcd"))
    note = Annotation(TimeSpan(0, 40), "a b c d", words=words)
    assert quotes.spoken_during(note, TimeSpan(15, 25)) == "b c"
    assert quotes.spoken_during(note, TimeSpan(0, 40)) == "a b c d"
    assert quotes.spoken_during(note, TimeSpan(50, 60)) == ""
    assert quotes.spoken_during(Annotation(TimeSpan(0, 40), "a b"), TimeSpan(30, 60)) == "a b"


@given(st.text(max_size=80))
def test_every_text_with_words_is_a_quote_of_itself(text: str) -> None:
    if quotes.tokens(text):
        assert quotes.mismatch(quotes.shortened(text), text) == ""
