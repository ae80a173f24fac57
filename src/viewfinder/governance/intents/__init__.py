"""What a question asks about people, found by words alone: text in, intents out.

A policy decides what follows from an intent; it never reads the question itself. So one
reading serves every policy, and a language is one file of words (``languages``), for
which the frames (``frames.toml``) are the same: stricter in no language. The reasons and
lawful alternatives are in ``rules.toml``, in the language of the question where it has
them, else in English.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from viewfinder.domain.policy import Intent
from viewfinder.domain.provenance import digest_of
from viewfinder.governance.intents import disguises
from viewfinder.governance.intents.frames import STOP, frames, guarded, matches
from viewfinder.governance.intents.lexicon import (
    Lexicon,
    Places,
    lexicons,
    places,
    present,
    vocabulary,
)

SPARED = "spared"
"""Kind of the frames that make no request, but spare moods inside them."""
MOST_SENTENCES = 32
"""That are guessed at, so that no question takes long."""
LONGEST = 2_000
"""Characters that are read at once; of a longer text, stretches that overlap by half."""

_ENDS = re.compile(
    r"[.?!;:\u2026\n\u3002\uff1f\uff01\uff1b\u061f\u061b\u0964]+(?!\w)|[\u00bf\u00a1]|\s[-\u2013\u2014]\s"
)
_QUOTED = re.compile(
    r"\"[^\"]{1,200}\"|\u201c[^\u201d]{1,200}\u201d|\u00ab[^\u00bb]{1,200}\u00bb"
    r"|\u201e[^\u201c\u201d]{1,200}[\u201c\u201d]|(?<!\w)'[^']{2,200}'(?!\w)"
)
_FILE = re.compile(r"like:|[~.]?/.*|.*/.*/.*|.+\.\w{2,5}(?:@.*)?\W*|.+@\d.*", re.IGNORECASE)
"""A word that names a file, or says that one follows: it says nothing of what is asked."""
_WORD = re.compile(rf"[^\W_\u0900-\u097f]+|[\u0900-\u097f]+|\{STOP}")
_FULL_NAME = re.compile(r"(?<![.?!\u00bf\u00a1]\s)(?<!^)\b[^\W\d_a-z]\w+ [^\W\d_a-z][\w'-]+\b")


Guess = Callable[[str, str, Mapping[str, bool]], str | None]
"""Gives the kind of request that a sentence is, or None; from its text, language, notions."""


@dataclass(frozen=True, slots=True)
class Found:
    """What stands in a question: the kind of request, its language, the words that say so."""

    kind: str
    language: str
    words: str


def read(text: str, guess: Guess | None = None) -> tuple[Intent, ...]:
    """Return what the text asks about people, as the rules see it; each rule once.

    Args:
        text: The question, as typed or as understood.
        guess: Asked only where no word is a request, and never where words that are said,
            written or credited are asked for; see ``backstop``.
    """
    rules = _rules()
    intents: dict[str, Intent] = {}
    for found in classify(text):
        rule = rules[found.kind]
        intents.setdefault(rule["id"], Intent(rule["id"], *_told(rule, found.language)))
    if guess is not None and not any(intent.reason for intent in intents.values()):
        for kind in dict.fromkeys(k for part in sentences(text) if (k := _guessed(guess, part))):
            rule = rules[kind]
            intents[rule["id"]] = Intent(rule["id"], *_told(rule, language(text)))
    return tuple(intents.values())


def sentences(text: str) -> tuple[str, ...]:
    """Return the sentences that are guessed at one by one, without names of files, each once."""
    text = re.sub(r"\S+", lambda word: "" if _FILE.fullmatch(word[0]) else word[0], text)
    parts = (part.strip() for part in _ENDS.sub(lambda hit: hit[0] + "\n", text).split("\n"))
    return tuple(dict.fromkeys(part for part in parts if _WORD.search(part)))[:MOST_SENTENCES]


def notions(text: str) -> dict[str, bool]:
    """Return the notions that stand in a text; True where one stands at its beginning."""
    words = _words(_unquoted(disguises.fold(text)))
    at = places(words, present(words)).at
    return {notion: 0 in starts for notion, starts in at.items()}


def _guessed(guess: Guess, text: str) -> str | None:
    there = notions(text)
    is_saying = "saying" in there and (there.get("what_thing") or there.get("do"))
    is_of_words = is_saying or not there.keys().isdisjoint(("source", "speech", "says"))
    if is_of_words and "pretend" not in there:
        return None
    return guess(text, language(text), there)


@lru_cache(maxsize=512)
def classify(text: str) -> tuple[Found, ...]:
    """Return the kinds of request in a text, each once; empty for one that is about no person."""
    kinds: dict[str, Found] = {}
    for piece in _pieces(text):
        for found in _read(piece):
            kinds.setdefault(found.kind, found)
    return tuple(kinds.values())


def orders(text: str) -> Intent:
    """Return what to say of a text that is nothing but orders to the machine."""
    rule = _rules()["orders"]
    return Intent(rule["id"], *_told(rule, language(text)))


def face_as_question(text: str) -> Intent:
    """Return what to say where the picture to look for is that of a face."""
    rule = _rules()["face"]
    return Intent(rule["id"], *_told(rule, language(text)))


def language(text: str) -> str:
    """Return the language that a text is likeliest in (ISO 639-1); "en" in doubt."""
    return _code(present(_words(disguises.fold(text))))


def version() -> str:
    """Return a digest of the words, frames, rules and weights that questions are read with."""
    folder = files("viewfinder.governance.intents")
    names = ("frames.toml", "rules.toml", "backstop.json")
    tables = [*(folder / name for name in names), *(folder / "languages").iterdir()]
    return digest_of(b"\0".join(t.read_bytes() for t in sorted(tables, key=lambda t: t.name)))


def _code(spoken: Sequence[Lexicon]) -> str:
    return spoken[0].code if len(spoken) < len(lexicons()) else "en"


def _told(rule: dict[str, Any], language: str) -> tuple[str, str]:
    reasons, ways = rule.get("reason", {}), rule.get("alternative", {})
    return reasons.get(language, reasons.get("en", "")), ways.get(language, ways.get("en", ""))


@lru_cache(maxsize=1)
def _rules() -> dict[str, dict[str, Any]]:
    text = (files("viewfinder.governance.intents") / "rules.toml").read_text("utf-8")
    return {kind: rule for rule in tomllib.loads(text)["rule"] for kind in rule["kinds"]}


def _pieces(text: str) -> Iterator[str]:
    for start in range(0, max(len(text), 1), LONGEST // 2):
        yield text[start : start + LONGEST]
        if start + LONGEST >= len(text):
            return


def _read(text: str) -> Iterator[Found]:
    named = _FULL_NAME.sub(lambda hit: f" xnamex {hit[0]}", text)
    views = disguises.readings(text, _known())
    for seen in (*views, disguises.fold(named)) if named != text else views:
        words = _words(_unquoted(seen))
        spoken = present(words)
        yield from _found(words, spoken)
        mended = disguises.mended(words, _right(tuple(x.code for x in spoken)), _kept())
        if mended != words:
            yield from _found(mended, spoken)


def _unquoted(text: str) -> str:
    """Take quoted words out where the rest speaks of words: they are looked for, not meant."""
    rest = _QUOTED.sub(" quoted ", text)
    if rest == text:
        return text
    words = _words(rest)
    at = places(words, present(words)).at
    return rest if at.keys() & {"speech", "says"} and "pretend" not in at else text


def _words(text: str) -> list[str]:
    return _WORD.findall(_ENDS.sub(f" {STOP} ", text))


def _found(words: Sequence[str], spoken: Sequence[Lexicon]) -> Iterator[Found]:
    kept = _without_fillers(words, places(words, spoken))
    at = places(kept, spoken)
    possible = [frame for frame in frames() if frame.may_match(at.at.keys())]
    spared = [
        span for frame in possible if frame.kind == SPARED for span in matches(frame, kept, at)
    ]
    for frame in possible:
        if frame.kind != SPARED:
            lenient = spared if frame.kind == "emotion" else ()
            for start, end in matches(frame, kept, at):
                is_spared = any(first <= start and end <= last for first, last in lenient)
                if not is_spared and not guarded(frame, start, end, kept, at):
                    yield Found(frame.kind, _code(spoken), " ".join(kept[start:end]))
                    break


def _without_fillers(words: Sequence[str], at: Places) -> list[str]:
    """Drop words that change nothing, but not those that mean something in another language."""
    meaning = {i for notion, starts in at.at.items() if notion != "filler" for i in starts}
    gone = {
        i
        for start, end in at.spans("filler")
        if end - start > 1 or start not in meaning
        for i in range(start, end)
    }
    return [word for i, word in enumerate(words) if i not in gone]


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    return vocabulary(x for x in lexicons() if x.code in ("en", "de", "fr", "es"))


@lru_cache(maxsize=1)
def _kept() -> frozenset[str]:
    return vocabulary(lexicons()).union(*(x.kept for x in lexicons()))


@lru_cache(maxsize=64)
def _right(codes: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Return the telling words of some languages by first letter, for typing errors."""
    by_letter: dict[str, list[str]] = {}
    for word in sorted(vocabulary(x for x in lexicons() if x.code in codes)):
        if len(word) >= 6:
            by_letter.setdefault(word[0], []).append(word)
    return {letter: tuple(words) for letter, words in by_letter.items()}
