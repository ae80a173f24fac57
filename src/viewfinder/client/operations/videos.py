"""Calls of the API: videos.

Written by scripts/client.py from the OpenAPI document, not by hand.
"""

from __future__ import annotations

from collections.abc import Sequence

from viewfinder.client import request as wire


def list_videos(
    *,
    name: str = wire.UNSET,
    kind: str | None = wire.UNSET,
    collection: str = wire.UNSET,
    sort: str = wire.UNSET,
    cursor: str | None = wire.UNSET,
    limit: int = wire.UNSET,
) -> wire.Request[wire.Json]:
    """List videos.

    Those you may see, each with how far it can be searched. `-` before an order turns it.
    """
    return wire.Request(
        "GET",
        "/api/v1/videos",
        wire.document,
        query={
            "name": name,
            "kind": kind,
            "collection": collection,
            "sort": sort,
            "cursor": cursor,
            "limit": limit,
        },
    )


def get_video(video: str) -> wire.Request[wire.Json]:
    """A video: what it is, how far it can be searched, which tracks there are.

    Stages that are done, missing or failed, and the tracks there are.
    """
    return wire.Request("GET", f"/api/v1/videos/{wire.part(video)}", wire.document)


def get_notes(
    video: str,
    *,
    track: str | None = wire.UNSET,
    start: float | None = wire.UNSET,
    end: float | None = wire.UNSET,
    cursor: str | None = wire.UNSET,
    limit: int = wire.UNSET,
) -> wire.Request[wire.Json]:
    """What is noted of a video.

    Notes of all tracks, or of one, that reach into a stretch of time; in time order.
    """
    return wire.Request(
        "GET",
        f"/api/v1/videos/{wire.part(video)}/notes",
        wire.document,
        query={"track": track, "start": start, "end": end, "cursor": cursor, "limit": limit},
    )


def get_transcript(video: str) -> wire.Request[wire.Json]:
    """What is said in a video.

    Lines with their times: captions where there are, else the machine transcript.
    """
    return wire.Request("GET", f"/api/v1/videos/{wire.part(video)}/transcript", wire.document)


def export_transcript(
    video: str, kind: str, *, track: str | None = wire.UNSET
) -> wire.Request[str]:
    """Take the words of a video out as SRT, VTT or CSV.

    SRT and VTT take captions, else speech; CSV takes every track. It is logged as export.
    """
    return wire.Request(
        "GET",
        f"/api/v1/videos/{wire.part(video)}/transcript.{wire.part(kind)}",
        wire.words,
        query={"track": track},
    )


def get_shots(video: str) -> wire.Request[wire.Json]:
    """The shots of a video.

    From cut to cut, in order.
    """
    return wire.Request("GET", f"/api/v1/videos/{wire.part(video)}/shots", wire.document)


def get_segments(
    video: str, *, cursor: str | None = wire.UNSET, limit: int = wire.UNSET
) -> wire.Request[wire.Json]:
    """The pieces that a video is searched by.

    In time order.
    """
    return wire.Request(
        "GET",
        f"/api/v1/videos/{wire.part(video)}/segments",
        wire.document,
        query={"cursor": cursor, "limit": limit},
    )


def forget_video(
    video: str,
    *,
    idempotency_key: str | None = wire.UNSET,
    reason: str = wire.UNSET,
    parts: Sequence[wire.Json] = wire.UNSET,
    delete_original: bool = wire.UNSET,
) -> wire.Request[wire.Json]:
    """Forget a video, or parts of it.

    Erase everything derived from it, to the byte; the file stays unless it is asked for. What a
    legal hold keeps stays (403). `receipt` can be checked by others, offline.
    """
    return wire.Request(
        "POST",
        f"/api/v1/videos/{wire.part(video)}/forget",
        wire.document,
        headers={"Idempotency-Key": idempotency_key},
        json=wire.body(reason=reason, parts=parts, delete_original=delete_original),
    )
