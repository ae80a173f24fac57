"""Opening a file with libav and choosing what to read of it.

Zero of time is the player's zero: the earliest start of the chosen picture and sound
streams, and never below the container's own zero. It is what mpv and VLC show as 0:00
(ffmpeg moves it there too); for MP4, WebM and MKV as recorders write them it is also the
container's zero, which is what browsers show. Files whose clock starts elsewhere (MPEG
programme streams, cut transport streams) thus start at 0 like all others.
"""

from __future__ import annotations

import contextlib
import itertools
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from viewfinder.ingest.worker import Unreadable

SECOND_NS = 1_000_000_000

# Demuxers that open other files, other hosts or devices, or that call a page of text or a
# photo a film. A playlist is a way to make a program read what its owner did not mean.
_BARRED = {
    "hls", "dash", "concat", "image2", "image2pipe", "imf", "sdp", "rtsp", "rtp", "sap", "lavfi",
    "webm_dash_manifest", "tty", "ffmetadata", "alsa", "oss", "fbdev", "kmsgrab", "x11grab",
    "video4linux2,v4l2", "vobsub", "bin", "xbin", "adf", "idf", "rcwt", "data", "ico", "hds",
    "smoothstreaming", "mpegtsraw", "ser", "webp", "fits", "codec2raw", "rawvideo",
    "pulse", "jack", "avfoundation", "dshow", "gdigrab", "openal", "sndio", "iec61883",
}  # fmt: skip


_INDEXED = 20  # entries; some containers read their index only when somebody seeks
_LOOKED_AT_S = 120.0


@dataclass(frozen=True, slots=True)
class Opened:
    """An open container and the streams that will be read.

    Attributes:
        zero_s: The player's zero on the container's clock.
    """

    container: Any
    picture: Any | None
    sound: Any | None
    subtitles: tuple[Any, ...]
    zero_s: Fraction

    def at_ns(self, stamp: int, time_base: Fraction) -> int:
        """Return the player's time of a stamp; negative before its zero."""
        return round((stamp * time_base - self.zero_s) * SECOND_NS)


def open_file(path: Path, limits: dict[str, Any]) -> Opened:
    """Open and choose: the best picture that is no cover art, the best sound, all subtitles.

    Raises:
        Unreadable: Not media.
    """
    av.logging.set_level(None)
    allowed = ",".join(
        sorted(f for f in av.formats_available if f not in _BARRED and not f.endswith("_pipe"))
    )
    container = _opened(path, {"protocol_whitelist": "file", "format_whitelist": allowed})
    pictures = [s for s in container.streams.video if not _is_cover(s) and s.codec_context]
    sounds = [s for s in container.streams.audio if s.codec_context]
    picture = _best(container, "video", pictures)
    sound = _best(container, "audio", sounds)
    for stream in filter(None, (picture, sound)):
        stream.codec_context.options = {"max_pixels": str(limits["frame_px"])}
    if picture is not None:
        picture.thread_type = "AUTO"
        picture.codec_context.thread_count = limits["threads"]
    subtitles = tuple(s for s in container.streams.subtitles if s.codec_context)
    return Opened(container, picture, sound, subtitles, _zero_s(picture, sound))


def seek(opened: Opened, at_ns: int) -> None:
    """Go to a key frame at or before a player's time; where that fails, stay."""
    micros = int((Fraction(at_ns, SECOND_NS) + opened.zero_s) * 1_000_000)
    with contextlib.suppress(av.error.FFmpegError):
        opened.container.seek(micros, backward=True)


class _Nameless:
    """A file that does not tell its name."""

    def __init__(self, path: Path) -> None:
        file = path.open("rb")
        self.read, self.seek, self.tell = file.read, file.seek, file.tell


def _opened(path: Path, options: dict[str, str]) -> Any:
    try:
        return av.open(str(path), options=options, metadata_errors="replace")
    except av.error.ArgumentError:
        file = _Nameless(path)  # its name says it is a picture; now only its bytes count
    except av.error.FFmpegError as error:
        raise Unreadable(f"it is no video or sound that can be read ({error.strerror})") from None
    try:
        return av.open(file, options=options, metadata_errors="replace")
    except av.error.FFmpegError:
        raise Unreadable("it is no video or sound that can be read") from None


def key_frames_apart_s(path: Path, limits: dict[str, Any]) -> float:
    """Return the longest time between key frames: by the index, or in the first two minutes."""
    opened = open_file(path, limits)
    if opened.picture is None or not opened.picture.time_base:
        return 0.0
    base = opened.picture.time_base
    entries = opened.picture.index_entries
    if len(entries) > _INDEXED:
        stamps = [float(e.timestamp * base) for e in entries if e.is_keyframe]
        stamps.append(max(float(e.timestamp * base) for e in entries))
    else:
        stamps = []
        last_s = 0.0
        try:
            for packet in opened.container.demux(opened.picture):
                stamp = packet.pts if packet.pts is not None else packet.dts
                if stamp is not None:
                    last_s = float(stamp * base)
                    if packet.is_keyframe:
                        stamps.append(last_s)
                if stamps and last_s - stamps[0] > _LOOKED_AT_S:
                    break
        except av.error.FFmpegError:
            pass  # what comes before the damage will do
        stamps.append(last_s)
    return max((b - a for a, b in itertools.pairwise(sorted(stamps))), default=0.0)


def _is_cover(stream: Any) -> bool:
    return bool(int(stream.disposition) & 0x400)  # AV_DISPOSITION_ATTACHED_PIC


def _best(container: Any, kind: str, streams: list[Any]) -> Any | None:
    best = container.streams.best(kind)
    return best if best in streams else next(iter(streams), None)


def _zero_s(*streams: Any | None) -> Fraction:
    starts = [
        s.start_time * s.time_base
        for s in streams
        if s is not None and s.start_time is not None and s.time_base
    ]
    return max(Fraction(0), min(starts, default=Fraction(0)))
