"""Clips: a stretch of a video as a file of its own."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from viewfinder.app.editors import sources
from viewfinder.app.entry.gate import Refused
from viewfinder.app.exports import sheets, signing
from viewfinder.app.exports.cues import Cue, cues
from viewfinder.app.exports.desk import CLOSED, NO_WORDS, Desk, Exported, stamp, stem
from viewfinder.domain.errors import DecodeError, InputError, UsageError
from viewfinder.domain.media import MediaKind, Video
from viewfinder.domain.policy import Decision, Scope
from viewfinder.domain.time import SECOND_NS, TimeSpan, to_ns
from viewfinder.governance import release
from viewfinder.ingest import sandbox

MEDIA_TYPES = {
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "mkv": "video/x-matroska",
    "webm": "video/webm",
    "mpegts": "video/mp2t",
    "m4a": "audio/mp4",
    "mka": "audio/x-matroska",
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "flac": "audio/flac",
    "wav": "audio/wav",
}
_OF_PICTURE = ("mp4", "mov", "mkv", "webm")
_OF_SOUND = ("m4a", "mp3", "flac", "wav", "webm")
_IN_MP4 = {"h264", "hevc", "av1", "mpeg4", "aac", "mp3", "ac3", "eac3", "alac", ""}
_IN_WEBM = {"vp8", "vp9", "av1", "opus", "vorbis", ""}
_OF_CODEC = {
    "aac": "m4a", "alac": "m4a", "mp3": "mp3", "opus": "ogg", "vorbis": "ogg", "flac": "flac",
}  # fmt: skip
_EDGE_NS = 50_000_000
_COPIED_CLOSED = Decision(
    False,
    "closed-part",
    "A copy would hold what is not open to you: it begins at the key frame before and holds "
    "everything up to the end.",
    "Cut it exactly (--exact): what is closed is left out.",
)
_COPIED_FACES = Decision(
    False,
    "cover-faces",
    "This library covers faces, and a copy would show them.",
    "Cut it exactly (--exact): faces are covered in every frame.",
)


class How(StrEnum):
    """How a clip is cut."""

    COPY = "copy"
    EXACT = "exact"


class Captions(StrEnum):
    """Where the words of a clip go."""

    NONE = "none"
    BURNT = "burnt"
    SIDECAR = "sidecar"
    STREAM = "stream"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a clip is to be.

    Attributes:
        how: Copied or exact.
        captions: Where the words go.
        before_s: Handle before, in seconds.
        after_s: Handle after.
        kind: Of file; "" for what fits.
        sign: Sign it, where that can be done.
    """

    how: How = How.EXACT
    captions: Captions = Captions.NONE
    before_s: float = 0.0
    after_s: float = 0.0
    kind: str = ""
    sign: bool = True


def clip(desk: Desk, video: Video, span: TimeSpan, wanted: Wanted) -> Exported:
    """Return a clip with its sheet; see ``Exports.clip``."""
    scope = desk.admitted("export")
    desk.seen(video, scope)
    kind = _kind(video, wanted)
    whole = _widened(video, span, wanted, scope.obligations)
    parts = _inset(desk.open_parts(video, scope, whole), whole)
    _may_be(desk, video, whole, parts, wanted, scope)
    source = desk.original(video)
    tracks = desk.store.tracks(video.id, scope=scope)
    words = cues(tracks, parts) if wanted.captions is not Captions.NONE else []
    covering = desk.covering(video) if kind in _OF_PICTURE and video.has("video") else None
    desk.log(
        "clip",
        video=video.id,
        parts=[[p.start_ns // 1_000_000, p.end_ns // 1_000_000] for p in parts],
        how=wanted.how.value,
        captions=wanted.captions.value,
    )
    name = f"{stem(video)}_{stamp(whole.start_ns)}-{stamp(whole.end_ns)}.{kind}"
    room = desk.room(video)
    try:
        made = room / f"clip.{kind}"
        job = {
            "do": wanted.how.value,
            "path": str(source.absolute()),
            "to": str(made),
            "kind": kind,
            "parts": [[p.start_ns, p.end_ns] for p in parts],
            "cues": words,
            "burnt": wanted.captions is Captions.BURNT,
            "stream": wanted.captions is Captions.STREAM,
            "cover": asdict(covering) if covering else None,
        }
        told = _done(desk, job, video, whole)
        holds = [TimeSpan(*part) for part in told["parts"]]
        if wanted.how is How.COPY:
            inside = TimeSpan.hull(holds).clipped(video.span)
            if desk.open_parts(video, scope, inside) != (inside,):
                raise Refused(_COPIED_CLOSED)
        facts = _facts(told, wanted, whole, holds, covered=covering is not None)
        facts["credentials"] = (
            signing.sign(desk, made, source, video, holds, facts)
            if wanted.sign
            else signing.unsigned("nobody asked for it")
        )
        counted = sources.of(video, told["timing"])
        sheet = sheets.citation(
            desk, video, span, scope, tracks, clip=(name, made, facts), counted=counted
        )
        beside = (*_beside(name, words, holds, wanted), sheets.beside(name, sheet))
        return Exported(
            name=name,
            media_type=MEDIA_TYPES[kind],
            path=made,
            sheet=sheet,
            beside=beside,
            notes=tuple(_notes(facts, wanted, words, parts, whole)),
            facts=facts,
        )
    except BaseException:
        shutil.rmtree(room, ignore_errors=True)
        raise


def _kind(video: Video, wanted: Wanted) -> str:
    is_sound = video.kind is MediaKind.AUDIO or not video.has("video")
    if wanted.how is How.COPY:
        kind = wanted.kind or _kept(video, is_sound=is_sound)
        allowed: Sequence[str] = tuple(MEDIA_TYPES)
    else:
        kind = wanted.kind or ("m4a" if is_sound else "mp4")
        allowed = _OF_SOUND if is_sound else (*_OF_PICTURE, *_OF_SOUND)
    if kind not in allowed:
        raise UsageError(f"no clip of kind {kind!r} here; there are {', '.join(allowed)}")
    if wanted.captions is Captions.BURNT:
        if wanted.how is How.COPY:
            raise UsageError("captions are burnt into new frames; cut it exactly, or as sidecar")
        if is_sound or kind not in _OF_PICTURE:
            raise UsageError("there is no picture to burn captions into; take them as sidecar")
    if wanted.captions is Captions.STREAM and kind not in (*_OF_PICTURE, "m4a", "mka"):
        raise UsageError(f"files of kind {kind!r} hold no captions; take them as sidecar")
    return kind


def _kept(video: Video, *, is_sound: bool) -> str:
    """Return the container that takes the streams of a video as they are."""
    codecs = {s.codec for s in video.streams if s.kind in ("video", "audio")}
    if is_sound:
        names = [s.codec for s in video.streams if s.kind == "audio"]
        name = names[0] if names else ""
        return "wav" if name.startswith("pcm_") else _OF_CODEC.get(name, "mka")
    if codecs <= _IN_MP4:
        return "mp4"
    return "webm" if codecs <= _IN_WEBM else "mkv"


def _widened(video: Video, span: TimeSpan, wanted: Wanted, obligations: Sequence[str]) -> TimeSpan:
    """Return a span with its handles, and with the context that is owed, within the video.

    Raises:
        UsageError: It lies outside, or a handle is no length.
    """
    if not (0 <= wanted.before_s <= 3600 and 0 <= wanted.after_s <= 3600):
        raise UsageError("a handle is 0 to 3600 seconds long")
    inside = span.clipped(video.span)
    if not inside.duration_ns:
        raise UsageError(f"{span} lies outside {video.name!r}, which is {video.span}")
    start = max(0, inside.start_ns - to_ns(wanted.before_s))
    end = min(video.duration_ns, inside.end_ns + to_ns(wanted.after_s))
    least_ns = max(release.owed("context", obligations), default=0) * SECOND_NS
    return release.widened(TimeSpan(start, end), least_ns, video.span)


def _inset(parts: Sequence[TimeSpan], whole: TimeSpan) -> tuple[TimeSpan, ...]:
    """Return parts a little within what is closed beside them: frames and samples have length."""
    inner = []
    for part in parts:
        start = part.start_ns + (_EDGE_NS if part.start_ns != whole.start_ns else 0)
        end = part.end_ns - (_EDGE_NS if part.end_ns != whole.end_ns else 0)
        if end > start:
            inner.append(TimeSpan(start, end))
    return tuple(inner)


def _may_be(
    desk: Desk,
    video: Video,
    whole: TimeSpan,
    parts: Sequence[TimeSpan],
    wanted: Wanted,
    scope: Scope,
) -> None:
    if not parts:
        raise Refused(CLOSED)
    if wanted.captions is not Captions.NONE and "withhold_words" in scope.obligations:
        raise Refused(NO_WORDS)
    if wanted.how is How.COPY:
        if tuple(parts) != (whole,):
            raise Refused(_COPIED_CLOSED)
        if video.has("video") and desk.covers(video):
            raise Refused(_COPIED_FACES)


def _done(desk: Desk, job: dict[str, Any], video: Video, whole: TimeSpan) -> dict[str, Any]:
    """Return what the process that cuts says at the end.

    Raises:
        DecodeError: It could not.
    """
    told: dict[str, Any] = {}
    # A file that cannot be sought in is read from its start on; encoding costs more than that.
    media_s = whole.end_s + 5 * whole.duration_s
    try:
        for answer in sandbox.work(job, limits=desk.limits(), media_s=media_s, worker=sandbox.CUTS):
            told = answer
    except DecodeError as error:
        raise InputError(f"no clip of {video.name!r}: {error}") from error
    if "parts" not in told:
        raise InputError(f"no clip of {video.name!r}: it ended early; try again")
    return told


def _facts(
    told: Mapping[str, Any],
    wanted: Wanted,
    whole: TimeSpan,
    holds: Sequence[TimeSpan],
    *,
    covered: bool,
) -> dict[str, Any]:
    return {
        "how": wanted.how.value,
        "asked_ms": [whole.start_ns // 1_000_000, whole.end_ns // 1_000_000],
        "holds_ms": [[round(p.start_ns / 1e6), round(p.end_ns / 1e6)] for p in holds],
        "codecs": list(told["codecs"]),
        "frames": told["frames"],
        "captions": wanted.captions.value,
        "faces_covered": covered,
        "variable_rate": bool(told.get("is_variable", False)),
    }


def _notes(
    facts: Mapping[str, Any],
    wanted: Wanted,
    words: Sequence[Cue],
    parts: Sequence[TimeSpan],
    whole: TimeSpan,
) -> list[str]:
    notes = []
    if wanted.how is How.COPY:
        early_s = (facts["asked_ms"][0] - facts["holds_ms"][0][0]) / 1000
        late_s = (facts["holds_ms"][0][1] - facts["asked_ms"][1]) / 1000
        notes.append(
            f"copied as it is: begins {early_s:.2f} s before what was asked for, at a key frame, "
            f"and ends {abs(late_s):.2f} s {'after' if late_s >= 0 else 'before'} it"
        )
    left_out = whole.duration_ns - sum(p.duration_ns for p in parts)
    if left_out:
        notes.append(f"{left_out / SECOND_NS:.1f} s of it are not open to you and are left out")
    if facts["faces_covered"]:
        notes.append("faces are covered, as everywhere in this library; some may be missed")
    if wanted.captions is not Captions.NONE and not words:
        notes.append("no words are known of this part, so there are no captions")
    if facts["variable_rate"]:
        notes.append("its frames come at uneven times, as in the source")
    signed = facts["credentials"]
    notes.append(
        f"signed by {signed['signer']}" + ("" if signed["trusted"] else " (trusted by nobody yet)")
        if signed["state"] == "valid"
        else f"not signed: {signed['reason']}"
    )
    return notes


def _beside(
    name: str, words: Sequence[Cue], holds: Sequence[TimeSpan], wanted: Wanted
) -> list[Exported]:
    """Return the captions of a clip as files beside it."""
    if wanted.captions is not Captions.SIDECAR or not words:
        return []
    moved = []
    offset_ns = 0
    for part in holds:
        moved += [
            (
                max(start, part.start_ns) - part.start_ns + offset_ns,
                min(end, part.end_ns) - part.start_ns + offset_ns,
                text,
            )
            for start, end, text in words
            if start < part.end_ns and end > part.start_ns
        ]
        offset_ns += part.duration_ns
    base = name.rpartition(".")[0]
    return [
        Exported(f"{base}.srt", "application/x-subrip", content=_srt(moved).encode()),
        Exported(f"{base}.vtt", "text/vtt", content=_vtt(moved).encode()),
    ]


def _srt(words: Sequence[Cue]) -> str:
    return "".join(
        f"{n}\n{_clock(start, ',')} --> {_clock(end, ',')}\n{text.replace('-->', '->')}\n\n"
        for n, (start, end, text) in enumerate(words, 1)
    )


def _vtt(words: Sequence[Cue]) -> str:
    safe = [
        (a, b, t.replace("-->", "->").replace("&", "&amp;").replace("<", "&lt;"))
        for a, b, t in words
    ]
    return "WEBVTT\n\n" + "".join(
        f"{n}\n{_clock(start, '.')} --> {_clock(end, '.')}\n{text}\n\n"
        for n, (start, end, text) in enumerate(safe, 1)
    )


def _clock(at_ns: int, comma: str) -> str:
    ms = round(at_ns / 1_000_000)
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}{comma}{ms % 1000:03}"
