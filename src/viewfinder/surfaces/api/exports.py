"""Take it with you: clips, stills, contact sheets, answers as pages, timelines for editors.

Each is a POST that gives the file. What a person should know of it stands in
``Viewfinder-Notes`` (percent-encoded); the citation sheet comes along in a ``bundle``.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import Response, StreamingResponse

from viewfinder.app.exports import Captions, Exported, How
from viewfinder.app.library import Library
from viewfinder.domain.search import Moment
from viewfinder.domain.time import to_ns
from viewfinder.surfaces.api.videos import the
from viewfinder.surfaces.http.identity import Need, Seat, needs
from viewfinder.surfaces.shapes import kept
from viewfinder.surfaces.wire.replies import NOTHING_HERE, may_go_wrong

router = APIRouter(
    prefix="/api/v1/exports", tags=["exports"], dependencies=[Depends(needs(Need.EXPORT))]
)

PIECE_BYTES = 256 * 1024
NOTE_CHARACTERS = 1000


def _file(*types: str) -> dict[int | str, dict[str, Any]]:
    """Return the ``responses`` of a route that gives a file."""
    binary, document = {"type": "string", "format": "binary"}, {"type": "object"}
    content = {each: {"schema": document if "json" in each else binary} for each in types}
    return {**may_go_wrong(404), 200: {"description": "The file.", "content": content}}


@router.post(
    "/clip",
    operation_id="export_clip",
    summary="Cut a clip",
    response_class=Response,
    responses=_file("video/*", "audio/*", "application/zip"),
)
def clip(wanted: kept.Clip, library: Seat) -> Response:
    """`copy` takes the stream as it is, from the key frame before; `exact` encodes it again,
    from the very frame."""
    made = library.exports.clip(
        the(wanted.video, library, "export"),
        wanted.span(),
        how=How(wanted.how),
        captions=Captions(wanted.captions),
        before_s=wanted.before_s,
        after_s=wanted.after_s,
        kind=wanted.kind,
        sign=wanted.sign,
    )
    return _given(made, bundle=wanted.bundle)


@router.post(
    "/still",
    operation_id="export_still",
    summary="Take a still",
    response_class=Response,
    responses=_file("image/png", "image/jpeg", "image/webp"),
)
def still(wanted: kept.Still, library: Seat) -> Response:
    """The frame that is shown at a time."""
    item = the(wanted.video, library, "export")
    at_ns = to_ns(wanted.at_s)
    return _given(library.exports.still(item, at_ns, kind=wanted.kind, side_px=wanted.side_px))


@router.post(
    "/contact-sheet",
    operation_id="export_contact_sheet",
    summary="Many pictures in one",
    response_class=Response,
    responses=_file("image/jpeg", "image/png", "image/webp"),
)
def contact_sheet(wanted: kept.ContactSheet, library: Seat) -> Response:
    """Of moments, or of a video from start to end."""
    video = the(wanted.video, library, "export") if wanted.video else None
    made = library.exports.contact_sheet(
        video or _moments(wanted.moments, library),
        kind=wanted.kind,
        columns=wanted.columns,
        title=wanted.title,
    )
    return _given(made)


@router.post(
    "/citation",
    operation_id="export_citation",
    summary="The citation sheet of a moment",
    response_class=Response,
    responses=_file("text/plain", "application/json", "text/html"),
)
def citation(wanted: kept.CitationOut, library: Seat) -> Response:
    """What it is, where from, how to check it."""
    item = the(wanted.video, library, "export")
    return _given(library.exports.citation(item, wanted.span(), kind=wanted.kind))


@router.post(
    "/answer",
    operation_id="export_answer",
    summary="A whole answer or conversation as a page",
    response_class=Response,
    responses=_file("text/markdown", "text/html", "application/pdf"),
)
def answer(wanted: kept.AnswerOut, library: Seat) -> Response:
    """Markdown, HTML in one file, or PDF, with stills. A question is asked for it."""
    if wanted.conversation is not None:
        if wanted.conversation not in {one.id for one in library.conversations()}:
            raise HTTPException(404, NOTHING_HERE)
        _, talk = library.export_conversation(wanted.conversation)
        return _given(library.exports.answer(talk, wanted.kind, stills=wanted.stills))
    asked = wanted.plan.value() if wanted.plan is not None else str(wanted.question)
    question = asked if isinstance(asked, str) else asked.question
    said = library.ask(asked)
    made = library.exports.answer(said, wanted.kind, question=question, stills=wanted.stills)
    return _given(made)


@router.post(
    "/timeline",
    operation_id="export_timeline",
    summary="Moments as editing programs open them",
    response_class=Response,
    responses=_file(
        "application/vnd.opentimelineio+json", "application/xml", "text/plain", "text/csv"
    ),
)
def timeline(wanted: kept.Timeline, library: Seat) -> Response:
    """OpenTimelineIO, FCPXML, Premiere XML, EDL, or lists of markers."""
    made = library.exports.timeline(
        _moments(wanted.moments, library),
        wanted.kind,
        name=wanted.name,
        before_s=wanted.before_s,
        after_s=wanted.after_s,
        rate=wanted.rate,
    )
    return _given(made)


def _moments(wanted: Sequence[kept.MomentOf], library: Library) -> list[Moment]:
    found = {video.id: video for video in library.videos("export")}
    moments = [(found.get(one.video), one.span()) for one in wanted]  # type: ignore[call-overload]
    if not all(video for video, _ in moments):
        raise HTTPException(404, NOTHING_HERE)
    return [Moment(video.id, span, 0.0) for video, span in moments if video is not None]


def _given(made: Exported, *, bundle: bool = False) -> Response:
    """Return the file, and remove it from the spool once it is sent."""
    name, kind = (f"{made.name}.zip", "application/zip") if bundle else (made.name, made.media_type)
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
        "Cache-Control": "private, no-store",
        "Viewfinder-Notes": quote("; ".join(made.notes)[:NOTE_CHARACTERS]),
    }
    if bundle:
        with made:
            return Response(_zipped(made), headers=headers, media_type=kind)
    if made.path is None:
        with made:
            return Response(made.read(), headers=headers, media_type=kind)
    headers["Content-Length"] = str(made.size_bytes())
    return StreamingResponse(_pieces(made), headers=headers, media_type=kind)


def _pieces(made: Exported) -> Iterator[bytes]:
    with made:
        assert made.path is not None
        with made.path.open("rb") as file:
            while piece := file.read(PIECE_BYTES):
                yield piece


def _zipped(made: Exported) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as packed:
        for each in (made, *made.beside):
            packed.writestr(each.name, each.read())
    return out.getvalue()
