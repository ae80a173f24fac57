"""Clips: to the frame, in sync, upright; covered, cut and refused where they must be."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pysubs2
import pytest

from viewfinder.app.config import Ingest
from viewfinder.app.exports import Captions, Exports, How
from viewfinder.app.exports.cues import CHARACTERS, cues
from viewfinder.app.library import Library, Refused
from viewfinder.domain import forgotten
from viewfinder.domain.access import Stretch
from viewfinder.domain.annotation import Annotation, Track, TrackName
from viewfinder.domain.errors import InputError, UsageError
from viewfinder.domain.media import MediaKind, Video
from viewfinder.domain.policy import Scope
from viewfinder.domain.provenance import Derivation, Tool
from viewfinder.domain.time import TimeSpan
from viewfinder.ingest.decode import Covering
from viewfinder.testing.media import Line, Mark, Script, Tone, draw_clip, read_barcode

Put = Callable[..., Video]
BEEP_S = 3.0
SIZE = (320, 240)


def span(start_s: float, end_s: float) -> TimeSpan:
    return TimeSpan.of_seconds(start_s, end_s)


def seen(path: Path) -> list[tuple[float, int | None]]:
    """Return when each frame of a clip is shown, and which millisecond of the source it bears."""
    with av.open(str(path)) as container:
        return [
            (float(f.pts * f.time_base), read_barcode(f.to_ndarray(format="rgb24")))
            for f in container.decode(video=0)
        ]


def heard(path: Path) -> tuple[float, float | None]:
    """Return how long the sound of a clip lasts, and when its beep begins."""
    with av.open(str(path)) as container:
        frames = list(container.decode(audio=0))
        starts_s = float(frames[0].pts * frames[0].time_base)
        resampler = av.AudioResampler("flt", "mono", 48_000)
        made = [f for frame in frames for f in resampler.resample(frame)]
        samples = np.concatenate([f.to_ndarray()[0] for f in made])
    loud = np.nonzero(np.abs(samples) > 0.1)[0]
    return len(samples) / 48_000, starts_s + float(loud[0]) / 48_000 if len(loud) else None


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Draws a clip with a beep at 3 s, once for each set of settings."""
    folder, known = tmp_path_factory.mktemp("drawn"), {}

    def draw(suffix: str = ".mp4", **settings: Any) -> Path:
        key = (suffix, repr(sorted(settings.items())))
        if key not in known:
            told = {"seconds": 6.0, "tones": (Tone(BEEP_S, BEEP_S + 0.2, 880),), **settings}
            known[key] = draw_clip(folder / f"clip{len(known)}{suffix}", Script(**told))
        return known[key]

    return draw


SOURCES: dict[str, tuple[str, dict[str, Any]]] = {
    "plain": (".mp4", {}),
    "far key frames": (".mp4", {"key_frame_every": 200}),
    "uneven frames": (".mkv", {"variable_rate": True}),
    "webm": (".webm", {}),
    "transport stream": (".ts", {"starts_s": 10.0, "clock": True}),
    "late clock, 30 frames": (".mkv", {"starts_s": 5.0, "rate": 30}),
    "no sound": (".mp4", {"sound": False}),
    "60 frames": (".mp4", {"rate": 60}),
}


@pytest.mark.parametrize("name", SOURCES)
def test_an_exact_clip_begins_at_the_asked_frame_and_stays_in_sync(
    name: str, drawn: Callable[..., Path], shelf: Library, put: Put
) -> None:
    suffix, settings = SOURCES[name]
    video = put(drawn(suffix, **settings))
    rate = settings.get("rate", 25)
    with shelf.exports.clip(video, span(2.5, 4.5), sign=False) as made:
        assert made.path is not None
        frames = seen(made.path)
        first_ms = made.facts["holds_ms"][0][0]
        if not settings.get("variable_rate"):
            assert frames[0][1] is not None
            assert abs(frames[0][1] - 2500) <= 1000 / rate / 2 + 1
            assert len(frames) in (round(2 * rate), round(2 * rate) + 1)
        assert frames[0][0] == 0
        shown = [(at, ms) for at, ms in frames if ms is not None][1:]
        assert len(shown) > len(frames) * 0.9
        # What each frame bears is when it is shown, counted from where the clip begins; in
        # a transport stream sound begins a little before the picture, and so does the clock.
        off = [at * 1000 - (ms - first_ms) for at, ms in shown]
        assert max(off) - min(off) <= 2
        assert max(map(abs, off)) <= (12 if suffix == ".ts" else 2)
        if settings.get("sound", True):
            length_s, beep_s = heard(made.path)
            assert beep_s is not None
            assert abs(beep_s - (BEEP_S - first_ms / 1000)) < 0.012
            assert abs(length_s - 2) < 0.07


def test_a_copied_clip_says_what_it_really_holds(
    drawn: Callable[..., Path], shelf: Library, put: Put
) -> None:
    video = put(drawn(key_frame_every=50))
    with shelf.exports.clip(video, span(2.5, 4.0), how=How.COPY, sign=False) as made:
        assert made.path is not None
        frames = seen(made.path)
        (first, last), *_ = made.facts["holds_ms"]
        assert (first, frames[0][1]) == (2000, 2000)
        assert frames[-1][1] == last - 40
        assert abs((heard(made.path)[1] or 0) - (BEEP_S - 2)) < 0.03
        assert "begins 0.50 s before" in made.notes[0]
        assert made.sheet is not None
        assert made.sheet["clip"]["asked_ms"] == [2500, 4000]
        assert made.sheet["clip"]["holds_ms"] == [[first, last]]


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".webm", ".ts"])
def test_what_is_copied_plays_from_a_key_frame_on(
    suffix: str, drawn: Callable[..., Path], shelf: Library, put: Put
) -> None:
    video = put(drawn(suffix))
    with shelf.exports.clip(video, span(2.6, 4.0), how=How.COPY, sign=False) as made:
        assert made.path is not None
        frames = seen(made.path)
        first_ms = made.facts["holds_ms"][0][0]
        assert abs((frames[0][1] or 0) - first_ms) <= (12 if suffix == ".ts" else 2)
        assert first_ms <= 2600
        length_s, beep_s = heard(made.path)
        assert beep_s is not None
        early_s = frames[0][0]  # some containers begin later than at zero
        assert abs(beep_s - early_s - (BEEP_S - first_ms / 1000)) < 0.06, length_s


@pytest.mark.parametrize(
    ("settings", "size"),
    [
        ({"rotation": 90, "size": (240, 320)}, (240, 320)),
        ({"rotation": 180}, SIZE),
        ({"rotation": 270, "size": (240, 320)}, (240, 320)),
        ({"pixel_shape": Fraction(16, 11)}, (464, 240)),
    ],
    ids=["quarter", "half", "three quarters", "wide pixels"],
)
def test_a_clip_stands_upright_with_square_pixels(
    settings: dict[str, Any],
    size: tuple[int, int],
    drawn: Callable[..., Path],
    shelf: Library,
    put: Put,
) -> None:
    video = put(drawn(**settings))
    with shelf.exports.clip(video, span(1, 2), sign=False) as made:
        assert made.path is not None
        with av.open(str(made.path)) as container:
            stream = container.streams.video[0]
            frame = next(container.decode(stream))
            assert frame.rotation == 0
            assert stream.sample_aspect_ratio in (None, 1)
            assert abs(frame.width - size[0]) <= 2
            assert frame.height == size[1]
        assert seen(made.path)[0][1] == 1000


def test_sound_alone_is_cut_to_the_sample(
    drawn: Callable[..., Path], shelf: Library, put: Put
) -> None:
    video = put(drawn(".flac"))
    assert video.kind is MediaKind.AUDIO
    for kind in ("", "flac", "wav", "mp3"):
        with shelf.exports.clip(video, span(2.5, 3.5), kind=kind, sign=False) as made:
            assert made.path is not None
            assert made.name.endswith(f".{kind or 'm4a'}")
            length_s, beep_s = heard(made.path)
            assert beep_s is not None
            assert abs(beep_s - 0.5) < (0.06 if kind == "mp3" else 0.01)
            assert abs(length_s - 1) < 0.08
    with shelf.exports.clip(video, span(2.5, 3.5), how=How.COPY, sign=False) as made:
        assert made.name.endswith(".flac")


def test_the_colours_of_a_clip_are_those_of_the_source(
    drawn: Callable[..., Path], shelf: Library, put: Put
) -> None:
    source = drawn(still=True, clock=False, seed=3)
    video = put(source, [(0, 0.1, "a word")])
    with av.open(str(source)) as container:
        was = next(container.decode(video=0)).to_ndarray(format="rgb24").astype(float)
    for captions in (Captions.NONE, Captions.BURNT):  # one goes through RGB, one does not
        with shelf.exports.clip(video, span(0, 1), captions=captions, sign=False) as made:
            with av.open(str(made.path)) as container:
                frames = [
                    f.to_ndarray(format="rgb24").astype(float)
                    for f in container.decode()
                    if isinstance(f, av.VideoFrame)
                ]
            assert abs(frames[-1].mean((0, 1)) - was.mean((0, 1))).max() < 2.5


WORDS = [(2.6, 3.4, "The harbour opens at nine."), (3.5, 4.2, "Паром уходит в десять")]


def test_captions_lie_beside_a_clip_by_its_own_clock(
    drawn: Callable[..., Path], shelf: Library, put: Put, tmp_path: Path
) -> None:
    video = put(drawn(), WORDS)
    with shelf.exports.clip(video, span(2.5, 4), captions=Captions.SIDECAR, sign=False) as made:
        written = made.save(tmp_path / "clip.mp4")
        first_ms = made.facts["holds_ms"][0][0]
    assert [f.name for f in written] == ["clip.mp4", "clip.srt", "clip.vtt", "clip.citation.txt"]
    for name in ("clip.srt", "clip.vtt"):
        read = pysubs2.load(str(tmp_path / name))
        assert [event.plaintext for event in read] == [text for _, _, text in WORDS]
        assert abs(read[0].start - (2600 - first_ms)) <= 1
        assert read[1].end == 4000 - first_ms


@pytest.mark.parametrize("kind", ["mp4", "webm"])
def test_captions_are_a_stream_that_players_read(
    kind: str, drawn: Callable[..., Path], shelf: Library, put: Put
) -> None:
    video = put(drawn(), WORDS)
    captions = Captions.STREAM
    asked = {"captions": captions, "kind": kind, "sign": False}
    with (
        shelf.exports.clip(video, span(2.5, 4.5), **asked) as made,
        av.open(str(made.path)) as container,
    ):
        stream = container.streams.subtitles[0]
        packets = [p for p in container.demux(stream) if p.size]
        texts = [s.dialogue.decode() for p in packets for s in p.decode() if s.dialogue]
        starts = [float(p.pts * p.time_base) for p in packets if len(bytes(p)) > 2]
    assert [t.rsplit(",", 1)[-1].strip() or t for t in texts if t.strip(" ,0")]
    assert any("harbour" in text for text in texts)
    assert any("Паром" in text for text in texts)
    assert abs(starts[0] - (2.6 - made.facts["holds_ms"][0][0] / 1000)) < 0.01


def test_burnt_captions_change_the_picture_where_they_stand_and_nowhere_else(
    drawn: Callable[..., Path], shelf: Library, put: Put
) -> None:
    video = put(drawn(still=True, clock=False), WORDS)
    exports = shelf.exports

    def pixels(captions: Captions) -> list[Any]:
        with (
            exports.clip(video, span(2.0, 4.4), captions=captions, sign=False) as made,
            av.open(str(made.path)) as container,
        ):
            frames = container.decode(video=0)
            return [f.to_ndarray(format="gray").astype(float) for f in frames]

    bare, burnt = pixels(Captions.NONE), pixels(Captions.BURNT)
    change = [np.abs(a - b).mean(axis=1) for a, b in zip(bare, burnt, strict=True)]
    assert change[5].max() < 8  # at 2.2 s nobody speaks
    lower = change[25]  # at 3.0 s somebody does
    assert lower[200:228].max() > 20
    assert lower[:150].max() < 8
    assert lower[232:].max() < 12  # the safe area stays free


def test_what_is_closed_is_cut_out_and_a_copy_of_it_refused(
    drawn: Callable[..., Path],
    shelf: Library,
    put: Put,
    within: Callable[[Scope], Exports],
) -> None:
    video = put(drawn(key_frame_every=75), WORDS)
    shelf._store.commit_access(
        video.id, "default", [Stretch(span(3, 4), "sealed")], event=shelf._event("restrict")
    )
    exports = within(Scope._mint(frozenset({"default"})))
    with exports.clip(video, span(2, 5), sign=False) as made:
        assert made.path is not None
        stamps = [ms for _, ms in seen(made.path) if ms is not None]
        assert not [ms for ms in stamps if 2990 < ms < 4000]
        assert min(stamps) == 2000
        assert max(stamps) == 4960
        assert heard(made.path)[1] is None  # the beep lies in what is closed
        assert "left out" in made.notes[0]
    with pytest.raises(Refused, match="not open"):
        exports.clip(video, span(3.2, 3.6))
    with pytest.raises(Refused, match="A copy"):
        exports.clip(video, span(2, 5), how=How.COPY)
    with pytest.raises(Refused, match="A copy"):  # its key frame lies in what is closed
        exports.clip(video, span(4.02, 5), how=How.COPY)


def test_what_was_forgotten_is_not_taken_out_either(
    drawn: Callable[..., Path], shelf: Library, put: Put
) -> None:
    video = put(drawn())
    body = forgotten.body([span(3, 4)])
    shelf._store.commit_fact(forgotten.KIND, body, video=video.id, event=shelf._event("forget"))
    with shelf.exports.clip(video, span(2, 5), sign=False) as made:
        assert made.path is not None
        assert not [ms for _, ms in seen(made.path) if ms is not None and 2990 < ms < 4000]


def test_duties_of_the_policy_are_honoured(
    drawn: Callable[..., Path], shelf: Library, put: Put, within: Callable[[Scope], Exports]
) -> None:
    video = put(drawn(), WORDS)

    def owing(*duties: str) -> Exports:
        return within(Scope._mint(None, obligations=duties))

    with pytest.raises(Refused, match="No picture"):
        owing("no_pictures").clip(video, span(1, 2))
    with pytest.raises(Refused, match="No words"):
        owing("withhold_words").clip(video, span(1, 2), captions=Captions.BURNT)
    with owing("withhold_words").clip(video, span(2.5, 4), sign=False) as made:
        assert made.sheet is not None
        assert made.sheet["words"] == []
    with owing("context:4").clip(video, span(2.9, 3.1), sign=False) as made:
        (first, last), *_ = made.facts["holds_ms"]
        assert last - first >= 3990
    with pytest.raises(InputError, match="no video"):
        within(Scope._mint(frozenset({"other"}))).clip(video, span(1, 2))


def covering(exports: Exports, monkeypatch: pytest.MonkeyPatch) -> Exports:
    """Return exports of a library that covers what is white, instead of faces."""
    desk = exports._desk
    config = replace(desk.config, ingest=replace(desk.config.ingest, cover_faces=True))
    stands_in = Covering("viewfinder.testing.models.covering", "white 1", {})
    monkeypatch.setattr(type(desk), "covering", lambda _, video: stands_in)
    return Exports(replace(desk, config=config))


def test_faces_are_covered_in_every_frame_and_never_copied(
    drawn: Callable[..., Path], shelf: Library, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = put(drawn(still=True, clock=False, lines=(Line("WHITE", 0, 6, height=0.3),)))
    bare = shelf.exports.still(video, 2_000_000_000)
    exports = covering(shelf.exports, monkeypatch)
    assert Ingest().cover_faces is False
    with exports.clip(video, span(1, 2), sign=False) as made:
        with av.open(str(made.path)) as container:
            frames = [f.to_ndarray(format="rgb24") for f in container.decode(video=0)]
        assert made.facts["faces_covered"]
        assert "faces are covered" in made.notes[0]
    assert len(frames) == 25
    assert max(int(frame.min(axis=2).max()) for frame in frames) < 225
    still = exports.still(video, 2_000_000_000)
    assert still.content != bare.content
    assert still.facts["faces_covered"]
    with pytest.raises(Refused, match="covers faces"):
        exports.clip(video, span(1, 2), how=How.COPY)


def test_the_log_has_its_line_before_the_file_and_nothing_stays_in_the_spool(
    drawn: Callable[..., Path], shelf: Library, put: Put
) -> None:
    video = put(drawn())
    with shelf.exports.clip(video, span(1, 2), sign=False) as made:
        assert made.path is not None
        assert made.path.is_relative_to(shelf.folder / "spool")
    lost = replace(video, path=str(shelf.folder / "gone.mp4"))
    with pytest.raises(InputError, match="not there"):
        shelf.exports.clip(lost, span(1, 2))
    lines = [line.document["subject"] for line in shelf.logbook.lines(action="export")]
    assert [line["kind"] for line in lines] == ["clip"]
    assert lines[0]["parts"] == [[1000, 2000]]
    assert list((shelf.folder / "spool").glob("*")) == []


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({"span": span(50, 60)}, "lies outside"),
        ({"kind": "exe"}, "no clip of kind"),
        ({"before_s": -1.0}, "handle"),
        ({"how": How.COPY, "captions": Captions.BURNT}, "burnt into new frames"),
    ],
)
def test_what_makes_no_sense_is_said(
    asked: dict[str, Any], named: str, drawn: Callable[..., Path], shelf: Library, put: Put
) -> None:
    video = put(drawn())
    with pytest.raises(UsageError, match=named):
        shelf.exports.clip(video, **{"span": span(1, 2), **asked})


def test_handles_widen_a_clip_and_stop_at_the_ends(
    drawn: Callable[..., Path], shelf: Library, put: Put
) -> None:
    video = put(drawn())
    with shelf.exports.clip(video, span(1, 2), before_s=0.5, after_s=99, sign=False) as made:
        (first, last), *_ = made.facts["holds_ms"]
        assert (first, last) in (((500, 6000)), (480, 6000), (520, 6000))


def test_a_damaged_file_ends_in_words_and_leaves_nothing(
    drawn: Callable[..., Path], shelf: Library, put: Put, tmp_path: Path
) -> None:
    source = tmp_path / "damaged.mp4"
    source.write_bytes(drawn().read_bytes())
    video = put(source)
    whole = bytearray(source.read_bytes())
    whole[2000:] = bytes(len(whole) - 2000)
    source.write_bytes(bytes(whole))
    with pytest.raises(InputError, match=r"no clip of 'damaged\.mp4'"):
        shelf.exports.clip(video, span(1, 2))
    assert list((shelf.folder / "spool").glob("*")) == []


def test_tags_that_say_where_it_was_filmed_stay_behind(
    drawn: Callable[..., Path], shelf: Library, put: Put
) -> None:
    tags = (("location", "+48.1+011.5/"), ("comment", "private words"))
    video = put(drawn(".mov", tags=tags, chapters=(Mark(0, 2, "one"),)))
    for how in How:
        with shelf.exports.clip(video, span(1, 2), how=how, sign=False) as made:
            with av.open(str(made.path)) as container:
                told = {**container.metadata, **container.streams.video[0].metadata}
            assert not {"location", "comment"} & set(told)
            assert b"private words" not in made.read()


def test_long_words_become_short_captions_in_their_time() -> None:
    words = " ".join(f"word{n}." if n % 9 == 8 else f"word{n}" for n in range(60))
    made = Derivation(("v",), Tool("t", "1"))
    track = Track(TrackName.SPEECH, made, (Annotation(span(10, 40), words),))
    found = cues([track], [span(12, 35)])
    assert all(len(text) <= CHARACTERS for _, _, text in found)
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(found))
    assert found[0][0] == 12_000_000_000
    assert found[-1][1] == 35_000_000_000


def test_an_item_without_media_says_so(shelf: Library) -> None:
    item = Video("a" * 64, "/nowhere/talk.srt", MediaKind.OFFLINE, 10_000_000_000)  # type: ignore[arg-type]
    shelf._store.commit_video(item, event=shelf._event("add", video=item.id))
    with pytest.raises(InputError, match="without its media"):
        shelf.exports.clip(item, span(1, 2))
