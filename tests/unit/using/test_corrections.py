"""A line that a person put right is found, quoted and forgotten as what it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from viewfinder.app.library import Library, Refused
from viewfinder.domain import correcting
from viewfinder.domain.access import Stretch
from viewfinder.domain.annotation import Annotation, Correction, Track, TrackName, Word
from viewfinder.domain.conversation import Conversation
from viewfinder.domain.errors import InputError, UsageError
from viewfinder.domain.media import Video
from viewfinder.domain.time import SECOND_NS, TimeSpan
from viewfinder.testing import fakes
from viewfinder.testing.settings import GOVERNED, LIGHT

HEARD = "the witness saw the fairy at noon"
RIGHT = "the witness saw the ferry at noon"


def heard(text: str, start_s: float, name: TrackName = TrackName.SPEECH) -> Annotation:
    said = text.split()
    step = 3.0 / len(said)
    words = tuple(
        Word(TimeSpan.of_seconds(start_s + n * step, start_s + (n + 1) * step), word, 0.9)
        for n, word in enumerate(said)
    )
    span = TimeSpan.of_seconds(start_s, start_s + 3)
    return Annotation(span, text, 0.8, words=words if name is TrackName.SPEECH else ())


def speech(*notes: Annotation, name: TrackName = TrackName.SPEECH, stage: str = "speech") -> Track:
    return Track(name, fakes.derivation(stage), notes)


def put(library: Library, video: Video, *tracks: Track, stage: str = "speech") -> None:
    library._store.commit_stage(
        video.id, fakes.record(stage), tracks=tracks, event=fakes.event("derive", video=video.id)
    )
    assert library._reindex(video) == ""


def filled(library: Library) -> Video:
    video = fakes.video("harbour")
    library._store.commit_video(video, event=fakes.event("add", video=video.id))
    opening = heard("we begin at the bridge", 0)
    put(library, video, speech(opening, heard(HEARD, 10), heard("goodbye", 50)))
    return video


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "viewfinder.toml").write_text(LIGHT)
    return tmp_path


def test_search_quotes_and_exports_use_the_right_words(folder: Path) -> None:
    with Library.open(folder, create=True) as library:
        video = filled(library)
        made = library.mine.corrections.put_right(video, 11 * SECOND_NS, f" {RIGHT} ")
        assert (made.was, made.text, made.by, made.track) == (HEARD, RIGHT, "owner", "speech")
        answer = library.ask('"ferry at noon"')
        (citation,) = answer.claims[0].citations
        assert (citation.quote, citation.corrected) == (RIGHT, True)
        assert "the transcript, corrected by a person, says" in answer.claims[0].text
        assert not library.ask('"fairy at noon"').claims
        assert RIGHT in library.export(video.id, "srt")
        assert HEARD not in library.export(video.id, "srt")


def test_the_machines_words_stay_beside_and_are_marked(folder: Path) -> None:
    with Library.open(folder, create=True) as library:
        video = filled(library)
        library.mine.corrections.put_right(video, 11 * SECOND_NS, RIGHT)
        (line,) = [n for t in library.tracks(video.id) for n in t.annotations if n.corrected]
        assert line.corrected is not None
        assert (line.corrected.was, line.corrected.by) == (HEARD, "owner")
        assert " ".join(word.text for word in line.words) == RIGHT
        people = [r for r in library._store.stages(video.id) if r.stage == "corrections"]
        assert people[0].derivation.tool.name == "human"


def test_a_follow_up_about_the_line_quotes_the_right_words(folder: Path) -> None:
    with Library.open(folder, create=True) as library:
        video = filled(library)
        library.mine.corrections.put_right(video, 11 * SECOND_NS, RIGHT)
        talk, _ = library.converse(Conversation(), '"ferry at noon"')
        _, turn = library.converse(talk, "give me the words around it")
        said = str(turn.answer.claims)
        assert RIGHT in said
        assert HEARD not in said


def test_undo_gives_the_machine_its_words_back(folder: Path) -> None:
    with Library.open(folder, create=True) as library:
        video = filled(library)
        mine = library.mine.corrections
        mine.put_right(video, 11 * SECOND_NS, RIGHT)
        assert mine.undo(video, 11 * SECOND_NS).text == RIGHT
        assert mine.of(video) == []
        assert library.ask('"fairy at noon"').claims
        with pytest.raises(InputError, match="nothing was put right"):
            mine.undo(video, 11 * SECOND_NS)


def test_a_line_put_right_twice_has_the_last_words_and_keeps_the_machines(folder: Path) -> None:
    with Library.open(folder, create=True) as library:
        video = filled(library)
        mine = library.mine.corrections
        mine.put_right(video, 11 * SECOND_NS, "the witness saw a boat")
        mine.put_right(video, 12 * SECOND_NS, RIGHT)
        (kept,) = mine.of(video)
        assert (kept.was, kept.text) == (HEARD, RIGHT)
        mine.put_right(video, 12 * SECOND_NS, HEARD)
        assert mine.of(video) == []


def test_it_outlives_a_new_transcript_that_says_the_same_and_is_stale_otherwise(
    folder: Path,
) -> None:
    with Library.open(folder, create=True) as library:
        video = filled(library)
        mine = library.mine.corrections
        mine.put_right(video, 11 * SECOND_NS, RIGHT)
        put(library, video, speech(heard(HEARD, 10.4), heard("farewell", 50)))
        assert library.ask('"ferry at noon"').claims
        assert [c.stale for c in mine.of(video)] == [False]
        put(library, video, speech(heard("the witness saw Mary at noon", 10)))
        assert not library.ask('"ferry at noon"').claims
        assert [(c.text, c.stale) for c in mine.of(video)] == [(RIGHT, True)]


def test_captions_and_shown_words_can_be_put_right_too(folder: Path) -> None:
    with Library.open(folder, create=True) as library:
        video = filled(library)
        captions = heard("[whispers] the fairy", 10, TrackName.CAPTIONS)
        shown = heard("FAIRY TERMINAL", 30, TrackName.SCREEN_TEXT)
        put(library, video, speech(captions, name=TrackName.CAPTIONS), stage="sidecars")
        put(library, video, speech(shown, name=TrackName.SCREEN_TEXT), stage="screen_text")
        mine = library.mine.corrections
        with pytest.raises(InputError, match="more than one line"):
            mine.put_right(video, 11 * SECOND_NS, RIGHT)
        mine.put_right(video, 11 * SECOND_NS, "the ferry", track="captions")
        mine.put_right(video, 30 * SECOND_NS, "FERRY TERMINAL")
        assert library.ask('"ferry terminal"').claims[0].citations[0].corrected
        assert [c.track for c in mine.of(video)] == ["captions", "screen_text"]
        with pytest.raises(InputError, match="no line at"):
            mine.put_right(video, 45 * SECOND_NS, "x")
        with pytest.raises(UsageError, match="cannot be put right"):
            mine.put_right(video, 11 * SECOND_NS, "x", track="labels")
        with pytest.raises(UsageError, match="characters"):
            mine.put_right(video, 11 * SECOND_NS, " ")


def test_only_who_may_add_footage_puts_right_and_only_what_they_see(tmp_path: Path) -> None:
    (tmp_path / "governance").mkdir()
    (tmp_path / "viewfinder.toml").write_text(GOVERNED)
    (tmp_path / "governance" / "people.toml").write_text(
        '[[person]]\nname = "ada"\nroles = ["owner"]\n'
        '[[person]]\nname = "kim"\nroles = ["keeper"]\n'
        '[[person]]\nname = "bob"\nroles = ["member"]\ncollections = ["default"]\n'
    )
    with Library.open(tmp_path, create=True, principal="ada") as ada:
        video = filled(ada)
        part = Stretch(TimeSpan.of_seconds(10, 13), "default & sealed")
        bob, kim = ada.for_asker("bob"), ada.for_asker("kim")
        with pytest.raises(Refused):
            bob.mine.corrections.put_right(video, 11 * SECOND_NS, RIGHT)
        kim.mine.corrections.put_right(video, 11 * SECOND_NS, RIGHT)
        ada._store.commit_access(video.id, "default", [part], event=fakes.event())
        with pytest.raises(InputError, match="no line at"):
            kim.mine.corrections.put_right(video, 11 * SECOND_NS, "another")
        assert kim.mine.corrections.of(video) == []
        kim.mine.corrections.put_right(video, 0, "we began at the bridge")
        ada._store.commit_access(video.id, "default", [], event=fakes.event())
        texts = [c.text for c in kim.mine.corrections.of(video)]
        assert texts == ["we began at the bridge", RIGHT]


def test_forgetting_a_part_takes_what_was_put_right_in_it(folder: Path) -> None:
    with Library.open(folder, create=True) as library:
        video = filled(library)
        mine = library.mine.corrections
        mine.put_right(video, 11 * SECOND_NS, RIGHT)
        mine.put_right(video, 1 * SECOND_NS, "we begin at the pier")
        library.forget(video.id, spans=[TimeSpan.of_seconds(8, 20)])
        assert [c.text for c in mine.of(video)] == ["we begin at the pier"]
        assert not library.ask('"ferry at noon"').claims


def test_known_words_keep_their_times_and_new_ones_share_the_gap() -> None:
    note = heard("one too three", 0)
    said = correcting.spoken(note, "one two and three four")
    assert [w.text for w in said] == ["one", "two", "and", "three", "four"]
    starts = [w.span.start_ns / SECOND_NS for w in said]
    assert starts == [0.0, 1.0, 1.5, 2.0, 3.0]
    assert all(w.span.end_ns <= note.span.end_ns for w in said)


def test_without_people_nothing_changes() -> None:
    track = speech(heard(HEARD, 1))
    assert correcting.corrected([track]) == [track]
    right = Annotation(track.annotations[0].span, RIGHT, corrected=Correction(HEARD, "ada", ""))
    people = Track(TrackName.CAPTIONS, correcting.derivation(fakes.video_id("x"), "1"), (right,))
    assert correcting.corrected([track, people]) == [track]
    assert correcting.stale([track, people]) == [(TrackName.CAPTIONS, right)]
