"""The grammar of questions: each function takes one concern out of the text.

All of them are ``text -> (what was found, text without it)`` and know nothing of each
other. Patterns live in ``languages/*.toml``.
"""

from __future__ import annotations

import re

from viewfinder.domain.annotation import TrackName
from viewfinder.domain.search import Sequence, Shape
from viewfinder.domain.words import terms
from viewfinder.retrieval.asking import facts
from viewfinder.retrieval.asking.language import Language, compiled

_QUOTED = re.compile(
    r"«\s*([^»]+?)\s*»|“([^”]+)”|„([^“”]+)[“”]|\"([^\"]+)\"|(?<!\w)'([^']+)'(?!\w)"
)
_CLOCK = r"(?:\d+:)?\d{1,2}:\d\d(?:\.\d+)?|\d+(?:\.\d+)? ?s(?:econds?|ec)?"
_PATH = r"[\"']?[\w~./\\-]*[\w~-]+\.[a-z0-9]{2,4}\b[\"']?"
_NAME = r"(?-i:[A-ZÀ-ÖØ-Þ][\w'-]+(?:\s+(?:(?:van|von|de|di|la|le|der|den)\s+)*[A-ZÀ-ÖØ-Þ][\w'-]+)*)"
_ALONE = re.compile(r"(?<![\w.])[A-ZÀ-ÖØ-ÞΑ-ΩА-ЯЁ][a-zß-öø-ÿά-ώа-яё'-]+(?![\w.]\w)")
_CAPITALISED = re.compile(
    r"(?<![\w.])[A-ZÀ-ÖØ-ÞΑ-ΩА-ЯЁ][a-zß-öø-ÿά-ώа-яё'-]+"
    r"(?:\s+(?:(?:van|von|de|di|la|le|der|den)\s+)?"
    r"[A-ZÀ-ÖØ-ÞΑ-ΩА-ЯЁ][a-zß-öø-ÿά-ώа-яё'-]+)+"
)
_CASELESS = re.compile(
    r"[\u0530-\u08ff\u0900-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+"
)
"""Scripts without capitals: there a name looks like any word, so none reaches the picture."""


def plain(question: str) -> str:
    """Return the question on one line, with straight apostrophes."""
    return re.sub(r"\s+", " ", question.replace("’", "'")).strip()


def tidy(text: str) -> str:
    """Return the text without the marks that cutting leaves at its ends."""
    text = re.sub(r"\s+([,;:.?!])", r"\1", re.sub(r"\s+", " ", text))
    text = re.sub(r"(?:^[\s,;:.?!¿¡-]+)|(?:[\s,;:?!-]+$)", "", text)
    return text.removesuffix(" .").strip()


def phrases(text: str) -> tuple[tuple[str, ...], str]:
    """Take the quotation marks away; what stood in them must occur word for word."""
    found = tuple(next(g for g in m.groups() if g).strip() for m in _QUOTED.finditer(text))
    unquoted = _QUOTED.sub(lambda m: f" {next(g for g in m.groups() if g)} ", text)
    return found, re.sub(r"\s+", " ", unquoted).strip()


def likeness(text: str, language: Language) -> tuple[str | None, str]:
    """Take out "like: picture.jpg" and "similar to talk.mp4 at 1:23"."""
    for pattern in language.grammar["like"]["patterns"]:
        filled = pattern.replace("{path}", _PATH).replace("{clock}", _CLOCK)
        if match := compiled(filled).search(text):
            path = match["like"].strip("\"'")
            at = match["at"]
            like = f"{path}@{_clock_seconds(at):g}" if at else path
            return like, f"{text[: match.start()]} {text[match.end() :]}".strip()
    return None, text


def _clock_seconds(words: str) -> float:
    if ":" not in words:
        return float(re.sub(r"[^\d.]", "", words))
    total = 0.0
    for part in words.split(":"):
        total = total * 60 + float(part)
    return total


def sequence(text: str, language: Language) -> tuple[Sequence | None, str]:
    """Read order in time: "A then B", "A before B", "B after A", "within 30 s"."""
    order = language.grammar["order"]
    within_s = 60.0
    if match := compiled(order["within"]).search(text):
        read_s = facts.seconds(match["n"], match["unit"], language)
        if read_s is not None:
            within_s = read_s
            text = f"{text[: match.start()]} {text[match.end() :]}".strip()
    text = text.rstrip(" ?!.,")
    for wanted in ("both", "first", "second"):
        for pattern in language.patterns("order", wanted):
            if match := pattern.search(text):
                found = _sides(match["a"], match["b"], wanted, within_s, language)
                if found:
                    return found, text
    return None, text


def _sides(a: str, b: str, wanted: str, within_s: float, language: Language) -> Sequence | None:
    """Return the two sides, an empty one where the question asks what happens there."""
    empty = compiled(language.grammar["order"]["empty"])
    if wanted == "both":  # "then C": the last step closes the sequence
        for pattern in language.patterns("order", "both"):
            if match := pattern.search(b):
                b = match["b"]
                break
    sides = [tidy(framing(side, language)) for side in (a, b)]
    sides = ["" if empty.search(side) else side for side in sides]
    contentful = [_has_content(side, language) for side in sides]
    if not any(contentful) or (wanted == "both" and not all(contentful)):
        return None
    return Sequence(sides[0], sides[1], within_s, wanted)


def exclusions(text: str, language: Language) -> tuple[tuple[str, ...], str]:
    """Take out what must not be there: "without people", "but no cars"."""
    table = language.grammar["exclude"]
    found: list[str] = []
    for pattern in language.patterns("exclude", "nobody"):
        if pattern.search(text):
            text = pattern.sub(" ", text)
            found.append(table["nobody_means"])
    for pattern in language.patterns("exclude"):
        for match in reversed(list(pattern.finditer(text))):
            if not tidy(text[: match.start()]):
                continue  # a question that is nothing but an exclusion is left alone
            pieces = re.split(table["separators"], match["x"], flags=re.IGNORECASE)
            bare = [_bare(piece, table["leftovers"]) for piece in pieces]
            found.extend(piece for piece in bare if piece)
            text = f"{text[: match.start()]} {text[match.end() :]}"
    return tuple(dict.fromkeys(found)), re.sub(r"\s+", " ", text).strip()


def _bare(piece: str, leftovers: str) -> str:
    before = ""
    piece = tidy(piece)
    while piece != before:
        before, piece = piece, tidy(re.sub(leftovers, " ", piece, flags=re.IGNORECASE))
    return piece


def shape(text: str, language: Language) -> tuple[Shape, str]:
    """Read what kind of result is wanted, and take the words for it out."""
    table = language.grammar["shape"]
    for name in (Shape.COUNT, Shape.FIRST, Shape.LAST, Shape.LONGEST, Shape.SHORTEST):
        for pattern in table[name.value]:
            match = compiled(rf"(?<!\w)(?:{pattern})(?!\w)").search(text)
            # Counting stands at the head; an order word may stand after "show me".
            if match and (name is not Shape.COUNT or not tidy(text[: match.start()])):
                return name, f"{text[: match.start()]} {text[match.end() :]}".strip()
    return Shape.MOMENTS, text


def asks_for_files(text: str, language: Language) -> bool:
    return any(
        compiled(rf"^\W*(?:{pattern})(?!\w)").search(text)
        for pattern in language.grammar["shape"]["videos"]
    )


def framing(text: str, language: Language) -> str:
    """Return the text without "show me the part where" and "please"."""
    for _ in range(3):
        before = text
        text = tidy(text)
        for pattern in language.grammar["framing"]:
            match = compiled(rf"^(?:{pattern})(?!\w)\s*").search(text)
            if match and _has_content(text[match.end() :], language):
                text = text[match.end() :]
                break
        for pattern in language.grammar["trailing"]:
            text = re.sub(rf"[\s,]+(?:{pattern})\W*$", "", text, flags=re.IGNORECASE)
        if text == before:
            break
    return tidy(text)


def _has_content(text: str, language: Language) -> bool:
    return any(w.casefold() not in language.function_words for w in re.findall(r"\w+", text))


def anchor(text: str, language: Language) -> tuple[str | None, str]:
    """Split "what is on screen while the voice says X" into X and the rest."""
    other = compiled(language.grammar["anchor"]["other_track"])
    spoken = compiled(language.grammar["track"]["speech"])
    for pattern in language.patterns("anchor"):
        match = pattern.search(text)
        # "What did she think when talking about X" asks for speech twice: one question.
        if (
            match
            and _has_content(match["anchor"], language)
            and any(language.carries_content(t) for t in terms(match["rest"]))
            and other.search(match["rest"])
            and not spoken.search(match["rest"])
        ):
            return tidy(match["anchor"]), tidy(match["rest"])
    return None, text


def names(text: str, language: Language, *, speakers: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return what reads like names of people; nothing is taken out.

    Two capitalised words in a row, a word after "named" or a title. German writes every
    noun with a capital, so there two in a row count only where neither is a known word.
    """
    found: list[str] = []
    for key in ("introduced", "titles"):
        pattern = language.grammar["names"][key].replace("{name}", _NAME)
        found += [m["name"] for m in compiled(pattern).finditer(text)]
    for match in _CAPITALISED.finditer(text):
        words = match.group().split()
        if language.code == "de" and not {"von", "der", "den"}.isdisjoint(words):
            continue
        if match.start() == 0 or words[0].casefold() in language.function_words:
            words = [w for w in words if w.casefold() not in language.function_words]
        if len(words) >= 2:
            found.append(" ".join(words))
    known = {s.casefold() for s in speakers}
    return tuple(n for n in dict.fromkeys(found) if n.casefold() not in known)


def speakers(text: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """Return the speakers of the sources whose name stands in the text."""
    return tuple(
        name for name in known if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE)
    )


def specific(text: str, language: Language) -> frozenset[str]:
    """Return the terms that name one thing and no other: numbers, codes, proper names.

    A capital inside a sentence marks a proper name, except in German, where every noun
    has one.
    """
    found: set[str] = set()
    for match in re.finditer(r"[^\W_]+", text):
        word = match.group()
        is_inside = not _begins(text, match.start())
        is_name = word[0].isupper() and is_inside and language.code != "de"
        is_code = any(c.isdigit() for c in word) or (len(word) > 1 and word.isupper())
        if is_code or is_name:
            found.update(t for t in terms(word) if t not in language.function_terms)
    return frozenset(found)


def tracks(text: str, language: Language) -> frozenset[TrackName]:
    """Return the tracks that the words of the question point at, if any."""
    table = language.grammar["track"]
    pointed = {
        TrackName.SPEECH: "speech",
        TrackName.SCREEN_TEXT: "screen_text",
        TrackName.LABELS: "picture",
        TrackName.METADATA: "metadata",
    }
    return frozenset(name for name, key in pointed.items() if compiled(table[key]).search(text))


def pictured(text: str, question: str, names: tuple[str, ...], language: Language) -> str:
    """Return what of ``text`` may be looked for in pictures: no name of anybody.

    A capital inside the question may be a name of one word, so it goes too; except in
    German, where every noun has one.
    """
    if language.code != "de":
        alone = (m for m in _ALONE.finditer(question) if not _begins(question, m.start()))
        lone = {m.group() for m in alone if m.group().casefold() not in language.function_words}
        names = (*names, *sorted(lone, key=lambda name: (-len(name), name)))
    return without(text, names)


def _begins(text: str, at: int) -> bool:
    return not re.search(r"\w[^.?!]*$", text[:at])


def without(text: str, names: tuple[str, ...]) -> str:
    """Return the text without names of people: those never reach the picture lanes."""
    for name in names:
        text = text.replace(name, " ")
    return tidy(_CASELESS.sub(" ", text))
