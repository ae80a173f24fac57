"""One linear decode of a file into a spool, and the spool read back as a ``Clip``.

Frames are kept as JPEG, sound as 16-bit samples; both are read lazily. A spool is
complete when its manifest is there, which is written last: an interrupted decode is done
again, a finished one is used again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from viewfinder.domain.annotation import Annotation, Track, TrackName
from viewfinder.domain.errors import DecodeError
from viewfinder.domain.media import Clip, Frame, Video
from viewfinder.domain.provenance import Derivation, Tool, parameters
from viewfinder.domain.time import TimeSpan
from viewfinder.ingest import sandbox, shots
from viewfinder.ingest.beside import sidecars
from viewfinder.ingest.sandbox import DEFAULT, Limits

VERSION = "1"
_FILES = ("frames.bin", "thumbnails.bin", "sound.s16")


@dataclass(frozen=True, slots=True)
class Sampling:
    """How much of the footage is kept for the annotators.

    Attributes:
        frames_per_s: Frames kept, besides one soon after each cut; still pictures give
            fewer, but one in 20 s.
        frame_side_px: Longest side of a kept frame; never enlarged.
        picture: Decode the picture.
        sound: Decode the sound.
        key_frames_only: Decode only key frames, many times faster; cuts are then as
            coarse as key frames are apart.
        thumbnail_side_px: Longest side of a thumbnail.
        thumbnail_every_s: A thumbnail for each shot, and in a long one each such stretch.
        faces_covered_by: What covers faces in every frame and thumbnail before it is kept,
            and its version; "" where nothing does.
    """

    frames_per_s: float = 0.5
    frame_side_px: int = 1280
    picture: bool = True
    sound: bool = True
    key_frames_only: bool = False
    thumbnail_side_px: int = 320
    thumbnail_every_s: float = 10.0
    faces_covered_by: str = ""

    def settings(self) -> dict[str, object]:
        """Return what a ``Derivation`` keeps of it: what covers faces only where it does."""
        said = asdict(self)
        if not self.faces_covered_by:
            del said["faces_covered_by"]
        return said


DEFAULT_SAMPLING = Sampling()


@dataclass(frozen=True, slots=True)
class Covering:
    """What covers faces, told to the process that decodes: frames leave it covered.

    Attributes:
        module: Of the plug-in; only the worker imports it.
        settings: Of the plug-in, as JSON takes them.
        by: Its name, version and weights: ``Sampling.faces_covered_by``.
    """

    module: str
    by: str
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the decoder is."""

    at_ns: int


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a decode gives.

    Attributes:
        clip: Frames and sound, read lazily from the spool; may go to another process.
        tracks: SHOTS; CAPTIONS of embedded subtitles; METADATA of tags and chapters.
        thumbnails: WebP bytes by time in ns, at least one for each shot.
        notes: What is missing or damaged, in words for the owner of the file.
    """

    clip: Clip
    tracks: tuple[Track, ...]
    thumbnails: Mapping[int, bytes]
    notes: tuple[str, ...] = ()


def decode(
    video: Video,
    media: Path,
    spool: Path,
    *,
    sampling: Sampling = DEFAULT_SAMPLING,
    limits: Limits = DEFAULT,
    covering: Covering | None = None,
) -> Iterator[Progress | Decoded]:
    """Decode a file into ``spool``; yield how far it is, and at last what came out.

    Whatever a former, unfinished run left in ``spool`` is written over. Where ``sampling``
    asks for covered faces, ``covering`` is what covers them; without it nothing is decoded.

    Raises:
        DecodeError: Nothing of it could be decoded, or it went beyond ``limits``.
    """
    if sampling.faces_covered_by != (covering.by if covering else ""):
        raise DecodeError(f"{media.name!r}: what is to cover its faces is not at hand")
    spool.mkdir(parents=True, exist_ok=True)
    (spool / "manifest.json").unlink(missing_ok=True)
    job = {
        "do": "decode",
        "path": str(media.absolute()),
        "spool": str(spool.absolute()),
        "video": video.id,
        "duration_ns": video.duration_ns,
        "decoder": tool().version,
        "sampling": asdict(sampling),
        "cover": asdict(covering) if covering else None,
    }
    try:
        for answer in sandbox.work(job, limits=limits, media_s=video.duration_ns / 1e9):
            if "at_ns" in answer:
                yield Progress(int(answer["at_ns"]))
    except DecodeError as error:
        raise DecodeError(f"{media.name!r}: {error}") from None
    decoded = reopen(video, spool, sampling)
    if decoded is None:
        raise DecodeError(f"{media.name!r}: the decoder ended early; add it again")
    yield decoded


def reopen(video: Video, spool: Path, sampling: Sampling) -> Decoded | None:
    """Return what a finished decode left in ``spool``; None where it must be done again."""
    try:
        manifest = json.loads((spool / "manifest.json").read_text(encoding="utf-8"))
        whole = all((spool / n).stat().st_size == manifest["sizes"][n] for n in _FILES)
    except (OSError, ValueError, KeyError):
        return None
    wanted = (video.id, asdict(sampling), tool().version)
    if not whole or wanted != tuple(manifest[k] for k in ("video", "sampling", "decoder")):
        return None
    return _decoded(video, spool, manifest, sampling)


def tool() -> Tool:
    """Return what decodes: its version changes when frames, sound or cuts would."""
    return Tool("libav", f"{VERSION}+pyav{av.__version__}+shots{shots.VERSION}")


def _decoded(video: Video, spool: Path, manifest: dict[str, Any], sampling: Sampling) -> Decoded:
    span = TimeSpan(0, manifest["end_ns"])
    cuts = tuple(TimeSpan(*bounds) for bounds in manifest["shots"])
    places = {at_ns: (first, length) for at_ns, first, length in manifest["frames"]}
    clip = Clip(
        video=video,
        span=span,
        shots=cuts,
        frame_times_ns=tuple(places),
        read_frame=partial(_read_frame, spool / "frames.bin", places),
        read_sound=partial(_read_sound, spool / "sound.s16"),
    )
    pictures = (spool / "thumbnails.bin").read_bytes()
    return Decoded(
        clip,
        tuple(_tracks(video, clip, manifest, sampling)),
        {at_ns: pictures[first : first + size] for at_ns, first, size in manifest["thumbnails"]},
        tuple(manifest["notes"]),
    )


def _read_frame(file: Path, places: dict[int, tuple[int, int]], at_ns: int) -> Frame:
    if at_ns not in places:
        raise ValueError(f"this clip holds no frame at {at_ns} ns")
    first, length = places[at_ns]
    with file.open("rb") as opened:
        opened.seek(first)
        encoded = opened.read(length)
    pixels = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_COLOR_RGB)
    if pixels is None:
        raise DecodeError(f"the kept frame at {at_ns} ns is damaged; add the video again")
    return Frame(at_ns, pixels)


def _read_sound(file: Path) -> NDArray[np.float32]:
    if not file.stat().st_size:
        return np.zeros(0, np.float32)
    sound = np.memmap(file, "<i2", "r").astype(np.float32)
    sound *= np.float32(1 / 32768)
    return sound


def _tracks(
    video: Video, clip: Clip, manifest: dict[str, Any], sampling: Sampling
) -> Iterator[Track]:
    made = Derivation((video.id,), tool(), parameters(**sampling.settings()))
    if clip.shots:
        yield Track(TrackName.SHOTS, made, tuple(Annotation(s, "") for s in clip.shots))
    told_before = set()
    for captions in manifest["captions"]:
        told = Derivation((video.id,), tool(), parameters(stream=captions["stream"]))
        cues = [(starts, ends, text) for starts, ends, text in captions["cues"]]
        notes = sidecars.cue_annotations(cues, clip.span, captions["language"])
        if notes and notes not in told_before:  # one stream for each quality is common
            told_before.add(notes)
            yield Track(TrackName.CAPTIONS, told, notes)
    facts = sidecars.facts(
        dict(video.metadata), clip.span, [(s, e, title) for s, e, title in manifest["chapters"]]
    )
    if facts:
        whole = Derivation((video.id,), tool(), parameters(part="container"))
        yield Track(TrackName.METADATA, whole, facts)
