"""Writes the generated parts of docs/reference: commands, settings, weights.

And the figures of benchmarks/README.md as the package ships them, each with its report's hash.

usage: scripts/docs [--check]

With --check it writes nothing and fails where a page is not what it would write.
"""

from __future__ import annotations

import inspect
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import click

from viewfinder.app import config
from viewfinder.app.papers import measured
from viewfinder.surfaces.cli import cli
from viewfinder.weights.manifest import Bundle, manifest

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "reference"
BENCHMARKS = REFERENCE.parent.parent / "benchmarks"
FIGURES = Path(measured.__file__).parent / "written" / measured.FILE
BEGIN, END = "<!-- begin: written by scripts/docs -->\n", "<!-- end -->\n"


def commands() -> str:
    """Return every command's help, as an 80-column terminal shows it."""
    pages = [f"## {path}\n\n```text\n{text}\n```\n" for path, text in helps(cli, "viewfinder")]
    return "\n".join(pages)


def helps(
    command: click.Command, name: str, parent: click.Context | None = None
) -> Iterator[tuple[str, str]]:
    settings = {"terminal_width": 80, "max_content_width": 80, **command.context_settings}
    with click.Context(command, info_name=name, parent=parent, **settings) as context:
        yield context.command_path, command.get_help(context)
        if isinstance(command, click.Group):
            for called, child in sorted(command.commands.items()):
                yield from helps(child, called, context)


def settings() -> str:
    """Return one table per section of viewfinder.toml, from the dataclasses that read it."""
    sections = {"": config.Config, **config.SECTIONS}
    parts = []
    for name, shape in sections.items():
        meanings = meanings_of(shape)
        rows = [
            f"| `{field.name}` | `{toml(getattr(shape(), field.name))}` "
            f"| {meanings.get(field.name, '')} |"
            for field in fields(shape)
            if not is_dataclass(field.default_factory)
        ]
        title = f"### `[{name}]`" if name else "### Outside any section"
        parts.append(
            "\n".join([title, "", "| setting | default | meaning |", "|---|---|---|", *rows])
        )
    return "\n\n".join(parts) + "\n"


def meanings_of(shape: type) -> dict[str, str]:
    """Return field name to what ``Attributes:`` in the docstring says of it."""
    meanings: dict[str, str] = {}
    _, _, listed = inspect.getdoc(shape).partition("Attributes:\n")  # type: ignore[union-attr]
    for line in textwrap.dedent(listed).splitlines():
        if line.startswith(" ") and meanings:
            meanings[list(meanings)[-1]] += " " + line.strip()
        elif ":" in line:
            name, _, meaning = line.partition(":")
            meanings[name.strip()] = meaning.strip()
    return meanings


def toml(value: Any) -> str:
    """Return a value as one writes it in TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(map(toml, value))}]"
    return f'"{value}"' if isinstance(value, str) else f"{value!r}"


def weights() -> str:
    """Return what the manifest says, one entry per bundle."""
    bundles = sorted(manifest(), key=lambda bundle: not bundle.default)
    return "\n".join(entry(bundle) for bundle in bundles)


def entry(bundle: Bundle) -> str:
    lines = [
        f"## {bundle.name}\n",
        f"{bundle.purpose.capitalize()}.",
        f"What it adds: {bundle.adds}.\n",
        f"- {'Part of the default set' if bundle.default else 'Optional'}, {bundle.kind}",
        f"- Licence: {bundle.licence}",
        f"- Origin: {bundle.origin}",
    ]
    if bundle.by_hand:
        lines.append(f"- By hand from: {bundle.by_hand}")
    for file in bundle.files:
        size = f"{file.size_bytes:,} bytes" if file.size_bytes else "size not recorded"
        lines.append(f"- `{file.name}`, {size}, SHA-256 `{file.sha256 or 'recorded at first use'}`")
        lines += [f"  - carried by {names}" for names in carriers(file.carriers)]
    if bundle.made:
        lines.append(f"- turned into {', '.join(f'`{name}`' for name in bundle.made)} here")
    return "\n".join(lines) + "\n"


def carriers(ways: Any) -> list[str]:
    return [
        " + ".join(
            f"{part.package.registry} `{part.package}`, member `{part.member}`" for part in way
        )
        for way in ways
    ]


PAGES = {"cli.md": commands, "configuration.md": settings, "weights.md": weights}


def with_generated(page: str, part: str) -> str:
    """Return a page with what stands between its two marks replaced."""
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not (begin and end):
        raise SystemExit(f"a generated page needs the lines {BEGIN!r} and {END!r}")
    return f"{head}{BEGIN}\n{part}\n{END}{tail}"


def main(arguments: list[str]) -> int:
    wanted = {FIGURES: measured.dumps(measured.read(BENCHMARKS))}
    for name, write in PAGES.items():
        path = REFERENCE / name
        wanted[path] = with_generated(path.read_text("utf-8"), write())
    stale = []
    for path, text in wanted.items():
        if not path.exists() or path.read_text("utf-8") != text:
            stale.append(path.name)
            if arguments != ["--check"]:
                path.write_text(text, "utf-8")
                print(f"wrote {path}")
    if arguments == ["--check"] and stale:
        print(f"stale, run scripts/docs: {', '.join(stale)}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
