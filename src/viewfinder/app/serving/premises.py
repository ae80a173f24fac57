"""Everything a server keeps open, as one value."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from viewfinder.app.serving.accounts import Accounts
from viewfinder.app.serving.playing import Playing
from viewfinder.app.serving.shared import Shared


@dataclass(frozen=True, slots=True)
class Premises:
    """What a server works with.

    Attributes:
        shared: The library, for many askers at a time.
        playing: What is played from it, and copies that browsers can play.
        accounts: Who may come in.
    """

    shared: Shared
    playing: Playing
    accounts: Accounts

    @classmethod
    def open(cls, folder: str | Path, *, create: bool = False) -> Premises:
        """Open everything over the library in ``folder``; errors as ``Library.open``."""
        shared = Shared.open(folder, create=create)
        return cls(shared, Playing(shared.folder), Accounts(shared.view()))

    def close(self) -> None:
        self.accounts.close()
        self.playing.close()
        self.shared.close()
