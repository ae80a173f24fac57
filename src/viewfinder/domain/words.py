"""Words as the index knows them: the one place where text becomes terms.

Both what is stored and what is asked pass through here, so they meet. Snowball's
English stemmer (Porter 1980, revised; https://snowballstem.org) folds inflections;
words of other languages pass through it almost unchanged.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

import snowballstemmer

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?", re.UNICODE)
_stemmer = snowballstemmer.stemmer("english")
_turn = threading.Lock()
"""The stemmer holds the word it is at: two threads in it would spoil each other's."""


@lru_cache(maxsize=100_000)
def term(word: str) -> str:
    """Return the term of one word: lower case, no accents, no possessive, stemmed."""
    plain = unicodedata.normalize("NFKD", word.casefold().replace("’", "'"))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    with _turn:
        return str(_stemmer.stemWord(plain.removesuffix("'s").replace("'", "")))


def located(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, term) of every word of ``text``, in order."""
    for match in _WORD.finditer(text):
        yield match.start(), match.end(), term(match.group())


def terms(text: str) -> list[str]:
    """Return the terms of ``text`` in order, repeats kept."""
    return [t for _, _, t in located(text)]
