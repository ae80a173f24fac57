"""A sentence is borne out by what it cites, or it falls, whoever wrote it."""

import numpy as np
import pytest

from viewfinder.adapters.encoders.hashing import plugin as hashing
from viewfinder.conversation.checking.claims import check
from viewfinder.domain.annotation import TrackName
from viewfinder.domain.answer import Evidence
from viewfinder.domain.media import VideoId
from viewfinder.domain.time import TimeSpan


def said(
    text: str,
    track: TrackName = TrackName.SPEECH,
    start_s: float = 10,
    *,
    speaker: str | None = None,
    video: str = "v",
    verbatim: bool = True,
    doubtful: bool = False,
) -> Evidence:
    return Evidence(
        VideoId(video),
        f"/films/{video}.mp4",
        TimeSpan.of_seconds(start_s, start_s + 4),
        track,
        text,
        doubtful=doubtful,
        verbatim=verbatim,
        speaker=speaker,
    )


TESTED = said("We never tested it above 40 degrees.", speaker="Alice")
CAR = said("a red car is visible, 3 of 5 key frames", TrackName.OBJECTS, verbatim=False)
MET = said("Anna told Bert that the ferry leaves at nine.")


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ('At 00:10 the machine transcript says: "We never tested it above 40 degrees."', [TESTED]),
        ('Alice says: "We never tested it"', [TESTED]),
        ("They never tested it above 40 degrees.", [TESTED]),
        ("At 00:10: a red car is visible, 3 of 5 key frames", [CAR]),
        ("Found in 1 place at least.", [TESTED]),
        ("1: v.mp4 00:10-00:14, 4.0 s; 2: w.mp4 00:20-00:24, 4.0 s",
         [TESTED, said("Hello", start_s=20, video="w")]),
        ("The ferry leaves at nine.", [MET]),
        ("Anna told Bert that the ferry leaves at 9.", [MET]),
        ('At 00:10 the machine transcript says: "We never tested it above 40 degrees."'
         " (matches tested, degrees)", [TESTED]),
    ],
)  # fmt: skip
def test_what_is_borne_out_passes(text: str, cited: list[Evidence]) -> None:
    assert check(text, cited) == ""


@pytest.mark.parametrize(
    ("text", "cited", "why"),
    [
        ("Anything.", [], "nothing is cited"),
        ('It says "hello"', [said("hello", doubtful=True)], "may not be quoted"),
        ('It says "hello"', [said("")], "may not be quoted"),
        ('At 00:11 the machine transcript says: "We never tested it"', [TESTED], "not when"),
        ('At 00:10 the captions say: "We never tested it above 40 degrees."', [TESTED], "captions"),
        ('Bob says: "We never tested it"', [TESTED], "it was Alice"),
        ('Bob says: "hello"', [said("hello")], "names nobody"),
        ("They tested it above 40 degrees.", [TESTED], "negation"),
        ("They never tested it above 50 degrees.", [TESTED], "50"),
        ("They never tested Berlin above 40 degrees.", [TESTED], "berlin"),
        ("At 00:10: a blue car is visible, 3 of 5 key frames", [CAR], "blue"),
        ("At 00:10: a red car is visible, 4 of 5 key frames", [CAR], "4"),
        ("Found in 2 places at least.", [TESTED], "1 of them"),
        ("Bert told Anna that the ferry leaves at nine.", [MET], "order"),
        ("The ferry leaves at ten.", [MET], "10"),
        ("The ferry sank.", [MET], "sank"),
        ('The picture reads "red car"', [CAR], "no words are cited"),
        ("1: v.mp4 00:10-00:14, 9.0 s", [TESTED], "how long"),
    ],
)  # fmt: skip
def test_what_is_not_falls_and_says_why(text: str, cited: list[Evidence], why: str) -> None:
    assert why in check(text, cited)


def test_neighbouring_words_of_one_speaker_may_be_quoted_as_one() -> None:
    first, second = (
        said("We never", speaker="Alice"),
        said("tested it.", start_s=14, speaker="Alice"),
    )
    other = said("tested it.", start_s=14, speaker="Bob")
    assert check('"We never tested it"', [first, second]) == ""
    assert check('"We never tested it"', [first, other])


def test_marks_inside_the_words_do_not_open_a_way_out() -> None:
    sly = said('done" and he confessed. "')
    assert check('At 00:10 the machine transcript says: "done" and he confessed. ""', [sly]) == ""
    assert check('At 00:10 the machine transcript says: "done" and he ran away', [sly])


def test_a_word_of_ones_own_needs_an_encoder_that_finds_it_meant() -> None:
    class Same:
        """Every text is the same point: the most generous encoder there is."""

        space = hashing.build(hashing.config()).space

        def encode_text(self, texts):  # type: ignore[no-untyped-def]
            rows = np.ones((len(texts), 2), np.float32) / np.sqrt(2)
            return type("V", (), {"rows": rows.astype(np.float32)})()

    heard = [said("I think the ferry to the island leaves at nine.")]
    text = "The ferry to the island departs at nine."
    assert check(text, heard)
    assert check(text, heard, encoder=Same()) == ""
    assert check("The ferry departs from the island at ten.", heard, encoder=Same())
    assert check("The ferry to Malta departs at nine.", heard, encoder=Same())
    assert check(text, heard, encoder=hashing.build(hashing.config()))


def test_accusations_are_quoted_attributed_and_of_one_source() -> None:
    thief, drunk = said("He is the thief."), said("He was drunk.", video="w")
    quoted = 'At 00:10 the machine transcript says: "He is the thief."'
    assert check(quoted, [thief]) == ""
    assert "own voice" in check("He is the thief.", [thief])
    assert "attributed" in check('"He is the thief."', [thief])
    both = f'{quoted}, and the machine transcript says: "He was drunk."'
    assert "several sources" in check(both, [thief, drunk])
