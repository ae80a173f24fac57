"""From the nouns of a question to the names that picture recognisers use.

"Vehicle" means every kind of car, bus and boat that a recogniser can name; "woman" has no
class of its own and means "person", less surely. The tree is WordNet 3.0, cut down to
nouns near a class; ``benchmarks/picture/make_lexicon.py`` wrote it.

References:
    Fellbaum (ed.), *WordNet: An Electronic Lexical Database*, MIT Press 1998.
"""

from __future__ import annotations

import gc
import gzip
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

CLIMB_COST = 0.6
"""Factor per level climbed from a noun to the nearest kind that a recogniser knows."""

_LONGEST = 3  # words of the longest entry
_TYPO_LENGTH = 7  # shorter words have too many neighbours
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class Term:
    """A noun of a question, and the classes that show it.

    Attributes:
        text: As it stands in the question.
        noun: As the lexicon spells it.
        classes: Name of class to weight in (0, 1].
    """

    text: str
    noun: str
    classes: Mapping[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class Lexicon:
    """Nouns, and nodes of the noun tree with the classes below them."""

    nodes: tuple[tuple[str, ...], ...]
    nouns: Mapping[str, tuple[tuple[int, int], ...]]

    def classes(self, noun: str) -> dict[str, float]:
        """Return the classes of a noun with their weights; empty for an unknown one."""
        found: dict[str, float] = {}
        for node, climbed in self.nouns.get(noun, ()):
            for name in self.nodes[node]:
                found[name] = max(found.get(name, 0.0), CLIMB_COST**climbed)
        return found

    def spelled(self, words: str) -> str | None:
        """Return the entry for a word or phrase, plural endings undone; None for none."""
        forms = [words]
        if words.endswith("men"):
            forms.append(words[:-2] + "an")
        if words.endswith("ies"):
            forms.append(words[:-3] + "y")
        if words.endswith("es"):
            forms.append(words[:-2])
        if words.endswith("s") and not words.endswith("ss"):
            forms.append(words[:-1])
        return next((form for form in forms if form in self.nouns), None)

    def terms(self, text: str, *, passed_over: Collection[str] = ()) -> list[Term]:
        """Return the nouns of ``text`` in order, longest entries first, each once.

        Args:
            text: A question or a part of one.
            passed_over: Lower-case words that are no nouns here (function words).
        """
        words = _WORD.findall(text.casefold())
        found: dict[str, Term] = {}
        at = 0
        while at < len(words):
            for length in range(min(_LONGEST, len(words) - at), 0, -1):
                phrase = " ".join(words[at : at + length])
                if length == 1 and phrase in passed_over:
                    continue
                noun = self.spelled(phrase) or (self._mended(phrase) if length == 1 else None)
                if noun:
                    found.setdefault(noun, Term(phrase, noun, self.classes(noun)))
                    at += length - 1
                    break
            at += 1
        return list(found.values())

    def _mended(self, word: str) -> str | None:
        """Return the one entry a single slip away from a long word; None for none or many."""
        if len(word) < _TYPO_LENGTH or not word.isascii():
            return None
        near = {slip for slip in _slips(word) if slip in self.nouns}
        return near.pop() if len(near) == 1 else None


def _slips(word: str) -> set[str]:
    """Return all words one insertion, deletion, swap or change away (Damerau 1964)."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    halves = [(word[:i], word[i:]) for i in range(1, len(word) + 1)]
    return {
        *(a + b[1:] for a, b in halves if b),
        *(a + b[1] + b[0] + b[2:] for a, b in halves if len(b) > 1),
        *(a + c + b[1:] for a, b in halves if b for c in letters),
        *(a + c + b for a, b in halves for c in letters),
    }


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """Return the lexicon, read once per process."""
    packed = resources.files(__package__).joinpath("wordnet.tsv.gz").read_bytes()
    lines = gzip.decompress(packed).decode().splitlines()
    count = int(lines[0])
    nodes = tuple(tuple(line.split("|")) for line in lines[1 : count + 1])
    nouns: dict[str, tuple[tuple[int, int], ...]] = {}
    for line in lines[count + 1 :]:
        noun, _, meant = line.partition("\t")
        pairs = (pair.split(":") for pair in meant.split())
        nouns[noun] = tuple((int(node), int(climbed)) for node, climbed in pairs)
    read = Lexicon(nodes, nouns)
    gc.freeze()  # all of it stays: the collector need not walk it at every other question
    return read
