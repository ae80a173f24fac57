"""Nothing is sent that was not allowed, counted and logged before."""

from __future__ import annotations

import json

import pytest

from viewfinder.domain.errors import ConfigError, ModelError, StoreError
from viewfinder.domain.prompt import Prompt
from viewfinder.governance import egress
from viewfinder.governance.egress import Budget, Guarded, Sending
from viewfinder.testing.models.scripted import ScriptedModel

PROMPT = Prompt("Answer.", "where is the car?", (("e1", "a red car"),))


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def asked(model: Guarded, max_tokens: int = 10, timeout_s: float = 9.0) -> str:
    return "".join(model.generate(PROMPT, max_tokens=max_tokens, seed=0, timeout_s=timeout_s))


@pytest.mark.parametrize(
    ("destination", "allow", "may"),
    [
        ("", (), True),
        ("127.0.0.1:11434", (), True),
        ("[::1]:8080", (), True),
        ("localhost:1", (), True),
        ("llm.example:443", (), False),
        ("llm.example:443", ("llm.example",), True),
        ("llm.example:443", ("llm.example:443",), True),
        ("llm.example:443", ("LLM.example:443",), True),
        ("llm.example:443", ("llm.example:8080",), False),
        ("llm.example:443", ("example", "*.example", "*", ""), False),
        ("llm.example.evil:443", ("llm.example",), False),
        ("127.0.0.1.evil.example:443", (), False),
        ("localhost.evil.example:443", (), False),
        ("[2001:db8::1]:443", ("[2001:db8::1]",), True),
        ("[2001:db8::1]:443", ("[2001:db8::1]:443",), True),
        ("[2001:db8::1]:443", (), False),
        ("10.0.0.7:11434", (), False),
    ],
)
def test_what_leaves_the_machine_must_be_named(
    destination: str, allow: tuple[str, ...], may: bool
) -> None:
    assert egress.is_allowed(destination, allow) is may


def test_a_refusal_names_the_line_and_sends_and_logs_nothing() -> None:
    inner, logged = ScriptedModel(["no"], destination="llm.example:443"), list[Sending]()
    model = Guarded(inner, allow=("other",), log=logged.append)
    with pytest.raises(ConfigError, match=r'allow = \["other", "llm.example:443"\]'):
        asked(model)
    assert (inner.asked, logged) == ([], [])


def test_the_log_has_its_line_before_anything_is_sent() -> None:
    inner = ScriptedModel(["it is here"], destination="llm.example:443")
    order: list[tuple[str, int]] = []
    model = Guarded(
        inner,
        allow=("llm.example",),
        log=lambda _: order.append(("logged", len(inner.asked))),
        show=lambda _: order.append(("shown", len(inner.asked))),
    )
    assert asked(model) == "it is here"
    assert order == [("logged", 0), ("shown", 0)]


def test_where_the_log_cannot_be_written_nothing_is_sent() -> None:
    inner = ScriptedModel(["no"])

    def full(_: Sending) -> None:
        raise StoreError("the disk is full")

    with pytest.raises(StoreError):
        asked(Guarded(inner, allow=(), log=full))
    assert inner.asked == []


def test_what_leaves_can_be_shown_whole_and_is_logged_without_its_words() -> None:
    shown = egress.sending(PROMPT, ScriptedModel([], destination="llm.example:443"))
    assert shown.leaves_machine
    assert "a red car" in shown.text
    assert "where is the car?" in shown.text
    line = json.dumps(shown.subject())
    assert "car" not in line
    assert shown.subject() == {
        "destination": "llm.example:443",
        "model": "scripted",
        "bytes": len(shown.text.encode()),
    }


def test_a_server_on_this_machine_is_shown_and_leaves_nothing() -> None:
    shown = egress.sending(PROMPT, ScriptedModel([], destination="127.0.0.1:11434"))
    assert not shown.leaves_machine
    assert shown.subject()["destination"] == "127.0.0.1:11434"


def test_a_turn_has_so_many_tokens_and_no_more() -> None:
    inner, clock = ScriptedModel(lambda _: "a b c d e f g h"), Clock()
    model = Guarded(inner, allow=(), log=lambda _: None, budget=Budget(tokens=12), clock=clock)
    assert asked(model, max_tokens=8) == "a b c d e f g h"
    assert asked(model, max_tokens=8) == "a b c d "
    with pytest.raises(ModelError, match="no tokens left"):
        asked(model)
    assert [call.max_tokens for call in inner.asked] == [8, 4]


def test_a_turn_has_so_much_time_and_no_more() -> None:
    inner, clock = ScriptedModel(lambda _: "a"), Clock()
    budget = Budget(seconds=10, reply_seconds=6)
    model = Guarded(inner, allow=(), log=lambda _: None, budget=budget, clock=clock)
    asked(model)
    clock.now_s = 8.0
    asked(model)
    clock.now_s = 10.0
    with pytest.raises(ModelError, match="no time left"):
        asked(model)
    assert [call.timeout_s for call in inner.asked] == [6, 2]


def test_closing_the_reply_closes_the_model_behind_the_gate() -> None:
    inner = ScriptedModel(["one two three"])
    reply = Guarded(inner, allow=(), log=lambda _: None).generate(
        PROMPT, max_tokens=9, seed=0, timeout_s=9
    )
    next(iter(reply))
    reply.close()  # type: ignore[attr-defined]
    assert inner.closed == 1
