"""A question becomes a plan with the model's help: it may choose words, never rights.

What the model says is held against the question: its words must be those of the question,
or translate them; numbers and names must stand in it. All other parts of the plan (facts of
files, phrases, exclusions, names, speakers) stay as the rules have them, so a model cannot
name a file, put a name into the picture lane, or search more than the rules would.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Any

from viewfinder.conversation.assist.seat import Assist, Unusable, ask, words_of
from viewfinder.domain.prompt import Prompt
from viewfinder.domain.search import LegKind, QueryPlan, Sequence, Shape
from viewfinder.domain.words import located, terms
from viewfinder.retrieval.asking import grammar, language
from viewfinder.retrieval.asking import plan as planning

LONGEST = 160
MAX_TOKENS = 100
WITHIN_S = 60.0
ALIKE = 0.8
"""A word of the reply may be a word of the question spelt right: this much of it is the same."""
KEPT = 0.75
"""Share of the question's own words that must be kept where nothing needs translating."""
ORDER = re.compile(r"\b(?:then|later|afterwards?|after that|next|follow\w*)\b", re.IGNORECASE)

INSTRUCTIONS = """\
You turn a question about video footage into search words. Reply with one JSON object:
"look_for": what to look for, in English; translate, and correct misspelt words
"then": what must follow after it, in English; "" if the question names no order
Use only words of the question, or their translation. Leave no thing, colour, place or action
out. Never add names, numbers or guesses.

Question: "Zeig mir bitte, wo der braune Hund über die Mauer springt"
{"look_for": "brown dog jumps over the wall", "then": ""}
Question: "someone opens the door and later a woman sits down"
{"look_for": "someone opens the door", "then": "a woman sits down"}
Question: "¿dónde aparece el precio de la leche?"
{"look_for": "price of the milk", "then": ""}
Question: "wat did the mayor promise about the scool"
{"look_for": "what the mayor promised about the school", "then": ""}"""

SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {
            "look_for": {"type": "string", "maxLength": 120},
            "then": {"type": "string", "maxLength": 80},
        },
        "required": ["look_for", "then"],
        "additionalProperties": False,
    }
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the model says a question looks for, and what after it; "" for nothing."""

    look_for: str
    then: str = ""


def propose(assist: Assist, base: QueryPlan) -> Proposal:
    """Return the model's reading of the question that ``base`` is the rules' plan of.

    Raises:
        ModelError: No reply.
        Unusable: Two replies that break the rules.
    """
    prompt = Prompt(INSTRUCTIONS, base.text, schema=SCHEMA)
    return ask(assist, prompt, max_tokens=MAX_TOKENS, read=lambda found: read(found, base))


def read(found: Mapping[str, Any], base: QueryPlan) -> Proposal:
    """Return a checked proposal.

    Raises:
        Unusable: It adds what the question does not have, or leaves much of it out.
    """
    look_for, then = (words_of(found, key, longest=LONGEST) for key in ("look_for", "then"))
    if not re.search(r"\w", look_for):
        raise Unusable("'look_for' is empty")
    whole = f"{look_for} {then}"
    asked = f"{base.question} {base.text}"
    own_numbers = re.findall(r"\d+", asked)
    if invented := [n for n in re.findall(r"\d+", whole) if n not in own_numbers]:
        raise Unusable(f"the number {invented[0]} is not in the question")
    english = language.load(language.DEFAULT)
    known = frozenset(terms(asked))
    for name in grammar.names(whole, english):
        if not all(_is_near(t, known) for t in terms(name)):
            raise Unusable(f"{name!r} is not in the question")
    if base.language == language.DEFAULT:
        _held_to_words(whole, base.text, known)
    if then and not ORDER.search(base.question) and not base.sequence:
        look_for, then = f"{look_for} {then}", ""
    return Proposal(look_for, then)


def _held_to_words(whole: str, text: str, known: frozenset[str]) -> None:
    english = language.load(language.DEFAULT)
    said = [t for t in terms(whole) if english.carries_content(t)]
    if foreign := [t for t in said if not _is_near(t, known)]:
        raise Unusable(f"{foreign[0]!r} is not a word of the question")
    own = [t for t in terms(text) if english.carries_content(t)]
    kept = [t for t in own if _is_near(t, frozenset(said))]
    if len(kept) < KEPT * len(own):
        left_out = next(t for t in own if t not in kept)
        raise Unusable(f"{left_out!r} of the question is left out")


def _is_near(word: str, known: Collection[str]) -> bool:
    return word in known or any(
        SequenceMatcher(None, word, other).ratio() >= ALIKE for other in known
    )


def is_wanted(base: QueryPlan) -> bool:
    """Tell whether a plan hangs on its words: not on likeness, facts of files, an order."""
    is_foreign = base.language != language.DEFAULT
    fixed = base.like or base.anchor or base.sequence or (is_foreign and base.exclude)
    return bool(base.text) and not fixed


def planned(base: QueryPlan, said: Proposal) -> QueryPlan:
    """Return the rules' plan with the model's words in it; everything else stays."""
    text, order = said.look_for, None
    if said.then and base.shape is Shape.MOMENTS and not base.names:
        order = Sequence(said.look_for, said.then, WITHIN_S)
        text = f"{said.look_for}, then {said.then}"
    made = replace(base, text=text, language=language.DEFAULT, sequence=order)
    pointed = grammar.tracks(base.question, language.load(base.language))
    lookups = (
        replace(look, text=_nameless(look.text, base.names))
        if look.kind is LegKind.PICTURE
        else look
        for look in planning.lookups(made, pointed)
    )
    return replace(made, lookups=tuple(look for look in lookups if look.text))


def _nameless(text: str, names: tuple[str, ...]) -> str:
    """Return the text without words of these names, however they are written."""
    unwanted = {t for name in names for t in terms(name)}
    for start, end, word in reversed(list(located(text))):
        if word in unwanted:
            text = f"{text[:start]} {text[end:]}"
    return grammar.tidy(text)
