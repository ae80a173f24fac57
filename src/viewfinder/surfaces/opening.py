"""Opens the library for a command, for whoever the command line says is asking."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click

from viewfinder.app.library import Library, Refused
from viewfinder.domain.errors import StoreError

ASKER = "viewfinder.asker"


@dataclass(frozen=True, slots=True)
class Asker:
    """``--as``, ``--purpose``, ``--case`` and ``--override`` as given."""

    name: str | None = None
    purpose: str | None = None
    case: str | None = None
    override: int | None = None


def library(folder: Path, *, create: bool = False, read_only: bool = False) -> Library:
    """Return the library in ``folder``, opened for the asker of the running command.

    Raises:
        Refused: They have no part in it.
    """
    asker: Asker = click.get_current_context().find_root().meta.get(ASKER, Asker())
    opened = Library.open(
        folder,
        create=create,
        read_only=read_only,
        principal=asker.name,
        purpose=asker.purpose,
        case=asker.case,
        override=asker.override,
    )
    try:
        opened.enter()
    except Refused:
        opened.close()
        if read_only:  # refused again, where the log can have its line
            with suppress(StoreError):
                library(folder)
        raise
    return opened


def with_library(*, read_only: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Open the library for a command and close it after."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @click.pass_obj
        @wraps(command)
        def opened(folder: Path, *args: Any, **kwargs: Any) -> Any:
            with library(folder, read_only=read_only) as there:
                return command(there, *args, **kwargs)

        return opened

    return decorate


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--json`` to a command."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")(command)
