"""What people wrote about footage: subtitle files, descriptions, chapters.

They lie beside the media, under its name, or stand for media that is not here (yet).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from viewfinder.domain.annotation import Annotation, Track, TrackName
from viewfinder.domain.errors import InputError
from viewfinder.domain.media import MediaKind, Video, VideoId
from viewfinder.domain.provenance import Derivation, Tool, digest_of, parameters
from viewfinder.domain.time import TimeSpan, to_ns
from viewfinder.ingest.beside import cues
from viewfinder.ingest.beside.cues import Cue

VERSION = "1"
TRANSCRIPTS = (".vtt", ".srt", ".ass", ".ssa")
_MAX_BYTES = 64 << 20
_LANGUAGE = re.compile(
    r"^(?:[a-z]{2,3}(?:[-_][a-z0-9]{2,8})*|forced|sdh|cc|auto|default|orig|full)$", re.IGNORECASE
)
_PARAGRAPH_CHARACTERS = 600


def is_transcript(path: Path) -> bool:
    """Tell whether the name is one of a subtitle file that can be read."""
    return path.suffix.lower() in TRANSCRIPTS


def read_transcript(path: Path) -> list[Annotation]:
    """Return the cues of a subtitle file in order of time, tags taken out.

    A cue with two voices gives two notes. Cues whose times make no sense are left out.

    Raises:
        InputError: Not readable, not text, or without a single cue.
    """
    text = cues.text_of(_bytes(path), path.name)
    found = cues.of_ass(text) if path.suffix.lower() in (".ass", ".ssa") else cues.of_text(text)
    notes = _notes(found, language_of(path) or cues.language_of(text))
    if not notes:
        raise InputError(f"{path.name!r} holds no cue that can be read; is it a subtitle file?")
    return notes


def offline_video(path: Path) -> Video:
    """Return a transcript without its pixels as an item of the library.

    Raises:
        InputError: As ``read_transcript``.
    """
    notes = read_transcript(path)
    content = _bytes(path)
    return Video(
        id=VideoId(digest_of(content)),
        path=str(path.absolute()),
        kind=MediaKind.OFFLINE,
        duration_ns=max(note.span.end_ns for note in notes),
        size_bytes=len(content),
    )


def sidecar_paths(media: Path) -> list[Path]:
    """Return what lies beside ``media`` and speaks of it, in order of name.

    For ``talk.mp4``: ``talk.vtt``, ``talk.en.vtt``, ``talk.mp4.srt``, ``talk.info.json``,
    ``talk.description``.
    """
    found = []
    try:
        beside = [p for p in media.parent.iterdir() if p.name.startswith(media.stem + ".")]
    except OSError:
        return []
    for path in beside:
        rest = path.name.removeprefix(media.name).removeprefix(media.stem)
        if rest.lower() in (".info.json", ".description") or (
            is_transcript(path) and all(map(_LANGUAGE.match, rest.split(".")[1:-1]))
        ):
            found.append(path)
    return sorted(found)


def sidecar_tracks(video: Video, media: Path) -> list[Track]:
    """Return what the sidecars say, one track a file; those that cannot be read say nothing.

    ``sidecar_problems`` tells of the latter.
    """
    return [track for path in sidecar_paths(media) if (track := _track(video, path)) is not None]


def sidecar_problems(media: Path) -> list[str]:
    """Return, in words, which sidecars cannot be read, and why."""
    problems = []
    for path in sidecar_paths(media):
        try:
            if is_transcript(path):
                read_transcript(path)
            elif path.suffix == ".json":
                _info(path)
            else:
                _bytes(path)
        except InputError as error:
            problems.append(str(error))
    return problems


def language_of(path: Path) -> str | None:
    """Return the language that the name tells: ``talk.de.vtt`` gives ``de``."""
    for part in reversed(path.name.split(".")[1:-1]):
        if re.fullmatch(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*", part) and part not in (
            "sdh", "cc", "mp4", "mkv", "avi", "mov", "webm", "mpg", "wmv", "flv", "ogv",
        ):  # fmt: skip
            return re.split("[-_]", part)[0].lower()
    return None


def cue_annotations(
    raw: Iterable[tuple[int, int, str]], span: TimeSpan, language: str | None
) -> tuple[Annotation, ...]:
    """Return embedded subtitles (start ns, end ns, text with tags) as notes inside ``span``."""
    found = cues.settled(Cue(starts, ends, text) for starts, ends, text in raw)
    short = None if language in (None, "", "und") else cues.short_language(language)
    return tuple(_inside(_notes(found, short), span))


def facts(
    told: Mapping[str, str], span: TimeSpan, chapters: Sequence[tuple[int, int, str]] = ()
) -> tuple[Annotation, ...]:
    """Return facts as notes over all of ``span`` ("title: ..."), chapters over their own."""
    notes = [
        Annotation(span, f"{name.replace('_', ' ')}: {part}")
        for name, text in told.items()
        for part in _paragraphs(text)
    ]
    notes += [
        Annotation(TimeSpan(starts, max(starts, ends)), f"chapter: {title}")
        for starts, ends, title in chapters
    ]
    return tuple(sorted(_inside(notes, span), key=lambda note: note.span))


def _track(video: Video, path: Path) -> Track | None:
    name = TrackName.CAPTIONS if is_transcript(path) else TrackName.METADATA
    try:
        content = _bytes(path)
        if name is TrackName.CAPTIONS:
            notes = tuple(_inside(read_transcript(path), video.span))
        elif path.suffix == ".json":
            notes = _info_facts(_info(path), video.span)
        else:
            text = cues.text_of(content, path.name)
            notes = facts({"description": text}, video.span)
    except InputError:
        return None
    made = Derivation(
        (digest_of(content),), Tool("sidecars", VERSION), parameters(kind=path.suffix.lower())
    )
    return Track(name, made, notes) if notes else None


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise InputError(
                f"{path.name!r} is larger than {_MAX_BYTES >> 20} MB: not a transcript"
            )
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path.name!r} cannot be read: {error.strerror or error}") from None


def _notes(found: Iterable[Cue], language: str | None) -> list[Annotation]:
    return [
        Annotation(TimeSpan(cue.start_ns, cue.end_ns), text, speaker=speaker, language=language)
        for cue, speaker, text in cues.spoken(list(found))
    ]


def _inside(notes: Iterable[Annotation], span: TimeSpan) -> Iterable[Annotation]:
    for note in notes:
        if note.span.start_ns < span.end_ns or not note.span.start_ns:
            yield _moved(note, note.span.clipped(span))


def _moved(note: Annotation, span: TimeSpan) -> Annotation:
    return Annotation(span, note.text, speaker=note.speaker, language=note.language)


def _info(path: Path) -> dict[str, Any]:
    try:
        info = json.loads(cues.text_of(_bytes(path), path.name))
    except (ValueError, RecursionError):
        raise InputError(f"{path.name!r} is not valid JSON; it is left out") from None
    if not isinstance(info, dict):
        raise InputError(f"{path.name!r} is not the .info.json of a video; it is left out")
    return info


def _info_facts(info: dict[str, Any], span: TimeSpan) -> tuple[Annotation, ...]:
    told: dict[str, str] = {}
    for name in ("title", "uploader", "channel", "series", "location", "description"):
        if isinstance(info.get(name), str) and info[name].strip():
            told[name] = info[name]
    date = str(info.get("upload_date") or "")
    if re.fullmatch(r"\d{8}", date):
        told["upload date"] = f"{date[:4]}-{date[4:6]}-{date[6:]}"
    for name in ("tags", "categories"):
        if isinstance(info.get(name), list) and info[name]:
            told[name] = ", ".join(str(item) for item in info[name][:50])
    chapters = []
    for chapter in info.get("chapters") or ():
        try:
            starts, ends = float(chapter["start_time"]), float(chapter["end_time"])
            if 0 <= starts <= ends < 1e7:
                chapters.append((to_ns(starts), to_ns(ends), str(chapter["title"])))
        except (KeyError, TypeError, ValueError):
            continue
    return facts(told, span, chapters)


def _paragraphs(text: str) -> list[str]:
    """Return the paragraphs, each in one line, long ones cut at a space."""
    parts = []
    for paragraph in re.split(r"\n\s*\n", text):
        line = " ".join(paragraph.split())
        while len(line) > _PARAGRAPH_CHARACTERS:
            cut = line.rfind(" ", 0, _PARAGRAPH_CHARACTERS)
            cut = cut if cut > 0 else _PARAGRAPH_CHARACTERS
            parts.append(line[:cut])
            line = line[cut:].strip()
        if line:
            parts.append(line)
    return parts
