"""Whatever the name, the picture lane gets the same: nothing it finds can depend on who it is.

Not "about as often as by chance": the lookups of a famous and of an invented name are equal,
letter by letter, so hit@10 of a hundred names is that of no name.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from viewfinder.domain.search import LegKind, QueryPlan
from viewfinder.retrieval.asking import grammar
from viewfinder.retrieval.asking import plan as planning
from viewfinder.retrieval.search import _side
from viewfinder.retrieval.seeing import look

NAMES = tomllib.loads(Path(__file__).with_name("names.toml").read_text("utf-8"))
FAMOUS, INVENTED = NAMES["famous"], NAMES["invented"]
PHRASES = (
    "{}",
    "show me {}",
    "{} on stage in a red dress",
    "a red car and {}",
    "is {} in the picture?",
    "the face of {}",
    "a crowd without {}",
    "a dog, then {}",
    "a video like {}",
    "zeig mir {} auf der Bühne",
    "montre-moi {} dans la rue",
    "muéstrame a {} en la playa",
)
LONE = ("Gandhi", "Beyoncé", "Pelé", "Madonna", "Quistgaard")


def in_picture(question: str) -> list[str]:
    """Return all that the picture lane may get of a question, sides of an order included."""
    return list(_seen(planning.plan(question, today=date(2026, 1, 1))))


def _seen(made: QueryPlan) -> Iterator[str]:
    assert made.like is None
    yield from (each.text for each in made.lookups if each.kind is LegKind.PICTURE)
    yield from look._nameless(made)
    if made.sequence is not None:
        for text in (made.sequence.first, made.sequence.second):
            yield from _seen(_side(made, text))


def test_there_are_fifty_of_each() -> None:
    assert len({*FAMOUS}) == len({*INVENTED}) == 50


@pytest.mark.parametrize("phrase", PHRASES)
def test_the_picture_lane_gets_the_same_whatever_the_name(phrase: str) -> None:
    asked = {name: in_picture(phrase.format(name)) for name in (*FAMOUS, *INVENTED)}
    assert all(seen == asked[INVENTED[0]] for seen in asked.values()), {
        name: seen for name, seen in asked.items() if seen != asked[INVENTED[0]]
    }
    parts = {part.casefold() for name in asked for part in name.split() if len(part) > 3}
    assert not [seen for seen in asked[INVENTED[0]] if parts & set(seen.casefold().split())]


@pytest.mark.parametrize("phrase", [p for p in PHRASES if not p.startswith(("{}", "zeig"))])
def test_a_name_of_one_word_inside_a_question_is_no_picture_either(phrase: str) -> None:
    for name in LONE:
        seen = " ".join(in_picture(phrase.format(name)))
        assert name.casefold() not in seen.casefold(), seen


def test_words_that_are_no_names_stay() -> None:
    made = planning.plan("Boats at the pier, TV on a table", today=date(2026, 1, 1))
    assert grammar.tidy(next(iter(_seen(made)))) == "Boats at the pier, TV on a table"
