"""``viewfinder accounts``, ``tokens`` and what ``serve`` refuses before it starts."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the server's parts are not installed")

from click.testing import CliRunner, Result

from viewfinder.domain.errors import InputError, UsageError
from viewfinder.surfaces.cli import cli
from viewfinder.testing.settings import LIGHT

PASSWORD = "four words and a lamp\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "library"
    made.mkdir()
    (made / "viewfinder.toml").write_text(LIGHT, "utf-8")
    return made


def run(folder: Path, *words: str, typed: str = "") -> Result:
    return CliRunner().invoke(cli, ["--library", str(folder), *words], typed, standalone_mode=False)


def test_an_account_is_made_listed_given_another_password_and_removed(folder: Path) -> None:
    assert "ann may log in" in run(folder, "accounts", "add", "ann", typed=PASSWORD).output
    (listed,) = json.loads(run(folder, "accounts", "list", "--json").output)
    assert (listed["name"], listed["has_password"]) == ("ann", True)
    changed = run(folder, "accounts", "password", "ann", typed="another lamp, other words\n")
    assert changed.exception is None
    assert "cannot log in" in run(folder, "accounts", "remove", "ann").output
    assert run(folder, "accounts", "list").return_value == 1


def test_no_password_is_no_account(folder: Path) -> None:
    assert isinstance(run(folder, "accounts", "add", "ann").exception, UsageError)
    assert isinstance(run(folder, "accounts", "add", "ann", typed="x\n").exception, UsageError)
    assert run(folder, "accounts", "list").return_value == 1


def test_a_token_is_shown_once_listed_and_revoked(folder: Path) -> None:
    run(folder, "accounts", "add", "ann", typed=PASSWORD)
    run(folder, "accounts", "add", "bob", typed=PASSWORD)
    whose = run(folder, "tokens", "add", "nightly", "--need", "read")
    assert "--account: one of ann, bob" in str(whose.exception)
    run(folder, "accounts", "remove", "bob")
    made = run(folder, "tokens", "add", "nightly", "--need", "read", "--days", "2").stdout.strip()
    assert made.startswith("vf_")
    shown = run(folder, "tokens", "list").output
    assert "nightly, of ann: read until" in shown
    assert made not in shown
    (listed,) = json.loads(run(folder, "tokens", "list", "--json").output)
    assert run(folder, "tokens", "revoke", listed["id"]).exception is None
    assert run(folder, "tokens", "list").return_value == 1


def test_a_network_is_not_served_before_there_is_an_account(folder: Path) -> None:
    refused = run(folder, "serve", "--host", "0.0.0.0", "--port", "0")
    assert isinstance(refused.exception, UsageError)
    assert "viewfinder accounts add NAME" in str(refused.exception)


def test_a_port_that_is_taken_is_said_to_be(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
        refused = run(folder, "serve", "--port", str(port))
    assert isinstance(refused.exception, InputError)
    assert "--port" in str(refused.exception)
