"""A video and a time, as commands take them and documents tell them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from viewfinder.app.library import Library
from viewfinder.domain.errors import UsageError
from viewfinder.domain.media import Video
from viewfinder.domain.time import SECOND_NS, TimeSpan, read_clock

AROUND_NS = 5 * SECOND_NS
"""A moment of which only the beginning is named is so long."""


def at_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--at`` to a command."""
    return click.option(
        "--at", required=True, metavar="TIME", help='When: "83", "1:23" or "0:01:23.5".'
    )(command)


def until_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--to`` to a command."""
    return click.option("--to", metavar="TIME", help="Where it ends; five seconds on.")(command)


def instant(text: str) -> int:
    """Return the nanoseconds of a time.

    Raises:
        UsageError: It is none.
    """
    try:
        return read_clock(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is no time; write 83, 1:23 or 0:01:23.5") from error


def moment(library: Library, named: str, at: str, to: str | None) -> tuple[Video, TimeSpan]:
    """Return the video and the stretch that is meant.

    Raises:
        InputError: No such video.
        UsageError: Not a time, or outside the video.
    """
    video, start = library.video(named), instant(at)
    end = start + AROUND_NS if to is None else instant(to)
    if not video.span.holds(start) or end < start:
        raise UsageError(f"{at} to {to or 'its end'} is no part of {video.name!r}, {video.span}")
    return video, TimeSpan(start, end).clipped(video.span)


def document(video: str, path: str, span: TimeSpan) -> dict[str, Any]:
    """Return where a moment is."""
    return {
        "video": video,
        "path": path,
        "start_s": round(span.start_s, 3),
        "end_s": round(span.end_s, 3),
    }


def paths(library: Library) -> dict[str, str]:
    """Return the path of each video that the asker may see, by id."""
    return {video.id: video.path for video in library.videos()}
