"""The library as somebody before a browser sees it: footage in, progress, the list."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from viewfinder.domain.time import TimeSpan

LONG = "a walk along the north quay on a long grey afternoon, second camera, take 12.mp4"


def go(page: Any, server: Any, path: str = "/library") -> None:
    page.goto(server.url + path)


def names(page: Any) -> list[str]:
    return [str(one) for one in page.locator(".library-card h2").all_inner_texts()]


def settled(page: Any) -> None:
    """Wait until nothing is added any more."""
    page.locator("vf-jobs").get_by_role("link", name="Show what is new").wait_for(timeout=60_000)
    page.wait_for_function("() => !document.querySelector('vf-jobs .job:not([hidden])')")


def test_the_library_is_accessible_and_fits_in_each_look(
    server: Any, page: Any, axe: Any, fits: Any, shot: Any
) -> None:
    go(page, server)
    assert len(names(page)) == 3
    axe(page)
    fits(page)
    shot(page, "library")
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    axe(page)
    fits(page)


def test_the_first_run_is_accessible_and_fits_in_each_look(
    empty_server: Any, page: Any, axe: Any, fits: Any, shot: Any
) -> None:
    go(page, empty_server)
    assert "Nothing is here yet" in page.inner_text("main")
    axe(page)
    fits(page)
    shot(page, "library-empty")
    page.set_viewport_size({"width": 320, "height": 640})
    fits(page)


def test_a_file_that_is_dropped_is_sent_shown_as_it_goes_and_can_be_searched(
    empty_server: Any, footage_drawn: Path, plain_page: Any, axe: Any, shot: Any
) -> None:
    page = plain_page
    go(page, empty_server)
    words = [footage_drawn / "meeting.vtt", footage_drawn / "harbour.vtt"]
    page.get_by_label("Choose files").set_input_files([footage_drawn / "meeting.webm", *words])
    settled(page)
    axe(page)
    shot(page, "library-added")
    page.get_by_role("link", name="Show what is new").click()
    page.wait_for_function("() => document.querySelectorAll('.library-card').length > 1")
    assert any("meeting" in name for name in names(page))
    found = empty_server.library().search("forty degrees")
    assert found.moments


def test_files_that_are_dropped_on_the_page_are_taken(
    empty_server: Any, footage_drawn: Path, plain_page: Any
) -> None:
    page = plain_page
    go(page, empty_server)
    text = (footage_drawn / "harbour.vtt").read_text("utf-8")
    page.evaluate(
        """text => {
            const held = new DataTransfer();
            held.items.add(new File([text], 'harbour.vtt', {type: 'text/vtt'}));
            const at = document.querySelector('vf-upload');
            at.dispatchEvent(new DragEvent('drop', {dataTransfer: held, bubbles: true}));
        }""",
        text,
    )
    settled(page)
    assert [video.name for video in empty_server.library().videos()] == ["harbour.vtt"]


def test_a_folder_of_this_machine_is_added_by_its_name_and_nothing_is_copied(
    empty_server: Any, footage_drawn: Path, plain_page: Any
) -> None:
    page = plain_page
    go(page, empty_server)
    page.get_by_label("Or name a file or a folder").fill(str(footage_drawn))
    page.keyboard.press("Enter")
    settled(page)
    page.get_by_role("link", name="Show what is new").click()
    page.wait_for_function("() => document.querySelectorAll('.library-card').length === 3")
    assert {Path(v.path).parent for v in empty_server.library().videos()} == {footage_drawn}


def test_a_file_that_cannot_be_read_says_why_and_can_be_tried_again(
    empty_server: Any, tmp_path: Path, plain_page: Any, axe: Any, shot: Any
) -> None:
    page = plain_page
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"\0\0\0\x18ftypisom" + b"no film" * 100)
    empty = tmp_path / "empty.mp4"
    empty.touch()
    go(page, empty_server)
    page.get_by_label("Choose files").set_input_files([broken, empty])
    page.get_by_text("It is empty.", exact=True).wait_for()
    job = page.locator(".job")
    job.get_by_text("could not be added").wait_for(timeout=30_000)
    assert job.locator(".error").inner_text().strip()
    axe(page)
    shot(page, "library-failed")
    again = job.get_by_role("button", name="Try again")
    again.focus()
    page.keyboard.press("Enter")
    job.get_by_role("button", name="Try again").wait_for(timeout=30_000)
    job.get_by_role("button", name="Put away").click()
    assert page.locator(".job").count() == 0


def test_a_path_that_is_not_there_is_said_so(
    empty_server: Any, plain_page: Any, expected: list[str]
) -> None:
    expected.append(r"status of 4\d\d")
    go(plain_page, empty_server)
    plain_page.get_by_label("Or name a file or a folder").fill("/nowhere/at/all")
    plain_page.get_by_role("button", name="Add it").click()
    plain_page.locator(".toast.danger").wait_for()
    assert "nowhere" in plain_page.locator(".toast.danger").inner_text()


def test_an_upload_goes_on_after_a_lost_line(
    empty_server: Any, footage_drawn: Path, plain_page: Any, expected: list[str]
) -> None:
    expected.append(r"ERR_FAILED|net::")
    page = plain_page
    lost = []

    def lose(route: Any) -> None:
        if route.request.method == "PATCH" and not lost:
            lost.append(route.request.url)
            route.abort()
        else:
            route.continue_()

    page.route("**/api/v1/uploads/*", lose)
    go(page, empty_server)
    page.get_by_label("Choose files").set_input_files(footage_drawn / "meeting.webm")
    settled(page)
    assert len(lost) == 1
    assert [video.name for video in empty_server.library().videos()] == ["meeting.webm"]


def test_the_list_is_filtered_and_ordered_without_java_script(
    server: Any, open_page: Callable[..., Any]
) -> None:
    page = open_page(java_script_enabled=False)
    go(page, server)
    page.get_by_label("Name").fill("MEET")
    with page.expect_navigation():
        page.get_by_role("button", name="Show").click()
    assert names(page) == ["meeting.webm"]
    assert "1 of 3" in page.inner_text("main")
    page.get_by_label("Name").fill("")
    page.get_by_label("Order").select_option("Longest")
    with page.expect_navigation():
        page.get_by_role("button", name="Show").click()
    assert names(page) == ["Harbour morning", "meeting.webm", LONG]
    page.get_by_label("State").select_option("Searchable in full")
    with page.expect_navigation():
        page.get_by_role("button", name="Show").click()
    assert "0 of 3" in page.inner_text("main") or len(names(page)) < 3


def test_collections_narrow_the_list_and_keepers_have_short_ways(
    own_server: Any, plain_page: Any
) -> None:
    page = plain_page
    mine = own_server.library().mine.collections
    made = mine.make("Ferries")
    mine.put(made.id, own_server.videos["harbour"], TimeSpan.of_seconds(5, 9))
    go(page, own_server)
    page.get_by_role("navigation", name="Collections").get_by_role("link", name="Ferries").click()
    page.wait_for_url("**within=*")
    assert names(page) == ["Harbour morning"]
    page.locator(".library-card summary").click()
    page.get_by_role("link", name="Forget").click()
    page.wait_for_url("**/govern/forget?video=*")
    assert "harbour.webm" in page.inner_text("main")


def test_a_card_is_reached_and_opened_by_keyboard(server: Any, plain_page: Any) -> None:
    page = plain_page
    go(page, server)
    link = page.locator(".library-card h2 a").first
    for _ in range(60):
        page.keyboard.press("Tab")
        if link.evaluate("each => each === document.activeElement"):
            break
    assert link.evaluate("each => each === document.activeElement")
    assert link.get_attribute("href").startswith("/videos/")
