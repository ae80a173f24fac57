"""Weights on this machine: found, verified, and only then handed out."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from viewfinder.domain.errors import PluginUnavailable, WeightsError
from viewfinder.domain.provenance import Digest, digest_of
from viewfinder.weights.manifest import Bundle, bundle

_STAMP = ".verified.json"


@dataclass(frozen=True, slots=True)
class Folder:
    """A bundle whose every file has the hash it must have.

    Attributes:
        bundle: Its name.
        path: Where the files are.
        digests: What determines the numbers in it, equal on every machine: the SHA-256
            of the files, or of the source and the converter where files are made here.
    """

    bundle: str
    path: Path
    digests: tuple[Digest, ...]


def cache_folder() -> Path:
    """Return where weights are kept: VIEWFINDER_MODELS, or the user's cache."""
    if named := os.environ.get("VIEWFINDER_MODELS"):
        return Path(named).expanduser().absolute()
    home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(home).expanduser() / "viewfinder" / "models"


def find(name: str) -> Folder | None:
    """Return the folder of a bundle, or None where a file of it is missing.

    A file is hashed once; while its size, time and inode stay, it is not read again.

    Raises:
        WeightsError: A file is there and is not the one of the manifest.
    """
    return verified(bundle(name))


def verified(wanted: Bundle) -> Folder | None:
    """Return the folder of a bundle; see ``find``."""
    path = cache_folder() / wanted.name
    stamp = Stamp.read(path)
    if wanted.made and stamp.made_by != maker(wanted):
        return None
    names = wanted.made or tuple(file.name for file in wanted.files)
    if not all(stamp.verify(each, expected(wanted, each)) for each in names):
        return None
    stamp.write()
    return Folder(wanted.name, path, _digests(wanted, stamp))


def get(name: str) -> Folder:
    """Return the folder of a bundle.

    Raises:
        PluginUnavailable: It is not here; says how to get it.
        WeightsError: A file of it is damaged.
    """
    if folder := find(name):
        return folder
    raise PluginUnavailable(
        f"the weights {name!r} are not in {str(cache_folder())!r}:"
        f" run `viewfinder models fetch {name}`"
    )


def expected(wanted: Bundle, name: str) -> Digest:
    """Return the hash the manifest names; empty where it names none."""
    return next((file.sha256 for file in wanted.files if file.name == name), "")


def maker(wanted: Bundle) -> Digest:
    """Return what decides the bytes of made files: the source, the converter, its version."""
    source = wanted.files[0].sha256
    return digest_of(repr((source, wanted.converter, wanted.made))) if wanted.made else ""


def _digests(wanted: Bundle, stamp: Stamp) -> tuple[Digest, ...]:
    if wanted.made:
        return (wanted.files[0].sha256, maker(wanted))
    return tuple(stamp.sha256(file.name) for file in wanted.files)


class Stamp:
    """What was hashed in a folder and how the file looked then, kept beside the files."""

    def __init__(self, path: Path, seen: dict[str, dict[str, Any]], made_by: Digest) -> None:
        self.path = path
        self.made_by = made_by
        self._seen = seen
        self._changed = False

    @classmethod
    def read(cls, path: Path) -> Stamp:
        """Return the stamp of a folder; an empty one where there is none to be read."""
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            kept = json.loads((path / _STAMP).read_text("utf-8"))
            return cls(path, dict(kept["files"]), str(kept["made_by"]))
        return cls(path, {}, "")

    def sha256(self, name: str) -> Digest:
        return str(self._seen[name]["sha256"])

    def verify(self, name: str, sha256: Digest) -> bool:
        """Tell whether the file is there; its hash is then the one it must have.

        Args:
            name: Of the file.
            sha256: What it must be; empty: what it was when it was recorded.

        Raises:
            WeightsError: It has another hash, or nobody ever recorded one.
        """
        file = self.path / name
        try:
            looks = _looks(file)
        except OSError:
            return False
        known = self._seen.get(name, {})
        must = sha256 or known.get("sha256", "")
        if must and known == {**looks, "sha256": must}:
            return True
        got = sha256_of(file)
        if got != must:
            raise WeightsError(
                f"{str(file)!r} is not what it must be: expected SHA-256"
                f" {must or '(none recorded)'}, got {got};"
                f" `viewfinder models fetch {self.path.name}` replaces it"
            )
        self.record(name, got)
        return True

    def record(self, name: str, sha256: Digest) -> None:
        self._seen[name] = {**_looks(self.path / name), "sha256": sha256}
        self._changed = True

    def write(self) -> None:
        """Keep it, where the folder lets us; if not, files are hashed again next time."""
        if not self._changed:
            return
        kept = json.dumps({"made_by": self.made_by, "files": self._seen}, indent=1)
        part = self.path / f"{_STAMP}.{os.getpid()}"
        with contextlib.suppress(OSError):
            part.write_text(kept, "utf-8")
            part.replace(self.path / _STAMP)
        self._changed = False


def sha256_of(path: Path) -> Digest:
    """Return the SHA-256 of a file, read in pieces."""
    with path.open("rb", buffering=0) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _looks(file: Path) -> dict[str, Any]:
    seen = file.stat()
    return {"size": seen.st_size, "mtime_ns": seen.st_mtime_ns, "inode": seen.st_ino}
