"""Subtitle text into cues: WebVTT, SubRip and SubStation Alpha, as found in the wild.

References:
    WebVTT: The Web Video Text Tracks Format, W3C Candidate Recommendation,
    https://www.w3.org/TR/webvtt1/ (sections 4 and 6). SubRip has no standard.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from viewfinder.domain.errors import InputError
from viewfinder.domain.time import SECOND_NS

_STAMP = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})(?:[.,:](\d{1,3}))?"
_TIMING = re.compile(rf"^\s*{_STAMP}\s*-+>\s*{_STAMP}")
_ASS_STAMP = re.compile(r"(\d+):(\d{1,2}):(\d{1,2})[.:](\d{1,3})")
_TAG = re.compile(
    r"</?(?:c|i|b|u|s|v|lang|ruby|rt|font|span|em|strong|br|p)\b[^>]*>|<c\.[^>]*>|<[\d:.]+>"
    r"|\{\\[^}]*\}",
    re.IGNORECASE,
)
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?[ \t]+([^>]+)>", re.IGNORECASE)
_INLINE_STAMP = re.compile(r"<\d\d:\d\d[\d:.]*>")
_NAMED = re.compile(r"^\s*(?:>>\s*)?([A-Z][\w.'’-]*(?: [\w.'’-]+){0,3}):\s+(?=\S)")
_ASS_FIELDS = [
    "layer", "start", "end", "style", "name", "marginl", "marginr", "marginv", "effect", "text"
]  # fmt: skip
_SHORT_NS = 2 * SECOND_NS
_MAX_NS = 1000 * 3600 * SECOND_NS

_ISO_639_1 = {
    "eng": "en", "deu": "de", "ger": "de", "fra": "fr", "fre": "fr", "spa": "es", "ita": "it",
    "por": "pt", "nld": "nl", "dut": "nl", "rus": "ru", "jpn": "ja", "zho": "zh", "chi": "zh",
    "kor": "ko", "ara": "ar", "pol": "pl", "swe": "sv", "dan": "da", "nor": "no", "fin": "fi",
    "tur": "tr", "ces": "cs", "cze": "cs", "ukr": "uk", "hin": "hi", "ell": "el", "gre": "el",
    "hun": "hu", "ron": "ro", "rum": "ro", "heb": "he", "vie": "vi", "ind": "id", "tha": "th",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cue:
    """One cue: its times, its text with tags, its speaker where the format has a field."""

    start_ns: int
    end_ns: int
    text: str
    speaker: str | None = None


def text_of(content: bytes, name: str) -> str:
    """Return bytes as text: by byte order mark, as UTF-8, as UTF-16, else as Windows-1252.

    Raises:
        InputError: It is no text.
    """
    for mark, encoding in (
        (b"\xef\xbb\xbf", "utf-8-sig"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    if b"\0" in content[:4096]:
        even, odd = content[0:4096:2].count(0), content[1:4096:2].count(0)
        if max(even, odd) < len(content[:4096]) // 8 or min(even, odd) > max(even, odd) // 4:
            raise InputError(f"{name!r} is not text; it is left out")
        return content.decode("utf-16-be" if even > odd else "utf-16-le", "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        # One broken byte in a UTF-8 file, or a file of another time?
        valid = len(re.findall(rb"[\xc2-\xf4][\x80-\xbf]", content))
        if valid and error.start > 0 and len(re.findall(rb"[\x80-\xff]", content)) < 3 * valid:
            return content.decode("utf-8", "replace")
        return content.decode("cp1252", "replace")


def of_text(text: str) -> list[Cue]:
    """Return the cues of WebVTT or SubRip, in order of time."""
    rolling = bool(_INLINE_STAMP.search(text))
    found: list[Cue] = []
    lines: list[str] | None = None
    bounds = (0, 0)

    def finish() -> None:
        if lines:
            found.append(Cue(*bounds, "\n".join(lines)))

    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        timing = _TIMING.match(line)
        if timing:
            if lines and len(lines) > 1 and lines[-1].strip().isdigit():
                lines.pop()  # the next cue's number, where the empty line is missing
            finish()
            stamps = timing.groups()
            bounds, lines = (_ns(*stamps[:4]), _ns(*stamps[4:])), []
        elif not line.strip():
            finish()
            lines = None
        elif lines is not None:
            lines.append(line)
    finish()
    return settled(_unrolled(found) if rolling else found)


def of_ass(text: str) -> list[Cue]:
    """Return the dialogue of SubStation Alpha, comments and drawings left out."""
    found = []
    fields = _ASS_FIELDS
    for line in text.splitlines():
        kind, _, rest = line.partition(":")
        if kind.strip().lower() == "format" and "text" in rest.lower() and "start" in rest.lower():
            fields = [field.strip().lower() for field in rest.split(",")]
        if kind.strip().lower() != "dialogue":
            continue
        values = dict(zip(fields, rest.split(",", len(fields) - 1), strict=False))
        starts = _ASS_STAMP.search(values.get("start", ""))
        ends = _ASS_STAMP.search(values.get("end", ""))
        words = values.get("text", "")
        if starts and ends and not re.search(r"\{[^}]*\\p[1-9]", words):
            words = re.sub(r"\\[Nnh]", " ", re.sub(r"\{[^}]*\}", "", words))
            name = values.get("name", values.get("actor", "")).strip() or None
            found.append(Cue(_ns(*starts.groups()), _ns(*ends.groups()), words, name))
    return settled(found)


def language_of(text: str) -> str | None:
    """Return the language that a WebVTT header tells."""
    told = re.search(r"^Language:\s*([A-Za-z-]+)\s*$", text[:2000], re.MULTILINE)
    return short_language(told.group(1)) if told and text.startswith("WEBVTT") else None


def short_language(code: str) -> str:
    """Return the two-letter code for a language tag where there is one."""
    first = re.split("[-_]", code)[0].lower()
    return _ISO_639_1.get(first, first)


def settled(found: Iterable[Cue]) -> list[Cue]:
    """Return cues in order of time; one that does not end lasts to the next or 2 s."""
    ordered = sorted(
        (cue for cue in found if 0 <= cue.start_ns < _MAX_NS), key=lambda c: (c.start_ns, c.end_ns)
    )
    kept = []
    for i, cue in enumerate(ordered):
        if not cue.start_ns < cue.end_ns < _MAX_NS:
            then_ns = ordered[i + 1].start_ns if i + 1 < len(ordered) else _MAX_NS
            end_ns = max(cue.start_ns + 1, min(then_ns, cue.start_ns + _SHORT_NS))
            cue = Cue(cue.start_ns, end_ns, cue.text, cue.speaker)
        kept.append(cue)
    return kept


def spoken(found: list[Cue]) -> Iterator[tuple[Cue, str | None, str]]:
    """Yield (cue, speaker, plain text) for each voice of each cue that says anything.

    A speaker is who a ``<v>`` tag or a name field names, or a "NAME:" at the start of a
    cue; a name not in capitals counts when it opens at least three cues and names open a
    third of them, so that "Note: ..." stays a sentence.
    """
    names = _names(found)
    for cue in found:
        parts = _VOICE.split(cue.text)
        voices = [(cue.speaker, parts[0]), *zip(parts[1::2], parts[2::2], strict=True)]
        for speaker, raw in voices:
            text = plain(raw)
            named = _NAMED.match(text)
            if speaker is None and named and named.group(1) in names:
                speaker, text = named.group(1), text[named.end() :]
            if text:
                yield cue, plain(speaker) if speaker else None, text


def plain(text: str) -> str:
    """Return text without tags, entities resolved, in one line."""
    bare = html.unescape(_TAG.sub("", text)).replace("\u200b", "")
    return " ".join(bare.split())


def _names(found: list[Cue]) -> set[str]:
    opened = Counter(m.group(1) for cue in found if (m := _NAMED.match(plain(cue.text))))
    regular = {name for name, times in opened.items() if times >= 3}
    if sum(opened[name] for name in regular) * 3 < len(found):
        regular = set()
    return regular | {name for name in opened if name.isupper() and len(name) > 1}


def _unrolled(found: list[Cue]) -> Iterator[Cue]:
    """Yield cues of captions that roll up, each line once, when it first appears."""
    before: list[str] = []
    for cue in found:
        lines = [line for line in cue.text.split("\n") if plain(line)]
        fresh = [line for line in lines if plain(line) not in before]
        before = [plain(line) for line in lines]
        if fresh:
            yield Cue(cue.start_ns, cue.end_ns, "\n".join(fresh), cue.speaker)


def _ns(hours: str | None, minutes: str, seconds: str, fraction: str | None) -> int:
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return whole * SECOND_NS + int((fraction or "0").ljust(3, "0")[:3]) * 1_000_000
