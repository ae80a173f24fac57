"""Which build this is, and how its last tests went."""

from __future__ import annotations

import hashlib
import json
import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parents[2]
TESTED = "viewfinder-test.json"
"""What ``./test`` leaves in the environment, when it ran everything."""


@cache
def package_digest() -> str:
    """Return the SHA-256 over every file of the installed package: names and contents."""
    whole = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            name = path.relative_to(PACKAGE).as_posix()
            whole.update(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {name}\n".encode())
    return whole.hexdigest()


def build() -> dict[str, Any]:
    """Return version and digest of what runs."""
    return {"version": version("viewfinder"), "package_sha256": package_digest()}


def last_tests(prefix: Path | None = None) -> dict[str, Any] | None:
    """Return how the last full run of the tests went; None where none is known.

    Args:
        prefix: The environment; the one that runs where None.
    """
    try:
        told = json.loads(((prefix or Path(sys.prefix)) / TESTED).read_text("utf-8"))
        kept = {key: told[key] for key in ("at", "passed", "tests", "failed", "skipped", "fast")}
        return {**kept, "this_build": told["package_sha256"] == package_digest()}
    except (OSError, ValueError, KeyError, TypeError):
        return None
