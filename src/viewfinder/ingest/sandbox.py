"""Media is hostile: whatever touches its bytes runs in a process of its own, on a leash.

The worker (``viewfinder.ingest.worker``) gets a job as one line of JSON, answers with
lines of JSON, and is bounded in memory, processor time, open files and bytes written. It
ends when its parent does: it holds the read end of a pipe that closes with the parent.
It sees none of the parent's environment but what an interpreter needs to start.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import IO, Any

from viewfinder.domain.errors import DecodeError

LINE_BYTES = 64 << 20
READS = "viewfinder.ingest.worker"
CUTS = "viewfinder.ingest.cutting"
PLAYS = "viewfinder.ingest.playback"
"""The rooms that a job may be for: reading media, writing parts of it anew, copies to play."""
_KEPT_VARIABLES = (
    "PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "PYTHONPATH", "PYTHONHOME",
    "VIRTUAL_ENV", "LD_LIBRARY_PATH", "COVERAGE_PROCESS_START",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost before it is given up.

    Attributes:
        memory_bytes: Address space of the worker.
        cpu_base_s: CPU seconds for opening, whatever the length.
        cpu_s_per_media_s: CPU seconds more for each second of footage (8K AV1 on a slow
            core takes about five).
        stall_s: Seconds on the clock without a sign of life.
        output_bytes: Largest file it may write.
        media_s: Longest footage that is believed; a header that claims more is not.
        frame_px: Most pixels of a frame (8K is 33 million).
        threads: Decoder threads.
    """

    memory_bytes: int = 2 << 30
    cpu_base_s: int = 60
    cpu_s_per_media_s: float = 20.0
    stall_s: float = 180.0
    output_bytes: int = 16 << 30
    media_s: int = 48 * 3600
    frame_px: int = 50_000_000
    threads: int = 2

    def cpu_s(self, media_s: float) -> int:
        """Return the CPU seconds for footage of this length."""
        return self.cpu_base_s + int(self.cpu_s_per_media_s * min(media_s, self.media_s))


DEFAULT = Limits()


def work(
    job: dict[str, Any], *, limits: Limits, media_s: float = 0.0, worker: str = READS
) -> Iterator[dict[str, Any]]:
    """Run one job in a worker and yield its answers as they come.

    Closing the generator ends the worker. ``worker`` is the room that the job is for.

    Raises:
        DecodeError: The worker refused, crashed, fell silent or hit a limit. The message
            does not name the file: the caller knows it.
    """
    request = {**job, "limits": asdict(limits), "cpu_s": limits.cpu_s(media_s)}
    with tempfile.TemporaryFile() as complaints, _start(complaints, worker) as process:
        try:
            yield from _converse(process, request, limits)
            process.wait(limits.stall_s)
        except subprocess.TimeoutExpired:
            raise DecodeError(_silent(limits)) from None
        finally:
            process.kill()
        if process.returncode:
            raise DecodeError(_cause_of_death(process.returncode, complaints, request["cpu_s"]))


def _start(complaints: IO[bytes], worker: str) -> subprocess.Popen[bytes]:
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    # Each arena and each idle thread of a numeric library reserves address space.
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return subprocess.Popen(
        # -P: a file named av.py in the current folder must not be run.
        [sys.executable, "-P", "-m", worker],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=complaints,
        env={**kept, **one_thread, "MALLOC_ARENA_MAX": "2", "PYTHONIOENCODING": "utf-8"},
        start_new_session=True,  # Ctrl-C goes to the parent, which ends the worker
    )


def _converse(
    process: subprocess.Popen[bytes], request: dict[str, Any], limits: Limits
) -> Iterator[dict[str, Any]]:
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(request).encode() + b"\n")
        process.stdin.flush()  # and left open: its end is how the worker knows of ours
    except BrokenPipeError:
        return  # it died at birth; its return code says why
    for line in _lines(process.stdout, limits):
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise DecodeError(str(answer["error"]))
        yield answer


def _lines(stdout: IO[bytes], limits: Limits) -> Iterator[bytes]:
    pending = b""
    deadline_s = time.monotonic() + limits.stall_s
    while True:
        ready, _, _ = select.select([stdout], [], [], max(0.0, deadline_s - time.monotonic()))
        if not ready:
            raise DecodeError(_silent(limits))
        block = os.read(stdout.fileno(), 1 << 16)
        if not block:
            return
        pending += block
        *complete, pending = pending.split(b"\n")
        if len(pending) > LINE_BYTES:
            raise DecodeError("the decoder's answer never ends; the file is damaged or hostile")
        yield from complete
        deadline_s = time.monotonic() + limits.stall_s


def _silent(limits: Limits) -> str:
    return (
        f"the decoder gave no sign of life for {limits.stall_s:.0f} s and was stopped; "
        "the file is damaged or its disk does not answer"
    )


def _cause_of_death(code: int, complaints: IO[bytes], cpu_s: int) -> str:
    if code in (-signal.SIGXCPU, -signal.SIGKILL):
        return f"decoding took more than {cpu_s} CPU seconds or was killed; the file is damaged"
    if code < 0:
        return f"the decoder crashed ({signal.Signals(-code).name}); the file is damaged or hostile"
    complaints.seek(max(0, complaints.seek(0, os.SEEK_END) - 2000))
    last = complaints.read().decode(errors="replace").strip().rsplit("\n", 1)[-1]
    return f"the decoder could not run: {last or f'exit code {code}'}"
