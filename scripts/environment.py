"""Makes .venv, or finds it up to date: the first half of ./start and of ./test.

usage: python3 scripts/environment.py [--dev]

Runs on the Python and the pip of the machine, with the standard library alone, and works where
``venv`` cannot install pip (a minimal Debian has no ``ensurepip``): the environment is made without
pip, and the machine's pip installs into it. Everything pip is told by the user's own settings
(``PIP_*``, pip.conf, proxies, mirrors, certificates) holds.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
MARK = VENV / "made-by-viewfinder"
LOG = VENV / "install.log"
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input"]
OLDEST_PIP = (22, 3)  # the first with --python
NEEDED_BYTES = 1_000_000_000  # .venv itself, with the room that unpacking takes

# A package as pip names it: from an index, from a folder, or there already.
PACKAGE = re.compile(
    r"(?:Collecting |Processing \S*/|Requirement already satisfied: )([A-Za-z\d_.]+(?:-[a-z]\w*)*)"
)

# What pip writes when it fails, and what to say instead: the first that matches is said.
REASONS = (
    (r"No space left on device|Disk quota exceeded",
     "the disk is full. Free about 2 GB (or point PIP_CACHE_DIR and TMPDIR at a larger disk), "
     "then run this again."),
    (r"DO NOT MATCH THE HASHES|Hash mismatch",
     "a package is not the one that requirements.lock pins, so it was refused. The download was "
     "damaged or the index was changed: try again, or use another index (PIP_INDEX_URL)."),
    (r"CERTIFICATE_VERIFY_FAILED|SSLError",
     "the package index could not prove who it is. Behind a company proxy, set PIP_CERT to the "
     "file with its certificate."),
    (r"ProxyError|Tunnel connection failed",
     "the proxy refused. Check HTTPS_PROXY or PIP_PROXY."),
    (r"NewConnectionError|NameResolutionError|Temporary failure in name resolution|"
     r"Network is unreachable|Connection refused|ConnectTimeout|ReadTimeout|Connection aborted|"
     r"ConnectionResetError|IncompleteRead|Could not fetch URL",
     "the package index does not answer. Check the network and run this again; for a mirror set "
     "PIP_INDEX_URL, for a machine without network see ./start --help."),
    (r"Read-only file system|Permission denied",
     "a folder cannot be written. Run this in a folder of your own; see the log for its name."),
    (r"No matching distribution found",
     "there is no ready-made package for this machine. Linux with glibc 2.28 or newer on x86-64 "
     "or arm64 and Python 3.11 to 3.13 is what is supported."),
)  # fmt: skip


class Stop(Exception):
    """Why it cannot go on, in words for the person who typed the command."""


def main(arguments: list[str]) -> int:
    dev = arguments == ["--dev"]
    if arguments and not dev:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        with (ROOT / "pyproject.toml").open() as mutex:
            fcntl.flock(mutex, fcntl.LOCK_EX)  # ./start and ./test at once: one waits
            prepare("requirements.lock", *(["requirements-dev.lock"] if dev else []))
    except Stop as reason:
        print(f"\nviewfinder: {reason}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nviewfinder: stopped. Run it again to go on.", file=sys.stderr)
        return 130
    return 0


def prepare(*locks: str) -> None:
    """Bring .venv to what the locks say; do nothing where it is there already."""
    wanted = {name: digest((ROOT / name).read_bytes()) for name in (*locks, "pyproject.toml")}
    wanted["place"] = digest(f"{sys.version}\n{ROOT}".encode())
    made = stamps()
    if wanted.items() <= made.items():
        return
    check_machine()
    if made.get("place") != wanted["place"]:
        make_empty_venv()
        made = {}
    for lock in locks:
        if made.get(lock) != wanted[lock]:
            install(lock)
    if made.get("pyproject.toml") != wanted["pyproject.toml"]:
        install_project()
    MARK.write_text("".join(f"{name} {value}\n" for name, value in {**made, **wanted}.items()))


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def stamps() -> dict[str, str]:
    """Return what the last finished run worked from: name to digest."""
    if not MARK.exists() or not (VENV / "bin" / "python").exists():
        return {}
    return dict(line.split() for line in MARK.read_text().splitlines())


def check_machine() -> None:
    if not os.access(ROOT, os.W_OK):
        raise Stop(f"{ROOT} is read-only, and .venv belongs in it. Copy the project elsewhere.")
    if VENV.exists() and not MARK.exists():
        raise Stop(f"{VENV} was not made by this command, so it is left alone. Move it away.")
    free = shutil.disk_usage(ROOT).free
    if free < NEEDED_BYTES:
        raise Stop(
            f"{ROOT} has {free / 1e9:.1f} GB free and .venv needs {NEEDED_BYTES / 1e9:.1f} GB. "
            "Free some, or copy the project to a larger disk."
        )
    answer = subprocess.run([*PIP, "--version"], capture_output=True, text=True, check=False)
    version = re.match(r"pip (\d+)\.(\d+)", answer.stdout)
    if version is None or (int(version[1]), int(version[2])) < OLDEST_PIP:
        raise Stop(
            f"{sys.executable} has no pip of version 22.3 or newer. "
            "On Debian and Ubuntu: apt install python3-pip"
        )


def make_empty_venv() -> None:
    say(f"environment  .venv, Python {sys.version.split()[0]}")
    command = [sys.executable, "-m", "venv", "--clear", "--without-pip", str(VENV)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Stop(reason_in(done.stdout + done.stderr) or done.stderr.strip())
    MARK.touch()  # ours, and not finished


def install(lock: str) -> None:
    """Install exactly what a lock holds, telling how far it is."""
    label = "libraries" if lock == "requirements.lock" else "test tools"
    total = sum("==" in line for line in (ROOT / lock).read_text().splitlines())
    arguments = ["--require-hashes", "--only-binary", ":all:", "--no-deps", "-r", str(ROOT / lock)]
    began = time.monotonic()
    count = 0
    for line in pip_install(arguments):
        if found := PACKAGE.match(line):
            count += 1
            say(f"{label}  {count} of about {total}: {found[1]}", passing=True)
        elif "Retrying (" in line:
            say(f"{label}  the network does not answer, trying again", passing=True)
        elif line.startswith("Installing collected"):
            say(f"{label}  unpacking {count} packages", passing=True)
    say(f"{label}  {count} packages, each checked by its SHA-256, {time.monotonic() - began:.0f} s")


def install_project() -> None:
    """Put the project on the path of .venv, its command too; nothing is downloaded for it."""
    say("viewfinder   from this folder", passing=True)
    for _ in pip_install(["--no-build-isolation", "--no-deps", "--no-index", "-e", str(ROOT)]):
        pass
    say("viewfinder   .venv/bin/viewfinder")


def pip_install(arguments: list[str]) -> Iterator[str]:
    """Run pip into .venv, yield its lines, keep them all in the log.

    Raises:
        Stop: With the reason in plain words where pip failed.
    """
    command = [*PIP, "--python", str(VENV / "bin" / "python"), "install", "--progress-bar", "off"]
    environment = {**os.environ, "PIP_USER": "0", "PYTHONUNBUFFERED": "1"}
    said = []
    with (
        LOG.open("a", buffering=1) as log,
        subprocess.Popen(
            [*command, *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as pip,
    ):
        for line in pip.stdout or ():
            log.write(line)
            said.append(line)
            yield line
    if pip.returncode:
        output = "".join(said)
        raise Stop(reason_in(output) or f"pip failed:\n{''.join(said[-5:])}See {LOG}")


def reason_in(output: str) -> str:
    """Return the plain words for what went wrong, or nothing."""
    return next((words for pattern, words in REASONS if re.search(pattern, output)), "")


def say(text: str, *, passing: bool = False) -> None:
    """Print one line of progress; a passing one is overwritten, and left out of files."""
    if sys.stdout.isatty():
        width = shutil.get_terminal_size().columns - 3
        print(f"\r\033[K  {text[:width]}", end="" if passing else "\n", flush=True)
    elif not passing:
        print(f"  {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
