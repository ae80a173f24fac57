"""Runs the main job in an empty network namespace, under a trace of every network call.

usage: python benchmarks/evidence/egress.py [--report FILE]

In the namespace there is no interface that is up, not even the loopback one: whatever needed
a network would fail. The trace shows whether anything so much as tried.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

JOB = Path(__file__).with_name("job.py")
EMPTY = ["unshare", "--map-root-user", "--net"]
CALL = re.compile(r"^\d+ +(\w+)\((.*)")
FAMILY = re.compile(r"\b(?:AF|PF)_(\w+)")
SENDING = frozenset({"connect", "sendto", "sendmsg", "sendmmsg"})
LOCAL = frozenset({"UNIX", "LOCAL"})


@dataclass
class Traced:
    """What a trace holds.

    Attributes:
        sockets: How many of each family were made.
        addressed: How many connections or messages were addressed to each family.
        outside: The calls that were addressed to any but a file on this machine.
    """

    sockets: Counter[str] = field(default_factory=Counter)
    addressed: Counter[str] = field(default_factory=Counter)
    outside: list[str] = field(default_factory=list)


def why_not(command: list[str]) -> str:
    """Return why a command cannot be used here; "" where it can."""
    if shutil.which(command[0]) is None:
        return f"{command[0]} is not installed"
    done = subprocess.run([*command, "true"], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else f"{command[0]}: {done.stderr.strip()[:200]}"


def parsed(trace: str) -> Traced:
    """Return what a trace of network calls holds."""
    found = Traced()
    for line in trace.splitlines():
        call = CALL.match(line)
        family = FAMILY.search(call[2]) if call else None
        if call is None or family is None:
            continue
        if call[1] in ("socket", "socketpair"):
            found.sockets[family[1]] += 1
        elif call[1] in SENDING:
            found.addressed[family[1]] += 1
            if family[1] not in LOCAL:
                found.outside.append(line)
    return found


def traced(command: list[str], folder: Path) -> tuple[dict[str, Any], Traced]:
    """Run the job in an empty namespace under a trace; return what it told, and the trace."""
    trace = folder / "trace"
    strace = ["strace", "-f", "--seccomp-bpf", "-e", "trace=network", "-o", str(trace)]
    done = subprocess.run(
        [*EMPTY, *strace, *command], capture_output=True, text=True, check=False, timeout=1800
    )
    if done.returncode:
        raise SystemExit(f"the job failed: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1]), parsed(trace.read_text("utf-8", "replace"))


def main() -> None:
    given = argparse.ArgumentParser(usage=__doc__)
    given.add_argument("--report", type=Path, default=Path(__file__).with_name("egress.md"))
    arguments = given.parse_args()
    for command in (EMPTY, ["strace", "-f", "-o", "/dev/null"]):
        if reason := why_not(command):
            raise SystemExit(f"cannot be measured here: {reason}")
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(JOB), str(Path(folder) / "job")]
        told, found = traced(command, Path(folder))
        attempt = "import socket; socket.socket().connect(('203.0.113.1', 9))"
        _, control = traced(
            [sys.executable, "-c", f"try:\n {attempt}\nexcept OSError: print('{{}}')"], Path(folder)
        )
    arguments.report.write_text(report(told, found, control), "utf-8")
    print(arguments.report.read_text("utf-8"))
    if found.outside or not control.outside:
        raise SystemExit(1)


def report(told: dict[str, Any], found: Traced, control: Traced) -> str:
    families = sorted({*found.sockets, *found.addressed})
    rows = [f"| {f} | {found.sockets[f]} | {found.addressed[f]} |" for f in families]
    return "\n".join(
        [
            "# What the main job opens to the network",
            "",
            "`python benchmarks/evidence/egress.py`: a drawn clip is added with every default "
            "model, asked about, searched, checked and certified, by all its processes, inside a "
            "network namespace without any interface (`unshare --map-root-user --net`), under "
            "`strace -f -e trace=network`. n = 1 job.",
            "",
            f"The job: failed {told['failed']}, outcomes {told['outcomes']}, "
            f"{told['found']} moments, originals {told['originals']}.",
            "",
            "| family | sockets made | connected or sent to |",
            "|---|---|---|",
            *(rows or ["| none | 0 | 0 |"]),
            "",
            "Before `viewfinder` told onnxruntime (1.31) not to report to its maker, the same job "
            "asked a name server 16 times for that maker's host: "
            "[0047](../../docs/decisions/0047-nothing-reports-home.md).",
            "",
            f"Addressed to anything but a socket file on this machine: **{len(found.outside)}**.",
            f"A control that tries to reach one address is seen: {len(control.outside)} of 1.",
            "",
        ]
    )


if __name__ == "__main__":
    main()
