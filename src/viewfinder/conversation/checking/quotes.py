"""Quotes, held against the words they are taken from.

A quote matches where its words stand, one after the other, in the stored words. Both are
normalised first, in four declared ways and no other:

1. compatible characters are one (Unicode NFKC);
2. case is folded;
3. any white space is one break between words;
4. punctuation is a break, except an apostrophe between letters, a point, comma or colon
   between digits, a minus before a number, and signs that are read out (% & @ # and
   Unicode's symbols, such as $ or +).

So "15" is not "fifteen", "we're" is not "were", and no word may be left out in between. A
quote may be a part of what is stored, but not so that a negation of the same sentence is
lost; " …" at its very end says that it is cut there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from viewfinder.conversation.checking import lexicon
from viewfinder.domain.annotation import Annotation
from viewfinder.domain.time import TimeSpan

CUT = "…"
LONGEST = 280
REACH = 12
"""A negation this many words away in the same sentence belongs to what is quoted."""

# Scripts without spaces: each sign is a word of its own.
_SIGN = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(
    rf"[{_SIGN}]"
    rf"|(?:(?<![^\s(])-(?=\d))?[^\W_{_SIGN}]+"
    rf"(?:(?:(?<=\d)[.,:](?=\d)|'(?=[^\W\d_]))[^\W_{_SIGN}]+)*"
    r"|[%‰&@#]"
)
_END = re.compile(r"[.!?;…]+(?=\s|$)|\n")
_APOSTROPHES = dict.fromkeys(map(ord, "’ʼ‘`´"), "'")
_MINUS = dict.fromkeys(map(ord, "−‐‑"), "-")


def shortened(text: str) -> str:
    """Return a text on one line, cut at a word and marked as cut where it is long."""
    flat = " ".join(text.split())
    if len(flat) <= LONGEST:
        return flat
    return f"{flat[:LONGEST].rsplit(' ', 1)[0]} {CUT}"


def tokens(text: str) -> tuple[str, ...]:
    """Return the words of a text, normalised as declared above."""
    return tuple(token for sentence in sentences(text) for token in sentence)


@lru_cache(maxsize=2048)
def sentences(text: str) -> tuple[tuple[str, ...], ...]:
    """Return the normalised words of each sentence of a text, empty sentences left out."""
    folded = unicodedata.normalize("NFKC", text.translate(_APOSTROPHES)).casefold()
    plain = unicodedata.normalize("NFKC", folded).translate(_APOSTROPHES | _MINUS)
    split = (tuple(_tokens(part)) for part in _END.split(plain))
    return tuple(sentence for sentence in split if sentence)


def _tokens(text: str) -> Iterator[str]:
    at = 0
    for match in _TOKEN.finditer(text):
        yield from (c for c in text[at : match.start()] if unicodedata.category(c)[0] == "S")
        yield match.group()
        at = match.end()
    yield from (c for c in text[at:] if unicodedata.category(c)[0] == "S")


def mismatch(quote: str, words: str) -> str:
    """Return why a quote is not what the words say; empty where it is.

    Args:
        quote: Without its quotation marks.
        words: As stored.
    """
    body = quote.strip()
    is_cut = body.endswith((CUT, "..."))
    body = body.rstrip(f"{CUT}. ") if is_cut else body
    if (CUT in body or "..." in body) and not (CUT in words or "..." in words):
        return f"the quote “{quote}” leaves words out in the middle"
    wanted, stored = tokens(body), tokens(words)
    if not wanted:
        is_there = bool(body) and body in words
        return "" if is_there else f"the quote “{quote}” holds no words"
    places = [n for n in range(len(stored)) if stored[n : n + len(wanted)] == wanted]
    if not places:
        return _difference(quote, wanted, stored)
    lost = {_lost_negation(words, at, at + len(wanted), is_cut=is_cut) for at in places}
    return "" if "" in lost else f"the quote “{quote}” is cut so that {min(lost)!r} is lost"


def _lost_negation(words: str, start: int, end: int, *, is_cut: bool) -> str:
    """Return the negation that stands beside tokens ``start:end`` in their sentences."""
    at = 0
    for sentence in sentences(words):
        first, last = max(start - at, 0), min(end - at, len(sentence))
        if first < last:
            before = sentence[max(0, first - REACH) : first] if start > at else ()
            after = () if is_cut or end >= at + len(sentence) else sentence[last : last + REACH]
            found = [t for t in (*before, *after) if lexicon.is_negation(t)]
            if found:
                return found[0]
        at += len(sentence)
    return ""


def _difference(quote: str, wanted: Sequence[str], stored: Sequence[str]) -> str:
    """Say in words how a quote differs from the place that is most like it.

    References:
        Levenshtein, *Binary codes capable of correcting deletions, insertions and
        reversals*, 1966, over words; the place by rapidfuzz's partial alignment.
    """
    found = fuzz.partial_ratio_alignment(list(wanted), list(stored))
    near = stored[found.dest_start : found.dest_end] if found else ()
    if not found or found.score < 50:
        return f"the quote “{quote}” is not what the cited words say"
    said = list(wanted[found.src_start : found.src_end])
    edits = [e for e in Levenshtein.opcodes(said, list(near)) if e.tag != "equal"]
    mine = [t for e in edits for t in said[e.src_start : e.src_end]]
    theirs = [t for e in edits for t in near[e.dest_start : e.dest_end]]
    kind = "a word"
    if any(map(lexicon.is_negation, mine)) != any(map(lexicon.is_negation, theirs)):
        kind = "a negation"
    elif any(t[-1].isdigit() for t in (*mine, *theirs)):
        kind = "a number"
    return (
        f"{kind} differs in the quote “{quote}”: it has “{' '.join(mine)}”, "
        f"the cited words have “{' '.join(theirs)}”"
    )


def occurs(quote: str, words: Collection[str]) -> bool:
    """Tell whether any of several stored texts holds a quote."""
    return any(not mismatch(quote, each) for each in words)


def spoken_during(note: Annotation, span: TimeSpan, *, slack_ns: int = 0) -> str:
    """Return the stored words of a note at an interval.

    Words that lie across an edge of the interval count as inside. A note without times
    for its words counts whole, where it overlaps at all.

    Args:
        note: As the store has it.
        span: The interval.
        slack_ns: How far words may lie outside; recognisers place words to a few frames.
    """
    wide = TimeSpan(max(0, span.start_ns - slack_ns), span.end_ns + slack_ns)
    if not note.words:
        touches = note.span.overlap_ns(wide) or wide.holds(note.span.start_ns)
        return note.text if touches else ""
    held = [n for n, w in enumerate(note.words) if w.span.overlap_ns(wide) or w.span == wide]
    if not held:
        return ""
    if len(held) == len(note.words):
        return note.text
    return " ".join(word.text.strip() for word in note.words[held[0] : held[-1] + 1])
