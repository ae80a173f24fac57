"""Papers say what the live library is: one setting changes its clauses, and no other."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from viewfinder.app import config
from viewfinder.app.library import Library, Refused
from viewfinder.app.papers import KINDS, documents, measured
from viewfinder.domain.errors import UsageError
from viewfinder.domain.policy import OWNER, Principal
from viewfinder.testing import fakes

ROOT = Path(__file__).resolve().parents[3]
SERVER = '[model]\nname = "openai"\nbase_url = "http://a:1/v1"\nmodel = "m"\n'
LOCAL = '[model]\nname = "gguf"\nweights = "qwen-1.5b"\n'

# setting: what viewfinder.toml says before, and after.
SETTINGS: dict[str, tuple[str, str]] = {
    "policy": ("", 'policy = "cedar"'),
    "store": ("", 'store = "memory"'),
    "keys.encrypt": ("", "[keys]\nencrypt = false"),
    "keys.master": ("", '[keys]\nmaster = "env:KEY"'),
    "log.witnesses": ("", '[log]\nwitnesses = ["w"]'),
    "log.checkpoint_every": ("", "[log]\ncheckpoint_every = 5"),
    "egress.allow": ("", '[egress]\nallow = ["a:1"]'),
    "model.name": ("", LOCAL),
    "model.base_url": (SERVER, SERVER.replace("//a:1", "//b:2")),
    "model.model": (SERVER, SERVER.replace('"m"', '"n"')),
    "model.weights": (LOCAL, LOCAL.replace("1.5", "0.5")),
    "assist.plan": ("", "[assist]\nplan = true"),
    "assist.rewrite": ("", "[assist]\nrewrite = true"),
    "assist.judge": ("", "[assist]\njudge = true"),
    "assist.draft": ("", "[assist]\ndraft = true"),
    "answers.false_answers": ("", "[answers]\nfalse_answers = 0.1"),
    "ingest.thumbnails": ("", "[ingest]\nthumbnails = false"),
    "ingest.frames_per_s": ("", "[ingest]\nframes_per_s = 1"),
    "ingest.frame_side_px": ("", "[ingest]\nframe_side_px = 640"),
    "ingest.memory_bytes": ("", "[ingest]\nmemory_bytes = 1000000000"),
    "recognisers.speech": ("", '[recognisers]\nspeech = "moonshine"'),
    "recognisers.screen_text": ("", '[recognisers]\nscreen_text = ""'),
    "recognisers.picture": ("", '[recognisers]\npicture = ""'),
    "recognisers.joint": ("", '[recognisers]\njoint = ""'),
    "recognisers.text": ("", '[recognisers]\ntext = "gte"'),
    "recognisers.multilingual": ("", '[recognisers]\nmultilingual = ""'),
    "evidence.scrub_days": ("", "[evidence]\nscrub_days = 30"),
}


def _written(name: str, text: str) -> Callable[[Library], object]:
    def write(library: Library) -> None:
        (library.folder / "governance").mkdir(exist_ok=True)
        (library.folder / "governance" / name).write_text(text)

    return write


def _held(library: Library) -> None:
    video = fakes.video("one")
    library._store.commit_video(video, event=fakes.event())
    library.governing.holds.place(video, case="C", reason="a case", review="2030-01-01")


def _consent(library: Library) -> None:
    library._store.commit_fact("consent", "{}", event=fakes.event("consent"))


# what is laid down beside the settings, and how.
LAID_DOWN: dict[str, Callable[[Library], object]] = {
    "people": _written("people.toml", '[[person]]\nname = "ann"\nroles = ["keeper"]\n'),
    "purposes": _written("purposes.toml", '[[purpose]]\nname = "story"\n'),
    "retention": _written("retention.toml", '[[rule]]\nname = "short"\ndays = 3\n'),
    "switches": lambda one: one.governing.switching.turn("model", off=True, reason="drill"),
    "holds": _held,
    "consents": _consent,
}


def clauses(library: Library) -> dict[str, Any]:
    known = documents.values(library.evidence._desk)
    return {clause.id: documents.filled(clause, known) for clause in documents.clauses()}


def depending(setting: str) -> set[str]:
    return {clause.id for clause in documents.clauses() if setting in clause.settings}


def changed(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    return {name for name in before if before[name] != after[name]}


def test_there_are_thirty_settings_and_every_one_that_a_clause_names_is_tried() -> None:
    named = {setting for clause in documents.clauses() for setting in clause.settings}
    assert named == {*SETTINGS, *LAID_DOWN, "profile"}
    assert len(named) >= 30


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_setting_changes_its_clauses_and_no_other(setting: str, library: Path) -> None:
    library.mkdir()
    seen = []
    with Library.open(library, create=True) as made:
        for text in SETTINGS[setting]:
            (library / "viewfinder.toml").write_text(text)
            desk = replace(made.evidence._desk, config=config.load(library))
            known = documents.values(desk)
            seen.append({c.id: documents.filled(c, known) for c in documents.clauses()})
    assert changed(*seen) == depending(setting)


@pytest.mark.parametrize("setting", LAID_DOWN)
def test_what_is_laid_down_changes_its_clauses_and_no_other(setting: str, library: Path) -> None:
    with Library.open(library, create=True) as made:
        before = clauses(made)
        LAID_DOWN[setting](made)
        assert changed(before, clauses(made)) == depending(setting)


def test_a_profile_changes_its_clauses_and_no_other(library: Path) -> None:
    """No profile differs from one's own footage in everything; all of them together do."""
    together: set[str] = set()
    with Library.open(library, create=True) as made:
        before = clauses(made)
        for profile in made.governing.profiles.all():
            _written("profile.toml", f'profile = "{profile.name}"')(made)
            after = changed(before, clauses(made))
            assert after <= depending("profile"), profile.name
            together |= after
    assert together == depending("profile")


def test_no_figure_is_typed_into_a_clause() -> None:
    for clause in documents.clauses():
        assert not re.search(r"\d", clause.text + clause.title + "".join(clause.human)), clause.id


def test_every_figure_has_a_committed_report_with_its_hash() -> None:
    assert measured.dumps(measured.read(ROOT / "benchmarks")) == measured.dumps(
        list(measured.rows())
    ), "stale, run scripts/docs"
    assert measured.about(["ami"])
    assert measured.about(["accusations"])
    assert all(len(row.sha256) == 64 for row in measured.about(["ami", "quality"]))


@pytest.mark.parametrize("kind", KINDS)
def test_a_paper_has_its_clauses_and_says_what_needs_a_human(kind: str, library: Path) -> None:
    with Library.open(library, create=True) as made:
        text, paper = made.papers.document(kind)
        logged = [line.document["subject"] for line in made.logbook.lines(action="export")]
    assert paper == json.loads(json.dumps(paper))
    assert [c["id"] for c in paper["clauses"]] == [
        c.id for c in documents.clauses() if kind in c.papers
    ]
    assert "*needs a human*" in text
    assert "Not legal advice" in text
    assert not re.search(r"\{[a-z_]+\}", text)
    assert logged == [{"kind": "document", "document": kind}]


def test_only_who_looks_after_a_library_gets_its_papers(library: Path) -> None:
    (library / "governance").mkdir(parents=True)
    (library / "viewfinder.toml").write_text('policy = "cedar"\n')
    Library.open(library, create=True, principal=OWNER).close()
    member = Principal("m", ("member",))
    with Library.open(library, principal=member) as made, pytest.raises(Refused):
        made.papers.document("dpia")


def test_a_paper_that_there_is_not_is_said_so(library: Path) -> None:
    with Library.open(library, create=True) as made, pytest.raises(UsageError, match="poem"):
        made.papers.document("poem")


def test_law_is_pointed_to_by_name_and_every_entry_has_its_source() -> None:
    used = {name for clause in documents.clauses() for name in clause.law}
    assert used == set(documents.law())
    assert all(set(one) == {"article", "asks", "source"} for one in documents.law().values())
