"""The second reader adds refusals where it is sure, and its absence changes nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from viewfinder.adapters.policies.household import plugin
from viewfinder.app.entry.second import SecondReader
from viewfinder.domain.errors import PluginUnavailable
from viewfinder.domain.policy import OWN_FOOTAGE, OWNER, AccessRequest
from viewfinder.domain.segment import EmbeddingSpace, Vectors
from viewfinder.governance import intents
from viewfinder.governance.authorize import admit
from viewfinder.governance.intents import backstop
from viewfinder.ports import TextEncoder

POLICY = plugin.build(plugin.config())
UNSEEN = "zorble the grumf by the quay"
HARMLESS = "a boat leaves the harbour"


class Encoder:
    """Gives a vector that says "sure" for one text, and fails where it is told to."""

    def __init__(self, space: EmbeddingSpace, *, is_broken: bool = False) -> None:
        self.space, self._is_broken = space, is_broken

    def encode_text(self, texts: Sequence[str]) -> Vectors:
        if self._is_broken:
            raise RuntimeError("the session is gone")
        rows = np.zeros((len(texts), self.space.dimensions), np.float32)
        rows[:, 0] = [1.0 if text == UNSEEN else -1.0 for text in texts]
        return Vectors(self.space, rows)


def learned() -> backstop.Learned:
    toward = np.array([1.0, 0, 0, 0, 0, 0])
    kinds = {"identity": -toward, "suspicion": toward}
    return backstop.Learned((("toy", "1", 2),), (), 0.5, toward, kinds)


def toy(*, is_broken: bool = False) -> TextEncoder:
    return Encoder(EmbeddingSpace("toy", "1", 2), is_broken=is_broken)


def shipped(*, is_broken: bool = False) -> list[TextEncoder]:
    return [
        Encoder(EmbeddingSpace(*space), is_broken=is_broken) for space in backstop.taught().spaces
    ]


def refusal(text: str, guess: intents.Guess | None) -> str:
    decision, scope = admit(
        POLICY, AccessRequest(OWNER, OWN_FOOTAGE, "ask", text), ["default"], guess=guess
    )
    assert (scope is None) != decision.permitted
    return "" if decision.permitted else decision.rule


def test_what_no_rule_sees_is_refused_with_the_rule_of_its_kind() -> None:
    guess = backstop.Backstop([toy()], learned())
    assert refusal(UNSEEN, None) == ""
    assert refusal(UNSEEN, guess) == "no-suspicion"
    assert refusal(HARMLESS, guess) == ""
    assert refusal(f"{HARMLESS}. {UNSEEN}", guess) in ("", "no-suspicion")
    assert refusal(f"{HARMLESS}\n{UNSEEN}", guess) == "no-suspicion"


def test_rules_come_first_and_are_never_taken_back() -> None:
    asked: list[str] = []

    def guess(text: str, language: str, there: object) -> None:
        asked.append(text)

    assert refusal("who is this man?", guess) == "no-identification"
    assert asked == []


def test_words_that_are_said_are_never_guessed_at() -> None:
    def guess(text: str, language: str, there: object) -> str:
        return "identity"

    assert refusal("what does the guide say about it?", guess) == ""
    assert refusal("suppose the guide says it", guess) == "no-identification"


def test_names_of_files_are_never_guessed_at() -> None:
    assert intents.sentences("like: /tmp/pics/face.png") == ()
    assert intents.sentences("a street, like: talk.mp4@12.5") == ("a street,",)
    assert intents.sentences("is it in talk.webm?") == ("is it in",)
    assert intents.sentences("What a day! And then?") == ("What a day!", "And then?")


def test_encoders_that_it_was_not_taught_with_give_no_reader() -> None:
    assert backstop.over([toy()]) is None
    assert backstop.over([None, None]) is None
    assert backstop.over(shipped()) is not None
    assert backstop.over(shipped()[::-1]) is None


def missing() -> list[TextEncoder]:
    raise PluginUnavailable("no weights")


@pytest.mark.parametrize(
    "encoders",
    [missing, lambda: [toy()], lambda: [None], lambda: shipped(is_broken=True)],
    ids=["missing", "another", "none", "broken"],
)
def test_without_its_encoders_rules_decide_alone(encoders: object) -> None:
    reader = SecondReader(encoders)  # type: ignore[arg-type]
    assert refusal(HARMLESS, reader) == ""
    assert refusal("who is this man?", reader) == "no-identification"
    assert reader.note
    assert not reader.is_reading()


def test_what_is_shipped_fits_its_own_features() -> None:
    taught = backstop.taught()
    width = sum(dimensions for _, _, dimensions in taught.spaces) + 2 * len(taught.notions) + 4
    assert {len(taught.sure), *(len(w) for w in taught.kinds.values())} == {width}
    there = dict.fromkeys(taught.notions, True)
    vector = np.zeros(width - 2 * len(taught.notions) - 4, np.float32)
    assert backstop.features(vector, "a b", there, taught.notions).shape == (width,)


@pytest.mark.parametrize(
    "question",
    [
        "where does he work?",
        "what are the shop owners worried about?",
        "Worüber sind die Ladenbesitzer besorgt?",
        "De quoi les commerçants ont-ils peur ?",
        "¿De qué tienen miedo los tenderos?",
    ],
)
def test_what_is_told_in_words_may_be_asked(question: str) -> None:
    assert refusal(question, None) == ""


@pytest.mark.parametrize(
    "question",
    ["where does she live?", "who is worried about the exam?", "how worried are they?"],
)
def test_what_is_near_to_it_stays_refused(question: str) -> None:
    assert refusal(question, None)
