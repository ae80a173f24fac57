"""What anybody may know of a library, and how much of it depends on who asks."""

from __future__ import annotations

import json
import re
from pathlib import Path

from viewfinder.app.evidence import build
from viewfinder.app.library import Library
from viewfinder.domain.policy import OWNER, Principal

ROOT = Path(__file__).resolve().parents[3]
PEOPLE = '[[person]]\nname = "ann"\nroles = ["owner"]\n'


def test_the_document_has_the_fields_that_the_reference_lists(library: Path) -> None:
    with Library.open(library, create=True) as made:
        told = made.evidence.facts()
    page = (ROOT / "docs" / "reference" / "json.md").read_text("utf-8")
    part = page.partition("## `viewfinder facts --json`")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)`", part, flags=re.MULTILINE) == list(told)
    assert json.loads(json.dumps(told)) == told


def test_counts_certificates_and_names_of_collections_are_for_those_who_may_see_the_footage(
    library: Path,
) -> None:
    (library / "governance").mkdir(parents=True)
    (library / "viewfinder.toml").write_text('policy = "cedar"\n')
    (library / "governance" / "people.toml").write_text(PEOPLE)
    with Library.open(library, create=True, principal=OWNER, purpose="story") as made:
        made.governing.switching.turn("collection:sealed", off=True, reason="drill")
        told = made.evidence.facts()
        assert told["counts"]["videos"] == 0
        assert [one["what"] for one in told["off"]] == ["collection:sealed"]
    with Library.open(library, principal=Principal("nobody"), read_only=True) as made:
        told = made.evidence.facts()
        lines = list(made.logbook.lines())
    assert told["counts"] is None
    assert told["certificate"] == ""
    assert [one["what"] for one in told["off"]] == ["collection"]
    assert told["policy"]["governed"]
    assert not any(line.document["action"] == "refuse" for line in lines)


def test_the_last_checkpoint_is_told_as_it_was_signed(library: Path) -> None:
    with Library.open(library, create=True) as made:
        assert made.evidence.facts()["checkpoint"] is None
        signed, _ = made.logbook.checkpoint()
        told = made.evidence.facts()["checkpoint"]
    assert told["signed"] == signed.note
    assert told["entries"] == signed.size


def test_a_switch_that_is_off_and_a_destination_are_told(library: Path) -> None:
    library.mkdir()
    (library / "viewfinder.toml").write_text(
        '[model]\nname = "openai"\nbase_url = "http://10.0.0.5:8000/v1"\nmodel = "m"\n'
        '[assist]\ndraft = true\n[egress]\nallow = ["10.0.0.5:8000"]\n[keys]\nencrypt = false\n'
    )
    with Library.open(library, create=True) as made:
        made.governing.switching.turn("model", off=True, reason="drill")
        told = made.evidence.facts()
    assert told["egress"] == {"allow": ["10.0.0.5:8000"], "model": "10.0.0.5:8000"}
    assert told["model"]["uses"] == ["draft"]
    assert told["encryption"] == {"on": False, "master_key": "file"}
    assert [one["what"] for one in told["off"]] == ["model"]


def test_a_test_run_counts_for_this_build_only_where_the_files_are_the_same(
    tmp_path: Path,
) -> None:
    told = {"at": "2026-11-20T10:00:00+00:00", "passed": True, "tests": 9, "failed": 0}
    told |= {"skipped": 1, "fast": True, "package_sha256": build.package_digest()}
    assert build.last_tests(tmp_path) is None
    (tmp_path / build.TESTED).write_text(json.dumps(told))
    found = build.last_tests(tmp_path)
    assert found is not None
    assert found["this_build"]
    (tmp_path / build.TESTED).write_text(json.dumps({**told, "package_sha256": "0"}))
    found = build.last_tests(tmp_path)
    assert found is not None
    assert not found["this_build"]
    (tmp_path / build.TESTED).write_text("no JSON")
    assert build.last_tests(tmp_path) is None
