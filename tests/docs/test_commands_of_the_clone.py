"""./start and ./test: what they say before they do anything."""

from __future__ import annotations

import importlib.util
import os
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def environment() -> ModuleType:
    """The script that makes .venv, as a module."""
    path = ROOT / "scripts" / "environment.py"
    spec = importlib.util.spec_from_file_location("environment", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("command", ["./start", "./test"])
def test_help_is_shown_in_eighty_columns_and_does_nothing(command: str) -> None:
    done = run(command, "--help")
    assert done.returncode == 0
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_a_word_that_start_does_not_know_is_refused() -> None:
    done = run("./start", "--turbo")
    assert done.returncode == 2
    assert "--turbo" in done.stderr


@pytest.mark.parametrize("command", ["./start", "./test"])
def test_an_old_python_is_named_with_the_way_out(command: str, tmp_path: Path) -> None:
    old = tmp_path / "python-old"
    old.write_text('#!/bin/sh\n[ "$1" = -V ] && echo "Python 3.9.2"\nexit 1\n')
    old.chmod(0o755)
    done = run(command, PYTHON=str(old))
    assert done.returncode == 1
    assert "needs Python 3.11 to 3.13" in done.stderr
    assert "Python 3.9.2" in done.stderr


@pytest.mark.parametrize("command", ["./start", "./test"])
def test_a_python_that_is_not_there_is_named(command: str) -> None:
    done = run(command, PYTHON="python-nowhere")
    assert done.returncode == 1
    assert "python-nowhere" in done.stderr


@pytest.mark.parametrize(
    ("pip_says", "we_say"),
    [
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "refused"),
        ("Max retries exceeded (Caused by SSLError(CERTIFICATE_VERIFY_FAILED))", "PIP_CERT"),
        ("Retrying (Retry(total=4)) after NewConnectionError", "does not answer"),
        ("ERROR: No matching distribution found for av==18.1.0", "glibc"),
    ],
)
def test_a_failure_of_pip_is_said_in_plain_words(
    environment: ModuleType, pip_says: str, we_say: str
) -> None:
    assert we_say in environment.reason_in(pip_says)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Collecting opencv-python-headless==5.0.0 (from -r x (line 1))", "opencv-python-headless"),
        ("Processing /mnt/wheels/ml_dtypes-0.6.0-cp311.whl (from -r x)", "ml_dtypes"),
        ("Requirement already satisfied: av==18.1.0 in ./.venv", "av"),
    ],
)
def test_progress_knows_a_package_wherever_pip_finds_it(
    environment: ModuleType, line: str, name: str
) -> None:
    assert environment.PACKAGE.match(line)[1] == name


def test_the_locks_pin_every_package_by_hash_and_name_no_index() -> None:
    for lock in ("requirements.lock", "requirements-dev.lock"):
        lines = (ROOT / lock).read_text("utf-8").splitlines()
        pins = [n for n, line in enumerate(lines) if "==" in line and not line.startswith("#")]
        assert pins
        assert all("--hash=sha256:" in lines[n + 1] for n in pins)
        assert not any("://" in line or "index-url" in line for line in lines)


def test_the_lock_holds_the_opencv_that_needs_no_display() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    assert "\nopencv-python-headless==" in lock
    assert "\nopencv-python==" not in lock
