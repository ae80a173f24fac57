"""Watch folders: what comes to lie in them is added once it has not changed for a while.

Folders are looked through again and again; no service of the operating system is needed, so
network drives work as well. A file that was renamed is no second copy: ``add`` knows it by
its bytes.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from viewfinder.app.entry.gate import Refused
from viewfinder.app.intake import sources
from viewfinder.app.intake.job import ENDS, Whose
from viewfinder.app.serving.jobs import Jobs
from viewfinder.app.serving.shared import Shared
from viewfinder.domain.errors import ViewfinderError

LOOK_S = 5.0
"""Between looks through the folders."""

_log = logging.getLogger(__name__)
_Mark = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Watched:
    """How a watch folder stands.

    Attributes:
        folder: Which.
        waiting: Files that may still be written.
        error: Why it cannot be looked through; "" where it can.
    """

    folder: str
    waiting: int = 0
    error: str = ""


class Watching:
    """Looks through folders, on a thread of its own."""

    def __init__(
        self,
        shared: Shared,
        jobs: Jobs,
        folders: Sequence[str | Path],
        *,
        stable_s: float = 10.0,
        look_s: float = LOOK_S,
        whose: Whose | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin to watch; without folders there is no thread.

        Args:
            shared: The library.
            jobs: What adds the files.
            folders: Which, with all that is in them.
            stable_s: Size and time of a file must stay so long.
            look_s: Between looks, in seconds.
            whose: For whom files are added; None for who keeps the library.
            clock: Seconds that only go forward.
        """
        self._shared, self._jobs = shared, jobs
        self._folders = [Path(folder).expanduser().absolute() for folder in folders]
        self._stable_s, self._look_s, self._clock = stable_s, look_s, clock
        self._whose = whose or Whose()
        self._seen: dict[str, tuple[_Mark, float]] = {}
        self._done: dict[str, _Mark] = {}
        self._own: set[str] = set()
        self._told: set[str] = set()
        self._standing = {str(f): Watched(str(f)) for f in self._folders}
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        if self._folders:
            name = "viewfinder-watch"
            self._thread = threading.Thread(target=self._work, name=name, daemon=True)
            self._thread.start()

    def standing(self) -> list[Watched]:
        """Return how each folder stands."""
        return list(self._standing.values())

    def close(self, wait_s: float = 2.0) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join(wait_s)

    def _work(self) -> None:
        while not self._ended.is_set():
            try:
                self.look()
            except (ViewfinderError, Refused, OSError) as error:
                self._tell(f"watch folders: {error}")
            self._ended.wait(self._look_s)

    def look(self) -> None:
        """Look through all folders once; hand in what has been still for long enough."""
        known = {v.path: v.seen_as for v in self._shared.seen_by(self._whose).videos()}
        still: list[str] = []
        for folder in self._folders:
            found, waiting = self._inside(folder, known)
            still += found
            self._standing[str(folder)] = waiting
        if still and not self._ended.is_set():
            job = self._jobs.submit(still, self._whose, anywhere=True)
            self._own.add(job.id)
        self._tell_errors()

    def _inside(self, folder: Path, known: dict[str, str]) -> tuple[list[str], Watched]:
        try:
            if not folder.is_dir():
                raise FileNotFoundError("it is not there")
            paths = [source.path for source in sources.expand([folder])]
        except (OSError, ViewfinderError) as error:
            self._tell(f"watch folder {str(folder)!r}: {error}")
            return [], Watched(str(folder), error=str(error))
        now, still, waiting = self._clock(), list[str](), 0
        for path in paths:
            try:
                stat = path.stat()
            except OSError:
                continue  # it went away again
            name, mark = str(path), (stat.st_size, stat.st_mtime_ns)
            if self._done.get(name) == mark or known.get(name) == f"{mark[0]}:{mark[1]}":
                continue
            before, since = self._seen.get(name, (None, now))
            if before != mark:
                self._seen[name] = mark, now
                since = now
            if now - since < self._stable_s:
                waiting += 1
                continue
            self._done[name] = mark
            self._seen.pop(name, None)
            still.append(name)
        return still, Watched(str(folder), waiting)

    def _tell_errors(self) -> None:
        """Tell of each file that failed, once."""
        for job in [job for job in self._jobs.list(self._whose) if job.id in self._own]:
            if job.state in ENDS:
                self._own.discard(job.id)
                for file in job.files:
                    if file.error:
                        self._tell(f"{file.path}: {file.error}")

    def _tell(self, what: str) -> None:
        if what not in self._told:
            self._told.add(what)
            _log.warning("%s", what)
