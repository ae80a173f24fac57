"""What recognisers named in a stretch of picture, held against what a question names.

Classes through WordNet, colours of things and of frames, numbers of things frame by
frame, and what must be absent. Everything here has a box or a label behind it that can be
shown; nothing is a guess from vectors.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from viewfinder.domain.annotation import Annotation, TrackName
from viewfinder.domain.colours import COLOURS, split_colour
from viewfinder.domain.search import Support
from viewfinder.domain.segment import Segment
from viewfinder.domain.time import TimeSpan
from viewfinder.retrieval.asking.language import Language
from viewfinder.retrieval.seeing.wordnet import Term, lexicon

LIKELY = 0.5
"""From this confidence on a box or a label may be said."""

_DOUBT = 0.03  # what a class gets where it is not noted at all
_MOST_COUNTED = 12
_WORD = re.compile(r"[^\W\d_]+|\d+")


@lru_cache(maxsize=1)
def _colour_words() -> Mapping[str, str]:
    """Return the colour of every colour word of every language that has one here."""
    text = resources.files(__package__).joinpath("colours.toml").read_text("utf-8")
    return {word: colour for colour, words in tomllib.loads(text).items() for word in words.split()}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a question names that a recogniser could have noted.

    Attributes:
        terms: Nouns with their classes.
        colours: (colour, noun it stands before or None).
        counts: (number, noun).
        absent: Nouns that must not be there.
    """

    terms: tuple[Term, ...]
    colours: tuple[tuple[str, Term | None], ...] = ()
    counts: tuple[tuple[int, Term], ...] = ()
    absent: tuple[Term, ...] = ()

    def classes(self) -> frozenset[str]:
        """Return every class that any of it could be noted as."""
        return frozenset(name for term in (*self.terms, *self.absent) for name in term.classes)


@dataclass(frozen=True, slots=True)
class Seen:
    """What of it a segment shows, each in [0, 1].

    Attributes:
        named: Classes of the nouns, on a log scale, mean over the nouns.
        coloured: Colours, on the thing where one is named.
        counted: Share of the frames that show exactly the number asked for.
        unwanted: Share of the frames that show what must not be there.
    """

    named: float = 0.0
    coloured: float = 0.0
    counted: float = 0.0
    unwanted: float = 0.0


def wanted(
    question: str, terms: Sequence[Term], exclude: Sequence[str], language: Language
) -> Wanted:
    """Return what a question names."""
    numbers = language.grammar["numbers"]
    words = [w.casefold() for w in _WORD.findall(question)]
    heads = {term.text.split()[0]: term for term in terms}
    colours: list[tuple[str, Term | None]] = []
    counts: list[tuple[int, Term]] = []
    for at, word in enumerate(words):
        after = [heads[w] for w in words[at + 1 : at + 4] if w in heads]
        colour = _colour_words().get(word)
        if colour:
            colours.append((colour, after[0] if after else None))
        number = float(word if word.isdigit() else numbers.get(word, 0))
        # "A" and "one" say that something is there, not how many.
        if 1 < number <= _MOST_COUNTED and after:
            counts.append((int(number), after[0]))
    absent = lexicon().terms(" , ".join(exclude), passed_over=language.function_words)
    return Wanted(tuple(terms), tuple(colours), tuple(counts), tuple(absent))


def seen(asked: Wanted, segments: Sequence[Segment]) -> list[Seen]:
    """Return what of it each segment shows."""
    classes = asked.classes()
    return [_seen(asked, _Notes.of(segment, classes)) for segment in segments]


def _seen(asked: Wanted, notes: _Notes) -> Seen:
    strengths = [notes.strength(term.classes) for term in asked.terms]
    named = sum(_log_share(s) for s in strengths) / len(strengths) if strengths else 0.0
    coloured = [notes.coloured(colour, thing) for colour, thing in asked.colours]
    counted = [notes.counted(number, thing) for number, thing in asked.counts]
    unwanted = [notes.share(term.classes) for term in asked.absent]
    return Seen(
        named,
        _mean(coloured),
        _mean(counted),
        max(unwanted, default=0.0),
    )


def supports(asked: Wanted, segment: Segment) -> tuple[Support, ...]:
    """Return what may be said of it in plain words, best first."""
    return _Notes.of(segment, asked.classes()).supports(asked)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _log_share(probability: float) -> float:
    """Map [0, 1] to [0, 1] so that a first hint counts more than the last certainty."""
    return math.log((probability + _DOUBT) / _DOUBT) / math.log((1 + _DOUBT) / _DOUBT)


@dataclass(frozen=True, slots=True)
class _Notes:
    """A segment's notes that are asked for, by kind."""

    segment: Segment
    things: Mapping[str, list[tuple[str | None, Annotation]]]  # by class, with the colour
    labels: Mapping[str, list[Annotation]]
    colours: Mapping[str, list[Annotation]]

    @classmethod
    def of(cls, segment: Segment, classes: Collection[str]) -> _Notes:
        things: dict[str, list[tuple[str | None, Annotation]]] = defaultdict(list)
        labels: dict[str, list[Annotation]] = defaultdict(list)
        colours: dict[str, list[Annotation]] = defaultdict(list)
        for part in segment.parts:
            if part.region is not None:
                colour, name = split_colour(part.text)
                if name in classes:
                    things[name].append((colour, part))
            elif part.text in COLOURS:
                colours[part.text].append(part)
            elif part.text in classes:
                labels[part.text].append(part)
        return cls(segment, things, labels, colours)

    def frames(self) -> int:
        """Return how many frames have notes; they are told apart by their stretch."""
        return len({part.span for part in self.segment.parts})

    def strength(self, classes: Mapping[str, float]) -> float:
        """Return the best weighted confidence of any of the classes."""
        boxes = (
            classes.get(name, 0.0) * part.confidence
            for name, parts in self.things.items()
            for _, part in parts
        )
        labels = (
            classes.get(name, 0.0) * part.confidence
            for name, parts in self.labels.items()
            for part in parts
        )
        return max((*boxes, *labels), default=0.0)

    def share(self, classes: Mapping[str, float]) -> float:
        """Return the share of frames where one of the classes is likely."""
        spans = {
            part.span
            for name in classes
            for part in (*(p for _, p in self.things.get(name, ())), *self.labels.get(name, ()))
            if part.confidence >= LIKELY
        }
        return len(spans) / self.frames() if spans else 0.0

    def coloured(self, colour: str, thing: Term | None) -> float:
        frame = max((part.confidence for part in self.colours.get(colour, ())), default=0.0)
        if thing is None:
            return frame
        boxes = [
            part.confidence
            for name in thing.classes
            for c, part in self.things.get(name, ())
            if c == colour
        ]
        return max([*boxes, frame / 2])

    def counted(self, number: int, thing: Term) -> float:
        per_frame = self._per_frame(thing)
        if not per_frame:
            return 0.0
        return sum(n == number for n in per_frame.values()) / self.frames()

    def _per_frame(self, thing: Term) -> Counter[TimeSpan]:
        return Counter(
            part.span
            for name in thing.classes
            for _, part in self.things.get(name, ())
            if part.confidence >= LIKELY
        )

    def supports(self, asked: Wanted) -> tuple[Support, ...]:
        wanted_colours = {thing.noun: colour for colour, thing in asked.colours if thing}
        found: list[Support] = []
        for term in asked.terms:
            found += self._boxes(term, wanted_colours.get(term.noun))
            found += self._labels(term)
        for colour, thing in asked.colours:
            if thing is None:
                found += self._colour(colour)
        return tuple(sorted(found, key=lambda s: (-s.score, s.text)))

    def _boxes(self, term: Term, colour: str | None) -> list[Support]:
        found: list[Support] = []
        for name in term.classes:
            likely = [(c, p) for c, p in self.things.get(name, ()) if p.confidence >= LIKELY]
            matching = [p for c, p in likely if c == colour] if colour else []
            parts = matching or [p for _, p in likely]
            if not parts:
                continue
            best = max(parts, key=lambda p: p.confidence)
            shown = f"{colour} {name}" if matching else name
            per_frame = Counter(p.span for p in parts)
            most = max(per_frame.values())
            what = f"{most} {_plural(shown)} are" if most > 1 else f"{_article(shown)} {shown} is"
            fact = f"{what} visible, {len(per_frame)} of {self.frames()} key frames"
            span = TimeSpan.hull(per_frame).clipped(self.segment.span)
            matched = (term.text, colour) if matching and colour else (term.text,)
            found.append(Support(TrackName.OBJECTS, fact, span, best.confidence, best, matched))
        return found

    def _labels(self, term: Term) -> list[Support]:
        found: list[Support] = []
        for name in term.classes:
            parts = [p for p in self.labels.get(name, ()) if p.confidence >= LIKELY]
            if parts:
                best = max(parts, key=lambda p: p.confidence)
                fact = f"looks like: {name} ({best.confidence:.2f})"
                span = TimeSpan.hull(p.span for p in parts).clipped(self.segment.span)
                found.append(
                    Support(TrackName.LABELS, fact, span, best.confidence, best, (term.text,))
                )
        return found

    def _colour(self, colour: str) -> list[Support]:
        parts = self.colours.get(colour, [])
        if not parts:
            return []
        best = max(parts, key=lambda p: p.confidence)
        span = TimeSpan.hull(p.span for p in parts).clipped(self.segment.span)
        fact = f"{round(best.confidence * 100)} % of the picture is {colour}"
        return [Support(TrackName.LOOK, fact, span, best.confidence, best, (colour,))]


def _article(name: str) -> str:
    return "an" if name[0] in "aeiou" else "a"


_PLURALS = {"person": "people", "sheep": "sheep", "mouse": "mice", "knife": "knives"}


def _plural(name: str) -> str:
    head, _, last = name.rpartition(" ")
    plural = _PLURALS.get(last) or (
        last + "es" if last.endswith(("s", "x", "ch", "sh")) else last + "s"
    )
    return f"{head} {plural}".strip()
