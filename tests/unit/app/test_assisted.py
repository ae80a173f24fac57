"""The settings decide what a model is used for; what it writes is logged before it is seen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from viewfinder.app.asking import assisted
from viewfinder.app.config import Assist, Config, Model
from viewfinder.app.library import Library
from viewfinder.app.tasks import evaluate
from viewfinder.conversation.assist.draft import Drafted
from viewfinder.conversation.assist.seat import Use
from viewfinder.domain.answer import Answer, Claim, Outcome
from viewfinder.domain.conversation import Conversation, Turn
from viewfinder.domain.errors import ModelError, PluginUnavailable
from viewfinder.domain.media import VideoId
from viewfinder.domain.prompt import Prompt
from viewfinder.ports import LanguageModel, TextEncoder
from viewfinder.testing.models.scripted import Script, ScriptedModel

TALK = """WEBVTT

00:01.000 --> 00:05.000
The ferry to the island leaves at nine, not at ten.

00:06.000 --> 00:09.000
We had a lovely summer by the sea.
"""
WORDED = "The ferry leaves at nine, not at ten."


def no_encoder() -> TextEncoder:
    raise AssertionError("no encoder is needed")


def test_with_nothing_switched_on_no_model_is_opened() -> None:
    def opened() -> LanguageModel:
        raise AssertionError("nobody asked for it")

    assert not assisted.for_turn(Config(), opened, no_encoder).uses


def test_a_model_that_is_not_there_says_so_when_it_is_asked() -> None:
    def missing() -> LanguageModel:
        raise PluginUnavailable("no model in 'there': run `viewfinder models fetch it`")

    switched = Config(assist=Assist(plan=True))
    made = assisted.for_turn(switched, missing, no_encoder)
    assert made.may(Use.PLAN)
    with pytest.raises(ModelError, match="models fetch"):
        made.model.generate(Prompt("", ""), max_tokens=1, seed=0, timeout_s=1)


def test_a_draft_is_in_the_log_before_what_comes_after_it() -> None:
    kept: list[str] = []

    def coming() -> Iterator[Drafted | str]:
        yield Drafted("a sentence", (VideoId("v"),))
        assert kept == ["a sentence"]
        yield "the claim"

    told = assisted.logged(coming(), lambda text, _: kept.append(text))
    assert list(told) == ["the claim"]


@pytest.fixture
def talks(tmp_path: Path, weights: Path) -> Iterator[Library]:
    (tmp_path / "talk.vtt").write_text(TALK)
    with Library.open(tmp_path / "library", create=True) as library:
        assert [e.kind for e in library.add([tmp_path / "talk.vtt"])][-1] != "failed"
        yield library


def helped(library: Library, script: Script, **uses: bool) -> ScriptedModel:
    model = ScriptedModel(script)
    library.config = replace(library.config, assist=Assist(**uses))
    vars(library)["model_for_turn"] = lambda _show=None: model
    return model


def drafts(*texts: str) -> str:
    return json.dumps({"claims": [{"text": text, "ids": ["e1"]} for text in texts]})


@pytest.mark.models
def test_every_draft_is_logged_and_only_what_holds_is_told(talks: Library) -> None:
    helped(talks, [drafts("The ferry leaves at ten.", WORDED)], draft=True)
    happened = list(talks.asking("when does the ferry leave?"))
    assert [s.text for s in happened if isinstance(s, Claim)] == [WORDED]
    said = happened[-1]
    assert isinstance(said, Answer)
    assert said.outcome is Outcome.ANSWER
    lines = [line.document["action"] for line in talks.logbook.lines()]
    assert lines[-3:] == ["draft", "draft", "ask"]


@pytest.mark.models
def test_an_evaluation_has_a_row_for_each_use_and_one_for_the_rules(talks: Library) -> None:
    names = {video.id: video.name for video in talks.videos()}
    assert evaluate.each_use(talks, names) == {}
    model = helped(talks, lambda _: drafts(WORDED), draft=True, rewrite=True)
    talks.config = replace(talks.config, model=Model(name="gguf"))
    rows = evaluate.each_use(talks, names)
    assert list(rows) == ["rules alone", "model, draft alone"]
    told = [row("when does the ferry leave?") for row in rows.values()]
    assert told[0] == told[1]
    assert len(model.asked) == 1
    assert talks.config.assist == Assist(draft=True, rewrite=True)


@pytest.mark.models
def test_pulling_the_model_out_changes_the_wording_and_not_the_truth(talks: Library) -> None:
    questions = ("when does the ferry leave?", "and what was lovely?", "is there a helicopter?")

    def held(script: Script, **uses: bool) -> list[Turn]:
        helped(talks, script, **uses)
        talk, turns = Conversation(), []
        for question in questions:
            talk, made = talks.converse(talk, question)
            turns.append(made)
        return turns

    rules = held([])
    everything = {"plan": True, "rewrite": True, "draft": True}
    half = held([drafts(WORDED), *[ModelError("pulled out")] * 9], draft=True)
    gone = held([ModelError("pulled out")] * 9, **everything)
    for plain, *others in zip(rules, half, gone, strict=True):
        for made in others:
            assert made.answer.outcome == plain.answer.outcome
            assert made.answer.moments == plain.answer.moments
            assert places(made) == places(plain)
    assert half[0].answer.claims[0].text == WORDED
    assert any("pulled out" in note for turn in gone for note in turn.answer.notes)


def places(made: Turn) -> set[tuple[str, int]]:
    return {(c.video, c.span.start_ns) for claim in made.answer.claims for c in claim.citations}
