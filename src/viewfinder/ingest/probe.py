"""What a file holds, before any of it is indexed."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from pathlib import Path
from typing import Any

from viewfinder.domain.errors import DecodeError, ProbeError
from viewfinder.domain.media import MediaKind, Stream, Video, VideoId
from viewfinder.ingest import sandbox
from viewfinder.ingest.sandbox import DEFAULT, Limits

_BLOCK_BYTES = 1 << 20

# What encoders say to each other; and where it was filmed, which must not leave the file.
_TECHNICAL = re.compile(
    r"^(major_brand|minor_version|compatible_brands|encoder|handler_name|vendor_id|duration|"
    r"language|timecode|creation_time|_?statistics.*|number_of_.*|bps|software|encoded_by|"
    r"itun.*|gapless.*|variant_bitrate|.*\.(make|model)_.*|id3v2.*|location.*|.*gps.*|com\.(android|apple)\..*)(-\w+)?$"
)
_CREATED = ("creation_time", "com.apple.quicktime.creationdate", "date", "icrd", "year")


def identify(path: Path) -> VideoId:
    """Return the SHA-256 of the file's bytes; reads it once, a megabyte at a time.

    Raises:
        ProbeError: The file cannot be read.
    """
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK_BYTES):
                digest.update(block)
    except OSError as error:
        raise ProbeError(f"{path.name!r} cannot be read: {error.strerror or error}") from None
    return VideoId(digest.hexdigest())


def probe(path: Path, *, known_as: VideoId | None = None, limits: Limits = DEFAULT) -> Video:
    """Return what the file holds; at least one frame of picture or sound of it decodes.

    A file whose picture is only cover art is sound. ``known_as`` is its hash where the
    caller has it already: hashing reads the whole file.

    Raises:
        ProbeError: Not a file, empty, not media, or nothing in it decodes.
    """
    if not path.is_file():
        what = "is not a file" if path.exists() else "does not exist"
        raise ProbeError(f"{path.name!r} {what}")
    size_bytes = path.stat().st_size
    if not size_bytes:
        raise ProbeError(f"{path.name!r} is empty (0 bytes); copy it again")
    video_id = known_as or identify(path)
    job = {"do": "look", "path": str(path.absolute())}
    try:
        facts = next(iter(list(sandbox.work(job, limits=limits))), None)
    except DecodeError as error:
        raise ProbeError(f"{path.name!r}: {error}") from None
    if facts is None:
        raise ProbeError(f"{path.name!r}: the decoder said nothing about it; add it again")
    return _video(path, video_id, size_bytes, facts)


def _video(path: Path, video_id: VideoId, size_bytes: int, facts: dict[str, Any]) -> Video:
    tags = {str(k).lower(): str(v).strip() for k, v in facts["tags"].items()}
    return Video(
        id=video_id,
        path=str(path.absolute()),
        kind=MediaKind.VIDEO if "video" in facts["kinds"] else MediaKind.AUDIO,
        duration_ns=int(facts["duration_ns"]),
        size_bytes=size_bytes,
        streams=tuple(Stream(**stream) for stream in facts["streams"]),
        width=facts["width"],
        height=facts["height"],
        rotation=facts["rotation"],
        created=_created(tags),
        title=tags.get("title") or None,
        metadata=tuple(sorted((k, v) for k, v in tags.items() if v and not _TECHNICAL.match(k))),
    )


def _created(tags: dict[str, str]) -> str | None:
    """Return the first creation time that is a date after 1970, as ISO 8601."""
    for name in _CREATED:
        text = tags.get(name, "")
        if re.fullmatch(r"\d{8}", text):
            text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
        if re.fullmatch(r"(19[89]|20)\d\d?", text) and len(text) == 4:
            return text
        try:
            moment = datetime.fromisoformat(text.replace(" UTC", "+00:00"))
        except ValueError:
            continue
        # Cameras without a set clock write the epoch of QuickTime or of Unix.
        if moment.year > 1970:
            return moment.isoformat()
    return None
