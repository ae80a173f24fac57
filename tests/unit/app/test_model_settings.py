"""The language model that is set is built, allowed and shown; or it is said why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from viewfinder.app.config import FILE_NAME, load
from viewfinder.app.library import Library
from viewfinder.app.tasks import health
from viewfinder.app.tools import language_model
from viewfinder.domain.errors import ConfigError, PluginNotFound
from viewfinder.domain.prompt import Prompt
from viewfinder.governance.egress import Sending
from viewfinder.testing.models.chat_server import ChatServer, Reply

SERVER = '[model]\nname = "openai"\nmodel = "test"\nbase_url = "{}"\n'


def library(folder: Path, text: str = "") -> Library:
    folder.mkdir(exist_ok=True)
    (folder / FILE_NAME).write_text(text)
    return Library.open(folder, create=True)


def found(folder: Path) -> dict[str, str]:
    """Return what `doctor` says of the model."""
    starts = ("language model ", "no language model")
    return next(
        row
        for row in health.doctor(folder, lambda: Library.open(folder, read_only=True))
        if row["what"].startswith(starts)
    )


def test_without_settings_there_is_no_model_and_no_use_of_one(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert language_model(settings.model) is None
    assert settings.egress.allow == ()
    uses = settings.assist
    assert not any((uses.plan, uses.rewrite, uses.judge, uses.draft))
    with library(tmp_path / "one") as opened:
        assert opened.model_for_turn() is None
    assert found(tmp_path)["state"] == "optional"


def test_an_unknown_model_is_named(tmp_path: Path) -> None:
    opened = library(tmp_path, '[model]\nname = "oracle"\n')
    with opened, pytest.raises(PluginNotFound, match="no model named 'oracle'"):
        opened.model_for_turn()
    assert found(tmp_path)["state"] == "wrong"


def test_a_server_that_is_not_allowed_is_refused_with_the_line_that_allows_it(
    tmp_path: Path,
) -> None:
    pytest.importorskip("openai", reason="the extra [llm] is not installed")
    text = SERVER.format("https://llm.example/v1")
    opened = library(tmp_path, text)
    with opened, pytest.raises(ConfigError, match=r'allow = \["llm.example:443"\]'):
        opened.model_for_turn()
    assert 'allow = ["llm.example:443"]' in found(tmp_path)["advice"]
    with library(tmp_path, text + '[egress]\nallow = ["llm.example:443"]\n') as opened:
        assert opened.model_for_turn() is not None
    assert found(tmp_path)["state"] == "ok"


def test_a_server_on_this_machine_is_asked_logged_and_shown(tmp_path: Path) -> None:
    pytest.importorskip("openai", reason="the extra [llm] is not installed")
    shown: list[Sending] = []
    with ChatServer([Reply(["it ", "is here"])]) as server:
        text = SERVER.format(server.base_url) + "[assist]\ndraft = true\n"
        with library(tmp_path, text) as opened:
            model = opened.model_for_turn(shown.append)
            assert model is not None
            prompt = Prompt("Answer.", "where is the red car?")
            reply = model.generate(prompt, max_tokens=9, seed=0, timeout_s=20)
            assert "".join(reply) == "it is here"
            (line,) = opened.logbook.lines(action="egress", words=True)
            assert line.words == ({"text": shown[0].digest},)
        assert found(tmp_path)["what"] == f"language model test on {server.destination}: draft"
    assert "red car" in shown[0].text
    kept = (tmp_path / "library.sqlite").read_bytes()
    assert shown[0].digest.encode() not in kept
    assert b"red car" not in kept
