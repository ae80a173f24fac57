"""What it takes to open a library: its folder, its settings, and who decides in it."""

from __future__ import annotations

import os
from pathlib import Path

from viewfinder.app import plugins, register
from viewfinder.app.config import Config
from viewfinder.domain.errors import StoreError
from viewfinder.ports import PolicyEngine


def home(folder: str | Path, *, create: bool, read_only: bool) -> Path:
    """Return the folder of a library, made where it may be.

    Raises:
        StoreError: There is none, or it cannot be made or written to.
    """
    path = Path(folder).expanduser().absolute()
    if not create and not (path / "library.sqlite").is_file():
        raise StoreError(f"no library in {str(path)!r}; `viewfinder add FILE...` makes one")
    if create:
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"cannot make {str(path)!r}: {error.strerror}") from error
    if not (read_only or os.access(path, os.W_OK)):
        raise StoreError(
            f"{str(path)!r} cannot be written to, and each question is logged before it is "
            "answered; get the right to write there, or copy the library elsewhere"
        )
    return path


def policy(config: Config, folder: Path) -> PolicyEngine:
    """Return who decides in a library.

    Raises:
        PolicyError: A policy has a mistake.
    """
    settings: dict[str, object] = {}
    if config.policy != register.UNGOVERNED:
        settings["folder"] = folder / register.FOLDER
        settings["profile"] = register.read(folder).profile
    engine: PolicyEngine = plugins.build("policies", config.policy, **settings)
    return engine
