"""The worker's front door: one job in on stdin, answers out on stdout, then the end."""

from __future__ import annotations

import errno
import json
import os
import resource
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from viewfinder.ingest.worker import Unreadable

Do = Callable[[dict[str, Any]], Iterator[dict[str, Any]]]


def main(do: Do | None = None) -> int:
    """Answer one job with what ``do`` yields; what this room reads where none is given."""
    job = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _limit(job)
    try:
        for answer in (do or _do)(job):
            _say(answer)
    except Unreadable as refusal:
        _say({"error": str(refusal)})
    except MemoryError:
        _say({"error": "decoding it needs more memory than allowed; the file is damaged or huge"})
    except OSError as error:
        _say({"error": _in_words(error)})
    except Exception as error:  # whatever libav throws at damaged bytes, the parent must hear of it
        _say({"error": f"it could not be decoded ({type(error).__name__}: {error})"})
    return 0


def _do(job: dict[str, Any]) -> Iterator[dict[str, Any]]:
    from viewfinder.ingest.worker import look, run  # after the limits are set

    path = Path(job["path"])
    if job["do"] == "credentials":
        from viewfinder.ingest import credentials

        yield credentials.inspect(path)
    elif job["do"] == "look":
        yield look.look(path, job["limits"])
    else:
        yield from run.run(path, Path(job["spool"]), job)


def _limit(job: dict[str, Any]) -> None:
    limits = job["limits"]
    for kind, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_AS, limits["memory_bytes"]),
        (resource.RLIMIT_CPU, job["cpu_s"]),
        (resource.RLIMIT_FSIZE, limits["output_bytes"]),
        (resource.RLIMIT_NOFILE, 64),
    ):
        _, ceiling = resource.getrlimit(kind)
        if ceiling != resource.RLIM_INFINITY:
            most = min(most, ceiling)
        resource.setrlimit(kind, (most, most))


def _end_with_parent() -> None:
    while os.read(0, 1 << 16):
        pass
    os._exit(1)


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
    sys.stdout.buffer.flush()


def _in_words(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return "the disk is full; free some space and add it again"
    if error.errno == errno.EFBIG:
        return "decoding it writes more than allowed; the file is damaged or hostile"
    if error.errno == errno.ENOMEM:
        return "decoding it needs more memory than allowed; the file is damaged or huge"
    return f"it could not be decoded ({error.strerror or error})"


if __name__ == "__main__":
    sys.exit(main())
