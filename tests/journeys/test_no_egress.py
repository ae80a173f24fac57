"""Nothing leaves this machine by default: not even a question to a name server."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.models
def test_the_main_job_runs_without_a_network_and_addresses_nobody(
    weights: Path, tmp_path: Path
) -> None:
    script = ROOT / "benchmarks" / "evidence" / "egress.py"
    report = tmp_path / "egress.md"
    done = subprocess.run(
        [sys.executable, str(script), "--report", str(report)],
        capture_output=True,
        text=True,
        check=False,
        env={name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"},
    )
    if "cannot be measured here" in done.stderr:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stdout + done.stderr
    assert "on this machine: **0**" in report.read_text("utf-8")


def test_onnxruntime_is_told_not_to_report_whatever_the_shell_says() -> None:
    program = "import os, viewfinder; assert os.environ['ORT_DISABLE_TELEMETRY'] == '1'"
    env = {**os.environ, "ORT_DISABLE_TELEMETRY": "0"}
    assert subprocess.run([sys.executable, "-c", program], env=env, check=False).returncode == 0
