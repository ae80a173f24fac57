"""Links lead somewhere, commands exist, code compiles, and every sentence has its line."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from viewfinder.surfaces.cli import cli

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
GENERATED = re.compile(r"<!-- begin.*?<!-- end -->", flags=re.DOTALL)
BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", flags=re.DOTALL | re.MULTILINE)


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(*languages: str) -> Iterator[tuple[str, str]]:
    """Yield (page, code) of the blocks in these languages."""
    for page in PAGES:
        for language, code in BLOCK.findall(page.read_text("utf-8")):
            if language in languages:
                yield name_of(page), code


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_to_a_file(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text("utf-8"))
    local = [link for link in links if not re.match(r"\w+:", link)]
    assert [link for link in local if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_sentence_has_a_line_of_its_own(page: Path) -> None:
    prose = GENERATED.sub("", BLOCK.sub("", page.read_text("utf-8")))
    plain = (re.sub(r"`[^`]*`|\[[^]]*\]|\*\*[^*]*\*\*", "x", line) for line in prose.splitlines())
    joined = re.compile(r"[a-z)\"x][.?!] [A-Z]")
    assert [line for line in plain if "|" not in line and joined.search(line)] == []


def command_lines() -> list[str]:
    return [
        line
        for _, code in blocks("sh", "console")
        for line in code.replace("\\\n", " ").splitlines()
        if re.match(r"(nice )?(\S*/)?viewfinder ", line)
    ]


@pytest.mark.parametrize("line", command_lines())
def test_every_command_shown_is_one_that_exists(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "queries.jsonl").touch()  # a file that a command asks to exist
    words = shlex.split(line, comments=True)
    words = words[words.index(next(w for w in words if w.endswith("viewfinder"))) + 1 :]
    arguments = words[: words.index(">")] if ">" in words else words
    command: click.Command = cli
    context = None
    while isinstance(command, click.Group):
        context = command.make_context("viewfinder", list(arguments), parent=context)
        rest = [*context._protected_args, *context.args]
        if not rest:
            return
        _, found, arguments = command.resolve_command(context, rest)
        assert found is not None
        command = found
    command.make_context("viewfinder", list(arguments), parent=context)


def test_every_block_of_code_can_be_read() -> None:
    readers = {
        "python": lambda code: compile(code, "docs", "exec"),
        "toml": tomllib.loads,
        "json": lambda code: [json.loads(line) for line in lines_of(code)],
    }
    for language, read in readers.items():
        for page, code in blocks(language):
            try:
                read(code)
            except (SyntaxError, ValueError) as error:
                pytest.fail(f"{page}: a block of {language} cannot be read: {error}\n{code}")


def lines_of(code: str) -> list[str]:
    """Return the documents of a block: one, or one per line."""
    return code.splitlines() if code.startswith('{"') else [code]
