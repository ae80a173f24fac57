"""A governed library of two clips, one of them sealed; ann is a member, kim keeps it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the server's parts are not installed")

from fastapi.testclient import TestClient
from standing_server import PASSWORD, Standing

from viewfinder.app.config import Serve
from viewfinder.app.governing.access import Change
from viewfinder.app.library import Library
from viewfinder.app.serving.premises import Premises
from viewfinder.surfaces.server.factory import create_app
from viewfinder.testing.media import Script, draw_clip
from viewfinder.testing.settings import GOVERNED

PEOPLE = """
[[person]]
name = "ann"
roles = ["member"]
collections = ["default"]

[[person]]
name = "kim"
roles = ["owner", "keeper", "sealed-reader"]
collections = ["default"]
"""
PURPOSES = """
[[purpose]]
name = "story"
"""
WORDS = "WEBVTT\n\n00:00:00.500 --> 00:00:02.000\n{}\n"


@pytest.fixture(scope="session")
def court(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """Folder of the library, ids of the video that is seen and of the sealed one."""
    home = tmp_path_factory.mktemp("court")
    folder = home / "library"
    (folder / "governance").mkdir(parents=True)
    (folder / "viewfinder.toml").write_text(GOVERNED, "utf-8")
    (folder / "governance" / "people.toml").write_text(PEOPLE, "utf-8")
    (folder / "governance" / "purposes.toml").write_text(PURPOSES, "utf-8")
    said = {"open": "The harbour opens in May.", "closed": "The witness lives by the lighthouse."}
    for number, (name, words) in enumerate(said.items()):
        draw_clip(home / f"{name}.webm", Script(seconds=3.0, size=(160, 120), rate=5, seed=number))
        (home / f"{name}.vtt").write_text(WORDS.format(words), "utf-8")
    with Library.open(folder, create=True, principal="kim", purpose="story") as library:
        list(library.add([home / "open.webm", home / "closed.webm"]))
        videos = {Path(video.path).stem: video for video in library.videos()}
        ids = {name: str(video.id) for name, video in videos.items()}
        library.governing.access.restrict(videos["closed"], Change(labels=("sealed",)))
    return folder, ids["open"], ids["closed"]


@pytest.fixture(scope="module")
def standing(
    court: tuple[Path, str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Standing]:
    """A server over a copy of it, where everybody has to log in."""
    folder = tmp_path_factory.mktemp("standing") / "library"
    shutil.copytree(court[0], folder)
    premises = Premises.open(folder)
    view = premises.shared.view("kim")
    for name in ("ann", "kim"):
        premises.accounts.add(name, PASSWORD, view)
    app = create_app(premises, Serve(login="always", requests_per_minute=0))
    with TestClient(app) as started:
        yield Standing(app, premises, *court[1:], started)
    premises.close()
