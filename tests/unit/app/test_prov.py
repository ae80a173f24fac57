"""Provenance in the form of the W3C, as an independent reader of it understands it."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from viewfinder.app.library import Library
from viewfinder.domain.annotation import Track, TrackName
from viewfinder.domain.answer import Answer, Citation, Claim, Outcome
from viewfinder.domain.conversation import Conversation, ConversationId, Resolved, Step, Turn
from viewfinder.domain.media import Video
from viewfinder.domain.provenance import Derivation, Tool, parameters
from viewfinder.domain.time import TimeSpan
from viewfinder.ports import StageRecord
from viewfinder.testing import fakes

prov = pytest.importorskip("prov.model")
SPAN = TimeSpan.of_seconds(1, 2)


def filled(library: Library) -> Video:
    video = fakes.video("one two")
    library._store.commit_video(video, event=library._event("add", video=video.id))
    speech = StageRecord(
        "speech",
        Derivation((video.id,), Tool("whisper", "1", ("ab" * 32,)), parameters(beam=5)),
    )
    index = StageRecord("index", Derivation((video.id, speech.derivation.key), Tool("index", "1")))
    note = fakes.note("words")
    tracks = [
        Track(TrackName.SPEECH, speech.derivation, (note,)),
        Track(TrackName.CAPTIONS, Derivation((video.id, "cd" * 32), Tool("s", "1"))),
    ]
    for record, made in ((speech, tracks), (index, [])):
        event = library._event("derive", video=video.id, stage=record.stage)
        library._store.commit_stage(video.id, record, tracks=made, event=event)
    return video


def talk(video: Video) -> Conversation:
    said = Citation(video.id, video.path, SPAN, TrackName.SPEECH, "words")
    other = Citation(fakes.video_id("two"), "/y.mp4", SPAN, TrackName.SPEECH, "words")
    answer = Answer(Outcome.ANSWER, "", (Claim("It says words.", (said, other)),))
    turn = Turn("what?", Resolved(next(iter(Step)), "what?"), answer)
    return Conversation((turn,), id=ConversationId("0123456789ab"))


def test_an_independent_reader_understands_it_and_every_citation_ends_at_an_original(
    library: Path,
) -> None:
    with Library.open(library, create=True) as made:
        video = filled(made)
        document = made.evidence.prov(video, talk(video))
        lines = [line.document["subject"] for line in made.logbook.lines(action="export")]
    read = prov.ProvDocument.deserialize(content=json.dumps(document), format="json")
    assert {str(a.identifier) for a in read.get_records(prov.ProvAgent)} == {
        *("vf:tool/whisper/1", "vf:tool/index/1", "vf:tool/s/1", "vf:person/owner")
    }
    ended = [a.get_endTime() for a in read.get_records(prov.ProvActivity)]
    assert any(isinstance(at, datetime) for at in ended)
    entities = {str(entity.identifier) for entity in read.get_records(prov.ProvEntity)}
    back: dict[str, set[str]] = {}
    for relation in read.get_records(prov.ProvDerivation):
        made_, used = (str(name) for name in relation.args[:2])
        assert {made_, used} <= entities
        back.setdefault(made_, set()).add(used)
    original = f"vf:sha256/{video.id}"
    (cited,) = (name for name in entities if name.startswith("vf:answer/"))
    reached, left = set(), [cited]
    while left:
        here = left.pop()
        reached.add(here)
        left += back.get(here, set()) - reached
    assert original in reached
    assert sum(name.startswith("vf:moment/") for name in reached) == 1
    assert f"vf:weights/{'ab' * 32}" in entities
    assert lines[-1]["kind"] == "prov"
    unified = read.unified()
    assert len(unified.get_records()) == len(read.get_records())


def test_the_words_of_footage_are_not_in_it(library: Path) -> None:
    with Library.open(library, create=True) as made:
        video = filled(made)
        assert '"words"' not in json.dumps(made.evidence.prov(video, talk(video)))
