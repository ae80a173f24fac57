"""Figures of the committed reports: every one with its report and that report's SHA-256.

``written/measured.json`` is written from ``benchmarks/README.md`` by ``scripts/docs``; a test
compares. So no figure stands in a paper that no report has.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path, PurePosixPath

FILE = "measured.json"


@dataclass(frozen=True, slots=True)
class Row:
    """One bar: what was asked and what was reached.

    Attributes:
        bar: What is measured.
        asked: What was set before the work.
        measured: What was reached.
        report: Which report says so, below ``benchmarks``; "" for none.
        sha256: Of that report; "" for none.
    """

    bar: str
    asked: str
    measured: str
    report: str
    sha256: str

    @property
    def about(self) -> str:
        """The folder of the report, by which clauses name it."""
        return PurePosixPath(self.report).parent.name


def read(benchmarks: Path) -> list[Row]:
    """Return the rows of ``README.md`` in a folder of benchmarks."""
    rows = []
    for line in (benchmarks / "README.md").read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if not line.startswith("| ") or len(cells) != 4 or cells[0] == "bar":
            continue
        link = cells[3].partition("](")[2].partition(")")[0]
        path = benchmarks / link
        path = path / "README.md" if path.is_dir() else path
        there = bool(link) and path.is_file()
        report = path.relative_to(benchmarks).as_posix() if there else ""
        digest = sha256(path.read_bytes()).hexdigest() if there else ""
        bar, asked, reached = (cell.replace("**", "") for cell in cells[:3])
        rows.append(Row(bar, asked, reached, report, digest))
    return rows


def dumps(rows: list[Row]) -> str:
    """Return rows as the package keeps them."""
    return json.dumps([asdict(row) for row in rows], indent=1, ensure_ascii=False) + "\n"


@cache
def rows() -> tuple[Row, ...]:
    """Return the rows that the package was shipped with."""
    text = files(__package__).joinpath("written", FILE).read_text("utf-8")
    return tuple(Row(**row) for row in json.loads(text))


def about(folders: list[str]) -> list[Row]:
    """Return the rows whose report lies in one of the folders; all for "all"."""
    return [row for row in rows() if "all" in folders or row.about in folders]
