"""What is taken out is read back by other tools as it was."""

import csv
import io
import json

import pysubs2
import pytest

from viewfinder.app.exports.notes import export
from viewfinder.domain.annotation import Annotation, Region, Track, TrackName, Word
from viewfinder.domain.errors import InputError, UsageError
from viewfinder.domain.media import MediaKind, Video, VideoId
from viewfinder.domain.provenance import Derivation, Tool
from viewfinder.domain.time import SECOND_NS, TimeSpan

VIDEO = Video(VideoId("ab" * 32), "/talks/talk.mp4", MediaKind.VIDEO, 7200 * SECOND_NS)
MADE = Derivation((), Tool("test", "1"))
LATE = TimeSpan.of_seconds(3723.5, 3725.25)
SPEECH = Track(
    TrackName.SPEECH,
    MADE,
    (
        Annotation(TimeSpan.of_seconds(1, 2), "Fish & chips <now> --> go"),
        Annotation(LATE, "late", speaker="Ann", words=(Word(LATE, "late", 0.5),)),
    ),
)
CAPTIONS = Track(TrackName.CAPTIONS, MADE, (Annotation(TimeSpan.of_seconds(1, 2), "by hand"),))
SCREEN = Track(
    TrackName.SCREEN_TEXT,
    MADE,
    (Annotation(LATE, 'a "quoted", line', region=Region(0.1, 0.2, 0.3, 0.4), quotable=False),),
)


@pytest.mark.parametrize("kind", ["srt", "vtt"])
def test_subtitles_are_read_back_with_their_times_and_words(kind: str) -> None:
    read = pysubs2.SSAFile.from_string(export(VIDEO, [SPEECH], kind), format_=kind)
    assert [(e.start, e.end) for e in read] == [(1000, 2000), (3723500, 3725250)]
    assert "late" in read[1].plaintext
    assert "Ann" in export(VIDEO, [SPEECH], kind)


def test_captions_by_people_go_before_the_machine_transcript() -> None:
    assert "by hand" in export(VIDEO, [SPEECH, CAPTIONS], "srt")
    assert "late" in export(VIDEO, [SPEECH, CAPTIONS], "srt", track="speech")


def test_a_table_has_one_row_per_note_of_every_track() -> None:
    rows = list(csv.DictReader(io.StringIO(export(VIDEO, [SPEECH, SCREEN], "csv"))))
    assert [row["track"] for row in rows] == ["speech", "speech", "screen_text"]
    assert rows[2]["text"] == 'a "quoted", line'


def test_json_keeps_words_regions_doubt_and_the_tool() -> None:
    document = json.loads(export(VIDEO, [SPEECH, SCREEN], "json"))
    speech, screen = document["tracks"]
    assert speech["tool"]["name"] == "test"
    assert speech["annotations"][1]["words"] == [[3723.5, 3725.25, "late", 0.5]]
    assert screen["annotations"][0]["region"] == [0.1, 0.2, 0.3, 0.4]
    assert screen["annotations"][0]["doubtful"] is True


def test_nothing_to_export_and_unknown_names_are_clear_errors() -> None:
    with pytest.raises(InputError, match="no words"):
        export(VIDEO, [SCREEN], "srt")
    with pytest.raises(UsageError, match="no track 'smell'"):
        export(VIDEO, [SPEECH], "csv", track="smell")
