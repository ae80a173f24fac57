"""What may be said of a person only in the words of the footage, and as such.

Wrongdoing, health, sexuality and immigration status: nobody is called a thief, ill, gay or
illegal in the system's own voice, no picture is shown as the answer to a question that
says so, and no such words of two sources are put together in one sentence. The words are
data (``accusing/*.toml``); those of every language hold in every language.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import lru_cache
from importlib import resources

from viewfinder.domain.answer import Evidence
from viewfinder.domain.search import Moment, QueryPlan

REASON = (
    "No picture is shown as the answer to a question that says such things of somebody, and no "
    "words about it were found."
)
ALTERNATIVE = (
    "Ask for words that are spoken or written about it, or for what can be seen: who carries, "
    "opens, leaves or takes something."
)

_LOOKALIKES = str.maketrans("013457@$", "oieastas")
_MIXED = re.compile(r"\w*(?:[a-z][0-9@$]+[a-z]|[@$][a-z]{2})[\w@$]*")
_PLAIN = str.maketrans({"ł": "l", "ı": "i", "ø": "o", "đ": "d", "æ": "ae"})
_NEVER = re.compile(r"(?!)")
_WHETHER = re.compile(
    r"^(?:is|are|was|were|does|did|has) (?:the|this|that|he|she)\b"
    r"|\b(?:is|are|was|were) (?:this|that|he|she|they|these|those)\b"
)


class Level(IntEnum):
    """What a question does.

    ``NONE``: nothing of the kind. ``WORDS``: asks for words or a story about it.
    ``ACCUSES``: says or asks it of somebody.
    """

    NONE = 0
    WORDS = 1
    ACCUSES = 2


@dataclass(frozen=True, slots=True)
class Terms:
    """The patterns of one language; see ``accusing/en.toml``."""

    benign: re.Pattern[str]
    strong: re.Pattern[str]
    state: re.Pattern[str]
    subject: re.Pattern[str]
    done: re.Pattern[str]
    told: re.Pattern[str]


@lru_cache(maxsize=1)
def terms() -> Mapping[str, Terms]:
    """Return the patterns of all languages."""
    folder = resources.files(__package__) / "accusing"
    found = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    return {
        f.name.removesuffix(".toml"): _terms(tomllib.loads(f.read_text("utf-8"))) for f in found
    }


def _terms(table: Mapping[str, Sequence[str]]) -> Terms:
    subject, orders = _any(table["subject"]), _any(table["orders"])
    done = [
        rf"{subject}(?: \w+){{0,5}}? {_any(table[key])}{end}"
        for key, end in (("doer", ""), ("against", rf" (?:\w+ ){{0,2}}?{subject}"))
        if table[key]
    ]
    return Terms(
        benign=_compiled(_any(table["benign"])),
        strong=_compiled(_any([*table["people"], *table["deeds"], *table["events"]])),
        state=_compiled(_any(table["states"])),
        subject=_compiled(subject),
        done=_compiled("|".join(done)) if done else _NEVER,
        told=_compiled(rf"(?<=\w ){_any(table['told'])}(?! {orders}\b)"),
    )


def _any(sources: Sequence[str]) -> str:
    return rf"(?:{'|'.join(sources)})"


def _compiled(source: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{source})\b")


def plain(text: str) -> str:
    """Return lower case without accents, marks or digits put for letters; spaces folded."""
    folded = unicodedata.normalize("NFKD", text.casefold().translate(_PLAIN))
    letters = "".join(c for c in folded if not unicodedata.combining(c))
    spelled = _MIXED.sub(lambda m: m.group().translate(_LOOKALIKES), letters)
    return re.sub(r"[^\w]+|_+", " ", spelled).strip()


@lru_cache(maxsize=512)
def _without_benign(text: str) -> str:
    words = plain(text)
    for language in terms().values():
        words = language.benign.sub(" ; ", words)
    return words


@lru_cache(maxsize=512)
def speaks_of(text: str) -> bool:
    """Tell whether a text says something of the kind, of anybody."""
    words = _without_benign(text)
    return any(
        language.strong.search(words)
        or language.done.search(words)
        or (language.state.search(words) and language.subject.search(words))
        for language in terms().values()
    )


def level(question: str) -> Level:
    """Return what a question does."""
    if not speaks_of(question):
        return Level.NONE
    words = _without_benign(question)
    if not _WHETHER.search(words) and any(t.told.search(words) for t in terms().values()):
        return Level.WORDS
    return Level.ACCUSES


def about(plan: QueryPlan) -> Level:
    """Return what a plan's question does, as asked and as understood."""
    return max(level(plan.question), level(plan.text)) if plan.text else level(plan.question)


def voiced(own: str, facts: Sequence[str], quoted: Sequence[Evidence], *, attributed: bool) -> str:
    """Return why a sentence may not be said; empty where it may.

    Args:
        own: What it says in the system's own voice, without quotes, facts and file names.
        facts: Plain facts it repeats.
        quoted: Pieces whose words it quotes.
        attributed: It says where the words come from.
    """
    bare = _without_benign(own)
    if any(speaks_of(text) for text in (own, *facts)) or any(
        language.state.search(bare) for language in terms().values()
    ):
        return "it says of a person, in its own voice, what only the footage may say"
    heavy = [piece for piece in quoted if speaks_of(piece.text)]
    if heavy and not attributed:
        return "words that accuse are not attributed to where they come from"
    if heavy and len({(piece.video, piece.track) for piece in quoted}) > 1:
        return "words that accuse are put together from several sources"
    return ""


def guarded(moments: Sequence[Moment], found: Level) -> tuple[Moment, ...]:
    """Return what of some moments may answer a question of that level.

    Nothing is changed for ``NONE``. Otherwise only words remain; and where the question
    accuses, only words that speak of it themselves.
    """
    if found is Level.NONE:
        return tuple(moments)
    kept = []
    for moment in moments:
        words = tuple(
            s
            for s in moment.supports
            if s.is_verbatim and (found is Level.WORDS or speaks_of(s.text))
        )
        if words:
            kept.append(replace(moment, supports=words))
    return tuple(kept)
