"""Pictures in a terminal: which can show them, and what is written to it."""

from __future__ import annotations

import base64
import io
import re

import pytest
from PIL import Image

from viewfinder.surfaces.talking import pictures
from viewfinder.surfaces.talking.pictures import Protocol


@pytest.fixture
def webp() -> bytes:
    """A picture with enough in it to need more than one chunk."""
    out = io.BytesIO()
    Image.effect_noise((96, 54), 90).convert("RGB").save(out, "WEBP")
    return out.getvalue()


@pytest.mark.parametrize(
    ("environ", "how"),
    [
        ({"TERM": "xterm-kitty"}, Protocol.KITTY),
        ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, Protocol.KITTY),
        ({"TERM_PROGRAM": "iTerm.app"}, Protocol.ITERM),
        ({"TERM_PROGRAM": "WezTerm"}, Protocol.ITERM),
        ({"TERM_PROGRAM": "Apple_Terminal", "TERM": "xterm-256color"}, None),
        ({"TERM": "dumb"}, None),
        ({}, None),
        ({"TERM": "xterm-kitty", "TMUX": "/tmp/tmux"}, None),
        ({"TERM_PROGRAM": "WezTerm", "STY": "1.pts"}, None),
    ],
)
def test_the_environment_tells_how_a_terminal_takes_pictures(
    environ: dict[str, str], how: Protocol | None
) -> None:
    assert pictures.protocol(environ) is how


def test_kitty_gets_a_png_in_chunks_and_is_told_not_to_answer(webp: bytes) -> None:
    signs = pictures.escape(webp, Protocol.KITTY)
    parts = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", signs)
    assert "".join(f"\x1b_G{keys};{data}\x1b\\" for keys, data in parts) == signs
    assert len(parts) > 1
    assert parts[0][0] == f"a=T,f=100,q=2,r={pictures.ROWS},m=1"
    assert all(keys.endswith("m=1") for keys, _ in parts[:-1])
    assert parts[-1][0] == "q=2,m=0"
    assert all(len(data) <= pictures.CHUNK_CHARACTERS for _, data in parts)
    content = base64.standard_b64decode("".join(data for _, data in parts))
    assert Image.open(io.BytesIO(content)).size == (96, 54)


def test_a_small_picture_is_one_chunk() -> None:
    assert pictures.kitty(b"abc", rows=2) == "\x1b_Ga=T,f=100,q=2,r=2,m=0;YWJj\x1b\\"


def test_iterm_gets_a_png_with_its_size(webp: bytes) -> None:
    signs = pictures.escape(webp, Protocol.ITERM)
    keys, _, data = signs.removeprefix("\x1b]1337;File=").removesuffix("\x07").partition(":")
    content = base64.standard_b64decode(data)
    size = f"size={len(content)};"
    assert keys == f"inline=1;{size}height={pictures.ROWS};preserveAspectRatio=1"
    assert Image.open(io.BytesIO(content)).format == "PNG"


def test_what_is_no_picture_shows_nothing() -> None:
    for how in Protocol:
        assert pictures.escape(b"no picture", how) == ""
