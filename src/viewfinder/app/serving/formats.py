"""What browsers can play, by container and codec."""

from __future__ import annotations

from enum import StrEnum

from viewfinder.domain.media import MediaKind, Video


class Container(StrEnum):
    """Containers told apart by their first bytes."""

    MP4 = "mp4"
    QUICKTIME = "quicktime"
    WEBM = "webm"
    MATROSKA = "matroska"
    OGG = "ogg"
    MP3 = "mp3"
    AAC = "aac"
    FLAC = "flac"
    WAVE = "wave"
    OTHER = "other"


_PICTURE = {
    Container.MP4: {"h264", "av1", "vp9"},
    Container.WEBM: {"vp8", "vp9", "av1"},
}
_SOUND = {
    Container.MP4: {"aac", "mp3", "opus", "flac"},
    Container.WEBM: {"opus", "vorbis"},
    Container.OGG: {"opus", "vorbis", "flac"},
    Container.MP3: {"mp3", "mp3float"},
    Container.AAC: {"aac"},
    Container.FLAC: {"flac"},
    Container.WAVE: {"pcm_s16le", "pcm_u8", "pcm_s24le", "pcm_f32le"},
}
_ALIASES = {
    "libdav1d": "av1", "libvpx": "vp8", "libvpx-vp9": "vp9", "libopus": "opus",
    "libvorbis": "vorbis", "mp3float": "mp3", "libaom-av1": "av1",
}  # fmt: skip
_TYPES = {
    Container.OGG: "audio/ogg",
    Container.MP3: "audio/mpeg",
    Container.AAC: "audio/aac",
    Container.FLAC: "audio/flac",
    Container.WAVE: "audio/wav",
}


def container_of(head: bytes) -> Container | None:
    """Return the container that begins with these bytes; None for an empty file."""
    if not head:
        return None
    if head[4:8] == b"ftyp":
        return Container.QUICKTIME if head[8:12] == b"qt  " else Container.MP4
    if head[4:8] in (b"moov", b"mdat", b"wide", b"free", b"skip"):
        return Container.QUICKTIME
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return Container.WEBM if b"webm" in head[:64] else Container.MATROSKA
    if head[:4] == b"OggS":
        return Container.OGG
    if head[:4] == b"fLaC":
        return Container.FLAC
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return Container.WAVE
    if head[:2] in (b"\xff\xf1", b"\xff\xf9"):
        return Container.AAC
    if head[:3] == b"ID3" or (head[0] == 0xFF and len(head) > 1 and head[1] & 0xE6 == 0xE2):
        return Container.MP3
    return Container.OTHER


def is_playable(video: Video, kind: Container | None) -> bool:
    """Tell whether common browsers play the file as it is.

    A codec may have profiles that they do not play: the player tries, and asks for parts.
    """
    if kind is None or kind is Container.OTHER:
        return False
    picture, sound = codecs(video)
    is_shown = picture is None or picture in _PICTURE.get(kind, ())
    return is_shown and all(codec in _SOUND.get(kind, ()) for codec in sound)


def moved(video: Video) -> str | None:
    """Return the container ("mp4", "webm") that a video's streams can go into as they are."""
    picture, sound = codecs(video)
    for kind, name in ((Container.MP4, "mp4"), (Container.WEBM, "webm")):
        fits = picture is None or picture in _PICTURE[kind]
        if fits and all(codec in _SOUND[kind] for codec in sound[:1]):
            return name
    return None


def codecs(video: Video) -> tuple[str | None, list[str]]:
    """Return the codec of the picture, None where it has none, and those of all its sound."""
    named = [(s.kind, _ALIASES.get(s.codec, s.codec)) for s in video.streams]
    pictures = [codec for kind, codec in named if kind == "video"]
    is_seen = video.kind is MediaKind.VIDEO and pictures
    return (pictures[0] if is_seen else None), [codec for kind, codec in named if kind == "audio"]


def media_type(video: Video, kind: Container | None) -> str:
    """Return what to call the file over HTTP."""
    what = "video" if video.kind is MediaKind.VIDEO else "audio"
    if kind in (Container.MP4, Container.WEBM):
        return f"{what}/{kind.value}"
    return _TYPES.get(kind or Container.OTHER, "application/octet-stream")
