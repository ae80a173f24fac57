"""``viewfinder clip`` and ``viewfinder still``."""

from __future__ import annotations

from pathlib import Path

import click

from viewfinder.app.exports import Captions, How
from viewfinder.app.library import Library
from viewfinder.domain.errors import UsageError
from viewfinder.surfaces.exporting import writing
from viewfinder.surfaces.opening import json_option, with_library


@click.command(short_help="Take a stretch of a video out as a file.")
@click.argument("video")
@click.argument("span", metavar="START-END")
@writing.output_option
@click.option("--copy", is_flag=True, help="Do not encode again: begins at the key frame before.")
@click.option(
    "--captions",
    type=click.Choice([each.value for each in Captions]),
    default=Captions.NONE.value,
    show_default=True,
    help="Its words: in the picture, as files beside it, or as a stream in it.",
)
@click.option("--before", type=float, default=0.0, metavar="S", help="Handle before, in seconds.")
@click.option("--after", type=float, default=0.0, metavar="S", help="Handle after, in seconds.")
@click.option("--no-sign", is_flag=True, help="Write no content credentials into it.")
@json_option
@with_library()
def clip(
    library: Library,
    video: str,
    span: str,
    output: str | None,
    copy: bool,
    captions: str,
    before: float,
    after: float,
    no_sign: bool,
    as_json: bool,
) -> None:
    """Take a stretch of VIDEO out, START-END as 1:23-1:41, with its citation sheet.

    It is cut to the very frame and encoded again, unless --copy. The ending of FILE says
    which kind: mp4, mov, mkv or webm; m4a, mp3, flac or wav for the sound alone.
    """
    made = library.exports.clip(
        library.video(video, "export"),
        writing.span_of(span),
        how=How.COPY if copy else How.EXACT,
        captions=Captions(captions),
        before_s=before,
        after_s=after,
        kind=_kind(output),
        sign=not no_sign,
    )
    with made:
        writing.write(made, output, as_json=as_json)


@click.command(short_help="Take one frame of a video out as a picture.")
@click.argument("video")
@click.argument("time")
@writing.output_option
@click.option("--size", type=click.IntRange(16, 16384), help="Longest side at most, in pixels.")
@json_option
@with_library()
def still(
    library: Library, video: str, time: str, output: str | None, size: int | None, as_json: bool
) -> None:
    """Take the frame of VIDEO that is shown at TIME (1:23.5) out, as png, jpg or webp."""
    made = library.exports.still(
        library.video(video, "export"),
        writing.time_of(time),
        kind=_kind(output) or "png",
        side_px=size or 0,
    )
    writing.write(made, output, as_json=as_json)


def _kind(output: str | None) -> str:
    """Return which kind of file a name asks for; "" where none is given."""
    if output is None:
        return ""
    suffix = Path(output).suffix.lower().removeprefix(".")
    if not suffix:
        raise UsageError(f"{output!r} has no ending that says which kind of file it is")
    return {"jpeg": "jpg", "m4v": "mp4"}.get(suffix, suffix)
