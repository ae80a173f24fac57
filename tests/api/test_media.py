"""Footage over HTTP: ranges, copies, what may not be seen, and originals that went away."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from viewfinder.app.governing.access import Change
from viewfinder.app.library import Library
from viewfinder.app.serving.premises import Premises
from viewfinder.domain.time import TimeSpan
from viewfinder.surfaces.http.identity import Asker, Need, asker
from viewfinder.surfaces.server.factory import create_app
from viewfinder.testing.media import Tone, draw_clip, read_barcode
from viewfinder.testing.settings import GOVERNED

PEOPLE = """
[[person]]
name = "kim"
roles = ["owner", "sealed-reader"]
[[person]]
name = "ann"
roles = ["member"]
collections = ["default"]
[[person]]
name = "bob"
roles = ["member"]
collections = ["elsewhere"]
"""
WORDS = "WEBVTT\n\n00:01.000 --> 00:02.500\n<v Ann>The harbour is calm.\n"
SHUT = TimeSpan.of_seconds(2.0, 3.0)


class At:
    """A server's app as somebody asks it."""

    def __init__(self, folder: Path) -> None:
        self.premises = Premises.open(folder)
        self.app = create_app(self.premises)
        self.client = TestClient(
            self.app, base_url="http://localhost", client=("127.0.0.1", 1)
        ).__enter__()
        self.owner = self.premises.shared.view("kim")
        self.ids = {Path(v.path).name: v.id for v in self.owner.videos()}
        self.login("kim")

    def login(self, name: str) -> None:
        self.app.dependency_overrides[asker] = lambda: Asker(name, frozenset(Need))

    def url(self, name: str, what: str = "media") -> str:
        return f"/api/v1/videos/{self.ids[name]}/{what}"

    def played(self) -> int:
        lines = self.owner.logbook.lines(action="show")
        return sum("played" in line.document["subject"] for line in lines)

    def close(self) -> None:
        self.client.__exit__(None, None, None)
        self.premises.close()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("media")
    footage, folder = home / "footage", home / "library"
    footage.mkdir()
    (folder / "governance").mkdir(parents=True)
    (folder / "viewfinder.toml").write_text(GOVERNED)
    (folder / "governance" / "people.toml").write_text(PEOPLE)
    tones = (Tone(0.0, 8.0),)
    draw_clip(footage / "harbour.webm", seconds=6.0, rate=10, tones=tones)
    (footage / "harbour.vtt").write_text(WORDS)
    draw_clip(footage / 'quay "one".avi', seconds=8.0, tones=tones)
    draw_clip(footage / "sealed.webm", seconds=6.0, rate=10, tones=tones, seed=3)
    draw_clip(footage / "silent.mkv", seconds=2.0, sound=False, seed=4)
    draw_clip(footage / "talk.wav", seconds=2.0, tones=tones)
    (footage / "alone.vtt").write_text(WORDS.replace("calm", "grey"))
    with Library.open(folder, create=True, principal="kim") as library:
        assert not [e for e in library.add([footage]) if e.kind == "failed"]
        (sealed,) = [v for v in library.videos() if v.name == "sealed.webm"]
        library.governing.access.restrict(sealed, Change(labels=("sealed",)), during=SHUT)
    return home


@pytest.fixture(scope="module")
def at(made: Path) -> Iterator[At]:
    opened = At(made / "library")
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def as_kim(request: pytest.FixtureRequest) -> None:
    if "at" in request.fixturenames:
        request.getfixturevalue("at").login("kim")


def test_a_file_comes_as_it_is_with_its_type_and_a_safe_name(at: At, made: Path) -> None:
    got = at.client.get(at.url("harbour.webm"))
    assert got.status_code == 200
    assert got.content == (made / "footage" / "harbour.webm").read_bytes()
    assert got.headers["content-type"] == "video/webm"
    assert got.headers["accept-ranges"] == "bytes"
    assert got.headers["cache-control"].startswith("private")
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["content-disposition"].startswith('inline; filename="harbour.webm"')
    odd = at.client.get(at.url('quay "one".avi')).headers["content-disposition"]
    assert odd == "inline; filename=\"quay one.avi\"; filename*=UTF-8''quay%20one.avi"


@pytest.mark.parametrize(
    ("asked", "status", "cut"),
    [
        ("bytes=0-99", 206, slice(0, 100)),
        ("bytes=100-", 206, slice(100, None)),
        ("bytes=-50", 206, slice(-50, None)),
        ("bytes=5-5", 206, slice(5, 6)),
        ("bytes=10-99999999999", 206, slice(10, None)),
        ("bytes=-99999999999", 206, slice(None)),
        ("bytes=0-1,5-6", 200, slice(None)),
        ("bytes=9-3", 200, slice(None)),
        ("lines=1-2", 200, slice(None)),
        ("bytes=", 200, slice(None)),
    ],
)
def test_a_range_is_what_the_standard_says(
    at: At, made: Path, asked: str, status: int, cut: slice
) -> None:
    whole = (made / "footage" / "harbour.webm").read_bytes()
    got = at.client.get(at.url("harbour.webm"), headers={"Range": asked})
    assert (got.status_code, got.content) == (status, whole[cut])
    assert int(got.headers["content-length"]) == len(whole[cut])
    head = at.client.head(at.url("harbour.webm"), headers={"Range": asked})
    assert (head.status_code, head.content) == (status, b"")
    for name in ("content-length", "content-range", "content-type", "etag"):
        assert head.headers.get(name) == got.headers.get(name)
    if status == 206:
        first = whole.index(whole[cut]) if len(whole[cut]) > 1 else 5
        last = first + len(whole[cut]) - 1
        assert got.headers["content-range"] == f"bytes {first}-{last}/{len(whole)}"


def test_a_range_beyond_the_end_is_416_with_the_size(at: At, made: Path) -> None:
    size = (made / "footage" / "harbour.webm").stat().st_size
    for asked in (f"bytes={size}-", "bytes=-0"):
        got = at.client.get(at.url("harbour.webm"), headers={"Range": asked})
        assert got.status_code == 416
        assert got.headers["content-range"] == f"bytes */{size}"


def test_what_a_browser_has_is_not_sent_again(at: At) -> None:
    url = at.url("harbour.webm")
    tag = at.client.head(url).headers["etag"]
    assert at.client.get(url, headers={"If-None-Match": tag}).status_code == 304
    part = {"Range": "bytes=0-9"}
    assert at.client.get(url, headers={**part, "If-Range": tag}).status_code == 206
    assert at.client.get(url, headers={**part, "If-Range": '"other"'}).status_code == 200


def test_a_playback_is_one_line_in_the_log(made: Path) -> None:
    at = At(made / "library")
    before = at.played()
    url = at.url("harbour.webm")
    at.client.head(url)
    assert at.played() == before  # nothing was shown
    for start in (1000, 0, 5000):
        at.client.get(url, headers={"Range": f"bytes={start}-{start + 9}"})
    at.client.get(url)
    assert at.played() == before + 1
    at.login("ann")
    at.client.get(url)
    assert at.played() == before + 2
    at.close()


def test_what_may_not_be_seen_is_what_is_not_there(at: At) -> None:
    at.login("bob")
    whats = ("media", "media/parts/0", "playback", "thumbnail", "sprite", "sprite.json")
    for what in (*whats, "captions.vtt"):
        hidden = at.client.get(at.url("harbour.webm", what))
        unknown = at.client.get(f"/api/v1/videos/{'0' * 64}/{what}")
        assert hidden.status_code == unknown.status_code == 404
        assert hidden.json() == unknown.json()
    at.login("ann")
    assert at.client.get(at.url("harbour.webm")).status_code == 200


@pytest.mark.parametrize(
    "name", ["..", "%2e%2e", "..%2f..%2fetc%2fpasswd", "/etc/passwd", "harbour.webm", "A" * 64]
)
def test_no_path_leads_out(at: At, name: str) -> None:
    for what in ("media", "media/parts/..%2f..%2fkeys", "thumbnail"):
        got = at.client.get(f"/api/v1/videos/{name}/{what}")
        assert got.status_code in (404, 422)


def test_parts_that_may_not_be_seen_are_black_and_silent(at: At) -> None:
    at.login("ann")
    refused = at.client.get(at.url("sealed.webm"))
    assert (refused.status_code, refused.json()["title"]) == (409, "Not as a whole")
    assert at.client.get(at.url("sealed.webm"), params={"form": "whole"}).status_code == 409
    told = at.client.get(at.url("sealed.webm", "playback")).json()
    assert (told["way"], told["parts"]) == ("parts", 1)
    assert "not shown" in told["why"]
    got = at.client.get(at.url("sealed.webm", "media/parts/0"))
    assert (got.status_code, got.headers["content-type"]) == (200, "video/mp4")
    times, light, loud = _seen(got.content)
    shut = (times >= 1.95) & (times < 3.0)
    assert light[shut].max() < 20
    assert light[~shut].mean() > 40
    second = 48_000
    assert np.abs(loud[2 * second + 2048 : 3 * second - 2048]).max() < 0.001
    assert np.abs(loud[second : 2 * second - 2048]).max() > 0.1
    at.login("kim")  # who may see it all gets the file, not that copy
    assert at.client.get(at.url("sealed.webm")).status_code == 200
    assert at.client.get(at.url("sealed.webm", "playback")).json()["way"] == "file"


def _seen(content: bytes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the times of frames, how light each is, and the samples of one channel."""
    with av.open(io.BytesIO(content)) as opened:
        frames = [(f.time, f.to_ndarray(format="gray").mean()) for f in opened.decode(video=0)]
    with av.open(io.BytesIO(content)) as opened:
        sound = np.concatenate([f.to_ndarray()[0] for f in opened.decode(audio=0)])
    times, light = np.array(frames).T
    return times, light, sound


def test_a_forgotten_part_is_not_played_to_anybody(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made / "library", tmp_path / "library")
    at = At(tmp_path / "library")
    assert at.client.get(at.url("harbour.webm")).status_code == 200
    at.owner.forget(at.ids["harbour.webm"], spans=[TimeSpan.of_seconds(4, 5)])
    assert at.client.get(at.url("harbour.webm")).status_code == 409
    times, light, _ = _seen(at.client.get(at.url("harbour.webm", "media/parts/0")).content)
    assert light[(times >= 3.95) & (times < 5)].max() < 20
    at.close()


def test_copies_go_with_the_video(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made / "library", tmp_path / "library")
    at = At(tmp_path / "library")
    name = 'quay "one".avi'
    assert at.client.get(at.url(name, "media/parts/0")).status_code == 200
    copies = tmp_path / "library" / "playable"
    kept = f"{at.ids[name]}*"
    assert list(copies.glob(f"{kept}/*.mp4"))
    at.owner.forget(at.ids[name])
    assert not list(copies.glob(kept))
    assert at.client.get(at.url(name, "media/parts/0")).status_code == 404
    assert not list(copies.glob(kept))
    at.close()


@pytest.mark.parametrize(
    ("duty", "name", "seen"),
    [
        ("no_pictures", "harbour.webm", "audio/mp4"),
        ("no_pictures", "silent.mkv", None),
        ("withhold_words", "harbour.webm", "video/webm"),
    ],
)
def test_duties_hold_for_playback(
    made: Path, tmp_path: Path, duty: str, name: str, seen: str | None
) -> None:
    shutil.copytree(made / "library", tmp_path / "library")
    (tmp_path / "library" / "governance" / "own.cedar").write_text(
        f'@id("mine") @obligation("{duty}")\n'
        'permit (principal, action in Action::"look", resource is Footage);\n'
    )
    at = At(tmp_path / "library")
    told = at.client.get(at.url(name, "playback")).json()
    assert told["media_type"].partition(";")[0] == (seen or "")
    if duty == "no_pictures":
        assert at.client.get(at.url(name)).status_code == 409
        assert at.client.get(at.url(name, "thumbnail")).status_code == 404
        assert at.client.get(at.url(name, "sprite")).status_code == 404
        part = at.client.get(at.url(name, "media/parts/0"))
        if seen is None:
            assert told["way"] == "none"
            assert part.status_code == 409
        else:
            with av.open(io.BytesIO(part.content)) as opened:
                assert [s.type for s in opened.streams] == ["audio"]
    else:
        assert "harbour" not in at.client.get(at.url(name, "captions.vtt")).text
    at.close()


def test_an_original_that_moved_is_410_and_one_that_changed_is_409(
    made: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "library"
    (folder / "governance").mkdir(parents=True)
    (folder / "viewfinder.toml").write_text(GOVERNED)
    (folder / "governance" / "people.toml").write_text(PEOPLE)
    clip = tmp_path / "clip.webm"
    shutil.copy(made / "footage" / "harbour.webm", clip)
    with Library.open(folder, create=True, principal="kim") as library:
        list(library.add([clip]))
    at = At(folder)
    os.utime(clip, (1, 1))  # touched, and yet the same
    assert at.client.get(at.url("clip.webm")).status_code == 200
    held = clip.read_bytes()
    clip.write_bytes(held[:-1] + b"x")
    for what in ("media", "playback", "media/parts/0"):
        changed = at.client.get(at.url("clip.webm", what))
        assert (changed.status_code, changed.json()["title"]) == (409, "The original has changed")
    clip.unlink()
    for what in ("media", "playback", "media/parts/0"):
        gone = at.client.get(at.url("clip.webm", what))
        assert (gone.status_code, gone.json()["title"]) == (410, "The original is gone")
        assert str(tmp_path) not in gone.text
    assert at.client.get(at.url("clip.webm", "thumbnail")).status_code == 200
    at.close()


def test_a_transcript_alone_has_words_and_no_media(at: At) -> None:
    assert at.client.get(at.url("alone.vtt")).status_code == 410
    assert "grey" in at.client.get(at.url("alone.vtt", "captions.vtt")).text


def test_captions_are_webvtt(at: At) -> None:
    got = at.client.get(at.url("harbour.webm", "captions.vtt"))
    assert got.headers["content-type"] == "text/vtt; charset=utf-8"
    assert got.text.startswith("WEBVTT\n")
    assert "00:00:01.000 --> 00:00:02.500\n<v Ann>The harbour is calm." in got.text
    empty = at.client.get(at.url("harbour.webm", "captions.vtt"), params={"track": "screen_text"})
    assert empty.text == "WEBVTT\n"
    wrong = at.client.get(at.url("harbour.webm", "captions.vtt"), params={"track": "shots"})
    assert wrong.status_code == 422


def test_pictures_are_webp_alone_and_side_by_side(at: At) -> None:
    one = at.client.get(at.url("harbour.webm", "thumbnail"), params={"at": 3})
    assert (one.status_code, one.headers["content-type"]) == (200, "image/webp")
    told = at.client.get(at.url("harbour.webm", "sprite.json")).json()
    assert len(told["times_s"]) == 6
    sheet = at.client.get(told["url"])
    with Image.open(io.BytesIO(sheet.content)) as opened:
        assert opened.format == "WEBP"
        assert opened.size == (told["width"] * 6, told["height"])
    assert at.client.get(at.url("talk.wav", "sprite")).status_code == 404


def test_what_browsers_cannot_play_comes_in_parts_that_show_the_right_time(at: At) -> None:
    told = at.client.get(at.url('quay "one".avi', "playback")).json()
    assert (told["way"], told["parts"], told["part_s"]) == ("parts", 2, 6.4)
    for number in range(2):
        got = at.client.get(at.url('quay "one".avi', f"media/parts/{number}"))
        with av.open(io.BytesIO(got.content)) as opened:
            for frame in opened.decode(video=0):
                shown = read_barcode(frame.to_ndarray(format="rgb24"))
                assert shown is not None
                assert abs(shown / 1000 - (number * 6.4 + frame.time)) < 0.045
    assert at.client.get(at.url('quay "one".avi', "media/parts/2")).status_code == 409
