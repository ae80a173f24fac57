"""Which weights are here, which are not, and what each one adds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from viewfinder.domain.errors import WeightsError
from viewfinder.domain.provenance import Digest
from viewfinder.weights.folder import cache_folder, find
from viewfinder.weights.manifest import Bundle, manifest


class State(StrEnum):
    PRESENT = "present"
    MISSING = "missing"  # part of the default set, and not here
    OPTIONAL = "optional"  # not here, and nothing needs it
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class Row:
    """One bundle, for a person.

    Attributes:
        bundle: What the manifest says of it.
        state: Whether it is here.
        path: Its folder, also where it is not there yet.
        digests: Of what is here.
        problem: What is wrong with it; empty unless damaged.
    """

    bundle: Bundle
    state: State
    path: str
    digests: tuple[Digest, ...] = ()
    problem: str = ""

    @property
    def advice(self) -> str:
        """What it would add and how to get it; empty where it is here."""
        if self.state is State.PRESENT:
            return ""
        return self.problem or f"{self.bundle.adds}: {how_to_get(self.bundle)}"


def rows() -> tuple[Row, ...]:
    """Return every bundle of the manifest, in its order. Files not yet verified are hashed."""
    return tuple(_row(each) for each in manifest())


def how_to_get(wanted: Bundle) -> str:
    """Return the command that brings a bundle, and from where if by hand."""
    fetch = f"viewfinder models fetch {wanted.name}"
    if any(file.carriers for file in wanted.files):
        return f"`{fetch}`"
    return f"get it from {wanted.by_hand or wanted.origin}, then `{fetch} --from FOLDER`"


def _row(wanted: Bundle) -> Row:
    path = str(cache_folder() / wanted.name)
    try:
        folder = find(wanted.name)
    except WeightsError as error:
        return Row(wanted, State.DAMAGED, path, problem=str(error))
    if folder:
        return Row(wanted, State.PRESENT, path, folder.digests)
    return Row(wanted, State.MISSING if wanted.default else State.OPTIONAL, path)
