"""One library, open once, for many askers at a time."""

from __future__ import annotations

import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from viewfinder.app.config import FILE_NAME
from viewfinder.app.intake.job import Whose as Whose
from viewfinder.app.library import Library


class Shared:
    """A library whose store and models are shared by everybody who asks through it.

    Every request takes a view of its own (``view``), on whatever thread it runs. A view costs
    some microseconds and must not be used by two threads at once; what views share (store,
    models, policy, keys, what was worked out for a scope) may be used by all of them.

    Where ``viewfinder.toml`` changes, views that are taken from then on go by it; where it
    has a mistake, there are none.
    """

    def __init__(self, library: Library) -> None:
        library._fittings.keeps_rankings = True  # noqa: SLF001 - one that is shared
        self._first = self._library = library
        self._settings = library.folder / FILE_NAME
        self._turn = threading.Lock()
        self._stamp = _stamp(self._settings)

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
        return self._first.folder

    def close(self) -> None:
        """Close the store; whoever still works with a view gets a ``StoreError``."""
        if self._library is not self._first:
            self._library.logbook.close()
        self._first.close()

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

        Raises:
            ConfigError: The settings, or the list of people, have a mistake.
        """
        library = self._current()
        return library.for_asker(name, purpose=purpose, case=case, override=override)

    def seen_by(self, whose: Whose) -> Library:
        """Return the library as somebody sees it for whom work is done later."""
        return self.view(whose.name, purpose=whose.purpose, case=whose.case)

    def _current(self) -> Library:
        stamp = _stamp(self._settings)
        if stamp != self._stamp:
            with self._turn:
                if stamp != self._stamp:
                    before, self._library = self._library, self._library.reread()
                    self._library._fittings.keeps_rankings = True  # noqa: SLF001
                    self._stamp = stamp
                    if before is not self._first:
                        before.logbook.close()
        return self._library


def _stamp(path: Path) -> tuple[int, ...]:
    """Return what changes when a file does; nothing where it is not there."""
    try:
        stat = path.stat()
    except OSError:
        return ()
    return stat.st_mtime_ns, stat.st_size, stat.st_ino
