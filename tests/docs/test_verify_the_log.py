"""The page on verifying the log: every command as printed, from top to bottom."""

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

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "how-to" / "verify-the-log.md"
TALK = "WEBVTT\n\n00:01.000 --> 00:06.000\nNow to the budget: we spent less than we had.\n"


def run(line: str) -> tuple[int, str]:
    """Run a command as the page prints it; return its exit code and what it printed."""
    words = shlex.split(line)
    words, target = (words[:-2], words[-1]) if ">" in words else (words, "")
    if words[0] == "viewfinder":
        done = CliRunner().invoke(cli, words[1:], standalone_mode=False)
        code, said = (1 if done.exception else 0), done.stdout
    else:
        checker = [sys.executable, "-I", "-S", *words[1:]]
        ended = subprocess.run(checker, capture_output=True, text=True, check=False)
        code, said = ended.returncode, ended.stdout + ended.stderr
    if target:
        Path(target).write_text(said, "utf-8")
    return code, said


@pytest.mark.models
def test_every_command_on_the_page_runs_and_says_what_the_page_says(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = PAGE.read_text("utf-8")
    settings = re.search(r"```toml\n(.*?)```", page, flags=re.DOTALL)
    assert settings
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VIEWFINDER_LIBRARY", str(tmp_path))
    Path("witness").mkdir()
    Path("viewfinder.toml").write_text(settings[1])
    Path("council.vtt").write_text(TALK)
    shutil.copy(ROOT / "scripts" / "verify_log.py", tmp_path)
    for before in ("add council.vtt", 'ask "what about the budget?"', "show council.vtt"):
        assert run(f"viewfinder {before}")[0] == 0
    said = {}
    for block in re.findall(r"```sh\n(.*?)```", page, flags=re.DOTALL):
        for line in block.splitlines():
            key = said.get("viewfinder log key", "").strip()
            code, said[line] = run(line.replace("KEY", key))
            assert code == 0, f"{line}\n{said[line]}"
    assert " ask\n" in said["viewfinder log who council.vtt"]
    assert " show\n" in said["viewfinder log who council.vtt"]
    words = said["viewfinder log show --since 2026-01-01 --action ask --words"]
    assert "what about the budget?" in words
    assert said["viewfinder log verify"].endswith("Nothing is wrong.\n")
    assert "witness" in said["viewfinder log verify"]
    assert all("nothing is wrong" in text for line, text in said.items() if "verify_log" in line)
    run("viewfinder forget --yes council.vtt")
    assert "(shredded)" in run("viewfinder log show --words")[1]
    assert run("viewfinder log verify")[0] == 0
    handed = Path("whole/entries.jsonl")
    handed.write_text(handed.read_text().replace('"ask"', '"add"', 1))
    code, words = run("python3 verify_log.py whole")
    assert code == 1
    assert "THIS LOG DOES NOT HOLD" in words
