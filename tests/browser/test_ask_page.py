"""The page to ask from, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

Check = Callable[..., None]

FERRY = "when does the ferry leave?"
NOT_THERE = "zebra on a glacier"
WHO = "who is this woman?"
CITED_S = 5.0


def ask(page: Page, question: str) -> Any:
    """Ask on the page; return the answer once it is whole."""
    before = page.locator(".turn:not(.live)").count()
    page.locator("[data-question]").fill(question)
    page.keyboard.press("Enter")
    made = page.locator(".turn:not(.live)").nth(before)
    made.wait_for()
    return made


def played_at(page: Page) -> float:
    """Return the second that the preview began to play at, once it plays."""
    at: float = page.wait_for_function(
        "() => { const v = document.querySelector('vf-preview video');"
        " const plays = v && v.readyState >= 2 && !v.seeking && v.currentTime > 0;"
        " return plays ? v.currentTime : null; }"
    ).json_value()
    return at


# -- answers ----------------------------------------------------------------------------------


def test_a_question_is_answered_and_its_citation_plays_the_cited_second(
    server: Any, page: Page, axe: Check, fits: Check, shot: Check
) -> None:
    page.goto(server.url + "/")
    axe(page)
    shot(page, "ask-first")
    made = ask(page, FERRY)
    assert "The ferry to Heron Island leaves" in made.locator(".claim").first.inner_text()
    assert re.search(r"\?talk=[0-9a-f]+", page.url)
    made.locator(".cite").first.click()
    assert CITED_S <= played_at(page) < CITED_S + 4
    assert "Heron Island" in page.locator("vf-preview .said").inner_text()
    page.locator("vf-preview .said.now").wait_for()
    page.evaluate("() => document.querySelector('vf-preview video').pause()")
    axe(page)
    fits(page)
    shot(page, "ask-answer")


def test_a_follow_up_goes_on_and_the_conversation_is_there_again(
    server: Any, plain_page: Page
) -> None:
    page = plain_page
    page.goto(server.url + "/")
    ask(page, FERRY)
    ask(page, "and the umbrella?")
    assert page.locator(".turn").count() == 2
    page.goto(page.url)
    assert page.locator(".turn .question").all_inner_texts() == [FERRY, "and the umbrella?"]


def test_claims_come_as_events_that_are_kept_for_a_lost_line(server: Any, plain_page: Page) -> None:
    page = plain_page
    page.goto(server.url + "/")
    told = page.evaluate(
        """async (question) => {
          const form = document.querySelector('.composer');
          const beside = document.querySelector('script[src*="/ask.js"]').src;
          const { events } = await import(beside.replace('ask.js', 'stream.js'));
          const sent = new FormData(form);
          sent.set('question', question);
          const names = [];
          const { signal } = new AbortController();
          for await (const e of events('/talk', sent, signal)) names.push([e.name, e.id]);
          return names;
        }""",
        FERRY,
    )
    names = [name for name, _ in told]
    assert names[0] == "progress"
    assert names[-1] == "turn"
    assert all(number for _, number in told)
    rest = page.evaluate(
        """async ([question, last]) => {
          const form = document.querySelector('.composer');
          const sent = new FormData(form);
          sent.set('question', question);
          const headers = { Accept: 'text/event-stream', 'Last-Event-ID': last };
          const body = new URLSearchParams(sent);
          return await (await fetch('/talk', { method: 'POST', headers, body })).text();
        }""",
        [FERRY, told[0][1]],
    )
    assert re.findall(r"^id: ?(.*)$", rest, re.MULTILINE) == [number for _, number in told[1:]]


def test_a_question_that_policy_turns_down_tells_the_rule_and_another_way(
    server: Any, page: Page, axe: Check, fits: Check, shot: Check
) -> None:
    page.goto(server.url + "/")
    made = ask(page, WHO)
    told = made.locator(".note").inner_text()
    assert "no-identification" in told
    assert "Instead:" in told
    assert made.locator(".claim, vf-moment").count() == 0
    axe(page)
    fits(page)
    shot(page, "ask-refusal")


def test_what_is_not_there_is_said_so_with_what_was_searched_and_the_nearest(
    server: Any, page: Page, axe: Check, fits: Check, shot: Check
) -> None:
    page.goto(server.url + "/")
    made = ask(page, NOT_THERE)
    told = made.inner_text()
    assert "Searched: 3 videos" in told
    assert "What would help" in told
    assert "not an answer" in told.lower() or made.locator("vf-moment").count() == 0
    assert made.locator(".claim").count() == 0
    axe(page)
    fits(page)
    shot(page, "ask-abstention")


def test_where_two_things_may_be_meant_the_choices_are_buttons(
    server: Any, page: Page, axe: Check, shot: Check
) -> None:
    page.goto(server.url + "/")
    ask(page, "engine test")
    made = ask(page, "show me the ninth one")
    assert made.locator("[data-choices] button").count() >= 2
    axe(page)
    shot(page, "ask-choices")
    made.locator("[data-choices] button").first.click()
    page.locator(".turn:not(.live)").nth(2).wait_for()


def test_what_is_asked_and_what_is_said_in_footage_is_never_markup(
    server: Any, plain_page: Page
) -> None:
    page = plain_page
    asked = "<img src=x onerror=alert(1)> ferry' \" & <b>"
    page.goto(server.url + "/")
    made = ask(page, asked)
    assert made.locator(".question").inner_text() == asked
    page.goto(server.url + "/ask?q=" + quote_plus(asked))
    assert page.locator(".question").inner_text() == asked
    assert page.locator("img[src=x], main b").count() == 0


# -- moments ----------------------------------------------------------------------------------


def test_why_a_moment_matched_shows_words_with_marks_and_boxes(
    server: Any, page: Page, axe: Check, fits: Check, shot: Check
) -> None:
    page.goto(server.url + "/ask?q=" + quote_plus("ferry at the pier"))
    cards = page.locator("vf-moment")
    assert cards.locator("mark").count()
    assert cards.locator(".boxes rect").count()
    cards.first.locator("summary").click()
    axe(page)
    fits(page)
    shot(page, "ask-why")


def test_moments_are_walked_and_looked_through_by_keyboard(server: Any, plain_page: Page) -> None:
    page = plain_page
    page.goto(server.url + "/ask?q=" + quote_plus("engine test"))
    frames = page.locator("vf-moments").first.locator(".frame")
    assert frames.count() >= 2
    frames.first.focus()
    still = frames.first.locator("img").get_attribute("src")
    page.keyboard.press(".")
    assert frames.first.locator("img").get_attribute("src") != still
    page.keyboard.press("ArrowRight")
    assert page.evaluate("() => document.activeElement.getAttribute('aria-label')") == frames.nth(
        1
    ).get_attribute("aria-label")
    assert frames.first.locator("img").get_attribute("src") == still
    page.keyboard.press("Enter")
    assert played_at(page) > 0
    page.keyboard.press("Escape")
    assert page.locator("vf-preview video").count() == 0


def test_the_pointer_scrubs_a_still(server: Any, plain_page: Page) -> None:
    page = plain_page
    page.goto(server.url + "/ask?q=" + quote_plus("engine test"))
    frame = page.locator(".frame").first
    still = frame.locator("img")
    first = still.get_attribute("src")
    edges = frame.bounding_box()
    assert edges is not None
    page.mouse.move(edges["x"] + edges["width"] * 0.9, edges["y"] + 20)
    assert still.get_attribute("src") != first
    page.mouse.move(2, 2)
    assert still.get_attribute("src") == first


def test_two_moments_are_compared_side_by_side(
    server: Any, page: Page, axe: Check, fits: Check, shot: Check
) -> None:
    page.goto(server.url + "/ask?q=" + quote_plus("engine test"))
    page.locator("[data-compare]").nth(0).click()
    page.locator("[data-compare]").nth(1).click()
    page.locator(".compare-bar a").click()
    page.wait_for_url("**/compare?**")
    assert page.locator("vf-compare video").count() == 2
    page.wait_for_function(
        "() => [...document.querySelectorAll('video')].every("
        "v => Math.abs(v.currentTime - Number(v.dataset.start)) < 0.2)"
    )
    axe(page)
    fits(page)
    shot(page, "compare")


def test_a_moment_leads_to_others_like_it(server: Any, plain_page: Page) -> None:
    page = plain_page
    page.goto(server.url + "/ask?q=" + quote_plus("engine test"))
    page.locator("vf-moment a[href*='like=']").first.click()
    page.wait_for_url("**/ask?like=**")
    assert page.locator(".question").inner_text().startswith("Like ")


def test_answers_are_judged_searches_kept_and_moments_collected(
    own_server: Any, plain_page: Page, axe: Check, shot: Check
) -> None:
    page = plain_page
    page.goto(own_server.url + "/ask?q=" + quote_plus("engine test"))
    page.get_by_role("button", name="Good answer").click()
    page.get_by_role("button", name="Good answer", pressed=True).wait_for()
    page.get_by_role("button", name="Not relevant").first.click()
    page.locator("vf-moment[data-judged=no]").wait_for()
    page.get_by_role("button", name="Save this search").click()
    page.get_by_text("Saved; see").wait_for()
    page.locator("[data-collect]").first.click()
    axe(page)
    shot(page, "collect", full=False)
    page.get_by_role("button", name="Put in").click()
    page.get_by_text("Put into the collection.").wait_for()
    mine = own_server.library().mine
    assert {one.verdict for one in mine.judgements.all()} == {"good answer", "not relevant"}
    assert [one.question for one in mine.searches.all()] == ["engine test"]
    assert [one.count for one in mine.collections.all()] == [1]


@pytest.mark.parametrize("kind_of_file", ["html", "md", "otio", "table"])
def test_an_answer_is_taken_out_from_its_menu(
    server: Any, plain_page: Page, kind_of_file: str
) -> None:
    page = plain_page
    page.goto(server.url + "/ask?q=" + quote_plus("engine test"))
    page.locator(".take summary").click()
    page.keyboard.press("Escape")
    assert not page.locator(".take .pop").is_visible()
    page.keyboard.press("Enter")
    with page.expect_download() as coming:
        page.locator(f".take a[href*='kind={kind_of_file}&']").click()
    assert coming.value.failure() is None
    assert "engine" in coming.value.path().read_text("utf-8").lower()


# -- the plan ---------------------------------------------------------------------------------


def test_a_part_of_the_plan_is_taken_away_and_the_rest_is_asked_again(
    server: Any, page: Page, axe: Check, shot: Check
) -> None:
    question = 'ferry "fourteen thirty five" in videos longer than 1 minute'
    page.goto(server.url + "/ask?q=" + quote_plus(question))
    page.locator(".plan summary").click()
    axe(page)
    shot(page, "ask-plan")
    chips = page.locator(".plan .chip")
    said = chips.all_inner_texts()
    assert any("60 s" in text for text in said), said
    chips.filter(has_text="60 s").locator("input").uncheck()
    page.get_by_role("button", name="Look again").click()
    page.wait_for_url("**changed=1**")
    assert "Heron Island" in page.locator(".turn").inner_text()
    assert not any("60 s" in text for text in page.locator(".plan .chip").all_inner_texts())


# -- for everybody ----------------------------------------------------------------------------


def test_everything_is_done_by_keyboard_alone(server: Any, plain_page: Page) -> None:
    page = plain_page
    page.goto(server.url + "/")
    page.locator("body").press("Escape")
    page.keyboard.press("Tab")
    page.evaluate("() => document.activeElement.blur()")
    page.keyboard.press("/")
    page.keyboard.type(FERRY)
    page.keyboard.press("Enter")
    page.locator(".turn:not(.live)").wait_for()
    cite = page.locator(".cite").first
    for _ in range(40):
        if cite.evaluate("e => e === document.activeElement"):
            break
        page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    assert CITED_S <= played_at(page) < CITED_S + 4
    page.keyboard.press("Escape")
    assert cite.evaluate("e => e === document.activeElement")
    page.keyboard.press("?")
    page.locator("dialog#help[open]").wait_for()
    page.keyboard.press("Escape")
    assert page.locator("dialog#help[open]").count() == 0


def test_the_help_the_menu_and_the_picture_dialog_stand_the_check(
    server: Any, page: Page, axe: Check, shot: Check
) -> None:
    page.goto(server.url + "/")
    page.locator("[data-help]").click()
    axe(page)
    shot(page, "help", full=False)
    page.keyboard.press("Escape")
    page.locator("[data-picture]").click()
    axe(page)
    shot(page, "ask-picture", full=False)
    page.keyboard.press("Escape")
    menu = page.locator(".menu-button")
    if menu.is_visible():
        menu.click()
        axe(page)
        shot(page, "menu", full=False)


def test_the_theme_that_was_chosen_stays(server: Any, plain_page: Page) -> None:
    page = plain_page
    page.goto(server.url + "/")
    light = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    page.locator("[data-theme-switch]").click()
    page.reload()
    assert page.evaluate("() => document.documentElement.dataset.theme") == "dark"
    assert page.evaluate("() => getComputedStyle(document.body).backgroundColor") != light


@pytest.mark.parametrize("question", [FERRY, WHO, NOT_THERE])
def test_at_400_percent_nothing_is_scrolled_sideways(
    server: Any, open_page: Callable[..., Page], fits: Check, shot: Check, question: str
) -> None:
    page = open_page("light", (320, 256))
    page.goto(server.url + "/ask?q=" + quote_plus(question))
    fits(page)
    if question == FERRY:
        page.locator(".cite").first.click()
        played_at(page)
        fits(page)
        for summary in page.locator("summary:visible").all():
            summary.click()
        fits(page)


def test_who_asked_for_less_motion_gets_none(server: Any, open_page: Callable[..., Page]) -> None:
    page = open_page(reduced_motion="reduce")
    page.goto(server.url + "/ask?q=" + quote_plus(FERRY))
    moving = page.evaluate(
        "() => [...document.querySelectorAll('*')].filter(e => {"
        " const s = getComputedStyle(e);"
        " return parseFloat(s.animationDuration) > 0.01 || parseFloat(s.transitionDuration) > 0.01;"
        "}).length"
    )
    assert moving == 0


def test_without_scripts_a_question_is_answered_and_gone_on_with(
    server: Any, open_page: Callable[..., Page], fits: Check
) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(server.url + "/ask?q=" + quote_plus(FERRY))
    assert "The ferry to Heron Island leaves" in page.locator(".claim").first.inner_text()
    assert page.locator(".js:visible").count() == 0
    page.locator("[data-question]").fill("and the umbrella?")
    page.locator(".send").click()
    page.wait_for_url("**/?talk=**")
    assert page.locator(".turn .question").all_inner_texts() == [FERRY, "and the umbrella?"]


def test_an_empty_library_says_how_to_begin(
    empty_server: Any, page: Page, axe: Check, fits: Check, shot: Check
) -> None:
    page.goto(empty_server.url + "/")
    assert page.locator("vf-upload input[type=file]").count() >= 1
    axe(page)
    fits(page)
    shot(page, "first-run")


def test_the_first_page_is_small(server: Any, plain_page: Page) -> None:
    page = plain_page
    sizes: list[int] = []
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.loadingFinished", lambda done: sizes.append(int(done["encodedDataLength"])))
    page.goto(server.url + "/", wait_until="networkidle")
    assert 0 < sum(sizes) <= 100_000, sizes


def test_what_is_not_there_is_told_as_a_page(
    server: Any, plain_page: Page, expected: list[str]
) -> None:
    expected.append("404")
    answered = plain_page.goto(server.url + "/?talk=000000000000")
    assert answered is not None
    assert answered.status == 404
    assert plain_page.locator("h1").inner_text() == "Not found"
