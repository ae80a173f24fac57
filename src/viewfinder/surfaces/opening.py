"""Opens the library for a command, for whoever the command line says is asking."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from viewfinder.app.library import Library

ASKER = "viewfinder.asker"


@dataclass(frozen=True, slots=True)
class Asker:
    """``--as``, ``--purpose`` and ``--case`` as given."""

    name: str | None = None
    purpose: str | None = None
    case: str | None = None


def library(folder: Path, *, create: bool = False, read_only: bool = False) -> Library:
    """Return the library in ``folder``, opened for the asker of the running command."""
    asker: Asker = click.get_current_context().find_root().meta.get(ASKER, Asker())
    return Library.open(
        folder,
        create=create,
        read_only=read_only,
        principal=asker.name,
        purpose=asker.purpose,
        case=asker.case,
    )
