"""What people come for, by keyboard alone: no mouse, and no focus that a script laid anywhere.

Wherever the focus stops on the way it can be seen, is in the window, and goes on from there.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import opentimelineio as otio

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

FERRY = "when does the ferry leave?"
MOST_STOPS = 90
MOST_INSIDE = 14  # players and fields of dates have stops of their own that a page does not see

STOP = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const drawn = (e) => {
    const s = getComputedStyle(e);
    return s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 1;
  };
  const shown = [at, at.parentElement, at.parentElement?.parentElement, ...(at.labels ?? [])];
  const here = [at, ...(at.labels ?? [])];
  const over = here.some((e) => {
    const r = e.getBoundingClientRect();
    return [[0.5, 0.5], [0.05, 0.5], [0.95, 0.5], [0.5, 0.05], [0.5, 0.95]].some(([x, y]) => {
      const hit = document.elementFromPoint(r.x + r.width * x, r.y + r.height * y);
      const around = hit?.contains(e) && hit.closest("label, summary, td, p, li");
      return hit && (e.contains(hit) || around);
    });
  });
  const said = at.getAttribute("aria-label") || at.labels?.[0]?.textContent || at.textContent;
  const name = `${at.tagName.toLowerCase()} ${said.trim().slice(0, 50)}`;
  const inside = ["VIDEO", "AUDIO"].includes(at.tagName) || at.type === "date";
  window.__stops ??= new WeakMap();
  if (!window.__stops.has(at)) window.__stops.set(at, (window.__count = (window.__count ?? 0) + 1));
  const seen = shown.some((e) => e && drawn(e));
  return { is: window.__stops.get(at), name, seen, over, inside };
}"""


def stop(page: Page) -> Any:
    """Return where the focus is, which has to be to be seen."""
    at = page.evaluate(STOP)
    assert at is not None, "the focus is lost"
    assert at["seen"], f"the focus is not seen: {at['name']}"
    assert at["over"], f"what has the focus is covered or out of the window: {at['name']}"
    return at


def to(page: Page, wanted: Locator, key: str = "Tab") -> None:
    """Go to an element, stop by stop, and look at each."""
    last, same = None, 0
    passed: list[str] = []
    for _ in range(MOST_STOPS):
        page.keyboard.press(key)
        if page.evaluate("() => document.activeElement === document.body"):
            continue  # from the end of the page to its beginning
        at = stop(page)
        passed.append(at["name"])
        same = same + 1 if last == at["is"] else 0
        assert same <= (MOST_INSIDE if at["inside"] else 0), f"no way on from {at['name']}"
        last = at["is"]
        if wanted.evaluate("e => e === document.activeElement"):
            return
    raise AssertionError(f"not reached: {wanted}; passed {passed}")


def go(page: Page, wanted: Locator, key: str = "Tab") -> None:
    """Go to a link or a button, and press it."""
    to(page, wanted, key)
    page.keyboard.press("Enter")


def place(page: Page, name: str) -> None:
    """Go to a place of the menu on top, from the beginning of the page."""
    link = page.locator("#nav").get_by_role("link", name=name, exact=True)
    if not page.locator("#nav").is_visible():
        go(page, page.locator(".menu-button"))
        link.wait_for()
    with page.expect_navigation():
        go(page, link)


def asked(page: Page, question: str) -> Any:
    """Type a question where the focus already is; return the answer."""
    stop(page)
    before = page.locator(".turn:not(.live)").count()
    page.keyboard.type(question)
    page.keyboard.press("Enter")
    made = page.locator(".turn:not(.live)").nth(before)
    made.wait_for()
    return made


def test_the_first_run_begins_with_a_file_and_ends_with_an_answer(
    empty_server: Any, footage_drawn: Path, keys: Page, shot: Any
) -> None:
    page = keys
    page.on("filechooser", lambda _: None)  # from now on, not only once it is waited for
    page.goto(empty_server.url + "/")
    to(page, page.get_by_label("Choose files"))
    with page.expect_file_chooser() as coming:
        page.keyboard.press("Enter")
    coming.value.set_files(footage_drawn / "harbour.vtt")
    page.locator("vf-jobs").get_by_role("link", name="Show what is new").wait_for()
    stop(page)
    shot(page, "journey-first")
    with page.expect_navigation():
        go(page, page.get_by_role("link", name="Ask about it"))
    assert "Heron Island" in asked(page, FERRY).inner_text()


def test_a_question_is_asked_played_at_the_cited_second_and_gone_on_with(
    server: Any, keys: Page
) -> None:
    page = keys
    page.goto(server.url + "/")
    cite = asked(page, FERRY).locator(".cite").first
    go(page, cite, "Shift+Tab")
    page.wait_for_function(
        "() => { const v = document.querySelector('vf-preview video');"
        " return v && v.readyState >= 2 && v.currentTime >= 5 && v.currentTime < 9; }"
    )
    page.keyboard.press("Escape")
    assert cite.evaluate("e => e === document.activeElement")
    stop(page)
    page.keyboard.press("/")
    assert "umbrella" in asked(page, "and the umbrella?").inner_text()
    refused = asked(page, "who is this woman?")
    assert "no-identification" in refused.inner_text()
    assert "Instead:" in refused.inner_text()
    page.keyboard.press("Escape")  # from the question to the answer
    assert stop(page)["name"] == "h2 who is this woman?"
    page.keyboard.press("/")
    stop(page)


def test_help_is_opened_and_left_and_the_theme_is_changed(server: Any, keys: Page) -> None:
    page = keys
    page.goto(server.url + "/library")
    before = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    switch = page.locator("[data-theme-switch]")
    go(page, switch)
    assert page.evaluate("() => getComputedStyle(document.body).backgroundColor") != before
    stop(page)
    page.keyboard.press("?")
    page.locator("dialog#help[open]").wait_for()
    stop(page)
    page.keyboard.press("Escape")
    assert page.locator("dialog#help[open]").count() == 0
    assert switch.evaluate("e => e === document.activeElement")
    go(page, page.locator("[data-help]"))
    page.locator("dialog#help[open]").wait_for()
    page.keyboard.press("Enter")  # on the button that closes it
    assert page.locator("dialog#help[open]").count() == 0
    stop(page)
    page.reload()
    page.keyboard.press("Tab")
    assert stop(page)["name"] == "a Skip to content"
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "main"
    to(page, page.locator("main summary").first)


def test_a_line_is_put_right(own_server: Any, keys: Page) -> None:
    page = keys
    page.goto(f"{own_server.url}/videos/{own_server.id_of('harbour')}?t=14")
    line = page.locator(".line", has_text="umbrella")
    line.wait_for()
    go(page, line.get_by_role("button"))
    page.locator(".fixing textarea").wait_for()
    stop(page)
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("Nobody has claimed the parasol at desk three.")
    go(page, page.get_by_role("button", name="Save", exact=True))
    page.get_by_text("Put right.").wait_for()
    stop(page)
    moments = own_server.library().search("parasol").moments
    assert "parasol" in moments[0].supports[0].text


def test_a_moment_is_collected_and_taken_out_as_a_timeline(
    own_server: Any, keys: Page, tmp_path: Path
) -> None:
    page = keys
    page.goto(own_server.url + "/ask?q=engine+test")
    collect = page.locator("[data-collect]").first
    go(page, collect)
    page.locator("dialog[open]").get_by_role("button", name="Put in").wait_for()
    stop(page)
    go(page, page.get_by_role("button", name="Put in"))
    page.get_by_text("Put into the collection.").wait_for()
    assert collect.evaluate("e => e === document.activeElement")
    stop(page)
    page.goto(own_server.url + "/history")
    place(page, "Collections")
    with page.expect_navigation():
        go(page, page.locator(".card h2 a").first)
    to(page, page.get_by_role("button", name="Export"))
    with page.expect_download() as coming:
        page.keyboard.press("Enter")
    coming.value.save_as(tmp_path / "made.otio")
    timeline = otio.adapters.read_from_file(str(tmp_path / "made.otio"))
    assert len(list(timeline.video_tracks()[0].find_clips())) == 1
    stop(page)


def test_a_video_is_forgotten_and_the_receipt_taken_along(
    own_server: Any, keys: Page, shot: Any
) -> None:
    page = keys
    page.goto(own_server.url + "/library")
    card = page.locator(".library-card", has_text="meeting.webm")
    go(page, card.locator("summary"))
    with page.expect_navigation():
        go(page, card.get_by_role("link", name="Forget"))
    to(page, page.get_by_label("Why"))
    page.keyboard.type("asked for")
    to(page, page.get_by_label("Type meeting.webm"))
    page.keyboard.type("meeting.webm")
    with page.expect_navigation():
        go(page, page.get_by_role("button", name="Forget for good"))
    shot(page, "journey-receipt")
    to(page, page.get_by_role("link", name="Download the signed receipt"))
    with page.expect_download() as coming:
        page.keyboard.press("Enter")
    assert coming.value.failure() is None
    assert "meeting" not in {Path(video.path).stem for video in own_server.library().videos()}


def test_somebody_logs_in_after_a_wrong_word_and_out_again(
    locked_server: Any, keys: Page, expected: list[str], looks: Any, shot: Any
) -> None:
    expected.append(r"status of 401")
    page = keys
    page.goto(locked_server.url + "/library")
    assert re.search(r"/login\?next=", page.url)
    stop(page)
    page.keyboard.type("kim")
    to(page, page.get_by_label("Password"))
    page.keyboard.type("not this one")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    looks(page)
    stop(page)  # in the field of the password, the name is kept
    page.keyboard.type(locked_server.password)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url == locked_server.url + "/library"
    place(page, "Account")
    to(page, page.get_by_label("What it is for"))
    page.keyboard.type("a program of mine")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.get_by_text("Copy it now.").is_visible()
    looks(page)
    shot(page, "account")
    with page.expect_navigation():
        go(page, page.get_by_role("link", name="All accounts and tokens"))
    looks(page)
    shot(page, "account-people")
    place(page, "Account")
    with page.expect_navigation():
        go(page, page.get_by_role("button", name="Log out").first)
    assert page.url.endswith("/login")
