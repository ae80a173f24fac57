"""Tracks that contradict each other about the same moment, as cited sentences.

Few and certain: only numbers and negations count, and only where both tracks speak of the
same thing. Two tellings of the same words (captions beside a machine transcript) are
aligned word by word; words on the screen or about the file are held against what is said by
what they count ("29 dollars" and "39 dollars"). Other words that differ are mostly misheard,
and are not told.

References:
    Levenshtein 1966 (see ``quotes``), over words, for the alignment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from viewfinder.conversation.checking import lexicon, paraphrase, quotes
from viewfinder.domain.annotation import TrackName
from viewfinder.domain.answer import Evidence
from viewfinder.domain.words import term

SAME = 75.0
"""Two tellings are of the same words from this share of equal words on, in percent."""
SPOKEN = (TrackName.SPEECH, TrackName.CAPTIONS)
BESIDE = (TrackName.SCREEN_TEXT, TrackName.METADATA)
TOLD = 2
LEAST_WORDS = 4

_UNITS = {"$": "dollar", "€": "euro", "£": "pound", "%": "percent", "kg": "kilogram", "°": "degree"}
_SCALES = (100.0, 1000.0, 1e6)


@dataclass(frozen=True, slots=True)
class Counted:
    """A number of a text: its value, what it counts (a stem), and where its words stand."""

    value: float
    what: str
    start: int
    end: int


def found(pieces: Sequence[Evidence]) -> list[tuple[Evidence, Evidence]]:
    """Return pairs of pieces that contradict each other, at most ``TOLD``, in order of time.

    Args:
        pieces: Released words of one video about one moment, of all its word tracks.
    """
    sure = [p for p in pieces if p.verbatim and p.text and not p.doubtful]
    spoken = [p for p in sure if p.track in SPOKEN]
    made: list[tuple[Evidence, Evidence]] = []
    for n, one in enumerate(spoken):
        made += [
            (one, other)
            for other in spoken[n + 1 :]
            if one.track != other.track and _at_once(one, other) and _retold(one, other)
        ]
        beside = [p for p in sure if p.track in BESIDE and one.span.overlap_ns(p.span)]
        made += [(one, shown) for shown in _recounted(one, beside)]
    made.sort(key=lambda pair: (pair[0].span, pair[1].span))
    return list(dict.fromkeys(made))[:TOLD]


def _at_once(one: Evidence, other: Evidence) -> bool:
    shorter = min(one.span.duration_ns, other.span.duration_ns)
    return 2 * one.span.overlap_ns(other.span) >= max(shorter, 1)


def _retold(one: Evidence, other: Evidence) -> bool:
    """Tell whether two tellings of the same words differ in a number or a negation."""
    mine, theirs = quotes.tokens(one.text), quotes.tokens(other.text)
    if len(mine) > len(theirs):
        mine, theirs = theirs, mine
    if len(mine) < LEAST_WORDS:
        return False
    place = fuzz.partial_ratio_alignment(list(mine), list(theirs))
    if place is None or place.score < SAME:
        return False
    said = list(mine[place.src_start : place.src_end])
    near = list(theirs[place.dest_start : place.dest_end])
    edits = [e for e in Levenshtein.opcodes(said, near) if e.tag != "equal"]
    for edit in edits:
        a = said[edit.src_start : edit.src_end]
        b = near[edit.dest_start : edit.dest_end]
        values = {c.value for c in counted(a)}, {c.value for c in counted(b)}
        if values[0] and values[1] and not values[0] & values[1]:
            return True
        inner = edit.src_start > 0 and edit.src_end < len(said)
        if inner and any(map(lexicon.is_negation, a)) != any(map(lexicon.is_negation, b)):
            return True
    return False


def _recounted(one: Evidence, beside: Sequence[Evidence]) -> list[Evidence]:
    """Return the pieces that count otherwise what is said once, roundly, and shown once.

    A list of prices contradicts nobody who names one of them, so all that is shown must
    agree on a single number.
    """
    said = quotes.tokens(one.text)
    if lexicon.roughly() & set(said):
        return []
    found: list[Evidence] = []
    for thing in {c.what for c in counted(said)} - {""}:
        mine = {c.value for c in counted(said) if c.what == thing}
        shown = [
            (p, c.value) for p in beside for c in counted(quotes.tokens(p.text)) if c.what == thing
        ]
        values = {value for _, value in shown}
        if len(mine) == len(values) == 1 and mine != values:
            found += [shown[0][0]]
    return found


def counted(tokens: Sequence[str]) -> list[Counted]:
    """Return the numbers of normalised words, each with what it counts.

    "Twenty nine dollars" and "$ 29" are both 29 of "dollar". A number counts the unit beside
    it, else the next word where that carries content.
    """
    made: list[Counted] = []
    for start, end, value in _runs(tokens):
        beside = [tokens[n] for n in (end, start - 1) if 0 <= n < len(tokens)]
        unit = next((_UNITS[t] for t in beside if t in _UNITS), "")
        after = tokens[end] if end < len(tokens) else ""
        what = unit or (after if after.isalpha() and _carries(after) else "")
        made.append(Counted(value, term(what) if what else "", start, end))
    return made


def _carries(token: str) -> bool:
    return not paraphrase.is_function(token) and not lexicon.is_negation(token)


def _runs(tokens: Sequence[str]) -> Iterator[tuple[int, int, float]]:
    """Yield (start, end, value) of each number; words that go on with one belong to it."""
    n = 0
    while n < len(tokens):
        value = lexicon.number(tokens[n])
        start = n
        n += 1
        if value is None:
            continue
        while n < len(tokens) and (more := lexicon.number(tokens[n])) is not None:
            tens = 20 <= value < 100 and value % 10 == 0 and more < 10
            hundreds = 100 <= value < 1000 and value % 100 == 0 and more < 100
            if more in _SCALES and value < more:
                value *= more
            elif (tens or hundreds) and tokens[n].isalpha():
                value += more
            else:
                break
            n += 1
        yield start, n, value
