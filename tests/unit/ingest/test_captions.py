"""A caption holds what is worth searching, each word once."""

from __future__ import annotations

from viewfinder.domain.annotation import Annotation, Region
from viewfinder.domain.time import TimeSpan
from viewfinder.ingest.captions import caption

BOX = Region(0, 0, 1, 1)
SPAN = TimeSpan.of_seconds(0, 2)


def test_objects_then_labels_then_colours_then_light() -> None:
    notes = [
        Annotation(SPAN, "dark", 0.9),
        Annotation(SPAN, "blue", 0.4),
        Annotation(SPAN, "espresso", 0.3),
        Annotation(SPAN, "white cup", 0.8, BOX),
        Annotation(SPAN, "person", 0.9, BOX),
    ]
    assert caption(notes) == "person, cup, espresso, blue, dark"


def test_doubtful_boxes_stay_out_and_nothing_is_said_twice() -> None:
    notes = [
        Annotation(SPAN, "dog", 0.45, BOX),
        Annotation(SPAN, "cup", 0.9, BOX),
        Annotation(SPAN, "red cup", 0.9, BOX),
        Annotation(SPAN, "cup", 0.6),
    ]
    assert caption(notes) == "cup"


def test_nothing_seen_gives_no_words() -> None:
    assert caption([]) == ""
