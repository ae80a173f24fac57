"""Words by what they may mean in a question about people, one file per language.

A file holds notions (``body``, ``who``, ``mood``, ...), each a line of words: ``_`` joins
the words of a phrase, ``*`` stands for any ending or beginning.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from viewfinder.governance.intents.disguises import fold

SUPPORTING = ("keep", "marks", "grown_on")
"""Lines that hold no notion: words that are no typing errors, words that tell a language,
and what may be grown on the beginning of a word, such as an article."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """One language.

    Attributes:
        code: ISO 639-1.
        marks: Words that tell the language.
        kept: Words that are no typing errors.
        words: Notions of each single word.
        phrases: (notion, words) by first word.
        stems: (beginning, notion) pairs.
        ends: (ending, notion) pairs.
        grown_on: What may stand before a word without a space.
    """

    code: str
    marks: frozenset[str]
    kept: frozenset[str]
    words: dict[str, tuple[str, ...]]
    phrases: dict[str, tuple[tuple[str, tuple[str, ...]], ...]]
    stems: tuple[tuple[str, str], ...]
    ends: tuple[tuple[str, str], ...]
    grown_on: tuple[str, ...]

    def meant(self, said: Sequence[str], start: int) -> Iterator[tuple[str, int]]:
        """Yield (notion, where it ends) of what begins at one word."""
        word = said[start]
        for notion in self.words.get(word, ()):
            yield notion, start + 1
        for notion, phrase in self.phrases.get(word, ()):
            if tuple(said[start : start + len(phrase)]) == phrase:
                yield notion, start + len(phrase)
        for stem, notion in self.stems:
            if word.startswith(stem):
                yield notion, start + 1
        for ending, notion in self.ends:
            if word.endswith(ending):
                yield notion, start + 1
        for grown in self.grown_on:
            if word.startswith(grown):
                for notion in self.words.get(word[len(grown) :], ()):
                    yield notion, start + 1


@dataclass(frozen=True, slots=True)
class Places:
    """Where each notion stands: name -> start -> ends, counted in words."""

    at: dict[str, dict[int, set[int]]]

    def ends(self, notion: str, start: int) -> Iterable[int]:
        return self.at.get(notion, {}).get(start, ())

    def covers(self, notion: str, position: int) -> bool:
        return position in self.at.get(notion, {})

    def spans(self, notion: str) -> list[tuple[int, int]]:
        return [(s, e) for s, ends in self.at.get(notion, {}).items() for e in ends]


@lru_cache(maxsize=1)
def lexicons() -> tuple[Lexicon, ...]:
    """Return every language that has a file."""
    folder = files("viewfinder.governance.intents") / "languages"
    return tuple(
        _read(entry.name.removesuffix(".toml"), entry.read_text("utf-8"))
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".toml")
    )


def _read(code: str, text: str) -> Lexicon:
    lines = {
        name: [_term(t) for t in str(line).split()] for name, line in tomllib.loads(text).items()
    }
    words: dict[str, list[str]] = {}
    phrases: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    stems, ends = [], []
    for notion, terms in lines.items():
        for term in terms if notion not in SUPPORTING else ():
            if len(term) > 1:
                phrases.setdefault(term[0], []).append((notion, term))
            elif term[0].endswith("*"):
                stems.append((term[0][:-1], notion))
            elif term[0].startswith("*"):
                ends.append((term[0][1:], notion))
            else:
                words.setdefault(term[0], []).append(notion)
    return Lexicon(
        code,
        marks=frozenset(t[0] for t in lines["marks"]),
        kept=frozenset(t[0] for t in lines.get("keep", ())),
        words={word: tuple(notions) for word, notions in words.items()},
        phrases={first: tuple(rows) for first, rows in phrases.items()},
        stems=tuple(stems),
        ends=tuple(ends),
        grown_on=tuple(t[0] for t in lines.get("grown_on", ())),
    )


def _term(written: str) -> tuple[str, ...]:
    return tuple(part for piece in written.split("_") for part in fold(piece).split())


def present(words: Sequence[str]) -> list[Lexicon]:
    """Return the languages that the words may be in, likeliest first.

    A text may mix languages, so each with at least half as many marks as the best counts, and
    each that knows a long word which those do not know; without any mark all do.
    """
    said = set(words)
    marks = {lexicon.code: len(said & lexicon.marks) for lexicon in lexicons()}
    most = max(marks.values())
    if not most:
        return [*lexicons()]
    likely = [x for x in lexicons() if marks[x.code] * 2 >= most]
    strange = {w for w in said if len(w) >= 6 and not any(w in x.words for x in likely)}
    mixed_in = [x for x in lexicons() if x not in likely and not strange.isdisjoint(x.words)]
    return sorted(likely, key=lambda x: (-marks[x.code], x.code != "en")) + mixed_in


def places(words: Sequence[str], spoken: Sequence[Lexicon]) -> Places:
    """Return where the notions of some languages stand in the words."""
    at: dict[str, dict[int, set[int]]] = {}
    for lexicon in spoken:
        for start in range(len(words)):
            for notion, end in lexicon.meant(words, start):
                if notion == "link" and lexicon is not spoken[0]:
                    continue  # short words of one language are nouns of another
                at.setdefault(notion, {}).setdefault(start, set()).add(end)
    for start, word in enumerate(words):
        if word.isdigit():
            at.setdefault("number", {}).setdefault(start, set()).add(start + 1)
    return Places(at)


def vocabulary(spoken: Iterable[Lexicon]) -> frozenset[str]:
    """Return all words, for finding them in letters run together or mistyped."""
    return frozenset(
        word
        for lexicon in spoken
        for word in (
            *lexicon.words,
            *(w for rows in lexicon.phrases.values() for _, phrase in rows for w in phrase),
        )
    )
