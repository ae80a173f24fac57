"""What a terminal is told: words, never orders to it."""

import io

import pytest
from rich.text import Text

from viewfinder.domain.time import TimeSpan
from viewfinder.surfaces import render

SPAN = TimeSpan(0, 1_000_000_000)


@pytest.mark.parametrize("order", ["\x1b[31m", "\x1b]0;title\x07", "\x9b31m", "\x08", "\x7f", "\r"])
def test_words_of_footage_cannot_steer_the_terminal(order: str) -> None:
    stream = io.StringIO()
    out = render.console(stream)
    out.print(f"a name{order}")
    out.print(Text(f"styled{order}", style="bold"))
    out.print(render.place(f"/films/a{order}b.mp4", SPAN))
    render.wrapped(out, f"a quote {order} goes on")
    assert not set(stream.getvalue()) & set("\x1b\x07\x9b\x08\x7f\r")


def test_other_words_stay_as_they_are() -> None:
    words = "Überfahrt – [1080p] :smile: 東京 متى 🚀\n\tnext"
    assert render.harmless(words) == words
    stream = io.StringIO()
    render.console(stream).print(words)
    assert "[1080p] :smile: 東京" in stream.getvalue()
