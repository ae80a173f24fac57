"""Starts the process that holds the model, keeps it, and ends it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import weakref
from pathlib import Path
from typing import IO

from viewfinder.domain.errors import PluginUnavailable

_KEPT_VARIABLES = (
    "PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "PYTHONPATH", "PYTHONHOME",
    "VIRTUAL_ENV", "LD_LIBRARY_PATH",
)  # fmt: skip
_SOCKET = "m.sock"
"""The ending tells the library that it is a file and no host."""
_SOCKET_PATH_BYTES = 100
"""The system allows 107."""


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0))


class Line(http.client.HTTPConnection):
    """HTTP over a socket file."""

    def __init__(self, path: str, timeout_s: float) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Keeper:
    """One model in one process: started when first needed, again when it died."""

    def __init__(self, model: Path, threads: int, context_tokens: int) -> None:
        self._model, self._threads, self._context_tokens = model, threads, context_tokens
        self._key = secrets.token_hex(32)
        self._process: subprocess.Popen[bytes] | None = None
        self._folder = Path()
        self._complaints: IO[bytes] | None = None
        self._end: weakref.finalize[..., Keeper] | None = None

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}

    @property
    def pid(self) -> int | None:
        """Return the number of the process, None where none runs."""
        running = self._process is not None and self._process.poll() is None
        return self._process.pid if self._process and running else None

    def connection(self, timeout_s: float) -> Line:
        return Line(str(self._folder / _SOCKET), timeout_s)

    def start(self) -> None:
        """Load the model unless it is there.

        Raises:
            PluginUnavailable: The file is no model, or there is too little memory.
        """
        if self.pid is not None:
            return
        self.stop()
        self._folder = _private_folder()
        self._complaints = (self._folder / "log").open("w+b")
        self._process = process = _started(self._complaints)
        self._end = weakref.finalize(self, _ended, process, self._folder)
        assert process.stdin is not None
        assert process.stdout is not None
        with contextlib.suppress(BrokenPipeError):  # it died at birth; the log says why
            process.stdin.write(json.dumps(self._settings()).encode() + b"\n")
            process.stdin.flush()  # and left open: its end is how the process knows of ours
        if process.stdout.readline() != b"ready\n":
            process.wait()
            why = self.epitaph()
            self.stop()
            raise PluginUnavailable(
                f"the model {str(self._model)!r} cannot be loaded: {why};"
                f" `viewfinder models fetch {self._model.parent.name}` fetches it anew"
            )

    def _settings(self) -> dict[str, object]:
        return {
            "model": str(self._model),
            "threads": self._threads,
            "context_tokens": self._context_tokens,
            "socket": str(self._folder / _SOCKET),
            "key": self._key,
        }

    def stop(self) -> None:
        if self._end is not None:
            self._end()
        if self._complaints is not None:
            self._complaints.close()
        self._process, self._complaints, self._end = None, None, None

    def epitaph(self) -> str:
        """Return why the process ended, in a few words."""
        if self._process is None:
            return "it was closed"
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(2)  # the socket closes a little before the process is gone
        code = self._process.returncode
        if code is None:
            return "it broke off the conversation"
        if code == -signal.SIGKILL:
            return "it was killed, perhaps for want of memory"
        if code < 0:
            return f"it crashed ({signal.Signals(-code).name})"
        return _cause(self._complaints) or f"exit code {code}"


def _private_folder() -> Path:
    """Return a new folder that only its owner can enter, with a short name."""
    folder = Path(tempfile.mkdtemp(prefix="viewfinder-"))
    if len(os.fsencode(folder / _SOCKET)) > _SOCKET_PATH_BYTES:
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix="viewfinder-", dir="/tmp"))
    return folder


def _started(complaints: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        # -P: a file of the library's name in the current folder must not be run.
        [sys.executable, "-P", "-m", "viewfinder.adapters.models.gguf.server"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=complaints,
        env={name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ},
        start_new_session=True,  # Ctrl-C goes to the parent, which closes the reply
    )


def _ended(process: subprocess.Popen[bytes], folder: Path) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    shutil.rmtree(folder, ignore_errors=True)


def _cause(complaints: IO[bytes] | None) -> str:
    if complaints is None or complaints.closed:
        return ""
    complaints.seek(0)
    lines = complaints.read(1 << 20).decode("utf-8", "replace").strip().splitlines()
    telling = [line for line in lines if "error" in line.lower()] or lines[-1:]
    return telling[0].strip()[:300] if telling else ""  # the first one is the cause
