"""A server over a small library, for the tests of the HTTP API."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_server import MEETING, WORKSHOP, Served, serving

from viewfinder.app.serving.premises import Premises
from viewfinder.testing.settings import LIGHT


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of two transcripts that needs no weights; copied by ``served``."""
    home = tmp_path_factory.mktemp("filled")
    (home / "meeting.vtt").write_text(MEETING, encoding="utf-8")
    (home / "workshop.vtt").write_text(WORKSHOP, encoding="utf-8")
    (home / "library").mkdir()
    (home / "library" / "viewfinder.toml").write_text(LIGHT, encoding="utf-8")
    premises = Premises.open(home / "library", create=True)
    list(premises.shared.view().add([home / "meeting.vtt", home / "workshop.vtt"]))
    premises.close()
    return home / "library"


@pytest.fixture
def alone(filled: Path, tmp_path: Path) -> Iterator[Served]:
    """A server over a copy of that library, for one test that changes what others see."""
    shutil.copytree(filled, tmp_path / "library")
    with serving(tmp_path / "library") as running:
        yield running


@pytest.fixture(scope="module")
def served(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server over a copy of that library, for one module of tests."""
    folder = tmp_path_factory.mktemp("copy") / "library"
    shutil.copytree(filled, folder)
    with serving(folder) as running:
        yield running
