"""A mistake in ``viewfinder.toml`` is named, with what was meant; nothing runs on nonsense."""

from pathlib import Path

import pytest

from viewfinder.app import plugins
from viewfinder.app.config import FILE_NAME, Config, Ingest, load
from viewfinder.domain.errors import ConfigError, PluginNotFound


def settings(folder: Path, text: str) -> Config:
    (folder / FILE_NAME).write_text(text)
    return load(folder)


def test_what_is_set_holds_and_the_rest_keeps_its_default(tmp_path: Path) -> None:
    assert load(tmp_path) == Config()
    assert settings(tmp_path, "[ingest]\nworkers = 3\n") == Config(ingest=Ingest(workers=3))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[ingest", "is not TOML"),
        ("[ingest]\nworker = 3", "unknown setting 'ingest.worker'; did you mean 'workers'?"),
        ("workers = 3", "it belongs under \\[ingest\\]"),
        ("colour = 3", "known: ingest, recognisers"),
        ('[ingest]\nworkers = "many"', "ingest.workers"),
        ("[ingest]\nworkers = -1", "ingest.workers"),
        ("[ingest]\nframes_per_s = 0", "ingest.frames_per_s"),
        ("[ingest]\nframes_per_s = nan", "ingest.frames_per_s"),
        ("[ingest]\nframe_side_px = 0", "ingest.frame_side_px"),
        ("[ingest]\nmemory_bytes = 1", "ingest.memory_bytes"),
        ("[ingest]\nwait_for_copy_s = inf", "ingest.wait_for_copy_s"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        settings(tmp_path, text)


@pytest.mark.parametrize(
    ("seat", "called"), [("policies", "policy"), ("stores", "store"), ("annotators", "annotator")]
)
def test_a_plug_in_that_is_not_there_is_named_with_its_seat(seat: str, called: str) -> None:
    with pytest.raises(PluginNotFound, match=f"no {called} named 'x'"):
        plugins.find(seat, "x")
