"""Whatever a turn holds, the library gives it back as it was."""

from __future__ import annotations

import dataclasses
import json
import re
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from viewfinder.app import talks
from viewfinder.domain.answer import Answer, Citation, Claim, Outcome
from viewfinder.domain.conversation import (
    ConversationId,
    Heading,
    Kept,
    Resolved,
    Step,
    Turn,
    touched,
)
from viewfinder.domain.errors import StoreError
from viewfinder.domain.time import TimeSpan
from viewfinder.testing import fakes

spans = st.tuples(st.integers(0, 2**62), st.integers(0, 2**62)).map(
    lambda pair: TimeSpan(pair[0], pair[0] + pair[1])
)
st.register_type_strategy(TimeSpan, spans)
st.register_type_strategy(
    Claim,
    st.builds(
        Claim,
        st.text(),
        st.lists(st.from_type(Citation), min_size=1, max_size=3).map(tuple),
    ),
)
turns = st.from_type(Turn)


@settings(max_examples=60)
@given(turns)
def test_a_turn_comes_back_as_it_was(turn: Turn) -> None:
    body = talks.body_of(turn)
    back = talks.turn_of(body)
    assert repr(back) == repr(turn)  # equality would not hold for numbers that are none
    assert talks.body_of(back) == body


@settings(max_examples=30)
@given(turns, st.lists(st.sampled_from("abcdef"), max_size=4, unique=True))
def test_every_id_in_the_bytes_of_a_turn_is_one_that_it_is_said_to_touch(
    turn: Turn, names: list[str]
) -> None:
    """Also in fields that are added later: what a turn holds goes with its videos."""
    ids = [fakes.video_id(name) for name in names]
    shown = tuple(dataclasses.replace(moment, video=i) for moment in turn.shown for i in ids)
    text = zlib.decompress(talks.body_of(dataclasses.replace(turn, shown=shown))).decode()
    found = set(re.findall(r'"([0-9a-f]{64})"', text))
    assert found <= touched([dataclasses.replace(turn, shown=shown)], [])


@given(st.binary(max_size=400))
def test_bytes_that_are_no_turn_are_named_with_what_to_do(body: bytes) -> None:
    heading = fakes.heading("talk")
    for content in (body, zlib.compress(body), zlib.compress(json.dumps([1]).encode())):
        with pytest.raises(StoreError, match=f"conversation {heading.id} .* forget {heading.id}"):
            talks.talk_of(Kept(heading, (content,)))


def test_names_of_files_that_are_no_text_survive() -> None:
    """Ours: such a path comes from the system with stand-ins for its bytes."""
    citation = dataclasses.replace(_citation("one"), path="/footage/caf\udce9.mp4")
    turn = _turn(Claim("said", (citation,)))
    assert talks.turn_of(talks.body_of(turn)) == turn


def test_a_turn_of_an_older_version_is_read_with_todays_defaults() -> None:
    """Written before answers had a confidence, and before turns had labels."""
    value = json.loads(zlib.decompress(talks.body_of(_turn())))
    del value["turn"]["shown"], value["turn"]["answer"]["confidence"]
    value["turn"]["answer"]["something old"] = 1
    assert talks.turn_of(zlib.compress(json.dumps(value).encode())) == _turn()


def test_a_turn_of_a_newer_form_is_refused() -> None:
    value = json.loads(zlib.decompress(talks.body_of(_turn()))) | {"format": 99}
    heading = Heading(ConversationId("abc"), "q", "", "", "owner", 1)
    with pytest.raises(StoreError, match=r"turn 1 of conversation abc .*upgrade"):
        talks.talk_of(Kept(heading, (zlib.compress(json.dumps(value).encode()),)))


def _citation(name: str) -> Citation:
    evidence = fakes.video(name)
    return Citation(evidence.id, evidence.path, TimeSpan(0, 5), fakes.track().name, "words")


def _turn(*claims: Claim) -> Turn:
    answer = Answer(Outcome.ANSWER, "", claims=claims)
    return Turn("what is said?", Resolved(Step.SEARCH, "what is said?"), answer)
