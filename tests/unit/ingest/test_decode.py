"""One decode: the time in every frame is the player's; what is missing is said."""

from __future__ import annotations

import json
import multiprocessing
import pickle
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from viewfinder.domain.annotation import TrackName
from viewfinder.domain.errors import DecodeError
from viewfinder.domain.media import SAMPLE_RATE_HZ, Clip, Video
from viewfinder.domain.time import SECOND_NS, TimeSpan
from viewfinder.ingest.decode import Decoded, Progress, Sampling, decode, reopen
from viewfinder.ingest.probe import probe
from viewfinder.ingest.sandbox import Limits
from viewfinder.testing.media import Mark, Tone, draw_clip, read_barcode

DENSE = Sampling(frames_per_s=4.0)


def decoded(path: Path, spool: Path, sampling: Sampling = DENSE, **limits: Any) -> Decoded:
    *_, last = decode(probe(path), path, spool, sampling=sampling, limits=Limits(**limits))
    assert isinstance(last, Decoded)
    return last


def assert_frames_show_their_time(clip: Clip, within_ms: int = 1) -> None:
    assert clip.frame_times_ns
    for frame in clip.frames():
        shown = read_barcode(frame.pixels)
        assert shown is not None
        assert abs(shown - frame.at_ns / 1e6) <= within_ms


def loud_at(sound: np.ndarray, at_s: float) -> bool:
    around = sound[int((at_s - 0.02) * SAMPLE_RATE_HZ) : int((at_s + 0.02) * SAMPLE_RATE_HZ)]
    return bool(np.abs(around).max(initial=0.0) > 0.05)


@pytest.mark.parametrize("suffix", [".mp4", ".webm", ".mkv", ".avi", ".mov", ".mpg", ".ts"])
def test_the_clock_in_the_picture_is_the_time_of_the_frame(tmp_path: Path, suffix: str) -> None:
    path = draw_clip(tmp_path / f"clip{suffix}", seconds=3.0, cuts_s=(1.0, 2.0), sound=False)
    assert_frames_show_their_time(decoded(path, tmp_path / "spool").clip)


@pytest.mark.parametrize(
    "settings",
    [
        {"starts_s": 5.0},
        {"variable_rate": True},
        {"rotation": 90, "size": (240, 320)},
        {"rotation": 180},
        {"rotation": 270, "size": (240, 320)},
        {"pixel_shape": Fraction(4, 3)},
        {"pixel_format": "yuv444p"},
        {"pixel_format": "yuv420p10le"},
        {"rate": 60},
        {"rate": 2},
    ],
    ids=str,
)
def test_time_holds_however_the_file_is_made(tmp_path: Path, settings: dict[str, Any]) -> None:
    path = draw_clip(tmp_path / "clip.mkv", seconds=3.0, sound=False, **settings)
    if "rotation" in settings:  # only these containers carry a turn
        path = draw_clip(tmp_path / "clip.mp4", seconds=3.0, sound=False, **settings)
    clip = decoded(path, tmp_path / "spool").clip
    assert_frames_show_their_time(clip)
    video = clip.video
    assert clip.read_frame(clip.frame_times_ns[0]).pixels.shape == (video.height, video.width, 3)


def test_sound_and_picture_share_their_zero(tmp_path: Path) -> None:
    path = draw_clip(
        tmp_path / "late.mkv",
        seconds=4.0,
        starts_s=7.0,
        sound_starts_s=1.5,
        tones=(Tone(2.0, 2.5),),
    )
    clip = decoded(path, tmp_path / "spool").clip
    assert_frames_show_their_time(clip)
    sound = clip.read_sound()
    assert [loud_at(sound, s) for s in (1.0, 1.9, 2.1, 2.4, 2.6)] == [
        False,
        False,
        True,
        True,
        False,
    ]
    assert abs(len(sound) / SAMPLE_RATE_HZ - 4.0) < 0.05


def test_a_gap_in_the_sound_is_silence_and_is_said(tmp_path: Path) -> None:
    path = draw_clip(tmp_path / "gap.mkv", seconds=5.0, gap_s=(1.0, 3.0), tones=(Tone(0.0, 5.0),))
    result = decoded(path, tmp_path / "spool")
    sound = result.clip.read_sound()
    assert [loud_at(sound, s) for s in (0.5, 1.5, 2.5, 3.5)] == [True, False, False, True]
    assert "sound is missing at 00:01" in result.notes


def test_sound_alone_gives_a_clip_without_frames(tmp_path: Path) -> None:
    clip = decoded(
        draw_clip(tmp_path / "a.mp3", seconds=2.0, tones=(Tone(1.0, 2.0),)), tmp_path
    ).clip
    assert (clip.shots, clip.frame_times_ns) == ((), ())
    assert [loud_at(clip.read_sound(), s) for s in (0.5, 1.5)] == [False, True]


def test_picture_alone_gives_no_sound(tmp_path: Path) -> None:
    clip = decoded(draw_clip(tmp_path / "a.mp4", seconds=1.0, sound=False), tmp_path / "s").clip
    assert len(clip.read_sound()) == 0


def test_shots_cover_the_picture_and_begin_at_the_cuts(tmp_path: Path) -> None:
    path = draw_clip(tmp_path / "a.mp4", seconds=4.0, cuts_s=(1.4, 2.6))
    result = decoded(path, tmp_path / "spool")
    assert [shot.start_ns for shot in result.clip.shots] == [0, 1_400_000_000, 2_600_000_000]
    assert all(a.end_ns == b.start_ns for a, b in zip(result.clip.shots, result.clip.shots[1:]))  # noqa: B905
    shots = next(t for t in result.tracks if t.name is TrackName.SHOTS)
    assert tuple(note.span for note in shots.annotations) == result.clip.shots


def test_every_shot_has_a_frame_and_a_thumbnail(tmp_path: Path) -> None:
    path = draw_clip(tmp_path / "a.mp4", seconds=3.0, cuts_s=(1.0, 1.2, 1.4))
    result = decoded(path, tmp_path / "spool", Sampling())
    for shot in result.clip.shots:
        assert any(shot.holds(at_ns) for at_ns in result.clip.frame_times_ns)
        assert any(shot.holds(at_ns) for at_ns in result.thumbnails)
    assert all(webp[8:12] == b"WEBP" for webp in result.thumbnails.values())


def test_what_stands_still_is_kept_once_in_twenty_seconds(tmp_path: Path) -> None:
    path = draw_clip(tmp_path / "slide.mp4", seconds=45.0, rate=5, clock=False, still=True)
    times_s = [t / 1e9 for t in decoded(path, tmp_path / "s", Sampling()).clip.frame_times_ns]
    assert len(times_s) == 3
    assert times_s[0] < 1.0


def test_subtitles_and_chapters_inside_the_file_are_tracks(tmp_path: Path) -> None:
    path = draw_clip(
        tmp_path / "a.mkv",
        seconds=3.0,
        subtitles=(Mark(0.5, 1.5, "Good <i>morning</i>"),),
        chapters=(Mark(0.0, 1.0, "Arrival"), Mark(1.0, 3.0, "Boat")),
    )
    tracks = {t.name: t for t in decoded(path, tmp_path / "s").tracks}
    (cue,) = tracks[TrackName.CAPTIONS].annotations
    assert (cue.text, cue.span) == ("Good morning", TimeSpan.of_seconds(0.5, 1.5))
    told = [(n.text, n.span.start_ns // SECOND_NS) for n in tracks[TrackName.METADATA].annotations]
    assert told == [("chapter: Arrival", 0), ("chapter: Boat", 1)]


def test_a_spool_is_used_again_only_for_the_same_work(tmp_path: Path) -> None:
    path = draw_clip(tmp_path / "a.mp4", seconds=1.0)
    spool = tmp_path / "spool"
    first = decoded(path, spool)
    again = reopen(probe(path), spool, DENSE)
    assert again is not None
    assert again.clip.frame_times_ns == first.clip.frame_times_ns
    assert again.thumbnails == first.thumbnails
    assert reopen(probe(path), spool, Sampling(frames_per_s=1.0)) is None
    (spool / "frames.bin").write_bytes(b"cut short")
    assert reopen(probe(path), spool, DENSE) is None


def test_a_decode_that_stops_leaves_no_finished_spool(tmp_path: Path) -> None:
    path = draw_clip(tmp_path / "a.mp4", seconds=4.0)
    steps = decode(probe(path), path, tmp_path / "spool")
    with pytest.raises(DecodeError):
        for _ in decode(probe(path), path, tmp_path / "spool", limits=Limits(output_bytes=2000)):
            pass
    steps.close()
    assert reopen(probe(path), tmp_path / "spool", Sampling()) is None


def _first_frame_and_samples(pickled: bytes) -> tuple[int | None, int]:
    clip: Clip = pickle.loads(pickled)
    return read_barcode(clip.read_frame(clip.frame_times_ns[0]).pixels), len(clip.read_sound())


def test_a_clip_can_be_read_in_another_process(tmp_path: Path) -> None:
    clip = decoded(draw_clip(tmp_path / "a.mp4", seconds=1.0), tmp_path / "spool").clip
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        shown, samples = pool.apply(_first_frame_and_samples, (pickle.dumps(clip),))
    assert shown == clip.frame_times_ns[0] // 1_000_000
    assert samples == len(clip.read_sound())


def test_a_frame_that_was_not_kept_is_an_error(tmp_path: Path) -> None:
    clip = decoded(draw_clip(tmp_path / "a.mp4", seconds=1.0), tmp_path / "spool").clip
    with pytest.raises(ValueError, match="holds no frame"):
        clip.read_frame(123)


def test_key_frames_only_keeps_key_frames_at_their_times(tmp_path: Path) -> None:
    path = draw_clip(tmp_path / "a.mp4", seconds=8.0, key_frame_every=50, cuts_s=(4.0,))
    clip = decoded(path, tmp_path / "s", Sampling(key_frames_only=True, sound=False)).clip
    assert [t / 1e9 for t in clip.frame_times_ns] == [0.0, 2.0, 4.0, 6.0]
    assert_frames_show_their_time(clip)
    assert [shot.start_s for shot in clip.shots] == [0.0, 4.0]
    assert len(clip.read_sound()) == 0


def test_key_frames_too_far_apart_do_not_stand_for_the_rest(tmp_path: Path) -> None:
    path = draw_clip(
        tmp_path / "a.mp4", seconds=26.0, rate=5, key_frame_every=1000, sound=False, size=(160, 120)
    )
    clip = decoded(path, tmp_path / "s", Sampling(key_frames_only=True)).clip
    assert len(clip.frame_times_ns) > 5


def test_large_frames_are_shrunk_and_small_ones_never_enlarged(tmp_path: Path) -> None:
    path = draw_clip(tmp_path / "a.mp4", seconds=0.4, size=(640, 360), sound=False)
    for side_px, shape in ((320, (180, 320, 3)), (4000, (360, 640, 3))):
        clip = decoded(path, tmp_path / "s", Sampling(frame_side_px=side_px)).clip
        assert clip.read_frame(clip.frame_times_ns[0]).pixels.shape == shape


def test_a_file_cut_short_is_indexed_as_far_as_it_goes(tmp_path: Path) -> None:
    whole = draw_clip(tmp_path / "a.mkv", seconds=12.0, cuts_s=(3.0,))
    part = tmp_path / "part.mkv"
    part.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    result = decoded(part, tmp_path / "s")
    assert_frames_show_their_time(result.clip)
    assert any("damaged after" in note and "what comes before" in note for note in result.notes)


def test_progress_only_grows(tmp_path: Path) -> None:
    path = draw_clip(tmp_path / "a.mp4", seconds=2.0)
    *steps, last = decode(probe(path), path, tmp_path / "s")
    assert isinstance(last, Decoded)
    times = [step.at_ns for step in steps if isinstance(step, Progress)]
    assert times == sorted(times)


def test_the_manifest_is_plain_json(tmp_path: Path) -> None:
    decoded(draw_clip(tmp_path / "a.mp4", seconds=0.4), tmp_path / "s")
    assert json.loads((tmp_path / "s" / "manifest.json").read_text())["sampling"]


def test_other_bytes_are_another_video(tmp_path: Path) -> None:
    path = draw_clip(tmp_path / "a.mp4", seconds=0.4)
    decoded(path, tmp_path / "s")
    other = Video(**{**{f: getattr(probe(path), f) for f in Video.__slots__}, "id": "0" * 64})
    assert reopen(other, tmp_path / "s", DENSE) is None
