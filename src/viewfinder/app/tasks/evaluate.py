"""Judges a library: the glue between its search and the measures that know nothing of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Tables of one run, for people and for programs."""

    markdown: str
    table: dict[str, Any]


def run_queries(folder: Path, queries: Path) -> Evaluation:
    raise NotImplementedError


def run_ami(folder: Path, meetings: Path) -> Evaluation:
    raise NotImplementedError
