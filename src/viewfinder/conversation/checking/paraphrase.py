"""Whether words say again what other words say: a lexical and semantic check.

Strict on purpose: what is left unsure is not supported. Every content word of the sentence
must be in the cited words by its stem; with an encoder, a few may instead mean a word that
is there. The polarity must be the same, names must occur, and keep their order.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from viewfinder.conversation.checking import lexicon, quotes
from viewfinder.domain.answer import Evidence
from viewfinder.domain.words import term
from viewfinder.ports import TextEncoder
from viewfinder.retrieval.asking import language

NEAR = 0.82
"""Two words mean the same from this cosine on. Of 24 pairs of opposites ("increase",
"decrease") none reaches 0.80 with the default encoder, of 22 pairs of one meaning a quarter
passes 0.82: what is left out by this is silence, not error."""
CLOSE = 0.8
"""A sentence with words of its own must be this close to what it cites, as a whole."""
OWN_WORDS = 0.34
"""At most this share of the content words may be the sentence's own."""

_NAME = re.compile(r"(?<![.!?:]\s)(?<!^)\b[^\W\d_a-zß-öø-ÿ][\w'-]*")


def unsupported(said: str, cited: Sequence[Evidence], encoder: TextEncoder | None) -> str:
    """Return why the cited words do not bear out a sentence; empty where they do.

    Args:
        said: What is left of a sentence after quotes, facts, frames, times and numbers.
        cited: Pieces with words of the footage.
        encoder: See ``claims.check``.
    """
    words = [t for t in quotes.tokens(said) if any(c.isalpha() for c in t)]
    content = [t for t in words if _is_content(t)]
    negated = any(map(lexicon.is_negation, words))
    if not content and not negated:
        return ""
    if not cited:
        return f"“{content[0] if content else words[0]}” is not in what is cited"
    bearing = _bearing({term(t) for t in content}, cited)
    if fault := _polarity(quotes.sentences(said), bearing, {term(t) for t in content}):
        return fault
    there = {term(t): t for sentence in bearing for t in sentence}
    names = _names(said)
    missing = [t for t in content if term(t) not in there]
    for name in missing:
        if term(name) in names:
            return f"the name “{name}” is not in what is cited"
    named = names.union(*(_names(piece.text) for piece in cited))
    if fault := _order([term(t) for t in content if term(t) in named], bearing):
        return fault
    if not missing:
        return ""
    if encoder is None or len(missing) > OWN_WORDS * len(content):
        return f"“{missing[0]}” is not in what is cited"
    return _unlike(said, missing, bearing, encoder)


def _names(text: str) -> set[str]:
    """Return the stems of words with a capital that the start of a sentence does not explain."""
    return {term(t) for name in _NAME.findall(text) for t in quotes.tokens(name)}


def _is_content(token: str) -> bool:
    return not (
        is_function(token)
        or token in lexicon.light()
        or lexicon.is_negation(token)
        or lexicon.number(token) is not None
    )


def is_function(token: str) -> bool:
    """Tell whether a normalised word carries no content, in any known language."""
    return any(token in language.load(code).function_words for code in language.known())


def _bearing(wanted: set[str], cited: Sequence[Evidence]) -> list[tuple[str, ...]]:
    """Return the cited sentences that hold a wanted stem, as normalised words."""
    every = [s for piece in cited for s in quotes.sentences(piece.text)]
    return [s for s in every if wanted & {term(t) for t in s}] or every


def _polarity(
    said: Sequence[tuple[str, ...]], bearing: Sequence[tuple[str, ...]], content: set[str]
) -> str:
    """Hold what is negated against what is negated in the cited words, word by word."""
    mine, theirs = _negated(said), _negated(bearing)
    if any(mine[head] != theirs[head] for head in mine) or any(
        theirs[head] != mine[head] for head in theirs if head in content
    ):
        return "a negation is in the sentence or in what it cites, not in both"
    return ""


def _negated(sentences: Sequence[tuple[str, ...]]) -> Counter[str]:
    """Count, for each stem, the negations that stand before it; at the end, after it.

    The first content word after a negation is taken for what it negates: a rule of thumb
    (Chapman et al., *A Simple Algorithm for Identifying Negated Findings*, J. Biomed.
    Inform. 2001), and the same on both sides.
    """
    found: Counter[str] = Counter()
    for tokens in sentences:
        for n, token in enumerate(tokens):
            if lexicon.is_negation(token):
                after = (t for t in tokens[n + 1 :] if _is_content(t))
                before = (t for t in reversed(tokens[:n]) if _is_content(t))
                found[term(next(after, None) or next(before, ""))] += 1
    return found


def _order(names: Sequence[str], bearing: Sequence[tuple[str, ...]]) -> str:
    """Hold the order of names against the cited words: who did what to whom."""
    flat = [term(t) for sentence in bearing for t in sentence]
    placed = [flat.index(name) for name in dict.fromkeys(names) if name in flat]
    return "" if placed == sorted(placed) else "names stand in another order than in what is cited"


def _unlike(
    said: str, missing: Sequence[str], bearing: Sequence[tuple[str, ...]], encoder: TextEncoder
) -> str:
    """Hold words that are not there against those that are, by what they mean."""
    there = [t for sentence in bearing for t in sentence if _is_content(t)]
    rows = encoder.encode_text([*missing, *there]).rows
    alike = np.asarray(rows[: len(missing)] @ rows[len(missing) :].T)
    for word, row in zip(missing, alike, strict=True):
        if not len(row) or float(row.max()) < NEAR:
            return f"“{word}” is not in what is cited, nor a word that means it"
    whole = encoder.encode_text([said, ". ".join(" ".join(s) for s in bearing)]).rows
    if float(whole[0] @ whole[1]) < CLOSE:
        return "the sentence is not what the cited words say"
    return ""
