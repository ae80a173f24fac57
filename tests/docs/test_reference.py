"""The reference says what the code says."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

from viewfinder.app import config
from viewfinder.domain.annotation import TrackName
from viewfinder.domain.answer import Answer, Citation, Claim, Outcome
from viewfinder.domain.media import VideoId
from viewfinder.domain.search import Moment, QueryPlan, Ranking, Support
from viewfinder.domain.time import TimeSpan
from viewfinder.surfaces import documents

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"
VIDEO = VideoId("5f" * 32)
SPAN = TimeSpan.of_seconds(7, 12)
PLAN = QueryPlan("a red car", "a red car")
MOMENT = Moment(VIDEO, SPAN, 0.03, (Support(TrackName.OBJECTS, "a red car", SPAN, 0.9),), 0.8)


def test_the_generated_pages_are_what_scripts_docs_writes() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "reference.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_help_fits_eighty_columns() -> None:
    page = (REFERENCE / "cli.md").read_text("utf-8")
    shown = re.findall(r"```text\n(.*?)```", page, flags=re.DOTALL)
    assert shown
    assert [line for block in shown for line in block.splitlines() if len(line) > 80] == []


def test_every_setting_has_a_meaning() -> None:
    page = (REFERENCE / "configuration.md").read_text("utf-8")
    for shape in (config.Config, *config.SECTIONS.values()):
        for name, field in shape.__dataclass_fields__.items():
            if not is_dataclass(field.default_factory):
                assert re.search(rf"^\| `{name}` \| `.*` \| \S", page, flags=re.MULTILINE), name


def examples() -> dict[str, Any]:
    """Return the documents shown on the page, by the command that prints them."""
    page = (REFERENCE / "json.md").read_text("utf-8")
    found = re.findall(r"## `viewfinder (\w+) --json`.*?```json\n(.*?)```", page, flags=re.DOTALL)
    return {command: json.loads(text) for command, text in found}


def shape(document: Any) -> Any:
    """Return the keys of a document, all the way down; a list counts by its first item."""
    if isinstance(document, dict):
        return {key: shape(value) for key, value in document.items() if key not in OPEN_ENDED}
    if isinstance(document, list):
        return [shape(document[0])] if document else []
    return type(document).__name__


OPEN_ENDED = ("plan", "searched")


def printed(document: Any) -> Any:
    return shape(json.loads(documents.dumps(document)))


def test_the_document_of_search_is_the_one_documented() -> None:
    gaps = ("speech not indexed in 2 videos",)
    made = documents.search(Ranking(PLAN, (MOMENT,), not_searched=gaps), {VIDEO: "/street.mp4"})
    assert printed(made) == shape(examples()["search"])


def test_the_document_of_ask_is_the_one_documented() -> None:
    citation = Citation(VIDEO, "/street.mp4", SPAN, TrackName.SPEECH, "here it is")
    answer = Answer(Outcome.ANSWER, "", (Claim("Here.", (citation,)),), plan=PLAN)
    assert printed(documents.ask(answer, {})) == shape(examples()["ask"])


def test_what_the_first_issue_promised_of_the_documents_is_in_them() -> None:
    """The contract that programs were promised; it may grow and never shrink."""
    search, ask = examples()["search"], examples()["ask"]
    assert {"query", "plan", "moments", "not_searched"} <= search.keys()
    moment = search["moments"][0]
    assert {"rank", "video", "path", "start_s", "end_s", "score", "evidence"} <= moment.keys()
    assert set(moment["evidence"][0]) == {"track", "text", "start_s", "end_s", "score", "corrected"}
    promised = {"outcome", "reason", "claims", "moments", "searched", "not_searched"}
    assert promised <= ask.keys()
    citation = ask["claims"][0]["citations"][0]
    assert {"video", "path", "start_s", "end_s", "track", "quote"} <= set(citation)


def test_every_track_is_named_on_the_page() -> None:
    page = (REFERENCE / "json.md").read_text("utf-8")
    assert [track for track in TrackName if f"`{track.value}`" not in page] == []
