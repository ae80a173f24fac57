"""Facts of files in plain words: read out of a question, and held against a video."""

from __future__ import annotations

import calendar
import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fnmatch import fnmatch

from viewfinder.domain.media import Video
from viewfinder.domain.search import Filters
from viewfinder.retrieval.asking.language import Language, compiled

_SUFFIXES = (
    "mp4|m4v|mov|mkv|webm|avi|mpg|mpeg|ts|mts|m2ts|wmv|flv|3gp|ogv|mxf|vob|gif"
    "|mp3|wav|flac|m4a|aac|ogg|opus|wma|vtt|srt|ass"
)
_FILE = re.compile(
    r"(?:\b(?:in|from|of|im|in der datei|aus|dans|de|du|en|del)\s+)?(?:the (?:file|video|clip) )?"
    rf"[\"'«“]?(?P<file>[\w*?./\\~-]+\.(?:{_SUFFIXES}))\b[\"'»”]?",
    re.IGNORECASE,
)
_STEM = re.compile(r"\b(?:in|from|of)\s+(?:the )?(?:file|video|clip)\s+", re.IGNORECASE)
_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Names that exist in scope, so that a question may use them.

    Attributes:
        files: Names of files, without folders.
        speakers: As the sources name them.
    """

    files: Collection[str] = ()
    speakers: Collection[str] = ()


def read(text: str, language: Language, *, today: date, known: Vocabulary) -> tuple[str, Filters]:
    """Return the text without its facts about files, and those facts as filters."""
    text, filters = _files(text, known)
    for step in (_durations, _streams, _shapes, _languages):
        text, filters = step(text, filters, language)
    return _dates(text, filters, language, today)


def _files(text: str, known: Vocabulary) -> tuple[str, Filters]:
    found: list[str] = []

    def take(match: re.Match[str]) -> str:
        found.append(match["file"])
        return " "

    text = _FILE.sub(take, text)
    named = _STEM.findall(text)
    for name in known.files if named else ():
        stem = name.rsplit(".", 1)[0]
        # A bare stem counts only where the question says that it names a file.
        if stem.casefold() not in text.casefold():
            continue
        pattern = rf"{_STEM.pattern}{re.escape(stem)}(?!\w)"
        if re.search(pattern, text, re.IGNORECASE):
            text = re.sub(pattern, " ", text, flags=re.IGNORECASE)
            found.append(name)
    return text, Filters(files=tuple(dict.fromkeys(found)))


def seconds(number: str, unit: str, language: Language) -> float | None:
    """Return a plain-word duration in seconds, None where it is none."""
    numbers = language.grammar["numbers"]
    try:
        count = float(number.replace(",", "."))
    except ValueError:
        if number.casefold() not in numbers:
            return None
        count = float(numbers[number.casefold()])
    for name, forms in language.grammar["units"].items():
        if any(re.fullmatch(form, unit, re.IGNORECASE) for form in forms):
            return count * _SECONDS[name]
    return None


def _number(language: Language) -> str:
    named = sorted(language.grammar["numbers"], key=len, reverse=True)
    return rf"(?P<n>\d+(?:[.,]\d+)?|{'|'.join(named)})"


def _unit(language: Language) -> str:
    forms = [form for forms in language.grammar["units"].values() for form in forms]
    return rf"(?P<unit>{'|'.join(forms)})\b"


def _durations(text: str, filters: Filters, language: Language) -> tuple[str, Filters]:
    for key, field in (("shorter", "max_duration_s"), ("longer", "min_duration_s")):
        pattern = language.grammar["facts"][key]
        pattern = pattern.replace("{n}", _number(language)).replace("{unit}", _unit(language))
        # "Under ten seconds" may speak of what is seen: a word for a file must stand near.
        if not re.search(language.grammar["shape"]["video_words"], text, re.IGNORECASE):
            continue
        match = compiled(rf"\b{pattern}").search(text)
        length_s = seconds(match["n"], match["unit"], language) if match else None
        if match and length_s is not None:
            text = _cut(text, match)
            if field == "max_duration_s":
                filters = replace(filters, max_duration_s=length_s)
            else:
                filters = replace(filters, min_duration_s=length_s)
    return text, filters


def _streams(text: str, filters: Filters, language: Language) -> tuple[str, Filters]:
    facts = language.grammar["facts"]
    for side, field in (("without", "lacks"), ("with", "has")):
        for stream in ("audio", "subtitle", "speech", "picture"):
            # "With a voice" describes what happens; only a missing one is a fact to ask for.
            if field == "has" and stream in ("speech", "picture"):
                continue
            match = compiled(rf"\b{facts[side]} {facts[stream]}\b").search(text)
            if match:
                text = _cut(text, match)
                if field == "has":
                    filters = replace(filters, has=(*filters.has, stream))
                else:
                    filters = replace(filters, lacks=(*filters.lacks, stream))
    return text, filters


def _shapes(text: str, filters: Filters, language: Language) -> tuple[str, Filters]:
    facts = language.grammar["facts"]
    if not re.search(language.grammar["shape"]["video_words"], text, re.IGNORECASE):
        return text, filters
    for shape in ("portrait", "landscape", "square"):
        match = compiled(rf"\b{facts[shape]}").search(text)
        if match:
            return _cut(text, match), replace(filters, orientation=shape)
    folder = compiled(rf"\b{facts['folder']}").search(text)
    if folder:
        filters = replace(filters, files=(*filters.files, f"*/{folder['folder']}/*"))
        text = _cut(text, folder)
    return text, filters


def _languages(text: str, filters: Filters, language: Language) -> tuple[str, Filters]:
    for code, forms in language.grammar["languages"].items():
        pattern = language.grammar["facts"]["language"]
        pattern = pattern.replace("{language}", f"(?:{'|'.join(forms)})")
        match = compiled(rf"\b{pattern}\b").search(text)
        if match:
            filters = replace(filters, languages=(*filters.languages, code))
            text = _cut(text, match)
    return text, filters


def _dates(text: str, filters: Filters, language: Language, today: date) -> tuple[str, Filters]:
    months = "|".join(language.grammar["dates"]["months"])
    named = "|".join(
        form
        for key in ("today", "yesterday", "week", "month", "year")
        for form in language.grammar["dates"][key]
    )
    pattern = rf"(?P<date>\d{{4}}-\d\d(?:-\d\d)?|(?:(?:{months}) (?:de )?)?(?:19|20)\d\d\b|{named})"
    for key in ("after", "before", "during"):
        whole = language.grammar["facts"][key].replace("{date}", pattern)
        match = compiled(rf"(?:^|\s){whole}(?=\W|$)").search(text)
        span = _stretch(match["date"], language, today) if match else None
        if match and span and _is_about_files(text, match, language):
            if key == "after":
                filters = replace(filters, after=span[0].isoformat())
            elif key == "before":
                filters = replace(filters, before=span[0].isoformat())
            else:
                filters = replace(filters, after=span[0].isoformat(), before=span[1].isoformat())
            text = _cut(text, match)
    return text, filters


def _is_about_files(text: str, match: re.Match[str], language: Language) -> bool:
    """A date at the end, or next to a word for a file, dates the recording."""
    before = text[: match.start()].rstrip()
    near = re.search(rf"{language.grammar['shape']['video_words']}$", before, re.IGNORECASE)
    return bool(near) or not re.search(r"\w", text[match.end() :])


def _stretch(words: str, language: Language, today: date) -> tuple[date, date] | None:
    """Return first day and the day after the last of a date in words."""
    words = words.casefold()
    if iso := re.fullmatch(r"(\d{4})-(\d\d)(?:-(\d\d))?", words):
        return _calendar(int(iso[1]), int(iso[2]), int(iso[3]) if iso[3] else None)
    if year := re.search(r"\b(19|20)\d\d$", words):
        months = language.grammar["dates"]["months"]
        month = next((n for n, m in enumerate(months, 1) if words.startswith(m)), None)
        return _calendar(int(year[0]), month, None)
    for key, days in (("today", 0), ("yesterday", 1), ("week", 7), ("month", 30), ("year", 365)):
        if any(re.fullmatch(form, words) for form in language.grammar["dates"][key]):
            start = today - timedelta(days=days)
            return start, start + timedelta(days=1) if days < 2 else today + timedelta(days=1)
    return None


def _calendar(year: int, month: int | None, day: int | None) -> tuple[date, date] | None:
    try:
        start = date(year, month or 1, day or 1)
    except ValueError:
        return None
    if day:
        return start, start + timedelta(days=1)
    if month:
        return start, start + timedelta(days=calendar.monthrange(year, month)[1])
    return start, date(year + 1, 1, 1)


def _cut(text: str, match: re.Match[str]) -> str:
    return f"{text[: match.start()]} {text[match.end() :]}"


def allow(filters: Filters, video: Video, *, spoken: bool | None = None) -> bool:
    """Tell whether a video meets the filters that its own facts can decide.

    Args:
        filters: Languages and lanes are not looked at: they belong to segments.
        video: The one.
        spoken: Whether words are heard in it; None where nobody looked.
    """
    return (
        _named(filters, video)
        and _dated(filters, video)
        and _sized(filters, video)
        and all(_holds(video, what, spoken) is True for what in filters.has)
        and all(_holds(video, what, spoken) is False for what in filters.lacks)
    )


def _named(filters: Filters, video: Video) -> bool:
    path, name = video.path.replace("\\", "/").casefold(), video.name.casefold()
    wanted = [f.casefold() for f in filters.files]
    return not wanted or any(
        fnmatch(name, w) or fnmatch(path, w) or path.endswith("/" + w) for w in wanted
    )


def _dated(filters: Filters, video: Video) -> bool:
    created = (video.created or "")[:10]
    if not created:
        return filters.after is None and filters.before is None
    return (filters.after is None or created >= filters.after) and (
        filters.before is None or created < filters.before
    )


def _sized(filters: Filters, video: Video) -> bool:
    length_s = video.span.duration_s
    if filters.max_duration_s is not None and length_s > filters.max_duration_s:
        return False
    if filters.min_duration_s is not None and length_s < filters.min_duration_s:
        return False
    return filters.orientation is None or filters.orientation == orientation(video)


def orientation(video: Video) -> str | None:
    """Return "portrait", "landscape" or "square"; None without picture."""
    if not video.width or not video.height:
        return None
    if video.width == video.height:
        return "square"
    return "portrait" if video.height > video.width else "landscape"


def _holds(video: Video, what: str, spoken: bool | None) -> bool | None:
    """Tell whether the video has ``what``; None where nobody looked."""
    if what == "picture":
        return video.has("video")
    return spoken if what == "speech" else video.has(what)
