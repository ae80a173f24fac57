"""Synthetic footage with everything known: cuts, words, tones, and the time in every frame.

Each frame carries a readable clock and, along its lower edge, the same time in
milliseconds as black and white blocks, so that a test reads it exactly: see
``read_barcode``. All of it is drawn here and free of rights (CC0).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

BITS = 24
_GUARDS = (1, 0)  # a white and a black block first: what white and black look like here
_SOUND_RATE_HZ = 48_000
_SOUND_BLOCK = 960

# (picture codec, its options, pixel format, sound codec, sample format) by suffix
_CODECS: dict[str, tuple[str | None, dict[str, str], str, str | None, str]] = {
    ".mp4": ("libx264", {"preset": "ultrafast", "crf": "20"}, "yuv420p", "aac", "fltp"),
    ".webm": (
        "libvpx-vp9",
        {"deadline": "realtime", "cpu-used": "8", "crf": "30", "b": "0"},
        "yuv420p",
        "libopus",
        "flt",
    ),
    ".avi": ("mjpeg", {"q:v": "3"}, "yuvj420p", "pcm_s16le", "s16"),
    ".mpg": ("mpeg2video", {"b": "2000000"}, "yuv420p", "mp2", "s16"),
    ".wav": (None, {}, "", "pcm_s16le", "s16"),
    ".m4a": (None, {}, "", "aac", "fltp"),
    ".mp3": (None, {}, "", "libmp3lame", "fltp"),
    ".flac": (None, {}, "", "flac", "s16"),
}
for _alias, _of in ((".mov", ".mp4"), (".m4v", ".mp4"), (".mkv", ".mp4"), (".ts", ".mpg")):
    _CODECS[_alias] = _CODECS[_of]


@dataclass(frozen=True, slots=True)
class Line:
    """Words on screen. ``at`` is the place of the left upper corner as fractions."""

    text: str
    start_s: float
    end_s: float
    at: tuple[float, float] = (0.05, 0.05)
    height: float = 0.1
    colour: tuple[int, int, int] = (255, 255, 255)


@dataclass(frozen=True, slots=True)
class Tone:
    """A sine to be heard for a while; everything else is silence."""

    start_s: float
    end_s: float
    hz: float = 440.0


@dataclass(frozen=True, slots=True)
class Mark:
    """A subtitle or a chapter."""

    start_s: float
    end_s: float
    text: str


@dataclass(frozen=True, slots=True)
class Script:
    """What a clip holds. Times are the player's, in seconds.

    Attributes:
        seconds: Length of the picture, and of the sound but for ``sound_starts_s``.
        size: Upright width and height in pixels, even numbers.
        cuts_s: When a new shot begins, besides 0.
        clock: Burn in a readable clock and the block code.
        rotation: Clockwise turn that the player must apply; coded turned the other way.
        starts_s: Where the container's clock stands at the player's zero.
        sound_starts_s: Silence is not coded before it: the sound stream is late.
        gap_s: Stretch for which no sound is coded.
        variable_rate: Frames come at uneven times.
        still: Shapes do not move.
        pixel_format: Of libav, where the codec's usual one is not wanted.
        pixel_shape: Width of a pixel by its height.
    """

    seconds: float
    size: tuple[int, int] = (320, 240)
    rate: int = 25
    cuts_s: tuple[float, ...] = ()
    clock: bool = True
    lines: tuple[Line, ...] = ()
    tones: tuple[Tone, ...] = ()
    sound: bool = True
    picture: bool = True
    rotation: int = 0
    starts_s: float = 0.0
    sound_starts_s: float = 0.0
    gap_s: tuple[float, float] | None = None
    variable_rate: bool = False
    still: bool = False
    subtitles: tuple[Mark, ...] = ()
    chapters: tuple[Mark, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    pixel_format: str | None = None
    pixel_shape: Fraction = Fraction(1)
    key_frame_every: int = 25
    seed: int = 0
    options: tuple[tuple[str, str], ...] = field(default=())


def draw_clip(path: Path, script: Script | None = None, /, **settings: Any) -> Path:
    """Write a clip; its suffix chooses container and codecs. Returns ``path``.

    ``settings`` are the fields of ``Script`` where none is given.
    """
    told = script or Script(**settings)
    codec, options, pixels, sound_codec, sample_format = _CODECS[path.suffix.lower()]
    with av.open(str(path), "w") as container:
        container.metadata.update(dict(told.tags))
        if told.chapters:
            container.set_chapters([_chapter(i, mark) for i, mark in enumerate(told.chapters)])
        picture = sound = None
        if codec is not None and told.picture:
            picture = _picture_stream(container, told, codec, options, pixels)
        if sound_codec is not None and told.sound:
            sound = container.add_stream(sound_codec, rate=_SOUND_RATE_HZ, layout="mono")
        words = None
        if told.subtitles:
            words = container.add_mux_stream("mov_text" if _is_mp4(path) else "subrip")
            words.time_base = Fraction(1, 1000)
        for mark in told.subtitles:
            container.mux(_cue(words, mark, told.starts_s, mp4=_is_mp4(path)))
        _interleave(container, told, picture, sound, sample_format)
    return path


def draw_sample(path: Path) -> Path:
    """Write the 20 s clip of the first tour: a title, a notice board, shapes, a last card."""
    board = "Ferry to Heron Island: 14:35, pier 7"
    return draw_clip(
        path,
        Script(
            seconds=20.0,
            size=(640, 360),
            cuts_s=(4.0, 10.0, 16.0),
            lines=(
                Line("Harbour morning", 0.0, 4.0, (0.08, 0.1), 0.14),
                Line("a drawn sample clip", 0.0, 4.0, (0.08, 0.28), 0.08),
                Line("NOTICE BOARD", 4.0, 10.0, (0.06, 0.08), 0.1, (255, 235, 120)),
                Line(board, 4.0, 10.0, (0.06, 0.24), 0.085),
                Line("Lost umbrella: ask at desk 3", 16.0, 20.0, (0.08, 0.12), 0.1),
            ),
            tones=(Tone(0.5, 1.0, 440), Tone(10.0, 10.5, 660), Tone(16.0, 16.5, 550)),
            seed=7,
            tags=(("title", "Harbour morning"),),
        ),
    )


_Colour = tuple[int, int, int]
_FACE: tuple[tuple[int, int, int, int, _Colour], ...] = (
    (-150, 95, 150, 400, (52, 60, 90)),  # shoulders
    (-34, 40, 34, 130, (168, 120, 94)),
    (-70, -104, 70, 40, (46, 32, 26)),  # hair
    (-64, -18, -50, 18, (190, 140, 112)),
    (50, -18, 64, 18, (190, 140, 112)),
    (-57, -80, 57, 82, (206, 156, 128)),
    *(
        (side + left, top, side + right, bottom, colour)
        for side in (-25, 25)
        for left, top, right, bottom, colour in (
            (-19, -20, 19, 10, (186, 134, 108)),
            (-18, -31, 18, -23, (60, 42, 34)),
            (-13, -11, 13, 3, (232, 226, 222)),
            (-7, -12, 7, 3, (52, 36, 28)),
            (-14, -13, 14, -8, (90, 60, 50)),
        )
    ),
    (-8, -10, 8, 26, (214, 166, 138)),  # nose, mouth
    (-15, 18, 15, 32, (190, 138, 112)),
    (-9, 25, -3, 30, (110, 70, 60)),
    (3, 25, 9, 30, (110, 70, 60)),
    (-22, 42, 22, 58, (172, 88, 84)),
    (-20, 48, 20, 51, (110, 50, 50)),
)
"""Ovals, one over the other: left, top, right, bottom and colour of a face 160 high."""


def draw_face(width: int, height: int, face_px: int) -> NDArray[np.uint8]:
    """Return an RGB picture with a drawn face in its middle, which is nobody's.

    Args:
        width: Of the picture.
        height: Of the picture.
        face_px: Height of the face.
    """
    image = Image.new("RGB", (width, height), (120, 130, 140))
    draw = ImageDraw.Draw(image)
    unit = face_px / 160
    middle = (width / 2, height / 2) * 2
    for *edges, colour in _FACE:
        draw.ellipse([at + e * unit for at, e in zip(middle, edges, strict=True)], fill=colour)
    return np.asarray(image.filter(ImageFilter.GaussianBlur(1.5 * unit)))


def frame_times_s(script: Script) -> list[float]:
    """Return when the frames of a script are shown, to the millisecond."""
    count = round(script.seconds * script.rate)
    if not script.variable_rate:
        return [i / script.rate for i in range(count)]
    random = np.random.default_rng(script.seed)
    uneven = np.cumsum(random.choice([1, 1, 2, 5], size=count)) / script.rate
    return [0.0, *(round(float(t), 3) for t in uneven if t < script.seconds)]


def read_barcode(pixels: NDArray[np.uint8]) -> int | None:
    """Return the milliseconds coded along the lower edge; None where there are none."""
    height, width = pixels.shape[:2]
    blocks = len(_GUARDS) + BITS + 1
    row = pixels[height - max(2, height // 24), :, :].astype(np.float64).mean(axis=1)
    levels = [row[int((i + 0.5) * width / blocks)] for i in range(blocks)]
    white, black = levels[:2]
    if white - black < 60:
        return None
    bits = [int(level > (white + black) / 2) for level in levels[2:]]
    if sum(bits) % 2:
        return None
    return int("".join(map(str, bits[:-1])), 2)


def frame_pixels(script: Script, at_s: float) -> NDArray[np.uint8]:
    """Return the upright RGB frame of a script at a time."""
    shot = sum(at_s + 1e-6 >= cut for cut in script.cuts_s)
    image = Image.fromarray(_backdrop(script, shot))
    draw = ImageDraw.Draw(image)
    width, height = script.size
    random = np.random.default_rng([script.seed, shot])
    for _ in range(4):
        place, speed = random.random(2), random.random(2) - 0.5
        colour = tuple(int(c) for c in random.integers(0, 256, 3))
        kind, size = int(random.integers(0, 2)), random.uniform(0.1, 0.3) * height
        moved = place if script.still else (place + speed * at_s * 0.3) % 1.0
        x, y = moved[0] * (width - size), moved[1] * (height - size)
        (draw.ellipse if kind else draw.rectangle)((x, y, x + size, y + size), fill=colour)
    for line in script.lines:
        if line.start_s <= at_s < line.end_s:
            _write(draw, line.text, line.at, line.height, line.colour, script.size)
    if script.clock:
        _write(draw, _clock_text(at_s), (0.05, 0.72), 0.14, (255, 255, 255), script.size)
        _draw_barcode(draw, round(at_s * 1000), script.size)
    return np.asarray(image)


def _backdrop(script: Script, shot: int) -> NDArray[np.uint8]:
    """Return a smooth field of colours, unlike that of the neighbouring shots."""
    random = np.random.default_rng([script.seed, shot, 1])
    coarse = random.integers(0, 200, (3, 4, 3), dtype=np.uint8)
    image = Image.fromarray(coarse).resize(script.size, Image.Resampling.BICUBIC)
    return np.asarray(image)


def _write(
    draw: ImageDraw.ImageDraw,
    text: str,
    at: tuple[float, float],
    height: float,
    colour: tuple[int, int, int],
    size: tuple[int, int],
) -> None:
    font = ImageFont.load_default(max(8, height * size[1]))
    place = (at[0] * size[0], at[1] * size[1])
    left, top, right, bottom = draw.textbbox(place, text, font=font)
    draw.rectangle((left - 4, top - 3, right + 4, bottom + 3), fill=(16, 16, 24))
    draw.text(place, text, fill=colour, font=font)


def _draw_barcode(draw: ImageDraw.ImageDraw, at_ms: int, size: tuple[int, int]) -> None:
    width, height = size
    code = [int(bit) for bit in f"{at_ms:0{BITS}b}"]
    blocks = [*_GUARDS, *code, sum(code) % 2]
    top = height - max(4, height // 12)
    for i, bit in enumerate(blocks):
        edges = (i * width / len(blocks), (i + 1) * width / len(blocks))
        draw.rectangle((edges[0], top, edges[1], height), fill=(255,) * 3 if bit else (0,) * 3)


def _clock_text(at_s: float) -> str:
    minutes, ms = divmod(round(at_s * 1000), 60_000)
    return f"{minutes}:{ms // 1000:02}.{ms % 1000:03}"


def _is_mp4(path: Path) -> bool:
    return path.suffix.lower() in (".mp4", ".mov", ".m4v")


def _chapter(number: int, mark: Mark) -> dict[str, Any]:
    return {
        "id": number + 1,
        "start": round(mark.start_s * 1000),
        "end": round(mark.end_s * 1000),
        "time_base": Fraction(1, 1000),
        "metadata": {"title": mark.text},
    }


def _picture_stream(
    container: Any, script: Script, codec: str, options: dict[str, str], pixels: str
) -> Any:
    stream = container.add_stream(codec, rate=script.rate)
    turned = script.rotation in (90, 270)
    stream.width, stream.height = script.size[::-1] if turned else script.size
    stream.pix_fmt = script.pixel_format or pixels
    stream.codec_context.gop_size = script.key_frame_every
    stream.codec_context.sample_aspect_ratio = script.pixel_shape
    stream.options = {**options, **dict(script.options)}
    if script.variable_rate or codec.startswith("lib"):
        stream.codec_context.time_base = Fraction(1, 1000) if script.variable_rate else Fraction(
            1, script.rate
        )  # fmt: skip
    if script.rotation:
        stream.set_display_rotation(-script.rotation % 360)
    return stream


def _cue(stream: Any, mark: Mark, starts_s: float, *, mp4: bool) -> Any:
    text = mark.text.encode()
    packet = av.Packet(len(text).to_bytes(2, "big") + text if mp4 else text)
    packet.stream = stream
    packet.time_base = Fraction(1, 1000)
    packet.pts = packet.dts = round((mark.start_s + starts_s) * 1000)
    packet.duration = round((mark.end_s - mark.start_s) * 1000)
    return packet


def _interleave(
    container: Any, script: Script, picture: Any, sound: Any, sample_format: str
) -> None:
    """Mux picture and sound in order of time, so that neither waits for the other."""
    frames = _frames(script, picture) if picture else iter(())
    sounds = _sounds(script, sample_format) if sound else iter(())
    heard = next(sounds, None)
    for at_s, frame in frames:
        while heard is not None and heard[0] <= at_s:
            container.mux(sound.encode(heard[1]))
            heard = next(sounds, None)
        container.mux(picture.encode(frame))
    while heard is not None:
        container.mux(sound.encode(heard[1]))
        heard = next(sounds, None)
    for stream in filter(None, (picture, sound)):
        container.mux(stream.encode(None))


def _frames(script: Script, stream: Any) -> Iterator[tuple[float, Any]]:
    base = Fraction(1, 1000) if script.variable_rate else Fraction(1, script.rate)
    for at_s in frame_times_s(script):
        pixels = np.rot90(frame_pixels(script, at_s), script.rotation // 90)
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
        frame = frame.reformat(format=stream.pix_fmt)
        frame.time_base = base
        frame.pts = round((at_s + script.starts_s) / base)
        yield at_s, frame


def _sounds(script: Script, sample_format: str) -> Iterator[tuple[float, Any]]:
    """Yield blocks of sound; none is coded where the script leaves a gap."""
    for first in range(0, round(script.seconds * _SOUND_RATE_HZ), _SOUND_BLOCK):
        at_s = first / _SOUND_RATE_HZ
        if at_s < script.sound_starts_s or (
            script.gap_s and script.gap_s[0] <= at_s < script.gap_s[1]
        ):
            continue
        t = (first + np.arange(_SOUND_BLOCK)) / _SOUND_RATE_HZ
        wave = np.zeros(_SOUND_BLOCK)
        for tone in script.tones:
            on = (t >= tone.start_s) & (t < tone.end_s)
            wave += on * 0.4 * np.sin(2 * np.pi * tone.hz * t)
        if sample_format == "s16":
            samples = (wave * 32767).astype(np.int16)
        else:
            samples = wave.astype(np.float32)
        frame = av.AudioFrame.from_ndarray(samples[None], format=sample_format, layout="mono")
        frame.sample_rate = _SOUND_RATE_HZ
        frame.time_base = Fraction(1, _SOUND_RATE_HZ)
        frame.pts = first + round(script.starts_s * _SOUND_RATE_HZ)
        yield at_s, frame


DRAWN = ("one pixel", "8K", "still for 600 s", "no frames")
DAMAGE = (
    "truncated", "head only", "bit flips", "hole of zeros", "shuffled blocks", "wrong extension",
    "zero bytes", "absurd size in header", "absurd duration in header", "noise", "text", "twice",
    *DRAWN,
)  # fmt: skip
"""The kinds that ``damage`` knows."""


def damage(path: Path, kind: str, seed: int = 0) -> Path:
    """Write a damaged relative of a file beside it and return where.

    Raises:
        ValueError: No kind of that name.
    """
    if kind not in DAMAGE:
        raise ValueError(f"no damage named {kind!r}; there are {', '.join(DAMAGE)}")
    random = np.random.default_rng(seed)
    suffix = random.choice([".txt", ".jpg", ".mp3", ".mkv"]) if kind == "wrong extension" else (
        path.suffix
    )  # fmt: skip
    broken = path.with_name(f"{path.stem}-{kind.replace(' ', '_')}-{seed}{suffix}")
    if kind in DRAWN:
        return _draw_odd(broken.with_suffix(".mp4"), kind)
    broken.write_bytes(_damaged(path.read_bytes(), kind, random))
    return broken


def _damaged(content: bytes, kind: str, random: np.random.Generator) -> bytes:
    length = len(content)
    others: dict[str, Callable[[], bytes]] = {
        "truncated": lambda: content[: int(length * random.uniform(0.05, 0.95))],
        "head only": lambda: content[: int(random.integers(1, 400))],
        "zero bytes": lambda: b"",
        "noise": lambda: random.integers(0, 256, length, dtype=np.uint8).tobytes(),
        "text": lambda: b"This is not a film, though its name says so.\n" * 100,
        "twice": lambda: content + content,
    }
    if kind in others:
        return others[kind]()
    whole = bytearray(content)
    if kind == "bit flips":
        for place in random.integers(0, length, int(random.integers(1, 2 + length // 500))):
            whole[place] ^= 1 << int(random.integers(0, 8))
    elif kind == "hole of zeros":
        first = int(random.integers(0, length))
        hole = min(length - first, int(random.integers(1, length // 3)))
        whole[first : first + hole] = bytes(hole)
    elif kind == "shuffled blocks":
        blocks = [content[i : i + 4096] for i in range(0, length, 4096)]
        return b"".join(blocks[:1] + [blocks[i] for i in random.permutation(len(blocks))])
    elif kind == "absurd size in header":
        _overwrite(whole, (b"avc1", b"\xb0\x81"), 28, b"\xff\xff\xff\xff", random)
    elif kind == "absurd duration in header":
        _overwrite(whole, (b"mvhd", b"\x44\x89"), 20, b"\x7f\xff\xff\xff", random)
    return bytes(whole)


def _overwrite(
    whole: bytearray, marks: Sequence[bytes], offset: int, by: bytes, random: np.random.Generator
) -> None:
    for mark in marks:
        place = whole.find(mark)
        if 0 <= place < len(whole) - offset - len(mark) - len(by):
            first = place + len(mark) + offset
            whole[first : first + len(by)] = by
            return
    first = int(random.integers(4, 64))
    whole[first : first + len(by)] = by


def _draw_odd(path: Path, kind: str) -> Path:
    if kind == "one pixel":
        return draw_clip(
            path, seconds=1.0, size=(1, 1), clock=False, pixel_format="yuv444p", sound=False
        )
    if kind == "8K":
        script = Script(seconds=0.2, size=(7680, 4320), rate=10, still=True, sound=False)
        return draw_clip(path, script)
    if kind == "still for 600 s":
        return draw_clip(path, seconds=600.0, size=(64, 48), rate=1, clock=False, still=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        container.start_encoding()
    return path
