"""Small rooms: a reader can hold one module, one function, one folder in the head."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "viewfinder"
MODULE_LINES = 600
FUNCTION_LINES = 80
FOLDER_MODULES = 9
DEPTH = 2

# Folders with more modules than the budget, and why.
LARGER_FOLDERS = {
    "domain": "one module per family of nouns; merging two would hide names, not remove them",
    "surfaces/api": "one module per kind of thing, as the tags of its document",
}
# Folders deeper than the budget, and why.
DEEPER_FOLDERS = {
    "adapters/models/openai": "a plug-in whose library is imported only when it is used",
    "adapters/models/gguf": "a plug-in with a process of its own; to the rest it is one name",
    "adapters/policies/cedar": "a plug-in with its schema, its rules and a file per institution",
    "adapters/stores/sqlite": "a plug-in may be a folder of its own; to the rest it is one name",
}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_module_and_its_functions_stay_within_the_budget(path: Path) -> None:
    lines = path.read_text("utf-8").count("\n")
    assert lines <= MODULE_LINES, f"{lines} lines: split it along what it knows"
    long = {name: n for name, n in functions(path) if n > FUNCTION_LINES}
    assert not long, f"longer than {FUNCTION_LINES} lines: {long}"


def test_no_folder_holds_more_modules_than_can_be_overlooked() -> None:
    for folder in {path.parent for path in modules()}:
        count = sum(path.name != "__init__.py" for path in folder.glob("*.py"))
        name = str(folder.relative_to(PACKAGE))
        if name not in LARGER_FOLDERS:
            assert count <= FOLDER_MODULES, f"{name}: {count} modules"


def test_no_module_lies_deeper_than_two_folders() -> None:
    for path in modules():
        folder = path.parent.relative_to(PACKAGE)
        if str(folder) not in DEEPER_FOLDERS:
            assert len(folder.parts) <= DEPTH, str(folder)


def test_no_exception_outlives_its_reason() -> None:
    for name in {**LARGER_FOLDERS, **DEEPER_FOLDERS}:
        assert (PACKAGE / name).is_dir(), f"{name} is gone: drop its exception"


def test_each_test_file_has_a_name_of_its_own() -> None:
    """Two of one name cannot be collected together."""
    names = [path.name for path in (PACKAGE.parents[1] / "tests").rglob("test_*.py")]
    twice = sorted({name for name in names if names.count(name) > 1})
    assert not twice
