"""What the paths of an ``add`` stand for: files of footage, transcripts, and what is neither."""

from __future__ import annotations

import glob
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from viewfinder.domain.errors import InputError
from viewfinder.ingest.beside import sidecars

_SUFFIXES = """
3g2 3gp aac ac3 aif aiff amr asf au avi caf divx dv f4v flac flv gif ivf m1v m2ts m2v m4a m4v
mj2 mjpeg mka mkv mod mov mp2 mp3 mp4 mpe mpeg mpg mts mxf nut oga ogg ogm ogv opus ra rm rmvb
ts vob wav webm wma wmv wtv y4m
"""
MEDIA_SUFFIXES = frozenset(f".{suffix}" for suffix in _SUFFIXES.split())
"""What is taken from a folder. A file that is named itself is tried whatever its name."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file to add.

    Attributes:
        path: Absolute.
        transcript: True where it is words without pixels.
    """

    path: Path
    transcript: bool


def require(paths: Sequence[str | Path]) -> None:
    """Check that each path stands for something, before any work is begun.

    Raises:
        InputError: A path or pattern that stands for nothing.
    """
    for given in paths:
        _matching(given)


def expand(paths: Sequence[str | Path]) -> Iterator[Source]:
    """Yield the files that ``paths`` (files, folders, globs) stand for, each once.

    A transcript that lies beside its footage belongs to it and is not an item itself.

    Raises:
        InputError: A path or pattern that stands for nothing.
    """
    seen: set[Path] = set()
    for given in paths:
        for path in _matching(given):
            for source in _inside(path) if path.is_dir() else _named(path):
                if source.path not in seen:
                    seen.add(source.path)
                    yield source


def _matching(given: str | Path) -> list[Path]:
    path = Path(given).expanduser()
    if path.exists():
        return [path.absolute()]
    # Path.glob refuses absolute patterns, and people give those.
    found = sorted(glob.glob(str(path), recursive=True))  # noqa: PTH207
    if not found:
        raise InputError(f"nothing is at {str(given)!r}; check the path or the pattern")
    return [Path(name).absolute() for name in found]


def _named(path: Path) -> Iterator[Source]:
    yield Source(path, sidecars.is_transcript(path))


def _inside(folder: Path) -> Iterator[Source]:
    files = sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and not any(
            part.startswith(".") or part.endswith(".viewfinder")
            for part in path.relative_to(folder).parts
        )
    )
    media = [path for path in files if path.suffix.lower() in MEDIA_SUFFIXES]
    beside = {sidecar for path in media for sidecar in sidecars.sidecar_paths(path)}
    for path in files:
        if path.suffix.lower() in MEDIA_SUFFIXES:
            yield Source(path, False)
        elif sidecars.is_transcript(path) and path not in beside:
            yield Source(path, True)


def wait_until_still(path: Path, quiet_s: float) -> None:
    """Return once the file has kept its size and time for ``quiet_s`` seconds.

    A file that was last written longer ago than that is still already.

    Raises:
        InputError: It went away meanwhile.
    """
    try:
        before = path.stat()
        quiet_from = time.monotonic() - max(0.0, time.time() - before.st_mtime)
        while time.monotonic() - quiet_from < quiet_s:
            time.sleep(min(0.3, quiet_s))
            now = path.stat()
            if (now.st_size, now.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
                before, quiet_from = now, time.monotonic()
    except FileNotFoundError as error:
        raise InputError(f"{path} went away while it was waited for") from error
