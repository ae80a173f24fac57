"""Claims worded by a model over released evidence, each checked outside it before it is told.

The model sees pieces that the extractive answer cites, or that stand beside those in the
same moments, and may cite nothing else. What it writes is told only if the check finds it
borne out; every piece that the extractive answer cites stays cited, so that with and without
a model the same moments are told of.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from viewfinder.conversation import ground
from viewfinder.conversation.assist.seat import Assist, Unusable, pieces
from viewfinder.conversation.checking import lexicon, quotes
from viewfinder.domain.annotation import WORD_TRACKS, TrackName
from viewfinder.domain.answer import Answer, Citation, Claim, Evidence
from viewfinder.domain.media import VideoId
from viewfinder.domain.prompt import Prompt
from viewfinder.domain.words import term
from viewfinder.governance.address import addresses_machine
from viewfinder.retrieval.asking import language

SHOWN = WORD_TRACKS - {TrackName.METADATA}
PIECES = 3
"""Lines that the model reads: on two cores each costs a second."""
SAYING = 2
"""Content words below which a sentence is no claim, unless it is a line of the footage whole."""
SOMEBODY = re.compile(r"he|she|they|him|hers?|his|them|their|er|sie|ihn|ihm|il|elle|él|ella")
"""Words for somebody: a sentence that brings one in may speak of another than the footage."""
DRAFTS = 2
LONGEST_PIECE = 160
LONGEST_CLAIM = 240
MAX_TOKENS = 160

INSTRUCTIONS = """\
You answer a question about video footage from the evidence, and from nothing else. Write one or
two short sentences, each with the ids of the lines it rests on. Copy the words, names and numbers
of the evidence exactly, in its language. Do not repeat the question, do not guess, do not explain.
If no line answers the question, write no sentence.
Reply with one JSON object: {"claims": [{"text": "...", "ids": ["e1"]}]}"""


@dataclass(frozen=True, slots=True)
class Drafted:
    """A sentence that the model wrote, for the log alone.

    Attributes:
        text: As written.
        videos: What it cites of what was given.
        fault: Why it fell; empty where it is told.
    """

    text: str
    videos: tuple[VideoId, ...]
    fault: str = ""


@dataclass(frozen=True, slots=True)
class _Draft:
    text: str
    ids: tuple[str, ...]


def given(said: Answer, released: Iterable[Evidence]) -> tuple[tuple[str, Evidence], ...]:
    """Return the pieces that the model may see, under ids of this answer only.

    Words of the footage alone: a plain fact is a sentence already, and titles are names of
    files. Words that give orders to a machine are left to the extractive answer, which marks
    them.

    Args:
        said: The extractive answer.
        released: What was released of the moments it tells of, best first.
    """
    cited = {_key(c) for claim in said.claims for c in claim.citations}
    usable = [
        p
        for p in released
        if p.verbatim and p.text and p.track in SHOWN and not addresses_machine(p.text)
    ]
    first = [p for p in usable if _key(p) in cited]
    told = {(p.video, p.span) for p in first}
    beside = [p for p in usable if (p.video, p.span) not in told]
    chosen = list(dict.fromkeys([*first, *beside]))[:PIECES]
    return tuple((f"e{n}", piece) for n, piece in enumerate(chosen, 1)) if first else ()


def _key(at: Citation | Evidence) -> tuple[str, int, int, str]:
    return at.video, at.span.start_ns, at.span.end_ns, at.track.value


def drafted(
    assist: Assist, question: str, evidence: Sequence[tuple[str, Evidence]]
) -> Iterator[Drafted | Claim]:
    """Yield what the model writes: each sentence for the log, then as a claim if it holds.

    Raises:
        ModelError: It failed; what was yielded before stands.
        Unusable: A reply without claims.
    """
    known = dict(evidence)
    prompt = Prompt(
        INSTRUCTIONS,
        question,
        evidence=tuple((name, " ".join(p.text.split())[:LONGEST_PIECE]) for name, p in evidence),
        schema=_schema(list(known)),
    )
    told: set[str] = set()
    for draft in _arriving(pieces(assist, prompt, max_tokens=MAX_TOKENS)):
        cited, fault = _attributed(assist, draft, known)
        fault = fault or ("said before" if draft.text.casefold() in told else "")
        yield Drafted(draft.text, tuple(dict.fromkeys(p.video for p in cited)), fault)
        if not fault:
            told.add(draft.text.casefold())
            yield Claim(draft.text, _citations(cited), assist.model.tool.name)
        if len(told) >= DRAFTS:
            return


def _attributed(
    assist: Assist, draft: _Draft, known: Mapping[str, Evidence]
) -> tuple[list[Evidence], str]:
    """Return what bears a sentence out, and why nothing does; empty where something does.

    A sentence under a wrong id of those given is held against the others, one by one: what
    it says is checked either way, and the citation is then right.
    """
    cited = [known[name] for name in draft.ids if name in known]
    if not draft.ids or len(cited) < len(draft.ids):
        return cited, "cites what it was not given"
    if not draft.text or len(draft.text) > LONGEST_CLAIM:
        return cited, "no sentence of a readable length"
    if addresses_machine(draft.text):
        return cited, "gives orders to a machine"
    fault = _unborne(assist, draft.text, cited)
    for piece in known.values() if fault else ():
        if not _unborne(assist, draft.text, [piece]):
            return [piece], ""
    return cited, fault


def _unborne(assist: Assist, text: str, cited: Sequence[Evidence]) -> str:
    """Return why a sentence is not borne out: the check's reason, or a negation moved."""
    if fault := _hollow(text, cited) or assist.check(text, cited):
        return fault
    there = {pair for piece in cited for pair in _negated(piece.text)}
    moved = sorted(set(_negated(text)) - there)
    return f"“{moved[0]}” is negated, not so in what is cited" if moved else ""


def _hollow(text: str, cited: Sequence[Evidence]) -> str:
    """Return why a sentence says nothing that could be checked, or too much; empty if neither."""
    if text.endswith("?"):
        return "a question is no claim"
    if len({piece.video for piece in cited}) > 1:
        return "puts words of two videos together"
    if len(quotes.tokens(text)) > sum(len(quotes.tokens(piece.text)) for piece in cited):
        return "says more than what is cited"
    said, there = quotes.tokens(text), {t for piece in cited for t in quotes.tokens(piece.text)}
    if strange := sorted(t for t in set(said) - there if SOMEBODY.fullmatch(t)):
        return f"“{strange[0]}” is not in what is cited"
    content = {term(t) for t in said if language.load(language.DEFAULT).carries_content(term(t))}
    if len(content) < SAYING and not any(said == quotes.tokens(piece.text) for piece in cited):
        return "says too little to be checked"
    return ""


def _negated(text: str) -> Iterator[str]:
    """Yield the stem of the first content word after each negation, "" where none follows."""
    content = language.load(language.DEFAULT).carries_content
    for sentence in quotes.sentences(text):
        for at, token in enumerate(sentence):
            if lexicon.is_negation(token):
                after = (term(t) for t in sentence[at + 1 :] if not lexicon.is_negation(t))
                yield next((t for t in after if content(t)), "")


def _citations(cited: Sequence[Evidence]) -> tuple[Citation, ...]:
    return tuple(c for piece in cited for c in ground.claim([piece]).citations)


def _schema(names: Sequence[str]) -> str:
    claim = {
        "type": "object",
        "properties": {
            "text": {"type": "string"},
            "ids": {
                "type": "array",
                "items": {"type": "string", "enum": list(names)},
                "minItems": 1,
                "maxItems": 2,
            },
        },
        "required": ["text", "ids"],
        "additionalProperties": False,
    }
    return json.dumps(
        {
            "type": "object",
            "properties": {"claims": {"type": "array", "items": claim, "maxItems": 2}},
            "required": ["claims"],
            "additionalProperties": False,
        }
    )


def _arriving(coming: Iterator[str]) -> Iterator[_Draft]:
    """Yield each draft as soon as its object is whole; what is no draft is passed over."""
    decoder = json.JSONDecoder()
    text, at = "", -1
    for piece in coming:
        text += piece
        if at < 0:
            at = text.find("[", text.find('"claims"')) if '"claims"' in text else -1
        while at >= 0 and (start := text.find("{", at)) >= 0:
            try:
                found, end = decoder.raw_decode(text, start)
            except (json.JSONDecodeError, RecursionError):
                break
            at = end
            if draft := _draft(found):
                yield draft
    if at < 0:
        raise Unusable("it holds no claims")


def _draft(found: Mapping[str, Any]) -> _Draft | None:
    text, ids = found.get("text"), found.get("ids")
    if not isinstance(text, str) or not isinstance(ids, list):
        return None
    return _Draft(" ".join(text.split()), tuple(dict.fromkeys(str(name) for name in ids)))


def merged(said: Answer, claims: Sequence[Claim]) -> tuple[Claim, ...]:
    """Return drafted claims, then the extractive ones that cite what none of them does."""
    covered = {_key(c) for claim in claims for c in claim.citations}
    rest = [c for c in said.claims if not {_key(at) for at in c.citations} <= covered]
    return (*claims, *rest)
