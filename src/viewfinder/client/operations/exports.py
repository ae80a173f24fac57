"""Calls of the API: exports.

Written by scripts/client.py from the OpenAPI document, not by hand.
"""

from __future__ import annotations

from collections.abc import Sequence

from viewfinder.client import request as wire


def export_clip(
    video: str,
    start_s: float,
    end_s: float,
    *,
    how: str = wire.UNSET,
    captions: str = wire.UNSET,
    before_s: float = wire.UNSET,
    after_s: float = wire.UNSET,
    kind: str = wire.UNSET,
    sign: bool = wire.UNSET,
    bundle: bool = wire.UNSET,
) -> wire.Request[bytes]:
    """Cut a clip.

    `copy` takes the stream as it is, from the key frame before; `exact` encodes it again, from
    the very frame.
    """
    return wire.Request(
        "POST",
        "/api/v1/exports/clip",
        wire.content,
        json=wire.body(
            video=video,
            start_s=start_s,
            end_s=end_s,
            how=how,
            captions=captions,
            before_s=before_s,
            after_s=after_s,
            kind=kind,
            sign=sign,
            bundle=bundle,
        ),
    )


def export_still(
    video: str, at_s: float, *, kind: str = wire.UNSET, side_px: int = wire.UNSET
) -> wire.Request[bytes]:
    """Take a still.

    The frame that is shown at a time.
    """
    return wire.Request(
        "POST",
        "/api/v1/exports/still",
        wire.content,
        json=wire.body(video=video, at_s=at_s, kind=kind, side_px=side_px),
    )


def export_contact_sheet(
    *,
    video: str | None = wire.UNSET,
    moments: Sequence[wire.Json] = wire.UNSET,
    kind: str = wire.UNSET,
    columns: int = wire.UNSET,
    title: str = wire.UNSET,
) -> wire.Request[bytes]:
    """Many pictures in one.

    Of moments, or of a video from start to end.
    """
    return wire.Request(
        "POST",
        "/api/v1/exports/contact-sheet",
        wire.content,
        json=wire.body(video=video, moments=moments, kind=kind, columns=columns, title=title),
    )


def export_citation(
    video: str, start_s: float, end_s: float, *, kind: str = wire.UNSET
) -> wire.Request[str]:
    """The citation sheet of a moment.

    What it is, where from, how to check it.
    """
    return wire.Request(
        "POST",
        "/api/v1/exports/citation",
        wire.words,
        json=wire.body(video=video, start_s=start_s, end_s=end_s, kind=kind),
    )


def export_answer(
    *,
    question: str | None = wire.UNSET,
    plan: wire.Json | None = wire.UNSET,
    conversation: str | None = wire.UNSET,
    kind: str = wire.UNSET,
    stills: bool = wire.UNSET,
) -> wire.Request[bytes]:
    """A whole answer or conversation as a page.

    Markdown, HTML in one file, or PDF, with stills. A question is asked for it.
    """
    return wire.Request(
        "POST",
        "/api/v1/exports/answer",
        wire.content,
        json=wire.body(
            question=question, plan=plan, conversation=conversation, kind=kind, stills=stills
        ),
    )


def export_timeline(
    moments: Sequence[wire.Json],
    *,
    kind: str = wire.UNSET,
    name: str = wire.UNSET,
    before_s: float = wire.UNSET,
    after_s: float = wire.UNSET,
    rate: str = wire.UNSET,
) -> wire.Request[bytes]:
    """Moments as editing programs open them.

    OpenTimelineIO, FCPXML, Premiere XML, EDL, or lists of markers.
    """
    return wire.Request(
        "POST",
        "/api/v1/exports/timeline",
        wire.content,
        json=wire.body(
            moments=moments, kind=kind, name=name, before_s=before_s, after_s=after_s, rate=rate
        ),
    )
