"""What a file holds, and what is said of those that hold nothing."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from pathlib import Path

import pytest

from viewfinder.domain.errors import ProbeError
from viewfinder.domain.media import MediaKind
from viewfinder.domain.time import SECOND_NS
from viewfinder.ingest.probe import identify, probe
from viewfinder.testing.media import damage, draw_clip


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_clip(tmp_path_factory.mktemp("probe") / "talk.mp4", seconds=2.0)


def test_identity_is_the_hash_of_the_bytes_whatever_the_name(clip: Path, tmp_path: Path) -> None:
    moved = tmp_path / "other name.mov"
    moved.write_bytes(clip.read_bytes())
    assert identify(clip) == identify(moved) == hashlib.sha256(clip.read_bytes()).hexdigest()


def test_a_clip_tells_its_kind_size_and_length(clip: Path) -> None:
    video = probe(clip)
    assert video.kind is MediaKind.VIDEO
    assert (video.width, video.height, video.rotation) == (320, 240, 0)
    assert abs(video.duration_ns - 2 * SECOND_NS) < SECOND_NS // 10
    assert [stream.kind for stream in video.streams] == ["video", "audio"]
    assert video.size_bytes == clip.stat().st_size


def test_a_turned_clip_tells_its_upright_size(tmp_path: Path) -> None:
    path = draw_clip(tmp_path / "phone.mp4", seconds=0.4, size=(120, 200), rotation=90)
    video = probe(path)
    assert (video.width, video.height, video.rotation) == (120, 200, 90)
    assert (video.streams[0].width, video.streams[0].height) == (200, 120)


def test_pixels_that_are_not_square_widen_the_picture(tmp_path: Path) -> None:
    path = draw_clip(
        tmp_path / "dv.mkv", seconds=0.4, size=(160, 120), pixel_shape=Fraction(4, 3), sound=False
    )
    assert (probe(path).width, probe(path).height) == (213, 120)


@pytest.mark.parametrize("suffix", [".wav", ".mp3", ".m4a", ".flac"])
def test_sound_without_picture_is_audio(tmp_path: Path, suffix: str) -> None:
    video = probe(draw_clip(tmp_path / f"talk{suffix}", seconds=1.0))
    assert video.kind is MediaKind.AUDIO
    assert video.width is None


def test_titles_and_dates_are_kept_and_places_are_not(tmp_path: Path) -> None:
    path = draw_clip(
        tmp_path / "a.mkv",
        seconds=0.4,
        tags=(("title", "Harbour"), ("DATE", "20240501"), ("location", "+53.3-006.3/")),
    )
    video = probe(path)
    assert video.title == "Harbour"
    assert video.created == "2024-05-01T00:00:00"
    assert dict(video.metadata).keys() & {"title", "location"} == {"title"}


def test_a_stream_without_a_length_in_its_header_is_measured(tmp_path: Path) -> None:
    whole = draw_clip(tmp_path / "a.mpg", seconds=2.0, sound=False)
    assert abs(probe(whole).duration_ns - 2 * SECOND_NS) < SECOND_NS // 5


@pytest.mark.parametrize("suffix", [".mp4", ".mpg", ".webm"])
def test_a_wrong_name_does_not_matter(tmp_path: Path, suffix: str) -> None:
    right = draw_clip(tmp_path / f"clip{suffix}", seconds=1.0, sound=False)
    assert probe(right.rename(tmp_path / "clip.jpg")).kind is MediaKind.VIDEO


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("zero bytes", "empty"),
        ("noise", "no video or sound"),
        ("text", "no video or sound"),
        ("no frames", "neither picture nor sound"),
    ],
)
def test_what_is_no_media_is_refused_with_the_reason(clip: Path, kind: str, says: str) -> None:
    with pytest.raises(ProbeError, match=says):
        probe(damage(clip, kind, seed=1))


def test_what_is_not_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProbeError, match="does not exist"):
        probe(tmp_path / "gone.mp4")
    with pytest.raises(ProbeError, match="is not a file"):
        probe(tmp_path)


def test_a_playlist_cannot_make_us_read_other_files(clip: Path, tmp_path: Path) -> None:
    for name, text in (
        ("list.m3u8", f"#EXTM3U\n#EXTINF:2,\nfile://{clip}\n"),
        ("list.ffconcat", f"ffconcat version 1.0\nfile {clip}\n"),
    ):
        path = tmp_path / name
        path.write_text(text)
        with pytest.raises(ProbeError):
            probe(path)
