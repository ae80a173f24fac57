"""What the house knows of each language of questions: word lists and patterns, as data.

One file per language beside this one (``languages/*.toml``): a new language is a new
file. Nothing here knows a name of a film, a place or a person.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from viewfinder.domain.words import term

DEFAULT = "en"
OWN = 4
"""A function word of this many letters rarely belongs to two languages."""


@dataclass(frozen=True)
class Language:
    """One language.

    Attributes:
        code: ISO 639-1.
        function_words: Lower-case words that carry no content.
        function_terms: The same as terms (see ``domain.words``).
        common: Matches frequent words that tell it from other languages.
        light_terms: Terms that say what kind of thing is asked for, not what about.
        letters: Letters that English words do not have.
        grammar: Patterns by concern, as the file has them.
    """

    code: str
    function_words: frozenset[str]
    function_terms: frozenset[str]
    common: re.Pattern[str]
    light_terms: frozenset[str]
    letters: frozenset[str]
    grammar: Mapping[str, Any]

    def patterns(self, table: str, key: str = "patterns") -> tuple[re.Pattern[str], ...]:
        """Return the compiled patterns of one entry; a single pattern counts as one."""
        found = self.grammar[table] if key == "" else self.grammar[table][key]
        return tuple(compiled(p) for p in ([found] if isinstance(found, str) else found))

    def carries_content(self, word_term: str) -> bool:
        return word_term not in self.function_terms and word_term not in self.light_terms


@lru_cache(maxsize=4096)
def compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


@lru_cache(maxsize=1)
def known() -> tuple[str, ...]:
    """Return the codes of all languages that have a file, the default first."""
    folder = resources.files(__package__) / "languages"
    codes = sorted(f.name[:2] for f in folder.iterdir() if f.name.endswith(".toml"))
    return (DEFAULT, *(code for code in codes if code != DEFAULT))


@lru_cache(maxsize=16)
def load(code: str) -> Language:
    """Return a language; the default one where ``code`` has no file."""
    if code not in known():
        return load(DEFAULT)
    text = (resources.files(__package__) / "languages" / f"{code}.toml").read_text("utf-8")
    grammar = tomllib.loads(text)
    function_words = frozenset(grammar["function_words"].split())
    return Language(
        code,
        function_words,
        frozenset(term(w) for w in function_words),
        _any_of(grammar["common"]),
        frozenset(term(w) for w in grammar["light_words"].split()),
        frozenset(grammar["letters"]),
        grammar,
    )


def _any_of(words: str) -> re.Pattern[str]:
    """Return a pattern of whole words; "*" stands for any ending."""
    return re.compile(
        "|".join(re.escape(w).replace(r"\*", r"\w*") for w in words.split()) or r"(?!)"
    )


def detect(text: str) -> str:
    """Return the language whose function words and letters the text holds most of.

    A word counts for being a function word, twice if it is long enough to belong to one
    language alone or is a frequent word of it, and for a letter that English does not have.
    Two counts more than English are asked for: short queries share too many words ("car",
    "in", "die").

    References:
        Dunning, *Statistical Identification of Language*, 1994, section 2 (common words).
    """
    borrowed = frozenset(load(DEFAULT).grammar["borrowed"].split())
    words = re.findall(r"[^\W\d_]+|[¿¡]", text.casefold())
    counts = {code: sum(_evidence(w, load(code), borrowed) for w in words) for code in known()}
    best = max(known(), key=lambda code: counts[code])
    return best if counts[best] >= counts[DEFAULT] + 2 else DEFAULT


def _evidence(word: str, language: Language, borrowed: Collection[str]) -> int:
    is_own = len(word) >= OWN and word not in borrowed
    own = (1 + is_own) * (word in language.function_words)
    own += 2 * (language.common.fullmatch(word) is not None)
    return own + any(letter in language.letters for letter in word)
