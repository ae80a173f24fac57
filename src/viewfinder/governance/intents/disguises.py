"""The readings of a text whose letters were tampered with, plainest first.

A reader sees through look-alike letters, digits for letters, spaced letters and typing
errors; so must whoever decides on the question. Each reading is judged by itself: what
is harmless as typed and an order underneath is taken for the order.

Look-alikes follow the idea of the skeleton of Unicode Technical Standard 39, section 4,
over the letters that questions are written in.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence

_LOOK_ALIKES = str.maketrans(
    dict(
        zip(
            "авеёзкмнорстухіјѕһԁԛԝьгп" + "αβεζηικμνορτυχγω" + "ıøđłħŧɑɡɩʀʏᴀᴇɪᴏꜱᴛ",
            "abee3kmhopctyxijshdqwbrn" + "abeznikmvoptuxyw" + "iodlhtagiryaeiost",
            strict=True,
        )
    )
)
_PLAIN = str.maketrans({"ı": "i", "ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe"})
_DIGITS = str.maketrans("034578@$!1€|", "oeastbasiiei")
_DIGITS_L = str.maketrans("034578@$!1€|", "oeastbasilel")
_TAMPERED = re.compile(r"(?=\S*[^\W\d_])\S*[0345781@$!€|]\S*")
_SINGLES = re.compile(r"(?<!\S)\w(?:[ ._*~^/\\-]\w)+(?!\S)")
_SPLIT = re.compile(r"(?<=\w)['._*~^+/\\|`´-]+(?=\w)")
_RUN = re.compile(r"(?<!\S)\w(?:[ ._*~^/\\-]\w){4,}(?!\S)")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_STRETCHED = re.compile(r"(\w)\1{2,}")
_CJK = re.compile(r"([\u3040-\u30ff\u3400-\u9fff])")


def fold(text: str) -> str:
    """Return lower case without accents, marks or invisible characters; widths made one."""
    seen = "".join(
        c
        for c in unicodedata.normalize("NFKC", text)
        if unicodedata.category(c) not in ("Cf", "Co")
    )
    parts = unicodedata.normalize("NFKD", seen.casefold())
    letters = "".join(c for c in parts if not unicodedata.combining(c) and c != "\u00ad")
    plain = unicodedata.normalize("NFKC", letters).translate(_PLAIN)
    return _CJK.sub(r" \1 ", plain.replace("’", "'").replace("‘", "'"))


def readings(text: str, known: frozenset[str]) -> tuple[str, ...]:
    """Return the text folded, and every other way in which it may be meant.

    Args:
        text: As typed.
        known: Words to find in letters that were run together.
    """
    first = fold(text)
    found = dict.fromkeys([first])
    for made in (
        fold(_CAMEL.sub(" ", unicodedata.normalize("NFKC", text))),
        *_undone(first, known),
    ):
        found.setdefault(made)
    return tuple(found)


def _undone(text: str, known: frozenset[str]) -> Iterator[str]:
    alike = text.translate(_LOOK_ALIKES)
    for seen in dict.fromkeys((text, alike)):
        if _TAMPERED.search(seen):
            yield _letters(seen, _DIGITS)
            yield _letters(seen, _DIGITS_L)
            yield _SPLIT.sub("", _letters(seen, _DIGITS))
        if seen is not text:
            yield seen
        if _STRETCHED.search(seen):
            yield _STRETCHED.sub(r"\1", seen)
            yield _STRETCHED.sub(r"\1\1", seen)
        if _SPLIT.search(seen):
            yield _SPLIT.sub("", seen)
        if _is_spaced(seen) or _RUN.search(seen):
            yield _closed(seen, known)
        joined = max(re.findall(r"[^\W\d_]+", seen), key=len, default="")
        if len(joined) >= 18:
            yield seen.replace(joined, parted(joined, known))


def _letters(text: str, table: Mapping[int, int]) -> str:
    return _TAMPERED.sub(lambda word: word[0].translate(table), text)


def _closed(text: str, known: frozenset[str]) -> str:
    """Join letters that stand apart; wider gaps part words, else known words are looked for."""

    def joined(run: re.Match[str]) -> str:
        letters = re.sub(r"[\W_]", "", run[0])
        return parted(letters, known) if len(letters) >= 12 else letters

    return " ".join(_SINGLES.sub(joined, chunk) for chunk in re.split(r"\s{2,}", text.strip()))


def _is_spaced(text: str) -> bool:
    words = text.split()
    return sum(len(word) == 1 for word in words) >= max(5, 0.6 * len(words))


def parted(letters: str, known: frozenset[str]) -> str:
    """Return letters parted into known words: as few and as long as possible."""
    best: list[tuple[int, str]] = [(0, "")]
    for end in range(1, len(letters) + 1):
        options = [(best[end - 1][0] + 3, best[end - 1][1] + letters[end - 1])]
        for start in range(max(0, end - 16), end):
            word = letters[start:end]
            if word in known:
                options.append((best[start][0] + 1, f"{best[start][1]} {word} "))
        best.append(min(options, key=lambda option: option[0]))
    return " ".join(best[-1][1].split())


def mended(
    words: Sequence[str], right: Mapping[str, Sequence[str]], kept: frozenset[str]
) -> list[str]:
    """Return the words with typing errors undone.

    One error in a word of six letters or more, two from nine on. The first letter must be
    right, and so must be the length of a short word's error: words that differ in one
    letter (feeding, feeling) are rather two words than one mistyped.

    Args:
        words: As typed.
        right: What may be meant, by first letter.
        kept: Words that are right as they stand.
    """
    return [
        word if len(word) < 6 or word in kept else _nearest(word, right.get(word[0], ()))
        for word in words
    ]


def _nearest(word: str, right: Iterable[str]) -> str:
    most = 2 if len(word) >= 9 else 1
    letters = set(word)
    for wanted in right:
        if (
            abs(len(wanted) - len(word)) <= most
            and len(letters ^ set(wanted)) <= 2 * most
            and (len(word) >= 8 or len(wanted) != len(word) or sorted(word) == sorted(wanted))
            and distance(word, wanted) <= most
        ):
            return wanted
    return word


def distance(one: str, other: str) -> int:
    """Return how many letters to add, drop, change or swap with a neighbour.

    Damerau, *A technique for computer detection and correction of spelling errors*,
    CACM 7(3), 1964; in the restricted form, where no part is edited twice.
    """
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            least = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                least = min(least, before[j - 2] + 1)
            row.append(least)
        before, last = last, row
    return last[-1]
