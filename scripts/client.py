"""Writes the calls of ``viewfinder.client`` from the server's own OpenAPI document.

usage: python scripts/client.py [--check]

With --check it writes nothing and fails where a file is not what it would write.
"""

from __future__ import annotations

import builtins
import keyword
import re
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from viewfinder.app.serving.premises import Premises
from viewfinder.surfaces.server.factory import create_app
from viewfinder.testing.settings import LIGHT

ROOT = Path(__file__).resolve().parent.parent
CLIENT = ROOT / "src" / "viewfinder" / "client"
MADE = "Written by scripts/client.py from the OpenAPI document, not by hand."
METHODS = ("get", "head", "options", "post", "put", "patch", "delete")
TOGETHER = {"jobs": "work", "uploads": "work", "webhooks": "work", "server": "account"}
"""Small kinds of calls that share a module."""
PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}


def described() -> dict[str, Any]:
    """Return the OpenAPI document of a server over an empty library."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "viewfinder.toml").write_text(LIGHT, "utf-8")
        premises = Premises.open(folder, create=True)
        document: dict[str, Any] = create_app(premises).openapi()
        premises.close()
    return document


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield (path, method, operation), in the order of the document."""
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method in methods:
                yield path, method, methods[method]


def name_of(text: str) -> str:
    plain = re.sub(r"\W+", "_", text).strip("_").lower()
    return f"{plain}_" if keyword.iskeyword(plain) or hasattr(builtins, plain) else plain


def schema_of(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def type_of(document: dict[str, Any], schema: dict[str, Any]) -> str:
    """Return the annotation of a value."""
    schema = schema_of(document, schema)
    if "anyOf" in schema:
        kinds = dict.fromkeys(type_of(document, each) for each in schema["anyOf"])
        return "Any" if "Any" in kinds else " | ".join(kinds)
    if schema.get("type") == "null":
        return "None"
    if schema.get("type") == "array":
        return f"Sequence[{type_of(document, schema.get('items', {}))}]"
    if schema.get("type") == "object":
        return "wire.Json"
    return PLAIN.get(schema.get("type", ""), "Any")


class Call:
    """One operation, as Python."""

    def __init__(self, document: dict[str, Any], path: str, method: str, made: dict[str, Any]):
        self.document, self.path, self.method, self.made = document, path, method.upper(), made
        self.name = name_of(made["operationId"])
        parameters = made.get("parameters", [])
        self.places = {name_of(p["name"]): p for p in parameters if p["in"] == "path"}
        self.queries = {name_of(p["name"]): p for p in parameters if p["in"] == "query"}
        own = ("last-event-id", "tus-resumable")
        self.headers = {
            name_of(p["name"]): p
            for p in parameters
            if p["in"] == "header" and p["name"].lower() not in own
        }
        self.tus = any(p["name"].lower() == "tus-resumable" for p in parameters)
        bodies = made.get("requestBody", {}).get("content", {})
        self.kind = next(iter(bodies), "")
        self.body = schema_of(document, bodies[self.kind]["schema"]) if bodies else {}
        good = {s: r for s, r in made["responses"].items() if s.startswith("2")}
        self.replies = {kind for r in good.values() for kind in r.get("content", {})}

    @property
    def streams(self) -> bool:
        return self.replies == {"text/event-stream"}

    @property
    def also_streams(self) -> bool:
        return "text/event-stream" in self.replies and not self.streams

    def arguments(self) -> tuple[list[str], list[str]]:
        """Return the arguments that are needed, and those that are not."""
        needed = [f"{n}: {type_of(self.document, p['schema'])}" for n, p in self.places.items()]
        free: list[str] = []
        for name, p in {**self.queries, **self.headers}.items():
            kind = type_of(self.document, p["schema"])
            (needed if p.get("required") else free).append(
                f"{name}: {kind}" if p.get("required") else f"{name}: {kind} = wire.UNSET"
            )
        if self.kind.endswith("octet-stream"):
            needed.append("content: bytes")
        elif "properties" not in self.body and self.body:
            needed.append("document: Any")
        for field, schema in self.body.get("properties", {}).items():
            is_file = "contentMediaType" in schema or schema.get("format") == "binary"
            kind = "bytes" if is_file else type_of(self.document, schema)
            if field in self.body.get("required", ()):
                needed.append(f"{name_of(field)}: {kind}")
            else:
                free.append(f"{name_of(field)}: {kind} = wire.UNSET")
        return needed, free

    def result(self) -> tuple[str, str]:
        """Return the annotation of the result, and the function that reads it."""
        kinds = self.replies - {"text/event-stream"}
        if self.method in ("HEAD", "OPTIONS") or (self.tus and not kinds):
            return "dict[str, str]", "headers"
        if not kinds and self.name == "metrics":
            return "str", "words"
        if not kinds:
            return ("None", "nothing") if not self.streams else ("wire.Json", "document")
        if kinds == {"application/json"}:
            return "wire.Json", "document"
        if all(k.startswith("text/") or k.endswith(("json", "subrip")) for k in kinds):
            return "str", "words"
        return "bytes", "content"

    def told(self) -> str:
        needed, free = self.arguments()
        shown = ", ".join([*needed, *(["*", *free] if free else [])])
        kind, decode = self.result()
        lines = [f"def {self.name}({shown}) -> wire.Request[{kind}]:", f'    """{self._says()}"""']
        parts = [f'"{self.method}"', self._path(), f"wire.{decode}"]
        if self.queries:
            parts.append(f"query={{{self._pairs(self.queries)}}}")
        fixed = '"Tus-Resumable": "1.0.0", ' if self.tus else ""
        if self.kind.endswith("octet-stream"):
            fixed += f'"Content-Type": "{self.kind}", '
        if self.headers or fixed:
            parts.append(f"headers={{{fixed}{self._pairs(self.headers)}}}")
        parts += self._body()
        return "\n".join([*lines, f"    return wire.Request({', '.join(parts)})"])

    def _says(self) -> str:
        said = f"{self.made.get('summary', self.name)}."
        more = " ".join(self.made.get("description", "").split())
        if more:
            wrapped = textwrap.wrap(more.replace("\\", "\\\\").replace('"""', "'''"), 94)
            said += "\n\n    " + "\n    ".join(wrapped) + "\n    "
        return said

    def _path(self) -> str:
        if not self.places:
            return f'"{self.path}"'
        named = {p["name"]: n for n, p in self.places.items()}
        path = re.sub(r"{(\w+)}", lambda m: f"{{wire.part({named[m[1]]})}}", self.path)
        return f'f"{path}"'

    def _pairs(self, parameters: dict[str, Any]) -> str:
        return ", ".join(f'"{p["name"]}": {name}' for name, p in parameters.items())

    def _body(self) -> list[str]:
        if self.kind.endswith("octet-stream"):
            return ["content=content"]
        fields = self.body.get("properties")
        if fields is None:
            return ["json=document"] if self.body else []
        files = [f for f, s in fields.items() if "contentMediaType" in s]
        plain = ", ".join(f"{name_of(f)}={name_of(f)}" for f in fields if f not in files)
        made = [f"json=wire.body({plain})"]
        if files:
            pairs = ", ".join(f'"{field}": {name_of(field)}' for field in files)
            made.append(f"files={{{pairs}}}")
        return made


def module(tag: str, calls: list[Call]) -> str:
    """Return the text of the calls of one kind."""
    told = "\n\n\n".join(call.told() for call in calls)
    head = [
        f'"""Calls of the API: {tag}.',
        "",
        f'{MADE}\n"""',
        "",
        "from __future__ import annotations",
        "",
    ]
    if "Sequence[" in told:
        head.append("from collections.abc import Sequence")
    if re.search(r"\bAny\b", told):
        head.append("from typing import Any")
    head += ["", "from viewfinder.client import request as wire", "", ""]
    return "\n".join(head) + told + "\n"


def bound(groups: dict[str, list[Call]], *, waiting: bool) -> str:
    """Return the text of one client's methods."""
    one, many = ("waits", "yields") if waiting else ("awaits", "iterates")
    base = "Sender" if waiting else "AsyncSender"
    name = "Calls" if waiting else "AsyncCalls"
    said = "that waits" if waiting else "that is awaited"
    lines = [
        f'"""Every call of the API as a method of the client {said}.',
        "",
        f'{MADE}\n"""',
        "",
        "from __future__ import annotations",
        "",
        f"from viewfinder.client.operations import {', '.join(sorted(groups))}",
        f"from viewfinder.client.senders import {', '.join(sorted([base, one, many], key=str))}",
        "",
        "",
        f"class {name}({base}):",
        '    """A method for each operation, under its name in the document."""',
        "",
    ]
    for tag, calls in groups.items():
        lines += [f"    # {tag}"]
        for call in calls:
            lines.append(f"    {call.name} = {many if call.streams else one}({tag}.{call.name})")
            if call.also_streams:
                lines.append(f"    {call.name}_events = {many}({tag}.{call.name})")
    return "\n".join(lines) + "\n"


def written() -> dict[Path, str]:
    """Return the text of every file."""
    document = described()
    groups: dict[str, list[Call]] = {}
    for path, method, made in operations(document):
        tag = name_of((made.get("tags") or ["other"])[0])
        tag = TOGETHER.get(tag, tag)
        groups.setdefault(tag, []).append(Call(document, path, method, made))
    files = {CLIENT / "operations" / f"{tag}.py": module(tag, c) for tag, c in groups.items()}
    files[CLIENT / "waiting.py"] = bound(groups, waiting=True)
    files[CLIENT / "awaiting.py"] = bound(groups, waiting=False)
    return {path: formatted(text) for path, text in files.items()}


def formatted(text: str) -> str:
    """Return Python as the house formats it."""
    for command in (["check", "--select", "I", "--fix", "--quiet"], ["format", "--quiet"]):
        made = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--config", str(ROOT / "pyproject.toml"), "-"],
            input=text,
            text=True,
            capture_output=True,
            check=True,
            cwd=CLIENT,
        )
        text = made.stdout
    return text


def main() -> int:
    files = written()
    wrong = [
        path for path, text in files.items() if not path.exists() or path.read_text("utf-8") != text
    ]
    if "--check" in sys.argv[1:]:
        for path in wrong:
            sys.stderr.write(f"{path} is not what the document says; run scripts/client.py\n")
        return 1 if wrong else 0
    for path in wrong:
        path.write_text(files[path], "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
