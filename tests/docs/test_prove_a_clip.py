"""The page on proving a clip: every command as printed, from top to bottom."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from viewfinder.surfaces.cli import cli
from viewfinder.testing.media import draw_sample

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "how-to" / "prove-a-clip.md"


def run(line: str) -> tuple[int, str]:
    """Run a command as the page prints it; return its exit code and what it printed."""
    words = shlex.split(line)
    if words[0] == "viewfinder":
        done = CliRunner().invoke(cli, words[1:], standalone_mode=False)
        return (5 if done.exception else done.return_value or 0), done.stdout
    checker = [sys.executable, "-I", "-S", *words[1:]]
    ended = subprocess.run(checker, capture_output=True, text=True, check=False)
    return ended.returncode, ended.stdout + ended.stderr


@pytest.mark.models
def test_every_command_on_the_page_runs_and_says_what_the_page_says(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = PAGE.read_text("utf-8")
    settings = re.search(r"```toml\n(.*?)```", page, flags=re.DOTALL)
    assert settings
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VIEWFINDER_LIBRARY", str(tmp_path))
    Path("viewfinder.toml").write_text(settings[1])
    draw_sample(Path("council.mp4"))
    shutil.copy(ROOT / "scripts" / "verify_log.py", tmp_path)
    assert run("viewfinder add council.mp4")[0] == 0
    said = {}
    for block in re.findall(r"```sh\n(.*?)```", page, flags=re.DOTALL):
        for line in block.splitlines():
            code, said[line] = run(line)
            assert code == 0, f"{line}\n{said[line]}"
    assert said["viewfinder evidence scrub council.mp4"].startswith("ok")
    assert "different" not in said["viewfinder evidence rederive council.mp4"]
    assert "nothing is wrong" in said["python3 verify_log.py certificate.json"]
    digest = re.search(r'"certificate_sha256": "(\w+)"', Path("certificate.json").read_text())
    assert digest
    assert digest[1] in run("viewfinder log show --action export --json")[1]
    assert all("*needs a human*" in path.read_text() for path in tmp_path.glob("*.md"))
