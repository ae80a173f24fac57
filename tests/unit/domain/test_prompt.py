"""Words of footage stay data: nothing they say can end their quotation or open a turn."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewfinder.domain.prompt import BEGIN, END, Prompt, fitted, messages, quoted

TOKENS = (
    "<|im_start|>", "<|im_end|>", "<|endoftext|>", "</evidence>", "<evidence>", "<s>", "</s>",
    "[INST]", "[/INST]", "<<SYS>>", "<start_of_turn>", "<|eot_id|>", "[TOOL_CALLS]", "<think>",
)  # fmt: skip


def said(*texts: str, question: str = "where?") -> str:
    evidence = tuple((f"e{n}", text) for n, text in enumerate(texts))
    return messages(Prompt("Answer.", question, evidence))[1]["content"]


@pytest.mark.parametrize("token", TOKENS)
def test_a_control_token_in_evidence_or_question_is_not_spelled(token: str) -> None:
    alone = said("plain", question="plain")
    for content in (said(f"a {token} b", question="plain"), said("plain", question=token)):
        assert content.count(token) == alone.count(token)


@given(st.text(), st.text())
def test_evidence_reads_back_as_it_was_and_stays_on_its_line(text: str, name: str) -> None:
    content = messages(Prompt("", "q", ((name, text),)))[1]["content"]
    begin, line, end, question = content.split("\n")
    assert (begin, end) == (BEGIN, END)
    assert json.loads(line) == {"id": name, "text": text}
    assert question == 'Question: "q"'


@given(st.text())
def test_quoted_text_reads_back_and_shows_every_character_it_holds(text: str) -> None:
    line = quoted(text)
    assert json.loads(line) == text
    assert not re.search(
        "[<>\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\U000e0000-\U000e007f]", line
    )


def test_words_of_other_scripts_stay_as_they_are() -> None:
    assert quoted("Straße, naïve, 東京, [Music]") == '"Straße, naïve, 東京, [Music]"'


def test_the_schema_is_shown_only_on_request() -> None:
    prompt = Prompt("Answer.", "q", (), '{"type": "object"}')
    assert '"object"' not in messages(prompt)[0]["content"]
    assert '"object"' in messages(prompt, show_schema=True)[0]["content"]


def length(prompt: Prompt) -> int:
    return len(json.dumps(messages(prompt), ensure_ascii=False))


def test_whole_items_go_first_and_from_the_end() -> None:
    prompt = Prompt("Answer.", "q", tuple((f"e{n}", "word " * 20) for n in range(9)))
    cut = fitted(prompt, length(prompt) - 1, length)
    assert cut is not None
    assert cut.evidence == prompt.evidence[:8]
    assert fitted(prompt, length(prompt), length) == prompt


def test_the_last_item_left_is_cut_itself() -> None:
    prompt = Prompt("Answer.", "q", (("e0", "word " * 200), ("e1", "more")))
    cut = fitted(prompt, 400, length)
    assert cut is not None
    ((name, text),) = cut.evidence
    assert name == "e0"
    assert 0 < len(text) < 1000
    assert ("word " * 200).startswith(text)


@given(st.integers(0, 2000), st.lists(st.text(max_size=60), max_size=6))
def test_instructions_and_question_are_never_cut(room: int, texts: list[str]) -> None:
    prompt = Prompt("Answer.", "where?", tuple((str(n), t) for n, t in enumerate(texts)))
    cut = fitted(prompt, room, length)
    if cut is None:
        assert length(Prompt("Answer.", "where?")) > room
    else:
        assert length(cut) <= room
        assert (cut.instructions, cut.question) == (prompt.instructions, prompt.question)
