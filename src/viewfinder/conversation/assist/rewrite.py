"""A follow-up in words that stand alone, where the rules are not sure of theirs.

Only the words looked for change; the videos, the stretch and the track that the rules
resolved stay in force. Every content word must come from the talk itself: this question,
the last ones, or what they were about.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from viewfinder.conversation import followups
from viewfinder.conversation.assist.seat import Assist, Unusable, ask, words_of
from viewfinder.domain.conversation import Conversation, Resolved, Step
from viewfinder.domain.prompt import Prompt
from viewfinder.domain.words import terms
from viewfinder.retrieval.asking import language

TURNS = 3
LONGEST = 160
MAX_TOKENS = 80
FEW = 2
"""A follow-up with fewer content words than this leans on what was said before."""

INSTRUCTIONS = """\
A person asks about video footage, one question after the other. Rewrite the last question so
that it is understood without the others: put the thing meant in place of "it", "that", "he",
"she", "them", and add what is left unsaid. Use only words of the questions. Keep the last
question's own words and language. If it stands alone already, repeat it.
Reply with one JSON object: {"question": "..."}

Question: "1. scenes with a lighthouse 2. is it raining there?"
{"question": "is it raining at the lighthouse?"}
Question: "1. who speaks about the new bridge? 2. what does she say it costs?"
{"question": "what does she say the new bridge costs?"}
Question: "1. wo steht das Fahrrad? 2. welche Farbe hat es?"
{"question": "welche Farbe hat das Fahrrad?"}"""

SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {"question": {"type": "string", "maxLength": 160}},
        "required": ["question"],
        "additionalProperties": False,
    }
)


def is_unsure(resolved: Resolved, talk: Conversation) -> bool:
    """Tell whether the rules' words may not stand alone: they point back, or say little."""
    if resolved.step is not Step.SEARCH or not resolved.text or talk.last is None:
        return False
    cues = followups.load(resolved.language)
    words = language.load(resolved.language)
    content = [t for t in terms(resolved.text) if words.carries_content(t)]
    return cues.search("refers", resolved.text) is not None or len(content) < FEW


def rewritten(assist: Assist, question: str, resolved: Resolved, talk: Conversation) -> Resolved:
    """Return the resolution with the model's words; the constraints stay.

    Raises:
        ModelError: No reply.
        Unusable: Two replies that break the rules.
    """
    before = [turn.question for turn in talk.turns if turn.shown][-TURNS:]
    told = " ".join(f"{n}. {asked}" for n, asked in enumerate((*before, question), 1))
    prompt = Prompt(INSTRUCTIONS, told, schema=SCHEMA)
    known = " ".join((*before, question, resolved.text, resolved.topic))
    text = ask(
        assist, prompt, max_tokens=MAX_TOKENS, read=lambda found: read(found, known, resolved)
    )
    if text.casefold() == resolved.text.casefold():
        return resolved
    place = resolved.question.removeprefix(resolved.text)
    whole = f"{text}{place if place != resolved.question else ''}"
    return replace(resolved, text=text, question=whole, note=f"{whole} (worded by the model)")


def read(found: Mapping[str, Any], known: str, resolved: Resolved) -> str:
    """Return checked words.

    Raises:
        Unusable: Nothing, or a word that nobody used.
    """
    text = followups.tidy(words_of(found, "question", longest=LONGEST))
    if not re.search(r"\w", text):
        raise Unusable("'question' is empty")
    words = language.load(resolved.language)
    used = set(terms(known))
    if strange := [t for t in terms(text) if t not in used and words.carries_content(t)]:
        raise Unusable(f"{strange[0]!r} is not a word of the questions")
    own = [t for t in terms(resolved.text) if words.carries_content(t)]
    if left_out := [t for t in own if t not in terms(text)]:
        raise Unusable(f"{left_out[0]!r} of the last question is left out")
    return text
