"""A name reaches words only: no plan ever looks for it in the picture."""

from __future__ import annotations

from datetime import date

import pytest

from viewfinder.adapters.policies.household import plugin
from viewfinder.domain.policy import OWN_FOOTAGE, OWNER, AccessRequest
from viewfinder.domain.search import LegKind
from viewfinder.governance.authorize import admit
from viewfinder.retrieval.asking import plan as planning

FIRST = ("Marie", "Isaac", "Ada", "Nelson", "Frida", "Akira", "Wangari", "Simone", "Otto", "Lena")
LAST = (
    *("Curie", "Newton", "Lovelace", "Mandela", "Kahlo"),
    *("Kurosawa", "Maathai", "Veil", "Brenndahl", "Osterquist"),
)
NAMES = tuple(f"{first} {last}" for first in FIRST for last in LAST)
NOT_LATIN = ("Лев Толстой", "Анна Ахматова", "نجيب محفوظ", "黒澤明", "मीरा बाई")
QUESTIONS = (
    "{name}",
    "show me {name}",
    "{name} on stage",
    "a picture of {name}",
    "the red car and {name}",
    "zeig mir {name}",
    "montre-moi {name}",
    "muéstrame a {name}",
)
POLICY = plugin.build(plugin.config())


def in_picture(question: str) -> str:
    made = planning.plan(question, today=date(2025, 1, 1))
    return " ".join(look.text for look in made.lookups if look.kind is LegKind.PICTURE).lower()


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_hundred_names_never_become_a_picture_leg(question: str) -> None:
    leaked = [
        name
        for name in NAMES
        if any(part.lower() in in_picture(question.format(name=name)) for part in name.split())
    ]
    assert not leaked


@pytest.mark.parametrize("likeness", ["someone who looks like {}", "a man resembling {}"])
def test_who_looks_like_somebody_is_refused(likeness: str) -> None:
    for name in (*NAMES, *(name.lower() for name in NAMES)):
        request = AccessRequest(OWNER, OWN_FOOTAGE, "ask", likeness.format(name))
        assert not admit(POLICY, request, ["default"])[0].permitted, name


def test_a_name_in_another_script_never_becomes_a_picture_leg() -> None:
    assert not [name for name in NOT_LATIN if in_picture(f"show me {name}")]
