"""The five minutes of governance: every command as printed, and what it prints."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "governance-tour.md"
BLOCK = re.compile(r"```(sh|text)\n(.*?)```", re.DOTALL)


def as_pattern(line: str) -> str:
    """Return a line of the page as a pattern; … stands for anything."""
    return ".*".join(re.escape(part) for part in line.split("…"))


@pytest.mark.models
def test_what_the_tour_prints_is_what_one_gets(weights: Path, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "VIEWFINDER_SOURCE": str(ROOT),
    }
    blocks = BLOCK.findall(PAGE.read_text("utf-8"))
    marked = [f"{body}\necho ---- 2>&1\n" for kind, body in blocks if kind == "sh"]
    done = subprocess.run(
        ["bash", "-c", "exec 2>&1\n" + "".join(marked)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment,
        timeout=600,
        check=False,
    )
    printed = done.stdout.split("----\n")
    place = -1
    for kind, body in blocks:
        if kind == "sh":
            place += 1
            continue
        rest = printed[place].splitlines()
        for line in body.splitlines():
            found = [n for n, real in enumerate(rest) if re.fullmatch(as_pattern(line), real)]
            assert found, f"not printed: {line!r}\n" + printed[place]
            rest = rest[found[0] + 1 :]
