"""The pages of keepers: what each shows, does and refuses, as somebody before a browser sees it."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from viewfinder.app.governing.access import Change
from viewfinder.app.governing.consents import State, Word
from viewfinder.app.governing.overrides import Ask
from viewfinder.domain.time import TimeSpan
from viewfinder.surfaces.keepers.desk import SHEETS

ROOT = Path(__file__).resolve().parents[2]
CHECKER = ROOT / "scripts" / "verify_log.py"
LONG = "a walk along the north quay on a long grey afternoon, second camera, take 12.mp4"
EVERY = ["/govern", *(sheet.path for sheet in SHEETS.values())]
REFUSED = r"status of 403"


def go(page: Any, server: Any, path: str) -> None:
    page.goto(server.url + path)


def main(page: Any) -> str:
    return str(page.inner_text("main"))


def submit(page: Any, words: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=words).click()


@pytest.fixture
def held(governed_server: Any) -> Any:
    """A governed library where something of everything stands."""
    kim = governed_server.premises.shared.view("kim", purpose="disclosure")
    videos = governed_server.videos
    part = TimeSpan.of_seconds(2, 5)
    keeper = kim.governing
    keeper.access.restrict(videos["meeting"], Change(labels=("sealed",)), during=part)
    word = Word("Witness 4", State.GIVEN, None, ("search",), until="2031-01-01", note="folder 12")
    keeper.consents.note(videos["harbour"], word)
    keeper.holds.place(videos["meeting"], case="HF-7", reason="order", review="2026-01-31")
    keeper.switching.turn("collection:archive", off=True, reason="rights are in dispute")
    ann = governed_server.premises.shared.view("ann", purpose="disclosure")
    ann.governing.overrides.ask(Ask("case-needed", "appeal", "The desk has no numbers."))
    kim.ask("When does the ferry leave?")
    return governed_server


def test_every_page_of_keepers_is_accessible_and_fits_in_each_look(
    held: Any, page: Any, axe: Any, fits: Any, shot: Any
) -> None:
    more = ["/govern/profile?to=court", "/govern/documents/dpia", "/govern/energy?watts=8"]
    more += [f"/govern/forget?video={held.id_of('harbour')}"]
    more += [f"/govern/access?video={held.id_of('meeting')}"]
    sheets = {sheet.path: sheet for sheet in SHEETS.values()}
    for path in (*EVERY, *more):
        answer = page.goto(held.url + path)
        assert answer.status == 200, path
        if sheet := sheets.get(path):  # it says what it is for, and what it cannot do
            said = page.inner_text(".office-head").replace("\n", " ")
            assert said.startswith(sheet.title), path
            assert sheet.about.replace("`", "") in said, path
            assert sheet.limits.replace("`", "") in said, path
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        axe(page)
        fits(page)
        shot(page, path.strip("/").partition("?")[0].replace("/", "-"))
        size = page.viewport_size
        if size["width"] < 600:
            page.set_viewport_size({"width": 320, "height": 640})
            fits(page)
            page.set_viewport_size(size)


def test_forgetting_takes_the_name_typed_and_gives_a_receipt_that_the_checker_accepts(
    governed_server: Any, plain_page: Any, tmp_path: Path, expected: list[str], looks: Any
) -> None:
    expected.append(r"status of 422")
    page = plain_page
    go(page, governed_server, f"/govern/forget?video={governed_server.id_of('harbour')}")
    assert "This would go" in main(page)
    assert "captions" in main(page)
    page.get_by_label("Type harbour.webm").fill("harbour")
    page.get_by_label("Why").fill("asked for")
    submit(page, "Forget for good")
    assert "nothing was forgotten" in main(page)
    assert governed_server.id_of("harbour") in {v.id for v in governed_server.library().videos()}
    page.get_by_label("Type harbour.webm").fill("harbour.webm")
    submit(page, "Forget for good")
    assert "Receipt" in main(page)
    looks(page)
    with page.expect_download() as coming:
        page.get_by_role("link", name="Download the signed receipt").click()
    receipt = tmp_path / "receipt.json"
    coming.value.save_as(receipt)
    done = subprocess.run(
        [sys.executable, str(CHECKER), str(receipt)], capture_output=True, text=True, check=False
    )
    assert "nothing is wrong" in done.stdout
    assert governed_server.id_of("harbour") not in {
        v.id for v in governed_server.library().videos()
    }
    go(page, governed_server, "/library")
    assert "harbour" not in main(page).casefold()


def test_what_is_held_is_not_forgotten(held: Any, plain_page: Any, expected: list[str]) -> None:
    expected.append(REFUSED)
    go(plain_page, held, f"/govern/forget?video={held.id_of('meeting')}")
    assert "held for HF-7" in main(plain_page)
    plain_page.get_by_label("Type meeting.webm").fill("meeting.webm")
    submit(plain_page, "Forget for good")
    assert "legal-hold" in main(plain_page)
    assert held.id_of("meeting") in {v.id for v in held.library().videos()}


def test_consent_is_noted_and_taken_back_and_says_what_follows(
    governed_server: Any, become: Any, plain_page: Any
) -> None:
    page = plain_page
    go(page, governed_server, "/govern/consent")
    page.get_by_label("Person or group").fill("Witness 4")
    page.get_by_label("Video", exact=True).fill("harbour.webm")
    page.get_by_label("do not agree").check()
    submit(page, "Note it")
    assert "Noted. The next question obeys." in main(page)
    assert "consent none" in main(page)
    ann = governed_server.premises.shared.view("ann")
    assert "harbour.webm" not in {video.name for video in ann.videos()}
    page.get_by_label("Whose consent").select_option("Witness 4")
    submit(page, "Withdraw everywhere")
    assert "Withdrawn in 1 video" in main(page)


def test_a_form_that_is_wrong_keeps_what_was_typed(
    governed_server: Any, plain_page: Any, expected: list[str]
) -> None:
    expected.append(r"status of 4\d\d")
    go(plain_page, governed_server, "/govern/holds")
    plain_page.get_by_label("Video", exact=True).fill("nowhere.mp4")
    plain_page.get_by_label("For which case").fill("HF-7")
    plain_page.get_by_label("Look at it again by").fill("2027-03-01")
    plain_page.get_by_label("Why", exact=True).fill("an order")
    submit(plain_page, "Place the hold")
    assert "no video 'nowhere.mp4'" in main(plain_page)
    assert plain_page.get_by_label("For which case").input_value() == "HF-7"
    plain_page.get_by_label("Video", exact=True).fill("harbour")
    submit(plain_page, "Place the hold")
    assert "The hold stands." in main(plain_page)
    assert [hold.case for hold in governed_server.library().governing.holds.standing()] == ["HF-7"]


def test_the_log_is_checked_and_handed_over_and_the_other_side_can_check_it(
    held: Any, plain_page: Any, tmp_path: Path
) -> None:
    page = plain_page
    go(page, held, "/govern/log")
    submit(page, "Check the whole log")
    assert "Nothing is wrong" in main(page)
    page.get_by_label("Done").select_option("hold")
    submit(page, "Show")
    rows = page.locator("tbody tr")
    assert rows.count() == 1
    assert "meeting.webm" in rows.first.inner_text()
    go(page, held, "/govern/log")
    with page.expect_download() as coming:
        page.get_by_role("button", name="Download the bundle").click()
    coming.value.save_as(tmp_path / "log.zip")
    with zipfile.ZipFile(tmp_path / "log.zip") as archive:
        archive.extractall(tmp_path)
    done = subprocess.run(
        [sys.executable, str(CHECKER), str(tmp_path / "log")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "nothing is wrong" in done.stdout, done.stdout + done.stderr


def test_a_profile_shows_what_it_changes_before_it_is_taken_on(
    governed_server: Any, plain_page: Any, expected: list[str]
) -> None:
    expected.append(r"status of 4\d\d")
    page = plain_page
    go(page, governed_server, "/govern/profile")
    page.get_by_role("link", name="Compare with Court and disclosure").click()
    page.wait_for_url("**to=court")
    rows = page.locator("#diff-h ~ .table-wrap tbody tr")
    assert rows.count() == 6
    assert set(rows.locator("td:last-child").all_inner_texts()) == {"stricter"}
    submit(page, "Take on Court and disclosure")
    assert "The profile is taken on" in main(page)
    assert governed_server.library().governing.profiles.current().name == "court"
    go(page, governed_server, "/govern/profile?to=own-footage")
    assert "which takes two" in main(page)
    page.get_by_label("Number of the request").fill("0")
    submit(page, "Take on Own footage")
    assert governed_server.library().governing.profiles.current().name == "court"


def test_the_kill_switch_closes_the_library_at_once(
    governed_server: Any, plain_page: Any, expected: list[str]
) -> None:
    expected.append(REFUSED)
    page = plain_page
    go(page, governed_server, "/govern/switches")
    page.get_by_label("What", exact=True).select_option("all")
    page.get_by_label("Why").fill("a leak is being looked into")
    submit(page, "Turn it off now")
    assert "It is off." in main(page)
    go(page, governed_server, "/library")
    assert "switched off" in page.inner_text("body")
    go(page, governed_server, "/govern/switches")
    page.get_by_label("Turn on again, because").fill("it was none")
    submit(page, "Turn on")
    go(page, governed_server, "/library")
    assert "harbour" in main(page).casefold()


def test_who_asks_never_agrees_and_a_second_person_opens(
    held: Any, become: Any, plain_page: Any
) -> None:
    page = plain_page
    become("ann")
    go(page, held, "/govern/overrides?rule=consent-needed")
    assert page.get_by_label("Rule").input_value() == "consent-needed"
    page.get_by_label("Why").fill("The order names this footage.")
    submit(page, "Ask")
    assert "Another person has to answer" in main(page)
    become("lee")
    go(page, held, "/govern/overrides")
    row = page.locator("li.panel", has_text="consent-needed")
    with page.expect_navigation():
        row.get_by_role("button", name="Yes, open it once").click()
    assert "You said yes." in main(page)
    assert "approved" in main(page)


def test_a_member_without_the_right_is_told_rule_and_reason_and_changes_nothing(
    held: Any, become: Any, plain_page: Any, expected: list[str]
) -> None:
    expected.append(REFUSED)
    page = plain_page
    go(page, held, "/govern/switches")
    become("ann")
    page.get_by_label("Why").fill("because")
    submit(page, "Turn it off now")
    assert "Refused by a rule" in main(page)
    assert "not-permitted" in main(page)
    for path in ("/govern/consent", "/govern/holds", "/govern/forget", "/govern/alarms"):
        answer = page.goto(held.url + path)
        assert answer.status == 403, path
    off = held.premises.shared.view("kim").governing.switching.standing().off
    assert [one.what for one in off] == ["collection:archive"]


def test_the_purpose_is_chosen_from_the_header_and_holds_from_then_on(
    governed_server: Any, plain_page: Any, expected: list[str]
) -> None:
    expected.append(REFUSED)
    page = plain_page
    governed_server.library().governing.profiles.use("court")
    go(page, governed_server, "/library")
    assert "Refused" in main(page)
    assert page.get_by_role("link", name="Ask a second person").is_visible()
    page.get_by_role("button", name="What you are here for").click()
    page.get_by_label("What you are here for").locator("visible=true").last.select_option(
        "disclosure"
    )
    submit(page, "Choose")
    go(page, governed_server, "/library")
    assert "harbour" in main(page).casefold()
    assert "disclosure" in page.inner_text("header.top")


def test_retention_forgets_only_what_was_shown(
    governed_server: Any, plain_page: Any, expected: list[str]
) -> None:
    expected.append(r"status of 422")
    go(plain_page, governed_server, "/govern/retention")
    assert "Nothing has to go." in main(plain_page)
    assert "house rule 4" in main(plain_page)
    token = plain_page.locator("meta[name=csrf-token]").get_attribute("content")
    answer = plain_page.request.post(
        governed_server.url + "/govern/retention",
        form={"csrf": token, "seen": "00000000"},
        headers={"Origin": governed_server.url},
    )
    assert answer.status == 422
    assert len(governed_server.library().videos()) == 3


def test_documents_and_facts_can_be_read_and_taken_along(
    governed_server: Any, plain_page: Any, tmp_path: Path
) -> None:
    page = plain_page
    go(page, governed_server, "/govern/documents")
    page.get_by_role("link", name="Read Data protection impact assessment").click()
    page.wait_for_url("**/dpia")
    assert "needs a human" in main(page)
    with page.expect_download() as coming:
        page.get_by_role("link", name="Markdown of System card").click()
    coming.value.save_as(tmp_path / "card.md")
    assert (tmp_path / "card.md").read_text("utf-8").startswith("# System card")
    go(page, governed_server, "/govern/facts")
    with page.expect_download() as coming:
        page.get_by_role("link", name="Download as JSON").click()
    coming.value.save_as(tmp_path / "facts.json")
    told = json.loads((tmp_path / "facts.json").read_text("utf-8"))
    assert told["policy"]["governed"] is True


def test_energy_is_an_estimate_by_the_watts_that_are_given(
    governed_server: Any, plain_page: Any, expected: list[str]
) -> None:
    expected.append(r"status of 422")
    page = plain_page
    go(page, governed_server, "/govern/energy")
    assert "Wh" not in page.inner_text(".facts")
    page.get_by_label("Watts of one busy core").fill("10")
    submit(page, "Estimate")
    assert "an estimate" in main(page)
    spent = sum(state.cpu_s for state in governed_server.library().status())
    assert f"{spent * 10 / 3600:.2f} Wh" in main(page)
    page.get_by_label("Watts of one busy core").fill("many")
    submit(page, "Estimate")
    assert "no number of watts" in main(page)


def test_forms_of_keepers_work_without_java_script_and_by_keyboard_alone(
    governed_server: Any, open_page: Callable[..., Any]
) -> None:
    page = open_page(java_script_enabled=False)
    go(page, governed_server, "/govern/access")
    page.get_by_label("Video", exact=True).focus()
    page.keyboard.type("harbour.webm")
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("politics")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "Changed. The next question obeys." in main(page)
    assert "collection politics" in main(page)
    go(page, governed_server, "/govern/consent")
    page.get_by_label("Person or group").fill("Ms Orr")
    page.get_by_label("Video", exact=True).fill("meeting")
    submit(page, "Note it")
    assert "Ms Orr" in main(page)


def test_a_certificate_is_made_for_a_part_and_can_be_taken_along(
    governed_server: Any, plain_page: Any, tmp_path: Path, looks: Any
) -> None:
    page = plain_page
    go(page, governed_server, f"/govern/certificates?video={governed_server.id_of('harbour')}")
    assert page.get_by_label("Video", exact=True).input_value() == "harbour.webm"
    page.get_by_label("From", exact=True).fill("0:05")
    page.get_by_label("To", exact=True).fill("0:09")
    submit(page, "Read it here")
    assert "The ferry to Heron Island" in main(page)
    looks(page)
    with page.expect_download() as coming:
        page.get_by_role("button", name="As JSON, to be checked").click()
    coming.value.save_as(tmp_path / "certificate.json")
    done = subprocess.run(
        [sys.executable, str(CHECKER), str(tmp_path / "certificate.json")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "nothing is wrong" in done.stdout, done.stdout + done.stderr
