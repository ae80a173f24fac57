"""The import rules hold, and they would notice if they did not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# One deliberate fault per contract: file to write, what it says.
FAULTS = {
    "retrieval/reaches_up.py": "import viewfinder.adapters.encoders.hashing\n",
    "ingest/reaches_sideways.py": "import viewfinder.retrieval\n",
    "adapters/encoders/knows_a_room.py": "import viewfinder.retrieval\n",
    "adapters/encoders/knows_another.py": "import viewfinder.adapters.encoders.hashing\n",
    "surfaces/reaches_past_app.py": "import viewfinder.retrieval\n",
    "domain/time.py": "import viewfinder.domain.search\n",
}
CONTRACTS = (
    "Imports point down",
    "Adapters know ports and domain only",
    "No adapter knows another",
    "Surfaces know app and domain only",
    "No cycles between siblings",
)


def lint(folder: Path, config: Path) -> str:
    """Return what import-linter prints about the package in ``folder``, as plain text."""
    run = "from importlinter.cli import lint_imports_command as command; command()"
    done = subprocess.run(
        [sys.executable, "-c", run, "--config", str(config), "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "NO_COLOR": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_every_contract_is_kept() -> None:
    said = lint(ROOT / "src", ROOT / ".importlinter")
    assert [name for name in CONTRACTS if f"{name} KEPT" not in said] == [], said


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the package, to be spoiled."""
    unwanted = shutil.ignore_patterns("__pycache__")
    return shutil.copytree(ROOT / "src" / "viewfinder", tmp_path / "viewfinder", ignore=unwanted)


def test_every_contract_is_broken_by_its_fault(copy: Path) -> None:
    for name, text in FAULTS.items():
        path = copy / name
        path.write_text(text + (path.read_text("utf-8") if path.exists() else ""))
    said = lint(copy.parent, ROOT / ".importlinter")
    assert [name for name in CONTRACTS if f"{name} BROKEN" not in said] == [], said
    for layer, other in (("retrieval", "adapters"), ("ingest", "retrieval")):
        assert f"viewfinder.{layer} is not allowed to import viewfinder.{other}" in said


def test_a_room_without_a_place_in_the_plan_is_refused(copy: Path) -> None:
    (copy / "utils").mkdir()
    (copy / "utils" / "__init__.py").touch()
    said = lint(copy.parent, ROOT / ".importlinter")
    assert "Imports point down BROKEN" in said
    assert "utils" in said
