"""The eleven basic colour words, and how a note carries one.

Berlin & Kay, *Basic Color Terms*, University of California Press 1969.
"""

from __future__ import annotations

COLOURS = (
    "black",
    "white",
    "grey",
    "red",
    "orange",
    "yellow",
    "green",
    "blue",
    "purple",
    "pink",
    "brown",
)


def split_colour(text: str) -> tuple[str | None, str]:
    """Return ("red", "car") for "red car", and (None, "car") for "car"."""
    first, _, rest = text.partition(" ")
    return (first, rest) if rest and first in COLOURS else (None, text)
