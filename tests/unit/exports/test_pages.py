"""Answers as pages, stills, contact sheets, citation sheets: whole, harmless, within the rules."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from viewfinder.app.exports import Exports
from viewfinder.app.exports.answers import KINDS
from viewfinder.app.library import Library, Refused
from viewfinder.domain.access import Stretch
from viewfinder.domain.annotation import Annotation, TrackName
from viewfinder.domain.answer import Answer, Citation, Claim, Outcome
from viewfinder.domain.conversation import Conversation, Resolved, Step, Turn
from viewfinder.domain.errors import UsageError
from viewfinder.domain.media import Video
from viewfinder.domain.policy import Scope
from viewfinder.domain.search import Moment, Support
from viewfinder.domain.time import TimeSpan
from viewfinder.ingest.cutting import lettering
from viewfinder.testing.media import draw_clip, read_barcode

Put = Callable[..., Video]
HOSTILE = '<script>alert(1)</script> [x](http://bad.example) www.bad.example "q" & Ω Ж \x1b[2J'


@pytest.fixture
def video(tmp_path: Path, put: Put) -> Video:
    words = [(1.0, 2.0, "the harbour opens at nine"), (4.2, 4.8, "a secret place")]
    return put(draw_clip(tmp_path / "talk.mp4", seconds=6, cuts_s=(1.5, 3.0, 4.0)), words)


def cited(video: Video, start_s: float, words: str) -> Claim:
    span = TimeSpan.of_seconds(start_s, start_s + 0.5)
    return Claim(words, (Citation(video.id, video.path, span, TrackName.SPEECH, words),))


def answer(video: Video) -> Answer:
    claims = (cited(video, 1.0, HOSTILE), cited(video, 4.25, "a secret place"))
    return Answer(Outcome.ANSWER, "", claims, confidence=0.9, not_searched=("speech in 1 video",))


class Tags(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_an_answer_as_html_needs_nothing_and_runs_nothing(video: Video, shelf: Library) -> None:
    made = shelf.exports.answer(answer(video), "html", question=HOSTILE)
    tags = Tags(made.read().decode()).found
    assert not [tag for tag, _ in tags if tag in ("script", "link", "iframe", "object", "form")]
    assert not [1 for _, told in tags if any(n.startswith("on") or n == "style" for n in told)]
    images = [told for tag, told in tags if tag == "img"]
    assert [(i["src"] or "")[:22] for i in images] == ["data:image/jpeg;base64"] * 2
    assert all(image["alt"] for image in images)
    links = [told["href"] or "" for tag, told in tags if tag == "a"]
    assert all(link.startswith("file://") for link in links)
    assert links[0].endswith("talk.mp4#t=1")
    policy = next(t["content"] or "" for n, t in tags if t.get("http-equiv"))
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy


def test_an_answer_as_markdown_holds_words_as_words(video: Video, shelf: Library) -> None:
    text = shelf.exports.answer(answer(video), "md", question=HOSTILE).read().decode()
    assert all(to.startswith("file://") for to in re.findall(r"(?<!\\)\]\(([^)]*)\)", text))
    assert not re.search(r"(?<!\\)<|[\x00-\x09\x0b-\x1f\x7f-\x9f]", text)
    assert not re.search(r"://|www\.", re.sub(r"\]\(file://[^)]*\)", "]", text))
    assert video.id in text


def test_an_answer_as_pdf_has_pages_links_letters_and_properties(
    video: Video, shelf: Library
) -> None:
    pytest.importorskip("reportlab")
    claims = tuple(cited(video, 0.1 * n, f"Sentence {n} says Ж and Ω") for n in range(1, 30))
    said = Answer(Outcome.ANSWER, "", claims)
    made = shelf.exports.answer(said, "pdf", question="When does it open?")
    content = made.read()
    assert content.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type /Page\b", content)) > 4
    assert content.count(b"/URI (file://") == 29
    assert b"When does it open?" in content
    assert b"/Lang" in content
    if lettering.family() is not None:
        assert b"/FontFile2" in content  # letters travel with it
    assert made.facts["stills"] == 29


def test_what_is_not_open_any_more_is_left_out_of_a_page(
    video: Video, shelf: Library, within: Callable[[Scope], Exports]
) -> None:
    sealed = [Stretch(TimeSpan.of_seconds(4, 5), "sealed")]
    shelf._store.commit_access(video.id, "default", sealed, event=shelf._event("restrict"))
    exports = within(Scope._mint(frozenset({"default"})))
    for kind in KINDS:
        made = exports.answer(answer(video), kind, question="q")
        assert made.facts["sentences"] == 1
        assert "1 sentences are left out" in made.notes[0]
        assert b"secret" not in made.read()
    gone = within(Scope._mint(frozenset({"other"})))
    assert gone.answer(answer(video), "md", question="q").facts["sentences"] == 0
    mute = within(Scope._mint(None, obligations=("withhold_words", "no_pictures")))
    told = mute.answer(answer(video), "html", question="q")
    assert b"secret" not in told.read()
    assert told.facts == {"stills": 0, "sentences": 2}


def test_a_conversation_becomes_a_page_of_all_its_turns(video: Video, shelf: Library) -> None:
    silent = Answer(Outcome.ABSTENTION, "nothing was found", not_searched=("sound",))
    turns = (
        Turn("when does it open?", Resolved(Step.SEARCH, "x", note="harbour"), answer(video)),
        Turn("and where?", Resolved(Step.SEARCH, "y"), silent),
    )
    text = shelf.exports.answer(Conversation(turns), "html").read().decode()
    assert text.count("<section") == 2
    assert "Understood as: harbour" in text
    assert "Abstention: nothing was found" in text
    with pytest.raises(UsageError, match="empty"):
        shelf.exports.answer(Conversation(), "html")
    with pytest.raises(UsageError, match="no page of kind"):
        shelf.exports.answer(answer(video), "docx")


def test_a_page_shows_thumbnails_where_the_file_is_gone(video: Video, shelf: Library) -> None:
    Path(video.path).unlink()
    made = shelf.exports.answer(answer(video), "html", question="q")
    assert made.facts["stills"] == 0
    assert made.facts["sentences"] == 2


@pytest.mark.parametrize("kind", ["png", "jpg", "webp"])
def test_a_still_is_the_frame_that_is_shown_then(kind: str, video: Video, shelf: Library) -> None:
    made = shelf.exports.still(video, 3_510_000_000, kind=kind)
    with Image.open(io.BytesIO(made.read())) as picture:
        pixels = np.asarray(picture.convert("RGB"))
    assert read_barcode(pixels) == 3480
    assert made.facts["frame_ns"] == 3_480_000_000
    assert made.name == f"talk_00.00.03.510.{kind}"


def test_a_still_keeps_to_size_time_and_rules(
    video: Video, shelf: Library, within: Callable[[Scope], Exports]
) -> None:
    assert shelf.exports.still(video, 10**9, side_px=160).facts["width"] == 160
    with pytest.raises(UsageError, match="lies outside"):
        shelf.exports.still(video, 10**12)
    with pytest.raises(UsageError, match="no picture of kind"):
        shelf.exports.still(video, 0, kind="gif")
    sealed = [Stretch(TimeSpan.of_seconds(4, 5), "sealed")]
    shelf._store.commit_access(video.id, "default", sealed, event=shelf._event("restrict"))
    with pytest.raises(Refused, match="not open"):
        within(Scope._mint(frozenset({"default"}))).still(video, 4_500_000_000)
    with pytest.raises(Refused, match="No picture"):
        within(Scope._mint(None, obligations=("no_pictures",))).still(video, 0)


def test_a_contact_sheet_shows_every_shot_or_every_moment(video: Video, shelf: Library) -> None:
    whole = shelf.exports.contact_sheet(video)
    assert whole.facts["cells"] == whole.facts["pictures"] == 24
    span = TimeSpan.of_seconds(1, 2)
    support = Support(TrackName.SPEECH, HOSTILE, span, 1.0, Annotation(span, HOSTILE))
    moments = [Moment(video.id, span, 1.0, (support,)) for _ in range(5)]
    made = shelf.exports.contact_sheet(moments, kind="png", columns=3, title="Harbour")
    with Image.open(io.BytesIO(made.read())) as picture:
        assert picture.width == 3 * 332 + 12
        assert picture.height > 2 * 180
    with pytest.raises(UsageError, match="columns"):
        shelf.exports.contact_sheet(moments, columns=0)


def test_a_citation_sheet_says_what_where_by_whom_and_how_to_check(
    video: Video, shelf: Library, within: Callable[[Scope], Exports]
) -> None:
    span = TimeSpan.of_seconds(0.5, 2.5)
    sheet = json.loads(shelf.exports.citation(video, span, kind="json").read())
    assert sheet["source"]["sha256"] == video.id
    assert [row["text"] for row in sheet["words"]] == ["the harbour opens at nine"]
    assert sheet["words"][0]["by_machine"] is True
    assert sheet["words"][0]["confidence"] == 0.9
    assert sheet["release"]["asked_by"] == "owner"
    assert sheet["release"]["policy"] == "household"
    assert any(video.id in step for step in sheet["verify"])
    text = shelf.exports.citation(video, span).read().decode()
    assert video.id in text
    assert "heard" not in text or "by a machine" in text
    assert "<pre>" in shelf.exports.citation(video, span, kind="html").read().decode()
    mute = within(Scope._mint(None, obligations=("withhold_words",)))
    assert "harbour" not in mute.citation(video, span).read().decode()


def test_letters_that_a_font_lacks_are_named() -> None:
    owned = lettering.family()
    font = owned.regular if owned else None
    assert lettering.missing("plain words", font) == ""
    assert lettering.missing("日本", font) in ("日本", "")


def test_captions_stay_inside_the_safe_area_whatever_the_words() -> None:
    for size in ((1920, 1080), (320, 240), (240, 426), (64, 48)):
        for text in ("short", "a much longer line " * 6, "x" * 200, "Ж" * 30):
            drawn, left, top = lettering.caption(text, *size)
            assert left >= 0
            assert top >= 0
            assert left + drawn.width <= size[0]
            assert top + drawn.height <= size[1] * 0.97
