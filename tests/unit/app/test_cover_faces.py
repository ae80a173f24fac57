"""A library that covers faces, and pictures as questions: a face is never looked for."""

from __future__ import annotations

import io
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from viewfinder.app.asking.pictured import FACE_FILLS
from viewfinder.app.config import Ingest
from viewfinder.app.intake.adding import AddEvent, Options
from viewfinder.app.library import Library, Refused
from viewfinder.app.tools import toolbox
from viewfinder.domain.access import AccessClass
from viewfinder.domain.answer import Outcome
from viewfinder.domain.conversation import Conversation
from viewfinder.domain.errors import PluginUnavailable
from viewfinder.domain.search import QueryPlan
from viewfinder.testing import fakes
from viewfinder.testing.media import draw_face

PICTURE = Options(only=("picture",))
COVERED = "[ingest]\ncover_faces = true\n"


@pytest.fixture
def models(weights: Path) -> Path:
    if not (weights / "faces" / "centerface.onnx").is_file():
        pytest.skip("the weights 'faces' are optional and not here")
    return weights


@pytest.fixture
def nothing_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("VIEWFINDER_MODELS", str(tmp_path / "models"))
    toolbox.cache_clear()
    yield
    toolbox.cache_clear()


@pytest.fixture
def portrait(tmp_path: Path) -> Path:
    return saved(tmp_path / "portrait.png", draw_face(480, 480, 432))


@pytest.fixture
def street(tmp_path: Path) -> Path:
    return saved(tmp_path / "street.png", draw_face(640, 360, 80))


def saved(path: Path, pixels: NDArray[np.uint8]) -> Path:
    Image.fromarray(pixels).save(path)
    return path


def filmed(path: Path, pixels: NDArray[np.uint8], frames: int = 30) -> Path:
    """Write three seconds of one picture."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10, options={"preset": "ultrafast"})
        stream.height, stream.width = pixels.shape[:2]
        stream.pix_fmt, stream.time_base = "yuv420p", Fraction(1, 10)
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(pixels, "rgb24")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def added(folder: Path, film: Path, options: Options = PICTURE) -> list[AddEvent]:
    with Library.open(folder, create=True) as library:
        return list(library.add([film], options))


def stages(events: list[AddEvent]) -> set[str]:
    assert not [event for event in events if event.kind == "failed"]
    return {event.stage for event in events if event.kind == "stage"}


def faces_kept(folder: Path) -> int:
    """Return how many faces can be found in the thumbnail of the only video."""
    with Library.open(folder) as library:
        (video,) = library.videos()
        kept = library.thumbnail(video.id, 0)
        assert kept is not None
        with Image.open(io.BytesIO(kept)) as opened:
            return library._tools.coverer.cover(np.asarray(opened.convert("RGB"))).count


def settings(folder: Path, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "viewfinder.toml").write_text(text)
    toolbox.cache_clear()


@pytest.mark.models
def test_switching_it_on_covers_what_was_indexed_before_and_off_uncovers_it(
    library: Path, tmp_path: Path, models: Path
) -> None:
    settings(library, '[ingest]\nwait_for_copy_s = 0\n[recognisers]\njoint = ""\n')
    film = filmed(tmp_path / "talk.mp4", draw_face(640, 360, 180))
    assert stages(added(library, film)) == {"decode", "picture", "index"}
    assert stages(added(library, film)) == set()
    assert faces_kept(library) == 1
    settings(library, f'{COVERED}wait_for_copy_s = 0\n[recognisers]\njoint = ""\n')
    # Not even a first look, or another stage alone, leaves what saw the faces.
    fast = Options(fast=True, only=("speech",))
    assert stages(added(library, film, fast)) == {"decode", "picture", "index"}
    assert faces_kept(library) == 0
    settings(library, '[ingest]\nwait_for_copy_s = 0\n[recognisers]\njoint = ""\n')
    assert stages(added(library, film)) == {"decode", "picture", "index"}
    assert faces_kept(library) == 1


@pytest.mark.models
def test_a_collection_may_be_covered_alone(library: Path, tmp_path: Path, models: Path) -> None:
    settings(
        library,
        '[ingest]\ncover_faces_in = ["clinic"]\nwait_for_copy_s = 0\n[recognisers]\njoint = ""\n',
    )
    film = filmed(tmp_path / "talk.mp4", draw_face(640, 360, 180))
    added(library, film)
    assert faces_kept(library) == 1
    with Library.open(library) as opened:
        (video,) = opened.videos()
        opened._store.commit_access(
            video.id, AccessClass(collection="clinic").name, (), event=fakes.event("access")
        )
    assert "decode" in stages(added(library, film))
    assert faces_kept(library) == 0


def test_nothing_is_added_uncovered_because_weights_are_missing(
    library: Path, tmp_path: Path, nothing_here: None
) -> None:
    settings(library, COVERED)
    film = filmed(tmp_path / "talk.mp4", draw_face(320, 240, 150))
    with pytest.raises(PluginUnavailable, match="viewfinder models fetch faces"):
        added(library, film)
    with Library.open(library) as opened:
        assert opened.videos() == []


def test_without_a_setting_no_face_is_covered_and_no_weights_are_needed() -> None:
    assert (Ingest().cover_faces, Ingest().cover_faces_in) == (False, ())


def test_a_picture_is_not_looked_for_where_its_faces_cannot_be_covered(
    library: Path, street: Path, nothing_here: None
) -> None:
    with Library.open(library, create=True) as opened:
        for asking in (opened.ask, opened.search):
            with pytest.raises(PluginUnavailable, match="viewfinder models fetch faces"):
                asking(f"like: {street}")


@pytest.mark.models
@pytest.mark.parametrize("words", ["like: {}", "a street, like: {}"])
def test_a_picture_of_a_face_is_refused_whichever_way_it_is_asked(
    library: Path, portrait: Path, models: Path, words: str
) -> None:
    question = words.format(portrait)
    with Library.open(library, create=True) as opened:
        said = opened.ask(question)
        assert (said.outcome, said.rule) == (Outcome.REFUSAL, "no-identification")
        assert "face" in said.reason
        assert said.alternative
        _, turn = opened.converse(Conversation(), question)
        assert turn.answer.outcome is Outcome.REFUSAL
        for plan in (question, QueryPlan("anything", "", like=str(portrait))):
            with pytest.raises(Refused) as refused:
                opened.search(plan)
            assert refused.value.decision.rule == "no-identification"


@pytest.mark.models
def test_other_pictures_are_looked_for_with_their_faces_covered(
    library: Path, street: Path, models: Path
) -> None:
    with Library.open(library, create=True) as opened:
        covered = opened._tools.covered(str(street))
        assert covered.count == 1
        assert covered.share < FACE_FILLS
        seen = opened._tools.look_at(str(street)).rows
        encoder = opened._tools.joint or opened._tools.picture.encoder
        np.testing.assert_array_equal(seen, encoder.encode_images([covered.image]).rows)
        assert opened.search(f"like: {street}").moments == ()


@pytest.mark.models
def test_a_moment_that_is_a_face_is_not_looked_for_either(
    library: Path, portrait: Path, models: Path
) -> None:
    video = fakes.video("talk")
    thumbnails = {
        0: webp(draw_face(480, 480, 432)),
        30_000_000_000: webp(draw_face(480, 270, 60)),
    }
    with Library.open(library, create=True) as opened:
        opened._store.commit_video(video, event=fakes.event())
        opened._store.commit_stage(
            video.id, fakes.record("decode"), thumbnails=thumbnails, event=fakes.event()
        )
        assert opened.ask("similar to talk.mp4 at 0:01").outcome is Outcome.REFUSAL
        assert opened.ask("similar to talk.mp4 at 0:31").outcome is not Outcome.REFUSAL


def webp(pixels: NDArray[np.uint8]) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "WEBP")
    return out.getvalue()
