"""A line of words for a stretch of picture, so that text search can find it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from viewfinder.domain.annotation import Annotation
from viewfinder.domain.colours import COLOURS, split_colour

LIKELY = 0.5
"""From this confidence on a box or label may be said."""

MOST_LABELS = 8
MOST_COLOURS = 3
_SAID_AS = {"dark": "dark", "black and white": "black and white", "flat graphics": "slide, screen"}


def caption(notes: Sequence[Annotation]) -> str:
    """Return "person, cup, mug, espresso, blue, brown, dark" for notes of one stretch.

    Likely objects come first, then the best labels, then colours and light; each word
    once. Labels of low confidence are in it: it is made to be searched, not shown.
    """
    objects: dict[str, float] = defaultdict(float)
    labels: dict[str, float] = defaultdict(float)
    colours: dict[str, float] = defaultdict(float)
    facts: dict[str, float] = defaultdict(float)
    for note in notes:
        if note.region is not None:
            if note.confidence > LIKELY:
                objects[split_colour(note.text)[1]] += note.confidence
        elif note.text in COLOURS:
            colours[note.text] += note.confidence
        elif note.text in FACTS:
            facts[_SAID_AS.get(note.text, "")] += note.confidence
        else:
            labels[note.text] = max(labels[note.text], note.confidence)
    words = [
        *_best(objects, len(objects)),
        *_best(labels, MOST_LABELS),
        *_best(colours, MOST_COLOURS),
        *_best(facts, len(facts)),
    ]
    return ", ".join(dict.fromkeys(word for word in words if word))


FACTS = frozenset(
    {
        "dark",
        "bright",
        "black and white",
        "flat graphics",
        "still picture",
        "static camera",
        "moving camera",
    }
)


def _best(weights: dict[str, float], most: int) -> list[str]:
    return sorted(weights, key=lambda word: (-weights[word], word))[:most]
