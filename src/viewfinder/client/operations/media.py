"""Calls of the API: media.

Written by scripts/client.py from the OpenAPI document, not by hand.
"""

from __future__ import annotations

from viewfinder.client import request as wire


def get_media(video: str, *, form: str = wire.UNSET) -> wire.Request[bytes]:
    """The file of a video, or a range of it.

    Return the file of a video, or a range of it. `form=whole` gives its streams in a container
    that browsers read, once that is made (see `playback`). Where only part of a video may be seen
    there is neither: see `parts`.
    """
    return wire.Request(
        "GET", f"/api/v1/videos/{wire.part(video)}/media", wire.content, query={"form": form}
    )


def get_playback(video: str, *, refused: bool = wire.UNSET) -> wire.Request[wire.Json]:
    """How a player gets a video.

    Return how a player gets a video: as a file, as a copy, or in parts. `refused=true` says that
    the player tried the file itself and could not.
    """
    return wire.Request(
        "GET",
        f"/api/v1/videos/{wire.part(video)}/playback",
        wire.document,
        query={"refused": refused},
    )


def get_media_part(video: str, number: int) -> wire.Request[bytes]:
    """Some seconds of a video, as browsers play them.

    Return some seconds of a video as MP4 that a player puts together; its clock is its own. The
    first request of a stretch takes as long as encoding it does.
    """
    return wire.Request(
        "GET", f"/api/v1/videos/{wire.part(video)}/media/parts/{wire.part(number)}", wire.content
    )


def get_thumbnail(video: str, *, at: float = wire.UNSET) -> wire.Request[bytes]:
    """The picture kept nearest to a time.

    Return the picture kept nearest to a time, as WebP.
    """
    return wire.Request(
        "GET", f"/api/v1/videos/{wire.part(video)}/thumbnail", wire.content, query={"at": at}
    )


def get_sprite(video: str) -> wire.Request[bytes]:
    """Pictures along a video, in one.

    Return pictures along a video in one WebP, ten in a row; `sprite.json` says when.
    """
    return wire.Request("GET", f"/api/v1/videos/{wire.part(video)}/sprite", wire.content)


def get_sprite_index(video: str) -> wire.Request[wire.Json]:
    """When each picture of the sprite is.

    Return where in the sprite the picture of each time is.
    """
    return wire.Request("GET", f"/api/v1/videos/{wire.part(video)}/sprite.json", wire.document)


def get_captions(video: str, *, track: str | None = wire.UNSET) -> wire.Request[str]:
    """Words as WebVTT.

    Return words as WebVTT: captions, else what was heard; or those of `track`.
    """
    return wire.Request(
        "GET", f"/api/v1/videos/{wire.part(video)}/captions.vtt", wire.words, query={"track": track}
    )
