"""The files for containers and services name what is there, and give nothing away."""

from __future__ import annotations

import configparser
import json
import re
import shlex
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from viewfinder.app.config import Serve
from viewfinder.surfaces.cli import cli

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
PAGE = ROOT / "docs" / "how-to" / "serve.md"


def instructions() -> list[tuple[str, str]]:
    text = (DEPLOY / "Dockerfile").read_text("utf-8")
    plain = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    joined = plain.replace("\\\n", " ")
    return [tuple(line.split(None, 1)) for line in joined.splitlines() if line.strip()]  # type: ignore[misc]


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    return found


def unit() -> configparser.RawConfigParser:
    class Repeated(dict[str, Any]):
        def __setitem__(self, key: str, value: Any) -> None:
            if isinstance(value, list) and isinstance(self.get(key), list):
                self[key].extend(value)
            else:
                super().__setitem__(key, value)

    made = configparser.RawConfigParser(strict=False, dict_type=Repeated, interpolation=None)
    made.optionxform = str  # type: ignore[assignment,method-assign]
    made.read(DEPLOY / "viewfinder.service", "utf-8")
    return made


def runs(words: list[str]) -> None:
    """Fail where the command line does not know these words; what they name is not run."""
    command: click.Command = cli
    context = click.Context(cli, info_name="viewfinder")
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(context, words[0])
        assert found is not None, words
        context = click.Context(found, info_name=words[0], parent=context)
        command, words = found, words[1:]
    command.make_parser(context).parse_args(list(words))


def last(name: str) -> str:
    return [value for key, value in instructions() if key == name][-1]


def test_the_image_runs_the_server_as_nobody_in_particular() -> None:
    assert last("FROM") == "python:3.12-slim"
    assert last("USER") == "10001:10001"
    assert json.loads(last("ENTRYPOINT")) == ["viewfinder"]
    runs(json.loads(last("CMD")))
    assert "/healthz" in last("HEALTHCHECK")
    assert json.loads(last("VOLUME")) == ["/library", "/models"]


def test_the_second_stage_installs_nothing() -> None:
    stages = [n for n, (key, _) in enumerate(instructions()) if key == "FROM"]
    run = " ".join(value for key, value in instructions()[stages[1] :] if key == "RUN")
    assert not re.search(r"\b(apt|apt-get|pip|curl|wget|gcc|make)\b", run)


def test_what_is_copied_into_the_image_is_there_and_not_left_out() -> None:
    allowed = {
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"
    }
    for key, value in instructions():
        if key == "COPY" and "--from" not in value:
            for name in value.split()[:-1]:
                assert (ROOT / name).exists(), name
                assert name in allowed, name


def test_the_composed_server_has_no_rights_that_it_does_not_need() -> None:
    server = compose()["services"]["server"]
    runs(list(server["command"]))
    assert server["read_only"] is True
    assert server["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in server["security_opt"]
    assert server["user"] == "10001:10001"
    assert all(port.startswith("127.0.0.1:") for port in server["ports"])
    assert server["build"]["dockerfile"] == "deploy/Dockerfile"
    named = {volume.partition(":")[0] for volume in server["volumes"]}
    assert set(compose()["volumes"]) <= named
    assert any(volume.endswith(":/footage:ro") for volume in server["volumes"])
    assert "/healthz" in " ".join(server["healthcheck"]["test"])
    assert "privileged" not in server


def test_the_unit_runs_the_server_with_little_to_write() -> None:
    service = unit()["Service"]
    words = shlex.split(service["ExecStart"])
    assert words[0].endswith("/viewfinder")
    runs(words[1:])
    assert service["User"] == "viewfinder"
    assert service["ProtectSystem"] == "strict"
    assert service["NoNewPrivileges"] == "yes"
    assert service["CapabilityBoundingSet"] == ""
    assert service["StateDirectory"] == "viewfinder"


@pytest.mark.parametrize("port", ["8765"])
def test_the_files_agree_on_the_port_of_the_settings(port: str) -> None:
    assert str(Serve().port) == port
    for path in DEPLOY.iterdir():
        found = set(re.findall(r"\b87\d\d\b", path.read_text("utf-8")))
        assert found <= {port}, path.name


def test_commands_and_settings_of_the_page_are_there() -> None:
    text = PAGE.read_text("utf-8")
    for block in re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL):
        for line in block.splitlines():
            if line.startswith("viewfinder "):
                runs(shlex.split(line)[1:])
    for block in re.findall(r"```toml\n\[serve\]\n(.*?)```", text, flags=re.DOTALL):
        for name in re.findall(r"(?m)^(\w+) =", block):
            assert name in Serve.__dataclass_fields__, name
