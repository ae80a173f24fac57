"""Everything a server keeps open, as one value."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from viewfinder.app.serving.shared import Shared


@dataclass(frozen=True, slots=True)
class Premises:
    """What a server works with.

    Attributes:
        shared: The library, for many askers at a time.
    """

    shared: Shared

    @classmethod
    def open(cls, folder: str | Path, *, create: bool = False) -> Premises:
        """Open everything over the library in ``folder``; errors as ``Library.open``."""
        return cls(Shared.open(folder, create=create))

    def close(self) -> None:
        self.shared.close()
