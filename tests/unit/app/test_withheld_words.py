"""Where policy withholds words, what is known of a video has times and no words."""

from pathlib import Path

import pytest

from viewfinder.app.library import Library, Refused
from viewfinder.domain.annotation import WORD_TRACKS
from viewfinder.domain.policy import Scope
from viewfinder.testing.settings import LIGHT


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    (tmp_path / "viewfinder.toml").write_text(LIGHT)
    talk = tmp_path / "talk.vtt"
    talk.write_text("WEBVTT\n\n00:01.000 --> 00:06.000\nThe ferry waits in the harbour.\n")
    opened = Library.open(tmp_path, create=True)
    assert not [event for event in opened.add([talk]) if event.kind == "failed"]
    scope = Scope._mint(None, obligations=("withhold_words",))
    monkeypatch.setattr(opened, "_admitted", lambda *asked: scope)
    return opened


def test_notes_keep_their_times_and_lose_their_words(library: Library) -> None:
    with library:
        (talk,) = library.videos()
        worded = [t for t in library.tracks(talk.id) if t.name in WORD_TRACKS]
        notes = [note for track in worded for note in track.annotations]
    assert notes
    assert {note.text for note in notes} == {""}


def test_words_are_not_taken_out(library: Library) -> None:
    with library, pytest.raises(Refused):
        library.export("talk.vtt", "srt")
