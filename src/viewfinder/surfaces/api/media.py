"""Footage itself: the file in ranges, copies that browsers can play, pictures and captions.

Who may see what is asked anew for each request, of the library; a video that may not be
seen is the same 404 as one that is not there.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request
from fastapi.responses import JSONResponse, Response
from PIL import Image

from viewfinder.app.serving.playing import PART_NS, Busy, NotPlayable, Playback, Way
from viewfinder.app.viewing import Changed, Footage, Gone, Unknown, tiles_ns
from viewfinder.domain.media import VideoId
from viewfinder.domain.time import SECOND_NS, to_ns
from viewfinder.surfaces.http.identity import Here, Need, Seat, Who, needs
from viewfinder.surfaces.http.problems import problem
from viewfinder.surfaces.http.ranges import ranged
from viewfinder.surfaces.shapes.questions import AnId
from viewfinder.surfaces.wire.replies import NOTHING_HERE, may_go_wrong

router = APIRouter(
    prefix="/api/v1/videos/{video}",
    tags=["media"],
    dependencies=[Depends(needs(Need.READ))],
)
Id = Annotated[str, AnId]
_PRIVATE = {"Cache-Control": "private, max-age=3600", "X-Content-Type-Options": "nosniff"}
_NO_RANGE: dict[int | str, dict[str, Any]] = {416: {"description": "It has no such range."}}
_SPRITE_TILES, _SPRITE_COLUMNS, _TILE_PX = 100, 10, 160


def told(give: Callable[[], Response]) -> Response:
    """Return an answer, or the problem that kept it away."""
    try:
        return give()
    except Unknown:
        raise HTTPException(404, NOTHING_HERE) from None
    except Gone as error:
        return problem(410, "The original is gone", str(error))
    except Changed as error:
        return problem(409, "The original has changed", str(error))
    except NotPlayable as error:
        return problem(409, "It cannot be played", str(error))
    except Busy:
        busy = problem(503, "Busy", "Too many copies are being made; ask again.")
        busy.headers["Retry-After"] = "5"
        return busy


def key(who: Who) -> tuple[str, ...]:
    """Return who plays something, and what for: a playback of theirs is logged once."""
    return (who.name or "", who.purpose or "", who.case or "")


@router.head("/media", include_in_schema=False)
@router.get(
    "/media",
    operation_id="get_media",
    summary="The file of a video, or a range of it",
    response_class=Response,
    responses={
        200: {"content": {"video/*": {}, "audio/*": {}}},
        206: {"description": "A range."},
        **may_go_wrong(304, 404, 409, 410),
        **_NO_RANGE,
    },
)
def media(
    video: Id,
    request: Request,
    library: Seat,
    here: Here,
    who: Who,
    form: Annotated[str, Query(pattern="^(file|whole)$")] = "file",
) -> Response:
    """Return the file of a video, or a range of it.

    `form=whole` gives its streams in a container that browsers read, once that is made
    (see `playback`). Where only part of a video may be seen there is neither: see `parts`.
    """

    def give() -> Response:
        footage = library.viewing.footage(VideoId(video))
        if not footage.is_whole:
            return problem(
                409,
                "Not as a whole",
                "Not all of this video may be shown as it is; it is played in parts.",
                playback=f"/api/v1/videos/{footage.video.id}/playback",
            )
        file = here.playing.original(footage)
        if form == "whole":
            file.close()
            made = here.playing.whole(footage)
            if made is None:
                return problem(409, "Not made", "There is no such copy (yet): ask for `playback`.")
            file = made.open("rb")
        with file:
            kind = here.playing.media_type(footage, form)
            if request.method == "GET":
                here.playing.begin(library, footage, key(who))
            headers = {**_PRIVATE, "Content-Disposition": _inline(footage, kind)}
            return ranged(request, file, kind, headers, tag=f"{footage.video.id[:32]}-{form}")

    return told(give)


@router.get(
    "/playback",
    operation_id="get_playback",
    summary="How a player gets a video",
    response_model=None,
    responses={
        202: {"description": "A copy is being made; ask again."},
        **may_go_wrong(404, 409, 410),
    },
)
def playback(video: Id, library: Seat, here: Here, refused: bool = False) -> Response:
    """Return how a player gets a video: as a file, as a copy, or in parts.

    `refused=true` says that the player tried the file itself and could not.
    """

    def give() -> Response:
        footage = library.viewing.footage(VideoId(video))
        found = here.playing.playback(footage, refused=refused)
        status = 202 if found.way is Way.WHOLE and not found.ready else 200
        return JSONResponse(document(footage, found), status, {"Cache-Control": "no-store"})

    return told(give)


def document(footage: Footage, found: Playback) -> dict[str, Any]:
    """Return how a player gets a video, as JSON."""
    home = f"/api/v1/videos/{footage.video.id}"
    urls = {
        Way.FILE: f"{home}/media",
        Way.WHOLE: f"{home}/media?form=whole",
        Way.PARTS: f"{home}/media/parts/",
        Way.NONE: "",
    }
    return {
        "video": footage.video.id,
        "way": found.way.value,
        "url": urls[found.way],
        "media_type": found.media_type,
        "ready": found.ready,
        "share": round(found.share, 3),
        "parts": found.parts,
        "part_s": PART_NS / SECOND_NS,
        "duration_s": round(footage.video.duration_ns / SECOND_NS, 3),
        "why": found.why,
    }


@router.head("/media/parts/{number}", include_in_schema=False)
@router.get(
    "/media/parts/{number}",
    operation_id="get_media_part",
    summary="Some seconds of a video, as browsers play them",
    response_class=Response,
    responses={
        200: {"content": {"video/mp4": {}, "audio/mp4": {}}},
        206: {"description": "A range."},
        **may_go_wrong(304, 404, 409, 410),
        **_NO_RANGE,
    },
)
def part(
    video: Id,
    number: Annotated[int, Path(ge=0, le=1_000_000)],
    request: Request,
    library: Seat,
    here: Here,
    who: Who,
) -> Response:
    """Return some seconds of a video as MP4 that a player puts together; its clock is its own.

    The first request of a stretch takes as long as encoding it does.
    """

    def give() -> Response:
        footage = library.viewing.footage(VideoId(video))
        made = here.playing.part(footage, number)
        _still(library, here, footage)
        kind = "video/mp4" if here.playing.shown(footage)[0] else "audio/mp4"
        if request.method == "GET":
            here.playing.begin(library, footage, key(who))
        tag = f"{footage.video.id[:32]}-{made.parent.name[-16:]}-{number}"
        with made.open("rb") as file:
            return ranged(request, file, kind, dict(_PRIVATE), tag=tag)

    return told(give)


@router.head("/thumbnail", include_in_schema=False)
@router.get(
    "/thumbnail",
    operation_id="get_thumbnail",
    summary="The picture kept nearest to a time",
    response_class=Response,
    responses={200: {"content": {"image/webp": {}}}, **may_go_wrong(404)},
)
def thumbnail(
    video: Id,
    library: Seat,
    at: Annotated[float, Query(ge=0, le=1e7, allow_inf_nan=False, description="Seconds.")] = 0.0,
) -> Response:
    """Return the picture kept nearest to a time, as WebP."""

    def give() -> Response:
        footage = library.viewing.footage(VideoId(video))
        [found] = library.viewing.pictures(footage, [to_ns(at)])
        if found is None:
            return problem(404, "No picture", "There is no picture of it here.")
        return Response(found, media_type="image/webp", headers=_PRIVATE)

    return told(give)


@router.get(
    "/sprite",
    operation_id="get_sprite",
    summary="Pictures along a video, in one",
    response_class=Response,
    responses={200: {"content": {"image/webp": {}}}, **may_go_wrong(404)},
)
def sprite(video: Id, library: Seat) -> Response:
    """Return pictures along a video in one WebP, ten in a row; `sprite.json` says when."""

    def give() -> Response:
        footage = library.viewing.footage(VideoId(video))
        times = tiles_ns(footage.video.duration_ns, _SPRITE_TILES)
        made = _sheet(library.viewing.pictures(footage, times), *_tile(footage))
        if made is None:
            return problem(404, "No picture", "There is no picture of it here.")
        return Response(made, media_type="image/webp", headers=_PRIVATE)

    return told(give)


@router.get(
    "/sprite.json",
    operation_id="get_sprite_index",
    summary="When each picture of the sprite is",
    response_model=None,
    responses=may_go_wrong(404),
)
def sprite_index(video: Id, library: Seat) -> Response:
    """Return where in the sprite the picture of each time is."""

    def give() -> Response:
        footage = library.viewing.footage(VideoId(video))
        times = tiles_ns(footage.video.duration_ns, _SPRITE_TILES)
        width, height = _tile(footage)
        made = {
            "url": f"/api/v1/videos/{footage.video.id}/sprite",
            "width": width,
            "height": height,
            "columns": _SPRITE_COLUMNS,
            "times_s": [round(at / SECOND_NS, 3) for at in times],
        }
        return JSONResponse(made, headers=_PRIVATE)

    return told(give)


@router.get(
    "/captions.vtt",
    operation_id="get_captions",
    summary="Words as WebVTT",
    response_class=Response,
    responses={200: {"content": {"text/vtt": {}}}, **may_go_wrong(404)},
)
def captions(video: Id, library: Seat, track: str | None = None) -> Response:
    """Return words as WebVTT: captions, else what was heard; or those of `track`."""

    def give() -> Response:
        footage = library.viewing.footage(VideoId(video))
        text = library.viewing.captions(footage, track)
        headers = {**_PRIVATE, "Cache-Control": "private, no-cache"}  # words may be corrected
        return Response(text, media_type="text/vtt; charset=utf-8", headers=headers)

    return told(give)


def _still(library: Seat, here: Here, footage: Footage) -> None:
    """Raise ``Unknown`` for a video that was forgotten while a copy of it was made."""
    try:
        library.viewing.footage(footage.video.id)
    except Unknown:
        here.playing.drop(footage.video.id)
        raise


def _inline(footage: Footage, kind: str) -> str:
    """Return the header that names the file: plain letters first, all of them after."""
    stem = footage.video.name.rpartition(".")[0] or footage.video.name
    ending = _ENDINGS.get(kind) or footage.video.name.rpartition(".")[2]
    name = "".join(c for c in f"{stem}.{ending}" if c.isprintable() and c not in '/\\"')
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._- ") else "_" for c in name)
    coded = quote(name.encode("utf-8", "replace"), safe="")
    return f"inline; filename=\"{plain}\"; filename*=UTF-8''{coded}"


_ENDINGS = {"video/mp4": "mp4", "audio/mp4": "m4a", "video/webm": "webm", "audio/webm": "weba"}


def _tile(footage: Footage) -> tuple[int, int]:
    width, height = footage.video.width or 16, footage.video.height or 9
    return _TILE_PX, min(2 * _TILE_PX, max(16, round(_TILE_PX * height / width)))


def _sheet(pictures: list[bytes | None], width: int, height: int) -> bytes | None:
    """Return small pictures side by side; None where there is none."""
    if not any(pictures):
        return None
    rows = -(-len(pictures) // _SPRITE_COLUMNS)
    made = Image.new("RGB", (width * min(_SPRITE_COLUMNS, len(pictures)), height * rows))
    last: tuple[bytes, Image.Image] | None = None
    for number, found in enumerate(pictures):
        if found is None:
            continue
        if last is None or last[0] != found:
            with Image.open(io.BytesIO(found)) as opened:
                last = found, opened.convert("RGB").resize((width, height))
        made.paste(last[1], (number % _SPRITE_COLUMNS * width, number // _SPRITE_COLUMNS * height))
    out = io.BytesIO()
    made.save(out, "WEBP", quality=60)
    return out.getvalue()
