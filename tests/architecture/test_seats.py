"""Public names, seats and their contracts stand where the plan says."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path
from typing import Protocol

import pytest

import viewfinder
from viewfinder import ports
from viewfinder.domain.policy import Scope
from viewfinder.testing import contracts

ROOT = Path(__file__).resolve().parents[2]


def seats() -> list[str]:
    """Return the names of the protocols in ``ports``."""
    return [
        name
        for name, value in vars(ports).items()
        if inspect.isclass(value)
        and value.__module__ == ports.__name__
        and getattr(value, "_is_protocol", False)
        and value is not Protocol
    ]


def test_the_public_names_are_the_ones_announced() -> None:
    assert set(viewfinder.__all__) == set(viewfinder._HOMES)
    assert list(viewfinder.__all__) == sorted(viewfinder.__all__)
    for name in viewfinder.__all__:
        assert getattr(viewfinder, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        viewfinder.Nothing  # noqa: B018


@pytest.mark.parametrize("seat", seats())
def test_every_seat_has_a_contract(seat: str) -> None:
    """A refinement may be held by the contracts of the seats that it refines."""
    names = [f"{kind.__name__}Contract" for kind in getattr(ports, seat).__mro__]
    held = [getattr(contracts, name) for name in names if hasattr(contracts, name)]
    assert held
    assert all(issubclass(contract, contracts.Contract) for contract in held)


@pytest.mark.parametrize("seat", seats())
def test_every_seat_is_documented(seat: str) -> None:
    assert f"## {seat}\n" in (ROOT / "docs" / "reference" / "seats.md").read_text("utf-8")


def test_a_scope_cannot_be_built_outside_a_policy() -> None:
    with pytest.raises(TypeError, match="minted by a policy"):
        Scope(None)


def test_a_contract_test_cannot_be_overridden() -> None:
    contract = contracts.StoreContract
    promise = next(name for name in vars(contract) if name.startswith("test_"))
    with pytest.raises(TypeError):
        type("TestLoose", (contract,), {promise: lambda self: None})


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("def widen(s: type) -> object:\n    return s._mint(None)\n", "SLF001"),
        ("import asyncio\n", "TID251"),
        ('print("found")\n', "T201"),
        ("try:\n    pass\nexcept:\n    pass\n", "E722"),
    ],
)
def test_the_linter_catches(code: str, rule: str) -> None:
    place = ROOT / "src" / "viewfinder" / "retrieval" / "fault.py"
    options = ["--no-cache", "--output-format", "concise", "--stdin-filename", str(place), "-"]
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", *options],
        cwd=ROOT,
        input=code,
        capture_output=True,
        text=True,
        check=False,
    )
    assert rule in done.stdout
