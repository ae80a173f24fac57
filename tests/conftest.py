"""What every test may ask for, and what none may do: reach the network."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parent.parent

hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.register_profile("dev", deadline=None)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "dev")


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that leaves this machine."""
    connect = socket.socket.connect

    def refuse(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in (
            "127.0.0.1",
            "::1",
            "localhost",
        ):
            pytest.fail(f"a test tried to reach {address!r}; tests use no network")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture(autouse=True)
def no_settings_of_the_developer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep VIEWFINDER_LIBRARY and the like of the shell out of the tests."""
    for name in os.environ:
        if name.startswith("VIEWFINDER_") and name not in ("VIEWFINDER_MODELS",):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def weights() -> Path:
    """Folder of the fetched default models."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = Path(os.environ.get("VIEWFINDER_MODELS") or cache / "viewfinder" / "models")
    if folder.is_dir() and any(folder.iterdir()):
        return folder
    if os.environ.get("VIEWFINDER_NO_MODELS") == "1":
        pytest.skip("VIEWFINDER_NO_MODELS=1 and no models here")
    pytest.fail(f"no models in {folder}: run `viewfinder models fetch`, or `./test --fast`")


@pytest.fixture(scope="session")
def footage() -> Path:
    """Folder of the real clips, where the checkout has it beside it."""
    folder = ROOT.parent / "shared" / "data" / "clips"
    if not folder.is_dir():
        pytest.skip(f"no footage in {folder}")
    return folder


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """Path of a library that does not exist yet, in a folder of its own."""
    return tmp_path / "test.viewfinder"
