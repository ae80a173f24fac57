"""What it takes to open a library: its folder, its settings, and who decides in it."""

from __future__ import annotations

import os
from dataclasses import fields
from pathlib import Path

from viewfinder.app import plugins
from viewfinder.app.config import Config
from viewfinder.app.entry import register
from viewfinder.domain.errors import StoreError
from viewfinder.governance.secrets.keys import DATA_FILE, Keyring, master_key
from viewfinder.governance.secrets.vault import KeyedVault
from viewfinder.ports import PolicyEngine, Store


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


def store(config: Config, folder: Path, *, read_only: bool) -> Store:
    """Return where everything is kept, encrypted unless the settings say otherwise."""
    settings: dict[str, object] = {"folder": folder, "read_only": read_only}
    known = {field.name for field in fields(plugins.find("stores", config.store).config)}
    if "vault" in known and config.keys.encrypt:
        settings["vault"] = KeyedVault(lambda: keyring(config, folder))
    made: Store = plugins.build("stores", config.store, **settings)
    return made


def keyring(config: Config, folder: Path) -> Keyring:
    """Return the keys of a library; the first time they are made.

    Raises:
        ConfigError: The master key cannot be read, or is not the one they are wrapped under.
    """
    keys = folder / "keys"
    master = master_key(config.keys.master, keys, make=not (keys / DATA_FILE).exists())
    return Keyring(keys, master)


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
