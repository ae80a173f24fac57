"""Retrieval from plan to moments over a small library of words. The promises are ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from viewfinder.adapters.encoders.hashing import Config, HashingEncoder
from viewfinder.adapters.stores.memory import MemoryStore
from viewfinder.domain.annotation import Annotation, TrackName
from viewfinder.domain.errors import UsageError
from viewfinder.domain.media import MediaKind, Stream, Video, VideoId
from viewfinder.domain.policy import Scope
from viewfinder.domain.provenance import AuditEvent, Derivation, Tool
from viewfinder.domain.search import QueryPlan, Ranking, Support
from viewfinder.domain.segment import (
    Embedded,
    Lane,
    Segment,
    Vectors,
    detail_of,
    row_spans,
    segment_id,
)
from viewfinder.domain.time import TimeSpan, to_ns
from viewfinder.ports import StageRecord, Store
from viewfinder.retrieval import legs
from viewfinder.retrieval.asking.plan import plan
from viewfinder.retrieval.assemble import Find
from viewfinder.retrieval.search import Tools, search
from viewfinder.testing.scopes import EVERYTHING, only

ENCODER = HashingEncoder(Config(512))
EVENT = AuditEvent("2026-01-01T00:00:00Z", "add", "owner", "own footage", "{}")
RECORD = StageRecord("index", Derivation((), Tool("test", "1")))
Line = tuple[float, float, str]


def video(name: str, seconds: float, **facts: object) -> Video:
    made = Video(VideoId(name.ljust(64, "0")), f"/f/{name}.mp4", MediaKind.VIDEO, to_ns(seconds))
    return replace(made, **facts)  # type: ignore[arg-type]


def block(of: Video, lane: Lane, ordinal: int, lines: Sequence[Line], who: str = "") -> Segment:
    parts = tuple(
        Annotation(TimeSpan.of_seconds(a, b), text, speaker=who or None) for a, b, text in lines
    )
    text = "\n".join(part.text for part in parts)
    span = TimeSpan.hull(part.span for part in parts)
    return Segment(segment_id(of.id, lane, ordinal), of.id, lane, span, text, parts)


def keep(store: Store, of: Video, segments: Sequence[Segment]) -> None:
    details = []
    for segment in segments:
        read = ENCODER.encode_tokens([part.text for part in segment.parts])
        spans = row_spans(segment.parts)
        rows = [(row, spans[n]) for n, (tokens, _) in enumerate(read) for row in tokens]
        details.append(
            detail_of(np.stack([row for row, _ in rows]), np.stack([span for _, span in rows]))
        )
    vectors = ENCODER.encode_text([segment.text for segment in segments])
    store.commit_video(of, event=EVENT)
    store.commit_index(of.id, RECORD, segments, [Embedded(vectors, tuple(details))], event=EVENT)


HARBOUR = video("harbour", 90, streams=(Stream(0, "video", "h264"), Stream(1, "audio", "aac")))
KITCHEN = video("kitchen", 40, streams=(Stream(0, "video", "h264"),))


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    keep(
        store,
        HARBOUR,
        [
            block(
                HARBOUR,
                Lane.SPEECH,
                0,
                [
                    (0, 4, "good morning from the old harbour"),
                    (4, 9, "the lighthouse was built by fishermen"),
                    (9, 14, "its lamp burns whale oil"),
                    (14, 20, "and now we walk to the market"),
                ],
            ),
            block(HARBOUR, Lane.SPEECH, 1, [(60, 66, "the storm broke the wooden crane")], "Ada"),
            block(HARBOUR, Lane.SCREEN_TEXT, 0, [(62, 70, "REPAIR COST 4200"), (62, 70, "page 7")]),
            block(HARBOUR, Lane.METADATA, 0, [(0, 90, "harbour")]),
        ],
    )
    keep(
        store,
        KITCHEN,
        [
            block(KITCHEN, Lane.SPEECH, 0, [(2, 6, "first we knead the dough")]),
            block(KITCHEN, Lane.SPEECH, 1, [(20, 25, "then the bread goes into the oven")]),
            block(KITCHEN, Lane.METADATA, 0, [(0, 40, "kitchen")]),
        ],
    )
    return store


def ask(store: Store, question: str, scope: Scope = EVERYTHING, **changes: object) -> Ranking:
    made = replace(plan(question, today=date(2026, 1, 1)), **changes)  # type: ignore[arg-type]
    return search(made, store=store, scope=scope, tools=Tools(ENCODER))


def test_a_spoken_question_finds_its_utterance(store: MemoryStore) -> None:
    ranking = ask(store, "when does he say the lighthouse was built by fishermen?")
    best = ranking.moments[0]
    assert ranking.found
    assert best.video == HARBOUR.id
    assert best.span == TimeSpan.of_seconds(4, 9)
    assert best.supports[0].text == "the lighthouse was built by fishermen"
    assert set(best.supports[0].matched) == {"lighthouse", "built", "fishermen"}


def test_screen_text_is_told_from_speech(store: MemoryStore) -> None:
    best = ask(store, "slide with the repair cost").moments[0]
    assert best.supports[0].track is TrackName.SCREEN_TEXT
    assert best.supports[0].text == "REPAIR COST 4200"


def test_nothing_outside_the_scope_is_found(store: MemoryStore) -> None:
    ranking = ask(store, "the lighthouse", only([KITCHEN.id]))
    assert all(moment.video == KITCHEN.id for moment in ranking.moments)
    assert not ranking.found


def test_what_is_nowhere_is_not_found(store: MemoryStore) -> None:
    assert not ask(store, "penguins walking over ice").found
    assert not ask(store, "anything", only([])).found


def test_a_missing_name_or_number_costs_the_confidence(store: MemoryStore) -> None:
    right = ask(store, "repair cost 4200").moments[0]
    wrong = ask(store, "repair cost 9876").moments[0]
    assert right.confidence > 0.9
    assert wrong.confidence < 0.5


def test_a_quoted_phrase_must_stand_there_word_for_word(store: MemoryStore) -> None:
    assert ask(store, 'where is "burns whale oil" said').moments[0].video == HARBOUR.id
    assert ask(store, 'where is "oil burns whale" said').moments == ()


def test_two_things_in_order_are_found_together(store: MemoryStore) -> None:
    best = ask(store, "they knead the dough, then bread goes into the oven").moments[0]
    assert best.video == KITCHEN.id
    assert best.span == TimeSpan.of_seconds(2, 25)
    assert len(best.supports) >= 2


def test_what_comes_after_is_the_stretch_after(store: MemoryStore) -> None:
    best = ask(store, "what happens after we knead the dough").moments[0]
    assert best.span == TimeSpan.of_seconds(6, 16)


def test_the_voice_places_the_moment_and_the_screen_answers(store: MemoryStore) -> None:
    question = "what is on screen while the voice says the storm broke the wooden crane?"
    best = ask(store, question).moments[0]
    assert best.span == TimeSpan.of_seconds(60, 66)
    assert TrackName.SCREEN_TEXT in {support.track for support in best.supports}


def test_an_asked_speaker_is_preferred(store: MemoryStore) -> None:
    best = ask(store, "what does Ada think of the crane").moments[0]
    assert best.span == TimeSpan.of_seconds(60, 66)


def test_files_are_found_by_their_facts(store: MemoryStore) -> None:
    silent = ask(store, "files without audio")
    assert [m.video for m in silent.moments] == [KITCHEN.id]
    assert silent.moments[0].span == KITCHEN.span
    assert silent.moments[0].supports[0].text == "has no audio"
    assert ask(store, "which is the longest video?").moments[0].video == HARBOUR.id
    assert ask(store, "which is the shortest video?").moments[0].video == KITCHEN.id


def test_the_last_of_several_is_the_latest(store: MemoryStore) -> None:
    best = ask(store, "the last time they mention the old harbour market").moments[0]
    assert best.video == HARBOUR.id


def test_windows_have_the_length_asked_for_inside_the_video(store: MemoryStore) -> None:
    ranking = ask(store, "the storm broke the crane", window_s=30.0)
    assert ranking.moments[0].span.overlap_ns(TimeSpan.of_seconds(60, 66))
    for moment in ranking.moments:
        assert moment.span.duration_ns <= to_ns(30)
        whole = HARBOUR.span if moment.video == HARBOUR.id else KITCHEN.span
        assert moment.span.clipped(whole) == moment.span


def test_the_picture_joins_the_words(store: MemoryStore) -> None:
    seen = Find(
        HARBOUR.id,
        Lane.PICTURE,
        TimeSpan.of_seconds(30, 38),
        2.0,
        0.8,
        (Support(TrackName.OBJECTS, "a boat", TimeSpan.of_seconds(30, 38), 0.9),),
    )
    made = plan("a boat in front of a wall", today=date(2026, 1, 1))

    def look(plan: QueryPlan, store: Store, scope: Scope) -> list[Find]:
        return [seen]

    ranking = search(made, store=store, scope=EVERYTHING, tools=Tools(ENCODER, picture=look))
    assert ranking.moments[0].span == seen.span
    assert ranking.moments[0].supports == seen.supports


def test_a_question_in_another_language_uses_the_other_encoder(store: MemoryStore) -> None:
    made = plan("Wo steht der wooden crane und die storm?", today=date(2026, 1, 1))
    assert made.language == "de"
    tools = Tools(ENCODER, multilingual=ENCODER)
    best = search(made, store=store, scope=EVERYTHING, tools=tools).moments[0]
    assert best.span == TimeSpan.of_seconds(60, 66)


def test_an_empty_library_answers_nothing() -> None:
    for question in ("a boat", "files without audio", "a boat, then a crane", ""):
        ranking = ask(MemoryStore(), question)
        assert ranking.moments == ()
        assert not ranking.found


def test_the_like_of_a_moment_is_found_elsewhere(store: MemoryStore) -> None:
    ranking = ask(store, "similar to kitchen.mp4 at 0:03")
    found = {(moment.video, moment.span) for moment in ranking.moments}
    assert (KITCHEN.id, TimeSpan.of_seconds(20, 25)) in found
    assert (KITCHEN.id, TimeSpan.of_seconds(2, 6)) not in found
    with pytest.raises(UsageError, match="no video"):
        ask(store, "similar to attic.mp4 at 0:03")


def test_the_like_of_a_picture_needs_something_that_looks(store: MemoryStore) -> None:
    with pytest.raises(UsageError, match="picture lane"):
        ask(store, "like: boat.jpg")
    made = plan("like: boat.jpg", today=date(2026, 1, 1))
    tools = Tools(ENCODER, look_at=lambda path: ENCODER.encode_text([path]))
    assert search(made, store=store, scope=EVERYTHING, tools=tools).moments == ()


@pytest.mark.parametrize(
    "question", ["the lighthouse and its lamp", "repair cost", "bread in the oven", "a giraffe"]
)
def test_certainty_is_not_moved_by_what_is_out_of_scope(store: MemoryStore, question: str) -> None:
    before = ask(store, question, only([HARBOUR.id]))
    theirs = video("theirs", 300)
    said = ["a giraffe", "the lighthouse and its lamp", "repair cost", "bread in the oven"]
    lines = [(n * 5.0, n * 5.0 + 5, text) for n, text in enumerate(said)]
    keep(store, theirs, [block(theirs, Lane.SPEECH, 0, lines)])
    after = ask(store, question, only([HARBOUR.id]))
    assert (after.certainty, after.signs) == (before.certainty, before.signs)


def test_each_sign_has_a_name_and_the_first_says_what_an_answer_rests_on(
    store: MemoryStore,
) -> None:
    found = ask(store, "when does he say the lighthouse was built by fishermen?")
    assert found.signs[0] == ("words", 1.0)
    signs = dict(found.signs)
    assert signs.keys() == {
        *("words", "words.belief", "words.weakest", "words.known", "words.near", "words.seen"),
    }
    assert signs["words.known"] == 1.0
    assert ask(store, "files without audio").signs == (("facts", 1.0),)
    assert 0.0 <= ask(store, "quantum entanglement").certainty < found.certainty <= 1.0


def test_the_word_that_stands_nowhere_is_the_weakest(store: MemoryStore) -> None:
    whole = dict(ask(store, "the lighthouse was built by fishermen").signs)
    odd = dict(ask(store, "the lighthouse was built by astronauts").signs)
    assert whole["words.weakest"] == 1.0
    assert odd["words.weakest"] < 1.0
    assert odd["words.known"] == pytest.approx(2 / 3)


def test_the_least_certainty_decides_whether_something_is_found(store: MemoryStore) -> None:
    made = plan("the lighthouse was built by fishermen", today=date(2026, 1, 1))
    found = search(made, store=store, scope=EVERYTHING, tools=Tools(ENCODER), least=0.0)
    strict = search(made, store=store, scope=EVERYTHING, tools=Tools(ENCODER), least=1.0)
    assert found.found
    assert not strict.found
    assert found.moments == strict.moments


ENGLISH = {"Fähre": "ferry", "fährt": "leaves", "mittags": "noon"}


class Bilingual:
    """Reads German and English alike: a stand-in for an encoder of many languages."""

    space = ENCODER.space

    def encode_text(self, texts: Sequence[str]) -> Vectors:
        english = [" ".join(ENGLISH.get(w, w) for w in t.split()) for t in texts]
        return ENCODER.encode_text(english)


def test_footage_in_another_language_is_read_by_the_encoder_that_reads_it() -> None:
    store = MemoryStore()
    said = block(HARBOUR, Lane.SPEECH, 0, [(0, 4, "Fähre fährt mittags")])
    german = replace(said, parts=tuple(replace(p, language="de") for p in said.parts))
    keep(store, HARBOUR, [german])
    keep(store, KITCHEN, [block(KITCHEN, Lane.SPEECH, 0, [(0, 4, "bread and butter")])])
    assert legs.foreign(store=store, scope=EVERYTHING) == {HARBOUR.id}
    asked = plan("ferry leaves noon", today=date(2026, 1, 1))
    reads = Tools(ENCODER, Bilingual(), lambda scope: legs.foreign(store=store, scope=scope))
    with_it = search(asked, store=store, scope=EVERYTHING, tools=reads)
    without = search(asked, store=store, scope=EVERYTHING, tools=Tools(ENCODER))
    assert with_it.moments[0].video == HARBOUR.id
    assert with_it.moments[0].confidence > max((m.confidence for m in without.moments), default=0)


def test_nothing_is_foreign_where_no_language_is_known(store: MemoryStore) -> None:
    assert legs.foreign(store=store, scope=EVERYTHING) == frozenset()
