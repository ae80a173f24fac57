"""Small pictures in a terminal that can show them; which can is told by its environment.

References:
    *Terminal graphics protocol* (kitty). https://sw.kovidgoyal.net/kitty/graphics-protocol/
    *Inline images protocol* (iTerm2). https://iterm2.com/documentation-images.html
"""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from enum import StrEnum

from PIL import Image, UnidentifiedImageError

ROWS = 6
"""Height of a picture in lines of text."""
CHUNK_CHARACTERS = 4096
"""What kitty takes of a picture in one escape sequence, at most."""


class Protocol(StrEnum):
    KITTY = "kitty"
    ITERM = "iterm"


def protocol(environ: Mapping[str, str]) -> Protocol | None:
    """Return how the terminal takes pictures, None where it is not known to.

    Inside tmux or screen it takes none: they pass escape sequences on only when told to.
    """
    if "TMUX" in environ or "STY" in environ:
        return None
    if environ.get("TERM") == "xterm-kitty" or "KITTY_WINDOW_ID" in environ:
        return Protocol.KITTY
    if environ.get("TERM_PROGRAM") in ("iTerm.app", "WezTerm"):
        return Protocol.ITERM
    return None


def png(picture: bytes) -> bytes:
    """Return a picture (WebP) as PNG, which every such terminal reads; b"" if it is none."""
    out = io.BytesIO()
    try:
        with Image.open(io.BytesIO(picture)) as image:
            image.convert("RGB").save(out, "PNG")
    except (UnidentifiedImageError, OSError, ValueError):
        return b""
    return out.getvalue()


def kitty(content: bytes, rows: int = ROWS) -> str:
    """Return the escape sequences that show a PNG, ``rows`` lines high.

    ``q=2`` keeps the terminal from answering: its answer would be read as a question.
    """
    coded = base64.standard_b64encode(content).decode("ascii")
    chunks = [coded[at : at + CHUNK_CHARACTERS] for at in range(0, len(coded), CHUNK_CHARACTERS)]
    parts = []
    for n, chunk in enumerate(chunks, 1):
        more = int(n < len(chunks))
        keys = f"a=T,f=100,q=2,r={rows},m={more}" if n == 1 else f"q=2,m={more}"
        parts.append(f"\x1b_G{keys};{chunk}\x1b\\")
    return "".join(parts)


def iterm(content: bytes, rows: int = ROWS) -> str:
    """Return the escape sequence that shows a PNG, ``rows`` lines high."""
    coded = base64.standard_b64encode(content).decode("ascii")
    keys = f"inline=1;size={len(content)};height={rows};preserveAspectRatio=1"
    return f"\x1b]1337;File={keys}:{coded}\x07"


def escape(picture: bytes, how: Protocol) -> str:
    """Return what shows a picture (WebP) when written to the terminal; "" if it is none."""
    content = png(picture)
    if not content:
        return ""
    return kitty(content) if how is Protocol.KITTY else iterm(content)
