"""How footage gets to a player: as it is, in another container, or in parts."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from viewfinder.app.config import Recognisers
from viewfinder.app.serving.formats import Container, container_of, is_playable, moved
from viewfinder.app.serving.playing import PART_NS, NotPlayable, Playing, Way
from viewfinder.app.tools import toolbox
from viewfinder.app.viewing import Footage
from viewfinder.domain.time import TimeSpan
from viewfinder.ingest.playback import parts
from viewfinder.ingest.probe import probe
from viewfinder.testing.media import Tone, draw_clip, draw_face, read_barcode

RATE = 10


@pytest.fixture
def playing(tmp_path: Path) -> Iterator[Playing]:
    opened = Playing(tmp_path / "library")
    yield opened
    opened.close()


def footage(path: Path, **settings: Any) -> Footage:
    return Footage(probe(path), **settings)


def ready(playing: Playing, item: Footage) -> Path:
    """Return the whole copy once it is made."""
    done = threading.Event()
    for _ in range(600):
        if playing.playback(item).ready:
            made = playing.whole(item)
            assert made is not None
            return made
        done.wait(0.05)
    raise AssertionError("it was never made")


def shown(path: Path) -> list[tuple[float, float]]:
    """Return the time of each frame on the copy's own clock, and the one drawn into it."""
    with av.open(str(path)) as opened:
        frames = [
            (f.time, read_barcode(f.to_ndarray(format="rgb24"))) for f in opened.decode(video=0)
        ]
    found = [(at, ms / 1000) for at, ms in frames if ms is not None]
    assert len(found) >= 0.9 * len(frames), "too blurred to be read"
    return found


def encoded(path: Path, codec: str, pixels: str, sound: str | None, seconds: float) -> Path:
    """Write a clip in codecs that no browser plays, drawn by copying one that is drawn."""
    drawn = draw_clip(path.with_name(f"{path.stem}-drawn.avi"), seconds=seconds, rate=RATE)
    with av.open(str(drawn)) as source, av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=RATE)
        stream.width, stream.height, stream.pix_fmt = 320, 240, pixels
        stream.bit_rate = 4_000_000
        heard = out.add_stream(sound, rate=48_000, layout="mono") if sound else None
        if heard is not None:
            heard.bit_rate = 96_000
        for number, frame in enumerate(source.decode(video=0)):
            made = frame.reformat(format=pixels)
            made.pts, made.time_base, made.pict_type = number, Fraction(1, RATE), 0
            out.mux(stream.encode(made))
        out.mux(stream.encode(None))
        if heard is not None:
            size = heard.codec_context.frame_size or 1024
            for number in range(int(seconds * 48_000 / size)):
                silent = np.zeros((1, size), np.float32)
                made = av.AudioFrame.from_ndarray(silent, "fltp", layout="mono")
                made.sample_rate, made.pts = 48_000, number * size
                out.mux(heard.encode(made))
            out.mux(heard.encode(None))
    drawn.unlink()
    return path


@pytest.mark.parametrize(
    ("name", "codec", "pixels", "sound"),
    [
        ("mpeg4.avi", "mpeg4", "yuv420p", "libmp3lame"),
        ("prores.mov", "prores_ks", "yuv422p10le", None),
        ("windows.asf", "wmv2", "yuv420p", "wmav2"),
        ("tape.mpg", "mpeg2video", "yuv420p", "mp2"),
    ],
)
def test_parts_of_any_codec_show_the_right_time(
    playing: Playing, tmp_path: Path, name: str, codec: str, pixels: str, sound: str | None
) -> None:
    try:
        av.Codec(codec, "w")
        path = encoded(tmp_path / name, codec, pixels, sound, 9.0)
    except (av.codec.codec.UnknownCodecError, av.error.FFmpegError) as error:
        pytest.skip(f"cannot write {codec} here: {error}")
    item = footage(path)
    told = playing.playback(item)
    assert (told.way, told.parts) == (Way.PARTS, 2)
    for number in (1, 0):  # the later one first: it is sought
        times = shown(playing.part(item, number))
        assert times[0][0] < 1 / RATE
        assert len(times) >= (9.0 - 6.4 if number else 6.4) * RATE * 0.9 - 2
        starts_s = number * PART_NS / 1e9
        assert max(abs(own + starts_s - drawn) for own, drawn in times) < 1.2 / RATE


def test_the_sound_of_two_parts_fits_together(playing: Playing, tmp_path: Path) -> None:
    path = draw_clip(tmp_path / "tone.avi", seconds=13.0, rate=RATE, tones=(Tone(0.0, 13.0),))
    item = footage(path)
    heard = []
    for number in range(2):
        with av.open(str(playing.part(item, number))) as opened:
            found = np.concatenate([f.to_ndarray()[0] for f in opened.decode(audio=0)])
        assert len(found) == parts.PART_SAMPLES
        heard.append(found)
    whole = np.concatenate(heard)
    seam = parts.PART_SAMPLES
    steps = np.abs(np.diff(whole[seam - 40_000 : seam + 40_000]))
    near = np.abs(np.diff(whole[seam - 1500 : seam + 1500]))
    assert near.max() < 3 * np.percentile(steps, 99)  # no click: a sine goes on


def test_what_only_lies_in_a_foreign_container_is_put_into_another(
    playing: Playing, tmp_path: Path
) -> None:
    path = draw_clip(tmp_path / "a.mkv", seconds=3.0, rate=RATE, tones=(Tone(0, 3),))
    item = footage(path)
    assert playing.playback(item).way is Way.WHOLE
    made = ready(playing, item)
    assert container_of(made.read_bytes()[:64]) is Container.MP4
    times = shown(made)
    assert len(times) == 3 * RATE
    assert max(abs(own - drawn) for own, drawn in times) < 0.5 / RATE


def test_streams_that_fit_nowhere_come_in_parts_after_all(playing: Playing, tmp_path: Path) -> None:
    path = draw_clip(tmp_path / "a.mkv", seconds=2.0, rate=RATE)
    item = footage(path)
    folder = playing._folder(item)
    folder.mkdir(parents=True)
    (folder / "failed").touch()  # as a copy that did not work out leaves it
    assert playing.playback(item).way is Way.PARTS
    assert playing.playback(item, refused=True).way is Way.PARTS


@pytest.mark.parametrize(
    ("suffix", "way"),
    [
        (".mp4", Way.FILE),
        (".webm", Way.FILE),
        (".wav", Way.FILE),
        (".mp3", Way.FILE),
        (".flac", Way.FILE),
        (".m4a", Way.FILE),
        (".mov", Way.WHOLE),
        (".avi", Way.PARTS),
        (".mpg", Way.PARTS),
    ],
)
def test_each_file_comes_the_cheapest_way(
    playing: Playing, tmp_path: Path, suffix: str, way: Way
) -> None:
    item = footage(draw_clip(tmp_path / f"a{suffix}", seconds=1.0, rate=RATE))
    kind = container_of(item.path.read_bytes()[:4096])
    assert playing.way(item, kind) is way
    if way is Way.FILE:
        assert is_playable(item.video, kind)
        assert playing.playback(item).media_type.partition("/")[0] in ("video", "audio")
    # What may not be seen as a whole is never given as one.
    assert playing.way(replace(item, shut=(TimeSpan(0, 1),)), kind) is Way.PARTS
    assert playing.way(replace(item, picture=False), kind) is Way.PARTS


def test_copies_of_other_rights_lie_apart(playing: Playing, tmp_path: Path) -> None:
    item = footage(draw_clip(tmp_path / "a.avi", seconds=2.0, rate=RATE))
    shut = replace(item, shut=(TimeSpan.of_seconds(0, 1),))
    one, other = playing.part(item, 0), playing.part(shut, 0)
    assert one.parent != other.parent
    assert one.parent.name[:64] == other.parent.name[:64] == item.video.id
    assert one.parent.stat().st_mode & 0o077 == 0


def test_the_oldest_copies_make_room(tmp_path: Path) -> None:
    playing = Playing(tmp_path / "library", most_bytes=1)
    made = []
    for name in ("a.avi", "b.avi"):
        path = draw_clip(tmp_path / name, seconds=1.0, rate=RATE, seed=len(made))
        made.append(playing.part(footage(path), 0))
    playing.close()
    playing._make_room()
    assert not any(path.exists() for path in made)


def test_a_part_that_is_not_there_and_a_file_that_does_not_decode_say_so(
    playing: Playing, tmp_path: Path
) -> None:
    path = draw_clip(tmp_path / "a.avi", seconds=1.0, rate=RATE)
    item = footage(path)
    with pytest.raises(NotPlayable, match="no such part"):
        playing.part(item, 1)
    content = path.read_bytes()
    path.write_bytes(content[:200] + bytes(len(content) - 200))
    video = probe_as(item, path)
    with pytest.raises(NotPlayable):
        playing.part(video, 0)
    silent = replace(item, picture=False, video=replace(item.video, streams=()))
    assert playing.playback(probe_as(silent, path)).way is Way.NONE


def probe_as(item: Footage, path: Path) -> Footage:
    """Return the footage with its file taken for what lies there now."""
    stands = path.stat()
    mark = f"{stands.st_size}:{stands.st_mtime_ns}"
    return replace(item, video=replace(item.video, seen_as=mark))


def test_many_ask_for_parts_at_once_and_each_is_made_once(playing: Playing, tmp_path: Path) -> None:
    item = footage(draw_clip(tmp_path / "a.avi", seconds=20.0, rate=RATE))
    found: list[Path] = []
    asking = [
        threading.Thread(target=lambda n=n % 3: found.append(playing.part(item, n)))
        for n in range(9)
    ]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join(60)
    assert len(found) == 9
    assert {path.name for path in found} == {"0.mp4", "1.mp4", "2.mp4"}
    assert not list(found[0].parent.glob("*.new"))


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"", None),
        (b"\0\0\0\x18ftypisom", Container.MP4),
        (b"\0\0\0\x18ftypqt  ", Container.QUICKTIME),
        (b"\x1a\x45\xdf\xa3....webm", Container.WEBM),
        (b"\x1a\x45\xdf\xa3....matroska", Container.MATROSKA),
        (b"ID3\x04", Container.MP3),
        (b"\xff\xfb\x90", Container.MP3),
        (b"\xff\xf1\x50", Container.AAC),
        (b"<html><script>", Container.OTHER),
    ],
)
def test_containers_are_told_by_their_first_bytes(head: bytes, kind: Container | None) -> None:
    assert container_of(head) is kind


def test_a_film_within_another_clock_begins_at_zero(playing: Playing, tmp_path: Path) -> None:
    path = draw_clip(tmp_path / "a.ts", seconds=2.0, rate=RATE, starts_s=30.0)
    item = footage(path)
    assert moved(item.video) is None
    times = shown(playing.part(item, 0))
    assert max(abs(own - drawn) for own, drawn in times) < 1.2 / RATE


@pytest.mark.models
def test_faces_that_are_to_be_covered_are_covered_in_what_plays(
    playing: Playing, tmp_path: Path, weights: Path
) -> None:
    if not (weights / "faces" / "centerface.onnx").is_file():
        pytest.skip("the weights 'faces' are optional and not here")
    street = draw_face(640, 360, 120)
    path = tmp_path / "street.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=RATE, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        for number in range(10):
            frame = av.VideoFrame.from_ndarray(street, "rgb24")
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    item = footage(path, covering=toolbox(Recognisers()).covering)
    assert playing.playback(item).way is Way.PARTS
    with av.open(str(playing.part(item, 0))) as opened:
        frames = [frame.to_ndarray(format="rgb24") for frame in opened.decode(video=0)]
    changed = [np.abs(f.astype(int) - street.astype(int)).max(axis=2) > 60 for f in frames]
    assert all(mask.sum() > 120 * 120 / 4 for mask in changed)
