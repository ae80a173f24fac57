"""A question becomes a plan with the model's help: it may choose words, never rights.

What the model says is held against the question: its words must be those of the question or
correct their spelling; numbers and names must stand in it. All other parts of the plan (facts
of files, phrases, exclusions, names, speakers) stay as the rules have them, so a model cannot
name a file, put a name into the picture lane, or search more than the rules would.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from rapidfuzz.distance import OSA

from viewfinder.conversation.assist.seat import Assist, Unusable, ask, words_of
from viewfinder.domain.prompt import Prompt
from viewfinder.domain.search import LegKind, Lookup, QueryPlan, Sequence, Shape
from viewfinder.domain.words import located, terms
from viewfinder.retrieval.asking import grammar, language
from viewfinder.retrieval.asking import plan as planning

LONGEST = 160
MAX_TOKENS = 100
WITHIN_S = 60.0
SLIPS = (0, 0, 0, 0, 1, 1, 2)
"""Letters that may differ, or be swapped, in words of so many letters or more to be one word."""
KEPT = 0.75
"""Share of the question's content words that a reply must keep."""
ORDER = re.compile(r"\b(?:then|later|afterwards?|after that|next|follow\w*)\b", re.IGNORECASE)

INSTRUCTIONS = """\
You turn a question about video footage into search words. Reply with one JSON object:
"look_for": what to look for; correct misspelt words, leave polite filler out
"then": what must follow after it; "" if the question names no order
Use only words of the question. Leave no thing, colour, place or action out. Never add names,
numbers or guesses.

Question: "pleese show me the brwon dog that jumps over the wall"
{"look_for": "the brown dog that jumps over the wall", "then": ""}
Question: "someone opens the door and later a woman sits down"
{"look_for": "someone opens the door", "then": "a woman sits down"}
Question: "wat did the mayor promise about the scool"
{"look_for": "what did the mayor promise about the school", "then": ""}"""

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


def is_wanted(base: QueryPlan) -> bool:
    """Tell whether a plan hangs on its words, and the model may better them.

    Not where likeness, facts of files or an order decide. Not in other languages than
    English: those have an encoder of their own, and translated by a small model they found
    as much that is not there as that is (``benchmarks/assist``).
    """
    fixed = base.like or base.anchor or base.sequence or base.phrases
    return bool(base.text) and not fixed and base.language == language.DEFAULT


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
    own_numbers = re.findall(r"\d+", base.text)
    if invented := [n for n in re.findall(r"\d+", whole) if n not in own_numbers]:
        raise Unusable(f"the number {invented[0]} is not in the question")
    words = language.load(base.language)
    known = frozenset(terms(base.text))
    said = frozenset(t for t in terms(whole) if words.carries_content(t))
    if foreign := sorted(t for t in said if not _is_near(t, known)):
        raise Unusable(f"{foreign[0]!r} is not a word of the question")
    own = [t for t in terms(base.text) if words.carries_content(t)]
    left_out = [t for t in own if not _is_near(t, said)]
    if len(left_out) > (1 - KEPT) * len(own):
        raise Unusable(f"{left_out[0]!r} of the question is left out")
    if then and not ORDER.search(base.text):
        look_for, then = f"{look_for} {then}", ""
    return Proposal(look_for, then)


def _is_near(word: str, known: Collection[str]) -> bool:
    return word in known or any(_slips(word, other) is not None for other in known)


def _slips(a: str, b: str) -> int | None:
    """Return by how many letters two words differ, None where by too many to be one."""
    allowed = SLIPS[min(len(a), len(b), len(SLIPS) - 1)]
    slips = OSA.distance(a, b, score_cutoff=allowed)
    return slips if slips <= allowed else None


def planned(base: QueryPlan, said: Proposal) -> QueryPlan:
    """Return the rules' plan with corrected spelling, or an order in time; the rest stays.

    Other words for the same, though asked for and checked, found less than the question's
    own (``benchmarks/assist``): they are not used.
    """
    text, order = _respelt(base.text, f"{said.look_for} {said.then}"), None
    if said.then and base.shape is Shape.MOMENTS and not base.names:
        order = Sequence(said.look_for, said.then, WITHIN_S)
    if text == base.text and order is None:
        return base
    made = replace(base, text=text, sequence=order)
    pointed = grammar.tracks(base.question, language.load(base.language))
    lookups = (_nameless(look, base.names) for look in planning.lookups(made, pointed))
    return replace(made, lookups=tuple(look for look in lookups if look.text))


def _respelt(text: str, said: str) -> str:
    """Return the text with words that the model spells another way spelt as it does."""
    own, kept = set(terms(text)), set(terms(said))
    new = [(word, said[start:end]) for start, end, word in located(said) if word not in own]
    for start, end, word in reversed(list(located(text))):
        near = [(n, spelt) for other, spelt in new if (n := _slips(word, other)) is not None]
        if word not in kept and near:
            text = f"{text[:start]}{min(near)[1]}{text[end:]}"
    return text


def _nameless(look: Lookup, names: tuple[str, ...]) -> Lookup:
    """Return a look at the picture without words that are near to a name, however written."""
    if look.kind is not LegKind.PICTURE:
        return look
    text = look.text
    unwanted = frozenset(t for name in names for t in terms(name))
    for start, end, word in reversed(list(located(text))):
        if _is_near(word, unwanted):
            text = f"{text[:start]} {text[end:]}"
    return replace(look, text=grammar.tidy(text))
