"""Letters for what is drawn: which fonts this machine has, and captions laid out with them."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "~/.fonts",
    "/Library/Fonts",
    "/System/Library/Fonts/Supplemental",
    "C:/Windows/Fonts",
)
# (regular, bold, slanted): the first family that is here as a whole, widest in scripts first.
_FAMILIES = (
    ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSans-Oblique.ttf"),
    ("NotoSans-Regular.ttf", "NotoSans-Bold.ttf", "NotoSans-Italic.ttf"),
    ("LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf", "LiberationSans-Italic.ttf"),
    ("Arial.ttf", "Arial Bold.ttf", "Arial Italic.ttf"),
    ("arial.ttf", "arialbd.ttf", "ariali.ttf"),
    ("Vera.ttf", "VeraBd.ttf", "VeraIt.ttf"),
)
LINE_CHARACTERS = 42  # of a caption
LINES = 2
SAFE = 0.05
"""Share of the picture's sides that captions stay away from (title safe, SMPTE ST 2046-1)."""
_SIZE = 0.052  # of the height
_SMALLEST_PX = 9


@dataclass(frozen=True, slots=True)
class Family:
    """Files of one family of letters."""

    regular: Path
    bold: Path
    slanted: Path


@lru_cache(maxsize=1)
def family() -> Family | None:
    """Return the letters of this machine; None where it has none that are known."""
    found: dict[str, Path] = {}
    for folder in (*_FOLDERS, *_shipped()):
        place = Path(folder).expanduser()
        if place.is_dir():
            for file in place.rglob("*.ttf"):
                found.setdefault(file.name, file)
    for names in _FAMILIES:
        if all(name in found for name in names):
            return Family(*(found[name] for name in names))
    return None


def _shipped() -> list[str]:
    """Return the folder of letters that an installed library brings along."""
    spec = find_spec("reportlab")
    return [str(Path(spec.origin).parent / "fonts")] if spec and spec.origin else []


def missing(text: str, font: Path | None) -> str:
    """Return the characters of a text that a font cannot show, each once."""
    shown = _blank(font)
    return "".join(sorted({c for c in text if c.isprintable() and not c.isspace() and shown(c)}))


def _blank(font: Path | None):  # type: ignore[no-untyped-def]
    letters = font_of(font, 24)
    empty = bytes(letters.getmask("\uffff"))

    def is_blank(character: str) -> bool:
        return bytes(letters.getmask(character)) == empty

    return is_blank


@lru_cache(maxsize=32)
def font_of(path: Path | None, size_px: int) -> Font:
    """Return a font, the one that Pillow brings along where no file is given."""
    if path is None:
        return ImageFont.load_default(size_px)
    return ImageFont.truetype(str(path), size_px)


def lines_of(text: str, font: Font, width_px: int) -> list[str]:
    """Return a text in lines that are no wider than this, broken between words."""
    words, lines = text.split(), [""]
    for word in words:
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= width_px or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return [piece for line in lines for piece in _cut(line, font, width_px)]


def _cut(line: str, font: Font, width_px: int) -> list[str]:
    """Return a line in pieces where one word alone is too wide."""
    if font.getlength(line) <= width_px or len(line) < 2:
        return [line]
    per_piece = max(1, int(len(line) * width_px / font.getlength(line)))
    return textwrap.wrap(line, per_piece) or [line]


def balanced(text: str, font: Font, width_px: int) -> list[str]:
    """Return a text in as few lines as it takes, all about as wide."""
    fewest = len(lines_of(text, font, width_px))
    low, high = 1, width_px
    while low < high:
        middle = (low + high) // 2
        fits = lines_of(text, font, middle)
        if len(fits) <= fewest and all(font.getlength(line) <= middle for line in fits):
            high = middle
        else:
            low = middle + 1
    return lines_of(text, font, high)


@lru_cache(maxsize=8)
def caption(text: str, width_px: int, height_px: int) -> tuple[Image.Image, int, int]:
    """Return a caption as a picture with transparency, and where its corner goes.

    It stands at the bottom, inside the safe area, in lines of about the same width.
    """
    owned = family()
    size = max(_SMALLEST_PX, round(min(height_px, width_px * 0.75) * _SIZE))
    room_px = round(width_px * (1 - 2 * SAFE)) - size
    room_high_px = height_px * (1 - 2 * SAFE)
    while True:
        font = font_of(owned.regular if owned else None, size)
        lines = [line for given in text.split("\n") for line in balanced(given, font, room_px)]
        step = round(size * 1.3)
        if size <= _SMALLEST_PX or step * len(lines) + size * 0.6 <= room_high_px:
            break
        size -= 1
    lines = lines[: max(1, int(room_high_px / step))]  # of a picture too small for all
    widest = max((font.getlength(line) for line in lines), default=0)
    pad = max(3, size // 3)
    box = (min(width_px, round(widest) + 2 * pad), step * len(lines) + pad)
    made = Image.new("RGBA", box, (0, 0, 0, 0))
    draw = ImageDraw.Draw(made)
    draw.rounded_rectangle((0, 0, box[0] - 1, box[1] - 1), pad // 2, fill=(8, 8, 10, 190))
    for number, line in enumerate(lines):
        x = (box[0] - font.getlength(line)) / 2
        draw.text((x, pad / 2 + number * step), line, font=font, fill=(255, 255, 255, 255))
    left = (width_px - box[0]) // 2
    top = round(height_px * (1 - SAFE)) - box[1]
    return made, left, max(0, top)


def shown_at(cues: Sequence[tuple[int, int, str]], at_ns: int) -> str:
    """Return the words that stand in the picture at a time."""
    return "\n".join(text for start, end, text in cues if start <= at_ns < end)
