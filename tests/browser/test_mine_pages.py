"""One's own things as somebody before a browser sees them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import opentimelineio as otio
import pytest

from viewfinder.domain.conversation import Conversation
from viewfinder.domain.time import TimeSpan

PLACES = (
    "/collections",
    "/saved",
    "/history",
    "/history/judgements",
    "/history/corrections",
)
QUESTION = "When does the ferry leave?"


def go(page: Any, server: Any, path: str) -> None:
    page.goto(server.url + path)


def main(page: Any) -> str:
    return str(page.inner_text("main"))


def submit(page: Any, words: str, within: Any = None) -> None:
    with page.expect_navigation():
        (within or page).get_by_role("button", name=words).first.click()


@pytest.fixture
def lived_in(own_server: Any) -> Any:
    """A library in which somebody has kept, judged and corrected things."""
    library, videos = own_server.library(), own_server.videos
    mine = library.mine
    made = mine.collections.make("Ferries")
    first, second = TimeSpan.of_seconds(5, 9), TimeSpan.of_seconds(9, 13)
    mine.collections.put(made.id, videos["harbour"], first, "the time of leaving")
    mine.collections.put(made.id, videos["meeting"], second)
    mine.searches.keep(QUESTION, "Ferry times")
    mine.judgements.moment(QUESTION, videos["harbour"], first, relevant=True)
    mine.judgements.answer(QUESTION, (), good=False, note="it was another ferry")
    mine.corrections.put_right(
        videos["harbour"], 6_000_000_000, "The ferry leaves at three.", track="captions"
    )
    talk, _ = library.converse(Conversation(), QUESTION)
    assert library.keep(talk) is not None
    return own_server


def test_one_s_own_pages_are_accessible_and_fit_in_each_look(
    lived_in: Any, page: Any, axe: Any, fits: Any, shot: Any
) -> None:
    made = lived_in.library().mine.collections.all()[0]
    for path in (*PLACES, f"/collections/{made.id}"):
        answer = page.goto(lived_in.url + path)
        assert answer.status == 200, path
        axe(page)
        fits(page)
        shot(page, path.strip("/").replace("/", "-")[:24])
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        axe(page)
        page.set_viewport_size({"width": 320, "height": 640})
        fits(page)


def test_empty_pages_say_what_comes_there(
    empty_server: Any, plain_page: Any, axe: Any, fits: Any
) -> None:
    for path in PLACES:
        go(plain_page, empty_server, path)
        assert plain_page.locator(".empty").is_visible()
        axe(plain_page)
        fits(plain_page)


def test_a_collection_is_made_filled_ordered_noted_and_forgotten_without_java_script(
    own_server: Any, open_page: Callable[..., Any]
) -> None:
    page = open_page(java_script_enabled=False)
    go(page, own_server, "/collections")
    page.get_by_label("A new collection").fill("Harbour story")
    page.keyboard.press("Enter")
    page.wait_for_url("**/collections/*")
    for video, start in (("harbour", "0:05"), ("meeting", "0:09")):
        if not page.get_by_label("Video").is_visible():
            page.get_by_text("Add a moment by its time").click()
        page.get_by_label("Video").fill(video)
        page.get_by_label("From").fill(start)
        submit(page, "Add")
    items = page.locator(".mine-item")
    assert "harbour.webm" in items.nth(0).inner_text()
    submit(page, "Later", items.nth(0))
    assert "meeting.webm" in items.nth(0).inner_text()
    page.get_by_label("Note on moment 1").fill("begin with this")
    page.keyboard.press("Enter")
    page.wait_for_url("**done=changed")
    assert page.get_by_label("Note on moment 1").input_value() == "begin with this"
    submit(page, "Take out", items.nth(1))
    assert items.count() == 1
    page.get_by_text("Rename, share or forget").click()
    page.get_by_label("Name", exact=True).fill("Quay")
    submit(page, "Rename")
    assert page.locator("h1").inner_text() == "Quay"
    page.get_by_text("Rename, share or forget").click()
    submit(page, "Forget this collection")
    assert "Forgotten." in main(page)
    assert own_server.library().mine.collections.all() == []


def test_a_collection_is_taken_along_as_a_timeline_that_opens(
    lived_in: Any, plain_page: Any, tmp_path: Any
) -> None:
    page = plain_page
    made = lived_in.library().mine.collections.all()[0]
    go(page, lived_in, f"/collections/{made.id}")
    page.get_by_label("Seconds before each").fill("1")
    with page.expect_download() as coming:
        page.get_by_role("button", name="Export").click()
    coming.value.save_as(tmp_path / "made.otio")
    timeline = otio.adapters.read_from_file(str(tmp_path / "made.otio"))
    assert timeline.name == "Ferries"
    assert len(list(timeline.video_tracks()[0].find_clips())) == 2


def test_a_wrong_moment_changes_nothing_and_says_why(
    lived_in: Any, plain_page: Any, expected: list[str]
) -> None:
    expected.append(r"status of 4\d\d")
    page = plain_page
    made = lived_in.library().mine.collections.all()[0]
    go(page, lived_in, f"/collections/{made.id}")
    page.get_by_text("Add a moment by its time").click()
    page.get_by_label("Video").fill("harbour")
    page.get_by_label("From").fill("9:59")
    submit(page, "Add")
    assert page.locator(".note.danger").is_visible()
    assert page.locator(".mine-item").count() == 2


def test_a_saved_search_says_what_is_new_since_it_was_run(lived_in: Any, plain_page: Any) -> None:
    page = plain_page
    go(page, lived_in, "/saved")
    submit(page, "What is new")
    assert "run for the first time" in main(page)
    submit(page, "What is new")
    assert "0 new" in main(page)
    page.get_by_label("Keep a search").fill("nine thousand euros")
    submit(page, "Keep it")
    assert "Kept." in main(page)
    assert len(lived_in.library().mine.searches.all()) == 2
    page.locator("li", has_text="nine thousand").locator("summary").click()
    submit(page, "Forget", page.locator("li", has_text="nine thousand"))
    assert len(lived_in.library().mine.searches.all()) == 1


def test_a_conversation_is_gone_on_with_taken_along_and_forgotten(
    lived_in: Any, plain_page: Any, tmp_path: Any
) -> None:
    page = plain_page
    go(page, lived_in, "/history?find=FERRY")
    page.get_by_role("link", name="Go on").click()
    page.wait_for_url("**talk=*")
    assert QUESTION in main(page)
    go(page, lived_in, "/history")
    page.locator("summary", has_text="Export").click()
    with page.expect_download() as coming:
        page.get_by_role("link", name="Markdown").click()
    coming.value.save_as(tmp_path / "talk.md")
    assert QUESTION in (tmp_path / "talk.md").read_text("utf-8")
    submit(page, "Forget")
    assert "Forgotten." in main(page)
    assert lived_in.library().conversations() == []


def test_judgements_and_corrections_are_seen_and_taken_back(
    lived_in: Any, plain_page: Any, tmp_path: Any
) -> None:
    page = plain_page
    go(page, lived_in, "/history/judgements")
    assert page.locator("tbody tr").count() == 2
    with page.expect_download() as coming:
        page.get_by_role("link", name="Export as questions").click()
    coming.value.save_as(tmp_path / "judged.jsonl")
    assert QUESTION in (tmp_path / "judged.jsonl").read_text("utf-8")
    submit(page, "Take back", page.locator("tbody tr").first)
    assert page.locator("tbody tr").count() == 1
    go(page, lived_in, "/history/corrections")
    assert "The ferry leaves at three." in main(page)
    assert "Machine: The ferry to Heron Island" in main(page)
    submit(page, "Undo")
    assert "The machine's words are back." in main(page)
    assert "No line was put right" in main(page)
