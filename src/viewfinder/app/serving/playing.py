"""Gets footage to a player: the file as it is, or a copy that browsers can play.

A browser is given the file itself where it can play it and the asker may see all of it.
Where only the container is foreign, the streams are put into another, once (``whole``).
Else the stretch that is looked at is encoded, some seconds at a time (``parts``): so a film
of two hours is there at once and can be sought in, and what may not be seen is not in it.

Copies lie in ``playable`` in the library's folder, open as the originals beside them do,
each under the video and what was left out of it; the oldest go when there are too many, and
forgetting the video clears them. Media is hostile: what makes them runs in the sandbox.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO

from viewfinder.app.library import Library
from viewfinder.app.records.forgetting import COPIES
from viewfinder.app.serving.formats import Container, container_of, is_playable, media_type, moved
from viewfinder.app.viewing import Changed, Footage, Gone
from viewfinder.domain.errors import IngestError
from viewfinder.domain.media import MediaKind, VideoId
from viewfinder.domain.provenance import digest_of
from viewfinder.governance import forget
from viewfinder.ingest import sandbox
from viewfinder.ingest.probe import identify
from viewfinder.ingest.sandbox import Limits

PART_NS = 6_400_000_000
"""Length of a part: a whole number of AAC frames."""
_AHEAD = 8  # parts made in one go
_AT_ONCE = 2  # processes
_MOST_WAITING = 16
_WAIT_S = 120.0
_REMUXED_BYTES = 4 << 30
"""Files larger than this are not copied whole."""
_IDLE_S = 600.0
"""A playback that was idle for longer is another one."""
_MOST_PX = (1280, 720)
_COVERED_PX = (640, 360)
_RATE, _COVERED_RATE = 31, 11
"""Frames per second at most: of faster footage some are left out. Faces are looked for in each
frame that is shown, which is slow: such footage comes smaller, and fewer frames of it."""


class Way(StrEnum):
    """How a video gets to a player."""

    FILE = "file"  # as it is, in ranges
    WHOLE = "whole"  # a copy in another container, in ranges, once it is made
    PARTS = "parts"  # encoded, some seconds at a time
    NONE = "none"  # not at all


class Busy(Exception):
    """Too many copies are being made; ask again in a while."""


class NotPlayable(Exception):
    """Nothing of a video can be played for this asker; says why."""


@dataclass(frozen=True, slots=True)
class Playback:
    """How a player gets a video.

    Attributes:
        way: How.
        media_type: Of what it gets.
        ready: Whether it can begin; else ask again.
        share: How much of the copy is made, from 0 to 1.
        parts: How many parts there are.
        why: What is left out, or why nothing can be played; "" where all is as it is.
    """

    way: Way
    media_type: str = ""
    ready: bool = True
    share: float = 1.0
    parts: int = 0
    why: str = ""


@dataclass
class _Run:
    """A process at work on some parts of a video, or on all of it."""

    folder: Path
    first: int
    count: int
    reached: int = -1
    share: float = 0.0
    waiting: int = 0
    error: str = ""
    over: bool = False
    cancelled: threading.Event = field(default_factory=threading.Event)

    def will_make(self, number: int) -> bool:
        live = not self.over and not self.cancelled.is_set()
        return live and self.first <= number < self.first + self.count


class Playing:
    """What is being played from one library. Safe for many threads."""

    def __init__(self, folder: Path, *, most_bytes: int = 8 << 30) -> None:
        """Args:
        folder: Of the library.
        most_bytes: How much room copies may take.
        """
        self._home, self._most_bytes = folder / COPIES, most_bytes
        self._changed = threading.Condition()
        self._runs: list[_Run] = []
        self._seen: OrderedDict[tuple[str, ...], float] = OrderedDict()
        self._verified: dict[VideoId, str] = {}
        self._is_closed = False

    def close(self) -> None:
        """End what is at work."""
        with self._changed:
            self._is_closed = True
            for run in self._runs:
                run.cancelled.set()
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._runs, 10)

    def begin(self, library: Library, footage: Footage, who: tuple[str, ...]) -> None:
        """Write one line in the log for each playback, not for each piece of it.

        Args:
            library: As the asker sees it.
            footage: What they play.
            who: Who asks and what for; whoever asks again within ten minutes still plays.
        """
        key, now = (*who, footage.video.id), time.monotonic()
        with self._changed:
            last = self._seen.get(key)
            fresh = last is None or now - last > _IDLE_S
        if fresh:
            library.viewing.begun(footage)  # raises where it cannot be written
        with self._changed:
            self._seen[key] = now
            self._seen.move_to_end(key)
            while len(self._seen) > 10_000:
                self._seen.popitem(last=False)

    # -- the file itself ----------------------------------------------------------------

    def original(self, footage: Footage) -> BinaryIO:
        """Return the file of a video, open, once it is sure that it is that file.

        Raises:
            Gone: It has none, or it is not there.
            Changed: It is another file by now.
        """
        video = footage.video
        if video.kind is MediaKind.OFFLINE:
            raise Gone(f"{video.name!r} is a transcript; its picture and sound are not here")
        try:
            file = footage.path.open("rb")
        except OSError:
            raise Gone(f"the file of {video.name!r} is not where it was; add it again") from None
        stands = os.fstat(file.fileno())
        mark = f"{stands.st_size}:{stands.st_mtime_ns}"
        if mark not in (video.seen_as, self._verified.get(video.id)):
            same_size = not video.size_bytes or stands.st_size == video.size_bytes
            if not same_size or not self._is_still(footage):
                file.close()
                raise Changed(f"the file of {video.name!r} is another one by now; add it again")
            self._verified[video.id] = mark
        return file

    def _is_still(self, footage: Footage) -> bool:
        try:
            return identify(footage.path) == footage.video.id
        except IngestError:
            return False

    def media_type(self, footage: Footage, form: str) -> str:
        """Return what to call the file, or the whole copy of it, over HTTP."""
        if form == "whole":
            return _whole_type(footage, moved(footage.video) or "mp4")
        with footage.path.open("rb") as file:
            return media_type(footage.video, container_of(file.read(4096)))

    # -- how ------------------------------------------------------------------------------

    def playback(self, footage: Footage, *, refused: bool = False) -> Playback:
        """Return how a player gets a video; begins what has to be made first.

        Args:
            footage: What may be played.
            refused: The player tried the file itself and could not.

        Raises:
            Gone: As ``original``.
            Changed: As ``original``.
        """
        with self.original(footage) as file:
            kind = container_of(file.read(4096))
        way = Way.PARTS if refused else self.way(footage, kind)
        if way is Way.FILE:
            return Playback(way, media_type(footage.video, kind))
        if way is Way.WHOLE:
            return self._whole_state(footage, moved(footage.video) or "mp4")
        shown = self.shown(footage)
        if not any(shown):
            return Playback(Way.NONE, ready=False, why=_nothing(footage))
        count = -(-footage.video.duration_ns // PART_NS)
        kind_of = "video/mp4" if shown[0] else "audio/mp4"
        codecs = ",".join(
            c for c, has in zip(("avc1.4d401f", "mp4a.40.2"), shown, strict=True) if has
        )
        return Playback(way, f'{kind_of}; codecs="{codecs}"', parts=count, why=_left_out(footage))

    def way(self, footage: Footage, kind: Container | None) -> Way:
        if not footage.is_whole:
            return Way.PARTS
        if is_playable(footage.video, kind):
            return Way.FILE
        small = footage.video.size_bytes <= _REMUXED_BYTES
        if small and kind is not None and moved(footage.video) and not self._failed(footage):
            return Way.WHOLE
        return Way.PARTS

    def shown(self, footage: Footage) -> tuple[bool, bool]:
        """Return whether a part has picture, and sound."""
        video = footage.video
        has_picture = video.kind is MediaKind.VIDEO and footage.picture
        return has_picture, video.has("audio")

    # -- a copy of all of it -----------------------------------------------------------------

    def whole(self, footage: Footage) -> Path | None:
        """Return the copy in another container; None where it is not made (yet)."""
        kind = moved(footage.video)
        if kind is None or not footage.is_whole:
            return None
        made = self._folder(footage) / f"whole.{kind}"
        return made if _touched(made) else None

    def _whole_state(self, footage: Footage, kind: str) -> Playback:
        shown = _whole_type(footage, kind)
        if self.whole(footage) is not None:
            return Playback(Way.WHOLE, shown)
        folder = self._folder(footage)
        with self._changed:
            run = next((r for r in self._runs if r.folder == folder and r.count == 0), None)
            if run is None:
                run = self._started(footage, _Run(folder, 0, 0), {"do": "whole", "kind": kind})
            return Playback(Way.WHOLE, shown, ready=False, share=run.share)

    def _failed(self, footage: Footage) -> bool:
        return (self._folder(footage) / "failed").exists()

    # -- parts of it -------------------------------------------------------------------------

    def part(self, footage: Footage, number: int) -> Path:
        """Return a part as a file; waits until it is made.

        Raises:
            Gone: As ``original``; Changed: as there.
            NotPlayable: Nothing of it may be played, there is no such part, or it cannot be
                decoded.
            Busy: Too many are being made.
        """
        self.original(footage).close()
        if not any(self.shown(footage)):
            raise NotPlayable(_nothing(footage))
        if not 0 <= number * PART_NS < footage.video.duration_ns:
            raise NotPlayable("there is no such part")
        folder = self._folder(footage)
        made = folder / f"{number}.mp4"
        if _touched(made):
            return made
        with self._changed:
            run = self._run_for(footage, folder, number)
            run.waiting += 1
            try:
                self._changed.wait_for(
                    lambda: run.over or run.reached >= number or made.exists(), _WAIT_S
                )
            finally:
                run.waiting -= 1
        if not made.exists():
            raise NotPlayable(run.error or "it could not be converted in time; try again")
        return made

    def _run_for(self, footage: Footage, folder: Path, number: int) -> _Run:
        if sum(run.waiting for run in self._runs) >= _MOST_WAITING:
            raise Busy
        for run in self._runs:
            if run.folder == folder and run.will_make(number) and number <= run.reached + _AHEAD:
                return run
        count = next(
            (k for k in range(1, _AHEAD) if (folder / f"{number + k}.mp4").exists()), _AHEAD
        )
        job = {"do": "parts", "first": number, "count": count}
        return self._started(footage, _Run(folder, number, count, number - 1), job)

    def drop(self, video: VideoId) -> None:
        """Clear what was made of a video that was forgotten while it was made."""
        with self._changed:
            mine = [run for run in self._runs if run.folder.name.startswith(video)]
            for run in mine:
                run.cancelled.set()
            self._changed.wait_for(lambda: all(run.over for run in mine), _WAIT_S)
        forget.clear(self._home, video)

    # -- work --------------------------------------------------------------------------------

    def _started(self, footage: Footage, run: _Run, job: dict[str, Any]) -> _Run:
        """Begin a run once there is room for it; whoever nobody waits for makes room."""
        if not self._changed.wait_for(self._has_room, _WAIT_S) or self._is_closed:
            raise Busy
        run.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._runs.append(run)
        threading.Thread(
            target=self._work, args=(footage, run, job), name="playable", daemon=True
        ).start()
        return run

    def _has_room(self) -> bool:
        if self._is_closed or len(self._runs) < _AT_ONCE:
            return True
        for run in self._runs:
            if run.count and not run.waiting:
                run.cancelled.set()
        return False

    def _work(self, footage: Footage, run: _Run, job: dict[str, Any]) -> None:
        try:
            with self._working(run):
                for answer in self._answers(footage, run, job):
                    if run.cancelled.is_set():
                        break
                    with self._changed:
                        run.reached = int(answer.get("part", run.reached))
                        whole_ns = max(1, footage.video.duration_ns)
                        run.share = min(1.0, int(answer.get("at_ns", 0)) / whole_ns)
                        self._changed.notify_all()
        except (IngestError, OSError) as error:
            run.error = str(error)
            if not run.count and run.folder.is_dir():
                (run.folder / "failed").touch()
        finally:
            with self._changed:
                run.over = True
                self._runs.remove(run)
                self._changed.notify_all()
        self._make_room()

    @contextmanager
    def _working(self, run: _Run) -> Iterator[None]:
        try:
            yield
        finally:
            for left in run.folder.glob("*.new"):
                left.unlink(missing_ok=True)

    def _answers(
        self, footage: Footage, run: _Run, job: dict[str, Any]
    ) -> Iterator[dict[str, Any]]:
        video = footage.video
        told = {
            **job,
            "path": str(footage.path.absolute()),
            "folder": str(run.folder.absolute()),
            "duration_ns": video.duration_ns,
            "shut": [(span.start_ns, span.end_ns) for span in footage.shut],
            "picture": footage.picture and video.kind is MediaKind.VIDEO,
            "most": _COVERED_PX if footage.covering else _MOST_PX,
            "fastest": _COVERED_RATE if footage.covering else _RATE,
            "cover": asdict(footage.covering) if footage.covering else None,
        }
        limits = Limits(memory_bytes=footage.memory_bytes, stall_s=60.0)
        length_s = run.count * PART_NS / 1e9 + 60 if run.count else video.duration_ns / 1e9
        return sandbox.work(told, limits=limits, media_s=length_s, worker=sandbox.PLAYS)

    # -- where copies lie -----------------------------------------------------------------------

    def _folder(self, footage: Footage) -> Path:
        """Return where copies lie that leave out what this asker may not see, and no other."""
        left_out = (
            [(span.start_ns, span.end_ns) for span in footage.shut],
            footage.picture,
            footage.covering.by if footage.covering else "",
        )
        return self._home / f"{footage.video.id}-{digest_of(repr(left_out))[:16]}"

    def _make_room(self) -> None:
        """Let go of the copies that were not looked at for longest, beyond what is allowed."""
        with self._changed:
            busy = {run.folder for run in self._runs}
        try:
            kept = sorted(
                (p for p in self._home.iterdir() if p.is_dir()), key=lambda p: p.stat().st_mtime
            )
            sizes = {p: sum(f.stat().st_size for f in p.iterdir()) for p in kept}
            over = sum(sizes.values()) - self._most_bytes
            for path in kept:
                if over <= 0:
                    break
                if path not in busy:
                    over -= sizes[path]
                    for file in path.iterdir():
                        forget.overwrite(file)
                    shutil.rmtree(path)
        except OSError:
            pass  # somebody forgot a video meanwhile; the next run looks again


def _whole_type(footage: Footage, kind: str) -> str:
    return f"{'video' if footage.video.kind is MediaKind.VIDEO else 'audio'}/{kind}"


def _touched(made: Path) -> bool:
    """Tell whether a copy is there, and note that it is looked at."""
    try:
        os.utime(made.parent)
        return made.is_file()
    except OSError:
        return False


def _nothing(footage: Footage) -> str:
    if not footage.picture and footage.video.kind is MediaKind.VIDEO:
        return "Its picture may not be shown here, and it has no sound."
    return "It holds neither picture nor sound."


def _left_out(footage: Footage) -> str:
    said = []
    if footage.shut:
        said.append("Parts of it are not shown: there it is black and silent.")
    if not footage.picture and footage.video.kind is MediaKind.VIDEO:
        said.append("Its picture is not shown; you can listen.")
    if footage.covering is not None:
        said.append("Faces are covered.")
    return " ".join(said)
