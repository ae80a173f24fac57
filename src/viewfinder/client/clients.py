"""The two clients: every call of the API, and what takes several."""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

from viewfinder.client import steps
from viewfinder.client.awaiting import AsyncCalls
from viewfinder.client.operations import media
from viewfinder.client.request import UNSET, Json, Request
from viewfinder.client.senders import LOST
from viewfinder.client.waiting import Calls

Show = Callable[[int], object]


def _uploaded(path: Path, name: str, resume: str, show: Show | None) -> Generator[Any, Any, Json]:
    with path.open("rb") as file:
        size = path.stat().st_size
        made: Json = yield from steps.upload(
            file, size, name or path.name, lost=LOST, resume=resume, show=show
        )
        return made


def _media(video: str, to: str | Path) -> Generator[Any, Any, Path]:
    return steps.download(media.get_media(video), Path(to))


class Client(Calls):
    """Waits for each reply; see ``Sender`` for how one is made."""

    def upload(
        self, path: str | Path, *, name: str = "", resume: str = "", show: Show | None = None
    ) -> Json:
        """Send a file to the library, piece by piece; it goes on where a connection broke.

        Args:
            path: Of the file here.
            name: What the video is called; the name of the file where empty.
            resume: ``upload`` of one that was begun earlier and not finished.
            show: Called with the bytes that the server has.

        Returns:
            ``upload``, and ``job`` and ``video`` where the server names them.
        """
        return self.run(_uploaded(Path(path), name, resume, show))

    def download_media(self, video: str, to: str | Path) -> Path:
        """Write the bytes of a video to a file, range by range; a broken one is gone on with."""
        return self.run(_media(video, to))

    def every(self, build: Callable[..., Request[Json]], rows: str, **told: Any) -> list[Json]:
        """Return the rows of all pages of a list.

        Args:
            build: A function of ``viewfinder.client.operations`` that takes a cursor.
            rows: Under which name a page has its rows.
            told: What else to ask with.
        """
        return self.run(steps.pages(lambda at: build(cursor=at or UNSET, **told), rows))


class AsyncClient(AsyncCalls):
    """Is awaited; the same calls as ``Client``."""

    async def upload(
        self, path: str | Path, *, name: str = "", resume: str = "", show: Show | None = None
    ) -> Json:
        """Send a file to the library; as ``Client.upload``."""
        return await self.run(_uploaded(Path(path), name, resume, show))

    async def download_media(self, video: str, to: str | Path) -> Path:
        """Write the bytes of a video to a file; as ``Client.download_media``."""
        return await self.run(_media(video, to))

    async def every(
        self, build: Callable[..., Request[Json]], rows: str, **told: Any
    ) -> list[Json]:
        """Return the rows of all pages of a list; as ``Client.every``."""
        return await self.run(steps.pages(lambda at: build(cursor=at or UNSET, **told), rows))
