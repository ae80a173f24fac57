"""Single frames of a video, as pictures."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from viewfinder.app.entry.gate import Refused
from viewfinder.app.exports.desk import CLOSED, Desk, Exported, stamp, stem
from viewfinder.domain.errors import DecodeError, InputError, UsageError
from viewfinder.domain.media import Video
from viewfinder.domain.policy import Scope
from viewfinder.domain.time import TimeSpan, clock
from viewfinder.ingest import sandbox

MEDIA_TYPES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}


@dataclass(frozen=True, slots=True)
class Still:
    """One picture: when its frame begins, its size in pixels, and its bytes."""

    at_ns: int
    width: int
    height: int
    content: bytes


def still(desk: Desk, video: Video, at_ns: int, kind: str, side_px: int) -> Exported:
    """Return the frame shown at a time; see ``Exports.still``."""
    scope = desk.admitted("export")
    desk.seen(video, scope)
    if kind not in MEDIA_TYPES:
        raise UsageError(f"no picture of kind {kind!r}; there are {', '.join(MEDIA_TYPES)}")
    if not video.has("video"):
        raise UsageError(f"{video.name!r} has no picture")
    if not 0 <= at_ns < max(1, video.duration_ns):
        raise UsageError(f"{clock(at_ns)} lies outside {video.name!r}, which is {video.span}")
    if not is_open(desk, video, scope, at_ns):
        raise Refused(CLOSED)
    desk.log("still", video=video.id, at_ms=at_ns // 1_000_000)
    found = frames(desk, video, [at_ns], kind=kind, side_px=side_px)
    if 0 not in found:
        raise InputError(f"no frame of {video.name!r} at {clock(at_ns)} can be decoded")
    made = found[0]
    covered = desk.covers(video)
    return Exported(
        name=f"{stem(video)}_{stamp(at_ns)}.{kind}",
        media_type=MEDIA_TYPES[kind],
        content=made.content,
        notes=("faces are covered, as everywhere in this library",) if covered else (),
        facts={
            "video": video.id,
            "asked_ms": at_ns // 1_000_000,
            "frame_ns": made.at_ns,
            "width": made.width,
            "height": made.height,
            "faces_covered": covered,
        },
    )


def is_open(desk: Desk, video: Video, scope: Scope, at_ns: int) -> bool:
    """Tell whether what is shown at a time may be taken out."""
    return bool(desk.open_parts(video, scope, TimeSpan(at_ns, at_ns + 1)))


def frames(
    desk: Desk, video: Video, times_ns: Sequence[int], *, kind: str = "jpg", side_px: int = 0
) -> dict[int, Still]:
    """Return the frames shown at some times, by place in the list; those that decode.

    Nobody is asked and nothing is logged: whoever calls has done so.

    Raises:
        InputError: The file is not there, or nothing of it decodes.
    """
    source = desk.original(video)
    covering = desk.covering(video)
    room = desk.room(video)
    job = {
        "do": "stills",
        "path": str(source.absolute()),
        "to": str(room),
        "times": list(times_ns),
        "side_px": side_px,
        "kind": kind,
        "cover": asdict(covering) if covering else None,
    }
    found: dict[int, Still] = {}
    try:
        work = sandbox.work(
            job,
            limits=desk.limits(),
            media_s=video.duration_ns / 1e9 + 10 * len(times_ns),
            worker=sandbox.CUTS,
        )
        for told in work:
            content = (room / f"{told['number']}.{kind}").read_bytes()
            found[told["number"]] = Still(told["at_ns"], told["width"], told["height"], content)
    except DecodeError as error:
        raise InputError(f"no still of {video.name!r}: {error}") from error
    finally:
        shutil.rmtree(room, ignore_errors=True)
    return found


def near(
    desk: Desk, video: Video, scope: Scope, times_ns: Sequence[int], *, side_px: int
) -> dict[int, bytes]:
    """Return pictures for a page, by place in the list: frames, or else kept thumbnails.

    Times that are not open have none.
    """
    if "no_pictures" in scope.obligations or not video.has("video"):
        return {}
    asked = [n for n, at_ns in enumerate(times_ns) if is_open(desk, video, scope, at_ns)]
    try:
        made = frames(desk, video, [times_ns[n] for n in asked], side_px=side_px)
        return {asked[place]: found.content for place, found in made.items()}
    except InputError:
        kept = {n: desk.store.thumbnail(video.id, times_ns[n], scope=scope) for n in asked}
        return {n: picture for n, picture in kept.items() if picture is not None}
