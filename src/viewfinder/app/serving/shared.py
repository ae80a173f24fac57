"""One library, open once, for many askers at a time."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from viewfinder.app.library import Library


class Shared:
    """A library whose store and models are shared by everybody who asks through it.

    Every request takes a view of its own (``view``), on whatever thread it runs; what views
    share takes turns by itself.
    """

    def __init__(self, library: Library) -> None:
        self._library = library

    @classmethod
    def open(cls, folder: str | Path, *, create: bool = False) -> Shared:
        """Open the library in ``folder``; errors as ``Library.open``."""
        return cls(Library.open(folder, create=create))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def folder(self) -> Path:
        return self._library.folder

    def close(self) -> None:
        self._library.close()

    def view(
        self,
        name: str | None = None,
        *,
        purpose: str | None = None,
        case: str | None = None,
        override: int | None = None,
    ) -> Library:
        """Return the library as one asker sees it; for one request, on one thread.

        Args:
            name: Who asks, looked up among the library's people; None for its owner, in a
                governed library for the user who runs the server.
            purpose: What for: a name looked up among the declared purposes.
            case: Case or story reference.
            override: Number of a request that a second person said yes to; used up by this.
        """
        return self._library.for_asker(name, purpose=purpose, case=case, override=override)
