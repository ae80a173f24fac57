"""What a follow-up says, by its words alone: one reading per question, from patterns.

The patterns are data, one file per language in ``languages``; a language without a file
is read with the English one. Nothing here knows what was said before.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from viewfinder.domain.annotation import TrackName
from viewfinder.domain.conversation import Step
from viewfinder.retrieval.asking import language

_MARKS = " \t\n,;:.?!¿¡"


@dataclass(frozen=True)
class Cues:
    """The patterns of one language, ready to match."""

    code: str
    table: Mapping[str, Any]

    def search(self, key: str, text: str) -> re.Match[str] | None:
        """Return the first match of any pattern of ``key`` anywhere in the text."""
        return next((m for p in self._patterns(key) if (m := p.search(text))), None)

    def whole(self, key: str, text: str) -> re.Match[str] | None:
        """Return the first match of any pattern of ``key`` with all of the text."""
        return next((m for p in self._patterns(key) if (m := p.fullmatch(text))), None)

    def without(self, key: str, text: str) -> str:
        """Return the text without what ``key`` matches."""
        for pattern in self._patterns(key):
            text = pattern.sub(" ", text)
        return tidy(text)

    def ordinal(self, words: str) -> int:
        """Return the label an ordinal names: from 1, -1 for the last, 0 for the next."""
        known: Mapping[str, int] = self.table["ordinals"]
        plain = words.casefold()
        return known[plain] if plain in known else int(re.sub(r"\D", "", plain))

    @property
    def function_terms(self) -> frozenset[str]:
        """Words of the language that carry nothing, as terms."""
        return language.load(self.code).function_terms

    def _patterns(self, key: str) -> list[re.Pattern[str]]:
        found = self.table[key]
        return [self._filled(p) for p in ([found] if isinstance(found, str) else found)]

    def _filled(self, pattern: str) -> re.Pattern[str]:
        ordinals = "|".join(sorted(self.table["ordinals"], key=len, reverse=True))
        pattern = pattern.replace("{n}", rf"(?:{ordinals}|\d{{1,2}}(?:st|nd|rd|th)?)")
        return language.compiled(pattern.replace("{kind}", self.table["kind"]))


@dataclass(frozen=True, slots=True)
class Reading:
    """A question taken apart.

    Attributes:
        text: The question without lead-in and marks.
        is_going_on: It begins with "and" or the like.
        is_switch: It says that it changes the subject.
    """

    text: str
    is_going_on: bool = False
    is_switch: bool = False


@lru_cache(maxsize=16)
def load(code: str) -> Cues:
    """Return the cues of a language: what its file leaves out is taken from the default."""
    folder = resources.files(__package__) / "languages"
    table = tomllib.loads((folder / f"{language.DEFAULT}.toml").read_text("utf-8"))
    own = folder / f"{code}.toml"
    if code != language.DEFAULT and own.is_file():
        table |= tomllib.loads(own.read_text("utf-8"))
    return Cues(code, table)


def detect(question: str, before: str | None) -> str:
    """Return the language of a follow-up; one too short to tell keeps that of the talk.

    A short one in another language is known by a cue of that language matching whole.
    """
    found = language.detect(question)
    if found != language.DEFAULT:
        return found
    words = tidy(question)
    for code in dict.fromkeys((before or language.DEFAULT, *language.known())):
        cues = load(code)
        if _is_follow_up(cues, read(words, cues).text):
            return code
    return before if before and len(words.split()) <= SHORT else found


SHORT = 3
"""A question of at most so many words does not change the language of the talk."""


def _is_follow_up(cues: Cues, words: str) -> bool:
    keys = (
        *("pick", "why", "compare", "summary", "count", "lines", "elsewhere", "everywhere"),
        *("remark", "around", "back", "again"),
    )
    return any(cues.whole(key, words) for key in keys) or direction(words, cues) is not None


def tidy(text: str) -> str:
    """Return the text on one line without marks at its ends."""
    return re.sub(r"\s+", " ", text).strip(_MARKS)


def read(question: str, cues: Cues) -> Reading:
    """Take the lead-in ("ok, and ...") and the marks off a question.

    Remarks before it go too ("Nice one. What is next?"), capitals of shouting, and slips
    of the keyboard in words that only join or point.
    """
    text = mended(_asked(tidy(_unshouted(question.replace("’", "'"))), cues), cues)
    for short, whole in cues.table["contracted"]:
        text = language.compiled(short).sub(whole, text)
    if cues.whole("remark", text):
        return Reading(text)
    is_going_on = is_switch = False
    while True:
        match = _leading(cues, "switch", text) or _leading(cues, "lead_in", text)
        if match is None:
            break
        lead, rest = tidy(match["lead"]), tidy(text[match.end() :])
        if not rest:
            break
        is_switch = is_switch or cues.whole("switch", lead) is not None
        is_going_on = is_going_on or cues.whole("going_on", lead) is not None
        text = rest
    for pattern in cues.table["trailing"]:
        shorter = tidy(re.sub(rf"[\s,]+(?:{pattern})\W*$", "", text, flags=re.IGNORECASE))
        text = shorter or text
    return Reading(text, is_going_on, is_switch)


def _unshouted(question: str) -> str:
    """Return a question typed in capitals in small letters; one or two words may be codes."""
    is_shouted = question.isupper() and len(question.split()) >= SHORT
    return question.lower() if is_shouted else question


def _asked(text: str, cues: Cues) -> str:
    """Return the text without sentences before the last that only remark on something."""
    while (cut := re.search(r"(?<=\w{2})[.!]+\s+(?=\S)", text)) and cues.whole(
        "remark", tidy(text[: cut.start()])
    ):
        text = text[cut.end() :]
    return text


_LEAST_LETTERS = 4
"""Of a word with a letter too few or too many; in shorter ones only two may be swapped."""


def mended(text: str, cues: Cues) -> str:
    """Return the text with slips undone in words that only join or point: "waht", "befor".

    Only a word no list knows is changed, and only where one known word is a slip away.

    References:
        Damerau, *A Technique for Computer Detection and Correction of Spelling Errors*,
        Communications of the ACM 7(3), 1964.
    """
    known = frozenset(cues.table["often"].split())
    real = frozenset(cues.table["real"].split()) | language.load(cues.code).function_words

    def fixed(match: re.Match[str]) -> str:
        word = match.group()
        low = word.casefold()
        if low in known or low in real or not word.islower():
            return word
        near = [w for w in known if _is_slip(low, w)]
        return near[0] if len(near) == 1 else word

    return re.sub(r"[^\W\d_]{3,}", fixed, text)


def _is_slip(word: str, meant: str) -> bool:
    """Tell whether one swap, or one letter more or less, turns ``word`` into ``meant``."""
    if len(word) == len(meant):
        apart = [n for n, (a, b) in enumerate(zip(word, meant, strict=True)) if a != b]
        if len(apart) == 2 and apart[1] == apart[0] + 1:
            return word[apart[0]] + word[apart[1]] == meant[apart[1]] + meant[apart[0]]
        return False
    if abs(len(word) - len(meant)) != 1 or min(len(word), len(meant)) < _LEAST_LETTERS:
        return False
    longer, shorter = (word, meant) if len(word) > len(meant) else (meant, word)
    # A letter too many at the end is an ending: "seconds" is not "second" mistyped.
    end = len(longer) - (longer is word)
    return any(longer[:n] + longer[n + 1 :] == shorter for n in range(1, end))


def _leading(cues: Cues, key: str, text: str) -> re.Match[str] | None:
    words = "|".join(cues.table[key])
    return re.match(rf"(?P<lead>{words})(?=[\s,;:.!?-])[\s,;:.!?-]*", text, re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Direction:
    """Before or after what was shown, what is asked of it, and in which track."""

    step: Step
    rest: str
    track: TrackName | None


def direction(text: str, cues: Cues) -> Direction | None:
    """Return where in time a question points from the last moment; None if nowhere."""
    if match := cues.whole("next_part", text):
        is_earlier = cues.search("earlier", " ".join(filter(None, match.groups()))) is not None
        return Direction(Step.BEFORE if is_earlier else Step.AFTER, "", None)
    for step, key in ((Step.AFTER, "after"), (Step.BEFORE, "before")):
        match = cues.search(key, text)
        if match is None:
            continue
        rest = tidy(f"{text[: match.start()]} {text[match.end() :]}")
        track = None
        if cues.search("speech", rest):
            track = TrackName.SPEECH
        elif cues.search("screen_text", rest):
            track = TrackName.SCREEN_TEXT
        if cues.whole("asks_nothing", rest):
            rest = ""
        return Direction(step, rest, track)
    return None


def narrowed(topic: str, wish: str, cues: Cues) -> str:
    """Return the topic with one more wish: "cars" and "only red ones" give "red cars".

    What must not be there stays last, so that a later wish is not read as a part of it.
    """
    topic, excluding, unwanted = topic.partition(cues.table["without"])
    return _with_wish(topic, tidy(wish), cues) + excluding + unwanted


def _with_wish(topic: str, wish: str, cues: Cues) -> str:
    if match := cues.whole("adjective_ones", wish):
        if match["not"]:
            return f"{topic}{cues.table['without']}{match['adjective']}"
        return f"{match['adjective']} {topic}"
    wish = tidy(_first_sub(cues, "ones", wish))
    if match := cues.search("negated", wish):
        return f"{topic}{cues.table['without']}{tidy(wish[match.end() :])}"
    if cues.search("clause", wish):
        return f"{topic} {wish}"
    if len(wish.split()) == 1 and topic:
        return f"{topic}{cues.table['with']}{wish}"
    return f"{topic}{cues.table['with']}{wish}" if topic else wish


def _first_sub(cues: Cues, key: str, text: str) -> str:
    match = cues.search(key, text)
    return f"{text[: match.start()]}{text[match.end() :]}" if match else text


def wanted_track(wish: str, cues: Cues) -> TrackName | None:
    """Return the track that a wish asks to be there: "with text on screen"."""
    wish = tidy(_first_sub(cues, "ones", tidy(wish)))
    if cues.whole("has_text", wish):
        return TrackName.SCREEN_TEXT
    if cues.whole("has_speech", wish):
        return TrackName.SPEECH
    return None
