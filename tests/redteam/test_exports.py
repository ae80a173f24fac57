"""What is taken elsewhere holds words of footage as words: no link, no picture, no control."""

from __future__ import annotations

import re

import pytest

from viewfinder.domain.annotation import TrackName
from viewfinder.domain.answer import Answer, Citation, Claim, Outcome
from viewfinder.domain.conversation import Conversation, Resolved, Step, Turn
from viewfinder.domain.time import TimeSpan
from viewfinder.surfaces.talking import pages
from viewfinder.testing.fakes import video_id


@pytest.mark.parametrize(
    "words",
    [
        "![see](http://bad.example/pixel.png)",
        "[press](http://bad.example)",
        "<img src=http://bad.example/x>",
        "go to http://bad.example/now or www.bad.example",
        "\x1b]8;;http://bad.example\x07press\x1b]8;;\x07\x1b[2J",
        "`rm` \\](http://bad.example)",
        "one\n# two\n- three",
    ],
)
def test_words_of_footage_stay_words_in_an_exported_conversation(words: str) -> None:
    cited = Citation(video_id("a"), f"/a/{words}.mp4", TimeSpan(0, 1), TrackName.SPEECH, words)
    said = Answer(Outcome.ANSWER, "", (Claim(f'At 0:00: "{words}"', (cited,)),))
    turn = Turn(words, Resolved(Step.SEARCH, words, note=words), said)
    text = pages.markdown(Conversation((turn,)))
    links = re.findall(r"(?<!\\)\]\(([^)]*)\)", text)
    assert all(link.startswith("file://") for link in links)
    assert not re.search(r"(?<!\\)<|(?<!\\)`|[\x00-\x09\x0b-\x1f\x7f-\x9f]", text)
    assert not re.search(r"://|www\.", re.sub(r"\]\(file://[^)]*\)", "]", text))
    assert len(re.findall(r"^(?:#|-) ?", text, re.MULTILINE)) == 3
