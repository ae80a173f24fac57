"""Registry packages as mere carriers: opened as an archive, one member read.

Nothing of them is installed, imported or run. They come by the package manager's own
client, so the user's mirrors, certificates and proxies are honoured and no host is
named here; source distributions are never asked for, because building one runs its code.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import IO

from viewfinder.domain.errors import WeightsError
from viewfinder.weights.manifest import Package, Part

_TRIES = 4
_TICK_S = 0.2


@contextlib.contextmanager
def opened(archive: Path, part: Part) -> Iterator[tuple[IO[bytes], int]]:
    """Open one member for reading; give it and the size it claims.

    Raises:
        WeightsError: The archive is damaged or holds no such member.
    """
    try:
        with _member(archive, part.member) as found:
            yield found
    except KeyError as error:
        raise WeightsError(f"{archive.name!r} holds no {part.member!r}") from error
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError) as error:
        raise WeightsError(f"{archive.name!r} is damaged ({error})") from error


@contextlib.contextmanager
def _member(archive: Path, name: str) -> Iterator[tuple[IO[bytes], int]]:
    if archive.suffix == ".tgz":
        with tarfile.open(archive) as tar:
            entry = tar.getmember(name)
            member = tar.extractfile(entry) if entry.isfile() else None
            if member is None:
                raise KeyError(name)
            yield member, entry.size
    else:
        with zipfile.ZipFile(archive) as wheel, wheel.open(name) as member:
            yield member, wheel.getinfo(name).file_size


def installed(part: Part) -> Path | None:
    """Return the member where the package happens to be installed, of any version."""
    if part.package.registry != "pip":
        return None
    try:
        path = Path(str(metadata.distribution(part.package.name).locate_file(part.member)))
    except metadata.PackageNotFoundError:
        return None
    return path if path.is_file() else None


def archive_in(folder: Path, package: Package) -> Path | None:
    """Return the package's archive in a folder, or None."""
    if not folder.is_dir():
        return None
    if package.registry == "npm":
        start, suffix = (
            f"{package.name.removeprefix('@').replace('/', '-')}-{package.version}",
            ".tgz",
        )
    else:
        start, suffix = f"{package.name}-{package.version}-", ".whl"
    found = (p for p in sorted(folder.iterdir()) if p.suffix == suffix)
    return next((p for p in found if _plain(p.name).startswith(_plain(start))), None)


def _plain(name: str) -> str:
    """Return a name as registries compare them: case, dots and dashes do not count."""
    return re.sub(r"[-_.]+", "-", name).lower()


def download(package: Package, shelf: Path) -> Iterator[int]:
    """Bring a package's archive onto the shelf; yield how many bytes are here so far.

    A connection that breaks after it brought something is tried again.

    Raises:
        WeightsError: It cannot be had; with the client's own words.
    """
    work = shelf / f"{package}.part".replace("/", "-")
    for attempt in range(1, _TRIES + 1):
        shutil.rmtree(work, ignore_errors=True)
        (work / "tmp").mkdir(parents=True)
        brought = 0
        for so_far in _run(_command(package, work), work):
            brought = max(brought, so_far)
            yield brought
        archive = archive_in(work, package)
        if archive is not None:
            archive.replace(shelf / archive.name)
            shutil.rmtree(work, ignore_errors=True)
            return
        said = _last_words(work / "log")
        if not brought or attempt == _TRIES:
            break
    shutil.rmtree(work, ignore_errors=True)
    raise WeightsError(
        f"the package {str(package)!r} could not be downloaded: {said};"
        " check the connection and try again, what is already here is kept"
    )


def _run(command: list[str], work: Path) -> Iterator[int]:
    """Run the client to its end; yield the bytes in ``work``. A dropped iterator ends it."""
    ours = {"TMPDIR": str(work / "tmp"), "PIP_REQUIRE_VIRTUALENV": "0", "PYTHONSAFEPATH": "1"}
    with (work / "log").open("wb") as log:
        client = subprocess.Popen(
            command,
            cwd=work,
            env={**os.environ, **ours},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            while client.poll() is None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    client.wait(_TICK_S)
                yield _size_bytes(work)
        finally:
            client.terminate()
            client.wait()


def _size_bytes(work: Path) -> int:
    """Return the size of the largest file below: the archive, wherever the client keeps it."""
    largest = 0
    for folder, _, names in os.walk(work):
        for name in names:
            with contextlib.suppress(OSError):  # clients move their files about
                size = (Path(folder) / name).stat().st_size
                largest = max(largest, size if name != "log" else 0)
    return largest


def _last_words(log: Path) -> str:
    lines = [line.strip() for line in log.read_text("utf-8", "replace").splitlines()]
    for telling in ("connection", "error"):  # without one, pip ends with "no such version"
        if found := [line for line in lines if telling in line.lower()]:
            return found[-1].removeprefix("ERROR: ")[:300]
    return lines[-1][:300] if lines else "it said nothing"


def _command(package: Package, work: Path) -> list[str]:
    if package.registry == "npm":
        npm = shutil.which("npm")
        if npm is None:
            raise WeightsError(f"{str(package)!r} comes by npm, which is not installed here")
        quiet = ["--silent", "--ignore-scripts"]
        return [npm, "pack", *quiet, "--pack-destination", str(work), str(package)]
    quiet = ["--quiet", "--progress-bar", "off", "--disable-pip-version-check", "--no-input"]
    wheels = ["--no-deps", "--only-binary", ":all:", "--no-cache-dir", "--dest", str(work)]
    return [*_pip(), "download", *quiet, *wheels, str(package)]


@cache
def _pip() -> tuple[str, ...]:
    """Return how to start pip; an environment made without one borrows the system's.

    Raises:
        WeightsError: No Python on this machine has it.
    """
    folders = [Path(sys.base_prefix) / "bin", *map(Path, os.environ.get("PATH", "").split(":"))]
    names = (f"python{sys.version_info.major}.{sys.version_info.minor}", "python3", "python")
    pythons = [sys.executable, *(str(folder / name) for folder in folders for name in names)]
    for python in dict.fromkeys(pythons):
        if not (python and os.access(python, os.X_OK)):
            continue
        asked = subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False)
        if asked.returncode == 0:
            return (python, "-m", "pip")
    raise WeightsError(
        "weights are fetched with pip, and no Python here has it: install it"
        " (Debian: `apt install python3-pip`), or hand over a folder of wheels with --from"
    )
