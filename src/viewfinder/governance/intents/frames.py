"""Frames: in which order which notions must stand for words to be a request.

A frame is written as notions in order: ``who be np3 body``. Between them may stand

    np3     up to three words that may belong to the noun after them
    ~5      up to five words of any kind, inside the sentence
    start   nothing: the sentence begins here
    stop    a sentence ends
    end     nothing: the sentence ends, or goes on with "or", "by", ...
    !x      the next word is no x
    a|b     either
    a-soft  an ``a`` that is not often said of things
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from viewfinder.governance.intents.lexicon import Places

_NOTION = re.compile(r"(?!start$|end$|stop$|np\d$)[a-z_|]+")
STOP = "|"
"""Stands between sentences."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Words are a request of ``kind`` where ``steps`` match and no guard holds.

    Attributes:
        kind: Of intent.
        steps: See above.
        guards: Notions that make it a question about words: "source" anywhere in the
            sentence, "speech" before the end of the match, "drawn" close to it.
        needed: For each step that needs one, the notions that will do.
    """

    kind: str
    steps: tuple[str, ...]
    guards: tuple[str, ...]
    needed: tuple[frozenset[str], ...]

    def may_match(self, there: Collection[str]) -> bool:
        """Tell whether every step that needs a notion has one."""
        return all(not need.isdisjoint(there) for need in self.needed)


@lru_cache(maxsize=1)
def frames() -> tuple[Frame, ...]:
    text = (files("viewfinder.governance.intents") / "frames.toml").read_text("utf-8")
    document = tomllib.loads(text)
    short = {name: "|".join(words.split()) for name, words in document["short"].items()}
    return tuple(
        _frame(row["kind"], [_long(step, short) for step in line.split()], row["guards"])
        for row in document["frame"]
        for line in row["of"]
    )


def _long(step: str, short: Mapping[str, str]) -> str:
    plain = step.removesuffix("-soft")
    return "|".join(short.get(n, n) for n in plain.split("|")) + step[len(plain) :]


def _frame(kind: str, steps: Sequence[str], guards: Sequence[str]) -> Frame:
    plain = [step.removesuffix("-soft") for step in steps]
    needed = tuple(frozenset(s.split("|")) for s in plain if _NOTION.fullmatch(s))
    return Frame(kind, tuple(steps), tuple(guards), needed)


def matches(frame: Frame, words: Sequence[str], places: Places) -> Iterator[tuple[int, int]]:
    """Yield where the frame fits, guards left aside."""
    for start in range(len(words)):
        for end in _after(frame.steps, words, places, start):
            yield start, end
            break


def _after(steps: Sequence[str], words: Sequence[str], places: Places, at: int) -> Iterator[int]:
    """Yield where the steps may end that begin at a word."""
    if not steps:
        yield at
        return
    for to in _one(steps[0], words, places, at):
        yield from _after(steps[1:], words, places, to)


def _one(step: str, words: Sequence[str], places: Places, at: int) -> Iterable[int]:
    if step == "start":
        return (at,) if at == 0 or words[at - 1] == STOP else ()
    if step == "stop":
        return (at + 1,) if at < len(words) and words[at] == STOP else ()
    if step == "end":
        is_over = at >= len(words) or words[at] == STOP or places.covers("after", at)
        return (at,) if is_over else ()
    if step.startswith("!"):
        return () if any(places.covers(n, at) for n in step[1:].split("|")) else (at,)
    if step.startswith("~"):
        return _gap(words, at, int(step[1:]))
    if step[:2] == "np" and step[2:].isdigit():
        return _noun_gap(words, places, at, int(step[2:]))
    if step.endswith("-soft") and places.covers("soft", at):
        return ()
    return (to for n in step.removesuffix("-soft").split("|") for to in places.ends(n, at))


def _gap(words: Sequence[str], at: int, most: int) -> Iterator[int]:
    for to in range(at, min(at + most, len(words)) + 1):
        yield to
        if to < len(words) and words[to] == STOP:
            return


def _noun_gap(words: Sequence[str], places: Places, at: int, most: int) -> Iterator[int]:
    """Yield ends of a gap of articles, then words that are neither article nor link."""
    has_noun = False
    for to in range(at, len(words) + 1):
        yield to
        if to == len(words) or words[to] == STOP:
            return
        is_article = places.covers("det", to)
        if places.covers("link", to) and not is_article:
            return
        if is_article and has_noun:
            return
        has_noun = has_noun or not is_article
        most -= not is_article
        if most < 0:
            return


def guarded(frame: Frame, start: int, end: int, words: Sequence[str], places: Places) -> bool:
    """Tell whether the match is about words of the footage, or about a drawn figure."""
    first = max((i + 1 for i in range(start) if words[i] == STOP), default=0)
    last = min((i for i in range(end, len(words)) if words[i] == STOP), default=len(words))
    if any(first <= s < last for s, _ in places.spans("pretend")):
        return False
    for guard in frame.guards:
        for s, e in places.spans(guard):
            is_order = s == first and places.covers("label", s)  # "label the faces"
            inside = first <= s and e <= last and not is_order
            if guard == "source" and inside:
                return True
            if guard == "speech" and inside and s < end:
                return True
            if guard == "drawn" and inside and start - 2 <= s < end + 2:
                return True
    return False
