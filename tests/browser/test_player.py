"""The page of one video, in a real browser."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from viewfinder.testing.media import Tone, draw_clip, read_barcode

if TYPE_CHECKING:
    from playwright.sync_api import Page

Check = Callable[..., None]

FRAME_S = 0.1  # the drawn clips have ten frames a second
MEDIA = "document.querySelector('video, audio')"
AT_REST = f"() => {{ const m = {MEDIA}; return m.readyState >= 2 && !m.seeking && m.paused; }}"


def opened(page: Page, server: Any, stem: str, more: str = "") -> None:
    page.goto(f"{server.url}/videos/{server.id_of(stem)}{more}")
    page.wait_for_function(AT_REST)


def time(page: Page) -> float:
    page.wait_for_function(AT_REST)
    return float(page.evaluate(f"() => {MEDIA}.currentTime"))


def burnt_in(page: Page) -> float:
    """Return the second that the shown frame says it is, as drawn into it."""
    page.wait_for_function(AT_REST)
    drawn = page.evaluate(
        "() => { const v = document.querySelector('video');"
        " const c = document.createElement('canvas');"
        " c.width = v.videoWidth; c.height = v.videoHeight;"
        " c.getContext('2d').drawImage(v, 0, 0); return c.toDataURL('image/png'); }"
    )
    with Image.open(io.BytesIO(base64.b64decode(drawn.partition(",")[2]))) as opened:
        shown = read_barcode(np.asarray(opened.convert("RGB")))
    assert shown is not None, "no clock in the picture"
    return shown / 1000


def until(page: Page, condition: str) -> None:
    page.wait_for_function(f"() => {{ const m = {MEDIA}; return {condition}; }}")


# -- at the second -----------------------------------------------------------------------------


def test_a_link_shows_the_very_second(
    server: Any, page: Page, axe: Check, fits: Check, shot: Check
) -> None:
    opened(page, server, "harbour", "?t=5&q=ferry")
    assert time(page) == pytest.approx(5, abs=0.01)
    assert burnt_in(page) == pytest.approx(5, abs=FRAME_S)
    assert "Heron Island" in page.locator(".line[aria-current]").inner_text()
    assert page.locator(".lines mark").first.inner_text().lower() == "ferry"
    assert page.locator(".hits .hit").count() >= 1
    axe(page)
    fits(page)
    shot(page, "player")
    page.keyboard.press("?")
    page.locator("#help[open]").wait_for()
    axe(page)


def test_a_link_to_a_stretch_plays_it_and_stops_at_its_end(server: Any, plain_page: Page) -> None:
    page = plain_page
    opened(page, server, "harbour", "?t=5,6")
    assert "0:05.0 – 0:06.0" in page.locator("[data-range]").inner_text()
    page.keyboard.press("r")  # a browser may not play before somebody touched a key
    until(page, "!m.paused")
    until(page, "m.paused && !m.seeking")
    assert time(page) == pytest.approx(6, abs=0.05)


@pytest.mark.parametrize(("said", "wanted"), [("1:05", 20), ("0:07.5", 7.5), ("x", 0), ("-3", 0)])
def test_a_time_in_an_address_is_read_as_people_write_it(
    server: Any, plain_page: Page, said: str, wanted: float
) -> None:
    opened(plain_page, server, "harbour", f"?t={said}")
    assert time(plain_page) == pytest.approx(wanted, abs=0.2)


# -- keys --------------------------------------------------------------------------------------


def test_keys_play_step_and_shuttle(server: Any, plain_page: Page) -> None:
    page = plain_page
    opened(page, server, "harbour", "?t=5")
    before = burnt_in(page)
    page.keyboard.press(".")
    assert burnt_in(page) == pytest.approx(before + FRAME_S, abs=0.01)
    page.keyboard.press(",")
    page.wait_for_function(AT_REST)
    page.keyboard.press(",")
    assert burnt_in(page) == pytest.approx(before - FRAME_S, abs=0.01)
    page.keyboard.press("ArrowRight")
    assert time(page) == pytest.approx(9.9, abs=0.2)
    page.keyboard.press("Shift+ArrowLeft")
    assert time(page) == pytest.approx(8.9, abs=0.2)
    page.keyboard.press("l")
    until(page, "!m.paused && m.playbackRate === 1")
    page.keyboard.press("l")
    until(page, "!m.paused && m.playbackRate === 2")
    page.keyboard.press("k")
    until(page, "m.paused && m.playbackRate === 1")
    start = time(page)
    page.keyboard.press("j")
    until(page, f"m.currentTime < {start} - 0.3")
    page.keyboard.press("k")
    assert time(page) < start
    page.keyboard.press("Space")
    until(page, "!m.paused")
    page.keyboard.press("Space")
    until(page, "m.paused")
    page.keyboard.press("m")
    until(page, "m.muted")
    before = burnt_in(page)
    page.keyboard.down("k")
    page.keyboard.press("l")
    page.keyboard.up("k")
    assert burnt_in(page) == pytest.approx(before + FRAME_S, abs=0.01)


def test_a_stretch_is_marked_linked_and_quoted(server: Any, open_page: Callable[..., Page]) -> None:
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    opened(page, server, "harbour", "?t=10")
    page.keyboard.press("[")
    page.keyboard.press("Shift+ArrowRight")
    page.wait_for_function(AT_REST)
    page.keyboard.press("]")
    assert "0:10.0 – 0:11.0" in page.locator("[data-range]").inner_text()
    page.get_by_role("button", name="Copy link").click()
    page.get_by_text("Link copied.").wait_for()
    link = page.evaluate("() => navigator.clipboard.readText()")
    assert link == f"{server.url}/videos/{server.id_of('harbour')}?t=10,11"
    page.get_by_role("button", name="Copy quote").click()
    page.get_by_text("Quote and source copied.").wait_for()
    words = page.evaluate("() => navigator.clipboard.readText()")
    assert words.startswith('harbour.webm 0:10-0:11, "We tested the new engine')
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Still").click()
    with Image.open(waiting.value.path()) as still:
        shown = read_barcode(np.asarray(still.convert("RGB")))
    assert shown == pytest.approx(10_000, abs=100)
    page.get_by_role("button", name="Clear").click()
    assert page.get_by_role("button", name="Play it").is_disabled()


def test_single_keys_can_be_switched_off(server: Any, plain_page: Page) -> None:
    page = plain_page
    opened(page, server, "harbour", "?t=5")
    page.keyboard.press("?")
    page.get_by_label("Single keys work on this page").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press(".")
    page.keyboard.press("m")
    assert time(page) == pytest.approx(5, abs=0.01)
    assert not page.evaluate(f"() => {MEDIA}.muted")
    page.reload()
    page.wait_for_function(AT_REST)
    page.keyboard.press("m")
    assert not page.evaluate(f"() => {MEDIA}.muted")


def test_everything_is_reached_by_keyboard_alone(server: Any, plain_page: Page) -> None:
    page = plain_page
    opened(page, server, "harbour", "?t=5&q=ferry")
    reached: list[str] = []
    for _ in range(70):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                "() => { const a = document.activeElement;"
                " return a.getAttribute('aria-label') || a.textContent.trim().slice(0, 40)"
                " || a.id || a.tagName; }"
            )
        )
    for name in ("Time", "Play", "One frame on", "Captions", "[ In", "Copy link", "words-find"):
        assert name in reached, (name, reached)
    page.locator("[role=slider]").focus()
    page.keyboard.press("End")
    assert time(page) > 19.5
    page.keyboard.press("Home")
    assert time(page) == pytest.approx(0, abs=0.2)
    said = page.locator("[role=slider]").get_attribute("aria-valuetext") or ""
    assert re.match(r"0:00 of 0:20, shot 1", said)
    page.keyboard.press("n")
    assert time(page) == pytest.approx(4, abs=0.5)


# -- words and boxes ---------------------------------------------------------------------------


def test_the_transcript_is_searched_and_clicked(server: Any, plain_page: Page) -> None:
    page = plain_page
    opened(page, server, "harbour")
    page.keyboard.press("/")
    page.keyboard.type("the")
    assert re.match(r"1 of \d", page.locator("[data-found]").inner_text())
    page.keyboard.press("Enter")
    assert re.match(r"2 of \d", page.locator("[data-found]").inner_text())
    page.locator("[data-find]").fill("zeppelin")
    assert page.locator("[data-found]").inner_text() == "Not said here."
    page.locator(".line", has_text="umbrella").locator(".words").click()
    assert time(page) == pytest.approx(14, abs=0.1)
    assert burnt_in(page) == pytest.approx(14, abs=FRAME_S)
    page.locator(".line[aria-current]", has_text="umbrella").wait_for()


def test_captions_are_on_and_can_be_put_away(server: Any, plain_page: Page) -> None:
    page = plain_page
    opened(page, server, "harbour", "?t=5.5")
    until(page, "m.textTracks[0].mode === 'showing' && m.textTracks[0].activeCues?.length === 1")
    page.keyboard.press("c")
    until(page, "m.textTracks[0].mode === 'hidden'")
    assert page.locator("[data-do=captions]").get_attribute("aria-pressed") == "false"


def test_what_was_read_and_seen_is_shown_where_it_is(server: Any, plain_page: Page) -> None:
    page = plain_page
    opened(page, server, "harbour", "?t=5")
    assert page.locator(".over-box").count() == 0
    page.keyboard.press("o")
    box = page.locator(".over-box.text")
    box.wait_for()
    assert box.inner_text() == "Ferry 14:35, pier 7"
    over, frame = box.bounding_box(), page.locator("[data-over]").bounding_box()
    assert over is not None
    assert frame is not None
    assert (over["x"] - frame["x"]) / frame["width"] == pytest.approx(0.05, abs=0.01)
    assert over["width"] / frame["width"] == pytest.approx(0.62, abs=0.01)
    assert frame["width"] / frame["height"] == pytest.approx(320 / 180, abs=0.02)
    page.keyboard.press("b")
    page.locator(".line", has_text="engine").locator("a").click()
    page.locator(".over-box.object", has_text="boat").wait_for()


def test_a_line_is_put_right_in_place(own_server: Any, plain_page: Page, looks: Check) -> None:
    page = plain_page
    opened(page, own_server, "harbour")
    line = page.locator(".line", has_text="umbrella")
    line.hover()
    line.get_by_role("button").click()
    looks(page)
    page.locator(".fixing textarea").fill("Nobody has claimed the parasol at desk three.")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Put right.").wait_for()
    page.reload()
    kept = page.locator(".line", has_text="parasol")
    kept.wait_for()
    assert "umbrella" in kept.locator(".by").inner_text()
    found = own_server.library().search("parasol")
    assert "parasol" in found.moments[0].supports[0].text


# -- all kinds of footage ----------------------------------------------------------------------


def test_what_browsers_cannot_play_plays(
    own_server: Any, plain_page: Page, tmp_path: Path, shot: Check
) -> None:
    page = plain_page
    draw_clip(tmp_path / "old.avi", seconds=16.0, rate=10, tones=(Tone(0.0, 16.0),))
    draw_clip(tmp_path / "moved.mkv", seconds=6.0, rate=10, key_frame_every=5)
    if not page.evaluate("() => MediaSource.isTypeSupported('video/mp4; codecs=\"avc1.4d401f\"')"):
        pytest.skip("this Chromium has no H.264")
    library = own_server.library()
    list(library.add([tmp_path / "old.avi", tmp_path / "moved.mkv"]))
    ids = {video.name: video.id for video in library.videos()}
    page.goto(f"{own_server.url}/videos/{ids['old.avi']}?t=13")  # in the third part
    page.wait_for_function(AT_REST)
    assert burnt_in(page) == pytest.approx(13, abs=FRAME_S)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")  # into the first, which is not there yet
    assert burnt_in(page) == pytest.approx(3, abs=FRAME_S)
    page.keyboard.press("l")
    page.keyboard.press("l")
    page.keyboard.press("l")
    until(page, "m.currentTime > 7")  # over the seam between two parts
    page.keyboard.press("k")
    shot(page, "player-parts")
    assert burnt_in(page) == pytest.approx(time(page), abs=FRAME_S + 0.02)
    page.goto(f"{own_server.url}/videos/{ids['moved.mkv']}?t=4")
    page.wait_for_function(AT_REST)
    assert burnt_in(page) == pytest.approx(4, abs=FRAME_S)


def test_sound_alone_and_words_alone_have_a_page(
    own_server: Any, plain_page: Page, tmp_path: Path, looks: Check, shot: Check
) -> None:
    page = plain_page
    draw_clip(tmp_path / "talk.wav", seconds=5.0, tones=(Tone(1.0, 4.0),))
    words = "WEBVTT\n\n00:01.000 --> 00:03.000\nThe tape is lost, its words are not.\n"
    (tmp_path / "lost.vtt").write_text(words)
    (tmp_path / "talk.vtt").write_text(words.replace("tape", "talk"))
    library = own_server.library()
    list(library.add([tmp_path]))
    ids = {video.name: video.id for video in library.videos()}
    page.goto(f"{own_server.url}/videos/{ids['talk.wav']}?t=2")
    page.wait_for_function(AT_REST)
    assert time(page) == pytest.approx(2, abs=0.05)
    page.locator(".line[aria-current]", has_text="lost").wait_for()
    looks(page)
    shot(page, "player-sound")
    page.goto(f"{own_server.url}/videos/{ids['lost.vtt']}?t=2")
    page.get_by_text("words without their footage").wait_for()
    assert page.locator("video, audio").count() == 0
    page.locator(".line", has_text="lost").locator("a").wait_for()
    looks(page)
    shot(page, "player-words")


def test_an_original_that_is_gone_is_said_and_words_stay(
    own_server: Any, plain_page: Page, tmp_path: Path, looks: Check
) -> None:
    draw_clip(tmp_path / "brief.webm", seconds=2.0, rate=10)
    (tmp_path / "brief.vtt").write_text("WEBVTT\n\n00:00.000 --> 00:01.000\nIt was here.\n")
    library = own_server.library()
    list(library.add([tmp_path]))
    ids = {video.name: video.id for video in library.videos()}
    (tmp_path / "brief.webm").unlink()
    plain_page.goto(f"{own_server.url}/videos/{ids['brief.webm']}")
    plain_page.get_by_role("alert").get_by_text("not where it was").wait_for()
    plain_page.locator(".line", has_text="It was here.").wait_for()
    looks(plain_page)


def test_a_video_that_is_not_there_is_a_page_that_says_so(
    server: Any, plain_page: Page, expected: list[str]
) -> None:
    expected.append("404")
    answer = plain_page.goto(f"{server.url}/videos/{'0' * 64}")
    assert answer is not None
    assert answer.status == 404


def test_it_works_without_scripts_and_at_four_times_the_size(
    server: Any, open_page: Callable[..., Page], fits: Check, shot: Check, axe: Check
) -> None:
    bare = open_page(java_script_enabled=False)
    bare.goto(f"{server.url}/videos/{server.id_of('harbour')}")
    assert bare.locator("video[controls][src]").count() == 1
    assert bare.locator(".controls").is_hidden()
    narrow = open_page("light", (320, 640), reduced_motion="reduce")
    opened(narrow, server, "harbour", "?t=5&q=ferry")
    fits(narrow)
    axe(narrow)
    shot(narrow, "player-320")
