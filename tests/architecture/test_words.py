"""What must never stand in the repository, whoever writes it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SKIPPED_FOLDERS = {"__pycache__", "dist", "build"}
BINARY = {".gz", ".png", ".webp", ".npz", ".onnx", ".wav", ".mp4", ".webm"}

# Written in halves, so that this file does not hold what it looks for.
FORBIDDEN = {
    "a path on one machine": r"(?<![\w.~])/(?:wo" r"rk|home/\w+|Us" r"ers/\w+|opt/py" r"pi)/",
    "the host of a package registry": r"py" r"pi\.org|python" r"hosted\.org|registry\.np" r"mjs",
    "a tool, where the thing is meant": r"(?i:\b(?:cla" r"ude|anthro" r"pic|chat" r"gpt)\b"
    r"|\bAI[- ]assist|generated (?:with|by) (?:ai|an? (?:llm|language model))|co-authored" r"-by)",
    "a secret": r"-----BEGIN [A-Z ]*PRIV" r"ATE KEY|\b(?:ghp|gho|glpat|xoxb)[_-][A-Za-z0-9]{16}"
    r"|\bAKIA[0-9A-Z]{16}\b|\bsk-[A-Za-z0-9]{20}",
}  # fmt: skip

# No name for who somebody is by face, voice or gait: not in a table, column, field, file.
IDENTITY = re.compile(
    r"(?:face|facial|voice|gait|iris|speaker|person|people)_?"
    r"(?:id|ids|print|prints|embedding|embeddings|vector|vectors|gallery|template|templates"
    r"|cluster|clusters|match|matches|identity|identities|recognition|reidentification|reid)\b"
    r"|\bfaceprint|\bvoiceprint|\breid\b|\bbiometric"
)


def files() -> Iterator[Path]:
    """Yield every file a clone holds (also where git is not installed)."""
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        hidden = any(p.startswith(".") and p != ".ci" for p in parts[:-1])
        if path.is_file() and not hidden and not SKIPPED_FOLDERS & set(parts):
            yield path


def texts() -> Iterator[tuple[Path, str]]:
    for path in files():
        if path.suffix not in BINARY:
            yield path, path.read_text("utf-8", "replace")


def test_no_file_holds_what_must_not_be_there() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {what}: {hit[0]!r}"
        for path, text in texts()
        for what, pattern in FORBIDDEN.items()
        if (hit := re.search(pattern, text))
    ]
    assert not found, "\n".join(found)


def names(path: Path) -> Iterator[str]:
    """Yield the names a module gives to things, and its SQL."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Name(id=name) | ast.arg(arg=name) | ast.Attribute(attr=name):
                yield name
            case ast.Constant(value=str() as text) if re.search(r"(?i)create +\w* *table", text):
                yield text


def test_nothing_is_named_for_who_a_person_is() -> None:
    package = ROOT / "src" / "viewfinder"
    found = [
        f"{path.relative_to(ROOT)}: {hit[0]!r}"
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
        for name in (path.stem, *(names(path) if path.suffix == ".py" else ()))
        if (hit := IDENTITY.search(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()))
    ]
    assert not found, "\n".join(found)


def test_no_module_has_a_name_that_says_nothing() -> None:
    said = {"utils", "common", "helpers", "manager", "data", "info", "process", "misc", "core"}
    found = [str(p.relative_to(ROOT)) for p in files() if p.suffix == ".py" and p.stem in said]
    assert not found
